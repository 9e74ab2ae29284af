"""Agreement with a stock `pylint` run, state by state.

Samples programs and takes every program state that the sampler visits, and as many more
that random deletions leave. Judges them in random order, over programs and states, in
this one process: state by state with what is remembered of other states, and each whole.
Then has a stock `pylint` judge each as a file of its own, and compares message id, line
and column. Errors that the sampler foresaw without a verdict must be there.

    python -m benchmarks.agreement [ROWS.jsonl | glued:ROWS.jsonl | stdlib | packages] ...
        [--states N] [--python PATH] [--no-stock] [--sequences] [--seed SEED]
        [--save FOLDER]

`PATH` is an interpreter that has `pylint` and nothing else installed: here only the
standard library can be imported.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from benchmarks.rows import EXAMPLES, glue, library_files, package_files, programs_of
from lintseq_datasets.errors import LinterError, ProgramError
from lintseq_datasets.linters.base import LintResult, in_program
from lintseq_datasets.linters.pylint import PylintLinter
from lintseq_datasets.linters.syntax import SYNTAX_ERROR, blamed_line
from lintseq_datasets.program import Program, mask_lines
from lintseq_datasets.samplers.config import LintSeqConfig
from lintseq_datasets.samplers.lintseq import StateJudge, sample_lintseq
from lintseq_datasets.structure import Structure, python_structure

Error = tuple[str, int, int]  # message id, line in the whole program (1-based), column
FILES_PER_RUN = 400
_PRAGMA = re.compile(r"(#[^\n]*?)pylint(?=\s*:)")


@dataclass(slots=True)
class Case:
    """A program with states of it, and what was found on each."""

    program: Program
    structure: Structure
    visited: set[int] = field(default_factory=set)  # by the sampler
    foreseen: dict[int, int] = field(default_factory=dict)  # lines of errors without a verdict
    is_same: bool = True  # whether the sequences are, without shortcuts
    states: list[int] = field(default_factory=list)
    incremental: dict[int, Counter[Error] | str] = field(default_factory=dict)
    whole: dict[int, Counter[Error] | str] = field(default_factory=dict)


def main() -> None:
    options = read_options()
    rng = random.Random(options.seed)
    cases = choose_states(options, rng)
    pairs = [(case, state) for case in cases for state in case.states]
    visited = sum(len(case.visited.intersection(case.states)) for case in cases)
    print(f"{len(pairs)} states of {len(cases)} programs, {visited} of them visited by the sampler")
    if options.sequences:
        report_sequences(cases, options.save)
    judge(cases, rng)
    rng.shuffle(pairs)
    bad: Counter[str] = Counter()
    errors = 0
    if options.no_stock:
        for case, state in pairs:
            for problem in compare(case, state, case.whole[state]):
                bad[problem] += 1
                report(case, state, case.whole[state], problem, bad[problem], options.save)
        pairs = []
    for start in range(0, len(pairs), FILES_PER_RUN):
        part = pairs[start : start + FILES_PER_RUN]
        for (case, state), stock in zip(part, run_stock(part, options.python), strict=True):
            errors += bool(stock)
            for problem in compare(case, state, stock):
                bad[problem] += 1
                report(case, state, stock, problem, bad[problem], options.save)
        if start // FILES_PER_RUN % 5 == 4:
            print(f"{start + len(part)} compared, {bad.total()} different", flush=True)
    foreseen = sum(len(case.foreseen) for case in cases)
    print(f"{errors} states with errors by stock pylint; {foreseen} states had foreseen errors")
    for problem in ("incremental", "whole", "foreseen", "no verdict"):
        print(f"{problem}: {bad[problem]} different")


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sources", nargs="*", default=[str(EXAMPLES)])
    parser.add_argument("--states", type=int, default=2000, help="of each source")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--no-stock", action="store_true", help="compare with whole lints only")
    parser.add_argument("--sequences", action="store_true", help="sample without shortcuts, too")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--num-samples", type=int, default=3)
    parser.add_argument("--save", type=Path, help="folder for states that differ")
    return parser.parse_args()


def read_programs(source: str) -> list[str]:
    if source == "stdlib":
        return library_files(20, 330)
    if source == "packages":
        return package_files(20, 140)
    if source.startswith("glued:"):
        return glue(programs_of(Path(source.removeprefix("glued:"))), 100)
    return programs_of(Path(source))


# --- which states ------------------------------------------------------------------------


def choose_states(options: argparse.Namespace, rng: random.Random) -> list[Case]:
    cases: list[Case] = []
    for source in options.sources:
        texts = read_programs(source)
        rng.shuffle(texts)
        found = 0
        started = time.perf_counter()
        for text in dict.fromkeys(texts):
            if found >= options.states:
                break
            if (case := sample(text, options, rng)) is not None:
                found += len(case.states)
                cases.append(case)
        print(f"{source}: {found} states, {time.perf_counter() - started:.0f} s", flush=True)
    return cases


def sample(text: str, options: argparse.Namespace, rng: random.Random) -> Case | None:
    program = Program.from_text(text)
    try:
        case = Case(program, python_structure(program.lines))
    except ProgramError:
        return None
    known = StateJudge.known

    def spy(judge: StateJudge, state: int) -> int | None:
        new = state not in judge._flagged
        flagged = known(judge, state)
        case.visited.add(state)
        if new and flagged:
            case.foreseen[state] = flagged
        return flagged

    config = LintSeqConfig(num_samples=options.num_samples, seed=options.seed)
    asked = [(program, case.structure)]
    with mock.patch.object(StateJudge, "known", spy):
        outcome = sample_lintseq(asked, config, PylintLinter())[0]
    if options.sequences:
        case.is_same = outcome == sample_lintseq(asked, config, PylintLinter(shortcuts=False))[0]
    if isinstance(outcome, (ProgramError, LinterError)):
        print(f"not sampled: {outcome}")
        return None
    whole = (1 << len(program)) - 1
    chosen = [whole, *sorted(case.visited)]
    for number in range(len(case.visited) or 1):  # from the whole, or a step from another state
        chosen.append(
            deleted(case.structure, rng.choice(chosen), 2, rng)
            if number % 2
            else deleted(case.structure, whole, 8, rng)
        )
    case.states = sorted({*chosen} - {0})
    rng.shuffle(case.states)
    # Of long programs not all: many programs say more than many states of one.
    case.states = [whole, *[state for state in case.states if state != whole][:60]]
    case.foreseen = {state: case.foreseen[state] for state in case.states if state in case.foreseen}
    return case


def deleted(structure: Structure, kept: int, most: int, rng: random.Random) -> int:
    """What a few random deletions leave, with all that goes along."""
    lines = [line for line in structure.drawable if kept >> line & 1]
    for line in rng.sample(lines, min(len(lines), rng.randint(1, most))):
        kept &= ~structure.takes[line]
    return kept


# --- judging -------------------------------------------------------------------------------


def judge(cases: Sequence[Case], rng: random.Random) -> None:
    """Judge in random order; a program is opened again and again."""
    visits: list[tuple[Case, list[int]]] = []
    for case in cases:
        states = rng.sample(case.states, len(case.states))
        size = rng.randint(1, len(states))
        for start in range(0, len(states), size):
            part = states[start : start + size]
            if rng.random() < 0.5:  # as a sampler goes: from large to small
                part.sort(key=int.bit_count, reverse=True)
            visits.append((case, part))
    rng.shuffle(visits)
    started = time.process_time()
    for case, states in visits:
        with PylintLinter().open_program(case.program.lines, 1e4) as program:
            for state in states:
                case.incremental[state] = summary(program.lint_state(state))
    seconds = time.process_time() - started
    linter = PylintLinter(shortcuts=False)
    started = time.process_time()
    for case, states in visits:
        for state in states:
            (verdict,) = linter.lint([case.program.keep(state).text])
            case.whole[state] = summary(in_program(state, verdict))
    print(
        f"judged in {seconds:.0f} s of processor time, "
        f"whole in {time.process_time() - started:.0f} s",
        flush=True,
    )


def summary(result: LintResult) -> Counter[Error] | str:
    if isinstance(result, LinterError):
        return result.reason
    return Counter(
        # The column of a syntax error is that of the parser, which stock pylint counts from 1.
        (message.id, message.line, 0 if message.id == SYNTAX_ERROR else message.column)
        for message in result
    )


def run_stock(pairs: Sequence[tuple[Case, int]], python: str) -> Iterator[Counter[Error]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "files").mkdir()
        (folder / "pylintrc").touch()
        texts = [_PRAGMA.sub(r"\1pylin_", case.program.keep(state).text) for case, state in pairs]
        files = [folder / "files" / f"zz_state_{number}.py" for number in range(len(pairs))]
        for file, text in zip(files, texts, strict=True):
            file.write_bytes((text + "\n").encode("utf-8"))
        result = subprocess.run(
            [
                python, "-m", "pylint", f"--rcfile={folder / 'pylintrc'}", "--disable=all",
                "--enable=E,F,W0311,W0231", "--persistent=n", "--output-format=json",
                *map(str, files),
            ],
            capture_output=True,
            check=False,
            cwd=folder,
            env={"PATH": os.environ.get("PATH", ""), "HOME": name, "PYTHONWARNINGS": "ignore"},
        )  # fmt: skip
    found: list[Counter[Error]] = [Counter() for _ in pairs]
    for message in json.loads(result.stdout):
        number = int(Path(message["path"]).stem.removeprefix("zz_state_"))
        state = pairs[number][1]
        line, column = max(message["line"], 1), message["column"]
        if message["message-id"] == SYNTAX_ERROR:
            text = message["message"]
            line, column = blamed_line(without_place(text), line, texts[number]), 0
        lines = mask_lines(state)
        error = (message["message-id"], lines[min(line, len(lines)) - 1] + 1, column)
        found[number][error] += 1
    return iter(found)


def without_place(message: str) -> str:
    """The parser's words of ``Parsing failed: 'words (zz_state_3, line 5)'``."""
    return re.sub(r"^Parsing failed: '(.*) \(zz_state_\d+, line \d+\)'$", r"\1", message)


# --- comparing -----------------------------------------------------------------------------


def compare(case: Case, state: int, stock: Counter[Error]) -> Iterator[str]:
    for kind, found in (("incremental", case.incremental), ("whole", case.whole)):
        if isinstance(found[state], str):
            yield "no verdict"
        elif found[state] != stock:
            yield kind
    if state in case.foreseen:
        flagged = 0
        for _, line, _ in stock:
            flagged |= 1 << (line - 1)
        if case.foreseen[state] & ~flagged:
            yield "foreseen"


def report_sequences(cases: Sequence[Case], save: Path | None) -> None:
    for case in cases:
        if not case.is_same:
            print(f"other sequences without shortcuts: {case.program.program_id}")
            if save is not None:
                keep(save, f"sequences_{case.program.program_id[:8]}", case.program)
    same = sum(case.is_same for case in cases)
    print(f"{same} of {len(cases)} programs have the same sequences without shortcuts")


def report(
    case: Case, state: int, stock: Counter[Error], problem: str, number: int, save: Path | None
) -> None:
    if problem in ("incremental", "whole", "no verdict"):
        found = (case.whole if problem == "whole" else case.incremental)[state]
    else:
        found = str([line + 1 for line in mask_lines(case.foreseen[state])])
    difference = (
        f"more: {sorted((found - stock).elements())}, less: {sorted((stock - found).elements())}"
        if isinstance(found, Counter)
        else f"{found}; stock: {sorted(stock)}"
    )
    if number <= 5:
        print(f"{problem}: {difference}", flush=True)
    if save is not None:
        save.mkdir(parents=True, exist_ok=True)
        name = f"{problem.replace(' ', '_')}_{case.program.program_id[:8]}_{state % 99991}"
        details = {"difference": difference, "state": state, "program": case.program.text}
        (save / f"{name}.json").write_text(json.dumps(details), encoding="utf-8")
        keep(save, name, case.program.keep(state))


def keep(folder: Path, name: str, program: Program) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.txt").write_text(program.text, encoding="utf-8")


if __name__ == "__main__":
    main()
