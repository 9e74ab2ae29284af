"""From programs to a model that writes them edit by edit, with the real trainer, on a CPU."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from datasets import Dataset

from lintseq_datasets import DIFF_TOKEN, build_card, refactor, resolve
from lintseq_datasets.cli import main
from lintseq_datasets.errors import ConfigError, RowError
from lintseq_datasets.jobs.local import generate
from lintseq_datasets.mapping.epochs import EpochTransform
from lintseq_datasets.training import (
    RECIPES,
    EpochExamples,
    add_diff_token,
    add_lora,
    filter_by_length,
    lora_config,
    training_rows,
)
from tests.conftest import PYTHONPATH, ROOT
from tests.end_to_end.test_tool_training import chat_tokenizer
from tests.faults.workers import no_processes
from tests.scripts import run_script
from tests.tiny import EXAMPLES, SHAPE, tiny_model, tiny_tokenizer

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.usefixtures("still_heap")

MAX_LENGTH = 300


@pytest.fixture(scope="module")
def rows() -> Dataset:
    """Four rows of real edit sequences, of different prompts."""
    edits = refactor(Dataset.from_list(EXAMPLES), num_samples=1, linter="syntax")
    tokenizer = tiny_tokenizer()
    add_diff_token(tokenizer)
    kept, _ = filter_by_length(training_rows(edits, keep=["program"])[0], tokenizer, MAX_LENGTH)
    return kept.select(range(4))


def trainer_for(model: Any, tokenizer: Any, rows: Dataset, folder: Path, **options: Any) -> Any:
    from trl import SFTConfig, SFTTrainer

    peft_config = options.pop("peft_config", None)
    config = RECIPES["tinycodelm-150m"].sft_options(
        folder,
        num_samples=1,
        **{
            "per_device_train_batch_size": 4,
            "gradient_accumulation_steps": 1,
            "max_length": MAX_LENGTH,
            "save_strategy": "no",
            "logging_steps": 5,
            "disable_tqdm": True,
            **options,
        },
    )
    return SFTTrainer(
        model,
        args=SFTConfig(**config),
        train_dataset=rows,
        processing_class=tokenizer,
        peft_config=peft_config,
    )


def losses(state: Any) -> list[float]:
    history = state["log_history"] if isinstance(state, dict) else state.log_history
    return [float(step["loss"]) for step in history if "loss" in step]


def write(model: Any, tokenizer: Any, prompt: str) -> str:
    """What a model writes after a prompt and the first token, greedily."""
    given = tokenizer(prompt + DIFF_TOKEN, return_tensors="pt")
    ids = model.generate(
        input_ids=given["input_ids"],
        attention_mask=given["attention_mask"],
        max_new_tokens=MAX_LENGTH,
        do_sample=False,
    )
    new = ids[0, given["input_ids"].shape[1] :]
    assert new[-1] == tokenizer.eos_token_id  # it learnt to stop
    return DIFF_TOKEN + str(tokenizer.decode(new, skip_special_tokens=True))


def test_a_model_learns_to_write_programs(rows: Dataset, tmp_path: Path) -> None:
    tokenizer = tiny_tokenizer()
    model = tiny_model(tokenizer)
    token_id = add_diff_token(tokenizer, model)
    trainer = trainer_for(model, tokenizer, rows, tmp_path, learning_rate=5e-3, num_train_epochs=90)

    batch = next(iter(trainer.get_train_dataloader()))
    assert len(batch["labels"]) == 4
    for ids, labels in zip(batch["input_ids"].tolist(), batch["labels"].tolist(), strict=True):
        trained = [index for index, label in enumerate(labels) if label != -100]
        assert trained == list(range(trained[0], trained[-1] + 1))
        assert trained[0] == ids.index(token_id) > 0
        assert [labels[index] for index in trained] == [ids[index] for index in trained]
        assert labels[trained[-1]] == tokenizer.eos_token_id
        assert labels.count(tokenizer.eos_token_id) == 1
        text = tokenizer.decode(labels[trained[0] : trained[-1]])
        prompt = tokenizer.decode(ids[: trained[0]])
        assert {"prompt": prompt, "completion": text} in rows.remove_columns("program").to_list()

    trainer.train()
    found = losses(trainer.state)
    assert found[0] > 5
    assert found[-1] < 0.5
    model.eval()
    for row in rows:
        text = write(model, tokenizer, row["prompt"])
        assert text == row["completion"]
        assert resolve(text, strict=False) == row["program"]


@pytest.mark.parametrize("tied", [True, False])
def test_lora_trains_the_row_of_the_token(tied: bool, rows: Dataset, tmp_path: Path) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = tiny_tokenizer()
    base = tiny_model(tokenizer, vocab_size=600, tie_word_embeddings=tied)
    base.save_pretrained(tmp_path / "base")
    token_id = add_diff_token(tokenizer, base)
    before = [layer.weight.detach().clone() for layer in embeddings(base)]
    model = add_lora(base, tokenizer, r=16, lora_dropout=0.0)
    trainer = trainer_for(
        model, tokenizer, rows, tmp_path / "adapter", learning_rate=2e-2, num_train_epochs=15,
        gradient_checkpointing=True,
    )  # fmt: skip
    trainer.train()
    found = losses(trainer.state)
    assert found[-1] < found[0] - 0.3
    trainer.save_model()

    # Loaded as the documentation says.
    loaded = AutoTokenizer.from_pretrained(tmp_path / "adapter")
    fresh = AutoModelForCausalLM.from_pretrained(tmp_path / "base")
    assert add_diff_token(loaded, fresh) == token_id
    merged = PeftModel.from_pretrained(fresh, str(tmp_path / "adapter")).merge_and_unload()
    model.eval()
    ids = torch.tensor([[5, token_id, 6, 7]])
    assert torch.allclose(merged(ids).logits, model(ids).logits, atol=1e-3)
    for layer, old in zip(embeddings(merged), before, strict=True):
        changed = (layer.weight[:601] - old).abs().amax(dim=1) > 1e-6
        assert changed.nonzero().flatten().tolist() == [token_id]
    assert (embeddings(merged)[0].weight is embeddings(merged)[1].weight) == tied


def embeddings(model: Any) -> tuple[Any, Any]:
    return model.get_input_embeddings(), model.get_output_embeddings()


@pytest.mark.parametrize("tied", [True, False])
def test_the_trainer_takes_the_configuration_of_lora(
    tied: bool, rows: Dataset, tmp_path: Path
) -> None:
    from peft import PeftModel

    tokenizer = tiny_tokenizer()
    base = tiny_model(tokenizer, tie_word_embeddings=tied)
    token_id = add_diff_token(tokenizer, base)
    before = [layer.weight.detach().clone() for layer in embeddings(base)]
    trainer = trainer_for(
        base, tokenizer, rows, tmp_path, learning_rate=1e-2, num_train_epochs=10,
        peft_config=lora_config(base, tokenizer, r=8, lora_dropout=0.0),
    )  # fmt: skip
    trainer.train()
    found = losses(trainer.state)
    assert found[-1] < found[0] - 0.3
    trainer.save_model()
    ids = torch.tensor([[5, token_id, 6]])
    logits = trainer.model.eval()(ids).logits

    fresh = tiny_model(tiny_tokenizer(), tie_word_embeddings=tied)
    assert add_diff_token(tiny_tokenizer(), fresh) == token_id
    merged = PeftModel.from_pretrained(fresh, str(tmp_path)).merge_and_unload()
    assert torch.allclose(merged(ids).logits, logits, atol=1e-3)
    for layer, old in zip(embeddings(merged), before, strict=True):
        assert (layer.weight[token_id] - old[token_id]).abs().max() > 1e-3
    assert torch.equal(embeddings(merged)[0].weight, embeddings(merged)[1].weight) == tied


# --- the example scripts -------------------------------------------------------------


def run(*command: str | Path, home: Path) -> str:
    environment = {
        **os.environ, "PYTHONPATH": PYTHONPATH, "HF_HOME": str(home), "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "",
    }  # fmt: skip
    result = subprocess.run(
        [sys.executable, *map(str, command)],
        capture_output=True, text=True, encoding="utf-8", env=environment, cwd=home, timeout=900,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr[-4000:]
    return result.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny model, and edit sequences that the command line made."""
    folder = tmp_path_factory.mktemp("training")
    tokenizer = tiny_tokenizer()
    tiny_model(tokenizer).save_pretrained(folder / "tiny")
    tokenizer.save_pretrained(folder / "tiny")
    generate = ["generate", str(ROOT / "examples" / "programs.jsonl"), "--num-samples", "2"]
    with no_processes():
        made = CliRunner().invoke(
            main, [*generate, "--output", str(folder / "edits"), "--linter", "syntax"]
        )
    assert made.exit_code == 0, made.output
    return folder


TRAIN = ROOT / "examples" / "train_trl.py"
SMALL = (
    "--model", "tiny", "--num-samples", "2", "--batch-size", "8", "--per-device-batch-size", "4",
    "--max-length", "400", "--learning-rate", "5e-3", "--epochs", "2",
)  # fmt: skip


def test_the_training_script(folder: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    printed = run_script(TRAIN, "edits", "--output", "model", *SMALL, folder=folder)
    assert "63 rows in, 29 kept, 34 dropped" in printed
    assert "(longer_than_400 33, skipped:syntax_error 1)" in printed
    assert "would lose the end of sequence       33" in printed
    found = losses(json.loads((folder / "model" / "trainer_state.json").read_text()))
    assert len(found) == 2 * 4  # epochs, and steps of eight rows
    assert found[-1] < found[0] - 0.5
    tokenizer = AutoTokenizer.from_pretrained(folder / "model")
    model = AutoModelForCausalLM.from_pretrained(folder / "model")
    assert tokenizer.convert_tokens_to_ids(DIFF_TOKEN) < model.config.vocab_size


@pytest.mark.slow
def test_the_training_script_in_two_processes_with_lora(folder: Path) -> None:
    launch = (
        "-m", "accelerate.commands.launch", "--cpu", "--num_machines", "1", "--num_processes", "2",
        "--mixed_precision", "no", "--dynamo_backend", "no",
    )  # fmt: skip
    options = ("--lora", "--max-steps", "4")
    run(*launch, TRAIN, "edits", "--output", "lora", *SMALL, *options, home=folder)
    state = json.loads((folder / "lora" / "trainer_state.json").read_text())
    assert len(losses(state)) == 4
    assert losses(state)[-1] < losses(state)[0]
    # 8 rows in a step: 4 for each of the processes
    assert state["train_batch_size"] == 4
    assert state["epoch"] == 1
    assert (folder / "lora" / "adapter_model.safetensors").exists()


@pytest.mark.slow
def test_the_pretraining_script(folder: Path) -> None:
    from transformers import AutoModelForCausalLM

    # Stand-ins with the columns of FineWeb and of The Stack.
    for name, column, source, times in (
        ("web", "text", "instruction", 40), ("code", "content", "response", 10),
    ):  # fmt: skip
        lines = [json.dumps({column: row[source], "id": 1}) for row in EXAMPLES * times]
        (folder / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    shape = [f"{name}={number}" for name, number in SHAPE.items()]
    printed = run_script(
        ROOT / "examples" / "pretrain_tinycodelm.py", "--tokenizer", "tiny", "--web", "web.jsonl",
        "--code", "code.jsonl", "--output", "pretrained", "--block-size", "128", "--batch-size",
        "8", "--per-device-batch-size", "8", "--learning-rate", "3e-3", "--warmup-steps", "5",
        "--max-steps", "40", "--shape", *shape, folder=folder,
    )  # fmt: skip
    assert "172,032 parameters, 40 steps" in printed
    found = losses(json.loads((folder / "pretrained" / "trainer_state.json").read_text()))
    assert found[0] > 6
    assert found[-1] < 5.6
    model = AutoModelForCausalLM.from_pretrained(folder / "pretrained")
    assert model.config.model_type == "olmo"


def test_the_snippets_of_a_card_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the card of a dataset to a model, as printed but for the names on the Hub."""
    edits = refactor(Dataset.from_list(EXAMPLES[:12]), num_samples=1, linter="syntax")
    edits.to_parquet(str(tmp_path / "me" / "edits" / "train.parquet"))
    tokenizer = tiny_tokenizer()
    tiny_model(tokenizer).save_pretrained(tmp_path / "your" / "model")
    tokenizer.save_pretrained(tmp_path / "your" / "model")
    monkeypatch.chdir(tmp_path)
    snippets = re.findall(r"^```python\n(from .*?)^```", build_card(edits, "me/edits"), re.S | re.M)
    load, train = snippets
    train = train.replace('SFTConfig("model"', 'SFTConfig("model", max_steps=1, use_cpu=True')
    names: dict[str, Any] = {}
    exec(load, names)
    exec(train, names)
    assert len(names["rows"]) == names["count"].kept == 12
    assert names["tokenizer"].convert_tokens_to_ids(DIFF_TOKEN) == 600


def test_the_snippets_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of docs/training.md, one after the other, on few rows and with tiny models."""
    text = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")
    snippets = [one for one in re.findall(r"```python\n(.*?)```", text, re.S) if one[:3] != ">>>"]
    for name, tokenizer in {
        RECIPES["tinycodelm-150m"].model: tiny_tokenizer(),
        "Qwen/Qwen3-0.6B": chat_tokenizer(),
    }.items():
        tiny_model(tokenizer, vocab_size=len(tokenizer)).save_pretrained(tmp_path / name)
        tokenizer.save_pretrained(tmp_path / name)
    few = Dataset.from_list(EXAMPLES[:3])
    few.to_json(str(tmp_path / "examples" / "programs.jsonl"))
    generate(few, tmp_path / "edits", num_samples=1, linter="syntax")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"refactor": partial(refactor, num_samples=1, linter="syntax")}
    for one in snippets:
        exec(one.replace('SFTConfig("caller"', 'SFTConfig("caller", max_steps=1'), names)
    assert {"model.safetensors", "tokenizer.json"} <= set(os.listdir("model"))
    assert "adapter_config.json" in os.listdir("adapter")
    assert len(names["rows"]) == len(names["calls"]) == 3


def test_fresh_sequences_in_each_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The snippet of docs/jobs.md, but for what makes it quick."""
    text = (ROOT / "docs" / "jobs.md").read_text(encoding="utf-8")
    (code,) = [one for one in re.findall(r"```python\n(.*?)```", text, re.S) if "EpochEx" in one]
    code = code.replace('linter="ruff"', 'linter="syntax"').replace(
        'SFTConfig("model",', 'SFTConfig("model", use_cpu=True, save_strategy="no",'
    )
    seen: dict[int, list[Any]] = {}
    drawn = EpochExamples.__call__

    def spy(self: EpochExamples, batch: Any) -> Any:
        found = drawn(self, batch)
        seen.setdefault(self.transform.epoch, []).extend(map(tuple, found["input_ids"]))
        return found

    monkeypatch.setattr(EpochExamples, "__call__", spy)
    monkeypatch.chdir(tmp_path)
    tokenizer = tiny_tokenizer()
    broken = {"instruction": "Break.", "response": "def ("}
    Dataset.from_list([*EXAMPLES[:4], broken]).to_json("programs.jsonl")
    tiny_model(tokenizer).save_pretrained("your/model")
    tokenizer.save_pretrained("your/model")
    names: dict[str, Any] = {}
    exec(code, names)
    assert len(names["programs"]) == 4
    assert {epoch: len(set(rows)) for epoch, rows in seen.items()} == {0: 4, 1: 4, 2: 4}
    assert len(set.union(*map(set, seen.values()))) > 8
    example = drawn(names["examples"], names["programs"][:1])
    ids, labels = example["input_ids"][0], example["labels"][0]
    learned = [one for one in labels if one != -100]
    assert ids[-len(learned) :] == learned
    assert names["tokenizer"].decode(learned).startswith(DIFF_TOKEN)
    assert learned[-1] == tokenizer.eos_token_id


@pytest.mark.parametrize("asked", ["Set a.", ""])
@pytest.mark.parametrize("template", ["$A {}", "{} $A"])
def test_epoch_examples_of_a_tokenizer_that_ends_or_begins_every_text(
    rows: Dataset, template: str, asked: str
) -> None:
    """The loss begins with the first edit, as the trainer has it."""
    tokenizers = pytest.importorskip("tokenizers")
    tokenizer = tiny_tokenizer()
    eos = tokenizer.eos_token
    tokenizer.backend_tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single=template.format(eos), special_tokens=[(eos, tokenizer.eos_token_id)]
    )
    examples = EpochExamples(tokenizer, EpochTransform(num_samples=1, linter="syntax"))
    (labels,) = examples({"instruction": [asked], "code": ["a = 1"]})["labels"]
    learned = [one for one in labels if one != -100]
    assert tokenizer.decode(learned).startswith(f"{DIFF_TOKEN}@@")


def test_epoch_examples_that_cannot_be(rows: Dataset) -> None:
    tokenizer = tiny_tokenizer()
    with pytest.raises(ConfigError, match="num_samples"):
        EpochExamples(tokenizer, EpochTransform(num_samples=2))
    examples = EpochExamples(tokenizer, EpochTransform(num_samples=1, linter="syntax"))
    with pytest.raises(RowError, match="syntax_error"):
        examples({"code": ["def ("]})
