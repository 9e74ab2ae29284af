"""Programs drawn at random: statements over names that are bound, of most kinds there are.

They parse; many have an error of their own. They do not have to mean anything. Another
seed gives another program, and the same seed the same one wherever the same texts parse (as of
Python 3.12 a string may hold the quotes that it stands in).
"""

from __future__ import annotations

import ast
import random

from tests.parity.drafts import WORDS, Draft, Scope, Value, call, expression
from tests.parity.grammar_classes import define_class
from tests.parity.grammar_flow import arm, branches, ending

SHORTEST, LONGEST = 8, 45


def programs(first: int, count: int) -> list[str]:
    """Programs of so many seeds."""
    return [program(seed) for seed in range(first, first + count)]


def program(seed: int) -> str:
    """The program of a seed."""
    rng = random.Random(seed)
    while True:
        text = _draw(rng)
        if SHORTEST <= text.count("\n") + 1 <= LONGEST and _parses(text):
            return text


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def _draw(rng: random.Random) -> str:
    draft, scope = Draft(rng), Scope()
    _promise(draft, scope)
    length = rng.randint(6, 34)
    while len(draft.lines) < length:
        draft.one(_AT_TOP)(draft, scope)
        if draft.chance(0.3):
            draft.line("")
    for name, value in draft.later.names.items():
        draft.line(f"{name} = {expression(draft, scope, value.kind)}")
        scope.names[name] = value
        if draft.chance(0.5):
            _rebind_name(draft, scope, name)
    for name, value in scope.names.items():
        if value.kind == "function" and draft.chance(0.5):
            draft.line(call(draft, scope, name, value))
    return "\n".join([*_head(draft), *draft.helpers, *draft.lines]).rstrip()


def _promise(draft: Draft, scope: Scope) -> None:
    """Names that functions use and that only the end of the program binds."""
    for _ in range(draft.one((0, 1, 2))):
        draft.later.names[draft.fresh(scope)] = Value(draft.one(("number", "text", "list", "dict")))


def _head(draft: Draft) -> list[str]:
    lines = list(dict.fromkeys(draft.head))
    if draft.chance(0.08):
        modules = ("math", "os.path", "gone")
        lines.append(f"from {draft.one(modules)} import *")
    draft.rng.shuffle(lines)
    if draft.chance(0.1):
        lines += ["try:", "    import gone", "except ImportError:", "    gone = None"]
    if draft.chance(0.1):
        lines.insert(0, "from __future__ import annotations")
    if draft.chance(0.15):
        lines.insert(0, draft.one(('"""What it does."""', "# pylint: disable=all", "#!python")))
    return lines


# --- simple statements -------------------------------------------------------------------

_KINDS = ("number", "text", "list", "dict", "pair", "maybe")


def _assign(draft: Draft, scope: Scope) -> None:
    name, kind = draft.fresh(scope), draft.one(_KINDS)
    hint = draft.one((": int", ": list", ": 'str'")) if draft.chance(0.1) else ""
    draft.line(f"{name}{hint} = {expression(draft, scope, kind)}")
    scope.names[name] = Value(kind)


def _owned(draft: Draft, scope: Scope, *kinds: str) -> str | None:
    """A name of a kind that this scope itself binds."""
    found = [name for name, value in scope.names.items() if value.kind in kinds]
    return draft.one(found) if found else None


_REBOUND = {
    "number": ("{0} += 1", "{0} = {0} + 2", "{0} = abs({0})", "{0} -= {number}", "{0} = -{0}"),
    "text": ("{0} = {0}.strip()", "{0} += 'c'", "{0} = f'{{{0}}}!'", "{0} = {0}.upper().lower()"),
    "list": ("{0} = sorted({0})", "{0} += [1]", "{0}.append({number})", "{0} = [*{0}, {number}]"),
    "dict": ("{0} = {{**{0}, 'z': 1}}", "{0}['k'] = {number}", "{0} = dict({0})", "{0} |= {{}}"),
}


def _rebind(draft: Draft, scope: Scope) -> None:
    name = _owned(draft, scope, *_REBOUND)
    if name is None:
        _assign(draft, scope)
        return
    if draft.chance(0.15):
        draft.line(f"print({name})")
    _rebind_name(draft, scope, name)


def _rebind_name(draft: Draft, scope: Scope, name: str) -> None:
    text = draft.one(_REBOUND[scope.names[name].kind])
    draft.line(text.format(name, number=expression(draft, scope, "number", 1)))


def _print(draft: Draft, scope: Scope) -> None:
    shown = ", ".join(expression(draft, scope) for _ in range(draft.one((1, 2, 2, 3))))
    draft.line(f"print({shown})")


def _unpack(draft: Draft, scope: Scope) -> None:
    one, two = draft.rng.sample(WORDS, 2)
    target = draft.one((f"{one}, {two}", f"({one}, {two})", f"{one}, *{two}", f"[{one}, {two}]"))
    draft.line(f"{target} = {expression(draft, scope, draft.one(('pair', 'pair', 'list')))}")
    scope.names[one] = Value("any")
    scope.names[two] = Value("list" if "*" in target else "any")


def _delete(draft: Draft, scope: Scope) -> None:
    name = _owned(draft, scope, "number", "text", "list", "dict", "pair")
    if name is not None and draft.chance(0.5):
        draft.line(f"del {name}")
        del scope.names[name]


def _log(draft: Draft, scope: Scope) -> None:
    info = draft.member("logging", draft.one(("info", "warning")), scope)
    shown = [expression(draft, scope) for _ in range(draft.one((1, 1, 2)))]
    draft.line(f"{info}('{' '.join(['%s'] * len(shown))}', {', '.join(shown)})")


def _walrus(draft: Draft, scope: Scope) -> None:
    name, kind = draft.fresh(scope), draft.one(_KINDS)
    with draft.block(f"if ({name} := {expression(draft, scope, kind)}):"):
        scope.names[name] = Value(kind)
        _print(draft, scope)


def _lambda(draft: Draft, scope: Scope) -> None:
    name, gives = draft.fresh(scope), draft.one(_KINDS)
    draft.line(f"{name} = lambda item: {expression(draft, scope, gives)}")
    scope.names[name] = Value("function", ("any",), gives)


def _loop(draft: Draft, scope: Scope) -> None:
    name = draft.fresh(scope)
    with draft.block(f"for {name} in {expression(draft, scope, 'list')}:"):
        scope.names[name] = Value("any")
        draft.one((_rebind, _print, _assign))(draft, scope)


def _unpacked_call(draft: Draft, scope: Scope) -> None:
    """`**` and `*` of what calls return, which may be nothing."""
    star, gives = draft.one((("*", "list"), ("**", "dict")))
    read, show = draft.fresh(scope), draft.one(("show", "write"))
    with draft.block(f"def {read}(text):"):
        if draft.chance(0.7):
            with draft.block("if text:"):
                draft.line(f"return {expression(draft, scope, gives, 1)}")
        if draft.chance(0.8):
            draft.line(draft.one(("return None", f"return {expression(draft, scope, gives, 1)}")))
    with draft.block(f"def {show}({star}options):"):
        draft.line("print(options)")
    draft.line(f"{draft.one(('', '', 'done = '))}{show}({star}{read}('x'))")
    scope.names[read] = Value("function", ("text",), gives)


# --- functions ---------------------------------------------------------------------------


def define_function(draft: Draft, scope: Scope) -> None:
    name = draft.fresh(scope, (*WORDS, "run", "again", "load", "note", "report", "make"))
    gives = draft.one((*_KINDS, "none"))
    inner = _scope_of_body(draft, scope)
    takes = tuple(draft.one(_KINDS) for _ in range(draft.one((0, 1, 1, 2))))
    parameters = draft.rng.sample(WORDS, len(takes))
    inner.names.update(zip(parameters, map(Value, takes), strict=True))
    made = Value("function", takes, gives)
    if draft.chance(0.12):
        _decorate(draft, scope)
    with draft.block(f"def {name}({_signature(draft, scope, parameters)}){_hint(draft)}:"):
        _body(draft, inner, name, made)
    scope.names[name] = made


def _scope_of_body(draft: Draft, scope: Scope) -> Scope:
    later = Scope(scope)
    later.names.update(draft.later.names)
    return Scope(later)


def _signature(draft: Draft, scope: Scope, parameters: list[str]) -> str:
    signature = list(parameters)
    if signature and draft.chance(0.2):
        signature[-1] += f"={expression(draft, scope, 'any', 1)}"
    elif signature and draft.chance(0.2):
        signature[-1] += draft.one((": int", ": 'Row'", ": list[int]"))
    if draft.chance(0.1):
        signature.append(draft.one(("*args", "**options", "*, deep=1")))
    return ", ".join(signature)


def _hint(draft: Draft) -> str:
    return draft.one((" -> int", " -> None", " -> 'str'")) if draft.chance(0.1) else ""


def _decorate(draft: Draft, scope: Scope) -> None:
    cached = draft.member("functools", "lru_cache", scope)
    own = [name for name, value in scope.names.items() if value.kind == "function"]
    draft.line(draft.one((f"@{cached}", f"@{cached}(maxsize=None)", *[f"@{name}" for name in own])))


def _body(draft: Draft, scope: Scope, name: str, made: Value) -> None:
    if draft.chance(0.2):
        draft.line('"""Does it."""')
    if draft.chance(0.1):
        _outer_name(draft, scope)
    if draft.chance(0.15):
        with draft.block(f"if {expression(draft, scope)}:"):
            draft.line(draft.one(("", "rest = ", "return ")) + call(draft, scope, name, made))
    for _ in range(draft.one((0, 1, 1, 2))):
        draft.one(_INSIDE)(draft, scope)
    if draft.chance(0.08):
        draft.line(draft.one(("yield ", "yield from ")) + expression(draft, scope, "list"))
    elif draft.chance(0.12):
        ending(draft, scope)
    elif made.gives != "none":
        if draft.chance(0.15):
            with draft.block(f"if {expression(draft, scope)}:"):
                draft.line("return None")
        draft.line(f"return {expression(draft, scope, made.gives)}")


def _outer_name(draft: Draft, scope: Scope) -> None:
    outer = scope.parent.parent if scope.parent and scope.parent.parent else None
    if outer is None or not outer.names:
        return
    name = draft.one([name for name in outer.names])
    if name in scope.names:
        return
    draft.line(f"{'global' if outer.is_module else 'nonlocal'} {name}")
    draft.line(f"{name} = {expression(draft, scope)}")


def _nested(draft: Draft, scope: Scope) -> None:
    name, gives = draft.fresh(scope, ("inner", "helper", "go")), draft.one(_KINDS)
    inner = Scope(scope)
    with draft.block(f"def {name}():"):
        outer = _owned(draft, scope, *_KINDS)
        if outer and draft.chance(0.7):
            draft.line(f"nonlocal {outer}")
            draft.line(f"{outer} = {expression(draft, scope, scope.names[outer].kind)}")
        draft.one((_print, _assign, branches))(draft, inner)
        draft.line(f"return {expression(draft, inner, gives)}")
    scope.names[name] = Value("function", (), gives)


def _guard(draft: Draft, scope: Scope) -> None:
    with draft.block("if __name__ == '__main__':"):
        for _ in range(draft.one((1, 2))):
            draft.one((_print, _assign, _rebind))(draft, scope)


def _stop(draft: Draft, scope: Scope) -> None:
    name = draft.fresh(scope)
    with draft.block(f"if {expression(draft, scope)}:"):
        arm(draft, scope, name, "number")
        ending(draft, scope)


_SIMPLE = (
    _assign, _assign, _rebind, _rebind, _rebind, _print, _print, _unpack, _delete, _log, _walrus,
    _lambda, _loop, branches, branches, branches, _stop,
)  # fmt: skip
_INSIDE = (*_SIMPLE, _nested, _nested)
_AT_TOP = (
    *_SIMPLE, _guard, _unpacked_call, _unpacked_call, *[define_function] * 6, *[define_class] * 6,
)  # fmt: skip
