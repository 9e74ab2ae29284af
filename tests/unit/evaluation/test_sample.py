"""Runs of samples: what stands in the file, and what becomes of it when a run is interrupted."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset

from lintseq_datasets.errors import ColumnError, ConfigError
from lintseq_datasets.evaluation import Generation, SampleRequest, SamplingSettings, sample
from tests.conftest import PYTHONPATH, wait_until

PROMPTS = [{"task_id": f"T/{number}", "prompt": f"Write {number}."} for number in range(5)]
SETTINGS = SamplingSettings(num_samples=4)
SCRIPT = """
import sys, time
from tests.unit.evaluation.test_sample import PROMPTS, SETTINGS, Parrot
from lintseq_datasets.evaluation import sample
sample(PROMPTS, Parrot(wait=0.03), sys.argv[1], settings=SETTINGS, progress=False)
"""


class Parrot:
    """A backend that repeats seeds, three samples at a time, and may give up."""

    def __init__(self, fails_at: int | None = None, wait: float = 0.0) -> None:
        self.fails_at = fails_at
        self.wait = wait
        self.asked: list[tuple[str, int]] = []

    def describe(self) -> Mapping[str, Any]:
        return {"backend": "parrot"}

    def batches(
        self, requests: Sequence[SampleRequest], settings: SamplingSettings
    ) -> list[list[SampleRequest]]:
        backwards = list(reversed(requests))
        return [backwards[at : at + 3] for at in range(0, len(backwards), 3)]

    def generate(
        self, batches: Iterable[Sequence[SampleRequest]], settings: SamplingSettings
    ) -> Iterator[list[tuple[SampleRequest, Generation]]]:
        import time

        for number, batch in enumerate(batches):
            if number == self.fails_at:
                raise KeyboardInterrupt
            time.sleep(self.wait)
            self.asked += [(one.task_id, one.sample_index) for one in batch]
            yield [(one, Generation(f"{one.begin}{one.seed}", "stop", 3, 4)) for one in batch]


def run(output: Path, backend: Any = None, prompts: Any = PROMPTS, **options: Any) -> Any:
    options = {"settings": SETTINGS, "progress": False, **options}
    return sample(prompts, backend or Parrot(), output, **options)


def test_rows_stand_in_the_order_of_the_prompts(tmp_path: Path) -> None:
    rows = run(tmp_path / "out.jsonl")
    assert rows.column_names == [
        "task_id", "sample_index", "prompt", "generation", "finish_reason", "prompt_tokens",
        "completion_tokens", "seed",
    ]  # fmt: skip
    assert [(row["task_id"], row["sample_index"]) for row in rows] == [
        (one["task_id"], index) for one in PROMPTS for index in range(4)
    ]
    assert rows[0]["prompt"] == "Write 0.\n"
    assert len(set(rows["seed"])) == 20
    assert rows["generation"][:] == [f"<|diff|>{seed}" for seed in rows["seed"]]
    record = json.loads((tmp_path / "out.jsonl.run.json").read_text())
    assert record.items() >= {"backend": "parrot", "num_samples": 4, "top_p": 0.95}.items()


def test_seeds_are_keyed_by_what_is_sampled(tmp_path: Path) -> None:
    seeds = {
        (row["task_id"], row["sample_index"]): row["seed"] for row in run(tmp_path / "a.jsonl")
    }
    fewer = run(tmp_path / "b.jsonl", prompts=PROMPTS[3:])
    assert all(seeds[row["task_id"], row["sample_index"]] == row["seed"] for row in fewer)
    other = run(tmp_path / "c.jsonl", settings=SamplingSettings(num_samples=4, seed=1))
    assert not set(other["seed"]) & set(seeds.values())


def test_plain_programs_columns_and_beginnings(tmp_path: Path) -> None:
    prompts = Dataset.from_list([{"id": 7, "text": "One.", "entry": "f", "prompt": "no"}])
    options: dict[str, Any] = {"task_column": "id", "prompt_column": "text"}
    row = run(tmp_path / "a.jsonl", None, prompts, edit_format=None, **options)[0]
    assert (row["task_id"], row["prompt"], row["generation"]) == ("7", "One.\n", str(row["seed"]))
    row = run(tmp_path / "b.jsonl", None, prompts, begin="def f", keep_columns=["entry"], **options)
    assert row[0]["generation"].startswith("def f")
    assert row["entry"][:] == ["f"] * 4


@pytest.mark.parametrize("fails_at", [0, 1, 3, 6])
def test_a_run_goes_on(fails_at: int, tmp_path: Path) -> None:
    whole = tmp_path / "whole.jsonl"
    run(whole)
    output = tmp_path / "out.jsonl"
    first, second = Parrot(fails_at), Parrot()
    with pytest.raises(KeyboardInterrupt):
        run(output, first)
    assert len(output.read_bytes().splitlines() if output.exists() else []) == 3 * fails_at
    run(output, second)
    assert output.read_bytes() == whole.read_bytes()
    assert not set(first.asked) & set(second.asked)
    third = Parrot()
    run(output, third)
    assert third.asked == []


@pytest.mark.parametrize("fails_at", [3, None])
def test_kept_columns_are_those_of_the_call_that_goes_on(
    fails_at: int | None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    prompts = [{**one, "level": 1, "topic": "sums"} for one in PROMPTS]
    output, first, second = tmp_path / "out.jsonl", Parrot(fails_at), Parrot()
    with pytest.raises(KeyboardInterrupt) if fails_at else nullcontext():
        run(output, first, prompts, keep_columns=["level"])
    prompts = [{**one, "topic": one["task_id"]} for one in prompts]
    rows = run(output, second, prompts, keep_columns=["topic"])
    assert rows.column_names[-2:] == ["seed", "topic"]
    assert rows["topic"][:] == rows["task_id"][:]
    assert len(second.asked) == (11 if fails_at else 0)
    assert not caplog.records
    before = output.stat()
    run(output, None, prompts, keep_columns=["topic"])
    assert output.stat().st_ino == before.st_ino


DAMAGES = {
    "a torn line": lambda data: data[:-40],
    "a torn line in the middle": lambda data: data[:300] + data[330:],
    "zeros at the end": lambda data: data[:-200] + b"\0" * 200,
    "a line twice": lambda data: data + data.splitlines(keepends=True)[0],
    "no newline at the end": lambda data: data[:-1],
    "other lines": lambda data: b'[]\n{}\n7\n{"task_id": [], "sample_index": 0}\n' + data,
    "nested deeply": lambda data: data + b"[" * 100_000 + b"\n",
    "another prompt": lambda data: data.replace(b"Write 3.", b"Write 9."),
    "empty": lambda data: b"",
}


@pytest.mark.parametrize("name", DAMAGES)
def test_what_is_damaged_is_drawn_again(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    output = tmp_path / "out.jsonl"
    run(output)
    whole = output.read_bytes()
    output.write_bytes(DAMAGES[name](whole))
    run(output)
    assert output.read_bytes() == whole
    assert ("drawn again" in caplog.text) == (name != "empty")


def test_killed_and_continued(tmp_path: Path) -> None:
    whole = tmp_path / "whole.jsonl"
    run(whole)
    script, output = tmp_path / "script.py", tmp_path / "out.jsonl"
    script.write_text(SCRIPT)
    started = []
    for lines in (3, 12):
        process = subprocess.Popen(
            [sys.executable, str(script), str(output)], env={"PYTHONPATH": PYTHONPATH}
        )
        wait_until(lambda: output.exists() and output.read_bytes().count(b"\n") >= lines)  # noqa: B023
        process.send_signal(signal.SIGKILL)
        process.wait()
        started.append(output.read_bytes().count(b"\n"))
    assert 3 <= started[0] < started[1] < 20
    last = Parrot()
    run(output, last)
    assert len(last.asked) <= 20 - started[1] + 2
    assert output.read_bytes() == whole.read_bytes()


def test_another_run_is_refused(tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    before = run(output, settings=SamplingSettings(num_samples=4, temperature=0.5))
    with pytest.raises(ConfigError, match=r"temperature was 0\.5, is 1\.0"):
        run(output)
    with pytest.raises(ConfigError, match="edit_format was"):
        run(output, settings=SamplingSettings(num_samples=4, temperature=0.5), edit_format="whole")
    with pytest.raises(ConfigError, match="tasks was 5, is 4"):
        run(output, None, PROMPTS[:4], settings=SamplingSettings(num_samples=4, temperature=0.5))
    assert len(before) == 20
    assert len(run(output, overwrite=True)) == 20
    (tmp_path / "out.jsonl.run.json").unlink()
    with pytest.raises(ConfigError, match="does not say"):
        run(output)


def test_two_runs_at_once_are_refused(tmp_path: Path) -> None:
    class Nested(Parrot):
        def generate(self, batches: Any, settings: Any) -> Any:
            with pytest.raises(ConfigError, match="being written"):
                run(tmp_path / "out.jsonl")
            yield from super().generate(batches, settings)

    assert len(run(tmp_path / "out.jsonl", Nested())) == 20


BAD: list[tuple[Any, type[Exception], str]] = [
    ([], ConfigError, "there is none"),
    ([PROMPTS[0], PROMPTS[0]], ConfigError, "'T/0' is there twice"),
    ([{"task_id": "a"}], ColumnError, "'prompt'"),
    ([{"task_id": None, "prompt": "a"}], ColumnError, "not the name of a task"),
    ([{"task_id": "a", "prompt": None}], ColumnError, "neither a text nor chat"),
    ([{"task_id": "a", "prompt": []}], ColumnError, "neither a text nor chat"),
    ([{"task_id": "a", "prompt": ["b"]}], ColumnError, "neither a text nor chat"),
    ([{"task_id": "a", "prompt": "\ud800"}], ColumnError, "lone surrogate"),
    ("prompts", ConfigError, "neither a dataset"),
]


@pytest.mark.parametrize(("prompts", "kind", "said"), BAD)
def test_prompts_that_cannot_be(
    prompts: Any, kind: type[Exception], said: str, tmp_path: Path
) -> None:
    with pytest.raises(kind, match=said):
        run(tmp_path / "out.jsonl", None, prompts)
    assert list(tmp_path.iterdir()) == []


KEPT: list[tuple[Any, str]] = [
    (date(2026, 1, 1), "holds date, which JSON does not have"),
    (b"text", "holds bytes"),
    ("\ud800", "holds a lone surrogate"),
]


@pytest.mark.parametrize(("value", "said"), KEPT)
def test_columns_that_no_file_can_keep(value: Any, said: str, tmp_path: Path) -> None:
    with pytest.raises(ColumnError, match=f"'extra' of task 'a' {said}"):
        run(tmp_path / "out.jsonl", None, [{"task_id": "a", "prompt": "b", "extra": value}],
            keep_columns=["extra"])  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_a_kept_column_replaces_none_of_ours(tmp_path: Path) -> None:
    prompts = [{"task_id": "a", "prompt": "b", "generation": "c"}]
    with pytest.raises(ConfigError, match="a column 'generation' already"):
        run(tmp_path / "out.jsonl", None, prompts, keep_columns=["generation"])


def test_prompts_may_hold_tuples_and_be_of_two_kinds(tmp_path: Path) -> None:
    chat = ({"role": "user", "content": ({"type": "text"},)},)
    prompts = [{"task_id": "a", "prompt": chat}, {"task_id": "b", "prompt": "c"}]
    rows = run(tmp_path / "out.jsonl", None, prompts)
    assert rows["prompt"][:] == [json.loads(json.dumps(chat))] * 4 + ["c\n"] * 4


def test_types_of_columns_do_not_depend_on_what_is_known(tmp_path: Path) -> None:
    class Refuses(Parrot):
        known: tuple[int, ...] = ()

        def generate(self, batches: Any, settings: Any) -> Any:
            for batch in super().generate(batches, settings):
                yield [
                    (one, found if int(one.task_id) in self.known else Generation(None, "refused"))
                    for one, found in batch
                ]

    # More than `datasets` reads at once.
    prompts = [{"task_id": str(number), "prompt": "x" * 1_000_000} for number in range(14)]
    features = run(tmp_path / "none.jsonl", Refuses(), prompts).features
    backend = Refuses()
    backend.known = (12, 13)
    rows = run(tmp_path / "some.jsonl", backend, prompts)
    assert features == rows.features
    assert rows["completion_tokens"][:] == [None] * 48 + [4] * 8


@pytest.mark.parametrize(
    "options",
    [
        {"num_samples": 0}, {"num_samples": True}, {"temperature": -1.0}, {"temperature": "1"},
        {"temperature": float("nan")}, {"top_p": 0}, {"top_p": 1.1}, {"max_new_tokens": 0},
        {"seed": -1}, {"stop": ("",)}, {"stop": (7,)},
    ],
)  # fmt: skip
def test_settings_that_cannot_be(options: dict[str, Any]) -> None:
    (name,) = options
    with pytest.raises(ConfigError, match=name):
        SamplingSettings(**options)


def test_outputs_and_formats_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="jsonl"):
        run(tmp_path / "out.json")
    with pytest.raises(ConfigError, match="edit_format"):
        run(tmp_path / "out.jsonl", edit_format="no_such_format")
