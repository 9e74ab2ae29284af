"""Samples from a Transformers model on the local device.

Requests are sorted by the length of their prompts and generated in batches. The batches are those
of the whole run, also when it goes on after an interruption: how prompts are padded changes the
last digits of a probability, and so now and then a token.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from typing import Any

from lintseq_datasets.edits.training_text import DIFF_TOKEN
from lintseq_datasets.errors import ConfigError
from lintseq_datasets.evaluation._backend import Generation, SampleRequest, SamplingSettings
from lintseq_datasets.evaluation._fingerprint import fingerprint_of
from lintseq_datasets.evaluation._keyed_draw import KeyedDraw, StopAtTexts, uniforms
from lintseq_datasets.evaluation._pretrained import load_pretrained

_CONTEXT_TOKENS = 4  # of the prompt, in front of what is decoded


class LocalModel:
    """A causal model and its tokenizer, on the device where the model is.

    The same settings, weights and batch size give the same samples, whatever interrupts a run.

    Args:
        model: A causal language model of `transformers`.
        tokenizer: Its tokenizer, to which `lintseq_datasets.training.add_diff_token` was applied
            if the model writes edits.
        batch_size: Samples that are generated at once.
        name: What the model is called in the record of a run.

    Raises:
        ConfigError: The tokenizer has no end-of-sequence token, or ``batch_size`` is not positive.
    """

    def __init__(
        self, model: Any, tokenizer: Any, *, batch_size: int = 32, name: str | None = None
    ) -> None:
        if not isinstance(batch_size, int) or batch_size < 1:
            raise ConfigError("batch_size", f"{batch_size!r} is not positive")
        self.model = model
        self.tokenizer = tokenizer
        self.batch_size = batch_size
        self.name = name or str(getattr(model, "name_or_path", "") or type(model).__name__)
        self._eos = _eos_tokens(model, tokenizer)
        # `<|diff|>` is kept even where the tokenizer has it as a special token.
        special = set(getattr(tokenizer, "all_special_ids", ()))
        # Tokens that end a text are dropped even where the tokenizer does not call them special.
        self._dropped = special - {tokenizer.convert_tokens_to_ids(DIFF_TOKEN)} | self._eos

    @classmethod
    def load(
        cls,
        name: str,
        *,
        revision: str | None = None,
        device: str | None = None,
        dtype: str = "auto",
        batch_size: int = 32,
        progress: bool = True,
    ) -> LocalModel:
        """Load a model and its tokenizer.

        Args:
            name: A folder, or an id on the Hub.
            revision: Revision on the Hub.
            device: Such as ``"cuda"`` or ``"cpu"``; by default the accelerator, if there is one.
            dtype: Of the weights, such as ``"bfloat16"``; by default as they are stored.
            batch_size: See the class.
            progress: Whether to show a progress bar, as transformers does.

        Raises:
            ConfigError: There is no such model, or no such device.
            MissingExtraError: torch or transformers is not installed.
        """
        model, tokenizer = load_pretrained(name, revision, device, dtype, progress)
        return cls(model, tokenizer, batch_size=batch_size, name=name)

    def describe(self) -> dict[str, Any]:
        """Name, a fingerprint of the weights, and what else samples depend on."""
        return {
            "backend": "transformers",
            "model": self.name,
            "weights": fingerprint_of(self.model),
            "batch_size": self.batch_size,
        }

    def batches(
        self, requests: Sequence[SampleRequest], settings: SamplingSettings
    ) -> list[list[SampleRequest]]:
        """All requests in batches of about equal lengths, the longest prompts first.

        If the memory does not suffice, this is seen at the start.
        """
        lengths = [len(ids) for ids in self._encode(requests)]
        # Sorting is stable: requests of one length keep their order, and so their batches.
        order = sorted(range(len(requests)), key=lambda at: -lengths[at])
        # Where the context is too small for all the tokens, a batch has prompts of one length, so
        # that no sample is cut off for the sake of its neighbours.
        tight = (
            lengths[at] if self._room(lengths[at]) < settings.max_new_tokens else 0 for at in order
        )
        found: list[list[SampleRequest]] = []
        for _, group in groupby(zip(tight, order, strict=True), key=itemgetter(0)):
            places = [at for _, at in group]
            starts = range(0, len(places), self.batch_size)
            found += [
                [requests[at] for at in places[start : start + self.batch_size]] for start in starts
            ]
        return found

    def generate(
        self, batches: Iterable[Sequence[SampleRequest]], settings: SamplingSettings
    ) -> Iterator[list[tuple[SampleRequest, Generation]]]:
        """Generate batches, one after another.

        Raises:
            ConfigError: The model gives no probabilities, or the memory of the device is too small.
        """
        import torch

        was_training = self.model.training
        self.model.eval()  # a model in training drops values at random (dropout)
        try:
            for batch in batches:
                yield self._generate(batch, settings)
        except torch.OutOfMemoryError:
            problem = f"{self.batch_size} samples at once are too many for the memory of the device"
            raise ConfigError("batch_size", problem) from None
        finally:
            self.model.train(was_training)

    # --- one batch -------------------------------------------------------------------

    def _generate(
        self, batch: Sequence[SampleRequest], settings: SamplingSettings
    ) -> list[tuple[SampleRequest, Generation]]:
        prompts = self._encode(batch)
        # The least room of the batch, as its rows go on together. Where that is too little for all
        # tokens, `batches` has put prompts of one length together, so no row loses any.
        most = min(settings.max_new_tokens, *(self._room(len(ids)) for ids in prompts))
        if most < 1:
            found = [Generation(None, "prompt_too_long", len(ids), 0) for ids in prompts]
        else:
            written = self._write(prompts, [one.seed for one in batch], most, settings)
            found = [
                self._read(one.begin, prompt, ids, settings.stop)
                for one, prompt, ids in zip(batch, prompts, written, strict=True)
            ]
        return list(zip(batch, found, strict=True))

    def _encode(self, batch: Sequence[SampleRequest]) -> list[list[int]]:
        """The tokens of the prompts. Those of a task are the same, and are made once."""
        known: dict[tuple[str, str], list[int]] = {}
        for one in batch:
            key = (one.task_id, one.begin)
            if key not in known:
                ids = self.tokenizer(self._text(one), **self._specials(one))["input_ids"]
                # Some tokenizers put the end of the sequence behind every text.
                while ids and ids[-1] in self._eos:
                    ids = ids[:-1]
                if not ids and self.tokenizer.bos_token_id is not None:
                    ids = [self.tokenizer.bos_token_id]
                if not ids:  # nothing at all to continue: as if a text had ended before
                    ids = [self.tokenizer.eos_token_id]
                known[key] = ids
        return [known[one.task_id, one.begin] for one in batch]

    def _text(self, one: SampleRequest) -> str:
        if isinstance(one.prompt, str):
            return one.prompt + one.begin
        if not self.tokenizer.chat_template:
            problem = f"has no chat template, and the prompt of {one.task_id!r} is messages"
            raise ConfigError("tokenizer", problem)
        text: str = self.tokenizer.apply_chat_template(
            list(one.prompt), tokenize=False, add_generation_prompt=True
        )
        return text + one.begin

    @staticmethod
    def _specials(one: SampleRequest) -> dict[str, bool]:
        # A chat template writes its special tokens itself. Prompts that are too long have a status,
        # and need no warning (verbose).
        return {"add_special_tokens": isinstance(one.prompt, str), "verbose": False}

    def _room(self, length: int) -> int:
        """How many tokens still fit into the context of the model, behind so many."""
        config = self.model.config.get_text_config()
        # Models with a state in place of attention, such as Mamba, have no such limit.
        return (getattr(config, "max_position_embeddings", None) or 2**31) - length

    def _write(
        self,
        prompts: Sequence[Sequence[int]],
        seeds: Sequence[int],
        most: int,
        settings: SamplingSettings,
    ) -> list[list[int]]:
        """The tokens that the model writes after each prompt, with what pads them."""
        import torch
        from transformers import GenerationConfig

        from lintseq_datasets.evaluation._growing_cache import growing_cache

        # Padded in front, so that all rows go on at the same place, right behind their prompts.
        length = max(map(len, prompts))
        # One that ends a sequence: where a stop text ended a row, tokens are counted up to it.
        padding = next(iter(self._eos))
        ids = [[padding] * (length - len(one)) + list(one) for one in prompts]
        mask = [[0] * (length - len(one)) + [1] * len(one) for one in prompts]
        device = self.model.device
        numbers = torch.from_numpy(uniforms(seeds, most)).float().to(device)
        draw = KeyedDraw(numbers, length, settings.temperature, settings.top_p)
        stops = [StopAtTexts(self._decode, settings.stop, length)] if settings.stop else []
        with torch.inference_mode(), _own_settings(self.model):
            out = self.model.generate(
                input_ids=torch.tensor(ids, device=device),
                attention_mask=torch.tensor(mask, device=device),
                logits_processor=[draw],
                stopping_criteria=stops,
                **growing_cache(self.model),
                generation_config=GenerationConfig(
                    max_new_tokens=most,
                    do_sample=False,  # `KeyedDraw` has drawn, and leaves one token to be taken
                    eos_token_id=sorted(self._eos),
                    pad_token_id=padding,
                ),
            )
        new: list[list[int]] = out[:, length:].tolist()
        return new

    def _read(
        self, begin: str, prompt: Sequence[int], ids: Sequence[int], stop: Sequence[str]
    ) -> Generation:
        end = next((at for at, token in enumerate(ids) if token in self._eos), len(ids))
        text = self._continuation(prompt, ids[:end])
        cuts = [(at, one) for one in stop if (at := text.find(one)) >= 0]
        if cuts:  # what follows is padding
            # The first one in the text: one token may bring several.
            cut, stop_text = min(cuts)
            return Generation(begin + text[:cut], "stop", len(prompt), end, stop_text)
        if end == len(ids):
            return Generation(begin + text, "length", len(prompt), end, "")
        # With the token that ended it, which the model wrote as well.
        return Generation(begin + text, "stop", len(prompt), end + 1, "")

    def _continuation(self, prompt: Sequence[int], ids: Sequence[int]) -> str:
        # Some tokenizers drop a space in front of the first token, so it gets neighbours.
        context = prompt[-_CONTEXT_TOKENS:]
        before, whole = self._decode(context), self._decode([*context, *ids])
        return whole[len(before) :] if whole.startswith(before) else self._decode(ids)

    def _decode(self, ids: Sequence[int]) -> str:
        kept = [token for token in ids if token not in self._dropped]
        text: str = self.tokenizer.decode(kept, clean_up_tokenization_spaces=False)
        return text


def _eos_tokens(model: Any, tokenizer: Any) -> set[int]:
    """Ids that end a sequence: those of the model's own settings, and the tokenizer's."""
    # Chat models have several, and their tokenizers know only one: Llama 3 ends a turn otherwise
    # than a text.
    settings = getattr(model, "generation_config", None)
    given = getattr(settings, "eos_token_id", None)
    ids = set(given if isinstance(given, list | tuple) else [given])
    ids = {int(one) for one in (*ids, tokenizer.eos_token_id) if one is not None}
    if not ids:
        raise ConfigError("tokenizer", "has no end-of-sequence token; set tokenizer.eos_token")
    return ids


@contextmanager
def _own_settings(model: Any) -> Iterator[None]:
    """Without the model's own settings, such as penalties, which would change what is drawn."""
    from transformers import GenerationConfig

    before = model.generation_config
    model.generation_config = GenerationConfig()
    try:
        yield
    finally:
        model.generation_config = before
