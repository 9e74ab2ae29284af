r"""Fresh edit sequences in each epoch, as the trainer takes them.

A row of a program becomes token ids, and those of the prompt have no loss::

    input_ids    Double it. \n    <|diff|>@@ -0,0 +1 @@ \n +x = 2 <eos>
    labels       -100 ...  -100   the same tokens

Trainers would count and cut rows before the first epoch, and so draw them once for all. Hence the
rows come as they are needed, and are what a trainer would have made of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.mapping.epochs import EpochTransform
from lintseq_datasets.mapping.mappers import lintseq_map
from lintseq_datasets.training._extras import library
from lintseq_datasets.training._lengths import check_limit
from lintseq_datasets.training._token_counts import common_length

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase, TrainerCallback

_NO_LOSS = -100  # what `torch` leaves out of a loss


class EpochExamples:
    """Programs as token ids of edit sequences, which are drawn afresh in each epoch.

    For ``programs.with_transform(EpochExamples(tokenizer, transform))``, whose rows
    `trl.SFTTrainer` takes with ``dataset_kwargs={"skip_prepare_dataset": True}`` and
    ``remove_unused_columns=False``. `callback` moves the epoch on.

    Args:
        tokenizer: One with the token `DIFF_TOKEN`; see `add_diff_token`.
        transform: What is drawn: one sample of each row. Its ``status_column`` does not matter.
        max_length: Tokens at which a row is cut at its end, as the trainer does.

    Raises:
        ConfigError: An option has no usable value.
    """

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerBase,
        transform: EpochTransform,
        max_length: int = 1024,
    ) -> None:
        check_limit(max_length)
        if transform.config.num_samples != 1:
            raise ConfigError("num_samples", "is 1 here: a row gives one example in each epoch")
        if tokenizer.eos_token is None:
            raise ConfigError("tokenizer", "has no end-of-sequence token; set tokenizer.eos_token")
        self.tokenizer = tokenizer
        self.transform = transform
        self.max_length = max_length

    def __call__(self, batch: Mapping[str, Sequence[Any]]) -> dict[str, list[list[int]]]:
        """The examples of a batch.

        Args:
            batch: Columns by name, as `datasets` passes them.

        Returns:
            ``input_ids``, and ``labels``: the same, with -100 in place of the prompt.

        Raises:
            RowError: A row has no edit sequence: leave such rows out before.
        """
        options = {**self.transform.reading, "edit_format": self.transform.edit_format}
        rows = lintseq_map(batch, config=self.transform.config, on_error="raise", **options)
        # A transform of a dataset must not change how many rows there are.
        if len(rows["prompt"]) != len(next(iter(batch.values()))):
            raise ConfigError("fences", "and the like cannot be 'each': a row gives one example")
        pairs = zip(rows["prompt"], rows["completion"], strict=True)
        found = [self._example(prompt, completion) for prompt, completion in pairs]
        return {name: [example[name] for example in found] for name in ("input_ids", "labels")}

    def _example(self, prompt: str, completion: str) -> dict[str, list[int]]:
        text = f"{prompt}{completion}{self.tokenizer.eos_token}"
        ids: list[int] = self.tokenizer(text)["input_ids"][: self.max_length]
        # Not all tokens of the prompt: some tokenizers end each text with a token of their own.
        asked = common_length(self.tokenizer(prompt)["input_ids"], ids)
        return {"input_ids": ids, "labels": [_NO_LOSS] * asked + ids[asked:]}

    def callback(self) -> TrainerCallback:
        """What tells the transform in front of each epoch which one it is.

        Raises:
            MissingExtraError: transformers is not installed.
        """
        transform = self.transform

        class SetEpoch(library("transformers", "train").TrainerCallback):  # type: ignore[misc]
            """Moves the epoch of a transform on."""

            def on_epoch_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
                # A share where a run goes on in the middle of an epoch.
                transform.set_epoch(int(state.epoch))

        callback: TrainerCallback = SetEpoch()
        return callback
