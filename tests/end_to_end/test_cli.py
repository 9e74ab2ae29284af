"""The command line, in process and as a process."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import pytest
from click.testing import CliRunner, Result

from lintseq_datasets import __version__, features_of
from lintseq_datasets.cli import main
from lintseq_datasets.edits.reading import resolve
from tests.conftest import PYTHONPATH

GOOD = "def add(a, b):\n    total = a + b\n    return total\n\nprint(add(1, 2))"
ROWS: list[dict[str, Any]] = [
    {"instruction": "Bad.", "response": "def ("},
    {"instruction": "Add.", "response": GOOD},
    {"instruction": "Say.", "response": "x = 1\nprint(x)\n"},
    {"instruction": "None.", "response": None},
]
FAST = ["--linter", "syntax", "--num-samples", "2"]

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made_here: None) -> Run:
    """Run the command line in an empty working directory."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.delenv("FORCE_COLOR", raising=False)

    def call(*args: object, code: int = 0, text: bytes | None = None) -> Result:
        result = CliRunner().invoke(main, [str(arg) for arg in args], input=text)
        assert result.exit_code == code, (result.output, result.exception)
        return result

    return call


@pytest.fixture
def source(write_jsonl: Callable[..., Path]) -> Path:
    return write_jsonl(ROWS)


def read(path: object) -> datasets.Dataset:
    suffix = Path(str(path)).suffix
    if suffix:
        reader = {".jsonl": "json", ".parquet": "parquet"}[suffix]
        return datasets.load_dataset(reader, data_files=str(path), split="train")
    return datasets.load_dataset(str(path), split="train")


# --- generate ------------------------------------------------------------------------


def test_a_directory_is_what_load_dataset_reads(run: Run, source: Path) -> None:
    result = run("generate", source, "--output", "out", *FAST)
    assert sorted(str(path) for path in Path("out").rglob("*")) == [
        "out/data", "out/data/train-00000-of-00001.parquet", "out/lintseq_datasets.json",
    ]  # fmt: skip
    rows = read("out")
    assert rows.features == features_of()
    assert [row["status"] for row in rows] == [
        "skipped:syntax_error", "ok", "ok", "ok", "ok", "skipped:no_program",
    ]  # fmt: skip
    assert {resolve(row["completion"] or "") for row in rows} == {GOOD, "x = 1\nprint(x)", ""}
    table = re.sub(r" +", " ", result.stdout).splitlines()
    assert table[:6] == [
        "rows in 4", " sampled 2", " skipped 2", " no_program 1", " syntax_error 1", " failed 0",
    ]  # fmt: skip
    assert table[6] == "sequences 4"
    assert table[-1] == "6 rows written to out"
    record = json.loads(Path("out/lintseq_datasets.json").read_text())
    assert record["accounting"]["rows_in"] == 4
    assert record["config"]["num_samples"] == 2
    again = run("generate", source, "--output", "out", *FAST)
    assert (again.exit_code, again.stdout) == (0, "")  # the log says that it was finished


@pytest.mark.parametrize("output", ["out.parquet", "deep/er/out.jsonl"])
def test_files(run: Run, source: Path, output: str) -> None:
    run("generate", source, "-o", output, *FAST)
    run("generate", source, "-o", "out", *FAST)
    assert read(output).to_list() == read("out").to_list()
    assert [path.name for path in Path(output).parent.iterdir() if "partial" in path.name] == []


def test_jsonl_is_one_line_a_row_for_every_reader(run: Run, write_jsonl: Any) -> None:
    program = "x = 'a\u2028b\x85c\u2029 é'"
    run("generate", write_jsonl([{"code": program}]), "-o", "out.jsonl", *FAST)
    lines = Path("out.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["program"] for line in lines] == [program] * 2
    assert "é" in lines[0]


def test_saved(run: Run, source: Path) -> None:
    run("generate", source, "-o", "out", "--saved", *FAST)
    assert len(datasets.load_from_disk("out")) == 6
    run("generate", "out", "-o", "again", "--program-column", "program", *FAST)
    assert len(read("again")) == 1 + 2 * 4 + 1


@pytest.mark.parametrize("output_format", ["default", "conversational", "pylintseq"])
@pytest.mark.parametrize("on_error", ["record", "skip"])
def test_the_accounting_is_right_in_every_format(
    run: Run, source: Path, output_format: str, on_error: str
) -> None:
    options = ["--output-format", output_format, "--on-error", on_error]
    result = run("generate", source, "-o", "out", *options, *FAST, "--show")
    rows = read("out")
    assert rows.features == features_of(output_format)  # type: ignore[arg-type]
    recorded = on_error == "record" and output_format != "pylintseq"
    assert len(rows) == (6 if recorded else 4)
    assert re.search(r"rows in +4\n +sampled +2\n +skipped +2\n", result.stdout)
    assert result.stdout.startswith("Add.\n\nedit 1 of ")


def test_options_reach_the_sampler(run: Run, source: Path) -> None:
    run("generate", source, "-o", "a.jsonl", *FAST, "--seed", 3, "--unique", "--limit", 2)
    record = read("a.jsonl")
    assert set(record["sample_index"]) == {-1, 0, 1}
    run("generate", source, "-o", "b", "--reference", "--time-limit", 9, "--linter", "syntax",
        "--num-proc", 2, "--batch-size", 1, "--extract-code", "none", "--seed", 3)  # fmt: skip
    made = json.loads(Path("b/lintseq_datasets.json").read_text())
    assert made["config"]["seed"] == 3
    assert made["config"]["forgive_own_errors"] is False
    assert made["config"]["time_limit"] == 9
    assert made["config"]["imports"] == "environment"  # as the published code
    assert made["options"]["extract_code"] is None


@pytest.mark.usefixtures("workers")
def test_several_processes_give_the_same(run: Run, source: Path) -> None:
    run("generate", source, "-o", "one", *FAST)
    run("generate", source, "-o", "two", "--num-proc", 2, "--batch-size", 1, *FAST)
    assert read("one").to_list() == read("two").to_list()


def test_quiet(run: Run, source: Path) -> None:
    try:
        assert run("generate", source, "-o", "out", "--quiet", *FAST).output == ""
    finally:
        datasets.enable_progress_bars()
    assert len(read("out")) == 6


def test_randomize(run: Run, source: Path) -> None:
    result = run("randomize", source, "-o", "out", "--num-samples", 3, "--seed", 1)
    rows = read("out")
    assert set(rows["method"]) == {"randseq"}
    assert len(rows) == 3 * 3 + 1  # what does not parse is sampled too
    assert "sequences" in result.stdout
    assert (
        "No such option" in run("randomize", source, "-o", "x", "--linter", "ruff", code=2).output
    )


def test_nothing_sampled_is_exit_status_1(run: Run, write_jsonl: Any) -> None:
    bad = write_jsonl(ROWS[:1])
    result = run("generate", bad, "-o", "out", *FAST, "--show", code=1)
    assert "No row gave an edit sequence." in result.stderr
    assert re.search(r"rows in +1\n", result.stdout)
    assert read("out")["status"] == ["skipped:syntax_error"]


# --- sources -------------------------------------------------------------------------


def test_kinds_of_sources(run: Run, tmp_path: Path) -> None:
    rows = datasets.Dataset.from_list(ROWS)
    rows.to_parquet(str(tmp_path / "rows.parquet"))
    rows.to_csv(str(tmp_path / "rows.csv"))
    rows.save_to_disk(str(tmp_path / "saved"))
    datasets.DatasetDict(train=rows).save_to_disk(str(tmp_path / "splits"))
    (tmp_path / "rows.json").write_text(json.dumps(ROWS))
    with gzip.open(tmp_path / "rows.jsonl.gz", "wt") as file:
        file.write("".join(json.dumps(row) + "\n" for row in ROWS))
    (tmp_path / "folder" / "data").mkdir(parents=True)
    rows.to_parquet(str(tmp_path / "folder" / "data" / "train-00000-of-00001.parquet"))
    completions = []
    for name in (
        "rows.parquet",
        "rows.csv",
        "saved",
        "splits",
        "rows.json",
        "rows.jsonl.gz",
        "folder",
    ):
        run("generate", tmp_path / name, "-o", f"of-{name}.jsonl", *FAST, "--quiet")
        completions.append(read(f"of-{name}.jsonl")["completion"][:])
    assert completions == [completions[0]] * 7
    datasets.enable_progress_bars()


def test_a_pattern_of_files(run: Run, write_jsonl: Any, tmp_path: Path) -> None:
    for number, row in enumerate(ROWS):
        write_jsonl([row], f"part-{number}.jsonl")
    result = run("generate", tmp_path / "part-*.jsonl", "-o", "out", *FAST)
    assert re.search(r"rows in +4\n", result.stdout)


def test_splits(run: Run, tmp_path: Path) -> None:
    rows = datasets.Dataset.from_list(ROWS)
    datasets.DatasetDict(train=rows, test=rows.select([1])).save_to_disk(str(tmp_path / "two"))
    result = run("generate", tmp_path / "two", "-o", "out", *FAST, code=2)
    assert "split: choose one of train, test" in result.stderr
    run("generate", tmp_path / "two", "-o", "out", "--split", "test", *FAST)
    assert list(datasets.load_dataset("out")) == ["test"]
    assert "is none of" in run("show", tmp_path / "two", "--split", "dev", code=2).stderr


def test_words_of_a_csv_file_stay_words(run: Run, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text('instruction,response\nNA,"x = 1"\nnull,""\n')
    run("generate", tmp_path / "rows.csv", "-o", "out", *FAST)
    assert read("out")["prompt"] == ["NA\n", "NA\n", "null\n"]


def test_a_lone_surrogate_does_not_stop_the_job(run: Run, write_jsonl: Any) -> None:
    rows = [ROWS[1], {"instruction": "Odd.", "response": "x = '\ud800'"}]
    result = run("generate", write_jsonl(rows), "-o", "out", *FAST)
    table = r"rows in +2\n +sampled +1\n +skipped +1\n +lone_surrogate +1\n"
    assert re.search(table, result.stdout)


# --- what is refused -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["missing.jsonl"], "there is no file 'missing.jsonl'"),
        (["./missing"], "there is no file './missing'"),
        (["*.csv"], "there is no file '*.csv'"),
        (["notes.txt"], "ends with none of .jsonl, .json, .parquet, .csv"),
        (["bad.json"], "'bad.json', line 1, column 20: expecting ','"),
        (["bad.parquet"], "cannot read 'bad.parquet'"),
        (["empty.jsonl"], "'empty.jsonl' holds no rows"),
        (["empty"], "'empty' holds no file of .jsonl, .json, .parquet"),
        (["good.jsonl", "--program-column", "code"], "There is no column 'code'. Columns of the"),
        (["good.jsonl", "--num-samples", "0"], "Invalid value for '--num-samples'"),
        (["good.jsonl", "--on-error", "raise"], "syntax_error"),
        (["good.jsonl", "--linter", "mypy"], "Invalid value for '--linter'"),
        (["good.jsonl", "-o", "out.csv"], ".csv cannot be written"),
        (["good.jsonl", "-o", "out.jsonl", "--saved"], "writes a directory"),
        (["good.jsonl", "-o", "bad.jsonl"], "'bad.jsonl' exists; --overwrite replaces it"),
        (["good.jsonl", "-o", "full"], "'full' exists; --overwrite replaces it"),
        (["good.jsonl", "-o", "good.jsonl", "--overwrite"], "would replace the source"),
        (["full/part.jsonl", "-o", "full", "--overwrite"], "would replace the source"),
        (["good.jsonl", "-o", "README"], "is a file, not a directory"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_exit_status_2(run: Run, args: list[str], message: str) -> None:
    good = "".join(json.dumps(row) + "\n" for row in ROWS)
    Path("good.jsonl").write_text(good)
    Path("bad.json").write_text('[{"code": "x = 1"} {}]')
    Path("bad.jsonl").write_text("old\n")
    Path("bad.parquet").write_text("nonsense")
    Path("empty.jsonl").write_text("")
    Path("notes.txt").write_text("notes")
    Path("README").write_text("notes")
    Path("empty").mkdir()
    Path("full").mkdir()
    Path("full/part.jsonl").write_text(good)
    before = {path: path.stat().st_mtime_ns for path in Path().rglob("*")}
    output = [] if "-o" in args else ["-o", "out"]
    result = run("generate", *args, *output, code=2)
    errors = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 1
    assert message in errors[0]
    assert "Traceback" not in result.output
    assert {path: path.stat().st_mtime_ns for path in Path().rglob("*")} == before


@pytest.mark.parametrize("flags", [[], ["--saved"]])
@pytest.mark.parametrize("earlier", [[], ["--saved"]])
def test_overwrite(run: Run, source: Path, flags: list[str], earlier: list[str]) -> None:
    run("generate", source, "-o", "out", *earlier, *FAST)
    Path("out/notes.txt").write_text("not ours")
    run("generate", source, "-o", "out", "--limit", 2, *flags, *FAST, code=2)
    run("generate", source, "-o", "out", "--limit", 2, "--overwrite", *flags, *FAST)
    rows = datasets.load_from_disk("out") if flags else read("out")
    assert len(rows) == 3
    assert Path("out/notes.txt").read_text() == "not ours"
    names = {path.name for path in Path("out").rglob("*") if path.is_file()}
    kind = {"data-00000-of-00001.arrow", "dataset_info.json", "state.json"}
    assert names - {"notes.txt", "lintseq_datasets.json"} == (
        kind if flags else {"train-00000-of-00001.parquet"}
    )


def test_overwrite_a_file(run: Run, source: Path) -> None:
    Path("out.jsonl").write_text("old\n")
    run("generate", source, "-o", "out.jsonl", "--overwrite", *FAST)
    assert len(read("out.jsonl")) == 6


def test_options_from_a_file_and_to_one(run: Run, source: Path) -> None:
    written = run("generate", source, "-o", "out", "--seed", 3, *FAST, "--dump-config").stdout
    assert "seed: 3\n" in written
    assert not Path("out").exists()
    Path("run.yaml").write_text(written)
    again = run("generate", "--config", "run.yaml", "--dump-config").stdout
    assert again == written
    run("generate", "--config", "run.yaml")
    made = read("out")
    run("generate", source, "-o", "out2", "--seed", 3, *FAST)
    assert read("out2").to_list() == made.to_list()
    assert (
        "seed: 4\n" in run("generate", "--config", "run.yaml", "--seed", 4, "--dump-config").stdout
    )
    Path("bad.yaml").write_text("sead: 3")
    wrong = run("generate", source, "-o", "x", "--config", "bad.yaml", code=2).stderr
    assert "there is no option 'sead'; did you mean 'seed'?" in wrong
    Path("bad.yaml").write_text("linter: no-such-linter")
    assert (
        "no-such-linter"
        in run("generate", source, "-o", "x", "--config", "bad.yaml", code=2).stderr
    )


def test_help_is_in_groups(run: Run) -> None:
    text = run("generate", "--help").stdout
    headings = ["Source:", "Output:", "Sampling:", "Linter:", "Run:", "Other:"]
    found = [text.index(f"\n{heading}\n") for heading in headings]
    assert found == sorted(found)
    assert "\nOptions:" not in text
    assert "generate --config run.yaml" in text


@pytest.mark.parametrize("output", ["out", "out.jsonl"])
def test_a_finished_command_says_only_that(
    run: Run, write_jsonl: Any, monkeypatch: pytest.MonkeyPatch, output: str
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1}, raising=False)
    source = write_jsonl([{"code": f"x = {number}\nprint(x)\n"} for number in range(32)])
    options = ("--linter", "syntax", "--num-samples", 1)
    first = run("generate", source, "-o", output, *options)
    assert "2 processes (--num-proc)." in first.stderr
    assert "32 rows written" in first.stdout
    again = run("generate", source, "-o", output, *options)
    assert again.stdout == ""
    assert "processes" not in again.stderr
    anew = run("generate", source, "-o", output, *options, "--overwrite")
    assert "2 processes (--num-proc)." in anew.stderr


# --- show ----------------------------------------------------------------------------


def test_show_a_row_of_an_output(run: Run, source: Path) -> None:
    run("generate", source, "-o", "out", *FAST)
    shown = run("show", "out", "--index", 2).stdout
    assert shown.startswith("Add.\n\nedit 1 of ")
    last = shown.split("edit ")[-1].splitlines()[1:]
    assert [line[6:].rstrip() for line in last] == GOOD.split("\n")
    result = run("show", "out", code=1)
    assert result.stderr.splitlines()[-1] == "row 0: skipped:syntax_error"
    assert "there are 6 rows" in run("show", "out", "--index", 6, code=2).stderr


@pytest.mark.parametrize("output_format", ["conversational", "pylintseq"])
def test_show_other_formats(run: Run, source: Path, output_format: str) -> None:
    run(
        "generate",
        source,
        "-o",
        "out",
        "--output-format",
        output_format,
        "--on-error",
        "skip",
        *FAST,
    )
    assert run("show", "out").stdout.startswith("Add.\n\nedit 1 of ")


def test_show_a_row_of_a_source(run: Run, source: Path) -> None:
    run("generate", source, "-o", "out", *FAST)
    for sample in (0, 1):
        drawn = run("show", source, "--index", 1, "--linter", "syntax", "--sample", sample)
        assert drawn.stdout == run("show", "out", "--index", 1 + sample).stdout
    assert "edit 1 of" in run("show", source, "--random").stdout
    for sample in (0, 3):
        shown = run("show", source, "--linter", "syntax", "--sample", sample, code=1)
        assert "row 0: skipped:syntax_error" in shown.stderr


def test_show_several_samples(run: Run, source: Path) -> None:
    run("generate", source, "-o", "out", *FAST)
    drawn = run("show", source, "--index", 1, "--linter", "syntax", "--samples", 2).stdout
    assert drawn == run("show", "out", "--index", 1, "--samples", 9).stdout
    assert drawn.startswith("Add.\n\n--- sample 0 ---\n\nedit 1 of ")
    assert re.findall("sample (\\d)", drawn) == ["0", "1"]
    made = run("show", "out", "--index", 1, "--samples", 2, "--html", "page.html")
    assert made.stderr.splitlines()[-1] == "page written to page.html"
    page = Path("page.html").read_text()
    assert re.findall("<h2>(.*?)</h2>", page) == ["sample 0", "sample 1"]


def test_show_marks_the_errors_of_the_program_itself(run: Run, write_jsonl: Any) -> None:
    rows = write_jsonl([{"code": "import no_such_module\nprint(no_such_module.x)"}])
    said = "    ! error of the program itself: E0401 Unable to import 'no_such_module'"
    shown = run("show", rows).stdout.splitlines()
    assert shown[shown.index(said) - 1].endswith("+ import no_such_module")
    run("generate", rows, "-o", "out")
    assert run("show", "out").stdout.splitlines().count(said) == 1
    run("show", "out", "--html", "page.html")
    assert "E0401 Unable to import &#x27;no_such_module&#x27;" in Path("page.html").read_text()
    assert "error of the program" not in run("show", rows, "--random").stdout


def test_show_says_what_it_ignores(run: Run, source: Path) -> None:
    run("generate", source, "-o", "out", *FAST)
    result = run("show", "out", "--index", 1, "--seed", 3, "--linter", "ruff", "--random")
    assert result.stderr.splitlines()[-1] == (
        "Ignored, because SOURCE holds edit sequences: --seed, --linter, --random."
    )
    result = run("show", source, "--index", 1, "--random", "--audit", 0.5)
    assert "Ignored, because --random asks no linter: --audit." in result.stderr
    assert "Ignored" not in run("show", source, "--index", 1, "--linter", "syntax").stderr


def test_color_is_for_those_who_want_it(
    run: Run, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = run("show", source, "--index", 1, "--random").stdout
    monkeypatch.setenv("FORCE_COLOR", "1")
    colored = run("show", source, "--index", 1, "--random").stdout
    assert "\x1b[32m+" in colored
    assert "\x1b" not in plain
    monkeypatch.setenv("NO_COLOR", "1")
    assert run("show", source, "--index", 1, "--random").stdout == plain


# --- resolve -------------------------------------------------------------------------


def test_resolve_is_exact(run: Run) -> None:
    text = "<|diff|>@@ -0,0 +1,2 @@\n+x = 'é\x0c'\r\n+ \n<|diff|>@@ -2,0 +3 @@\n+ \t".encode()
    program = "x = 'é\x0c'\r\n \n \t".encode()
    assert run("resolve", text=text).stdout_bytes == program
    Path("edits.txt").write_bytes(text + b"\n")
    assert run("resolve", "edits.txt").stdout_bytes == program


def test_resolve_what_a_model_wrote(run: Run) -> None:
    text = b"Sure!\n<|diff|>@@ -7,0 +8,2 @@\n+a = 1\n"
    assert run("resolve", "--tolerant", text=text).stdout == "a = 1"
    assert "Error: the text does not start with" in run("resolve", text=text, code=2).stderr
    misfit = b"<|diff|>@@ -7,0 +8 @@\n+a = 1\n"
    error = run("resolve", text=misfit, code=2).stderr
    assert "Error: edit 0, hunk 0: starts after" in error
    assert "--tolerant" in error


def test_resolve_what_is_no_text(run: Run) -> None:
    assert "is no UTF-8 text" in run("resolve", text=b"\xff", code=2).stderr
    assert "No such file" in run("resolve", "missing.txt", code=2).stderr


# --- as a process --------------------------------------------------------------------


def test_help_and_version(run: Run) -> None:
    assert run("--version").stdout == f"lintseq-datasets, version {__version__}\n"
    assert "130  interrupted" in run("--help").stdout
    for command in ("generate", "randomize", "show", "resolve"):
        assert "Usage:" in run(command, "--help").stdout
    assert "none gave an edit sequence" in " ".join(run("generate", "-h").stdout.split())
    assert "No such command" in run("destroy", code=2).stderr


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": PYTHONPATH, "HF_HOME": str(tmp_path / "hf"), **more}


def start(tmp_path: Path, *args: str, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "lintseq_datasets.cli", *args],
        cwd=tmp_path,
        env=environment(tmp_path, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def test_the_module_runs_with_pylint(tmp_path: Path, write_jsonl: Any) -> None:
    source = write_jsonl([{"instruction": "Café.", "response": GOOD}])
    args = ("--output", "edits", "--show")
    process = start(tmp_path, "generate", str(source), *args, PYTHONIOENCODING="ascii")
    output, errors = process.communicate(timeout=600)
    assert process.returncode == 0, errors
    assert output.startswith("Caf\\xe9.\n\nedit 1 of ")
    assert "Sampling 100%" in errors


def test_a_bad_file_is_complained_about_once(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("[" + json.dumps(ROWS[1]) + "\n{nonsense\n")
    process = start(tmp_path, "generate", "bad.json", "-o", "out")
    _, errors = process.communicate(timeout=600)
    assert process.returncode == 2
    complaints = [line for line in re.split("[\r\n]+", errors) if "line 2, column 1" in line]
    assert len(complaints) == 1


def test_a_hub_id_without_a_hub(tmp_path: Path) -> None:
    process = start(tmp_path, "generate", "nobody/nothing", "-o", "out", HF_HUB_OFFLINE="1")
    output, errors = process.communicate(timeout=600)
    assert (process.returncode, output) == (2, "")
    assert errors.startswith("Error: source: cannot read 'nobody/nothing': ")
    assert len(errors.splitlines()) == 1


@pytest.mark.parametrize("num_proc", [[], ["--num-proc", "2"]])
def test_interrupt(tmp_path: Path, write_jsonl: Any, num_proc: list[str]) -> None:
    rows = [{"code": f"{GOOD}\nx = {number}\n" * 20} for number in range(400)]
    process = start(tmp_path, "generate", str(write_jsonl(rows)), "-o", "out", *num_proc,
                    "--batch-size", "4", "--num-samples", "20")  # fmt: skip
    assert process.stderr is not None
    seen = ""
    while "Sampling" not in seen and process.poll() is None:
        seen += process.stderr.read(1)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=600)
    assert process.returncode == 130, errors
    assert errors.splitlines()[-1] == "Interrupted."
    assert not (tmp_path / "out").exists()
    assert output == ""


@pytest.mark.usefixtures("made_here")
def test_columns_are_kept(tmp_path: Path) -> None:
    source = tmp_path / "rows.jsonl"
    row = {"code": "x = 1\nprint(x)", "a,b": 1, "c": ["d"], "e": 2}
    source.write_text(json.dumps(row) + "\n", encoding="utf-8")
    for number, (options, names) in enumerate([
        (["--keep-columns", "c,e"], ["c", "e"]),
        (["--keep-columns", "a,b", "--keep-columns", "c"], ["a,b", "c"]),
        (["--keep-all-columns", "--streaming"], ["a,b", "c", "e"]),
    ]):  # fmt: skip
        output = tmp_path / f"{number}.jsonl"
        arguments = [str(source), "-o", str(output), "-q", "--num-samples", "1", *options]
        result = CliRunner().invoke(main, ["randomize", *arguments])
        assert result.exit_code == 0, result.output
        made = json.loads(output.read_text(encoding="utf-8"))
        assert {name: made[name] for name in row if name in made} == {n: row[n] for n in names}
    for options, problem in (
        (["--keep-columns", "ee"], "did you mean 'e'?"),
        (["--keep-columns", "e", "--keep-all-columns"], "no more to name"),
    ):
        arguments = [str(source), "-o", str(tmp_path / "x.jsonl"), *options]
        result = CliRunner().invoke(main, ["randomize", *arguments])
        assert result.exit_code == 2
        assert problem in result.output
