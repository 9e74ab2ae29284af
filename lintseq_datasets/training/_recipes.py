"""Settings of the paper's finetuning runs; docs/training.md says where each comes from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lintseq_datasets.errors import ConfigError, did_you_mean
from lintseq_datasets.samplers.option_checks import check_int
from lintseq_datasets.training._extras import check_arguments, library


@dataclass(frozen=True, slots=True)
class FinetuningRecipe:
    """How the paper finetunes one model on edit sequences (Tables 6 and 7, appendix D.2).

    The values are those that the published training scripts pass. `dataclasses.replace` makes a
    recipe with other values.

    Args:
        model: Id of the model on the Hub.
        learning_rate: Peak of the learning rate.
        per_device_batch_size: Rows that one device takes at a time.
        num_devices: GPUs of the published run.
        gradient_checkpointing: Whether activations are computed again instead of being kept,
            which takes less memory and more time. Our choice, by the size of the model.
        total_batch_size: Rows in one step of the optimizer, over all devices.
        epochs: Passes over the *programs*. With s sequences for each program, there are
            ``epochs / s`` passes over the rows, so that the number of steps stays the same.
        warmup_ratio: Share of the steps in which the learning rate rises.
        weight_decay: Weight decay of AdamW.
        lr_scheduler: What the learning rate does after that.
        max_length: The most tokens of a row.
        seed: Seed of the order of the rows.
    """

    model: str
    learning_rate: float
    per_device_batch_size: int
    num_devices: int
    gradient_checkpointing: bool = True
    total_batch_size: int = 512
    epochs: int = 10
    warmup_ratio: float = 0.001
    weight_decay: float = 0.01
    lr_scheduler: str = "linear"
    max_length: int = 1024
    seed: int = 42

    def sft_options(
        self,
        output_dir: str | os.PathLike[str],
        *,
        num_samples: int = 5,
        num_devices: int | None = None,
        **overrides: Any,
    ) -> dict[str, Any]:
        """Arguments for `trl.SFTConfig`.

        Mixed precision is bfloat16 on GPUs that have it, and off elsewhere, so that the same
        call works on a CPU.

        Args:
            output_dir: Where checkpoints go.
            num_samples: Sequences for each program in the data (s). It divides the epochs.
            num_devices: Processes that train together. By default those that
                `accelerate launch` or `torchrun` started, or else one.
            **overrides: Arguments of `trl.SFTConfig` that replace those of the recipe. With
                another ``per_device_train_batch_size``, the number of accumulated batches
                changes so that the total stays the same.

        Raises:
            ConfigError: ``total_batch_size`` cannot be shared evenly, or ``num_samples`` or
                ``num_devices`` is not positive, or `trl.SFTConfig` has no such argument.
            MissingExtraError: torch is not installed.
        """
        devices = _devices(num_devices)
        check_int("num_samples", num_samples, 1)
        per_device = overrides.get("per_device_train_batch_size", self.per_device_batch_size)
        check_int("per_device_train_batch_size", per_device, 0)
        # Then the total is the user's, and need not be shared evenly.
        if "gradient_accumulation_steps" in overrides:
            accumulated = overrides["gradient_accumulation_steps"]
        else:
            accumulated = _accumulated(self.total_batch_size, per_device, devices)
        options = {
            "output_dir": os.fspath(output_dir),
            # A program has so many rows: 10 epochs of programs are 2 epochs of 5 rows each.
            "num_train_epochs": self.epochs / num_samples,
            "per_device_train_batch_size": per_device,
            "gradient_accumulation_steps": accumulated,
            "learning_rate": self.learning_rate,
            "lr_scheduler_type": self.lr_scheduler,
            "warmup_steps": self.warmup_ratio,  # below 1: a share of the steps
            "weight_decay": self.weight_decay,
            "max_length": self.max_length,
            "completion_only_loss": True,
            "gradient_checkpointing": self.gradient_checkpointing,
            # Said in both cases: where it is not, `trl.SFTConfig` takes bfloat16 everywhere.
            "bf16": _has_bf16(),
            "save_strategy": "epoch",
            "logging_steps": 1,
            "seed": self.seed,
        }
        check_arguments("trl", "SFTConfig", overrides, known=options)
        return {**options, **overrides}


class _Recipes(dict[str, FinetuningRecipe]):
    """Recipes by name, that say which there are."""

    def __missing__(self, name: object) -> FinetuningRecipe:
        near = did_you_mean(name, self) or f"; there are: {', '.join(self)}"
        raise ConfigError("recipe", f"{name!r} is no recipe{near}")


RECIPES: Mapping[str, FinetuningRecipe] = _Recipes(
    {
        "tinycodelm-150m": FinetuningRecipe("upiter/TinyCodeLM-150M", 3e-4, 16, 1, False),
        "tinycodelm-400m": FinetuningRecipe("upiter/TinyCodeLM-400M", 3e-4, 16, 1, False),
        "gemma-2-2b": FinetuningRecipe("google/gemma-2-2b", 5e-5, 2, 2),
        "phi-3-mini": FinetuningRecipe("microsoft/Phi-3-mini-4k-instruct", 5e-5, 2, 2),
        "phi-3-medium": FinetuningRecipe("microsoft/Phi-3-medium-4k-instruct", 1e-5, 2, 4),
        "llama-3.1-8b": FinetuningRecipe("meta-llama/Meta-Llama-3.1-8B", 1e-5, 1, 2),
    }
)
"""The paper's runs by a short name of their model; another name is a `ConfigError`."""


def _has_bf16() -> bool:
    """Whether there is a GPU that computes in bfloat16.

    Raises:
        MissingExtraError: torch is not installed.
    """
    torch = library("torch", "train")
    return bool(torch.cuda.is_available() and torch.cuda.is_bf16_supported())


def _devices(given: int | None) -> int:
    devices = int(os.environ.get("WORLD_SIZE", "1")) if given is None else given
    check_int("num_devices", devices, 1)
    return devices


def _accumulated(total: int, per_device: int, devices: int) -> int:
    # One device with 16 rows adds up 32 batches for a step of 512; two devices 16 batches each.
    at_once = per_device * devices
    if at_once < 1 or total % at_once:
        raise ConfigError(
            "per_device_train_batch_size",
            f"{total} rows in a step cannot be shared by {devices} devices with {per_device} "
            "rows each; choose numbers whose product divides it, or another total_batch_size",
        )
    return total // at_once
