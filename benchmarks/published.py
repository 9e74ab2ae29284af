"""Samples programs with the published code, `pylintseq` 0.0.2, in a process of its own.

Reads programs as lines of JSON from standard input; answers each with the processor
seconds that one sequence took, or null where there was nothing to draw.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO, cast

ROOT = Path(__file__).parents[1]


class Published:
    """The process; see `published`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def seconds(self, program: str) -> float | None:
        """Processor seconds for one sequence, with its diffs."""
        questions, answers = cast(
            "tuple[TextIO, TextIO]", (self._process.stdin, self._process.stdout)
        )
        questions.write(json.dumps(program) + "\n")
        questions.flush()
        answer = answers.readline()
        return None if not answer else cast("float | None", json.loads(answer))


@contextmanager
def published() -> Iterator[Published]:
    """Start the published code. It leaves files in the working directory and in the home."""
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.published"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=folder,
            env={"PYTHONPATH": str(ROOT), "HOME": folder, "PATH": "", "TMPDIR": folder},
        )
        with process:
            yield Published(process)
            cast("TextIO", process.stdin).close()


def main() -> None:
    from tests.parity.published import load_utils, sample

    utils = load_utils()
    utils.set_seed_everywhere(0)
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        program = json.loads(line)
        Path("warm.py").write_text(program, encoding="utf-8")
        utils.file_linter("warm.py")  # what it imports is read once, as for us
        started = time.process_time()
        found = sample(utils, program)
        seconds = time.process_time() - started
        answers.write(json.dumps(None if found is None else seconds) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
