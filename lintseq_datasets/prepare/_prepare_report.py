"""What became of the rows of the sources, and why."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lintseq_datasets.files.whole_files import write_whole
from lintseq_datasets.mapping.accounting import DONE_COLUMN, Selection
from lintseq_datasets.mapping.answers import DONE
from lintseq_datasets.mapping.rows import OK
from lintseq_datasets.prepare._steps import STEPS
from lintseq_datasets.tables import ShownAsTable, aligned

if TYPE_CHECKING:
    from datasets import Dataset

_FOUND = ("source", "source_id", "status", "benchmark", "task_id", "detail")


class Contamination(NamedTuple):
    """A row that held text of a benchmark."""

    source: str
    source_id: str
    test: str
    benchmark: str
    task_id: str
    match: str


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What became of the rows of one source.

    Args:
        source: Its name.
        facts: Its ``repository``, ``revision``, ``config_name``, ``split`` and ``license``,
            where known.
        selection: What became of its rows.
        licenses: How many of the kept rows have each license.
        answers: For how many of its rows something was done to find the program, by what was
            done; see `lintseq_datasets.mapping.answers.DONE`.
    """

    source: str
    facts: Mapping[str, str | None]
    selection: Selection
    licenses: Mapping[str, int]
    answers: Mapping[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        # Licenses of as many rows stand by name, so that the order of rows makes no difference.
        licenses = sorted(self.licenses.items(), key=lambda item: (-item[1], item[0]))
        return {
            "source": self.source,
            **self.facts,
            **self.selection.as_dict(),
            "licenses": dict(licenses),
            "answers": dict(self.answers),
        }


@dataclass(frozen=True, slots=True)
class PrepareReport(ShownAsTable):
    """What `prepare` did: which rows it dropped, and why.

    Args:
        sources: What became of the rows of each source, in order.
        benchmarks: How many tasks each benchmark has.
        contaminated: The rows that held text of a benchmark.
        options: The options of the run.
        versions: Versions of everything that the result depends on.
    """

    sources: Sequence[SourceReport]
    benchmarks: Mapping[str, int] = field(default_factory=dict)
    contaminated: Sequence[Contamination] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def selection(self) -> Selection:
        """What became of the rows of all sources."""
        # `sum` begins with 0, to which a selection cannot be added.
        return sum((source.selection for source in self.sources), Selection())

    @property
    def answers(self) -> dict[str, int]:
        """For how many rows something was done to find the program, by what was done."""
        counts = sum((Counter(source.answers) for source in self.sources), Counter[str]())
        return dict(counts.most_common())

    @property
    def steps(self) -> dict[str, Selection]:
        """What became of the rows at each step. The rows that one step keeps go into the next."""
        # Only the last mark of each row is there. As it names one step, the others can be counted
        # back. Of 10 rows, 2 are dropped as not_text and 1 as syntax_error:
        #
        #     extract  10 in, 8 kept      syntax  8 in, 7 kept      decontaminate  7 in, 7 kept
        whole = self.selection
        left = whole.rows_in
        steps = {}
        for step, reasons in STEPS.items():
            counts = {name: whole.dropped[name] for name in reasons if name in whole.dropped}
            kept = left - sum(counts.values())
            steps[step] = Selection(left, kept, counts)
            left = kept
        return steps

    def as_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold, in a fixed order."""
        # From the rows that were found, so that the two parts of a report cannot differ.
        counts = Counter((found.benchmark, found.test) for found in self.contaminated)
        tests = STEPS["decontaminate"]
        return {
            **self.selection.as_dict(),
            "steps": {name: step.as_dict() for name, step in self.steps.items()},
            "answers": self.answers,
            "sources": [source.as_dict() for source in self.sources],
            "benchmarks": [
                {
                    "benchmark": name,
                    "tasks": tasks,
                    "dropped": {test: counts[name, test] for test in tests if counts[name, test]},
                }
                for name, tasks in self.benchmarks.items()
            ],
            "contaminated": [found._asdict() for found in self.contaminated],
            "options": dict(self.options),
            "versions": dict(self.versions),
        }

    def save(self, path: str | Path) -> None:
        """Write the report to a file, as JSON."""
        text = json.dumps(self.as_dict(), ensure_ascii=False, indent=2) + "\n"
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        write_whole(Path(path), lambda file: file.write(text.encode("utf-8")))

    def as_table(self) -> str:
        """A table in plain text."""
        return aligned(self._table())

    def _table(self) -> Iterator[tuple[str, str]]:
        yield from _lines("rows in", self.selection)
        if self.answers:
            yield "done to answers, by rows", ""
        for name, count in self.answers.items():
            yield f"  {DONE.get(name, name)}", f"{count:,}"
        # Those of a single source stand above already.
        for source in self.sources if len(self.sources) > 1 else ():
            yield from _lines(source.source, source.selection)
        for benchmark in self.as_dict()["benchmarks"]:
            found = sum(benchmark["dropped"].values())
            yield f"found of {benchmark['benchmark']} ({benchmark['tasks']:,} tasks)", f"{found:,}"


def _lines(title: str, selection: Selection) -> Iterator[tuple[str, str]]:
    yield title, f"{selection.rows_in:,}"
    yield "  kept", f"{selection.kept:,}"
    yield "  dropped", f"{selection.num_dropped:,}"
    for reason, count in selection.as_dict()["dropped"].items():
        yield f"    {reason}", f"{count:,}"


def report_sources(
    dataset: Dataset, names: Sequence[str], facts: Sequence[Mapping[str, str | None]]
) -> list[SourceReport]:
    """Count what became of the rows of each source.

    Args:
        dataset: All rows, with their columns ``source``, ``status``, ``license`` and `DONE_COLUMN`.
        names: The sources, in order.
        facts: What is known of each.
    """
    statuses: dict[str, Counter[str]] = {name: Counter() for name in names}
    licenses: dict[str, Counter[str]] = {name: Counter() for name in names}
    answers: dict[str, Counter[str]] = {name: Counter() for name in names}
    for batch in _batches(dataset, ("source", "status", "license", DONE_COLUMN)):
        for source, status, license, done in zip(*batch, strict=True):
            statuses[source][status] += 1
            # Names with blanks between them, as `extract_programs` wrote them: "outputs joined".
            answers[source].update(done.split())
            if status == OK:
                licenses[source][license or "unknown"] += 1
    return [
        SourceReport(
            name,
            fact,
            Selection.of(statuses[name].elements()),
            dict(licenses[name]),
            dict(answers[name].most_common()),
        )
        for name, fact in zip(names, facts, strict=True)
    ]


def contaminated_rows(dropped: Dataset) -> list[Contamination]:
    """The dropped rows that held text of a benchmark."""
    found = []
    for batch in _batches(dropped, _FOUND):
        for source, source_id, status, benchmark, task_id, match in zip(*batch, strict=True):
            # Duplicates and syntax errors have a detail as well, which is no match.
            test = status.removeprefix("dropped:")
            if test in STEPS["decontaminate"]:
                found.append(Contamination(source, source_id, test, benchmark, task_id, match))
    return found


def _batches(dataset: Dataset, columns: Sequence[str]) -> Iterator[list[list[Any]]]:
    if len(dataset):
        rows = dataset.select_columns(list(columns)).with_format("arrow")
        for table in rows.iter(batch_size=10_000):
            yield [table[name].to_pylist() for name in columns]
