"""Whether the names that a unit looks up are certain to be bound."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from lintseq_datasets.linters._parts import BLOCK_FIELDS, DEFINITIONS, JUMPS, WORD, Part, walk

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_LOOPS = (ast.For, ast.AsyncFor)
_WITH = (ast.With, ast.AsyncWith)
_Path = tuple[tuple[int, int], ...]


class _Place(NamedTuple):
    """What a part does with names, and where it is."""

    number: int
    part: Part
    path: _Path  # the headers around it, with the number of the block
    reach: _Path  # the same without blocks that are left at their end only
    loads: frozenset[str]  # names that it looks up
    binds: frozenset[str]  # names that are bound once control is past it

    def comes_before(self, other: _Place) -> bool:
        """Whether control has been here whenever it is at another part."""
        if self.part.kind in _LOOPS and (self.number, 0) not in other.path:
            return False
        return self.number < other.number and other.path[: len(self.reach)] == self.reach


class Bound:
    """What a unit binds and looks up.

    Args:
        parts: The parts of the unit.
        parameters: For each parameter, if it is a function, the mask of its line.
    """

    def __init__(self, parts: Sequence[Part], parameters: Mapping[str, int]) -> None:
        self._parameters = parameters
        self._places = [
            _Place(
                index,
                part,
                path := tuple(zip(part.around, part.branches, strict=True)),
                _reach(parts, path),
                loads := _loads(part.node),
                _stores(part) - loads,
            )
            for index, part in enumerate(parts)
        ]
        self.doubtful = frozenset(
            name for part in parts if not part.is_certain for name in part.binds
        )
        """Names that the unit may bind, or may not."""

    def loaded(self, kept: int) -> set[str]:
        """Names that some lines look up, without those of the header of a function."""
        return set[str]().union(*[at.loads for at in self._places if at.part.lines & kept])

    def not_bound_above(self, names: Iterable[str], kept: int) -> Iterator[tuple[str, bool]]:
        """Names that are looked up where the unit does not bind them for certain.

        Args:
            names: Names that the unit looks up.
            kept: Mask of its lines that stay.

        Yields:
            Such a name, and whether the unit binds it at all.
        """
        places = [at for at in self._places if at.part.lines & kept]
        for name in names:
            if self._parameters.get(name, 0) & kept:
                continue
            binding = [at for at in places if name in at.binds]
            if not all(
                any(other.comes_before(at) for other in binding)
                for at in places
                if name in at.loads
            ):
                yield name, any(name in at.part.binds for at in places)

    def may_go_other_ways(self, names: Collection[str], gone: int, kept: int) -> bool:
        """Whether control may take other ways through the unit.

        Args:
            names: Names that mean something else.
            gone: Mask of the lines that go.
            kept: Mask of the lines that stay.
        """
        for at in self._places:
            part = at.part
            if part.lines & gone and (part.leaves or part.kind in (*JUMPS, ast.ExceptHandler)):
                return True
            is_header = hasattr(part.node, "body")
            if is_header and part.lines & kept and not part.words.isdisjoint(names):
                return True
        return False


def _reach(parts: Sequence[Part], path: _Path) -> _Path:
    """The block in which control has been at a part from there on."""
    while path and parts[path[-1][0]].kind in _WITH:
        path = path[:-1]
    return path


def _stores(part: Part) -> frozenset[str]:
    """Names that are bound once control is past a part, or within it if it is a loop."""
    node = part.node
    targets: list[ast.AST | None] = []
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return part.binds - {"*"}
    if isinstance(node, ast.Assign):
        targets = [*node.targets]
    elif isinstance(node, _LOOPS):
        targets = [node.target]
    elif isinstance(node, _WITH):
        targets = [item.optional_vars for item in node.items]
    return frozenset(
        name.id
        for target in targets
        if target is not None
        for name in walk(target)
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
    )


def _loads(statement: ast.AST) -> frozenset[str]:
    """Names that a simple statement or the header of a block looks up in the scope around it."""
    if isinstance(statement, (*DEFINITIONS, ast.Match)):
        return frozenset(_all_loads(walk(statement), strings=True))
    found = _all_loads([statement], strings=False)
    pending: list[ast.AST] = []
    for field, value in vars(statement).items():
        if field not in BLOCK_FIELDS:
            pending += [value] if isinstance(value, ast.AST) else _nodes_of(value)
    while pending:
        node = pending.pop()
        if isinstance(node, _COMPREHENSIONS):
            found |= _comprehension_loads(node)
        else:
            found |= _all_loads([node], strings=isinstance(statement, ast.AnnAssign))
            pending += ast.iter_child_nodes(node)
    return frozenset(found)


def _nodes_of(value: object) -> list[ast.AST]:
    return (
        [child for child in value if isinstance(child, ast.AST)] if isinstance(value, list) else []
    )


def _all_loads(nodes: Iterable[ast.AST], *, strings: bool) -> set[str]:
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
        elif strings and isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.update(WORD.findall(node.value))
    return found


def _comprehension_loads(node: ast.AST) -> set[str]:
    """Names that a comprehension looks up, but for those of its own in its elements."""
    generators: list[ast.comprehension] = node.generators  # type: ignore[attr-defined]
    own = {
        child.id
        for generator in generators
        for child in walk(generator.target)
        if isinstance(child, ast.Name)
    }
    loads = _all_loads(walk(node), strings=False) - own
    for generator in generators:
        loads |= _all_loads(walk(generator.iter), strings=False)
    return loads
