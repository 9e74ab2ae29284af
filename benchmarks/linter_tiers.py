"""What the faster linters do not see: their program states, judged by pylint.

Samples the programs of a file with each linter, lints every distinct program state with
pylint and counts the states with a new error, by message id. Also: edits for each sequence,
and what a linter costs. The audit is off: it would replace what prylint lets pass.

    python -m benchmarks.linter_tiers [ROWS.jsonl] [--limit N] [--num-samples S] [--seed SEED]
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import random
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from lintseq_datasets import lintseq_map
from lintseq_datasets.edits.program import Program
from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.errors import LinterError
from lintseq_datasets.linters import _prylint_doubts, load_linter, syntax
from lintseq_datasets.linters.base import LintMessage, in_program

EXAMPLES = Path(__file__).parents[1] / "examples" / "programs.jsonl"
BATCH = 1000  # rows in one call of the mapper, as with `datasets`
TIERS = ("syntax", "pyflakes", "ruff", "prylint", "pylint")  # the heap of pylint slows others
TEXTS_PER_CALL = (1, 10, 100, 1000)


class Tier(NamedTuple):
    """What one linter made of the rows."""

    linter: str
    programs: int
    edits: tuple[int, ...]  # of each sequence
    seconds: float  # of processor time, children included
    states: dict[Program, Counter[int]]  # how often each state appears; masks of lines


def main() -> None:
    options = read_options()
    batch = read_rows(options.rows, options.limit)
    size = len(next(iter(batch.values())))
    print(f"{size} rows, {options.num_samples} sequences each, seed {options.seed}")
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores\n")
    tiers = [run_tier(name, batch, options) for name in TIERS]
    print_tiers(tiers)
    for tier in tiers:
        print_rejections(tier)
    print_costs(tiers[0], random.Random(options.seed))


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="?", type=Path, default=EXAMPLES)
    parser.add_argument("--limit", type=int, default=None, help="rows to read")
    parser.add_argument("--num-samples", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def read_rows(path: Path, limit: int | None) -> dict[str, list[str]]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()][:limit]
    return {name: [row[name] for row in rows] for name in rows[0]}


def run_tier(name: str, batch: dict[str, list[str]], options: argparse.Namespace) -> Tier:
    size = len(next(iter(batch.values())))
    load_linter(name).lint(["import os\n"] * 20)  # warm up
    result: dict[str, list[object]] = {}
    started = processor_seconds()
    for start in range(0, size, BATCH):
        part = {column: values[start : start + BATCH] for column, values in batch.items()}
        settings = {"num_samples": options.num_samples, "seed": options.seed, "audit": 0.0}
        for column, values in lintseq_map(part, linter=name, **settings).items():
            result.setdefault(column, []).extend(values)
    seconds = processor_seconds() - started
    done = [number for number, status in enumerate(result["status"]) if status == "ok"]
    states: dict[Program, Counter[int]] = {}
    for number in done:
        program = Program.from_text(str(result["program"][number]))
        sequence = EditSequence.from_edits(result["edits"][number])  # type: ignore[arg-type]
        states.setdefault(program, Counter()).update(sequence.kept_lines(program))
    edits = tuple(int(str(result["num_edits"][number])) for number in done)
    return Tier(load_linter(name).name, len(states), edits, seconds, states)


def print_tiers(tiers: Sequence[Tier]) -> None:
    print(f"{'linter':<28}{'programs':>9}{'sequences':>10}{'edits/seq':>10}{'seq/CPU s':>10}")
    for tier in tiers:
        rate = len(tier.edits) / tier.seconds
        print(
            f"{tier.linter:<28}{tier.programs:>9}{len(tier.edits):>10}"
            f"{statistics.fmean(tier.edits):>10.2f}{rate:>10.0f}"
        )


def print_rejections(tier: Tier) -> None:
    """How many states pylint rejects, and why."""
    pylint = load_linter("pylint")
    judged, rejected = Counter[str](), Counter[str]()
    reasons: Counter[str] = Counter()
    for program, states in tier.states.items():
        own = found(pylint.lint([program.text])[0])
        for state, times in states.items():
            (verdict,) = pylint.lint([program.keep(state).text])
            new = found(in_program(state, verdict)) - own
            judged.update({"distinct": 1, "all": times})
            rejected.update({"distinct": bool(new), "all": times * bool(new)})
            reasons.update({message_id for message_id, _, _ in new})
    print(f"\n{tier.linter}: pylint rejects")
    for kind, count in judged.items():
        print(f"  {rejected[kind]} of {count} {kind} states ({rejected[kind] / count:.2%})")
    for message_id, times in reasons.most_common(12):
        print(f"  {message_id:<8}{times:>7}  {times / judged['distinct']:.2%}")


def found(result: tuple[LintMessage, ...] | LinterError) -> Counter[tuple[str, int, int]]:
    if isinstance(result, LinterError):
        return Counter({(result.reason, 0, 0): 1})
    return Counter((message.id, message.line, message.column) for message in result)


def print_costs(tier: Tier, rng: random.Random) -> None:
    """Milliseconds for one text, by how many texts there are in a call."""
    pool = [program.keep(mask).text for program, states in tier.states.items() for mask in states]
    texts = rng.sample(pool, min(len(pool), max(TEXTS_PER_CALL)))
    lines = statistics.fmean(text.count("\n") + 1 for text in texts)
    print(f"\nms a text (processor time), states of {lines:.1f} lines on average, by texts a call")
    print(f"{'':<28}" + "".join(f"{count:>8}" for count in TEXTS_PER_CALL))
    for name in TIERS:
        linter = load_linter(name)
        linter.lint(texts[:20])
        gc.collect()
        gc.freeze()  # what pylint holds on to is no cost of the others
        row = f"{linter.name:<28}"
        for count in TEXTS_PER_CALL:
            calls = max(1, min(20, len(texts) // count))
            syntax._short_part_parses.cache_clear()  # these texts were seen before
            _prylint_doubts._short_part.cache_clear()
            started = processor_seconds()
            judged = sum(
                len(linter.lint(texts[call * count : (call + 1) * count])) for call in range(calls)
            )
            row += f"{1000 * (processor_seconds() - started) / judged:>8.3f}"
        print(row)


def processor_seconds() -> float:
    """Of this process and of the children that it waited for."""
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


if __name__ == "__main__":
    main()
