"""Calls of tools in a chat template, and in the batches of the real trainer."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset, load_dataset

from lintseq_datasets import only_ok, refactor
from lintseq_datasets.errors import ConfigError
from lintseq_datasets.jobs.local import generate
from lintseq_datasets.training import add_diff_token, length_report, training_rows
from tests.tiny import EXAMPLES, tiny_model, tiny_tokenizer
from tests.unit.mapping.test_tool_calls import replay

pytest.importorskip("torch")

END, CALL = "<|end|>", "<|call|>"
pytestmark = pytest.mark.usefixtures("still_heap")

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


def trainer_of(rows: Dataset, tokenizer: Any, folder: Path, **options: Any) -> Any:
    from trl import SFTConfig, SFTTrainer

    model = tiny_model(tokenizer)
    model.resize_token_embeddings(len(tokenizer))
    config = SFTConfig(
        str(folder / "model"), max_length=None, save_strategy="no", report_to="none",
        per_device_train_batch_size=len(rows), max_steps=1, use_cpu=True, disable_tqdm=True,
        **options,
    )  # fmt: skip
    return SFTTrainer(model, args=config, train_dataset=rows, processing_class=tokenizer)


def trained_spans(trainer: Any) -> list[list[list[int]]]:
    """For each row of a batch the runs of tokens with a loss."""
    batch = next(iter(trainer.get_train_dataloader()))
    found = []
    for ids, labels in zip(batch["input_ids"].tolist(), batch["labels"].tolist(), strict=True):
        assert all(label in (-100, token) for token, label in zip(ids, labels, strict=True))
        runs = groupby(labels, lambda label: label != -100)
        found.append([list(run) for is_trained, run in runs if is_trained])
    return found


def test_the_trainer_trains_on_calls_alone(tmp_path: Path) -> None:
    tokenizer = chat_tokenizer()
    stored_rows = stored("parquet", tmp_path)
    rows, selection = training_rows(stored_rows)
    assert rows.column_names == ["messages", "tools"]
    assert selection.dropped == {"skipped:syntax_error": 1}
    trainer = trainer_of(rows, tokenizer, tmp_path, assistant_only_loss=True)
    programs = {row["program"]: row for row in only_ok(stored_rows)}
    for spans in trained_spans(trainer):
        turns = [tokenizer.decode(span) for span in spans]
        assert all(turn.startswith(CALL) and turn.endswith(END) for turn in turns)
        ends = tuple(tokenizer.convert_tokens_to_ids(token) for token in (CALL, END))
        assert (spans[0][0], spans[-1][-1]) == ends
        calls = [json.loads(turn.removeprefix(CALL).removesuffix(END)) for turn in turns]
        made = [{"tool_calls": [{"function": call}]} for call in calls]
        row = programs.pop(replay(made, ""))
        assert len(turns) == row["num_edits"]
    assert not programs
    report = length_report(rows, tokenizer, 200)
    prepared = trainer.train_dataset
    assert list(report.tokens) == [len(ids) for ids in prepared["input_ids"]]
    masks = [[label != -100 for label in labels] for labels in prepared["labels"]]
    assert report.loss_tokens == sum(map(sum, masks))
    cut = [mask for mask in masks if len(mask) > 200]
    assert report.too_long == len(cut) > 0
    assert report.without_loss == sum(not any(mask[:200]) for mask in cut)
    trainer.train()


def test_lengths_need_a_template_that_marks_the_assistant(tmp_path: Path) -> None:
    rows, _ = training_rows(stored("refactor", tmp_path))
    tokenizer = chat_tokenizer()
    tokenizer.chat_template = TEMPLATE.replace("{% generation %}", "").replace(
        "{% endgeneration %}", ""
    )
    with pytest.raises(ConfigError, match="generation"):
        length_report(rows, tokenizer)


@pytest.mark.parametrize(
    "options",
    [
        {"output_format": "next_edit", "edits_so_far": True},
        {"output_format": "next_edit", "done": "Done.", "edits_per_row": 2, "conversational": True},
        {"output_format": "fim"},
        {"output_format": "fim", "fim_markers": "codestral"},
    ],
)
def test_the_trainer_trains_on_edits_alone(options: Any, tmp_path: Path) -> None:
    dataset = refactor(Dataset.from_list(SOURCE), num_samples=1, linter="syntax", **options)
    rows, _ = training_rows(dataset)
    assert rows.column_names == ["prompt", "completion"]
    is_chat = isinstance(rows[0]["prompt"], list)
    tokenizer = chat_tokenizer()
    add_diff_token(tokenizer)
    names = ["<fim_prefix>", "<fim_suffix>", "<fim_middle>", "[PREFIX]", "[SUFFIX]"]
    tokenizer.add_special_tokens({"additional_special_tokens": names})
    spans = trained_spans(trainer_of(rows, tokenizer, tmp_path))
    end = END if is_chat else tokenizer.eos_token
    trained = sorted(tokenizer.decode(span) for (span,) in spans)
    completions = [
        row["completion"][0]["content"] if is_chat else row["completion"] for row in rows
    ]
    if options.get("fim_markers") == "codestral":  # the prefix may end in a part of a token
        assert all(text.endswith(end) for text in trained)
    else:
        assert trained == sorted(text + end for text in completions)
    assert {span[-1] for (span,) in spans} == {tokenizer.convert_tokens_to_ids(end)}
    if options["output_format"] == "next_edit":
        token = tokenizer.convert_tokens_to_ids("<|diff|>")
        firsts = [span[0] for (span,) in spans]
        assert firsts.count(token) == sum(text.startswith("<|diff|>") for text in completions)
