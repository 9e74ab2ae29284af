"""Control flow of the grammar: names that only some ways bind, and what never returns."""

from __future__ import annotations

from collections.abc import Callable

from tests.parity.drafts import Draft, Scope, Value, expression

Body = Callable[[Draft, Scope], None]


# --- what never returns ------------------------------------------------------------------

_HELPERS = {
    "assert_never": ("def assert_never({0}):", "    print({0})"),
    "fail": ("def fail({0}):", "    raise ValueError({0})"),
    "give_up": ("def give_up({0}) -> {NoReturn}:", "    print({0})", "    {exit}(1)"),
    "stop": ("def stop({0}=1) -> {NoReturn}:", "    while True:", "        print({0})"),
    "leave": ("leave = {exit}",),
    "leave_by_name": ("leave_by_name = getattr({sys}, 'exit')",),
    "quiet": ("def quiet({0}):", "    if {0}:", "        {exit}({0})"),
    "Stop": ("class Stop:", "    @staticmethod", "    def now(code):", "        {exit}(code)"),
}


def helper(draft: Draft, name: str) -> None:
    """Define something above all else that was drawn, once."""
    lines = _HELPERS[name]
    if any(line.startswith(lines[0].split("(")[0]) for line in draft.helpers):
        return
    module = Scope()
    needed = " ".join(lines)
    places = {"{0}": draft.one(("value", "message", "code"))}
    if "{NoReturn}" in needed:
        places["{NoReturn}"] = draft.member("typing", draft.one(("NoReturn", "Never")), module)
    if "{exit}" in needed:
        places["{exit}"] = draft.member("sys", "exit", module)
    if "{sys}" in needed:
        draft.head.append("import sys")
        places["{sys}"] = "sys"
    text = "\n".join(lines)
    for place, inserted in places.items():
        text = text.replace(place, inserted)
    draft.helpers += text.split("\n")
    if not lines[0].startswith("leave"):
        draft.helpers += ["", ""]


def ending(draft: Draft, scope: Scope) -> None:
    """Something behind which nothing comes, or that only looks so."""
    about = expression(draft, scope, "any", 0)
    plain = [
        f"assert False, {about}", f"raise ValueError({about})", "raise SystemExit", "exit()",
        "quit(1)", "assert not 1", "raise NotImplementedError",
    ]  # fmt: skip
    if not scope.is_module:
        plain += ["return None", f"return {about}"]
    if scope.in_loop:
        plain += ["break", "continue"] * 2
    kind = draft.rng.randrange(10)
    if kind < 3:
        draft.line(draft.one(plain))
    elif kind < 6:
        name = draft.one(list(_HELPERS))
        helper(draft, name)
        draft.line(f"{name}.now({about})" if name == "Stop" else f"{name}({about})")
    elif kind < 9:
        module, member = draft.one(
            (("sys", "exit"), ("typing", "assert_never"), ("os", "_exit"), ("os", "abort"))
        )
        called = draft.member(module, member, scope)
        draft.line(f"{called}({'' if member == 'abort' else about})")
    else:
        with draft.block("while True:"):
            draft.line(f"print({about})")


# --- names that some ways bind -----------------------------------------------------------


def bind(draft: Draft, scope: Scope, name: str, kind: str) -> None:
    """Bind a name in one way of several."""
    draft.line(f"{name} = {expression(draft, scope, kind)}")


def arm(draft: Draft, scope: Scope, name: str, kind: str) -> None:
    """One way: mostly it binds the name, else it ends or does neither."""
    if draft.chance(0.3):
        draft.line(f"print({expression(draft, scope)})")
    if draft.chance(0.65):
        bind(draft, scope, name, kind)
    elif draft.chance(0.8):
        ending(draft, scope)


def branches(draft: Draft, scope: Scope) -> None:
    """Bind a name in some of the ways through a statement, and use it behind."""
    name, kind = draft.fresh(scope), draft.one(("number", "text", "list", "dict"))
    draft.one((_if, _if, _try, _try, _for, _while, _match, _with))(draft, scope, name, kind)
    scope.names[name] = Value(kind)
    if draft.chance(0.7):
        draft.line(f"print({name})")


def _if(draft: Draft, scope: Scope, name: str, kind: str) -> None:
    with draft.block(f"if {expression(draft, scope)}:"):
        arm(draft, scope, name, kind)
    for _ in range(draft.one((0, 0, 1))):
        with draft.block(f"elif {expression(draft, scope)}:"):
            arm(draft, scope, name, kind)
    if draft.chance(0.85):
        with draft.block("else:"):
            arm(draft, scope, name, kind)


def _try(draft: Draft, scope: Scope, name: str, kind: str) -> None:
    with draft.block("try:"):
        arm(draft, scope, name, kind)
    errors = ["ValueError", "(OSError, KeyError) as error", "Exception as error", "NameError"]
    only_finally = draft.chance(0.1)
    for _ in range(0 if only_finally else draft.one((1, 1, 2))):
        with draft.block(f"except {errors.pop(draft.rng.randrange(len(errors)))}:"):
            arm(draft, scope, name, kind)
    if not only_finally and draft.chance(0.3):
        with draft.block("else:"):
            arm(draft, scope, name, kind)
    if only_finally or draft.chance(0.3):
        with draft.block("finally:"):
            draft.line(f"print({expression(draft, scope)})")


def _looped(draft: Draft, scope: Scope, name: str, kind: str) -> None:
    before, scope.in_loop = scope.in_loop, True
    arm(draft, scope, name, kind)
    with draft.block(f"if {expression(draft, scope)}:"):
        draft.line(draft.one(("break", "break", "continue", f"{name} = None")))
    scope.in_loop = before
    if draft.chance(0.6):
        draft.depth -= 1
        with draft.block("else:"):
            arm(draft, scope, name, kind)
        draft.depth += 1


def _for(draft: Draft, scope: Scope, name: str, kind: str) -> None:
    variable = draft.fresh(scope)
    target = draft.one((variable, variable, f"number, {variable}"))
    source = expression(draft, scope, "list")
    source = f"enumerate({source})" if "," in target else source
    with draft.block(f"for {target} in {source}:"):
        scope.names[variable] = Value("number")
        _looped(draft, scope, name, kind)


def _while(draft: Draft, scope: Scope, name: str, kind: str) -> None:
    test = draft.one(("True", expression(draft, scope), f"{name} := {expression(draft, scope)}"))
    with draft.block(f"while {test}:"):
        _looped(draft, scope, name, kind)


def _match(draft: Draft, scope: Scope, name: str, kind: str) -> None:
    with draft.block(f"match {expression(draft, scope)}:"):
        patterns = ("1", "'a' | 'b'", f"[{name}, *_]", "{'a': _}", "str()", f"int({name})", "None")
        for pattern in draft.rng.sample(patterns, draft.one((1, 2))):
            with draft.block(f"case {pattern}:"):
                arm(draft, scope, name, kind)
        with draft.block(draft.one(("case _:", f"case {name}:"))):
            arm(draft, scope, name, kind)


def _with(draft: Draft, scope: Scope, name: str, kind: str) -> None:
    suppress = f"{draft.member('contextlib', 'suppress', scope)}(ValueError)"
    source = draft.one((f"open({expression(draft, scope, 'text')}) as file", suppress))
    with draft.block(f"with {source}:"):
        arm(draft, scope, name, kind)
