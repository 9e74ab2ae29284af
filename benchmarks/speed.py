"""How fast: against `pylintseq`, by length, linter, phase and processes; memory over time.

    python -m benchmarks.speed [--rows ROWS.jsonl ...] [--quick] [--only SECTION ...]

Prints tables in Markdown and fails on no time. The rows default to the programs in
`examples/`. `pylintseq` and `psutil` come with the extra ``benchmark``.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.measure import Clock, Run, number, print_table, print_versions, run_mapper
from benchmarks.published import Published, published
from benchmarks.rows import EXAMPLES, package_files, programs_of
from benchmarks.workers import in_fresh_process

WARM_UP, FIRST = 1000, 1  # seeds
ENOUGH = 0.3  # seconds to measure a rate
LEFT_OUT = 0.02  # of the rows, the slowest of the published code: one can outweigh all others
LINTERS = ("pylint", "prylint", "ruff", "pyflakes", "syntax", "randseq")
COMPARED = ("pylint", "prylint", "ruff")


class Rows(NamedTuple):
    """Programs of one kind."""

    name: str
    programs: list[str]

    @property
    def lines(self) -> float:
        """Mean number of lines."""
        return statistics.fmean(program.count("\n") + 1 for program in self.programs)


def main() -> None:
    options = read_options()
    print_versions()
    sections: dict[str, Callable[[argparse.Namespace], None]] = {
        "published": against_published,
        "linters": by_linter,
        "phases": by_phase,
        "processes": by_processes,
        "memory": over_time,
    }
    for name, section in sections.items():
        if not options.only or name in options.only:
            started = time.perf_counter()
            section(options)
            print(f"({time.perf_counter() - started:.0f} s)\n", flush=True)


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", nargs="+", type=Path, default=[EXAMPLES], help="JSONL files")
    parser.add_argument("--quick", action="store_true", help="fewer rows")
    parser.add_argument("--only", nargs="+", help="sections to run")
    return parser.parse_args()


def all_rows(options: argparse.Namespace) -> Iterator[Rows]:
    """Programs of all kinds."""
    factor = 0.2 if options.quick else 1.0

    def some(programs: Sequence[str], count: int) -> list[str]:
        count = max(1, round(count * factor))
        step = max(1, len(programs) // count)
        return list(programs[::step][:count])

    for path in options.rows:
        yield Rows(path.stem, some(programs_of(path), 80))
    for lines, count in ((10, 64), (30, 64), (100, 64), (300, 8)):
        margin = lines * 3 // 20
        files = package_files(lines - margin, lines + margin)
        yield Rows(f"packages, {lines} lines", some(files, count))


# --- against the published code ----------------------------------------------------------


def against_published(options: argparse.Namespace) -> None:
    print("## Times as many sequences a processor second as the published code\n")
    print("Of the median row, and of the sums without the slowest 2% of the published code.\n")
    ratios = [f"{linter}: {kind}" for linter in COMPARED for kind in ("median", "sums")]
    print_table(
        ["rows", "programs", "lines", "published, a second", *ratios, "edits"],
        (compare(rows) for rows in all_rows(options) if rows.programs),
    )


class Compared(NamedTuple):
    """Processor seconds for a sequence of each program."""

    theirs: list[float]
    ours: dict[str, list[float]]
    edits: float  # mean number in a sequence of pylint


def compare(rows: Rows) -> list[str]:
    with published() as other:
        found = interleave(rows.programs, other)
    kept = sorted(range(len(found.theirs)), key=found.theirs.__getitem__)
    kept = kept[: len(kept) - max(1, round(LEFT_OUT * len(kept)))]
    theirs = sum(found.theirs[row] for row in kept)
    line = [rows.name, str(len(found.theirs)), number(rows.lines), number(len(kept) / theirs)]
    for linter in COMPARED:
        ours = found.ours[linter]
        each = [a / b for a, b in zip(found.theirs, ours, strict=True)]
        line += [
            number(statistics.median(each)),
            number(theirs / sum(ours[row] for row in kept)),
        ]
    return [*line, number(found.edits)]


def interleave(programs: Sequence[str], other: Published) -> Compared:
    """One sequence of each program there, five here, in turns.

    A linter that judges many programs in one call gets all of them at once, before and
    after the others. What that takes is spread over the programs by their characters.
    """
    for linter in COMPARED:
        run_mapper(programs, linter, seed=WARM_UP, num_samples=1)
    batches = {linter: run_mapper(programs, linter, seed=FIRST) for linter in COMPARED[1:]}
    theirs: list[float] = []
    ours: list[float] = []
    texts: list[str] = []
    total = Run(0, 0, 0.0)
    for text in programs:
        if (seconds := other.seconds(text)) is None:
            continue
        run = run_mapper([text], "pylint", seed=FIRST)
        total += run
        theirs.append(seconds)
        ours.append(run.seconds / max(run.sequences, 1))
        texts.append(text)
    for linter in COMPARED[1:]:
        batches[linter] += run_mapper(programs, linter, seed=FIRST + 1)
    size = sum(map(len, texts))
    spread = {
        linter: [len(texts) / run.rate * len(text) / size for text in texts]
        for linter, run in batches.items()
    }
    return Compared(theirs, {"pylint": ours, **spread}, total.edits / max(total.sequences, 1))


# --- by linter -----------------------------------------------------------------------------


def by_linter(options: argparse.Namespace) -> None:
    print("## Sequences a processor second, by linter\n")
    print_table(
        ["rows", "lines", *LINTERS],
        (rates(rows) for rows in all_rows(options) if rows.programs),
    )


def rates(rows: Rows) -> list[str]:
    found = [rows.name, number(rows.lines)]
    for name in LINTERS:
        run_mapper(rows.programs, name, seed=WARM_UP, num_samples=1)
        if name not in LINTERS[:2]:
            gc.freeze()  # what pylint holds on to is no cost of the others
        run, seed = Run(0, 0, 0.0), FIRST
        while run.seconds < ENOUGH and seed < FIRST + 50:
            run += run_mapper(rows.programs, name, seed=seed)
            seed += 1
        found.append(number(run.rate))
    gc.unfreeze()
    return found


# --- by phase ------------------------------------------------------------------------------


def by_phase(options: argparse.Namespace) -> None:
    print("## Share of processor time by phase, `Dataset.map` with pylint\n")
    columns: list[tuple[str, Clock, int]] = []
    for rows in all_rows(options):
        if rows.programs:
            columns.append((rows.name, *watch(rows.programs)))
    phases = list(dict.fromkeys(phase for _, clock, _ in columns for phase in clock.seconds))
    table = []
    for phase in phases:
        shares = [clock.seconds[phase] / sum(clock.seconds.values()) for _, clock, _ in columns]
        table.append([phase, *(f"{share:.1%}" for share in shares)])
    lints = [number(clock.calls["checkers"] / max(count, 1)) for _, clock, count in columns]
    table.append(["lints a sequence", *lints])
    milliseconds = [
        number(1000 * sum(clock.seconds.values()) / max(count, 1)) for _, clock, count in columns
    ]
    table.append(["ms a sequence", *milliseconds])
    print_table(["phase", *(name for name, _, _ in columns)], table)


def watch(programs: Sequence[str]) -> tuple[Clock, int]:
    """Time by phase, and the number of sequences."""
    import datasets

    from lintseq_datasets import FEATURES
    from lintseq_datasets.edits.sequence import EditSequence
    from lintseq_datasets.languages.python import source
    from lintseq_datasets.linters import _pylint_engine, _pylint_tree
    from lintseq_datasets.mapping import _sampling, mappers

    places = [
        (mappers, "_map", "rows and prints"),
        (_sampling, "_structure", "structure"),
        (_sampling, "sample_lintseq", "sampling"),
        (source, "parse", "parser"),
        (_pylint_tree.TreeBuilder, "build", "tree"),
        (_pylint_tree.TreeBuilder, "complete", "tree"),
        (_pylint_engine.Engine, "_check", "checkers"),
        (_pylint_engine.Engine, "_forget", "cleaning up"),
        (EditSequence, "from_deletions", "diffs"),
    ]
    datasets.disable_progress_bars()
    run_mapper(programs, "pylint", seed=WARM_UP, num_samples=1)
    dataset = datasets.Dataset.from_dict({"response": list(programs)})
    clock = Clock()
    with clock.watching(places), tempfile.TemporaryDirectory() as folder:
        mapped = clock.wrap("Arrow and `datasets`", dataset.map)(
            lambda batch: mappers.lintseq_map(batch, extract_code=None, seed=FIRST),
            batched=True, features=FEATURES, remove_columns=["response"],
            cache_file_name=str(Path(folder) / "mapped.arrow"), new_fingerprint="x",
        )  # fmt: skip
    return clock, len(mapped)


# --- processes, memory ---------------------------------------------------------------------


def by_processes(options: argparse.Namespace) -> None:
    print("## Wall-clock time of `Dataset.map`, by processes\n")
    rows = 300 if options.quick else 2000
    base: dict[int, float] = {}
    table: list[list[str]] = []
    for num_proc in (1, 2):
        arguments = ["--num-proc", str(num_proc)]
        few, many = (
            in_fresh_process("map", str(options.rows[0]), *arguments, "--rows", str(count))[0]
            for count in (rows // 4, rows)
        )
        # What is the same for any number of rows: starting, importing, warming up.
        rate = (many["sequences"] - few["sequences"]) / (many["seconds"] - few["seconds"])
        start = many["seconds"] - many["sequences"] / rate
        base[num_proc] = rate
        table.append(
            [
                str(num_proc), f"{many['sequences']}", f"{many['seconds']:.1f}",
                f"{many['sequences'] / many['seconds']:.0f}", f"{start:.1f}", f"{rate:.0f}",
                f"{rate / base[1]:.2f}",
            ]
        )  # fmt: skip
    print_table(
        ["num_proc", "sequences", "s", "a second", "s to start", "a second then", "times one"],
        table,
    )


def over_time(options: argparse.Namespace) -> None:
    print("## Resident memory of one process\n")
    rows = 400 if options.quick else 4000
    found = in_fresh_process(
        "memory", str(options.rows[0]), "--rows", str(rows), "--num-samples", "2"
    )
    print_table(
        ["rows", *(str(done) for done, _ in found)], [["MB", *(f"{mb:.0f}" for _, mb in found)]]
    )


if __name__ == "__main__":
    main()
