"""The text form: exact in both directions."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lintseq_datasets.edits.program import Program
from lintseq_datasets.edits.prompts import prompt_of
from lintseq_datasets.edits.reading import resolve
from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.edits.styles import decode, encode
from lintseq_datasets.edits.training_text import DIFF_TOKEN
from lintseq_datasets.errors import ConfigError, DiffError

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


# --- from a state --------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(sequences(), st.integers(0, 12))
def test_every_form_resolves_from_a_state(sequence: EditSequence, count: int) -> None:
    rest = sequence.after(min(count, len(sequence)))
    program = sequence.resolve()
    assert rest.resolve() == program
    assert resolve(rest) == resolve(rest, strict=False) == program.text
    for form in ([str(edit) for edit in rest.edits], encode(rest)):
        assert resolve(form, start=rest.start) == program.text
        assert resolve(form, start=rest.start, strict=False, eos=()) == program.text
    assert decode(encode(rest), start=rest.start) == rest


def test_a_state_may_be_text() -> None:
    edit = "@@ -1,0 +2 @@\n+b"
    assert resolve([edit], start="a\nc") == resolve(f"<|diff|>{edit}", start="a\nc") == "a\nb\nc"
    assert resolve([], start="a\n") == resolve("", start="a\n", strict=False) == "a\n"
    assert resolve(EditSequence.from_edits([edit], "a"), start="x") == "x\nb"
    with pytest.raises(DiffError, match="edit 0, hunk 0: starts after old line 1"):
        resolve([edit])


@pytest.mark.parametrize("option", [{"policy": "skip"}, {"eos": ()}])
def test_options_for_text_of_models_are_refused_where_all_is_exact(option: object) -> None:
    with pytest.raises(ConfigError, match="strict=False"):
        resolve("", **option)  # type: ignore[arg-type]
