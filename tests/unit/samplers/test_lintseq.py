from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import product

import pytest

from lintseq_datasets.edits.program import Program
from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.errors import LinterError
from lintseq_datasets.languages.base import Structure
from lintseq_datasets.languages.python.source import PythonSource
from lintseq_datasets.languages.python.structure import python_structure
from lintseq_datasets.linters.base import LintMessage, LintResult
from lintseq_datasets.samplers.config import LintSeqConfig
from lintseq_datasets.samplers.lintseq import sample_lintseq
from tests.unit.samplers.toy import (
    BatchToy,
    Rule,
    Toy,
    always,
    erratic,
    needs,
    out_of_range,
    plain_structure,
    silent,
)

CHAIN = "a\nb a\nc b\nd c\ne"


def sample(
    text: str, rule: Rule = needs, structure: Structure | None = None, **options: object
) -> tuple[EditSequence, ...] | LinterError:
    program = Program.from_text(text)
    structure = structure or plain_structure(len(program))
    config = LintSeqConfig(**options)  # type: ignore[arg-type]
    plain, lockstep = (
        sample_lintseq([(program, structure)], config, linter)[0]
        for linter in (Toy(rule), BatchToy(rule))
    )
    if isinstance(lockstep, LinterError):
        assert str(lockstep) == str(plain)
        return lockstep
    assert lockstep == plain
    assert isinstance(lockstep, tuple)
    for sequence in lockstep:
        assert sequence.resolve() == program
        assert all(edit.is_insertion and edit.hunks for edit in sequence.edits)
    return lockstep


def sequences(*args: object, **options: object) -> tuple[EditSequence, ...]:
    outcome = sample(*args, **options)  # type: ignore[arg-type]
    assert isinstance(outcome, tuple)
    return outcome


def texts(sequence: EditSequence) -> list[str]:
    return [state.text for state in sequence.states()]


def last_edits(found: Sequence[EditSequence]) -> Counter[tuple[str, ...]]:
    """The lines of the last edit, which is the first deletion, of each sequence."""
    return Counter(
        tuple(line for hunk in sequence.edits[-1].hunks for line in hunk.added)
        for sequence in found
    )


def chi_square(counts: Counter[tuple[str, ...]], expected: dict[tuple[str, ...], float]) -> float:
    assert set(counts) <= set(expected)
    total = sum(counts.values())
    return sum((counts[key] - total * p) ** 2 / (total * p) for key, p in expected.items())


CHI_SQUARE_9999 = {2: 18.4, 3: 21.1, 5: 25.7, 7: 29.9}  # quantile 0.9999 by degrees of freedom


class TestBackwardSampling:
    def test_what_is_needed_is_never_missing(self) -> None:
        for sequence in sequences(CHAIN, num_samples=50):
            for state in texts(sequence):
                assert needs(state.split("\n")) == ()

    def test_a_deletion_takes_what_no_longer_works(self) -> None:
        found = sequences(CHAIN, num_samples=200)
        # without a, everything that hangs on it goes in the same edit, and so on
        assert set(last_edits(found)) == {
            ("a", "b a", "c b", "d c"), ("b a", "c b", "d c"), ("c b", "d c"), ("d c",), ("e",),
        }  # fmt: skip

    def test_one_line(self) -> None:
        assert [texts(sequence) for sequence in sequences("a", num_samples=2)] == [["a"], ["a"]]

    def test_errors_of_the_program_are_forgiven(self) -> None:
        found = sequences("a missing\nb\nc", num_samples=40)
        assert {len(sequence) for sequence in found} == {3}

    def test_or_not(self) -> None:
        found = sequences("a missing\nb\nc", num_samples=40, forgive_own_errors=False)
        # the first deletion takes the broken line along, whatever was drawn
        assert all(any("a missing" in line for line in key) for key in last_edits(found))

    def test_a_flagged_line_takes_its_atom(self) -> None:
        program = "a\nb\nc a\nd"
        structure = plain_structure(4, drawable=(0, 1, 3), takes=(1, 6, 6, 8), weights=(1.0,) * 3)
        found = sequences(program, structure=structure, num_samples=60)
        assert set(last_edits(found)) == {("a", "b", "c a"), ("b", "c a"), ("d",)}

    def test_a_flagged_line_of_a_string_takes_the_string(self) -> None:
        text = 'x = 1\ny = f"""\n{x}\n"""\nz = 2'

        def undefined(lines: Sequence[str]) -> LintResult:
            return tuple(
                LintMessage("T5", number, 0)
                for number, line in enumerate(lines, 1)
                if line == "{x}" and "x = 1" not in lines
            )

        structure = python_structure(PythonSource(text))
        found = sequences(text, undefined, structure, num_samples=60)
        assert set(last_edits(found)) == {
            ("x = 1", "y = f\"\"\"", "{x}", '"""'), ("y = f\"\"\"", "{x}", '"""'), ("z = 2",),
        }  # fmt: skip

    def test_what_nothing_draws_comes_first(self) -> None:
        structure = plain_structure(3, drawable=(1, 2), weights=(1.0, 1.0))
        for sequence in sequences("# why\nb\nc", structure=structure, num_samples=10):
            assert texts(sequence)[0] == "# why"
            assert len(sequence) == 3

    def test_blank_lines_alone_are_no_edit(self) -> None:
        structure = plain_structure(4, drawable=(1, 3), weights=(1.0, 1.0), blank=0b0101)
        for sequence in sequences("\nb\n\nd", structure=structure, num_samples=10):
            assert len(sequence) == 2


class TestForgiving:
    """Errors are compared as a multiset on (message id, line of the program, column)."""

    @staticmethod
    def drawn(rule: Rule, text: str = "a\nb\nc", **options: object) -> set[tuple[str, ...]]:
        return set(last_edits(sequences(text, rule, num_samples=60, **options)))

    def test_lines_are_those_of_the_program(self) -> None:
        def on_c(lines: Sequence[str]) -> LintResult:
            return tuple(LintMessage("T", n, 3) for n, line in enumerate(lines, 1) if line == "c")

        assert self.drawn(on_c) == {("a",), ("b",), ("c",)}

    def test_texts_are_not_compared(self) -> None:
        def on_c(lines: Sequence[str]) -> LintResult:
            number = len(lines)
            return (LintMessage("T", number, 0, f"{lines}"),) if lines[-1] == "c" else ()

        assert self.drawn(on_c) == {("a",), ("b",), ("c",)}

    def test_more_of_the_same_is_new(self) -> None:
        def on_c(lines: Sequence[str]) -> LintResult:
            times = 1 if "a" in lines else 2
            return (LintMessage("T", len(lines), 0),) * times if lines[-1] == "c" else ()

        assert self.drawn(on_c) == {("a", "c"), ("b",), ("c",)}

    @pytest.mark.parametrize("changed", [("U", 0), ("T", 1)])
    def test_another_id_or_column_is_new(self, changed: tuple[str, int]) -> None:
        def on_c(lines: Sequence[str]) -> LintResult:
            message_id, column = ("T", 0) if "a" in lines else changed
            return (LintMessage(message_id, len(lines), column),) if lines[-1] == "c" else ()

        assert self.drawn(on_c) == {("a", "c"), ("b",), ("c",)}

    def test_an_error_that_moves_to_another_line_is_new(self) -> None:
        def on_last(lines: Sequence[str]) -> LintResult:
            return (LintMessage("T", len(lines), 0),)

        assert self.drawn(on_last) == {("a",), ("b",), ("a", "b", "c")}

    def test_order_does_not_matter(self) -> None:
        def on_b(lines: Sequence[str]) -> LintResult:
            if "b" not in lines:
                return ()
            number = lines.index("b") + 1
            messages = (LintMessage("T", number, 0), LintMessage("U", number, 0))
            return messages if "a" in lines else messages[::-1]

        assert self.drawn(on_b) == {("a",), ("b",), ("c",)}


class TestEnds:
    @pytest.mark.parametrize("rule", [always, erratic, out_of_range, silent, needs])
    def test_whatever_the_linter_says(self, rule: Rule) -> None:
        for num_lines, forgive in product([1, 2, 7, 30], [True, False]):
            text = "\n".join(f"x{line} x{line * 7 % 5}" for line in range(num_lines))
            found = sequences(text, rule, num_samples=5, forgive_own_errors=forgive)
            assert all(1 <= len(sequence) <= num_lines for sequence in found)

    def test_a_linter_that_always_complains_gives_one_edit(self) -> None:
        found = sequences("a\nb\nc\nd", always, num_samples=5)
        assert {len(sequence) for sequence in found} == {1}

    def test_no_more_rounds_than_lines(self) -> None:
        toy = Toy(always)
        program = Program.from_text("\n".join(f"x{line}" for line in range(30)))
        config = LintSeqConfig(num_samples=1)
        sample_lintseq([(program, plain_structure(30))], config, toy)
        assert len(toy.calls) <= 31


class TestFailures:
    PROGRAMS = ("a\nb a\nc", "x\ny x\nz", "p\nq p\nr")

    @staticmethod
    def crash(lines: Sequence[str]) -> LintResult:
        if "x" not in lines and "y x" in lines:
            return LinterError("linter_crash", "toy 1", "no x")
        return needs(lines)

    @pytest.mark.parametrize("kind", [Toy, BatchToy])
    def test_one_program_fails_and_the_others_do_not_notice(self, kind: type[Toy]) -> None:
        pairs = [(program, plain_structure(3)) for program in map(Program.from_text, self.PROGRAMS)]
        config = LintSeqConfig(num_samples=20)
        outcomes = sample_lintseq(pairs, config, kind(self.crash))
        expected = sample_lintseq(pairs, config, kind(needs))
        assert isinstance(outcomes[1], LinterError)
        assert (outcomes[1].reason, outcomes[1].linter) == ("linter_crash", "toy 1")
        assert outcomes[0::2] == expected[0::2]

    def test_a_program_that_gets_no_verdict_as_a_whole(self) -> None:
        error = LinterError("linter_recursion", "toy 1")
        assert sample("a\nb", lambda _lines: error) is error

    @pytest.mark.parametrize("kind", [Toy, BatchToy])
    def test_lint_budget(self, kind: type[Toy]) -> None:
        program = Program.from_text("\n".join(f"x{line}" for line in range(20)))
        toy = kind(needs)
        (outcome,) = sample_lintseq(
            [(program, plain_structure(20))], LintSeqConfig(max_lints=30), toy
        )
        assert isinstance(outcome, LinterError)
        assert outcome.reason == "lint_budget"
        ahead = 5 * 8 if kind is BatchToy else 0
        assert sum(toy.calls) <= 30 + 5 + ahead

    def test_what_was_judged_ahead_is_on_nobodys_budget(self) -> None:
        """The budget counts states that were needed, so that batches change nothing."""
        program = Program.from_text("\n".join(f"x{line}" for line in range(12)))
        pair = (program, plain_structure(12))
        toy = Toy(needs)
        sample_lintseq([pair], LintSeqConfig(), toy)
        needed = sum(toy.calls)
        for most, is_enough in ((needed, True), (needed - 1, False)):
            for kind in (Toy, BatchToy):
                (outcome,) = sample_lintseq([pair], LintSeqConfig(max_lints=most), kind(needs))
                assert isinstance(outcome, tuple) is is_enough

    def test_no_verdict_on_a_state_that_was_not_needed(self) -> None:
        """A state that is asked ahead of time, and never reached, fails nobody."""
        text = "a\nb a\nc b\nd\ne"
        reached: set[str] = set()

        def note(lines: Sequence[str]) -> LintResult:
            reached.add("\n".join(lines))
            return needs(lines)

        def crash(lines: Sequence[str]) -> LintResult:
            if "\n".join(lines) not in reached:
                return LinterError("linter_crash", "toy 1")
            return needs(lines)

        pair = (Program.from_text(text), plain_structure(5))
        expected = sample_lintseq([pair], LintSeqConfig(), Toy(note))
        toy = BatchToy(crash)
        assert sample_lintseq([pair], LintSeqConfig(), toy) == expected
        assert sum(toy.calls) > len(reached)  # some were asked for nothing

    @pytest.mark.parametrize("kind", [Toy, BatchToy])
    def test_an_interruption_passes(self, kind: type[Toy]) -> None:
        def interrupted(_lines: Sequence[str]) -> LintResult:
            raise KeyboardInterrupt

        pair = (Program.from_text("a"), plain_structure(1))
        with pytest.raises(KeyboardInterrupt):
            sample_lintseq([pair], LintSeqConfig(), kind(interrupted))


class TestDraws:
    def test_every_line_is_drawn_equally_often(self) -> None:
        found = sequences("a\nb\nc\nd\ne\nf\ng\nh", silent, num_samples=4000)
        assert {len(sequence) for sequence in found} == {8}
        expected = {(line,): 1 / 8 for line in "abcdefgh"}
        assert chi_square(last_edits(found), expected) < CHI_SQUARE_9999[7]

    def test_every_atom_is_drawn_equally_often(self) -> None:
        text = 'x = """a\nb\nc"""\n# why\nif x:\n    y\nz'
        structure = python_structure(PythonSource(text))
        found = sequences(text, silent, structure, num_samples=4000)
        expected = dict.fromkeys(
            [
                ('x = """a', "b", 'c"""'),
                ("# why", "if x:", "    y"),
                ("    y",),
                ("z",),
            ],
            1 / 4,
        )
        assert chi_square(last_edits(found), expected) < CHI_SQUARE_9999[3]

    def test_every_draw_is_uniform_not_only_the_first(self) -> None:
        orders = Counter(
            tuple(edit.hunks[0].added[0] for edit in sequence.edits)
            for sequence in sequences("a\nb\nc", silent, num_samples=4000)
        )
        expected = {
            tuple(order): 1 / 6 for order in ("abc", "acb", "bac", "bca", "cab", "cba")
        }  # fmt: skip
        assert chi_square(orders, expected) < CHI_SQUARE_9999[5]

    def test_weights(self) -> None:
        weights = (1.0, 2.0, 5.0)
        structure = plain_structure(3, weights=weights, is_uniform=False)
        found = sequences("a\nb\nc", silent, structure, num_samples=4000)
        expected = {(line,): weight / 8 for line, weight in zip("abc", weights, strict=True)}
        assert chi_square(last_edits(found), expected) < CHI_SQUARE_9999[2]

    def test_weights_of_what_is_left(self) -> None:
        structure = plain_structure(3, weights=(1.0, 2.0, 5.0), is_uniform=False)
        orders = Counter(
            tuple(edit.hunks[0].added[0] for edit in reversed(sequence.edits))
            for sequence in sequences("a\nb\nc", silent, structure, num_samples=4000)
        )
        weight = {"a": 1, "b": 2, "c": 5}
        expected = {
            tuple(order): weight[order[0]] / 8 * weight[order[1]] / (8 - weight[order[0]])
            for order in ("abc", "acb", "bac", "bca", "cab", "cba")
        }
        assert chi_square(orders, expected) < CHI_SQUARE_9999[5]


class TestReproducible:
    TEXTS = ("a\nb a\nc b\nd", "p\nq\nr q\ns p", "a\nb a\nc b\nd\ne")

    @pytest.mark.parametrize("kind", [Toy, BatchToy])
    def test_programs_do_not_disturb_each_other(self, kind: type[Toy]) -> None:
        programs = [Program.from_text(text) for text in self.TEXTS]
        pairs = [(program, plain_structure(len(program))) for program in programs]
        config = LintSeqConfig(num_samples=20)
        together = sample_lintseq(pairs, config, kind(needs))
        assert sample_lintseq(pairs[::-1], config, kind(needs)) == together[::-1]
        alone = [sample_lintseq([pair], config, kind(needs))[0] for pair in pairs]
        assert alone == together

    def test_more_samples_begin_with_the_same(self) -> None:
        assert sequences(CHAIN, num_samples=9)[:4] == sequences(CHAIN, num_samples=4)

    @pytest.mark.parametrize("option", ["seed", "epoch"])
    def test_seed_and_epoch_draw_afresh(self, option: str) -> None:
        drawn = [sequences(CHAIN, num_samples=20, **{option: value}) for value in (0, 1, 2**40)]
        assert len(set(drawn)) == 3

    def test_seed_and_epoch_are_not_the_same(self) -> None:
        assert sequences(CHAIN, seed=1, num_samples=20) != sequences(CHAIN, epoch=1, num_samples=20)

    def test_fixed(self) -> None:
        """Changes only with `ALGORITHM` (see CONTRIBUTING.md)."""
        assert [texts(found) for found in sequences("a\nb a\nc", num_samples=2, seed=7)] == [
            ["a", "a\nb a", "a\nb a\nc"],
            ["a", "a\nb a", "a\nb a\nc"],
        ]


class TestUnique:
    def test_all_sequences_of_a_small_program(self) -> None:
        found = sequences("a\nb\nc", silent, num_samples=6, unique=True, seed=1)
        assert len(set(found)) == len(found) >= 5

    def test_fewer_than_wanted_when_there_are_no_more(self) -> None:
        assert len(sequences("a\nb", silent, num_samples=50, unique=True)) == 2
        assert len(sequences("a", silent, num_samples=50, unique=True)) == 1

    def test_no_fewer_when_there_are_many(self) -> None:
        text = "\n".join(f"x{line}" for line in range(10))
        found = sequences(text, silent, num_samples=30, unique=True)
        assert len(set(found)) == len(found) == 30

    def test_repetitions_are_allowed_by_default(self) -> None:
        found = sequences("a\nb", silent, num_samples=50)
        assert len(found) == 50
        assert len(set(found)) == 2

    def test_draws_first_what_is_drawn_without_it(self) -> None:
        once = list(dict.fromkeys(sequences("a\nb\nc", silent, num_samples=4)))
        found = sequences("a\nb\nc", silent, num_samples=4, unique=True)
        assert list(found[: len(once)]) == once


def test_no_programs() -> None:
    assert sample_lintseq([], LintSeqConfig(), Toy()) == []
