"""Imports run one way, and importing the library is light."""

from __future__ import annotations

import ast
import doctest
import importlib
import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

import lintseq_datasets
from tests.conftest import RunPython

PACKAGE = Path(lintseq_datasets.__file__).parent

# From bottom to top: a folder imports from those above its own only.
LAYERS = [
    "installing", "errors", "tables", "edits", "languages", "linters", "samplers", "mapping",
    "statistics", "display", "files", "prepare", "descriptions", "jobs", "hub", "training",
    "evaluation", "cli",
]  # fmt: skip
FOLDERS = LAYERS[3:]
MOST_ENTRIES = 20  # at the top of the package
MOST_LINES = 330  # of a module: one that is longer has two nouns in it

# Names of modules that stand in several folders, as these show the same thing from several sides.
SAME_THING = {
    "base": "what a language, a linter, an edit form, an output format is: the boundary",
    "fim": "the edit form and the output format of that name",
    "go": "the language and its worker", "php": "the same", "ruby": "the same",
    "revisions": "versions of files, and the command that reads them",
    "sample": "sampling from a model, and the command for it",
}  # fmt: skip


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


def layer_of(module: str) -> int:
    assert top(module) in LAYERS, f"{module} has no place among the layers: see CONTRIBUTING.md"
    return LAYERS.index(top(module))


def test_imports_run_one_way() -> None:
    back_up = [
        (module, imported)
        for module, path in modules().items()
        for imported in imports_of(path)
        if imported != "__version__"
        and top(imported) != top(module)
        and layer_of(imported) > layer_of(module)
    ]
    assert not back_up


def test_the_base_of_languages_names_their_values_for_types_only() -> None:
    found = set(top_level_imports(modules()["languages.base"]))
    assert not [name for name in found if name.startswith("languages.")]


def test_few_entries_stand_at_the_top() -> None:
    entries = {path.name for path in PACKAGE.iterdir()} - {"__pycache__"}
    assert len(entries) <= MOST_ENTRIES, sorted(entries)


def test_modules_are_short() -> None:
    lines = {name: path.read_text("utf-8").count("\n") for name, path in modules().items()}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}


def test_a_name_of_a_module_stands_for_one_thing() -> None:
    folders: dict[str, set[Path]] = {}
    for path in PACKAGE.rglob("*.py"):
        if not path.stem.startswith("__"):
            folders.setdefault(path.stem.strip("_"), set()).add(path.parent)
    assert {name for name, found in folders.items() if len(found) > 1} == set(SAME_THING)


def named_types(path: Path) -> Iterator[str]:
    """The classes of a module, and the names that it has for types."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "TypeAlias":
            yield ast.unparse(node.target)


def test_the_name_of_a_type_stands_for_one_thing() -> None:
    found = sorted(
        (name.strip("_"), at) for at, path in modules().items() for name in named_types(path)
    )
    twice = [pair for pair in pairwise(found) if pair[0][0] == pair[1][0]]
    assert twice == []


def public_functions(path: Path) -> Iterator[tuple[str, str]]:
    """The functions that a module has for others: name and signature. Commands are none."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            is_command = any("click." in ast.unparse(one) for one in node.decorator_list)
            if not is_command:  # it has the name of the function that it runs
                yield (
                    node.name,
                    f"({ast.unparse(node.args)}) -> {ast.unparse(node.returns or node)}",
                )


def test_the_name_of_a_function_stands_for_one_thing() -> None:
    signatures: dict[str, list[str]] = {}
    for path in modules().values():
        for name, signature in public_functions(path):
            signatures.setdefault(name, []).append(signature)
    twice = {name: found for name, found in signatures.items() if len(found) > 1}
    assert "launch" in twice  # each worker module has one, and all may stand for each other
    assert {name: found for name, found in twice.items() if len(set(found)) > 1} == {}


def imported_and_hidden(path: Path) -> set[str]:
    """Names that a module imports, and has for a function of its own behind an underscore."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imports = (node for node in tree.body if isinstance(node, ast.ImportFrom))
    imported = {f"_{alias.asname or alias.name}" for node in imports for alias in node.names}
    return imported & {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_no_function_differs_from_an_imported_one_by_an_underscore() -> None:
    found = {name: imported_and_hidden(path) for name, path in modules().items()}
    assert {name: hidden for name, hidden in found.items() if hidden} == {}


def test_each_folder_says_what_it_is() -> None:
    for folder in FOLDERS:
        said = ast.get_docstring(ast.parse((PACKAGE / folder / "__init__.py").read_text("utf-8")))
        assert "imports run from here to" in (said or "").lower(), folder


def is_face(node: ast.stmt) -> bool:
    """Whether a statement belongs into a face: the docstring, an import, the list of exports."""
    if isinstance(node, ast.Assign):
        return [ast.unparse(target) for target in node.targets] == ["__all__"]
    return isinstance(node, ast.Import | ast.ImportFrom | ast.Expr)


@pytest.mark.parametrize("folder", sorted(FOLDERS))
def test_faces_are_thin(folder: str) -> None:
    for path in (PACKAGE / folder).rglob("__init__.py"):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        assert all(map(is_face, body)), f"{path} holds more than a docstring and exports"


def test_no_circles_within_a_folder() -> None:
    known = modules()
    edges = {
        name: {
            other
            for other in top_level_imports(path)
            if other in known and other != name and top(other) == top(name)
        }
        for name, path in known.items()
    }
    while edges:
        free = [name for name, others in edges.items() if not others & set(edges)]
        assert free, f"circle among {sorted(edges)}"
        for name in free:
            del edges[name]


def test_private_modules_stay_in_their_folder() -> None:
    for name, path in modules().items():
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        for found in imports_of(path):
            folder, is_private, _ = found.partition("._")
            if is_private:
                assert package == folder, f"{name} imports {found}"


def top_level_imports(path: Path) -> Iterator[str]:
    """Modules of the library that are imported when the module is."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lintseq_datasets."):
            module = (node.module or "").removeprefix("lintseq_datasets.")
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def test_samplers_see_the_boundary_to_linters_alone() -> None:
    allowed = {"errors", "languages.base", "linters.base"}
    for name, path in modules().items():
        if name.startswith("samplers."):
            outside = {
                found for found in imports_of(path) if top(found) not in ("samplers", "edits")
            }
            assert outside <= allowed, name


def test_the_docstring_of_a_folder_names_what_is_there() -> None:
    for path in sorted(PACKAGE.rglob("__init__.py")):
        # Something in it, beside it, or a folder of the package.
        near = [PACKAGE, path.parent.parent, path.parent]
        there = {each.stem for folder in near for each in folder.iterdir()}
        for module in path.parent.rglob("*.py"):
            there |= {
                node.name
                for node in ast.parse(module.read_text(encoding="utf-8")).body
                if isinstance(node, ast.FunctionDef)
            }
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        # Bare names, such as `base`; others say themselves which folder they are in.
        named = set(re.findall(r"(?<!`)`([a-z_]+)`(?!`)", text))
        assert named <= there, f"{path.parent.name}: {named - there}"


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
import json, sys, threading, multiprocessing
started = []
sys.addaudithook(lambda event, _: started.append(event) if event in (
    "subprocess.Popen", "os.fork", "os.posix_spawn", "os.exec", "os.system", "socket.connect",
) else None)
import lintseq_datasets
print(json.dumps({
    "started": started, "threads": threading.active_count(),
    "modules": sorted({name.split(".")[0] for name in sys.modules}),
    "start method": multiprocessing.get_start_method(allow_none=True),
}))
"""


def test_importing_is_light_and_starts_nothing(run_python: RunPython) -> None:
    seen = json.loads(run_python(SCRIPT))
    assert not set(HEAVY) & set(seen["modules"])
    assert seen["started"] == []
    assert seen["threads"] == 1
    assert seen["start method"] is None


LIGHT = [
    "installing", "errors", "tables", "edits", "edits.program", "edits.edit", "edits.sequence",
    "edits.formats", "edits.reading", "languages", "languages.base", "languages.python.structure",
    "linters", "linters.base", "linters.syntax", "linters.pylint", "samplers", "samplers.config",
    "mapping", "mapping.columns", "mapping.answers", "mapping.mappers", "statistics", "display",
    "files", "prepare", "jobs", "hub", "training", "evaluation",
]  # fmt: skip


def test_modules_leave_heavy_ones_to_their_functions(run_python: RunPython) -> None:
    imports = "\n".join(f"import lintseq_datasets.{name}" for name in LIGHT)
    printed = run_python(f"import json, sys\n{imports}\nprint(json.dumps(list(sys.modules)))")
    assert not (set(HEAVY) - {"numpy"}) & {top(name) for name in json.loads(printed)}


def test_examples_in_docstrings_run() -> None:
    failed = [
        name
        for name in sorted(set(modules()) - {"cli.__main__"})  # which is a program
        if doctest.testmod(importlib.import_module(f"lintseq_datasets.{name}")).failed
    ]
    assert failed == []
