"""Every form of an edit: exact in both directions, and placed by no more than it needs."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lintseq_datasets.edits.edit import Edit, Hunk
from lintseq_datasets.edits.formats import FORMS, edit_form
from lintseq_datasets.edits.program import Program
from lintseq_datasets.edits.reading import resolve
from lintseq_datasets.edits.sequence import EditSequence, printed_edits
from lintseq_datasets.edits.training_text import DIFF_TOKEN, split_edits
from lintseq_datasets.errors import ConfigError, DiffError, ProgramError

NAMES = [*FORMS, "context_diff:0", "context_diff:1", "apply_patch:src/a b.py"]
FEW = st.sampled_from(["a", "b", "", " a", "    return x"])
MARKERS = [
    "<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE", "=====", "*** Begin Patch", "*** End Patch",
    "*** Update File: a", "*** End of File", "@@", "@@ -1 +1 @@", "```", "  ````", "```python",
    ".", "..", "s/.//", "a", "1a", "2,3d", "+x", "-x", "--- a", "+++ b", f"# {DIFF_TOKEN}",
    "\\ No newline at end of file",
]  # fmt: skip


@st.composite
def sequences(draw: st.DrawFn, lines: st.SearchStrategy[str] = FEW) -> EditSequence:
    """Edits of any kind between states of few distinct lines, from any state."""
    states = draw(st.lists(st.lists(lines, max_size=12).map(tuple), min_size=1, max_size=4))
    edits = [draw(_edits(before, after)) for before, after in pairwise(states)]
    if draw(st.booleans()):
        program = Program(draw(st.lists(lines, min_size=1, max_size=14).map(tuple)))
        left = list(range(len(program)))
        deletions = []
        while left:
            chosen = draw(st.sets(st.sampled_from(left), min_size=1))
            deletions.append(sorted(chosen))
            left = [line for line in left if line not in chosen]
        return EditSequence.from_deletions(program, deletions)
    return EditSequence(tuple(edits), Program(states[0]))


@st.composite
def _edits(draw: st.DrawFn, before: Sequence[str], after: Sequence[str]) -> Edit:
    """Some edit from one state to another: the lines that it keeps are drawn."""
    kept: list[tuple[int, int]] = []
    for old, line in enumerate(before):
        first = kept[-1][1] + 1 if kept else 0
        same = [new for new in range(first, len(after)) if after[new] == line]
        if same and draw(st.booleans()):
            kept.append((old, draw(st.sampled_from(same))))
    hunks = []
    ends = (0, 0)
    for old, new in (*kept, (len(before), len(after))):
        if ends != (old, new):
            added, removed = tuple(after[ends[1] : new]), tuple(before[ends[0] : old])
            hunks.append(Hunk(ends[0], ends[1], added, removed))
        ends = (old + 1, new + 1)
    return Edit(tuple(hunks))


def states_of(sequence: EditSequence) -> list[Program]:
    return list(sequence.states())


# --- exact ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60, deadline=None)
@given(sequence=sequences())
def test_the_strict_reader_gives_the_same_states(name: str, sequence: EditSequence) -> None:
    text = sequence.to_text(name)
    read = EditSequence.from_text(text, sequence.start, name)
    assert states_of(read) == states_of(sequence)
    assert read.to_text(name).count(DIFF_TOKEN) == len(sequence)
    assert resolve(text, start=sequence.start, edit_format=name) == sequence.resolve().text
    edits = printed_edits(sequence, name)
    assert edits == split_edits(text)
    assert resolve(edits, start=sequence.start, edit_format=name) == sequence.resolve().text


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60, deadline=None)
@given(sequence=sequences(st.sampled_from(MARKERS)))
def test_markers_in_a_program_are_exact_or_refused(name: str, sequence: EditSequence) -> None:
    try:
        text = sequence.to_text(name)
    except ProgramError as error:
        assert name == "search_replace"
        assert error.reason == "marker_in_program"  # noqa: PT017
        return
    assert states_of(EditSequence.from_text(text, sequence.start, name)) == states_of(sequence)


@pytest.mark.parametrize(
    "line", ["    =======", "\t>>>>>>> REPLACE", "x\f=====", "\u2028<<<<<<< SEARCH"]
)
def test_lines_that_aider_takes_for_markers_are_refused(line: str) -> None:
    sequence = EditSequence.from_deletions(Program(("a", line)), [[0, 1]])
    with pytest.raises(ProgramError, match="marker_in_program"):
        sequence.to_text("search_replace")
    text = f"{DIFF_TOKEN}<<<<<<< SEARCH\n=======\na\n{line}\n>>>>>>> REPLACE"
    with pytest.raises(DiffError):
        resolve(text, edit_format="search_replace")


@pytest.mark.parametrize("name", NAMES)
def test_a_program_line_that_starts_an_edit(name: str) -> None:
    program = Program(("a", DIFF_TOKEN + "b"))
    sequence = EditSequence.from_deletions(program, [[0, 1]])
    if name in ("search_replace", "numbered", "whole"):  # lines stand bare there
        with pytest.raises(ProgramError, match="marker_in_program"):
            sequence.to_text(name)
    else:
        assert resolve(sequence.to_text(name), edit_format=name) == program.text


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60, deadline=None)
@given(sequence=sequences(), data=st.data())
def test_a_damaged_text_is_refused_or_read(
    name: str, sequence: EditSequence, data: st.DataObject
) -> None:
    lines = sequence.to_text(name).split("\n")
    at = data.draw(st.integers(0, len(lines) - 1))
    lines[at : at + data.draw(st.integers(0, 2))] = data.draw(
        st.lists(st.sampled_from([*MARKERS, " a", "+a", "a", "", DIFF_TOKEN]), max_size=2)
    )
    try:
        resolve("\n".join(lines), start=sequence.start, edit_format=name)
    except DiffError:
        return


# --- placed by what it needs ---------------------------------------------------------


def occurrences(lines: Sequence[str], wanted: Sequence[str]) -> int:
    size = len(wanted)
    return sum(tuple(lines[i : i + size]) == tuple(wanted) for i in range(len(lines) - size + 1))


@settings(max_examples=200, deadline=None)
@given(sequences())
def test_blocks_search_the_least_lines_that_occur_once(sequence: EditSequence) -> None:
    before = sequence.start
    for edit, after in zip(sequence.edits, sequence.states(), strict=True):
        state = list(before.lines)
        shift = 0
        text = edit_form("search_replace").write(edit, before.lines)
        blocks = text.split("<<<<<<< SEARCH\n")[1:] if text else []
        for block in blocks:
            search, replace = block.rstrip("\n").removesuffix(">>>>>>> REPLACE").split("=======\n")
            old, new = search.split("\n")[:-1], replace.split("\n")[:-1]
            assert occurrences(state, old) == 1 or not state
            place = next(i for i in range(len(state) + 1) if state[i : i + len(old)] == old)
            state[place : place + len(old)] = new
            shift += len(new) - len(old)
        assert tuple(state) == after.lines
        before = after


@settings(max_examples=200, deadline=None)
@given(st.lists(FEW, min_size=1, max_size=12), st.data())
def test_no_context_is_longer_than_it_must_be(lines: list[str], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(lines)))
    end = data.draw(st.integers(start, len(lines)))
    edit = Edit((Hunk(start, start, ("new",), tuple(lines[start:end])),))
    least = min(
        above + below
        for above in range(start + 1)
        for below in range(len(lines) - end + 1)
        if occurrences(lines, lines[start - above : end + below]) == 1
    )
    text = edit_form("search_replace").write(edit, lines)
    search = text.partition("\n")[2].partition("=======")[0].split("\n")[:-1]
    assert len(search) == end - start + least
    patch = edit_form("apply_patch").write(edit, lines).split("\n")
    assert sum(line.startswith(" ") for line in patch) == least
    kept = [
        line[1:] for line in edit_form("anchored").write(edit, lines).split("\n") if line[0] == " "
    ]
    enough = [
        above for above in range(start + 1)
        if occurrences(lines, lines[start - above : end]) == 1 and (above or end > start)
    ]  # fmt: skip
    if not start and not end:
        assert kept == []  # the top is the top
    elif enough:
        assert kept == lines[start - enough[0] : start]
    else:
        assert kept[:start] == lines[:start]
        assert occurrences(lines, [*lines[:end], *kept[start:-1]]) != 1


@pytest.mark.parametrize("name", ["search_replace", "apply_patch", "anchored"])
def test_long_programs_of_equal_lines_take_little_time(name: str) -> None:
    lines = tuple(["x = 1"] * 1000)
    edit = Edit((Hunk(500, 500, ("new",)),))
    assert edit_form(name).read(edit_form(name).write(edit, lines), lines).apply(
        lines
    ) == edit.apply(lines)


# --- read by others ------------------------------------------------------------------


def run_patch(folder: Path, text: str, lines: Sequence[str], *options: str) -> list[str]:
    file = folder / "program"
    file.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    subprocess.run(
        ["patch", "-s", "--no-backup-if-mismatch", *options, str(file)],
        input=text + "\n", text=True, check=True, cwd=folder, encoding="utf-8",
    )  # fmt: skip
    return file.read_text(encoding="utf-8").split("\n")[:-1] if file.exists() else []


@pytest.mark.skipif(not shutil.which("patch"), reason="there is no patch here")
@pytest.mark.parametrize(
    ("name", "options"),
    [("diff", ["-u", "-F0"]), ("context_diff", ["-u", "-F0"]), ("numbered", ["-e"])],
)
def test_stock_patch_reads_it(
    name: str, options: list[str], tmp_path: Path, examples: Callable[[], list[EditSequence]]
) -> None:
    if name == "numbered" and not shutil.which("ed"):
        pytest.skip("patch -e needs ed")
    for sequence in examples():
        before = sequence.start
        for edit, after in zip(sequence.edits, sequence.states(), strict=True):
            if before.lines:  # patch takes an empty file for one to be made
                text = edit_form(name).write(edit, before.lines)
                assert run_patch(tmp_path, text, before.lines, *options) == list(after.lines)
            before = after


@pytest.fixture
def examples() -> Callable[[], list[EditSequence]]:
    def make() -> list[EditSequence]:
        program = Program(("import a", "", ".", "..", "x = 1", "x = 1", "", "print(x)", "."))
        first = EditSequence.from_deletions(program, [[5], [2, 6, 8], [0, 1]])
        change = Edit((Hunk(0, 0, ("import b", ".", "c"), ("import a",)), Hunk(3, 5, (), ("..",))))
        return [
            first,
            EditSequence.from_deletions(program, [[1, 4], [0, 8], [2, 3], [5, 6, 7]]),
            EditSequence((change,), program),
        ]

    return make


# --- names ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["diffs", "", "diff:3", "context_diff:", "context_diff:-1", "context_diff:x",
             "apply_patch:", "apply_patch: a", "apply_patch:a\nb", "anchored:1", None, 3, ["diff"]],
)  # fmt: skip
def test_names_that_there_are_not(name: str) -> None:
    with pytest.raises(ConfigError, match="edit_format"):
        edit_form(name)
    with pytest.raises(ConfigError, match="edit_format"):
        EditSequence(()).to_text(name)
    with pytest.raises(ConfigError, match="edit_format"):
        resolve("", edit_format=name)


def test_names_are_those_of_the_table() -> None:
    assert FORMS.keys() >= {
        "diff", "context_diff", "search_replace", "apply_patch", "anchored", "numbered", "whole",
    }  # fmt: skip
    assert [form.name for form in map(edit_form, FORMS)] == list(FORMS)
