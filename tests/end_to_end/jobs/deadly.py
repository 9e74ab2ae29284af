"""Linters that do harm to the process they run in."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lintseq_datasets.linters.base import LintResult


@dataclass(frozen=True)
class DeadlyLinter:
    """Ends or blocks its process where a program says so; finds no errors."""

    name: str = "deadly 1"
    folder: str = ""  # where it leaves files, for what is to happen only once

    def lint(self, texts: Sequence[str]) -> list[LintResult]:
        for text in texts:
            self._harm(text)
            self._work(text)
        return [()] * len(texts)

    def _harm(self, text: str) -> None:
        if "abort" in text:
            os.abort()
        if "killed" in text:
            os.kill(os.getpid(), signal.SIGKILL)
        if "once" in text and not (mark := Path(self.folder, "once")).exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if "hang" in text:
            if self.folder:
                Path(self.folder, "hangs").touch()
            re.match(r"(a|a)*$", "a" * 60 + "b")  # in C, and holds the interpreter
        if "sleep" in text:
            time.sleep(1000)
        if "leave" in text:
            os._exit(0)
        if "memory" in text:
            raise MemoryError("no memory")

    def _work(self, text: str) -> None:
        if "works" in text and not (mark := Path(self.folder, "works")).exists():
            mark.touch()
            end = time.process_time() + 0.7
            while time.process_time() < end:
                pass
        if "other" in text:  # what it starts works, and ends with it
            spin = "import os\nparent = os.getppid()\nwhile os.getppid() == parent: pass"
            subprocess.run([sys.executable, "-c", spin])
