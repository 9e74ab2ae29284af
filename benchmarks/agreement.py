"""Agreement with a stock `pylint` run: the long check of what the mapper keeps.

Samples programs with the public mapper, follows every line of every edit, and has a stock
`pylint` in an environment of its own judge each distinct program state and each program. A
state is wrong if it has an error (message id and line of the program) that the program
lacks. The same is tested on fewer programs in `tests/parity/`.

    python -m benchmarks.agreement [ROWS.jsonl | glued:ROWS.jsonl | stdlib | packages] ...
        [--grammar N] [--programs N] [--num-samples S] [--seed SEED] [--linter NAME]
        [--states-of-each N] [--save FOLDER]

With another linter than `pylint` the table says how often it keeps what pylint rejects. The
states of a program are alike, so the interval of programs is the one to go by.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.measure import print_table, print_versions, processor_seconds
from benchmarks.rows import EXAMPLES, glue, library_files, package_files, programs_of
from lintseq_datasets.mapping.mappers import lintseq_map
from lintseq_datasets.mapping.rows import OK
from tests.parity import grammar
from tests.parity.stock import State, Wrong, kept_states, wrong_states

AT_ONCE = 100  # programs in one call of the mapper


@dataclass(slots=True)
class Tally:
    """What was found of the programs of one source."""

    source: str
    statuses: Counter[str] = field(default_factory=Counter)  # of programs
    states: int = 0
    wrong: list[Wrong] = field(default_factory=list)
    seconds: float = 0.0  # of processor time, for sampling

    @property
    def programs(self) -> int:
        """Programs with sequences."""
        return self.statuses[OK]

    @property
    def wrong_programs(self) -> int:
        return len({one.state.program for one in self.wrong})


def main() -> None:
    options = read_options()
    print_versions()
    tallies = []
    for name, texts in read_sources(options):
        tally = check(name, texts, options)
        tallies.append(tally)
        report(tally)
        if options.save is not None:
            save(tally.wrong, options.save)
    print_sources(tallies)
    print_errors(tallies)


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sources", nargs="*", help="by default the examples, unless --grammar")
    parser.add_argument("--grammar", type=int, default=0, metavar="N", help="programs of it")
    parser.add_argument("--programs", type=int, default=200, help="of each other source")
    parser.add_argument("--num-samples", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0, help="also the first one of the grammar")
    parser.add_argument("--linter", default="pylint")
    parser.add_argument(
        "--states-of-each", type=int, default=100, help="many programs say more than many states"
    )
    parser.add_argument("--save", type=Path, help="folder for states that are wrong")
    options = parser.parse_args()
    if not options.sources and not options.grammar:
        options.sources = [str(EXAMPLES)]
    return options


# --- which programs ----------------------------------------------------------------------


def read_sources(options: argparse.Namespace) -> list[tuple[str, list[str]]]:
    found = []
    for source in options.sources:
        texts = list(dict.fromkeys(read_programs(source)))
        random.Random(options.seed).shuffle(texts)
        found.append((Path(source).name, texts[: options.programs]))
    if options.grammar:
        name = f"grammar, seeds from {options.seed}"
        found.append((name, grammar.programs(options.seed, options.grammar)))
    return found


def read_programs(source: str) -> list[str]:
    if source == "stdlib":
        return library_files(20, 330)
    if source == "packages":
        return package_files(20, 140)
    if source.startswith("glued:"):
        return glue(programs_of(Path(source.removeprefix("glued:"))), 100)
    return programs_of(Path(source))


# --- sampling and judging ----------------------------------------------------------------


def check(source: str, texts: Sequence[str], options: argparse.Namespace) -> Tally:
    tally = Tally(source)
    rng = random.Random(options.seed)
    for start in range(0, len(texts), AT_ONCE):
        states = sample(texts[start : start + AT_ONCE], options, rng, tally)
        tally.states += len(states)
        tally.wrong += wrong_states(states)
        if start + AT_ONCE < len(texts):
            done = f"{start + AT_ONCE} of {len(texts)} programs, {tally.states} states"
            print(f"{source}: {done}, {len(tally.wrong)} wrong", flush=True)
    return tally


def sample(
    texts: Sequence[str], options: argparse.Namespace, rng: random.Random, tally: Tally
) -> list[State]:
    """Distinct states that the edits of some sequences lead to, of each program only so many."""
    started = processor_seconds()
    rows = lintseq_map(
        {"code": list(texts)},
        num_samples=options.num_samples,
        seed=options.seed,
        linter=options.linter,
        extract_code=None,
    )
    tally.seconds += processor_seconds() - started
    indices = zip(rows["status"], rows["sample_index"], strict=True)
    tally.statuses.update([status for status, index in indices if index <= 0])  # first of each
    of_program: dict[str, list[State]] = {}
    for state in kept_states(rows):
        of_program.setdefault(state.program, []).append(state)
    few = options.states_of_each
    return [
        state
        for states in of_program.values()
        for state in (states if len(states) <= few else rng.sample(states, few))
    ]


# --- what was found ----------------------------------------------------------------------


def report(tally: Tally) -> None:
    failed = {status: count for status, count in tally.statuses.items() if status != OK}
    print(f"{tally.source}: {tally.states} states, {tally.seconds:.0f} s of sampling", flush=True)
    if failed:
        print(f"programs without sequences: {failed}")
    for one in tally.wrong[:3]:
        print(f"{one}\n")


def print_sources(tallies: Sequence[Tally]) -> None:
    print_table(
        ["source", "programs", "wrong", "95% interval", "states", "wrong", "95% interval"],
        [
            [
                tally.source,
                f"{tally.programs:,}",
                *rate(tally.wrong_programs, tally.programs),
                f"{tally.states:,}",
                *rate(len(tally.wrong), tally.states),
            ]
            for tally in tallies
        ],
    )


def print_errors(tallies: Sequence[Tally]) -> None:
    """A state with several new errors counts under the id of each."""
    total = sum(tally.states for tally in tallies)
    ids = Counter(
        error
        for tally in tallies
        for one in tally.wrong
        for error in {error for error, _ in one.new}
    )
    if ids:
        rows = [[error, *rate(count, total)] for error, count in ids.most_common()]
        print_table(["new error", "states", "95% interval"], rows)


def rate(count: int, total: int) -> tuple[str, str]:
    if not total:
        return "0", ""
    low, high = wilson(count, total)
    return f"{count:,} ({count / total:.2%})", f"{low:.2%} to {high:.2%}"


def wilson(count: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's interval of a proportion, which says something of 0 of n, too."""
    share, scale = count / total, 1 + z * z / total
    middle = (share + z * z / (2 * total)) / scale
    half = z / scale * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def save(wrong: Sequence[Wrong], folder: Path) -> None:
    """One file of a kind: the state, the program it is of, and what is new in it."""
    folder.mkdir(parents=True, exist_ok=True)
    kinds = {(one.state.program, one.new): one for one in wrong}
    start = len(list(folder.glob("wrong_*.json")))
    for number, one in enumerate(kinds.values(), start):
        details = {
            "new": one.new,
            "state": one.state.text,
            "lines": [line + 1 for line in one.state.lines],
            "program": one.state.program,
        }
        path = folder / f"wrong_{number:04}_{one.new[0][0]}.json"
        path.write_text(json.dumps(details, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
