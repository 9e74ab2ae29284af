from __future__ import annotations

import pytest

from lintseq_datasets.edits.program import Program
from lintseq_datasets.errors import LinterError, ProgramError
from lintseq_datasets.languages.python.source import PythonSource
from lintseq_datasets.languages.python.structure import python_structure
from lintseq_datasets.linters.pyflakes import PyflakesLinter
from lintseq_datasets.samplers.config import RevisionConfig
from lintseq_datasets.samplers.revision import (
    Revision,
    RevisionOutcome,
    sample_random_revision,
    sample_revisions,
)
from tests.unit.samplers.toy import BatchToy, Toy, plain_structure, silent


def plain(before: str, after: str) -> Revision:
    versions = Program.from_text(before), Program.from_text(after)
    structures = plain_structure(len(versions[0])), plain_structure(len(versions[1]))
    return Revision(*versions, structures)


def python(before: str, after: str) -> Revision:
    sources = PythonSource(before), PythonSource(after)
    structures = python_structure(sources[0]), python_structure(sources[1])
    return Revision(Program.from_text(before), Program.from_text(after), structures)


def states(outcome: RevisionOutcome) -> list[list[str]]:
    assert isinstance(outcome, tuple)
    return [[state.text for state in path.sequence.states()] for path in outcome]


def sample(revision: Revision, linter: Toy | PyflakesLinter, **options: object) -> RevisionOutcome:
    (found,) = sample_revisions([revision], RevisionConfig(**options), linter)  # type: ignore[arg-type]
    return found


RENAMED = python(
    "def f(n):\n    return n\n\n\nprint(f(4))\nx = 1",
    "def g(n):\n    return n\n\n\nprint(g(4))\nx = 2",
)


def test_what_is_renamed_changes_at_once() -> None:
    halves = {RENAMED.after.text.replace("x = 2", "x = 1"), RENAMED.before.text[:-1] + "2"}
    for first, last in states(sample(RENAMED, PyflakesLinter(), num_samples=8)):
        assert first in halves
        assert last == RENAMED.after.text


def test_the_last_state_is_the_version_after_and_the_start_the_one_before() -> None:
    outcome = sample(RENAMED, PyflakesLinter())
    assert isinstance(outcome, tuple)
    for path in outcome:
        assert path.sequence.start == RENAMED.before
        assert path.sequence.resolve() == RENAMED.after


def test_a_deleted_import_goes_last_and_takes_no_other_use_along() -> None:
    pair = python(
        "import os\n\nprint(os.sep)\nprint(1)\nprint(os.name)", "print('/')\nprint(1)\nprint('x')"
    )
    for found in states(sample(pair, PyflakesLinter(), num_samples=6)):
        assert len(found) == 2 or "import os" in found[0]
        assert all("import os" in state for state in found if "os." in state)
    assert any(len(found) == 3 for found in states(sample(pair, PyflakesLinter(), num_samples=6)))


def test_errors_of_either_version_are_forgiven() -> None:
    pair = python("print(lost)\nx = 1\ny = 1", "print(lost)\nx = 2\ny = 2\nprint(gone)")
    assert any(len(found) == 3 for found in states(sample(pair, PyflakesLinter(), num_samples=9)))


def test_an_inserted_header_is_not_undone_without_its_block() -> None:
    pair = python("x = 1", "x = 1\nfor i in range(3):\n    print(i)\n    print(x)")
    for found in states(sample(pair, Toy(silent), num_samples=9)):
        for state in found:
            assert "    " not in state or "for i" in state


def test_a_deleted_line_does_not_come_back_without_its_header() -> None:
    pair = python("x = 1\nfor i in range(3):\n    print(i)\n    print(x)", "x = 1")
    for found in states(sample(pair, Toy(silent), num_samples=9)):
        for state in found:
            assert "    " not in state or "for i" in state


def test_a_changed_header_may_change_without_its_block() -> None:
    pair = python("def f(a):\n    return a + 1", "def f(a, b=2):\n    return a + 2")
    assert any(len(found) == 2 for found in states(sample(pair, Toy(silent), num_samples=9)))


def test_lines_that_resemble_each_other_replace_each_other() -> None:
    pair = python("x = f(1)\nprint(x)", "x = f(1, 2)\nlog('done')")
    seen = {found[0] for found in states(sample(pair, Toy(silent), num_samples=20))}
    assert seen == {"x = f(1, 2)\nprint(x)", "x = f(1)\nlog('done')"}


def test_whole_functions_are_put_in() -> None:
    before = "def a():\n    return 1\n\n\ndef c():\n    return 1"
    after = "def a():\n    return 1\n\n\ndef b():\n    return 1\n\n\ndef c():\n    return 1"
    outcome = sample(python(before, after), Toy(silent), num_samples=1)
    assert isinstance(outcome, tuple)
    added = [
        line for edit in outcome[0].sequence.edits for hunk in edit.hunks for line in hunk.added
    ]
    assert added[0].strip() in ("", "def b():")


def test_equal_versions() -> None:
    outcome = sample(plain("a", "a"), Toy())
    assert isinstance(outcome, ProgramError)
    assert outcome.reason == "equal_versions"


@pytest.mark.parametrize("before", ["", "a", "a\nb", "b\na"])
@pytest.mark.parametrize("after", ["c", "a\nc", "c\na\nb", "\nc"])
def test_ends(before: str, after: str) -> None:
    outcome = sample(plain(before, after), Toy(silent))
    assert isinstance(outcome, tuple)
    for path in outcome:
        assert path.sequence.start.text == before
        assert path.sequence.resolve().text == after
        assert all(state.text for state in path.sequence.states())


def test_budget() -> None:
    letters = "abcdefghij"
    pair = plain("\n.\n".join(letters), "\n.\n".join(letters.upper()))
    outcome = sample(pair, Toy(silent), max_lints=3)
    assert isinstance(outcome, LinterError)
    assert outcome.reason == "lint_budget"


def test_no_verdict() -> None:
    def crash(lines: object) -> LinterError:
        return LinterError("linter_crash", "toy", "died")

    outcome = sample(plain("a", "b"), Toy(crash))
    assert isinstance(outcome, LinterError)
    assert outcome.reason == "linter_crash"


def test_unique() -> None:
    outcome = sample(plain("a\nx\nb", "c\nx\nd"), Toy(silent), unique=True, num_samples=5)
    assert len(states(outcome)) == 2


def test_a_pair_depends_on_no_other() -> None:
    pairs = [plain("a\nb", "a a\nb b"), plain("x\ny", "x a\nz"), plain("a", "b")]
    config = RevisionConfig(num_samples=4)
    together = sample_revisions(pairs, config, BatchToy(silent))
    assert together == [
        outcome for pair in pairs for outcome in sample_revisions([pair], config, Toy(silent))
    ]


def test_without_a_linter() -> None:
    letters = "abcdefghij"
    pair = plain("\n.\n".join(letters), "\n.\n".join(letters.upper()))
    outcome = sample_random_revision(pair, RevisionConfig(num_samples=300, linter=None))
    assert isinstance(outcome, tuple)
    assert all(path.sequence.resolve() == pair.after for path in outcome)
    mean = sum(len(path.sequence) for path in outcome) / len(outcome)
    assert abs(mean - (1 + sum(1 / n for n in range(1, 10)))) < 0.3  # 1 + H(n - 1), as for lines
