"""Calls of tools: replayed by code of our own, they give the program."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset

from lintseq_datasets import features_of, lintseq_map, randseq_map, resolve
from lintseq_datasets.errors import ConfigError
from lintseq_datasets.jobs.local import generate
from lintseq_datasets.mapping.mappers import revision_map

LINES = ["a = 1", "", "    a = 1", "a = 10", "b"]


def program(rng: random.Random) -> str:
    return "\n".join([*(rng.choice(LINES) for _ in range(rng.randint(1, 12))), "end"])


def replay(messages: list[dict[str, Any]], text: str) -> str:
    for message in messages:
        for call in message.get("tool_calls", ()):
            name, given = call["function"]["name"], call["function"]["arguments"]
            if name == "create":
                text = given["file_text"]
            elif name == "insert":
                lines, place = text.split("\n"), given["insert_line"]
                assert 0 <= place <= len(lines)
                text = "\n".join([*lines[:place], given["new_str"], *lines[place:]])
            elif name == "str_replace":
                place = text.find(given["old_str"])
                assert given["old_str"]
                assert place == text.rfind(given["old_str"]) >= 0
                text = text.replace(given["old_str"], given["new_str"])
            else:
                text = resolve([given["patch"]], start=text, edit_format="apply_patch")
    return text


@pytest.mark.parametrize("tools", ["editor", "str_replace", "apply_patch"])
@pytest.mark.parametrize("start", ["empty", "random_state"])
def test_calls_give_the_program(tools: Any, start: Any) -> None:
    rng = random.Random(0)
    options: Any = {"output_format": "tool_calls", "tools": tools, "start": start}
    options["extract_code"] = None
    out = randseq_map({"code": [program(rng) for _ in range(60)]}, num_samples=2, **options)
    states = out["state"] if start != "empty" else [""] * 120
    assert set(out["status"]) == {"ok"}
    for messages, state, text in zip(out["messages"], states, out["program"], strict=True):
        assert replay(messages, state) == text
    names = {
        call["function"]["name"]
        for messages in out["messages"]
        for message in messages
        for call in message.get("tool_calls", ())
    }
    assert names <= {tool["function"]["name"] for tool in out["tools"][0]}


@pytest.mark.parametrize("tools", ["editor", "str_replace"])
def test_calls_delete(tools: Any) -> None:
    rng = random.Random(1)
    pairs = [(program(rng), program(rng)) for _ in range(60)]
    batch = {"before": [one for one, _ in pairs], "after": [other for _, other in pairs]}
    options: Any = {"language": "lines", "linter": None, "num_samples": 1, "tools": tools}
    out = revision_map(batch, output_format="tool_calls", **options)
    done = [number for number, status in enumerate(out["status"]) if status == "ok"]
    assert len(done) > 50
    for number in done:
        assert replay(out["messages"][number], out["state"][number]) == out["program"][number]


def test_answers_and_the_row_without_a_sequence() -> None:
    batch = {"code": ["a = 1", "a ="], "instruction": ["Do.", "Do."]}
    options: Any = {"linter": "syntax", "num_samples": 1, "file_name": "x.py"}
    out = lintseq_map(batch, output_format="tool_calls", tool_answers="file", **options)
    user, call, answer = out["messages"][0]
    assert (user["content"], answer["name"]) == ("Do.", "create")
    assert answer["content"] == "     1\ta = 1"
    arguments = {"path": "x.py", "file_text": "a = 1"}
    assert call["tool_calls"][0]["function"]["arguments"] == arguments
    assert (out["messages"][1], out["status"][1]) == (None, "skipped:syntax_error")


def test_the_options_belong_to_the_format() -> None:
    with pytest.raises(ConfigError, match="tools"):
        lintseq_map({"code": ["a = 1"]}, tools="apply_patch")


@pytest.mark.parametrize("name", ["out.jsonl", "out.parquet", "out"])
def test_jobs_and_map_write_the_same(tmp_path: Path, name: str) -> None:
    source = Dataset.from_dict({"code": ["n = 4\nprint(n)", "n ="]})
    options: Any = {"linter": "syntax", "num_samples": 2, "output_format": "tool_calls"}
    mapped = source.map(
        lintseq_map, batched=True, remove_columns=source.column_names,
        features=features_of("tool_calls"), fn_kwargs=options,
    )  # fmt: skip
    finished = generate(source, tmp_path / name, **options)
    assert finished.rows == 3
    if name.endswith("jsonl"):
        lines = (tmp_path / name).read_text(encoding="utf-8").splitlines()
        written: Any = [json.loads(line) for line in lines]
    else:
        paths = sorted(map(str, tmp_path.rglob("*.parquet")))
        written = list(Dataset.from_parquet(paths, cache_dir=str(tmp_path / "cache")))
    assert [row["messages"] for row in written] == [row["messages"] for row in mapped]
    assert [row["tools"] for row in written] == [row["tools"] for row in mapped]


@pytest.mark.parametrize("name", ["", "a\nb", " a"])
def test_a_name_that_no_file_has(name: str) -> None:
    options: Any = {"linter": "syntax", "output_format": "tool_calls", "file_name": name}
    with pytest.raises(ConfigError, match=r"^file_name: .* is no name of a file: give one"):
        lintseq_map({"code": ["x = 1"]}, **options)
