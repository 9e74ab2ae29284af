"""The public names as users' type checkers see them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import HOME

HERE = Path(__file__).parent
IS_INSTALLED = HOME.name == "site-packages"  # where mypy looks by itself


def mypy(cache: Path, *paths: Path) -> list[str]:
    """What a strict mypy of a user prints, who has our package installed, about files."""
    result = subprocess.run(
        [
            sys.executable, "-m", "mypy", f"--config-file={HERE / 'mypy.ini'}",
            f"--cache-dir={cache}", "--no-error-summary", *map(str, paths),
        ],
        capture_output=True,
        text=True,
        cwd=cache,
        env={**os.environ, "MYPYPATH": "" if IS_INSTALLED else str(HOME), "PYTHONPATH": ""},
        timeout=900,
    )  # fmt: skip
    assert result.returncode in (0, 1), result.stderr
    names = {path.name for path in paths}
    return [line for line in result.stdout.splitlines() if Path(line.split(":")[0]).name in names]


@pytest.mark.slow
def test_right_and_wrong_uses(tmp_path: Path) -> None:
    right, misuse = HERE / "public_api.py", HERE / "misuse.py"
    printed = mypy(tmp_path, right, misuse)
    assert [line for line in printed if Path(line.split(":")[0]).name == right.name] == []
    wrong = [
        number
        for number, line in enumerate(misuse.read_text(encoding="utf-8").splitlines(), 1)
        if "# wrong:" in line
    ]
    errors = {int(line.split(":")[1]) for line in printed if re.search(r": error:", line)}
    assert sorted(errors) == wrong


def test_types_are_shipped() -> None:
    assert (HOME / "lintseq_datasets" / "py.typed").exists()
