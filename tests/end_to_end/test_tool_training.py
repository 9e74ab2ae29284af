"""Calls of tools in a chat template, and in the batches of the real trainer."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset, load_dataset

from lintseq_datasets import only_ok, refactor
from lintseq_datasets.jobs.local import generate
from tests.tiny import EXAMPLES, tiny_model, tiny_tokenizer
from tests.unit.mapping.test_tool_calls import replay

pytest.importorskip("torch")

END, CALL = "<|end|>", "<|call|>"
TEMPLATE = (
    "{% if tools %}<|tools|>{{ tools | tojson }}<|end|>{% endif %}"
    "{% for message in messages %}"
    "{% if message.role == 'assistant' %}<|assistant|>{% generation %}{{ message.content }}"
    "{% if 'tool_calls' in message %}{% for call in message['tool_calls'] %}<|call|>"
    '{"name": {{ call.function.name | tojson }}, '
    '"arguments": {{ call.function.arguments | tojson }}}'
    "{% endfor %}{% endif %}<|end|>{% endgeneration %}"
    "{% else %}<|{{ message.role }}|>{{ message.content }}<|end|>{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
SOURCE = [*EXAMPLES[:4], {"instruction": "Broken.", "response": "n ="}]
OPTIONS: Any = {"num_samples": 1, "linter": "syntax", "output_format": "tool_calls"}


def chat_tokenizer() -> Any:
    tokenizer = tiny_tokenizer()
    tokenizer.add_special_tokens({"additional_special_tokens": [END, CALL, "<|assistant|>"]})
    tokenizer.chat_template = TEMPLATE
    return tokenizer


def stored(way: str, folder: Path) -> Dataset:
    """Rows of calls as they come back from a way to store them."""
    if way == "refactor":
        return refactor(Dataset.from_list(SOURCE), **OPTIONS)
    path = folder / {"json": "edits.jsonl", "parquet": "edits.parquet", "directory": "edits"}[way]
    generate(Dataset.from_list(SOURCE), path, **OPTIONS)
    cache = str(folder / "cache")
    if way == "directory":
        return load_dataset(str(path), split="train", cache_dir=cache)
    return load_dataset(way, data_files=str(path), split="train", cache_dir=cache)


@pytest.mark.parametrize("way", ["refactor", "json", "parquet", "directory"])
def test_arguments_have_the_keys_of_their_call(way: str, tmp_path: Path) -> None:
    """Whatever stored them: a template that prints the arguments prints no others."""
    tokenizer = chat_tokenizer()
    rows = only_ok(stored(way, tmp_path))
    assert len(rows) == 4
    names = set()
    for row in rows:
        tools = {tool["function"]["name"]: tool["function"] for tool in row["tools"]}
        text = tokenizer.apply_chat_template(row["messages"], tools=row["tools"], tokenize=False)
        assert json.dumps(row["tools"]) in text
        assert "null" not in text
        for message in row["messages"]:
            assert None not in message.values()
            for call in message.get("tool_calls", ()):
                arguments = call["function"]["arguments"]
                assert list(arguments) == tools[call["function"]["name"]]["parameters"]["required"]
                assert json.dumps(arguments, ensure_ascii=False) in text
                names.add(call["function"]["name"])
        assert replay(row["messages"], "") == row["program"]
    assert names >= {"create", "insert"}


def test_templates_of_models_print_no_none() -> None:
    """Those that come with TRL and print arguments as JSON."""
    trl = pytest.importorskip("trl")
    tokenizer = chat_tokenizer()
    row = only_ok(refactor(Dataset.from_list(SOURCE), **OPTIONS))[0]
    arguments = [call["tool_calls"][0]["function"]["arguments"] for call in row["messages"][1::2]]
    tried = 0
    for path in (Path(trl.__file__).parent / "chat_templates").glob("*.jinja"):
        template = path.read_text(encoding="utf-8")
        if "arguments | tojson" in template:
            text = tokenizer.apply_chat_template(
                row["messages"], tools=row["tools"], chat_template=template, tokenize=False
            )
            assert all(json.dumps(one, ensure_ascii=False) in text for one in arguments), path
            assert "null" not in text, path
            tried += 1
    assert tried > 5


def test_the_trainer_trains_on_calls_alone(tmp_path: Path) -> None:
    from trl import SFTConfig, SFTTrainer

    tokenizer = chat_tokenizer()
    model = tiny_model(tokenizer)
    model.resize_token_embeddings(len(tokenizer))
    rows = only_ok(stored("parquet", tmp_path))
    config = SFTConfig(
        str(tmp_path / "model"), assistant_only_loss=True, max_length=None, save_strategy="no",
        per_device_train_batch_size=len(rows), max_steps=1, report_to="none", use_cpu=True,
        disable_tqdm=True,
    )  # fmt: skip
    trainer = SFTTrainer(model, args=config, train_dataset=rows, processing_class=tokenizer)
    batch = next(iter(trainer.get_train_dataloader()))
    programs = {row["program"]: row for row in rows}
    for ids, labels in zip(batch["input_ids"].tolist(), batch["labels"].tolist(), strict=True):
        spans = [
            [label for _, label in span]
            for is_trained, span in groupby(enumerate(labels), lambda one: one[1] != -100)
            if is_trained
        ]
        assert [label for label in labels if label != -100] == [
            token for token, label in zip(ids, labels, strict=True) if label != -100
        ]
        turns = [tokenizer.decode(span) for span in spans]
        assert all(turn.startswith(CALL) and turn.endswith(END) for turn in turns)
        assert (spans[0][0], spans[-1][-1]) == tuple(
            tokenizer.convert_tokens_to_ids(token) for token in (CALL, END)
        )
        calls = [json.loads(turn.removeprefix(CALL).removesuffix(END)) for turn in turns]
        made = [{"tool_calls": [{"function": call}]} for call in calls]
        row = programs.pop(replay(made, ""))
        assert len(turns) == row["num_edits"]
    assert not programs
    trainer.train()
