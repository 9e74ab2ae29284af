"""Hand-over to harnesses: what is written, what is refused, what is read back."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset, DatasetDict

from lintseq_datasets.errors import ColumnError, ConfigError, MissingExtraError
from lintseq_datasets.evaluation import (
    human_eval_completion,
    lm_eval_filter,
    read_evalplus_results,
    read_human_eval_results,
    register_lm_eval_filter,
    write_bigcodebench_samples,
    write_evalplus_samples,
    write_human_eval_samples,
    write_livecodebench_outputs,
)

ROWS = [
    {"task_id": "T/0", "program": "def f():\n    return 'é\u2028'"},
    {"task_id": "T/0", "program": ""},
    {"task_id": "T/1", "program": None},
]
Write = Callable[..., int]
both = pytest.mark.parametrize("write", [write_evalplus_samples, write_human_eval_samples])


def read(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text("ascii").splitlines()]


# --- writing -------------------------------------------------------------------------


def test_samples_for_evalplus(tmp_path: Path) -> None:
    path = tmp_path / "new" / "samples.jsonl"
    assert write_evalplus_samples(ROWS, path) == 3
    assert read(path) == [
        {"task_id": "T/0", "solution": ROWS[0]["program"]},
        {"task_id": "T/0", "solution": ""},
        {"task_id": "T/1", "solution": ""},
    ]


def test_samples_for_bigcodebench(tmp_path: Path) -> None:
    path = tmp_path / "samples.jsonl"
    assert write_bigcodebench_samples(ROWS, path) == 3
    assert read(path)[0] == {"task_id": "T/0", "solution": ROWS[0]["program"]}
    future = {"task_id": "T/0", "program": "from __future__ import annotations\nx: int = 1"}
    write_bigcodebench_samples([future], path)
    below: dict[str, Any] = {}
    # What BigCodeBench puts above a program.
    exec("def task_func(a):\n    pass\n" + read(path)[0]["solution"], below)
    assert below["x"] == 1
    (tmp_path / "samples_eval_results.json").write_text("{}")
    with pytest.raises(ConfigError, match="BigCodeBench would report"):
        write_bigcodebench_samples(ROWS, path)


def test_outputs_for_livecodebench(tmp_path: Path) -> None:
    path = tmp_path / "new" / "outputs.json"
    rows = [{"task_id": "abc", "program": ["x = 1", None]}, *ROWS]
    assert write_livecodebench_outputs(rows, path, task_ids=["abc", "T/1"]) == 5
    assert json.loads(path.read_text("ascii")) == [
        {"question_id": "T/0", "code_list": [ROWS[0]["program"], ""]},
        {"question_id": "T/1", "code_list": [""]},
        {"question_id": "abc", "code_list": ["x = 1", ""]},
    ]
    with pytest.raises(ConfigError, match="no row is for x"):
        write_livecodebench_outputs(rows, path, task_ids=["x"])
    with pytest.raises(ConfigError, match=r"\.json"):
        write_livecodebench_outputs(rows, tmp_path / "outputs.jsonl")
    with pytest.raises(ConfigError, match="there is no row"):
        write_livecodebench_outputs([], path)


def test_samples_for_human_eval(tmp_path: Path) -> None:
    path = tmp_path / "samples.jsonl"
    assert write_human_eval_samples(ROWS, str(path)) == 3
    assert read(path) == [
        {"task_id": "T/0", "completion": f"\n{ROWS[0]['program']}"},
        {"task_id": "T/0", "completion": "\n"},
        {"task_id": "T/1", "completion": "\n"},
    ]
    packed = tmp_path / "samples.jsonl.gz"
    write_human_eval_samples(ROWS, packed)
    assert gzip.decompress(packed.read_bytes()) == path.read_bytes()


@both
def test_rows_of_any_kind(write: Write, tmp_path: Path) -> None:
    expected = tmp_path / "expected.jsonl"
    write(ROWS, expected)
    dataset = Dataset.from_list([row | {"n": 1} for row in ROWS])
    wide = [{"task_id": "T/0", "program": [ROWS[0]["program"], ""]}, ROWS[2]]
    for number, rows in enumerate((iter(ROWS), dataset, dataset.to_iterable_dataset(), wide)):
        path = tmp_path / f"{number}.jsonl"
        assert write(rows, path) == 3
        assert path.read_bytes() == expected.read_bytes()
    renamed = dataset.rename_columns({"task_id": "id", "program": "code"})
    write(renamed, tmp_path / "x.jsonl", task_column="id", program_column="code")
    assert (tmp_path / "x.jsonl").read_bytes() == expected.read_bytes()


@both
def test_a_file_is_there_whole_or_not_at_all(write: Write, tmp_path: Path) -> None:
    def broken() -> Iterator[dict[str, Any]]:
        yield ROWS[0]
        raise KeyboardInterrupt

    path = tmp_path / "samples.jsonl"
    with pytest.raises(KeyboardInterrupt):
        write(broken(), path)
    assert list(tmp_path.iterdir()) == []
    write(ROWS, path)
    before = path.read_bytes()
    with pytest.raises(KeyboardInterrupt):
        write(broken(), path)
    assert path.read_bytes() == before
    write(ROWS[:1], path)
    assert len(read(path)) == 1
    assert os.listdir(tmp_path) == ["samples.jsonl"]


@both
@pytest.mark.parametrize(
    ("rows", "error", "problem"),
    [
        ([], ConfigError, "there is no row"),
        ([{"task_id": "a"}], ColumnError, "no column 'program'"),
        ([{"task_id": 3, "program": ""}], ColumnError, "holds 3, not the name of a task"),
        ([{"task_id": "", "program": ""}], ColumnError, "not the name of a task"),
        ([{"task_id": "a", "program": 3}], ColumnError, "holds int, not text"),
        (["a"], ConfigError, "str is no row"),
        (3, ConfigError, "neither a dataset nor a list"),
        (DatasetDict({"test": Dataset.from_list(ROWS)}), ConfigError, "one of the splits 'test'"),
    ],
)
def test_wrong_rows_leave_no_file(
    write: Write, tmp_path: Path, rows: Any, error: type[Exception], problem: str
) -> None:
    with pytest.raises(error, match=problem):
        write(rows, tmp_path / "samples.jsonl")
    assert list(tmp_path.iterdir()) == []


@both
def test_missing_tasks_are_named(write: Write, tmp_path: Path) -> None:
    path = tmp_path / "samples.jsonl"
    assert write(ROWS, path, task_ids=["T/1", "T/0"]) == 3
    path.unlink()
    with pytest.raises(
        ConfigError, match=r"no row is for T/2, T/3, T/4, T/5, T/6, … \(7 missing\)"
    ):
        write(ROWS, path, task_ids=(f"T/{number}" for number in range(9)))
    assert not path.exists()


def test_evalplus_must_not_report_earlier_results(tmp_path: Path) -> None:
    path = tmp_path / "samples.jsonl"
    write_evalplus_samples(ROWS, path)
    results = tmp_path / "samples_eval_results.json"
    results.write_text("{}")
    before = path.read_bytes()
    with pytest.raises(ConfigError, match=r"samples_eval_results\.json.*earlier samples"):
        write_evalplus_samples(ROWS[:1], path)
    assert path.read_bytes() == before
    results.unlink()
    assert write_evalplus_samples(ROWS[:1], path) == 1
    for name in ("samples.json", "samples.jsonl.gz", "samples"):
        with pytest.raises(ConfigError, match=r"\.jsonl"):
            write_evalplus_samples(ROWS, tmp_path / name)


@pytest.mark.parametrize(
    "program",
    [
        "from __future__ import annotations\n\n\ndef f(x: Undefined):\n    return x",
        '"""Doc."""\nfrom __future__ import annotations\n\ndef f(x): return x',
        "import math\n\n\ndef f(x):\n    return x  # from __future__ import nothing",
    ],
)
def test_completions_run_below_any_prompt(program: str) -> None:
    prompt = 'from typing import List\n\n\ndef f(x):\n    """Return x."""\n'
    namespace: dict[str, Any] = {}
    exec(prompt + human_eval_completion(program) + "\nassert f(3) == 3", namespace)
    is_wrapped = program.replace('"""Doc."""\n', "").startswith("from __future__")
    assert human_eval_completion(program).startswith("\nexec(") is is_wrapped


def test_what_does_not_parse_is_a_completion_as_it_is() -> None:
    for program in ("from __future__ import (", "__future__\0", "('\ud800' __future__"):
        assert human_eval_completion(program) == "\n" + program


# --- reading -------------------------------------------------------------------------


def test_results_of_human_eval(tmp_path: Path) -> None:
    path = tmp_path / "samples.jsonl_results.jsonl"
    lines = [{"task_id": task, "completion": "", "result": "…", "passed": passed}
             for task, passed in (("b", True), ("a", False), ("b", False))]  # fmt: skip
    path.write_text("\n".join(map(json.dumps, lines)) + "\n\n")
    found = read_human_eval_results(path)
    assert (found.task_ids, found.num_samples, found.num_correct) == (("b", "a"), (2, 1), (1, 0))
    packed = tmp_path / "results.jsonl.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert read_human_eval_results(str(packed)) == found


def test_results_of_evalplus(tmp_path: Path) -> None:
    path = tmp_path / "samples_eval_results.json"

    def write(plus: list[str | None]) -> None:
        base = ["pass", "pass", "fail", "timeout"]
        samples = [{"base_status": a, "plus_status": b} for a, b in zip(base, plus, strict=True)]
        path.write_text(json.dumps({"date": "", "hash": "", "eval": {"T/0": samples, "T/1": []}}))

    write(["pass", "fail", "pass", "timeout"])
    assert read_evalplus_results(path).num_correct == (1, 0)
    assert read_evalplus_results(path, plus=False).num_correct == (2, 0)
    assert read_evalplus_results(path).num_samples == (4, 0)
    write([None] * 4)
    assert read_evalplus_results(path, plus=False).num_correct == (2, 0)
    with pytest.raises(ConfigError, match="plus=False"):
        read_evalplus_results(path)


@pytest.mark.parametrize("content", ["", "{", "[]", "3", '{"task_id": "a"}', '{"eval": 3}',
                                     '{"eval": {"a": [{}]}}', "\udcff",
                                     pytest.param("[" * 100_000, id="deep")])  # fmt: skip
def test_what_holds_no_results_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "results.jsonl"
    path.write_text(content, encoding="utf-8", errors="surrogateescape")
    for read_results in (read_human_eval_results, read_evalplus_results):
        with pytest.raises(ConfigError, match="holds no results"):
            read_results(path)
        with pytest.raises(ConfigError, match=r"holds no results.*No such file"):
            read_results(tmp_path / "none.jsonl")
        broken = tmp_path / "broken.jsonl.gz"
        broken.write_bytes(gzip.compress(b"{}")[:-9] + b"\xff" * 9)
        with pytest.raises(ConfigError, match="holds no results"):
            read_results(broken)


# --- lm-evaluation-harness -----------------------------------------------------------


def test_the_filter_gives_texts_for_whatever_comes() -> None:
    edit = "<|diff|>@@ -0,0 +1 @@\n+a = 1"
    responses = [[edit, "Sorry.", None, ""], (edit,), []]
    assert lm_eval_filter(responses, [{}, {}, {}]) == [["a = 1", "", "", ""], ["a = 1"], []]


def test_without_lm_eval(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "lm_eval", None)
    monkeypatch.setitem(__import__("sys").modules, "lm_eval.api", None)
    monkeypatch.setitem(__import__("sys").modules, "lm_eval.api.filter", None)
    with pytest.raises(MissingExtraError, match="pip install lm_eval"):
        register_lm_eval_filter()
