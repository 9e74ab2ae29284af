"""The text form: exact in both directions, and tolerant of what a model writes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lintseq_datasets.codec import _Reader, decode, encode, prompt_of, resolve
from lintseq_datasets.diff import Edit, Hunk
from lintseq_datasets.errors import ConfigError, DiffError
from lintseq_datasets.program import Program
from lintseq_datasets.sequence import DIFF_TOKEN, EditSequence

LINES = ["def f():", "    return 1", "", "print(f())"]
SEQUENCE = EditSequence.from_deletions(Program(tuple(LINES)), [[2, 3], [1], [0]])
AWKWARD = [
    DIFF_TOKEN, f"{DIFF_TOKEN}x", f"x {DIFF_TOKEN}", "@@ -0,0 +1 @@", "+", "-", "+++ b", "--- a",
    "++ x", "", " ", "\x0c", "a\u2028b", "\x85", "a\rb", "\\ No newline at end of file", "<|diff|",
]  # fmt: skip


@st.composite
def sequences(draw: st.DrawFn) -> EditSequence:
    lines = draw(
        st.lists(st.sampled_from(AWKWARD) | st.text("ab+-@\x0c\u2028", max_size=4), max_size=12)
    )
    left = list(range(len(lines)))
    deletions = []
    while left:
        chosen = draw(st.sets(st.sampled_from(left), min_size=1))
        deletions.append(sorted(chosen))
        left = [line for line in left if line not in chosen]
    return EditSequence.from_deletions(Program(tuple(lines)), deletions)


# --- strict --------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(sequences())
def test_every_form_resolves_to_the_program(sequence: EditSequence) -> None:
    program = sequence.resolve().text
    for form in (sequence, [str(edit) for edit in sequence.edits], encode(sequence)):
        assert resolve(form) == program
        assert resolve(form, strict=False) == program
    assert resolve(encode(sequence, "reference"), strict=False) == program
    for style in ("default", "reference"):
        assert decode(encode(sequence, style), style) == sequence


def test_empty_input_is_the_empty_program() -> None:
    for nothing in ("", [], (), EditSequence(())):
        assert resolve(nothing) == resolve(nothing, strict=False) == ""


def test_the_reference_style_is_the_text_of_the_published_script() -> None:
    edits = [str(edit) for edit in SEQUENCE.edits]
    expected = ("\n" + DIFF_TOKEN).join(["", *edits, "", ""])
    assert encode(SEQUENCE, "reference") == encode(edits, "reference") == expected
    assert expected.startswith("\n<|diff|>@@ -0,0 +1 @@\n+def f():\n<|diff|>@@ ")
    assert expected.endswith("\n+print(f())\n<|diff|>\n<|diff|>")
    assert encode([], "reference") == "\n<|diff|>\n<|diff|>"


def test_prompts() -> None:
    assert [prompt_of(text) for text in ("", "Do it.", "Do it.\n")] == ["", "Do it.\n", "Do it.\n"]
    assert [prompt_of(text, "reference") for text in ("", "Do it.")] == ["", "Do it."]


@pytest.mark.parametrize(
    "text",
    [
        "<|diff|>@@ -0,0 +1 @@\n+a",
        "\n<|diff|>@@ -0,0 +1 @@\n+a\n<|diff|>",
        "\n\n<|diff|>@@ -0,0 +1 @@\n+a\n<|diff|>\n<|diff|>",
        "\n<|diff|>",
        "",
    ],
)
def test_decoding_the_reference_style_is_strict(text: str) -> None:
    with pytest.raises(DiffError):
        decode(text, "reference")


def test_unknown_styles_are_refused() -> None:
    for call in (lambda: encode([], "x"), lambda: decode("", "x"), lambda: prompt_of("", "x")):
        with pytest.raises(ConfigError, match="style: 'x' is none of"):
            call()


@pytest.mark.parametrize(
    ("text", "edit", "hunk"),
    [
        ("a = 1", None, None),
        ("\n<|diff|>@@ -0,0 +1 @@\n+a", None, None),
        ("<|diff|>@@ -0,0 +1 @@\n+a\n", 0, 1),
        ("<|diff|>@@ -0,0 +1 @@\n+a\n<|diff|>nonsense", 1, 0),
        ("<|diff|>@@ -0,0 +1 @@\n+a\n<|diff|>@@ -1,0 +2 @@\n+b\n@@ -5,0 +6 @@\n+c", 1, 1),
        ("<|diff|>@@ -0,0 +1,2 @@\n+a", 0, 0),
    ],
)
def test_strict_says_where_it_fails(text: str, edit: int | None, hunk: int | None) -> None:
    with pytest.raises(DiffError) as caught:
        resolve(text)
    assert (caught.value.edit, caught.value.hunk) == (edit, hunk)


# --- tolerant ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "program"),
    [
        # where edits start
        ("Sure, here you are:\n\n<|diff|>@@ -0,0 +1 @@\n+a", "a"),
        ("Write it. <|diff|>@@ -0,0 +1 @@\n+a", "a"),
        ("The token <|diff|> heads edits.\n<|diff|>@@ -0,0 +1 @@\n+a", "a"),
        ("@@ -0,0 +1 @@\n+a\n<|diff|>@@ -1,0 +2 @@\n+b", "a\nb"),
        ("\n@@ -0,0 +1 @@\n+a", "a"),
        (" \n\n@@ -0,0 +1 @@\n+a", "a"),
        ("Look:\n@@ -0,0 +1 @@\n+a", ""),
        ("<|diff|>@@ -0,0 +1 @@\n+a<|diff|>@@ -1,0 +2 @@\n+b", "a<|diff|>@@ -1,0 +2 @@\nb"),
        ("<|diff|>\n<|diff|>\n@@ -0,0 +1 @@\n+a\n<|diff|>", "a"),
        ("a = 1\nprint(a)", ""),
        # bodies that are not as long as promised
        ("<|diff|>@@ -0,0 +1,3 @@\n+a\n+b\n<|diff|>@@ -2,0 +3 @@\n+c", "a\nb\nc"),
        ("<|diff|>@@ -0,0 +1 @@\n+a\n+b\n<|diff|>@@ -2,0 +3 @@\n+c", "a\nb\nc"),
        ("<|diff|>@@ -0,0 +1,2 @@\n+def f():\n\n+    return 1", "def f():\n    return 1"),
        ("<|diff|>@@ -0,0 +1 @@\n+a\nThat is all:\n+ one\n- two", "a"),
        ("<|diff|>@@ -0,0 +1 @@", ""),
        # malformed hunks
        ("<|diff|>@@ nonsense @@\n+x\n@@ -0,0 +1 @@\n+a", "a"),
        ("<|diff|>@@ -0,0 +1 @@ def f():\n+x\n<|diff|>@@ -0,0 +1 @@\n+a", "a"),
        ("<|diff|>+x\n@@ -0,0 +1 @@\n+a", "a"),
        ("<|diff|>@@ -0,0 +1 @@  \n+a", "a"),
        # positions
        ("<|diff|>@@ -9,0 +10 @@\n+a\n<|diff|>@@ -7 +7 @@\n+b", "a\nb"),
        ("<|diff|>@@ -0 +0 @@\n+a", "a"),
        (f"<|diff|>@@ -{'9' * 5000},0 +1 @@\n+a", "a"),
        ("<|diff|>@@ -0,0 +77,2 @@\n+a\n+c\n<|diff|>@@ -1,0 +99 @@\n+b", "a\nb\nc"),
        ("<|diff|>@@ -0,0 +1,2 @@\n+b\n+d\n<|diff|>@@ -1,0 +3 @@\n+c\n@@ -0,0 +1 @@\n+a",
         "a\nb\nc\nd"),
        # deletions
        ("<|diff|>@@ -0,0 +1,2 @@\n+a\n+b\n<|diff|>@@ -1 +1 @@\n-a\n+c", "c\nb"),
        ("<|diff|>@@ -0,0 +1,2 @@\n+a\n+b\n<|diff|>@@ -1 +1 @@\n-zzz\n+c", "c\na\nb"),
        ("<|diff|>@@ -0,0 +1 @@\n+a\n<|diff|>@@ -1,3 +0,0 @@\n-a\n-b\n-c", ""),
        ("<|diff|>@@ -0,0 +1,3 @@\n+a\n+b\n+d\n<|diff|>@@ -1,2 +0,0 @@\n-a\n-b\n@@ -1,0 +1 @@\n+c",
         "c\nd"),
        # no character is eaten
        ("<|diff|>@@ -0,0 +1 @@\n+return text<|endoftext|>", "return text<|endoftext|>"),
        ("<|diff|>@@ -0,0 +1,2 @@\n+\n+  x \t\n", "\n  x \t"),
        ("<|diff|>@@ -0,0 +1 @@\n+x\r\n", "x\r"),
    ],
)  # fmt: skip
def test_tolerant(text: str, program: str) -> None:
    assert resolve(text, strict=False) == program


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "<|diff|>",
                "\n",
                "@@ -0,0 +1 @@",
                "@@ -3,2 +1 @@",
                "@@",
                "+a",
                "-a",
                "+",
                "-",
                "x",
                " ",
            ]
        )
    ).map("".join)
)
def test_tolerant_never_raises_and_invents_nothing(text: str) -> None:
    program = resolve(text, strict=False)
    added = [line[1:] for line in text.split("\n") if line.startswith("+")]
    assert all(line in added for line in program.split("\n") if program)


def test_an_edit_of_a_list_may_be_malformed() -> None:
    edits = ["@@ -0,0 +1 @@\n+a", "", "nonsense", "@@ -1,0 +2 @@\n+b"]
    assert resolve(edits, strict=False) == "a\nb"
    with pytest.raises(DiffError, match="edit 2, hunk 0"):
        resolve(edits)


def test_a_sequence_that_does_not_fit() -> None:
    sequence = EditSequence((Edit((Hunk(5, 5, ("a",)),)),))
    assert resolve(sequence, strict=False) == "a"
    with pytest.raises(DiffError, match="edit 0, hunk 0"):
        resolve(sequence)


def test_what_is_malformed_is_noted_once_and_in_place() -> None:
    reader = _Reader()
    for line in [
        "<|diff|>@@ -0,0 +1 @@", "+a", "+b", "junk", "more junk",
        "<|diff|>@@ what", "+x", "@@ -9,0 +3 @@", "-a", "+c",
    ]:  # fmt: skip
        reader.take(line)
    reader.finish()
    assert reader.program == ["a", "b", "c"]
    assert [(problem.edit, problem.hunk, problem.problem) for problem in reader.problems] == [
        (0, 0, "'junk' belongs to no hunk"),
        (0, 0, "has 1 more lines than its header promises"),
        (1, 0, "'@@ what' is no hunk header"),
        (1, 1, "has 1 more lines than its header promises"),
        (1, 1, "starts after old line 9, put after 2"),
        (1, 1, "removes 'a', which is not there"),
    ]
