"""Tokens drawn with one random number each, so that a sample depends on its own numbers alone.

The usual way draws for a whole batch from one generator: a sample then depends on its neighbours
and on how often the generator was asked before. Here each sample has numbers of its own, made from
its seed before the first token, and each token is where its number falls on the line of
probabilities::

    probabilities, likeliest first     0.5   0.3   0.15   0.05        top_p = 0.9 keeps three
    line                               0 ....... 0.5 .... 0.8 . 0.95
    number 0.7, times 0.95             0.665 falls on the second

The same numbers give the same tokens on every device, up to rounding in the probabilities.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lintseq_datasets.errors import ConfigError


def uniforms(seeds: Sequence[int], count: int) -> Any:
    """Random numbers from 0 to 1, in the shape ``(seeds, count)``.

    A row begins with the same numbers whatever ``count`` is.
    """
    import numpy as np

    # PCG64 by name: numpy may make another generator its default.
    rows = [np.random.Generator(np.random.PCG64(seed)).random(count) for seed in seeds]
    return np.stack(rows)


class KeyedDraw:
    """Draws the next token of each row; a logits processor for greedy decoding.

    Args:
        numbers: Of each row, one number for each token: shape ``(rows, tokens)``.
        prompt_length: Tokens before the first that is drawn.
        temperature: See `SamplingSettings`.
        top_p: See `SamplingSettings`.
    """

    def __init__(self, numbers: Any, prompt_length: int, temperature: float, top_p: float) -> None:
        self._numbers = numbers
        self._prompt_length = prompt_length
        self._temperature = temperature
        self._top_p = top_p

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """Scores that leave the token that was drawn as the only possible one."""
        step = input_ids.shape[1] - self._prompt_length
        # Only once, because the answer must come back from the accelerator, which waits for it.
        if step == 0 and scores.isnan().any():
            raise ConfigError(
                "model",
                "gives probabilities that are no numbers (NaN): try another dtype, such as float32",
            )
        if not self._temperature:
            return scores
        # In bfloat16, sums near 1 have steps of 1/256: unlikely tokens would have no place there.
        chosen = self._choose(scores.float() / self._temperature, self._numbers[:, step, None])
        return scores.new_full(scores.shape, -float("inf")).scatter_(1, chosen, 0.0)

    def _choose(self, logits: Any, numbers: Any) -> Any:
        # Stable, so that likely tokens of one probability stand in one order on every device.
        probabilities, order = logits.softmax(dim=-1).sort(dim=-1, descending=True, stable=True)
        # Without its own share: the token that reaches top_p is kept, and the first one always.
        is_out = probabilities.cumsum(dim=-1) - probabilities >= self._top_p
        ends = probabilities.masked_fill(is_out, 0).cumsum(dim=-1)
        # As many tokens end at the number or before it. In the example the ends are 0.5, 0.8, 0.95
        # and 0.95, and one of them is not beyond 0.665: the place is 1, the second token.
        place = (ends <= numbers * ends[:, -1:]).sum(dim=-1, keepdim=True)
        # A number that was rounded to 1 falls behind the end.
        last = (~is_out).sum(dim=-1, keepdim=True) - 1
        return order.gather(1, place.minimum(last))


class StopAtTexts:
    """Ends rows whose text holds one of some texts; a stopping criterion.

    Args:
        decode: From the tokens of a row to its text.
        texts: The texts.
        prompt_length: Tokens before the first that is drawn.
    """

    def __init__(self, decode: Any, texts: Sequence[str], prompt_length: int) -> None:
        self._decode = decode
        self._texts = texts
        self._prompt_length = prompt_length
        # A token is at least a byte, and a character at most four: so many tokens may hold a text.
        self._last = 4 * max(map(len, texts)) + 4

    def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        """Whether each row has ended."""
        import torch

        # The end alone: decoding all that was written, at each token, takes the square of the time.
        written = input_ids[:, self._prompt_length :][:, -self._last :].tolist()
        tails = [self._decode(row) for row in written]
        ended = [any(text in tail for text in self._texts) for tail in tails]
        return torch.tensor(ended, device=input_ids.device)
