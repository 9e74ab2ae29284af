"""Keys and values of the tokens so far, in tensors that have room for more.

The usual cache of `transformers` makes a new tensor for each token and copies all others into it.
With many samples of a small model that takes more time than the model does. Here the tensors grow
by many tokens at once, and attention sees a part of them::

    room    k0 k1 k2 k3 -- -- -- --
    keys    k0 k1 k2 k3                 a view, one longer with each token
"""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any

_MORE = 64  # tokens that a tensor grows by, beside those that need it


def growing_cache(model: Any) -> dict[str, Any]:
    """An argument of ``model.generate`` that makes it faster; the samples are the same.

    Returns:
        The cache, by the name that the model knows it by; nothing where the model has a cache of
        another kind, such as one with a sliding window or a state.
    """
    from transformers.cache_utils import DynamicCache, DynamicLayer

    names = inspect.signature(model.forward).parameters
    name = next((one for one in ("cache", "past_key_values") if one in names), None)
    if name is None or model.config.is_encoder_decoder:
        return {}
    # xLSTM calls its own kind by the same name. No public function says so.
    if not model._supports_default_dynamic_cache():
        return {}
    found = DynamicCache(config=model.config.get_text_config(decoder=True))
    if not found.layers or any(type(layer) is not DynamicLayer for layer in found.layers):
        return {}
    found.layers = [_layer_class()() for _ in found.layers]
    return {name: found}


@cache
def _layer_class() -> Any:
    from transformers.cache_utils import DynamicLayer

    class GrowingLayer(DynamicLayer):  # type: ignore[misc]
        keys: Any
        values: Any
        room: Any = None
        seen: Any = None

        def update(self, new_keys: Any, new_values: Any, *_: Any, **__: Any) -> tuple[Any, Any]:
            if not self.is_initialized:
                self.lazy_initialization(new_keys, new_values)
            # The first call brings the whole prompt, each later one a token.
            before = self.get_seq_length()
            length = before + new_keys.shape[-2]
            # Who crops or reorders a cache gives it other tensors than those that were made here.
            is_ours = self.keys is self.seen
            if not is_ours or length > self.room[0].shape[-2]:
                self.room = (
                    _with_room(self.keys, new_keys, before),
                    _with_room(self.values, new_values, before),
                )
            keys, values = self.room
            keys[..., before:length, :] = new_keys
            values[..., before:length, :] = new_values
            self.keys, self.values = keys[..., :length, :], values[..., :length, :]
            self.seen = self.keys
            return self.keys, self.values

    return GrowingLayer


def _with_room(old: Any, new: Any, before: int) -> Any:
    *shape, tokens, width = new.shape
    room = new.new_empty((*shape, before + tokens + _MORE, width))
    if before:
        room[..., :before, :] = old
    return room
