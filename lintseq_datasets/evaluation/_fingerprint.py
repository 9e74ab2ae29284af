"""The fingerprint of a model: a run that goes on must not get samples from other weights."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

_FINGERPRINT_VALUES = 256  # of each tensor of weights: all of a large model would take minutes


def fingerprint_of(model: Any) -> str:
    """A digest of the weights, from some values of each tensor.

    Args:
        model: A model of PyTorch.
    """
    import torch

    found = hashlib.blake2b(digest_size=8)
    for name, tensor in sorted(_tensors(model).items()):
        # Said as well, because the first values alone may be those of a tensor of another shape.
        found.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
        values = tensor.detach().reshape(-1)[:_FINGERPRINT_VALUES]
        # numpy has no bfloat16, and float32 holds each of its values exactly.
        found.update(values.to("cpu", torch.float32).numpy().tobytes())
    return found.hexdigest()


def _tensors(model: Any) -> Mapping[str, Any]:
    tensors: Mapping[str, Any] = model.state_dict()
    return tensors
