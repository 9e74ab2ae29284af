"""Recipes are what the trainer takes, with the numbers of the published runs."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.training import RECIPES, FinetuningRecipe

torch = pytest.importorskip("torch")

# From the published training scripts: learning rate, rows at a time, GPUs.
PUBLISHED = {
    "upiter/TinyCodeLM-150M": (3e-4, 16, 1),
    "upiter/TinyCodeLM-400M": (3e-4, 16, 1),
    "google/gemma-2-2b": (5e-5, 2, 2),
    "microsoft/Phi-3-mini-4k-instruct": (5e-5, 2, 2),
    "microsoft/Phi-3-medium-4k-instruct": (1e-5, 2, 4),
    "meta-llama/Meta-Llama-3.1-8B": (1e-5, 1, 2),
}


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
def test_recipes_are_what_sft_config_takes(recipe: FinetuningRecipe, tmp_path: Path) -> None:
    from trl import SFTConfig

    rate, per_device, devices = PUBLISHED[recipe.model]
    config = SFTConfig(**recipe.sft_options(tmp_path, num_devices=devices))
    assert config.learning_rate == rate
    assert config.per_device_train_batch_size == per_device
    assert per_device * devices * config.gradient_accumulation_steps == 512
    assert config.num_train_epochs == 2  # ten over the programs, five sequences for each
    assert config.lr_scheduler_type == "linear"
    assert config.get_warmup_steps(2000) == 2
    assert config.weight_decay == 0.01
    assert config.max_length == 1024
    assert config.completion_only_loss is True
    assert config.bf16 == torch.cuda.is_available()
    assert recipe.num_devices == devices


def test_every_published_run_has_a_recipe() -> None:
    assert {recipe.model for recipe in RECIPES.values()} == set(PUBLISHED)


def test_recipes_can_be_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = RECIPES["gemma-2-2b"]
    options = recipe.sft_options("out", num_samples=1, per_device_train_batch_size=4, seed=3)
    assert options["num_train_epochs"] == 10
    assert options["gradient_accumulation_steps"] == 128
    assert options["seed"] == 3
    monkeypatch.setenv("WORLD_SIZE", "8")
    assert recipe.sft_options("out")["gradient_accumulation_steps"] == 32
    assert recipe.sft_options("out", num_devices=1)["gradient_accumulation_steps"] == 256
    options = recipe.sft_options("out", gradient_accumulation_steps=3, max_length=None)
    assert (options["gradient_accumulation_steps"], options["max_length"]) == (3, None)
    small = dataclasses.replace(recipe, total_batch_size=16)
    assert small.sft_options("out")["gradient_accumulation_steps"] == 1


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"num_devices": 3}, "512 rows in a step cannot be shared by 3 devices with 2 rows"),
        ({"num_devices": 0}, "num_devices"),
        ({"num_samples": 0}, "num_samples"),
        ({"per_device_train_batch_size": 0}, "cannot be shared"),
    ],
)
def test_recipes_that_do_not_come_out_even(options: Any, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        RECIPES["gemma-2-2b"].sft_options("out", **options)


def test_names_that_are_none() -> None:
    with pytest.raises(ConfigError, match="did you mean 'gemma-2-2b'"):
        RECIPES["gemma-2b"]
    with pytest.raises(ConfigError, match="there are: tinycodelm-150m, "):
        RECIPES["x"]
    assert RECIPES.get("x") is None
    recipe = RECIPES["gemma-2-2b"]
    with pytest.raises(ConfigError, match="did you mean 'learning_rate'"):
        recipe.sft_options("out", learning_rat=1e-4)
    assert recipe.sft_options("out", packing=True)["packing"] is True


@pytest.mark.parametrize("name", ["num_samples", "num_devices", "per_device_train_batch_size"])
@pytest.mark.parametrize("value", ["2", 0, 1.5])
def test_numbers_that_are_none(name: str, value: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        RECIPES["gemma-2-2b"].sft_options("out", **{name: value})
    assert caught.value.option == name
