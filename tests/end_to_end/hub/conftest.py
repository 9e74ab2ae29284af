"""A Hub on 127.0.0.1 and a process with the real clients."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import PYTHONPATH
from tests.faults.hub import WRITER, Hub

# The endpoint is read when the client library is imported, hence another process. Waiting is
# cut short there, and noted.
WORKER = """
import contextlib, io, json, logging, sys, time, traceback
waits = []
def sleep(seconds, sleep=time.sleep):
    waits.append(seconds)
    sleep(min(seconds, 0.01))
time.sleep = sleep
answers = sys.stdout
names = {"waits": waits}
for line in sys.stdin:
    printed = io.StringIO()
    answer = {}
    waits.clear()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        handler = logging.StreamHandler(printed)
        logging.getLogger().addHandler(handler)
        try:
            exec(compile(json.loads(line), "<test>", "exec"), names)
            answer["value"] = names.pop("result", None)
        except BaseException as error:
            answer["error"] = type(error).__name__
            answer["reason"] = getattr(error, "reason", None)
            answer["message"] = str(error)
            answer["trace"] = traceback.format_exc()
        finally:
            logging.getLogger().removeHandler(handler)
    answer["printed"] = printed.getvalue()
    print(json.dumps(answer), file=answers, flush=True)
"""


class Client:
    """Runs code in the other process."""

    def __init__(self, endpoint: str, home: Path) -> None:
        env = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
        env |= {
            "HF_ENDPOINT": endpoint, "HF_HUB_DISABLE_XET": "1", "HF_HOME": str(home),
            "HF_TOKEN": WRITER, "PYTHONPATH": PYTHONPATH, "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
            "NO_PROXY": "*", "MPLCONFIGDIR": str(home / "matplotlib"),
        }  # fmt: skip
        script = home / "worker.py"
        script.write_text(WORKER, encoding="utf-8")
        self.process = subprocess.Popen(
            [sys.executable, str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=env,
            cwd=home,
            text=True,
        )
        self.printed = ""

    def try_(self, code: str) -> dict[str, Any]:
        """Run code; the value of `result`, or the error."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(code) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        self.printed = answer["printed"]
        assert WRITER not in json.dumps(answer), "the token is shown"
        return answer

    def run(self, code: str) -> Any:
        answer = self.try_(code)
        assert "error" not in answer, answer["trace"]
        return answer["value"]

    def fails(self, code: str) -> tuple[str, str, str]:
        """The name, the reason and the message of the error."""
        answer = self.try_(code)
        assert "error" in answer, answer
        return answer["error"], answer["reason"], answer["message"]


SETUP = """
import datasets
from lintseq_datasets import RandSeqConfig, build_card, push, refactor
from lintseq_datasets.mapping.provenance import provenance
from functools import partial
draw, push = push, partial(push, figures=False)  # figures take time
rows = datasets.Dataset.from_dict({
    "instruction": [f"Add {n}." for n in range(12)] + ["Broken."],
    "response": [f"def add{n}(a):\\n    b = a + {n}\\n    return b\\n\\nprint(add{n}(1))"
                 for n in range(12)] + ["def ("],
})
lintseq = refactor(rows, linter="syntax", num_samples=2)
randseq = refactor(rows, RandSeqConfig(num_samples=2))
def load(name, *args, **options):
    return datasets.load_dataset(name, *args, download_mode="force_redownload", **options)
"""


@pytest.fixture(scope="package")
def _hub() -> Iterator[Hub]:
    found = Hub()
    yield found
    found.close()


@pytest.fixture(scope="package")
def client(_hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    found = Client(_hub.endpoint, tmp_path_factory.mktemp("hub"))
    found.run(SETUP)
    yield found
    with contextlib.suppress(OSError):
        found.process.stdin.close()  # type: ignore[union-attr]
    found.process.wait(timeout=300)


@pytest.fixture
def hub(_hub: Hub) -> Iterator[Hub]:
    _hub.repositories.clear()
    _hub.storage.clear()
    _hub.faults.clear()
    _hub.requests.clear()
    _hub.on_commit = _hub.verify_at = None
    yield _hub
    _hub.faults.clear()
