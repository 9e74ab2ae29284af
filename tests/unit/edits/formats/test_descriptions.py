"""Edits that are described, each in a line in front of it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lintseq_datasets.edits.formats import FORMS
from lintseq_datasets.edits.program import Program
from lintseq_datasets.edits.reading import IncrementalResolver, resolve, resolve_generation
from lintseq_datasets.edits.sequence import EditSequence, printed_edits
from lintseq_datasets.edits.training_text import DESCRIPTION_TOKEN, join_edits
from lintseq_datasets.errors import ProgramError

PROGRAM = Program.from_text("import os\n\ndef f(x):\n    return x\n\nprint(f(os.sep))")
SEQUENCE = EditSequence.from_deletions(PROGRAM, [[4, 5], [2, 3], [0, 1]])
SAID = ["Import os.", "Add a function,\nwhich returns  its argument: <|diff|>", None]


def described(edit_format: str, said: list[str | None]) -> str:
    return join_edits(printed_edits(SEQUENCE, edit_format), said)


@pytest.mark.parametrize("edit_format", FORMS)
def test_the_program_is_the_same(edit_format: str) -> None:
    text = described(edit_format, SAID)
    assert text.startswith(f"{DESCRIPTION_TOKEN}Import os.\n<|diff|>")
    assert f"\n{DESCRIPTION_TOKEN}Add a function, which returns its argument: <|diff|>\n" in text
    assert resolve(text, edit_format=edit_format) == PROGRAM.text
    read = EditSequence.from_text(text, edit_format=edit_format)
    assert list(read.states()) == list(SEQUENCE.states())
    for ending in ("", "\n", "<|endoftext|>", "\n<|description|>Done.", "\n<|descr"):
        done = resolve_generation(text + ending, edit_format=edit_format)
        assert done.program == PROGRAM.text
        assert len(done.edits) == 3
        assert done.report.is_clean == (ending != "\n<|descr"), done.report
    assert resolve_generation(text, policy="raise", edit_format=edit_format).report.is_clean


def test_the_text_may_end_in_a_description() -> None:
    done = resolve_generation(described("diff", ["a", "b", "c<|endoftext|>"]))
    assert len(done.edits) == 2
    assert done.report.num_eos == 1


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted(FORMS)),
    st.lists(st.sampled_from(["", "a", " <|diff|>", "b <|description|>", "@@", "```"]), max_size=3),
    st.data(),
)
def test_in_pieces_as_in_whole(edit_format: str, words: list[str], data: st.DataObject) -> None:
    text = described(edit_format, [" ".join(words), *SAID[1:]])
    assert resolve(text, edit_format=edit_format) == PROGRAM.text
    cut = data.draw(st.integers(0, len(text)))
    damaged = text[:cut] + data.draw(st.sampled_from(["", "<|description|>x\n", "\n", "<|"]))
    damaged += text[data.draw(st.integers(cut, len(text))) :]
    whole = resolve_generation(damaged, edit_format=edit_format)
    resolver = IncrementalResolver(edit_format=edit_format)
    size = data.draw(st.integers(1, 30))
    for at in range(0, len(damaged), size):
        resolver.feed(damaged[at : at + size])
    resolver.close()
    assert resolver.result == whole


def test_without_descriptions_texts_are_as_they_were() -> None:
    edits = printed_edits(SEQUENCE)
    assert join_edits(edits, [None, "", " \n"]) == join_edits(edits) == SEQUENCE.to_text()


@pytest.mark.parametrize("edit_format", FORMS)
def test_programs_that_hold_the_token(edit_format: str) -> None:
    program = Program.from_text(f"text = '''\n{DESCRIPTION_TOKEN}a\n<|other|>\n'''\nprint(text)")
    sequence = EditSequence.from_deletions(program, [[4], [0, 1, 2, 3]])
    if edit_format in ("search_replace", "numbered", "whole"):  # lines of the program stand bare
        with pytest.raises(ProgramError, match=DESCRIPTION_TOKEN.replace("|", ".")) as raised:
            printed_edits(sequence, edit_format)
        assert raised.value.reason == "marker_in_program"
        return
    text = join_edits(printed_edits(sequence, edit_format), ["Make it.", "Print it."])
    assert resolve(text, edit_format=edit_format) == program.text
    assert resolve_generation(text, edit_format=edit_format).program == program.text
