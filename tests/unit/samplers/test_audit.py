from __future__ import annotations

import pytest

from lintseq_datasets.edits.program import Program
from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.errors import LinterError
from lintseq_datasets.linters.base import LintMessage
from lintseq_datasets.samplers.audit import Audit, audit, is_audited
from lintseq_datasets.samplers.config import LintSeqConfig
from tests.unit.samplers.toy import Toy, needs

PROGRAM = Program.from_text("a\nb a\nc b\nd")


def sequence(*deletions: list[int], program: Program = PROGRAM) -> EditSequence:
    return EditSequence.from_deletions(program, deletions)


class TestIsAudited:
    PROGRAMS = tuple(Program.from_text(f"x = {number}") for number in range(2000))

    def share(self, share: float, seed: int = 0) -> list[Program]:
        return [program for program in self.PROGRAMS if is_audited(program, share, seed)]

    def test_the_share(self) -> None:
        assert 60 < len(self.share(0.05)) < 140
        assert self.share(0) == []
        assert len(self.share(1)) == 2000

    def test_a_larger_share_holds_the_smaller(self) -> None:
        assert set(self.share(0.05)) < set(self.share(0.1))

    def test_another_seed_draws_others(self) -> None:
        assert set(self.share(0.05)) != set(self.share(0.05, seed=1))


class TestAudit:
    def test_states_between_the_edits_are_judged(self) -> None:
        good, bad = sequence([2], [1], [0, 3]), sequence([1], [0], [2, 3])
        toy = Toy(needs)
        # what is bad keeps "c b" without "b a", then without "a", too
        assert audit(PROGRAM, [good, bad], LintSeqConfig(), toy) == [Audit(2, 0), Audit(2, 2)]
        assert toy.calls == [5]  # the program and each distinct state, once

    def test_one_edit_has_no_states_between(self) -> None:
        assert audit(PROGRAM, [sequence([0, 1, 2, 3])], LintSeqConfig(), Toy()) == [Audit()]

    def test_errors_of_the_program_are_forgiven(self) -> None:
        program = Program.from_text("a x\nb")
        found = [sequence([1], [0], program=program)]
        assert audit(program, found, LintSeqConfig(), Toy()) == [Audit(1, 0)]
        strict = LintSeqConfig(forgive_own_errors=False)
        assert audit(program, found, strict, Toy()) == [Audit(1, 1)]

    def test_lines_are_those_of_the_program(self) -> None:
        """The same message on another line is another error."""

        def last(lines: list[str]) -> tuple[LintMessage, ...]:
            return (LintMessage("T", len(lines), 0),)

        assert audit(PROGRAM, [sequence([0], [1, 2, 3])], LintSeqConfig(), Toy(last)) == [  # type: ignore[arg-type]
            Audit(1, 0)
        ]
        assert audit(PROGRAM, [sequence([3], [0, 1, 2])], LintSeqConfig(), Toy(last)) == [  # type: ignore[arg-type]
            Audit(1, 1)
        ]

    def test_a_state_to_start_from_is_judged(self) -> None:
        found = sequence([1])
        assert found.start.lines == ("a", "c b", "d")
        assert audit(PROGRAM, [found], LintSeqConfig(), Toy()) == [Audit(1, 1)]

    def test_no_verdict_is_an_error(self) -> None:
        with pytest.raises(LinterError, match="linter_crash"):
            audit(
                PROGRAM,
                [sequence([3], [0, 1, 2])],
                LintSeqConfig(),
                Toy(lambda lines: LinterError("linter_crash", "toy") if "d" not in lines else ()),
            )
