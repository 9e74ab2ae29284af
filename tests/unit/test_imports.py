"""Imports run one way, and importing the library is light."""

from __future__ import annotations

import ast
import doctest
import importlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import lintseq_datasets
from tests.conftest import RunPython

PACKAGE = Path(lintseq_datasets.__file__).parent

# From bottom to top: a module imports from rows above its own only, or from its own folder.
# Markdown asks the syntax linter what is Python.
ROWS = [
    "errors heap", "program _json_lines _signals _extras", "names blocks", "layout",
    "diff", "sequence", "codec", "structure", "linters", "markdown",
    "samplers", "columns versions", "rows", "output _sampling", "mappers", "epochs",
    "accounting", "metrics", "counting", "provenance",
    "run", "dataset", "plots", "display", "hub", "jobs", "training", "evaluation",
    "_files", "prepare", "_cli_hub _cli_resolve", "_cli_prepare", "cli __main__",
]  # fmt: skip


FOLDERS = [
    "codec", "linters", "samplers", "metrics", "hub", "jobs", "training", "evaluation", "prepare",
]  # fmt: skip


def modules() -> dict[str, Path]:
    """Modules by name below the package; the package itself is left out."""
    names = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if name:
            names[name] = path
    return names


def imports_of(path: Path) -> Iterator[str]:
    """Modules of the library that a module imports, wherever in it, also for types only."""
    prefix = "lintseq_datasets"
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            if node.module == prefix:
                yield from (alias.name for alias in node.names)
            elif node.module and node.module.startswith(prefix + "."):
                yield node.module.removeprefix(prefix + ".")
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith(prefix + "."):
                    yield alias.name.removeprefix(prefix + ".")


def top(module: str) -> str:
    return module.partition(".")[0]


def row_of(module: str) -> int:
    found = [number for number, row in enumerate(ROWS) if top(module) in row.split()]
    assert found, f"{module} has no place among the layers: see CONTRIBUTING.md"
    return found[0]


@pytest.mark.parametrize("module", modules())
def test_imports_run_one_way(module: str) -> None:
    for imported in imports_of(modules()[module]):
        if imported in ("__version__", "FEATURES"):
            continue
        if (module, imported) == ("sequence", "display"):
            continue  # inside the method that notebooks call
        same_folder = top(imported) == top(module)
        assert same_folder or row_of(imported) < row_of(module), imported


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_circles_within_a_folder(folder: str) -> None:
    inside = {name: path for name, path in modules().items() if top(name) == folder}
    edges = {
        name: {other for other in top_level_imports(path) if other in inside and other != name}
        for name, path in inside.items()
    }
    while edges:
        free = [name for name, others in edges.items() if not others & set(edges)]
        assert free, f"circle among {sorted(edges)}"
        for name in free:
            del edges[name]


@pytest.mark.parametrize("folder", FOLDERS)
def test_private_modules_stay_in_their_folder(folder: str) -> None:
    private = f"{folder}._"
    for name, path in modules().items():
        if top(name) != folder:
            assert not [found for found in imports_of(path) if found.startswith(private)], name


def top_level_imports(path: Path) -> Iterator[str]:
    """Modules of the library that are imported when the module is."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lintseq_datasets."):
            module = (node.module or "").removeprefix("lintseq_datasets.")
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def test_samplers_see_the_boundary_to_linters_alone() -> None:
    allowed = {"errors", "program", "sequence", "structure", "linters.base"}
    for name, path in modules().items():
        if name.startswith("samplers."):
            outside = {found for found in imports_of(path) if not found.startswith("samplers.")}
            assert outside <= allowed, name


def test_every_public_name_is_there() -> None:
    for name in lintseq_datasets.__all__:
        assert getattr(lintseq_datasets, name) is not None
    assert sorted(lintseq_datasets.__all__) == dir(lintseq_datasets)
    with pytest.raises(AttributeError, match="no_such_name"):
        lintseq_datasets.no_such_name  # noqa: B018


HEAVY = [
    "torch", "transformers", "trl", "datatrove", "pandas", "matplotlib", "pylint", "astroid",
    "datasets", "pyarrow", "huggingface_hub", "click", "ruff", "pyflakes", "numpy",
]  # fmt: skip

SCRIPT = """
import json, sys, time
import subprocess, os, threading, multiprocessing  # so that their own cost is not counted
started = []
sys.addaudithook(lambda event, _: started.append(event) if event in (
    "subprocess.Popen", "os.fork", "os.posix_spawn", "os.exec", "os.system", "socket.connect",
) else None)
before = time.process_time()
import lintseq_datasets
seconds = time.process_time() - before
print(json.dumps({
    "seconds": seconds, "started": started, "threads": threading.active_count(),
    "modules": sorted({name.split(".")[0] for name in sys.modules}),
    "start method": multiprocessing.get_start_method(allow_none=True),
}))
"""


def test_importing_is_light_and_starts_nothing(run_python: RunPython) -> None:
    seen = json.loads(run_python(SCRIPT))
    assert seen["seconds"] < 0.5
    assert not set(HEAVY) & set(seen["modules"])
    assert seen["started"] == []
    assert seen["threads"] == 1
    assert seen["start method"] is None


LIGHT = [
    "errors", "program", "diff", "sequence", "codec", "structure", "markdown", "columns",
    "samplers.config", "linters", "linters.base", "linters.syntax", "linters.pylint", "mappers",
    "training",
]  # fmt: skip


def test_modules_leave_heavy_ones_to_their_functions(run_python: RunPython) -> None:
    imports = "\n".join(f"import lintseq_datasets.{name}" for name in LIGHT)
    printed = run_python(f"import json, sys\n{imports}\nprint(json.dumps(list(sys.modules)))")
    assert not (set(HEAVY) - {"numpy"}) & {top(name) for name in json.loads(printed)}


@pytest.mark.parametrize("module", modules())
def test_examples_in_docstrings_run(module: str) -> None:
    if module == "__main__" or module.startswith(("plots", "jobs.datatrove")):
        pytest.skip("imports an optional dependency")
    result = doctest.testmod(importlib.import_module(f"lintseq_datasets.{module}"))
    assert result.failed == 0
