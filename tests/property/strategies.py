"""Generated lines, programs, deletions."""

from __future__ import annotations

from hypothesis import strategies as st

from lintseq_datasets.program import Program

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
