"""A causal model and its tokenizer, from a folder or from the Hub, on a device."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lintseq_datasets.errors import ConfigError, MissingExtraError
from lintseq_datasets.files.hub_names import is_only_a_path, why_unreached

_CONFIGS = ("config.json", "adapter_config.json")  # of a model, and of what LoRA adds to one


def load_pretrained(
    name: str, revision: str | None, device: str | None, dtype: str, progress: bool
) -> tuple[Any, Any]:
    """Load a model and its tokenizer; see `LocalModel.load`.

    Args:
        name: A folder, or an id on the Hub.
        revision: Revision on the Hub.
        device: Where the model is put; by default the accelerator, if there is one.
        dtype: Of the weights.
        progress: Whether to show a progress bar.

    Raises:
        ConfigError: There is no such model, or no such device.
        MissingExtraError: torch or transformers is not installed.
    """
    name = os.path.expanduser(os.fspath(name))
    is_here = os.path.exists(name)
    if is_only_a_path(name) and not is_here:  # known without the seconds of imports
        raise ConfigError("model", f"cannot load {name!r}: there is no such folder")
    try:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or "transformers", "train") from None
    unreached = None if is_here else why_unreached(name, "model")
    options = {"revision": revision, "local_files_only": unreached is not None}
    try:
        with _bars(progress):
            tokenizer = AutoTokenizer.from_pretrained(name, **options)
            model = AutoModelForCausalLM.from_pretrained(name, dtype=dtype, **options)
    except (OSError, ValueError) as error:
        problem = str(error).strip().partition("\n")[0]
        if not is_here:
            said = unreached or f"as an id on the Hub: {problem}"
            problem = f"there is no such folder here, and {said}"
        elif not any((Path(name) / config).is_file() for config in _CONFIGS):
            problem = f"there is no {_CONFIGS[0]} in it, so it is no folder of a model"
        raise ConfigError("model", f"cannot load {name!r}: {problem}") from None
    try:
        model.to(torch.device(device) if device else _best_device())
    except (RuntimeError, AssertionError) as error:  # the latter: torch was built without CUDA
        problem = str(error).strip().partition("\n")[0]
        raise ConfigError("device", f"{device!r} cannot be used: {problem}") from None
    return model, tokenizer


@contextmanager
def _bars(are_wanted: bool) -> Iterator[None]:
    """With the progress bars of transformers, or without."""
    from transformers.utils import logging

    are_shown = logging.is_progress_bar_enabled()
    if not are_wanted:
        logging.disable_progress_bar()
    try:
        yield
    finally:
        if are_shown:
            logging.enable_progress_bar()


def _best_device() -> Any:
    import torch

    return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
