"""The documentation as a site: built strictly, complete, and to be read on a phone, too."""

from __future__ import annotations

import importlib
import os
import pkgutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import lintseq_datasets
from tests.browser import browser, needs_chromium
from tests.conftest import PYTHONPATH, ROOT, made_once, wait_until

for _needed in ("sphinx", "myst_nb", "pydata_sphinx_theme"):
    pytest.importorskip(_needed, reason="the extra docs is not installed")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, which was built without a warning: once, by whichever worker comes first."""
    return made_once(tmp_path_factory, "built-site", build) / "site"


def build(folder: Path) -> None:
    older = folder / "site" / "0.0.9"
    older.mkdir(parents=True)
    (older / "objects.inv").touch()
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "site" / "build.py"), str(folder / "site")],
        capture_output=True, text=True, timeout=1200,
        env={**os.environ, "PYTHONPATH": PYTHONPATH, "HF_HOME": str(folder / "hf"),
             "HF_HUB_OFFLINE": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]


def value_of(name: str) -> Any:
    """What a documented name stands for."""
    parts = name.split(".")
    for split in range(len(parts), 0, -1):
        try:
            value: Any = importlib.import_module(".".join(parts[:split]))
        except ImportError:
            continue
        for part in parts[split:]:
            value = getattr(value, part, None)
        return value
    raise AssertionError(name)


def faces() -> list[Any]:
    """The package and its folders, as far as they export names."""
    found = [lintseq_datasets]
    for module in pkgutil.walk_packages(lintseq_datasets.__path__, "lintseq_datasets."):
        if module.ispkg and not module.name.startswith("lintseq_datasets.cli"):
            found.append(importlib.import_module(module.name))
    return [face for face in found if hasattr(face, "__all__")]


def test_every_public_name_is_documented(site: Path) -> None:
    from sphinx.util.inventory import InventoryFile

    place = site / lintseq_datasets.__version__
    with (place / "objects.inv").open("rb") as file:
        inventory = InventoryFile.load(file, "", os.path.join)
    names = {
        name
        for kind, entries in inventory.items()
        if kind.startswith("py:") and kind not in ("py:module", "py:method", "py:attribute")
        for name in entries
    }
    assert {f"lintseq_datasets.{name}" for name in lintseq_datasets.__all__} <= names
    values = {id(value_of(name)) for name in names}
    missing = [
        f"{face.__name__}.{name}"
        for face in faces()
        for name in face.__all__
        if id(getattr(face, name)) not in values
    ]
    assert not missing
    page = (place / "reference" / "lintseq_datasets.html").read_text(encoding="utf-8")
    assert page.count("Refactor rows of instruction and program into rows") == 1
    assert "num_samples" in page


def test_versions_stand_beside_each_other(site: Path) -> None:
    page = (site / "versions.html").read_text(encoding="utf-8")
    version = lintseq_datasets.__version__
    assert page.index(f"{version}/index.html") < page.index("0.0.9/index.html")
    assert f"url={version}/index.html" in (site / "index.html").read_text(encoding="utf-8")


def test_the_gallery_shows_outputs(site: Path) -> None:
    place = site / lintseq_datasets.__version__
    notebook = (place / "examples" / "end_to_end.html").read_text(encoding="utf-8")
    assert notebook.count("/_images/") >= 3
    sequences = (place / "gallery" / "sequences.html").read_text(encoding="utf-8")
    assert sequences.count('class="state"') > 6
    card = (place / "gallery" / "card.html").read_text(encoding="utf-8")
    assert "load_dataset" in card


@needs_chromium
def test_pages_fit_and_are_found(site: Path, tmp_path: Path) -> None:
    overflow = (
        "Math.max(...['html', '.bd-article-container'].map(s => document.querySelector(s))"
        ".filter(Boolean).map(e => e.scrollWidth - e.clientWidth))"
    )
    distorted = (
        "[...document.images].filter(i => i.width && !(Math.abs("
        "i.width / i.height - i.naturalWidth / i.naturalHeight) < 0.1)).map(i => i.src).join()"
    )  # or not there
    place = site / lintseq_datasets.__version__
    with browser(tmp_path / "profile") as window:
        for page in sorted(place.rglob("*.html")):
            window.open(page.as_uri(), width=1400)
            for width in (1400, 400):
                window.resize(width)
                assert window.ask("innerWidth") == width
                assert window.ask(overflow) == 0, (page.name, width)
                assert not window.ask(distorted), (page.name, width)
        window.open((place / "search.html").as_uri() + "?q=refactor", width=400)
        found = "document.querySelectorAll('#search-results li').length"
        wait_until(lambda: window.ask(found) > 3)
        window.open((place / "search.html").as_uri() + "?q=audit", width=400)
        wait_until(lambda: window.ask(found) > 3)
        first = window.ask("document.querySelector('#search-results li a').href")
        assert "/docs/linters.html" in first  # and no name of the reference
