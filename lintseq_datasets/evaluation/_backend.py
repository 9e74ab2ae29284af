"""What is asked of a model for one sample, what comes back, and the settings of a run."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol, TypeAlias

from lintseq_datasets.errors import ConfigError

Prompt: TypeAlias = "str | Sequence[Mapping[str, Any]]"
"""A text to be continued, or chat messages to be answered."""

_MOST_TEMPERATURE = 100.0


@dataclass(frozen=True, slots=True)
class SamplingSettings:
    """How samples are drawn. The defaults are the paper's, but for the number of tokens (B.1).

    Args:
        num_samples: Samples for each prompt.
        temperature: Of the distribution over tokens; 0 takes the likeliest token each time.
        top_p: The share of the distribution, likeliest tokens first, that is drawn from.
        max_new_tokens: The most tokens of a sample.
        seed: Samples are keyed by it, by the task, the prompt and the number of the sample.
        stop: Texts at which a sample ends, beside the end-of-sequence token. They are cut off.

    Raises:
        ConfigError: A setting is out of its range.
    """

    num_samples: int = 50
    temperature: float = 1.0
    top_p: float = 0.95
    max_new_tokens: int = 1024
    seed: int = 0
    stop: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_whole("num_samples", self.num_samples, 1)
        _check_whole("max_new_tokens", self.max_new_tokens, 1)
        _check_whole("seed", self.seed, 0)
        _check_within("temperature", self.temperature, 0, _MOST_TEMPERATURE)
        _check_within("top_p", self.top_p, 0, 1)
        if not self.top_p:
            raise ConfigError("top_p", "is 0, and nothing can be drawn; use temperature=0")
        # One text alone is meant as one, and not as its letters.
        stop = (self.stop,) if isinstance(self.stop, str) else tuple(self.stop)
        if not all(isinstance(text, str) and text for text in stop):
            raise ConfigError("stop", f"{self.stop!r} holds something else than texts")
        object.__setattr__(self, "stop", stop)

    def as_dict(self) -> dict[str, Any]:
        """The settings as plain values that JSON can hold."""
        return {**asdict(self), "stop": list(self.stop)}


def _check_whole(name: str, value: object, least: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ConfigError(name, f"{value!r} is no whole number from {least} on")


def _check_within(name: str, value: object, least: float, most: float) -> None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not least <= value <= most:  # type: ignore[arg-type, operator]
        raise ConfigError(name, f"{value!r} is no number from {least} to {most}")


@dataclass(frozen=True, slots=True)
class SampleRequest:
    """One sample that is wanted.

    Args:
        task_id: Name of the task.
        sample_index: Number of the sample, from 0.
        prompt: What the model is given.
        begin: How its answer begins; empty if the model chooses.
        seed: Of this sample alone, from 0 to 2**31 - 1.
    """

    task_id: str
    sample_index: int
    prompt: Prompt
    begin: str
    seed: int


@dataclass(frozen=True, slots=True)
class Generation:
    """What a model wrote for a request.

    Args:
        text: The text, with the beginning that was given; None if the model was not asked or
            refused.
        finish_reason: ``"stop"`` if the model ended it, ``"length"`` if it was cut off, or why
            there is none: ``"prompt_too_long"``, ``"refused"``; an endpoint may have others.
        prompt_tokens: Tokens that were read; None if that is not known.
        completion_tokens: Tokens that were written, with the end-of-sequence token.
        stop_text: Which of the texts of `SamplingSettings.stop` ended it; empty if none did;
            None if that is not known.
    """

    text: str | None
    finish_reason: str
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    stop_text: str | None = None


class Backend(Protocol):
    """Where samples come from: `LocalModel`, `Endpoint`, or a class of your own."""

    def describe(self) -> Mapping[str, Any]:
        """What samples depend on, as plain values: a run goes on only where it is the same."""
        ...

    def batches(
        self, requests: Sequence[SampleRequest], settings: SamplingSettings
    ) -> list[list[SampleRequest]]:
        """All requests of a run in batches, always the same ones for the same requests."""
        ...

    def generate(
        self, batches: Iterable[Sequence[SampleRequest]], settings: SamplingSettings
    ) -> Iterator[list[tuple[SampleRequest, Generation]]]:
        """Generate batches; each is answered as a whole, in any order."""
        ...


def seed_of(seed: int, task_id: str, prompt: Prompt, sample_index: int) -> int:
    """The seed of one sample: keyed by what is sampled, never by where or when.

    Small enough for the servers that take 32 bits.

    >>> seed_of(0, "a", "Add.", 0) == seed_of(0, "a", "Add.", 0) != seed_of(0, "a", "Add.", 1)
    True
    """
    key = repr((seed, task_id, prompt, sample_index)).encode()  # repr escapes lone surrogates
    # 31 bits, since servers may take the number as a signed one.
    return int.from_bytes(hashlib.blake2b(key, digest_size=4).digest()) >> 1
