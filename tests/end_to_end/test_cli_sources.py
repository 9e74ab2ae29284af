"""Sources as people have them, through the command line: each row ends as it should."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from lintseq_datasets.cli import main
from tests.unit.files.checkout import write_index

Run = Callable[..., Result]

GOOD = "x = 1\nprint(x)"
LINE = json.dumps({"code": GOOD})
FAST = ["--num-samples", 1, "-q"]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made_here: None) -> Run:
    """Run a command in an empty working directory, with a cache of its own."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")

    def call(*args: object, code: int = 0, text: bytes | None = None) -> Result:
        result = CliRunner().invoke(main, [str(arg) for arg in args], input=text)
        assert result.exit_code == code, (result.output, result.exception)
        return result

    return call


def statuses(result: Result) -> list[str]:
    """What became of the rows, from what went to standard output; ``ok`` as ``.``."""
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    return [row["status"].removeprefix("skipped:").replace("ok", ".") for row in rows]


def many(*last: str) -> str:
    """Rows enough that readers which look at the beginning alone guess wrongly."""
    return "\n".join([json.dumps({"code": f"{GOOD}  # {'x' * 200}"})] * 120 + list(last))


CASES: list[tuple[str, str | bytes, list[str]]] = [
    ("a.jsonl", LINE, ["."]),
    ("a.jsonl", b"\xef\xbb\xbf" + LINE.encode() + b"\r\n\r\n" + LINE.encode(), [".", "."]),
    ("a.jsonl", f'{LINE}\n{{"code": 42}}\n{{"code": ["x"]}}', [".", "not_text", "no_program"]),
    ("a.jsonl", many('{"code": 42}', '{"code": {"a": 1}}'), ["."] * 120 + ["not_text"] * 2),
    ("a.jsonl", many('{"code": "x = 1", "more": [1]}'), ["."] * 121),
    ("a.jsonl", f'{LINE}\n{{"code": "\\ud800"}}\n{LINE}', [".", "lone_surrogate", "."]),
    ("a.jsonl", f'{LINE}\n{{"code": NaN}}\n{{"code": null}}', [".", "no_program", "no_program"]),
    ("a.jsonl", f'{LINE}\n{{"code": {10**40}}}\n{{"code": 1e999}}', [".", "not_text", "not_text"]),
    ("a.jsonl", f'{LINE}\n{{"code": "2020-01-01"}}', [".", "."]),
    ("a.jsonl", f"{LINE}\n{LINE[:-3]}", [".", "unreadable"]),
    ("a.jsonl", f"{LINE}\n[]\n7\n{LINE} x", [".", "unreadable", "unreadable", "unreadable"]),
    ("a.jsonl", LINE.encode() + b'\n{"code": "caf\xe9"}', [".", "not_utf8"]),
    ("a.jsonl", f'{LINE}\n{{"other": 1}}\n{{}}', [".", "no_program", "no_program"]),
    ("a.jsonl", f'{LINE}\n{{"code": "x = 1", "code": "y ="}}', [".", "syntax_error"]),
    ("a.jsonl", f'{LINE}\n{{"code": {"[" * 3000}{"]" * 3000}}}', [".", "unreadable"]),
    ("a.json", f"[{LINE}, {LINE}]", [".", "."]),
    ("a.json", f'[{LINE},\n 5, {{"code": 5}}\n]', [".", "unreadable", "not_text"]),
    ("a.json", json.dumps({"code": GOOD}, indent=1), ["."]),
    ("a.ndjson", LINE, ["."]),
    ("a.csv", f'code,n\n"{GOOD}",1\n42,2\n"",3\n', [".", "no_program", "empty_program"]),
    ("a.csv", 'code,n\nx = 1,1\nx = 1\n"x = 1",2\n', [".", "unreadable", "."]),
    ("a.csv", b"\xef\xbb\xbfcode\r\nx = 1\r\n", ["."]),
    ("a.py", GOOD, ["."]),
    ("a.py", b"x = '\xe9'\n", ["not_utf8"]),
    ("a.py", "", ["empty_program"]),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(CASES)))
def test_files_of_odd_kinds(run: Run, number: int) -> None:
    name, content, wanted = CASES[number]
    Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
    code = 0 if "." in wanted else 1
    streaming = ["--streaming"] if number % 2 else []
    found = statuses(run("randomize", name, "-o", "-", *streaming, *FAST, code=code))
    # without a linter, what does not parse is drawn, too
    assert found == [each if each != "syntax_error" else "." for each in wanted]


@pytest.mark.parametrize("limit", [1000, 10_000])
def test_how_deep_a_row_may_be_does_not_depend_on_the_process(run: Run, limit: int) -> None:
    Path("a.jsonl").write_text("\n".join([LINE, '{"code": ' + "[" * 3000 + "]" * 3000 + "}"]))
    Path("a.json").write_text("[" + Path("a.jsonl").read_text().replace("\n", ",") + "]")
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(limit)
    try:
        found = statuses(run("randomize", "a.jsonl", "-o", "-", *FAST))
        assert found == [".", "unreadable"]
        assert "recursion" in run("randomize", "a.json", "-o", "-", *FAST, code=2).stderr
    finally:
        sys.setrecursionlimit(before)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.jsonl", b"", "'a.jsonl' holds no rows"),
        ("a.jsonl", b"\n \n", "'a.jsonl' holds no rows"),
        ("a.json", b"[]", "'a.json' holds no rows"),
        ("a.jsonl", b"nonsense", "no row can be read: line 1, column 1"),
        ("a.json", b'[{"code": "x = 1"}, {"co', "line 1, column 22"),
        ("a.jsonl", '{"code": "x"}'.encode("utf-16"), "is in UTF-16"),
        ("a.csv", b'code,n\n"x = 1,2\ny,3\n', "line 2: unexpected end of data; is a quote not"),
        ("a.jsonl.gz", b"nonsense", "cannot read 'a.jsonl.gz'"),
        ("a.jsonl.zst", b"nonsense", "cannot read 'a.jsonl.zst'"),
        ("a.parquet", b"nonsense", "cannot read 'a.parquet'"),
        ("a.txt", b"x", "'a.txt' ends with none of .jsonl"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_read(run: Run, name: str, content: bytes, problem: str) -> None:
    Path(name).write_bytes(content)
    for streaming in ([], ["--streaming"]):
        result = run("randomize", name, "-o", "-", *streaming, *FAST, code=2)
        assert problem in result.stderr
        assert result.stdout == ""


def test_standard_input(run: Run) -> None:
    rows = f'{LINE}\n{{"code": 1}}\n'.encode()
    for command in (["randomize", "-", "-o", "-", "--num-samples", 1], ["prepare", "-", "-o", "-"]):
        result = run(*command, text=rows)
        found = [json.loads(line) for line in result.stdout.splitlines()]
        assert found[0]["program"] == GOOD
        count = "1 row" if len(found) == 1 else f"{len(found)} rows"
        assert f"{count} written to standard output" in result.stderr
    run("randomize", "-", "-o", "out.jsonl", *FAST, text=rows)
    before = Path("out.jsonl").read_bytes()
    run("randomize", "-", "-o", "out.jsonl", *FAST, text=rows)
    assert Path("out.jsonl").read_bytes() == before
    result = run("randomize", "-", "-o", "out.jsonl", *FAST, text=rows + rows, code=2)
    assert "was made by another job" in result.stderr
    for option in ("--saved", "--show", "--beside"):
        assert option in run("randomize", "-", "-o", "-", option, text=rows, code=2).stderr


@pytest.mark.usefixtures("workers")
def test_numbers_of_rows(run: Run) -> None:
    rows = [LINE] * 700
    rows[650] = '{"code": 5}'
    Path("a.jsonl").write_text("\n".join(rows))
    args = ["--batch-size", 50, "--part-rows", 100, "--num-proc", 2, *FAST]
    run("randomize", "a.jsonl", "-o", "out", "--log-file", "log", *args)
    assert re.findall("INFO (row .*)", Path("log").read_text()) == [
        "row 650: skipped:not_text (not_text: column 'code' holds int)"
    ]
    result = run("randomize", "a.jsonl", "-o", "-", "--on-error", "raise", *args, code=2)
    assert "row 650 of the dataset: skipped:not_text" in result.stderr


def edit(path: Path, old: bytes, new: bytes) -> None:
    """Edit a file so that its size and its times are as before."""
    assert len(old) == len(new)
    times = path.stat()
    path.write_bytes(path.read_bytes().replace(old, new))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.parquet", "in/train.parquet", "in/a.py"])
@pytest.mark.parametrize("streaming", [[], ["--streaming"]])
def test_a_source_that_was_edited(run: Run, name: str, streaming: list[str]) -> None:
    path = Path(name)
    path.parent.mkdir(exist_ok=True)
    texts = ["aaaa = 1", "bbbb = 1"]
    if path.suffix == ".parquet":
        pq.write_table(pa.table({"code": texts}), path, compression="none", use_dictionary=False)
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps({"code": text}) + "\n" for text in texts))
    else:
        path.write_text("code\n" * (path.suffix == ".csv") + "\n".join(texts))
    source: Any = path if path.parent == Path() else path.parent
    run("randomize", source, "-o", "out.jsonl", *streaming, *FAST)
    edit(path, b"bbbb", b"cccc")
    result = run("randomize", source, "-o", "out.jsonl", *streaming, *FAST, code=2)
    assert "was made by another job" in result.stderr
    run("randomize", source, "-o", "out.jsonl", "--overwrite", *streaming, *FAST)
    assert "cccc" in Path("out.jsonl").read_text()
    assert "bbbb" not in Path("out.jsonl").read_text()


@pytest.mark.usefixtures("workers")
def test_a_checkout_from_its_files_to_its_card(run: Run) -> None:
    Path("project/src").mkdir(parents=True)
    Path("project/src/a.py").write_text(GOOD)
    Path("project/b.py").write_text("untracked = 1")
    Path("project/LICENSE").write_text("MIT License\n\nCopyright (c) 2020\n")
    write_index(Path("project"), ["LICENSE", "src/a.py"])
    Path("project/.git/HEAD").write_text("1" * 40)
    result = run("randomize", "project", "-o", "out", *FAST)
    assert "no column is recognised as the instruction" not in result.stderr
    (row,) = datasets.load_dataset("parquet", data_files="out/data/*", split="train")
    assert row["program"] == GOOD
    card = run("card", "out").stdout
    assert "license: mit" in card
    for said in ("`project`", "1" * 40, "license file of the source", "`LICENSE`"):
        assert said in card
    run("prepare", "project", "-o", "rows.jsonl", "-q")
    prepared = json.loads(Path("rows.jsonl").read_text())
    assert (prepared["program"], prepared["license"]) == (GOOD, "mit")
    shown = run("show", "project", "--linter", "syntax").stdout
    assert "print(x)" in shown


def test_folders_that_are_no_source(run: Run) -> None:
    Path("mixed").mkdir()
    Path("mixed/a.py").write_text(GOOD)
    Path("mixed/a.jsonl").write_text(LINE)
    Path("other").mkdir()
    Path("other/a.txt").write_text("x")
    for name, problem in (
        ("mixed", "holds programs (a.py) and data (a.jsonl): name a pattern"),
        ("other", "it has files of .txt"),
        ("mixed/*", "the files are of different kinds"),
    ):
        assert problem in run("randomize", name, "-o", "-", *FAST, code=2).stderr
    assert statuses(run("randomize", "mixed/**/*.py", "-o", "-", *FAST)) == ["."]
