"""The compilers of TypeScript: what they see, where it is, and how the native one is found."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from lintseq_datasets import lintseq_map
from lintseq_datasets.errors import ConfigError, MissingExtraError
from lintseq_datasets.linters import Linter, load_linter
from lintseq_datasets.linters.base import LintMessage
from tests.languages import linter_named

compilers = pytest.mark.parametrize("tool", ["tsc", "deno"])


def messages(linter: Linter, text: str) -> tuple[LintMessage, ...]:
    (found,) = linter.lint([text])
    assert isinstance(found, tuple), found
    return found


@compilers
def test_types(tool: str) -> None:
    linter = linter_named(tool)
    (wrong,) = messages(linter, "let a: number = 1;\nlet b: string = a;")
    assert wrong[:3] == ("TS2322", 2, 4)
    assert messages(linter, "let a: string = 'x';") == ()


@compilers
def test_a_missing_return_is_no_error_unless_it_is_asked_for(tool: str) -> None:
    text = "export function f(a: number): number {\n  if (a) {\n    return 1;\n  }\n}"
    empty = "export const f = (): number => {\n};"
    assert linter_named(tool).lint([text, empty]) == [(), ()]
    strict = load_linter(tool, errors=("TS2366", "TS2355"))
    assert [message.id for message in messages(strict, text)] == ["TS2366"]
    assert [message.id for message in messages(strict, empty)] == ["TS2355"]
    assert strict.name.endswith("errors=TS2366,TS2355")
    assert messages(strict, "let a: string = 1;") == ()
    assert messages(strict, "let a: = 1;")[0].id == "syntax TS1110"


@compilers
@pytest.mark.parametrize(
    "text", ["let a: = 1;", "f(", "let a = 'x", "let a: string? = 'x';", "a.#b;"]
)
def test_what_does_not_parse(tool: str, text: str) -> None:
    linter_named(tool)
    out = lintseq_map({"code": [text]}, language="typescript", linter=tool, num_samples=1)
    assert out["status"] == ["skipped:syntax_error"]


@compilers
@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("let a = '\u2028\u2028'; missing;\nlet b = 1;", 1, 14),
        ("let a = '\u2028';\nmissing;", 2, 0),
        ("let a = 1;\r\nmissing;", 2, 0),
        ("let a = 1;\rmissing;", 1, 11),
        ("let a = '\U0001f600'; missing;", 1, 13),
    ],
)
def test_places_are_ours(tool: str, text: str, line: int, column: int) -> None:
    (found,) = messages(linter_named(tool), text)
    assert found[1:3] == (line, column)


@compilers
def test_nothing_that_is_imported_is_read(tool: str, tmp_path: Path) -> None:
    linter = linter_named(tool)
    (tmp_path / "other.ts").write_text("export const a: number = 1;", encoding="utf-8")
    for source in (
        f"{tmp_path}/other.ts", f"file://{tmp_path}/other.ts", "./other.ts", "npm:chalk", "chalk",
        "https://deno.land/x/a.ts", "jsr:@std/path",
    ):  # fmt: skip
        found = messages(linter, f"import {{ a }} from '{source}';\nlet b: string = a;\nb;")
        assert [message.line for message in found] == [1], source
    named = f'/// <reference path="{tmp_path}/other.ts" />\nexport const b: string = "x";'
    assert messages(linter, named) == ()


@compilers
def test_a_text_leaves_nothing_behind(tool: str) -> None:
    linter = linter_named(tool)
    before = messages(linter, "[].foo();")
    assert before
    for text in (
        "interface Array<T> { foo(): void }",
        "declare global { interface Array<T> { foo(): void } }\nexport {};",
        "declare var foo: any;",
    ):
        linter.lint([text])
        assert messages(linter, "[].foo();") == before
        assert messages(linter, "foo;")


def test_a_text_that_runs_for_long() -> None:
    linter_named("tsc")
    bomb = (
        "type Grow<T extends any[]> = T['length'] extends 4000 ? T : Grow<[...T, 0, 0, 0, 0]>;\n"
        "type A = { [K in Grow<[]>[number]]: Grow<[K]> };\nlet a: A;\n"
        + "".join(f"type B{n} = Grow<[{n}]>; let b{n}: B{n};\n" for n in range(300))
    )
    linter = load_linter("tsc", time_limit=0.2)
    results = linter.lint([bomb, "let a = 1;"])
    assert results[1] == ()


# --- how the native compiler is found ------------------------------------------------------


def test_where_it_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def put(folder: Path) -> Path:
        path = folder / "node_modules" / "@typescript" / f"typescript-{sys.platform}-x64" / "lib"
        path.mkdir(parents=True)
        (path / "tsc").write_text("", encoding="utf-8")
        (path / "lib.d.ts").write_text("", encoding="utf-8")
        return path / "tsc"

    from lintseq_datasets.linters.workers.tsc import find

    monkeypatch.delenv("LINTSEQ_TYPESCRIPT", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "environment"))
    here = put(tmp_path / "here")
    monkeypatch.chdir(here.parents[3])  # what the working directory has is not taken
    with pytest.raises(MissingExtraError, match=r"Run: npm install --prefix .* typescript@7"):
        find()

    nearby = put(tmp_path / "environment")
    assert find() == str(nearby)

    script = put(tmp_path / "path").parents[3] / "typescript" / "bin" / "tsc"
    script.parent.mkdir(parents=True)
    script.write_text("#!/usr/bin/env node", encoding="utf-8")
    script.chmod(0o755)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "tsc").symlink_to(script)
    monkeypatch.setenv("PATH", f"node_modules/.bin:{tmp_path / 'bin'}")
    assert find().startswith(str(tmp_path / "path"))

    for named in (here, here.parents[3], here.parents[4]):
        monkeypatch.setenv("LINTSEQ_TYPESCRIPT", str(named))
        assert find() == str(here)
    monkeypatch.setenv("LINTSEQ_TYPESCRIPT", str(tmp_path / "bin"))
    with pytest.raises(ConfigError, match="there is no native TypeScript in"):
        find()
    monkeypatch.setenv("LINTSEQ_TYPESCRIPT", os.path.relpath(here))
    with pytest.raises(ConfigError, match="relative path"):
        find()
