"""How fast programs of other languages are sampled, and what comes out.

``python -m benchmarks.languages go ROWS.jsonl`` prints sequences a second of processor time, worker
processes included, after a first program has started what has to be started. It judges nothing.
"""

from __future__ import annotations

import argparse
import json
import resource
from collections import Counter
from pathlib import Path
from typing import Any

import psutil

from lintseq_datasets import lintseq_map
from lintseq_datasets.languages.base import LANGUAGES


def spent() -> float:
    """Processor seconds of this process, of children that ended and of those that live."""
    ended = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    alive = (child.cpu_times() for child in psutil.Process().children(recursive=True))
    return sum(one.ru_utime + one.ru_stime for one in ended) + sum(
        times.user + times.system for times in alive
    )


def measure(programs: list[str], **options: Any) -> dict[str, Any]:
    lintseq_map({"code": programs[:1]}, num_samples=1, **options)
    before = spent()
    rows = lintseq_map({"code": programs}, **options)
    seconds = spent() - before
    edits = [
        count
        for count, status in zip(rows["num_edits"], rows["status"], strict=True)
        if status == "ok"
    ]
    return {
        "linter": rows["linter"][0],
        "status": dict(Counter(rows["status"])),
        "lines": sum(text.count("\n") + 1 for text in programs) / len(programs),
        "edits a sequence": sum(edits) / max(len(edits), 1),
        "sequences of one edit": edits.count(1) / max(len(edits), 1),
        "sequences a processor second": len(edits) / seconds,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("language", choices=LANGUAGES)
    parser.add_argument("rows", type=Path, help="JSON lines")
    parser.add_argument("--column", default="response")
    parser.add_argument("--linter", help="another than the default")
    parser.add_argument("--limit", type=int, default=200)
    given = parser.parse_args()
    lines = given.rows.read_text(encoding="utf-8").splitlines()[: given.limit]
    programs = [json.loads(line)[given.column] for line in lines]
    options = {"language": given.language, "linter": given.linter}
    for name, value in measure(programs, **options).items():
        print(f"{name:30} {value}")


if __name__ == "__main__":
    main()
