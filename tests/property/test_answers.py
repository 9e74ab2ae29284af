"""A program in a labelled fence is found as it is, whatever prose is around it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lintseq_datasets.edits.program import Program, normalize
from lintseq_datasets.errors import ProgramError
from lintseq_datasets.mapping.answers import extract_program, read_answer
from lintseq_datasets.mapping.choices import FENCES, Fences
from tests.property.strategies import python_programs, texts

prose = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="`~<[\u25c1\r\x00"), max_size=60
)
labels = st.sampled_from(["python", "py", "Python 3", "{.python}", "python:main.py", "python3.11"])
markdown = st.lists(
    st.one_of(
        st.sampled_from(["```", "```python", "~~~", "> ", "<think>", "</think>", ">>> ", "\n", "\n",
                         "x = 1", "def f():\n  return 1", '"""', "!ls", "Output:", "    ", "- "]),
        texts,
    ),
    max_size=20,
).map("".join)  # fmt: skip


@given(python_programs, prose, prose, labels, st.sampled_from(FENCES))
def test_a_fence_in_prose(
    source: Program, before: str, after: str, label: str, which: Fences
) -> None:
    program = normalize(source.text)
    text = f"Like this:\n{before}\n```{label}\n{program}\n```\n{after}\nSo it is done."
    found = normalize(extract_program(normalize(text), "auto", which))
    assert found == program


@given(markdown, st.sampled_from(["auto", "markdown", None]), st.sampled_from(FENCES))
def test_nothing_else_is_raised(text: str, mode: str | None, which: Fences) -> None:
    try:
        programs = read_answer(text, mode, which).programs  # type: ignore[arg-type]
    except ProgramError:
        return
    assert programs
    assert which == "each" or len(programs) == 1
