"""Classes of the grammar: protocols, inheritance, what `self` is found to be."""

from __future__ import annotations

from collections.abc import Sequence

from tests.parity.drafts import PLAIN, Draft, Scope, Value, expression

CLASS_WORDS = ("Bag", "Game", "Vec", "Row", "Shape", "Item", "Store", "Part")
ATTRIBUTE_WORDS = ("items", "name", "size", "value", "rows", "count")
METHOD_WORDS = ("get", "add", "show", "reset", "first", "load", "area", "merge")

# Methods ({0}: an attribute), and how an instance ({}) is used through them.
_PROTOCOLS: dict[str, tuple[str, tuple[str, ...]]] = {
    "__getitem__(self, key)": ("return self.{0}", ("{}[0]", "{}['a']", "{}[1:]")),
    "__iter__(self)": ("return iter([self.{0}])", ("list({})", "[*{}]", "sum(n for n in {})")),
    "__next__(self)": ("return self.{0}", ("next({})",)),
    "__contains__(self, key)": ("return key == self.{0}", ("int(1 in {})", "int(2 not in {})")),
    "__len__(self)": ("return 3", ("len({})",)),
    "__call__(self, *args)": ("return self.{0}", ("{}()", "{}(1)")),
    "__add__(self, other)": ("return self.{0}", ("{} + 1", "({} + {})")),
    "__radd__(self, other)": ("return self.{0}", ("1 + {}",)),
    "__neg__(self)": ("return self.{0}", ("-{}",)),
    "__lt__(self, other)": ("return True", ("int({} < 1)", "sorted([{}, {}])")),
    "__eq__(self, other)": ("return self.{0} == other", ("int({} == 1)",)),
    "__hash__(self)": ("return 1", ("len({{}: 1})", "hash({})")),
    "__index__(self)": ("return 0", ("[1, 2][{}]", "'%d' % {}")),
    "__reversed__(self)": ("return iter([self.{0}])", ("reversed({})",)),
    "__str__(self)": ("return self.{0}", ("str({})", "f'{{}}'")),
    "__getattr__(self, name)": ("return self.{0}", ("{}.anything", "{}.else_where()")),
    "__bool__(self)": ("return bool(self.{0})", ("(1 if {} else 2)",)),
    "__matmul__(self, other)": ("return other", ("{} @ {}",)),
}
# Statements that need more than one method, or that are no expressions.
_PROTOCOL_GROUPS: tuple[tuple[tuple[tuple[str, str], ...], tuple[str, ...]], ...] = (
    (
        (("__enter__(self)", "return self.{0}"), ("__exit__(self, *args)", "print(args)")),
        ("with {} as inner:\n    print(inner)", "with {}:\n    print(1)"),
    ),
    ((("__setitem__(self, key, value)", "self.{0} = value"),), ("{}[0] = 1", "{}['b'] = 2")),
    ((("__delitem__(self, key)", "print(key)"),), ("del {}[0]",)),
    (
        (("keys(self)", "return ['a']"), ("__getitem__(self, key)", "return self.{0}")),
        ("print(dict(**{}))",),
    ),
    (
        (("__iter__(self)", "return self"), ("__next__(self)", "raise StopIteration")),
        ("for item in {}:\n    print(item)", "a, b = {}\nprint(a, b)"),
    ),
)


def write(draft: Draft, text: str) -> None:
    for line in text.split("\n"):
        draft.line(line)


def define_class(draft: Draft, scope: Scope) -> None:
    """A class, with a base now and then, and an instance of it."""
    kinds = (*[_plain] * 9, _abstract, _abstract, _data, _tuple, _enum, _tests)
    draft.one(kinds)(draft, scope)
    while draft.chance(0.5):  # another one, which mostly has the first as its base
        _plain(draft, scope)


def _plain(draft: Draft, scope: Scope) -> None:
    name = draft.fresh(scope, CLASS_WORDS)
    bases = [key for key, value in scope.visible().items() if value.kind == "class"]
    base = draft.one(bases[-2:]) if bases and draft.chance(0.75) else None
    inherited = scope.visible()[base] if base else Value("class")
    made = Value("class", members=dict(inherited.members), uses=inherited.uses)
    statements: list[str] = []
    with draft.block(f"class {name}({base}):" if base else f"class {name}:"):
        if draft.chance(0.3):
            draft.line(f'"""{name} of {draft.one(CLASS_WORDS)}."""')
        _class_attributes(draft, scope, made)
        inner = Scope(scope)
        inner.self_class = made
        methods = draft.rng.sample(METHOD_WORDS, draft.one((1, 1, 2, 3)))
        _init(draft, inner, made, base and (base, inherited), methods)
        for _ in range(draft.one((0, 1, 1, 2))):
            statements += _protocol(draft, made)
        for method in methods:
            _method(draft, inner, (name, method), made, statements)
    scope.names[name] = made
    use_class(draft, scope, name, made, statements)


def use_class(
    draft: Draft, scope: Scope, name: str, made: Value, statements: Sequence[str] = ()
) -> None:
    """Make an instance, and look at it from outside."""
    if draft.chance(0.15):
        return
    variable = draft.fresh(scope)
    arguments = ", ".join(expression(draft, scope, kind, 1) for kind in made.takes)
    draft.line(f"{variable} = {name}({arguments})")
    scope.names[variable] = Value("instance", owner=made)
    for statement in statements:
        if draft.chance(0.6):
            write(draft, statement.replace("{}", variable))
    for _ in range(draft.one((0, 1, 2))):
        draft.line(f"print({expression(draft, scope)}, {variable}{_member(draft, made)})")
    if draft.chance(0.1):
        draft.line(f"{variable}.late = {expression(draft, scope)}")
        draft.line(f"print({variable}.late)")


def _member(draft: Draft, made: Value) -> str:
    plain = [name for name, value in made.members.items() if value.kind in PLAIN]
    return f".{draft.one(plain)}" if plain and draft.chance(0.7) else ""


def _class_attributes(draft: Draft, scope: Scope, made: Value) -> None:
    if draft.chance(0.3):
        name, kind = draft.one(("limit", "kind", "step")), draft.one(PLAIN)
        draft.line(f"{name} = {expression(draft, scope, kind)}")
        made.members[name] = Value(kind)
    if draft.chance(0.1):
        names = draft.rng.sample(ATTRIBUTE_WORDS, 3)
        draft.line(f"__slots__ = {tuple(names)!r}")


def _init(
    draft: Draft,
    scope: Scope,
    made: Value,
    base: tuple[str, Value] | None,
    methods: Sequence[str],
) -> None:
    if base and draft.chance(0.4):
        made.takes = base[1].takes
        return
    names = draft.rng.sample(ATTRIBUTE_WORDS, draft.one((1, 2)))
    kinds = [draft.one(PLAIN) for _ in names]
    inner = Scope(scope)
    made.takes = tuple(kinds) if draft.chance(0.6) else ()
    if made.takes:
        inner.names.update(zip(names, map(Value, kinds), strict=True))
    with draft.block(f"def __init__({', '.join(['self', *(names if made.takes else [])])}):"):
        if base:
            draft.line(_call_of_base(draft, inner, *base))
        lines = [
            f"self.{name} = {name if made.takes else expression(draft, inner, kind)}"
            for name, kind in zip(names, kinds, strict=True)
        ]
        if draft.chance(0.3):  # a method may read what is not assigned yet
            lines.insert(draft.rng.randrange(len(lines) + 1), f"self.{methods[0]}()")
        for line in lines:
            draft.line(line)
    made.members.update(zip(names, map(Value, kinds), strict=True))


def _call_of_base(draft: Draft, scope: Scope, base: str, inherited: Value) -> str:
    passed = [expression(draft, scope, kind, 1) for kind in inherited.takes]
    own = f"super().__init__({', '.join(passed)})"
    return draft.one((own, own, own, f"{base}.__init__({', '.join(['self', *passed])})", "pass"))


def _protocol(draft: Draft, made: Value) -> list[str]:
    """Define what makes an instance what it is; the statements that can be made with it."""
    attribute = draft.one([*made.members])
    if draft.chance(0.65):
        header, (body, uses) = draft.one(list(_PROTOCOLS.items()))
        with draft.block(f"def {header}:"):
            draft.line(body.format(attribute))
        made.uses += uses
        return []
    methods, statements = draft.one(_PROTOCOL_GROUPS)
    for header, body in methods:
        with draft.block(f"def {header}:"):
            draft.line(body.format(attribute))
    return list(statements)


def _method(
    draft: Draft, scope: Scope, names: tuple[str, str], made: Value, statements: Sequence[str]
) -> None:
    (name, method), gives = names, draft.one((*PLAIN, "none"))
    inner = Scope(scope)
    parameter = _parameter(draft, inner, name, made)
    as_property = not parameter and draft.chance(0.2)
    if as_property:
        draft.line("@property")
    hint = draft.one((f" -> {name}", f' -> "{name}"')) if draft.chance(0.08) else ""
    with draft.block(f"def {method}(self{parameter}){hint}:"):
        if draft.chance(0.3):
            draft.line(f"print({expression(draft, inner)})")
        if statements and draft.chance(0.4):
            write(draft, draft.one(statements).replace("{}", "self"))
        if made.uses and draft.chance(0.5):
            used = draft.one(made.uses).replace("{}", "self")
            draft.line(f"{draft.one(('value', 'found'))} = {used}")
        if draft.chance(0.6):
            plain = [key for key, value in made.members.items() if value.kind in PLAIN]
            attribute = draft.one([*plain, *plain, "count"])
            how = draft.one((" =", " =", " +=")) if draft.chance(0.9) else ": int ="
            draft.line(f"self.{attribute}{how} {expression(draft, inner, 'number')}")
            made.members.setdefault(attribute, Value("number"))
        if gives != "none":
            draft.line(f"return {expression(draft, inner, gives)}")
    takes = ("any",) if parameter.count("=") == 0 and parameter else ()
    if as_property and draft.chance(0.3):
        draft.line(f"@{method}.setter")
        with draft.block(f"def {method}(self, value):"):
            draft.line(f"self.{draft.one([*made.members, method])} = value")
    made.members[method] = Value(gives) if as_property else Value("function", takes, gives)


def _parameter(draft: Draft, scope: Scope, name: str, made: Value) -> str:
    """A parameter, with the name of the class in its annotation or default now and then."""
    if draft.chance(0.5):
        return ""
    word = draft.one(("other", "more", "key"))
    scope.names[word] = Value("any")
    if draft.chance(0.6):
        return f", {word}"
    scope.names[word] = Value("instance", owner=made)
    return draft.one(
        (f", {word}: {name}", f', {word}: "{name}"', f", {word}: {name} = None", f", {word}={name}")
    )


# --- of the standard library -------------------------------------------------------------


def _abstract(draft: Draft, scope: Scope) -> None:
    base, child = draft.rng.sample(CLASS_WORDS, 2)
    abstract = draft.member("abc", "abstractmethod", scope)
    parent = draft.one((f"({draft.member('abc', 'ABC', scope)})", ""))
    method = draft.one(METHOD_WORDS)
    with draft.block(f"class {base}{parent}:"):
        if parent:
            draft.line(f"@{abstract}")
        with draft.block(f"def {method}(self):"):
            draft.line(draft.one(("raise NotImplementedError", "pass", "return None")))
        with draft.block("def describe(self):"):
            draft.line(f"result = self.{method}()")
            draft.line("return result")
    with draft.block(f"class {child}({base}):"), draft.block(f"def {method}(self):"):
        draft.line(f"return {expression(draft, scope)}")
    made = Value("class", members={method: Value("function"), "describe": Value("function")})
    scope.names[base] = Value("class", members=dict(made.members))
    scope.names[child] = made
    use_class(draft, scope, child, made)


def _data(draft: Draft, scope: Scope) -> None:
    name = draft.fresh(scope, CLASS_WORDS)
    decorator = draft.member("dataclasses", "dataclass", scope)
    draft.line(f"@{decorator}" + draft.one(("", "(frozen=True)", "(order=True)")))
    with draft.block(f"class {name}:"):
        draft.line("size: int")
        draft.line(f"name: str = {draft.one(('None', 'size', repr('a')))}")
        if draft.chance(0.5):
            made_by = draft.member("dataclasses", "field", Scope())
            draft.line(f"rows: list = {made_by}(default_factory=list)")
        with draft.block(f"def merge(self, other{draft.one(('', f': {name}'))}):"):
            draft.line(f"return {name}(self.size + other.size)")
    members = {"size": Value("number"), "name": Value("text")}
    scope.names[name] = Value("class", ("number",), members=members)
    use_class(draft, scope, name, scope.names[name])


def _tuple(draft: Draft, scope: Scope) -> None:
    name = draft.fresh(scope, CLASS_WORDS)
    if draft.chance(0.5):
        made_by = draft.member("collections", "namedtuple", scope)
        draft.line(
            f"{name} = {made_by}('{name}', " + draft.one(("'size name')", "['size', 'name'])"))
        )
    else:
        base = draft.member("typing", "NamedTuple", scope)
        with draft.block(f"class {name}({base}):"):
            draft.line("size: int")
            draft.line("name: str")
    members = {"size": Value("number"), "name": Value("text")}
    uses = ("{}[0]", "len({})", "{}._replace(size=2).size")
    scope.names[name] = Value("class", ("number", "text"), members=members, uses=uses)
    use_class(draft, scope, name, scope.names[name], ("one, two = {}\nprint(one, two)",))


def _enum(draft: Draft, scope: Scope) -> None:
    name = draft.fresh(scope, CLASS_WORDS)
    base = draft.member("enum", draft.one(("Enum", "IntEnum", "Flag")), scope)
    with draft.block(f"class {name}({base}):"):
        draft.line(f"RED = {expression(draft, Scope(), 'number', 0)}")
        draft.line(draft.one(("BLUE = 2", "BLUE = RED", "BLUE = 'b'")))
    for use in draft.rng.sample(
        (
            f"print({name}.RED.value, {name}['BLUE'])", f"print([one.name for one in {name}])",
            f"print({name}.BLUE.name.upper(), {name}(1))", f"print(len({name}), {name}.GREEN)",
        ),
        2,
    ):  # fmt: skip
        draft.line(use)


def _tests(draft: Draft, scope: Scope) -> None:
    case = draft.member("unittest", "TestCase", scope)
    with draft.block(f"class TestIt({case}):"):
        if draft.chance(0.5):
            with draft.block("def setUp(self):"):
                draft.line(f"self.rows = {expression(draft, scope, 'list')}")
        with draft.block("def test_rows(self):"):
            with draft.block(f"if {expression(draft, scope)}:"):
                draft.line(f"value = {expression(draft, scope)}")
            with draft.block("else:"):
                draft.line(draft.one(("self.fail('no')", "self.skipTest('no')", "raise OSError")))
            draft.line("self.assertEqual(value, self.rows)")
