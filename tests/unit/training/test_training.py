"""The token, LoRA and configurations for training, and what is said without the extra."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Any

import pytest

from lintseq_datasets import DIFF_TOKEN
from lintseq_datasets.errors import ConfigError, MissingExtraError
from lintseq_datasets.training import (
    RECIPES,
    add_diff_token,
    add_lora,
    lora_config,
    train_tokenizer,
)
from tests.conftest import ROOT
from tests.tiny import tiny_model, tiny_tokenizer
from tests.unit.training.trainers import with_token

torch = pytest.importorskip("torch")

TEXT = f"a =  [ 1 ] .\n{DIFF_TOKEN}@@ -0,0 +1 @@\n+b = 'é\u2028'\n{DIFF_TOKEN}@@ -1,0 +2 @@\n+"


# --- the token -----------------------------------------------------------------------


def test_the_token_is_one_token_that_decoding_keeps() -> None:
    tokenizer = tiny_tokenizer()
    assert tokenizer.decode(tokenizer(TEXT)["input_ids"]) == TEXT  # many tokens so far
    token_id = add_diff_token(tokenizer)
    ids = tokenizer(TEXT)["input_ids"]
    assert ids.count(token_id) == 2
    assert tokenizer.decode(ids, skip_special_tokens=True) == TEXT
    assert tokenizer.decode([token_id], skip_special_tokens=True) == DIFF_TOKEN


@pytest.mark.parametrize("tied", [True, False])
def test_embeddings_grow_once(tied: bool) -> None:
    tokenizer = tiny_tokenizer()
    model = tiny_model(tokenizer, vocab_size=600, tie_word_embeddings=tied)
    before = [layer.weight.detach().clone() for layer in layers(model)]
    token_id = add_diff_token(tokenizer, model)
    assert token_id == 600
    assert model.config.vocab_size == 601
    for layer, old in zip(layers(model), before, strict=True):
        assert layer.weight.shape == (601, 64)
        assert torch.equal(layer.weight[:600], old)
        mean, new = old.mean(dim=0), layer.weight[600]
        assert (new - mean).norm() < 0.1 * old.norm(dim=1).mean()
    assert (layers(model)[0].weight is layers(model)[1].weight) == tied
    model(torch.tensor([[5, token_id, 6]]))  # no IndexError

    grown = [layer.weight.detach().clone() for layer in layers(model)]
    assert add_diff_token(tokenizer, model) == token_id
    assert len(tokenizer) == 601
    for layer, old in zip(layers(model), grown, strict=True):
        assert torch.equal(layer.weight, old)


@pytest.mark.parametrize("tied", [True, False])
def test_spare_rows_are_used_and_never_cut(tied: bool) -> None:
    tokenizer = tiny_tokenizer()
    model = tiny_model(tokenizer, tie_word_embeddings=tied)
    before = [layer.weight.detach().clone() for layer in layers(model)]
    token_id = add_diff_token(tokenizer, model)
    assert model.config.vocab_size == 640
    for layer, old in zip(layers(model), before, strict=True):
        assert torch.allclose(layer.weight[token_id], old[:600].mean(dim=0), atol=1e-6)
        others = [index for index in range(640) if index != token_id]
        assert torch.equal(layer.weight[others], old[others])

    with torch.no_grad():
        layers(model)[0].weight[token_id] = 7.0  # as if it was trained
    add_diff_token(tokenizer, model)
    assert torch.all(layers(model)[0].weight[token_id] == 7.0)


def layers(model: Any) -> tuple[Any, Any]:
    return model.get_input_embeddings(), model.get_output_embeddings()


def test_embeddings_of_a_tokenizer_that_has_the_token() -> None:
    tokenizer = with_token()
    model = tiny_model(tokenizer, vocab_size=600)
    assert add_diff_token(tokenizer, model) == 600
    assert model.config.vocab_size == 601


def test_embeddings_of_a_tokenizer_whose_ids_have_a_gap() -> None:
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

    saved = json.loads(tiny_tokenizer().backend_tokenizer.to_str())
    saved["model"]["vocab"][DIFF_TOKEN] = 900
    gapped = Tokenizer.from_str(json.dumps(saved))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=gapped, eos_token="<|endoftext|>")
    model = tiny_model(tokenizer, vocab_size=640)
    assert add_diff_token(tokenizer, model) == 900 > len(tokenizer)
    model(torch.tensor([[5, 900, 6]]))  # no IndexError


@pytest.mark.parametrize(
    ("rows", "multiple", "expected"),
    [(600, 64, 640), (640, 64, 640), (610, 16, 624), (700, None, 700)],
)
def test_rows_in_multiples(rows: int, multiple: int | None, expected: int) -> None:
    tokenizer = tiny_tokenizer()
    model = tiny_model(tokenizer, vocab_size=rows)
    add_diff_token(tokenizer, model, pad_to_multiple_of=multiple)
    assert model.config.vocab_size == expected


def test_a_special_token_is_refused() -> None:
    tokenizer = tiny_tokenizer()
    tokenizer.add_special_tokens({"additional_special_tokens": [DIFF_TOKEN]})
    with pytest.raises(ConfigError, match="special token, which decoding drops"):
        add_diff_token(tokenizer)


def test_a_tokenizer_that_changes_texts_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    from tokenizers.normalizers import Lowercase, Replace, Sequence

    tokenizer = tiny_tokenizer()
    tokenizer.backend_tokenizer.normalizer = Sequence([Lowercase(), Replace("\n", " ")])
    with caplog.at_level(logging.WARNING):
        add_diff_token(tokenizer)
    assert "does not give texts back unchanged" in caplog.text


def test_a_multiple_of_nothing() -> None:
    tokenizer = tiny_tokenizer()
    with pytest.raises(ConfigError, match="pad_to_multiple_of"):
        add_diff_token(tokenizer, tiny_model(tokenizer), pad_to_multiple_of=0)


# --- LoRA ----------------------------------------------------------------------------


@pytest.mark.parametrize("tied", [True, False])
def test_lora_names_the_embeddings(tied: bool) -> None:
    tokenizer = tiny_tokenizer()
    model = tiny_model(tokenizer, tie_word_embeddings=tied)
    with pytest.raises(ConfigError, match="add_diff_token first"):
        lora_config(model, tokenizer)
    token_id = add_diff_token(tokenizer, model)
    names = ["embed_tokens"] if tied else ["embed_tokens", "lm_head"]
    config = lora_config(model, tokenizer, r=8)
    assert (config.r, config.lora_alpha, config.ensure_weight_tying) == (8, 16, tied)
    assert config.modules_to_save == ["embed_tokens", "lm_head"]
    config = lora_config(model, tokenizer, row_only=True)
    assert (config.modules_to_save, config.ensure_weight_tying) == (None, False)
    assert config.trainable_token_indices == {name: [token_id] for name in names}


def test_lora_trains_one_row_of_the_embeddings() -> None:
    tokenizer = tiny_tokenizer()
    model = tiny_model(tokenizer)
    add_diff_token(tokenizer, model)
    lora = add_lora(model, tokenizer, r=4)
    trained = {name: weight.numel() for name, weight in lora.named_parameters()
               if weight.requires_grad}  # fmt: skip
    assert all("lora_" in name or "trainable_tokens_delta" in name for name in trained)
    assert sum(count for name, count in trained.items() if "lora_" not in name) == 64


# --- configuration files -------------------------------------------------------------

CONFIGS = ROOT / "examples" / "accelerate"


@pytest.mark.parametrize(("name", "device"), [("zero3", "none"), ("zero3_offload", "cpu")])
def test_accelerate_takes_the_configurations(name: str, device: str) -> None:
    from accelerate.commands.config.config_args import load_config_from_file
    from accelerate.commands.launch import _validate_launch_command, launch_command_parser

    path = str(CONFIGS / f"{name}.yaml")
    config = load_config_from_file(path)  # refuses keys that it does not know
    assert config.distributed_type == "DEEPSPEED"
    args = launch_command_parser().parse_args(
        ["--config_file", path, "--num_processes", "4", "examples/train_trl.py", "edits"]
    )
    args, _, _ = _validate_launch_command(args)
    assert args.use_deepspeed
    assert args.zero_stage == 3
    assert args.num_processes == 4
    assert args.mixed_precision == "bf16"
    assert args.offload_param_device == args.offload_optimizer_device == device
    assert args.zero3_init_flag is True
    assert args.zero3_save_16bit_model is True


@pytest.mark.parametrize("name", ["zero3", "zero3_offload"])
def test_deepspeed_files_leave_the_numbers_to_the_recipe(name: str) -> None:
    from accelerate.utils.deepspeed import HfDeepSpeedConfig

    config = HfDeepSpeedConfig(str(CONFIGS / f"{name}.json"))
    assert config.is_zero3()
    assert config.is_offload() == name.endswith("offload")
    for key in (
        "gradient_accumulation_steps", "train_batch_size", "train_micro_batch_size_per_gpu",
        "gradient_clipping", "bf16.enabled", "zero_optimization.reduce_bucket_size",
    ):  # fmt: skip
        assert config.get_value(key) == "auto", key
    assert "optimizer" not in config.config  # the trainer's: AdamW, and the recipe's schedule
    assert "scheduler" not in config.config
    assert config.get_value("zero_optimization.stage3_gather_16bit_weights_on_model_save")


# --- without the extra ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "extra", "call"),
    [
        ("transformers", "train", lambda tokenizer, model: train_tokenizer(["a"])),
        ("tokenizers", "train", lambda tokenizer, model: add_diff_token(tokenizer)),
        ("torch", "train", lambda tokenizer, model: RECIPES["gemma-2-2b"].sft_options("out")),
        ("peft", "lora", lambda tokenizer, model: lora_config(model, tokenizer)),
        ("peft", "lora", lambda tokenizer, model: add_lora(model, tokenizer)),
    ],
)
def test_a_missing_extra_is_named(
    module: str, extra: str, call: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokenizer = with_token()
    model = tiny_model(tokenizer)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"{module} is not installed") as caught:
        call(tokenizer, model)
    assert caught.value.extra == extra


def test_what_a_library_lacks_is_its_own_error(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "peft.py").write_text("import no_such_module_of_its")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "peft", raising=False)
    tokenizer = with_token()
    with pytest.raises(ModuleNotFoundError, match="no_such_module_of_its") as caught:
        lora_config(tiny_model(tokenizer), tokenizer)
    assert not isinstance(caught.value, MissingExtraError)
