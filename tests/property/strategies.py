"""Generated lines, programs, deletions."""

from __future__ import annotations

from hypothesis import strategies as st

from lintseq_datasets.edits.program import Program

_LINES_LIKE_DIFFS = [
    "@@ -1 +1 @@", "@@ -0,0 +1,2 @@", "@@", "+++", "+++ b/file", "---", "--- a/file", "++ x",
    "-- y", "-", "+", "+x", "-x", " ", "", "\\ No newline at end of file", "diff --git a/x b/x",
    "<|diff|>", "+<|diff|>", "<|diff|>@@ -0,0 +1 @@", "# <|diff|>", "<|endoftext|>",
]  # fmt: skip
_ODD_CHARACTERS = ["\x0c", "\x0b", "\x1c", "\x1d", "\x85", "\u2028", "\u2029", "\t", "\x7f", "é"]

line_characters = st.characters(exclude_categories=("Cs",), exclude_characters="\n\r\x00")

lines = st.one_of(
    st.sampled_from(_LINES_LIKE_DIFFS),
    st.text(st.sampled_from(["x", "=", " ", "+", "-", "@", *_ODD_CHARACTERS]), max_size=6),
    st.text(line_characters, max_size=12),
    st.builds(
        lambda indent, code, end: "    " * indent + code + end,
        st.integers(0, 2),
        st.sampled_from(["x = 1", "def f():", "return x", "# why", '"""text', "pass"]),
        st.sampled_from(["", " ", "\t", "\x0c"]),
    ),
)

programs = st.builds(
    lambda lines, newline: Program.from_text("\n".join(lines) + newline),
    st.lists(lines, min_size=1, max_size=24),
    st.sampled_from(["", "\n"]),
).filter(lambda program: bool(program.lines))


@st.composite
def deletions_of(draw: st.DrawFn, num_lines: int) -> list[list[int]]:
    """A random order of deleting all lines, as for `EditSequence.from_deletions`."""
    order = draw(st.permutations(range(num_lines)))
    cuts = draw(st.sets(st.integers(1, num_lines), max_size=num_lines)) | {num_lines}
    deletions, start = [], 0
    for stop in sorted(cuts):
        deletions.append(sorted(order[start:stop]))
        start = stop
    return deletions


@st.composite
def programs_with_deletions(draw: st.DrawFn) -> tuple[Program, list[list[int]]]:
    program = draw(programs)
    return program, draw(deletions_of(len(program)))


# Any text, also what is no program.
texts = st.text(
    st.one_of(
        st.sampled_from(["\n", "\r", " ", "\t", "\ufeff", "\x00", "\x0c", "\x85", "\u2028", "x"]),
        st.characters(),
    ),
    max_size=30,
)


# --- programs that parse --------------------------------------------------------------

_SIMPLE = [
    "x = 1", "y = x; x = 2", "print(x)", "import os", "x = [\n1,\n\n# two\n2,\n]",
    'x = """a\n# b\n\n"""',
    'f"""{\nx\n}\n  {x:\n>3}"""', "x = 1 + \\\n2", "f(x, [\n1,\n], g(\n2))", "x = {'a': (1,\n2)}",
    '"a\\\nb"', "pass", "x = '''a\n''' + '''b\n'''", "del x  # why", "x: int = 3",
]  # fmt: skip
_HEADERS = [
    "if x:", "while x:", "for x in (1,\n2):", "with a as b:", "def f(x):", "class A(B):",
    "async def f(\nx,\n):", "@a\ndef f():", "@a(\n1)\n# why\n@b\n\nclass A:", "try:", "else",
    "match", "if x and \\\ny:",
]  # fmt: skip
_BETWEEN = ["", "# why", "   # deep", "  ", "\x0c", "\t", "# \u2028 x"]


@st.composite
def _block(draw: st.DrawFn, indent: str, depth: int) -> list[str]:
    written: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        for between in draw(st.lists(st.sampled_from(_BETWEEN), max_size=2)):
            own = draw(st.booleans()) and between.startswith("#")
            written.append(indent + between if own else between)
        if depth and draw(st.booleans()):
            written += draw(_compound(indent, depth - 1))
        else:
            written += (indent + draw(st.sampled_from(_SIMPLE))).split("\n")
    if draw(st.booleans()):
        written.append(indent + "# end")
    return written


@st.composite
def _compound(draw: st.DrawFn, indent: str, depth: int) -> list[str]:
    inner = indent + draw(st.sampled_from(["    ", "  ", "\t"]))

    def block(header: str) -> list[str]:
        head = [indent + line for line in header.split("\n")]
        return head + draw(_block(inner, depth))

    header = draw(st.sampled_from(_HEADERS))
    if header == "try:":
        return [*block("try:"), *block("except E as x:"), *block("finally:")]
    if header == "else":
        return [*block("if x:"), *block("elif y:"), *block("else:")]
    if header == "match":
        case = [inner + "case 1:", *draw(_block(inner + "  ", 0))]
        return [indent + "match x:", *case]
    return block(header)


python_programs = _block("", 3).map(lambda lines: Program(tuple(lines)))
"""Programs that parse, with nested blocks, decorators, strings, comments in all places."""
