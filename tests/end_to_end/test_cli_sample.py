"""The command sample, with a model on the disk and with a server."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lintseq_datasets.cli import main
from lintseq_datasets.evaluation import Endpoint, SamplingSettings
from tests.unit.evaluation import completions
from tests.unit.evaluation.completions import serve

PROMPTS = [{"task_id": f"T/{number}", "prompt": f"Write {number}.\n"} for number in range(3)]


def run(*args: Any, code: int = 0, env: dict[str, str] | None = None) -> str:
    done = CliRunner().invoke(main, ["sample", *map(str, args)], env=env)
    assert done.exit_code == code, done.output
    return done.output


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_model_on_the_disk(write_jsonl: Callable[..., Path], tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    from lintseq_datasets.training import add_diff_token
    from tests.tiny import tiny_model, tiny_tokenizer

    tokenizer = tiny_tokenizer()
    model = tiny_model(tokenizer)
    add_diff_token(tokenizer, model)
    for part in (tokenizer, model):
        part.save_pretrained(tmp_path / "model")
    prompts, output = write_jsonl(PROMPTS), tmp_path / "out.jsonl"
    command = [prompts, "-o", output, "-m", tmp_path / "model", "-n", 2, "--max-new-tokens", 5]
    assert "6 samples written" in run(*command)
    rows = rows_of(output)
    assert [row["task_id"] for row in rows] == ["T/0", "T/0", "T/1", "T/1", "T/2", "T/2"]
    assert all(row["completion_tokens"] <= 5 for row in rows)
    before = output.read_bytes()
    said = run(*command)
    assert f"{output}: finished before, nothing to do" in said
    assert "written" not in said
    assert output.read_bytes() == before
    output.write_bytes(before[before.index(b"\n") + 1 :] + before[: before.index(b"\n") + 1])
    assert "6 samples written" in run(*command)  # in order again
    assert output.read_bytes() == before
    assert "num_samples was 2, is 3" in run(*command, "-n", 3, code=2)
    run(*command, "-n", 1, "--overwrite", "--limit", 2, "--plain", "--quiet")
    assert [row["generation"].startswith("<|diff|>") for row in rows_of(output)] == [False] * 2


def test_a_server(write_jsonl: Callable[..., Path], tmp_path: Path) -> None:
    prompts, output = write_jsonl(PROMPTS), tmp_path / "out.jsonl"
    with serve(completions.cut_off, completions.status(429, Retry_After="0")) as server:
        options = ["-m", "tiny", "--endpoint", server.url, "--api-key-env", "MY_KEY", "-n", 2]
        said = run(prompts, "-o", output, *options, env={"MY_KEY": "secret"})
        assert "6 samples written" in said
        assert len(server.requests) == 8
        assert {sent["Authorization"] for _, sent, _ in server.requests} == {"Bearer secret"}
        assert "no variable 'MY_KEY'" in run(prompts, "-o", output, *options, code=2)
    assert len(rows_of(output)) == 6
    with serve(completions.status(401)) as server:
        said = run(prompts, "-o", tmp_path / "b.jsonl", "-m", "tiny", "--endpoint", server.url,
                   "--concurrency", 1, code=2)  # fmt: skip
        assert "status 401" in said
        assert "Authorization" not in server.requests[0][1]


def test_a_benchmark(write_jsonl: Callable[..., Path], tmp_path: Path) -> None:
    rows = [{"task_id": 3, "text": "Write a function to add.", "code": "def add(a): pass",
             "test_list": ["assert add(1)"]}]  # fmt: skip
    problems, output = write_jsonl(rows), tmp_path / "out.jsonl"
    with serve() as server:
        options = [problems, "-o", output, "-m", "tiny", "--endpoint", server.url, "-n", 1]
        run(*options, "--benchmark", "mbpp", "--form", "inside", "--keep-column", "entry_point")
        assert "'text', 'docstring'" in run(*options, "--benchmark", "mbpp", "--form", "no", code=2)
        assert "--benchmark" in run(*options, "--form", "inside", code=2)
    (row,) = rows_of(output)
    assert row["task_id"] == "Mbpp/3"
    assert row["prompt"] == "Write a function `add(a)` to add.\n"
    assert row["entry_point"] == "add"


def test_wrong_usage(write_jsonl: Callable[..., Path], tmp_path: Path) -> None:
    prompts = write_jsonl(PROMPTS)
    options = [prompts, "-o", tmp_path / "out.jsonl", "-m", "tiny"]
    assert "--endpoint" in run(*options, "--chat", code=2)
    assert ".jsonl" in run(prompts, "-o", tmp_path / "out.json", "-m", "tiny", code=2)
    assert "cannot load" in run(prompts, "-o", tmp_path / "o.jsonl", "-m", tmp_path / "no", code=2)
    assert "no address" in run(*options, "--endpoint", "host:8000", code=2)
    assert "no column 'text'" in run(
        *options, "--endpoint", "http://127.0.0.1:1/v1", "--prompt-column", "text", code=2
    )


def test_options_have_the_defaults_of_the_library() -> None:
    given = {parameter.name: parameter.default for parameter in main.commands["sample"].params}
    settings = SamplingSettings().as_dict()
    del settings["stop"]
    endpoint = Endpoint("http://host/v1", "m")
    names = ("concurrency", "timeout", "refused")
    assert given.items() >= settings.items()
    assert given.items() >= {name: getattr(endpoint, name) for name in names}.items()
