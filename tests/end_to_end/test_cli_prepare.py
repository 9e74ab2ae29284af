"""The command prepare, in process and as a process, up to the edits of what it wrote."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pytest
from click.testing import CliRunner, Result

from lintseq_datasets.cli import main
from lintseq_datasets.errors import ConfigError
from lintseq_datasets.prepare.saving import save_dataset
from tests.conftest import PYTHONPATH, ROOT, wait_until
from tests.end_to_end.standins import (
    HUMAN_EVAL,
    LONGEST,
    MAGICODER,
    MAGICODER_ID,
    MBPP,
    SELF_OSS,
    SELF_OSS_ID,
    SQUARES,
)

RECIPE = ROOT / "examples" / "paper_sources.yaml"
STANDINS = [
    "--data-files", f"{SELF_OSS_ID}=self-oss.parquet",
    "--data-files", f"{MAGICODER_ID}=magicoder.jsonl",
]  # fmt: skip
PAPER = [
    ("Find the longest word.", LONGEST, "odc-by", SELF_OSS_ID, "100"),
    ("Print squares.", SQUARES, "odc-by", SELF_OSS_ID, "101"),
    ("Broken.", "def (", "odc-by", SELF_OSS_ID, "103"),
    ("Print one.", "print(1)", "mit", MAGICODER_ID, "7002"),
    (MAGICODER[3]["problem"], "def two():\n    return 2", "mit", MAGICODER_ID, "7003"),
]

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command line where there are the stand-ins."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")

    def call(*args: object, code: int = 0) -> Result:
        result = CliRunner().invoke(main, [str(arg) for arg in args])
        assert result.exit_code == code, (result.output, result.exception)
        return result

    datasets.Dataset.from_list(SELF_OSS).to_parquet("self-oss.parquet")
    write("magicoder.jsonl", MAGICODER)
    write("humaneval.jsonl", HUMAN_EVAL)
    write("mbpp.jsonl", MBPP)
    yield call
    datasets.enable_progress_bars()


def write(name: str, rows: list[dict[str, Any]]) -> None:
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    Path(name).write_text(lines, encoding="utf-8")


def read(path: str) -> list[dict[str, Any]]:
    if path.endswith(".jsonl"):
        return [
            json.loads(line) for line in Path(path).read_text(encoding="utf-8").split("\n")[:-1]
        ]
    if Path(path, "state.json").exists():
        return list(datasets.load_from_disk(path))
    source = {"path": path} if Path(path).is_dir() else {"path": "parquet", "data_files": path}
    return list(datasets.load_dataset(**source, split="train"))


def report(path: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    return found


# --- the recipe of the paper ---------------------------------------------------------


def test_the_source_set_of_the_paper(run: Run) -> None:
    shown = run("prepare", "--recipe", RECIPE, *STANDINS, "-o", "source").stdout
    assert [tuple(row.values()) for row in read("source")] == PAPER
    assert list(read("source")[0]) == ["instruction", "program", "license", "source", "source_id"]
    found = report("source.report.json")
    assert found["dropped"] == {"duplicate": 2, "other_language": 1}
    assert [source["license"] for source in found["sources"]] == ["odc-by", "mit"]
    assert f"{SELF_OSS_ID}" in shown
    assert "5 rows written to source, report to source.report.json" in shown


def test_what_is_prepared_is_what_generate_takes(run: Run) -> None:
    run("prepare", "--recipe", RECIPE, *STANDINS, "-o", "source", "-q")
    run("generate", "source", "-o", "edits.jsonl", "--num-samples", 2, "--linter", "syntax", "-q")
    rows = read("edits.jsonl")
    assert {row["program"] for row in rows if row["status"] == "ok"} == {
        program for _, program, *_ in PAPER if program != "def ("
    }
    assert rows[0]["prompt"] == "Find the longest word.\n"


def test_options_come_on_top_of_a_recipe(run: Run) -> None:
    args = ["--recipe", RECIPE, *STANDINS, "--check-syntax", "--duplicates", "none", "-q"]
    benchmarks = ["--benchmark", "humaneval.jsonl", "--benchmark", "mbpp.jsonl,name=mbpp"]
    run("prepare", *args, *benchmarks, "-o", "source.jsonl", "--dropped", "dropped.jsonl")
    kept = [row["program"] for row in read("source.jsonl")]
    assert kept == [SQUARES, SQUARES, SQUARES, "print(1)"]
    found = report("source.report.json")
    assert found["dropped"] == {"solution_substring": 2, "other_language": 1, "syntax_error": 1}
    where = [(one["benchmark"], one["task_id"], one["test"]) for one in found["contaminated"]]
    assert where == [
        ("humaneval.jsonl", "HumanEval/900", "solution_substring"),
        ("mbpp", "901", "solution_substring"),
    ]
    dropped = read("dropped.jsonl")
    assert [row["status"] for row in dropped] == [
        "dropped:solution_substring", "dropped:syntax_error", "dropped:other_language",
        "dropped:solution_substring",
    ]  # fmt: skip
    assert dropped[0]["detail"].startswith("best = ''")
    assert len(dropped) + len(kept) == len(SELF_OSS) + len(MAGICODER)


def test_the_recipe_in_python(run: Run) -> None:
    from dataclasses import replace

    from lintseq_datasets.prepare import load_recipe, prepare

    recipe = load_recipe(RECIPE)
    files = ["self-oss.parquet", "magicoder.jsonl"]
    sources = [
        replace(source, data_files=file)
        for source, file in zip(recipe["sources"], files, strict=True)
    ]
    found = prepare(**{**recipe, "sources": sources})
    assert [tuple(row.values()) for row in found.dataset] == PAPER


# --- sources -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["rows.json", "rows.jsonl.gz", "rows.jsonl.bz2", "rows.jsonl.xz", "rows.jsonl.zst", "rows.csv",
     "rows.parquet", "saved", "folder", "ro*.csv"],
)  # fmt: skip
def test_files_of_every_kind(run: Run, name: str) -> None:
    rows = datasets.Dataset.from_list(MAGICODER)
    if name == "saved":
        rows.save_to_disk(name)
    elif name == "folder":
        Path(name).mkdir()
        rows.to_parquet("folder/train.parquet")
        Path("folder/README.md").write_text("---\nlicense: cc0-1.0\n---\n", encoding="utf-8")
    elif name.endswith("parquet"):
        rows.to_parquet(name)
    elif name.endswith("csv"):
        rows.to_csv("rows.csv")
    elif name.endswith("zst"):
        with pa.CompressedOutputStream(pa.OSFile(name, "wb"), "zstd") as file:
            file.write("\n".join(map(json.dumps, MAGICODER)).encode())
    elif name.startswith("rows.jsonl."):
        rows.to_json(name, compression={"gz": "gzip"}.get(name[11:], name[11:]))
    else:
        Path(name).write_text(json.dumps(MAGICODER), encoding="utf-8")
    run("prepare", f"{name},program_column=solution,language=python", "-o", "out.jsonl", "-q")
    found = read("out.jsonl")
    assert [row["program"] for row in found] == [SQUARES, "print(1)", "def two():\n    return 2"]
    assert {row["source"] for row in found} == {name}
    assert found[0]["license"] == ("cc0-1.0" if name == "folder" else None)
    assert [row["source_id"] for row in found] == ["0", "2", "3"]


def test_options_for_all_sources_and_for_one(run: Run) -> None:
    write("a.jsonl", [{"task": "A.", "code": "a = 1"}])
    write("b.jsonl", [{"task": "B.", "body": "b = 1"}])
    run("prepare", "a.jsonl", "b.jsonl,program_column=body,license=mit,name=bee",
        "--program-column", "code", "--instruction-column", "task", "--license", "odc-by",
        "-o", "out.jsonl", "-q")  # fmt: skip
    assert [tuple(row.values())[:4] for row in read("out.jsonl")] == [
        ("A.", "a = 1", "odc-by", "a.jsonl"), ("B.", "b = 1", "mit", "bee"),
    ]  # fmt: skip


# --- outputs -------------------------------------------------------------------------


@pytest.mark.parametrize("args", [["out"], ["out", "--saved"], ["out.parquet"], ["out.jsonl"]])
def test_outputs_of_every_kind(run: Run, args: list[str]) -> None:
    command = ["prepare", "--recipe", RECIPE, *STANDINS, "-q", "-o", *args]
    run(*command)
    assert [tuple(row.values()) for row in read(args[0])] == PAPER
    assert "exists; --overwrite replaces it" in run(*command, code=2).stderr
    Path("out").mkdir(exist_ok=True)
    Path("out/mine.txt").write_text("stays", encoding="utf-8")
    run(*command, "--overwrite", "--check-syntax")
    assert len(read(args[0])) == len(PAPER) - 1
    assert report("out.report.json")["options"]["check_syntax"] is True
    assert Path("out/mine.txt").read_text(encoding="utf-8") == "stays"
    assert not list(Path().glob(".*unfinished"))


def test_another_kind_of_directory_takes_the_place_of_one(run: Run) -> None:
    command = ["prepare", "--recipe", RECIPE, *STANDINS, "-q", "-o", "out"]
    run(*command)
    run(*command, "--saved", "--overwrite")
    assert [tuple(row.values()) for row in datasets.load_from_disk("out")] == PAPER
    assert not list(Path("out").rglob("*.parquet"))


def test_where_the_report_goes(run: Run) -> None:
    command = ["prepare", "--recipe", RECIPE, *STANDINS, "-q"]
    run(*command, "-o", "v1.0", "--dropped", "dropped")
    assert report("v1.0.report.json")["kept"] == 5
    assert len(read("dropped")) == 3
    run(*command, "-o", "other.parquet", "--report", "sub/why.json")
    assert report("sub/why.json")["kept"] == 5


def test_characters_that_some_readers_take_for_line_ends(run: Run) -> None:
    write("rows.jsonl", [{"instruction": "\u2028é", "code": "x = '\x85'"}])
    run("prepare", "rows.jsonl", "-o", "out.jsonl", "-q")
    assert len(Path("out.jsonl").read_text(encoding="utf-8").splitlines()) == 1
    (row,) = read("out.jsonl")
    assert (row["instruction"], row["program"]) == ("\u2028é", "x = '\x85'")


def test_no_row_is_left(run: Run) -> None:
    write("rows.jsonl", [{"code": "no Python"}])
    result = run("prepare", "rows.jsonl", "-o", "out", "-q", code=1)
    assert result.stderr.endswith("No row is left.\n")
    assert report("out.report.json")["dropped"] == {"no_program": 1}


# --- errors --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "Name a SOURCE, or a --recipe"),
        (["no.jsonl"], "there is no file 'no.jsonl'"),
        (["magicoder.jsonl,problem=x"], "problem: is no option behind the path of a source; there"),
        (["magicoder.jsonl,split=test"], "'test' is none of train"),
        (["self-oss.parquet"], "self-oss.parquet: Instruction and program may be"),
        (["magicoder.jsonl", "magicoder.jsonl"], "several sources are called"),
        (["magicoder.jsonl", "--benchmark", "self.jsonl"], "there is no file"),
        (["magicoder.jsonl", "--data-files", "x=y"], "'x' is none of magicoder.jsonl"),
        (["magicoder.jsonl", "--data-files", "x"], "'x' is not NAME=FILE"),
        (["magicoder.jsonl", "--report", "out.txt"], "does not end with .json"),
        (["magicoder.jsonl", "--dropped", "out"], "need files of their own"),
        (["--recipe", "magicoder.jsonl"], "cannot read 'magicoder.jsonl'"),
    ],
)
def test_bad_input_is_one_line_and_exit_status_2(run: Run, args: list[str], message: str) -> None:
    result = run("prepare", *args, "-o", "out", code=2)
    errors = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 1
    assert message in errors[0]
    assert "Traceback" not in result.output
    assert not Path("out").exists()


def test_the_working_directory_is_no_output(run: Run) -> None:
    for output in ("", "."):
        result = run("prepare", "magicoder.jsonl", "-o", output, "--overwrite", code=2)
        assert "Error: output: '.' has no name" in result.stderr
    with pytest.raises(ConfigError, match="has no name"):
        save_dataset(datasets.Dataset.from_list(MAGICODER), Path())


def test_links_that_lead_in_a_circle(run: Run) -> None:
    Path("circle").symlink_to("circle")
    result = run("prepare", "magicoder.jsonl", "-o", "circle", "--overwrite", code=2)
    assert "Error: [Errno" in result.stderr
    Path("out.jsonl").touch()
    result = run("generate", "circle/rows.jsonl", "-o", "out.jsonl", "--overwrite", code=2)
    assert "there is no file 'circle/rows.jsonl'" in result.stderr


def test_neither_a_job_nor_a_report_is_replaced_unasked(run: Run) -> None:
    write("rows.jsonl", [{"code": "x = 1\ny = x"}])
    run("generate", "rows.jsonl", "-o", "edits", "--linter", "syntax", "-q")
    assert "exists" in run("prepare", "rows.jsonl", "-o", "edits", code=2).stderr
    Path("mine.json").write_text("{}", encoding="utf-8")
    args = ["prepare", "rows.jsonl", "-o", "out", "--report", "mine.json"]
    assert "'mine.json' exists" in run(*args, code=2).stderr
    assert Path("mine.json").read_text(encoding="utf-8") == "{}"


def test_files_in_place_of_a_dataset_have_a_split_of_any_name(run: Run) -> None:
    source = "user/name,split=test,data_files=magicoder.jsonl,language=python"
    run("prepare", source, "-o", "out.jsonl", "-q")
    assert {row["source"] for row in read("out.jsonl")} == {"user/name"}


def test_sources_are_not_overwritten(run: Run) -> None:
    before = Path("magicoder.jsonl").read_bytes()
    for args in (["-o", "magicoder.jsonl"], ["-o", "out", "--dropped", "magicoder.jsonl"]):
        result = run("prepare", "magicoder.jsonl", *args, "--overwrite", code=2)
        assert "would replace the source" in result.stderr
    assert Path("magicoder.jsonl").read_bytes() == before


def test_help(run: Run) -> None:
    shown = run("prepare", "--help").stdout
    assert "Usage:" in shown
    assert "rows.jsonl,program_column=code,license=mit" in shown


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopping_leaves_nothing_behind(tmp_path: Path, number: int, status: int) -> None:
    text = "".join(f'{{"code": "x = {n}"}}\n' for n in range(300_000))
    (tmp_path / "rows.jsonl").write_text(text, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "lintseq_datasets.cli", "prepare", "rows.jsonl", "-o", "out",
         "--num-proc", "2"],
        cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True,
        env={**os.environ, "PYTHONPATH": PYTHONPATH, "HF_HOME": str(tmp_path / "home")},
    )  # fmt: skip
    assert process.stderr is not None
    while "Reading" not in process.stderr.readline(200):
        assert process.poll() is None
    time.sleep(0.5)
    if number == signal.SIGINT:  # as a terminal sends it
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    _, errors = process.communicate(timeout=600)
    assert process.returncode == status, errors
    assert "Traceback" not in errors.rpartition("Interrupted.")[2]
    assert not (tmp_path / "out").exists()
    wait_until(lambda: is_gone(process.pid))  # with every worker


def is_gone(group: int) -> bool:
    """Whether no process of a group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False
