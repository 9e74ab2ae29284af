"""Parts of an answer that say the same again, and those that go together.

Chat models write programs in steps, and often the whole at the end; or they give a second way:

    def f(x): ...        step 1
    def g(x): ...        step 2, goes together with step 1
    def f(x): ...        another way to write f: is left out

    import math          before all definitions, stays
    def f(x): ...        step 1
    def f(x): ...
    def g(x): ...        the whole: takes the place of step 1
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lintseq_datasets.languages.base import Snippets


def without_alternatives(codes: Sequence[str], snippets: Snippets) -> list[str]:
    """The parts that go together: none defines a function or class that another one defines.

    Of two that do, the first stays. But a part that defines all that the others define, and
    more than any of them, is the whole program at the end of an answer in steps: it takes the
    place of what it repeats. What stands before all definitions, such as imports, stays.

    Args:
        codes: The parts, in order.
        snippets: What the language knows of pieces of text.
    """
    kept: dict[str, frozenset[str]] = {}
    defined: set[str] = set()
    most = 0
    for code in codes:
        names = snippets.defined_names(code)
        repeats = not defined.isdisjoint(names)
        # The same code again is left out, too, where it defines nothing.
        if code in kept or (repeats and not _is_whole(names, defined, most)):
            continue
        if repeats:
            kept = _before_definitions(kept)
        kept[code] = names
        defined |= names
        most = max(most, len(names))
    return list(kept)


def _is_whole(names: frozenset[str], defined: set[str], most: int) -> bool:
    # More than any: of two ways to write the same functions, the first stays.
    return len(names) > most and names >= defined


def _before_definitions(kept: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    first = next(index for index, names in enumerate(kept.values()) if names)
    return dict(list(kept.items())[:first])
