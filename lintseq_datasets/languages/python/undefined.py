"""Which uses of names in a Python program are undefined once nothing binds the names any more.

Every linter that knows undefined names must report them, so it need not be asked. In

    0  x = 1
    1  def f():
    2      x = 2
    3      return x
    4  print(x)

the use of ``x`` in line 4 sees the module only, which binds it in line 0: without line 0, line 4
has an error. The use in line 3 sees lines 0 and 2, and has an error once both are gone. And line 2
*hides* line 0: without it, the ``x`` in line 3 would be another one, perhaps with other errors. So
nothing is foreseen in a state where line 2 would go and line 0 stay.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from lintseq_datasets.languages.base import Names, NameUses
from lintseq_datasets.languages.python.names import ProgramNames, read_names

# `gettext` and interactive sessions bind `_` among the builtins, so a linter may know it.
_BUILTIN = frozenset(dir(builtins)) | {"_"}
_ANY = -1  # mask of all lines


def find_names(tree: ast.Module | None) -> Names:
    """The names of a Python program whose uses are errors once nothing binds them.

    Left out are builtins, special names, names that nothing binds in the first place, and
    uses that may tolerate an undefined name. A star import may bind any name.

    Args:
        tree: The program; None if it does not parse: then nothing is known.
    """
    if tree is None:
        return Names()
    try:
        names = read_names(tree)
    except RecursionError:  # nothing is foreseen then, and the linter may still have a verdict
        return Names()
    uses = tuple(
        NameUses(bound | names.stars, tuple(uses))
        for (name, seen), uses in names.uses.items()
        # Names such as `__file__` and `__path__` are bound by the import system, as linters see it.
        if name not in _BUILTIN
        and not name.startswith("__")
        and (bound := names.bound_for(name, seen))
    )
    return Names(uses, tuple(_hiding(names)))


def _hiding(names: ProgramNames) -> Iterator[tuple[int, int]]:
    """Pairs of masks: lines that bind a name, lines whose binding of it they hide."""
    for (name, scope), lines in names.bindings.items():
        if name in _BUILTIN:
            yield lines, _ANY
        for outer in names.around[scope]:
            if hidden := names.bindings.get((name, outer)):
                yield lines, hidden
    for name, lines in names.attributes.items():
        if hidden := names.anywhere.get(name):  # an attribute hides the method of the same name
            yield lines, hidden
