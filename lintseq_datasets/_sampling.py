"""From the programs of rows to edit sequences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lintseq_datasets.errors import ProgramError
from lintseq_datasets.linters import load_linter, within_budgets
from lintseq_datasets.linters.base import LintMessage
from lintseq_datasets.linters.syntax import bad_cookie, parse
from lintseq_datasets.program import Program
from lintseq_datasets.rows import Row
from lintseq_datasets.samplers.config import LintSeqConfig, RandSeqConfig
from lintseq_datasets.samplers.lintseq import Outcome, Target, sample_lintseq
from lintseq_datasets.samplers.randseq import sample_randseq, too_long
from lintseq_datasets.samplers.start import find_start
from lintseq_datasets.structure import Structure, python_structure


class _Task(NamedTuple):
    """A program, and the state to start from; the empty one where none is given."""

    program: Program
    state: Program


@dataclass(frozen=True, slots=True)
class Sampler:
    """A sampler of many programs, and what the output says about it."""

    method: str
    linter: str
    sample: Callable[[Sequence[_Task]], list[Outcome]]

    def fill(self, rows: Sequence[Row]) -> None:
        """Sample the programs of rows; equal programs have equal sequences."""
        tasks = [_Task(row.program, Program.from_text(row.state)) for row in rows]
        open_tasks = dict.fromkeys(
            task for task, row in zip(tasks, rows, strict=True) if row.problem is None
        )
        outcomes = dict(zip(open_tasks, self.sample(list(open_tasks)), strict=True))
        for task, row in zip(tasks, rows, strict=True):
            if row.problem is None:
                row.take(outcomes[task])


def randseq_sampler(config: RandSeqConfig) -> Sampler:
    def sample_one(task: _Task) -> Outcome:
        if problem := too_long(task.program, config.max_lines, config.max_characters):
            return problem
        try:
            return sample_randseq(task.program, config, find_start(task.state, task.program))
        except ProgramError as error:
            return error

    def sample(tasks: Sequence[_Task]) -> list[Outcome]:
        return list(map(sample_one, tasks))

    return Sampler("randseq", "", sample)


def lintseq_sampler(config: LintSeqConfig) -> Sampler:
    linter = within_budgets(
        load_linter(
            config.linter,
            errors=config.errors,
            imports=config.imports,
            time_limit=config.time_limit / 3,
        )
    )

    def sample(tasks: Sequence[_Task]) -> list[Outcome]:
        outcomes: dict[_Task, Outcome] = {}

        def ready() -> Iterator[Target]:
            for task in tasks:
                try:
                    structure = _structure(task.program, config)
                    start = find_start(task.state, task.program)
                    yield Target(task.program, structure, start)
                except ProgramError as error:
                    outcomes[task] = error

        results = sample_lintseq(ready(), config, linter)
        sampled = (task for task in tasks if task not in outcomes)
        outcomes.update(zip(sampled, results, strict=True))
        return [outcomes[task] for task in tasks]

    return Sampler("lintseq", linter.name, sample)


def _structure(program: Program, config: LintSeqConfig) -> Structure:
    if problem := too_long(program, config.max_lines, config.max_characters):
        raise problem
    if cookie := bad_cookie(program.text):
        raise ProgramError("encoding_cookie", f"line {cookie.line}: {cookie.text}")
    try:
        parsed = parse(program.text)
    except RecursionError:
        raise ProgramError("syntax_error", "nested too deeply to be parsed") from None
    if isinstance(parsed, LintMessage):
        raise ProgramError("syntax_error", f"line {parsed.line}: {parsed.text}")
    return python_structure(
        program.lines,
        unit=config.unit,
        comments=config.comments,
        children=config.children,
        weights=config.weights,
        draw_constants=config.draw_constants,
    )
