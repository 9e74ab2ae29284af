"""What is tested is what is installed: the wheel, or the checkout where that is editable."""

from __future__ import annotations

import json
from importlib.metadata import distribution
from pathlib import Path

from tests.conftest import HOME, ROOT, RunPython


def test_the_package_is_the_installed_one(run_python: RunPython) -> None:
    installed = distribution("lintseq-datasets")
    origin = json.loads(installed.read_text("direct_url.json") or "{}")
    is_editable = origin.get("dir_info", {}).get("editable", False)
    assert (ROOT if is_editable else Path(str(installed.locate_file(""))).resolve()) == HOME
    printed = run_python("import lintseq_datasets\nprint(lintseq_datasets.__file__)")
    assert Path(printed.strip()).parents[1] == HOME
