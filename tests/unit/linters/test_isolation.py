from __future__ import annotations

import importlib.machinery
import importlib.util
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any, Literal

import astroid
import pytest
from astroid.interpreter._import import spec as astroid_spec
from pylint.checkers.imports import ImportsChecker

from lintseq_datasets.errors import LinterError
from lintseq_datasets.linters.pylint import PylintLinter
from tests.conftest import HOME, RunPython

Imports = Literal["stdlib", "environment"]
BOTH: tuple[Imports, ...] = ("stdlib", "environment")
MODULE = "module_of_a_test_in_the_way"
PRINT_ERRORS = """
import sys
from lintseq_datasets.linters.pylint import PylintLinter
for imports in sys.argv[2:]:
    (found,) = PylintLinter(imports=imports).lint([sys.argv[1]])
    print(imports, *sorted(message.id for message in found))
"""


def errors(text: str, imports: Imports = "stdlib") -> list[str]:
    (found,) = PylintLinter(imports=imports).lint([text])
    assert not isinstance(found, LinterError)
    return sorted(message.id for message in found)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with a module and one that is named like a library."""
    folder = tmp_path / "cwd"
    folder.mkdir()
    (folder / f"{MODULE}.py").write_text("x = 1\n")
    for name in ("numpy", "json", "_heapq", "unicodedata"):
        (folder / f"{name}.py").write_text(f"open('ran {name}', 'w').close()\n")
    monkeypatch.chdir(folder)
    return folder


class TestWorkingDirectory:
    @pytest.mark.parametrize("imports", BOTH)
    def test_its_modules_are_not_found(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, imports: Imports
    ) -> None:
        monkeypatch.setattr(sys, "path", ["", str(folder), *sys.path])
        assert errors(f"import {MODULE}\nprint({MODULE}.x)", imports) == ["E0401"]

    def test_not_even_when_they_are_loaded(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        spec = importlib.util.spec_from_file_location(MODULE, folder / f"{MODULE}.py")
        assert spec is not None
        monkeypatch.setitem(sys.modules, MODULE, importlib.util.module_from_spec(spec))
        assert errors(f"import {MODULE}") == ["E0401"]

    def test_they_do_not_shadow_and_do_not_run(self, folder: Path, run_python: RunPython) -> None:
        """In a process of its own, where astroid has not looked at these modules before."""
        text = "import json, heapq, unicodedata\njson.loads('1')\nheapq.heappush([], 1)\n"
        text += "unicodedata.name('a')\nunicodedata.nothing\nimport numpy"
        # What the process itself imports from there is not ours; so the linter is loaded first.
        code = "import sys\nfrom lintseq_datasets.linters.pylint import PylintLinter\n"
        code += f"PylintLinter().lint([''])\nsys.path[:0] = ['', {str(folder)!r}]\n"
        code += "sys.modules.pop('unicodedata', None)\n" + PRINT_ERRORS
        out = run_python(code, text, "stdlib", cwd=folder)
        assert out.split() == ["stdlib", "E0401", "E1101"]
        assert not list(folder.glob("ran *"))


class TestModes:
    def test_both_in_one_process_in_any_order(self) -> None:
        text = "import numpy\nprint(numpy)"
        for imports in (*BOTH, *BOTH[::-1], *BOTH):
            expected = ["E0401"] if imports == "stdlib" else []
            assert errors(text, imports) == expected

    def test_the_first_does_not_change_the_second(self, run_python: RunPython) -> None:
        text = "import numpy, json\njson.nothing\nnumpy.nothing_there"
        out = run_python(PRINT_ERRORS, text, "environment", "stdlib", "environment")
        first, second, third = out.splitlines()
        assert second == "stdlib E0401 E1101"
        assert first == third
        assert "E0401" not in first

    def test_standard_modules_are_found_in_both(self) -> None:
        for imports in BOTH:
            assert errors("import json.decoder\njson.decoder.JSONDecoder()", imports) == []
            assert errors("import json\njson.decoder.nothing", imports) == ["E1101"]


class TestRestored:
    @pytest.mark.parametrize("imports", BOTH)
    def test_nothing_of_the_process_changes(self, imports: Imports) -> None:
        errors("import json", imports)
        extension = "_heapq" if imports == "stdlib" else "_bisect"  # one is imported to be seen
        path, meta_path = list(sys.path), list(sys.meta_path)
        before = (
            sys.path, astroid_spec._SPEC_FINDERS, astroid_spec._find_spec,
            astroid_spec._MetaPathFinderModuleTypes, astroid.manager.load_module_from_name,
            astroid.MANAGER.astroid_cache,
        )  # fmt: skip
        errors(f"import unicodedata, {extension}, numpy, csv\ncsv.nothing", imports)
        after = (
            sys.path, astroid_spec._SPEC_FINDERS, astroid_spec._find_spec,
            astroid_spec._MetaPathFinderModuleTypes, astroid.manager.load_module_from_name,
            astroid.MANAGER.astroid_cache,
        )  # fmt: skip
        assert all(old is new for old, new in zip(before, after, strict=True))
        assert (sys.path, sys.meta_path) == (path, meta_path)

    def test_after_a_crash_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def crash(_checker: ImportsChecker, _node: object) -> None:
            assert astroid_spec._SPEC_FINDERS is not before
            raise KeyError("x")

        errors("import json")
        before = astroid_spec._SPEC_FINDERS
        monkeypatch.setattr(ImportsChecker, "visit_import", crash)
        (found,) = PylintLinter(("E", "R0402")).lint(["import json"])  # with checkers of its own
        assert isinstance(found, LinterError)
        assert found.detail == "KeyError: 'x'"
        assert astroid_spec._SPEC_FINDERS is before

    def test_what_others_asked_astroid_is_not_forgotten(self, folder: Path) -> None:
        """And what was found here is not found there."""
        others = astroid.MANAGER.ast_from_file(str(folder / f"{MODULE}.py"), MODULE)
        try:
            assert errors(f"import {MODULE}\nimport calendar") == ["E0401"]
            assert astroid.MANAGER.astroid_cache[MODULE] is others
        finally:
            astroid.MANAGER.astroid_cache.pop(MODULE, None)


@pytest.mark.skipif(sys.platform == "win32", reason="environments have other folders there")
def test_a_path_file_is_followed(tmp_path: Path) -> None:
    """As a stock pylint of that interpreter follows it."""
    extra = tmp_path / "extra"
    extra.mkdir()
    (extra / f"{MODULE}.py").write_text("x = 1\n")
    venv.create(tmp_path / "environment", with_pip=False)
    (packages,) = (tmp_path / "environment").glob("lib/python*/site-packages")
    here = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "more.pth").write_text("\n".join([str(extra), str(HOME), *here]))
    text = f"import {MODULE}\nprint({MODULE}.x, {MODULE}.y)"
    result = subprocess.run(
        [tmp_path / "environment" / "bin" / "python", "-c", PRINT_ERRORS, text, *BOTH],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == ["stdlib E0401", "environment E1101"]


class _EditableFinder:
    """What setuptools makes for an editable installation, by name."""

    def __init__(self, name: str, file: Path) -> None:
        self.name = name
        self.file = file

    def find_spec(
        self, name: str, _path: object = None, _target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != self.name:
            return None
        return importlib.util.spec_from_file_location(name, self.file)


class _SomeFinder(_EditableFinder):
    """Of a name that no installer gives."""


@pytest.mark.parametrize(
    ("finder", "imports", "expected"),
    [
        (_EditableFinder, "environment", "E1101"),
        (_EditableFinder, "stdlib", "E0401"),
        (_SomeFinder, "environment", "E0401"),
    ],
)
def test_hooks_of_editable_installations_count_in_the_environment(
    tmp_path: Path, finder: Any, imports: Imports, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"module_behind_{finder.__name__}_{imports}"  # a module that was not found is remembered
    (tmp_path / "found.py").write_text("x = 1\n")
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, finder(name, tmp_path / "found.py")])
    assert errors(f"import {name}\nprint({name}.y)", imports) == [expected]


def test_what_environment_variables_say(tmp_path: Path) -> None:
    """A user's configuration leads nowhere; PYTHONPATH is a part of the environment."""
    (tmp_path / f"{MODULE}.py").write_text("x = 1\n")
    (tmp_path / ".pylintrc").write_text('[MAIN]\ndisable=all\ninit-hook=\'open("ran", "w")\'\n')
    result = subprocess.run(
        [sys.executable, "-c", PRINT_ERRORS, f"import {MODULE}\nundefined", *BOTH],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={
            "PYTHONPATH": f"{HOME}:{tmp_path}", "PYLINTRC": str(tmp_path / ".pylintrc"),
            "HOME": str(tmp_path), "PYLINTHOME": str(tmp_path / "home"),
        },
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == ["stdlib E0401 E0602", "environment E0602"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [".pylintrc", f"{MODULE}.py"]
