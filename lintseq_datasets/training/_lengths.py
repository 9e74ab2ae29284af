r"""How many tokens training rows have, counted as `trl.SFTTrainer` makes them.

A row becomes one list of tokens, and the trainer computes a loss on the later part of it:

    prompt tokens                 completion tokens
    Double it. \n                <|diff|>@@ -0,0 +1 @@ \n +x = 2 <eos>
    no loss                       loss

A limit cuts the list at its end. The end-of-sequence token goes first, and if the prompt alone
reaches the limit, no token with a loss is left. A tokenizer may join characters across the border.
So the prompt's tokens are those that the prompt alone and the whole text have in common at their
beginnings, which is how the trainer counts them.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from lintseq_datasets.errors import ColumnError, ConfigError
from lintseq_datasets.statistics import QUANTILES, Distribution
from lintseq_datasets.tables import ShownAsTable
from lintseq_datasets.training._token_counts import PAIR, count_calls, count_chat, count_text

if TYPE_CHECKING:
    from datasets import Dataset, IterableDataset
    from transformers import PreTrainedTokenizerBase

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class LengthReport(ShownAsTable):
    """How long training rows are, in tokens, and what a limit does to them.

    A trainer cuts rows that are longer than ``max_length`` at their end. They lose their
    end-of-sequence token, so a model does not learn from them to stop. If the prompt alone fills
    ``max_length``, nothing is left to learn, and `trl.SFTTrainer` drops the row.

    Args:
        max_length: The limit; None for none.
        prompt_tokens: For each row, its tokens without a loss.
        tokens: For each row, all of its tokens, with the one for the end of the sequence.
        loss_starts: For each row, the tokens before the first one with a loss; by default those of
            the prompt. In rows with calls of tools, some tokens behind it have no loss either.

    >>> report = LengthReport(8, prompt_tokens=[2, 9, 2], tokens=[6, 12, 8])
    >>> report.rows, report.total_tokens, report.loss_tokens, report.quantile(0.5)
    (3, 26, 13, 8)
    >>> report.too_long, report.without_loss
    (1, 1)
    """

    max_length: int | None
    prompt_tokens: Sequence[int] = field(repr=False)
    tokens: Sequence[int] = field(repr=False)
    loss_starts: Sequence[int] = field(default=(), repr=False)

    @property
    def rows(self) -> int:
        """How many rows were counted."""
        return len(self.tokens)

    @property
    def too_long(self) -> int:
        """Rows above ``max_length``: they would lose their end-of-sequence token."""
        return sum(count > self.max_length for count in self.tokens) if self.max_length else 0

    @property
    def without_loss(self) -> int:
        """Rows above ``max_length`` that would keep no token with a loss."""
        if self.max_length is None:
            return 0
        pairs = zip(self.loss_starts or self.prompt_tokens, self.tokens, strict=True)
        # Both: the row is cut, and its first token with a loss stands behind the cut. With a limit
        # of 8, a row of 9 tokens keeps one with a loss if the first of them is token 7 (from 0).
        return sum(count > self.max_length <= start for start, count in pairs)

    @property
    def total_tokens(self) -> int:
        """Tokens of all rows, nothing cut."""
        return sum(self.tokens)

    @property
    def loss_tokens(self) -> int:
        """Tokens of all rows that have a loss."""
        return self.total_tokens - sum(self.prompt_tokens)

    @property
    def loss_share(self) -> float:
        """The share of the tokens that have a loss; 0 if there are no tokens."""
        return self.loss_tokens / self.total_tokens if self.total_tokens else 0.0

    @property
    def distribution(self) -> Distribution:
        """How many rows have each number of tokens."""
        return Distribution(Counter(self.tokens))

    def quantile(self, share: float) -> int:
        """The least number of tokens that a share of the rows does not exceed.

        Args:
            share: Between 0 and 1: 0 is the minimum, 0.5 the median, 1 the maximum.
        """
        return self.distribution.quantile(share)

    def as_dict(self) -> dict[str, Any]:
        """What the report says, as plain values that JSON can hold."""
        found = self.distribution
        return {
            "rows": self.rows,
            "max_length": self.max_length,
            "too_long": self.too_long,
            "without_loss": self.without_loss,
            "total_tokens": self.total_tokens,
            "loss_tokens": self.loss_tokens,
            "loss_share": self.loss_share,
            "mean": found.mean,
            "min": found.quantile(0),
            **{f"p{round(share * 100)}": found.quantile(share) for share in QUANTILES},
            "max": found.quantile(1),
        }

    def as_table(self) -> str:
        """A table in plain text."""
        rows = list(self._table())
        label = max(len(name) for name, _ in rows)
        # Figures end in one column, and shares in parentheses stand behind it: "52 (61.2%)".
        number = max(len(value.partition(" ")[0]) for _, value in rows)
        lines = []
        for name, value in rows:
            count, space, rest = value.partition(" ")
            lines.append(f"{name:<{label}}  {count:>{number}}{space}{rest}")
        return "\n".join(lines)

    def _table(self) -> Iterator[tuple[str, str]]:
        found = self.distribution
        yield "rows", f"{self.rows:,}"
        yield "tokens in all", f"{self.total_tokens:,}"
        yield "  with a loss", f"{self.loss_tokens:,} ({self.loss_share:.1%})"
        yield "tokens per row, mean", f"{found.mean:,.0f}"
        yield "  least", f"{found.quantile(0):,}"
        for share in QUANTILES:
            yield f"  {share:.0%} have at most", f"{found.quantile(share):,}"
        yield "  most", f"{found.quantile(1):,}"
        if self.max_length is not None:
            share = self.too_long / self.rows if self.rows else 0.0
            yield f"longer than {self.max_length:,}", f"{self.too_long:,} ({share:.1%})"
            yield "  would lose the end of sequence", f"{self.too_long:,}"
            yield "  would keep no token with a loss", f"{self.without_loss:,}"


def length_report(
    dataset: Dataset | IterableDataset,
    tokenizer: PreTrainedTokenizerBase,
    max_length: int | None = 1024,
) -> LengthReport:
    """Count the tokens of training rows, as `trl.SFTTrainer` will make them.

    Args:
        dataset: Rows with the columns ``prompt`` and ``completion``, both strings or both
            lists of messages; or with ``messages`` and ``tools``. Others are ignored. One split.
        tokenizer: The tokenizer of the model, to which `add_diff_token` was applied.
            Messages are counted with its chat template. Calls of tools are counted for
            ``assistant_only_loss=True``, with a template that marks what the assistant says.
        max_length: The limit to report on; None for none. `trl.SFTConfig` has 1024.

    Raises:
        ColumnError: A column is missing, or holds something else.
        ConfigError: ``dataset`` is not one split, ``max_length`` is not a positive number, or the
            tokenizer has no end-of-sequence token or no chat template that fits.
    """
    check_limit(max_length)
    kind = kind_of_rows(dataset)
    if kind != "text" and not tokenizer.chat_template:
        problem = "has no chat template, and the rows are messages; set tokenizer.chat_template"
        raise ConfigError("tokenizer", problem)
    if kind == "text" and tokenizer.eos_token is None:
        raise ConfigError("tokenizer", "has no end-of-sequence token; set tokenizer.eos_token")
    prompts, tokens, starts = (array("l") for _ in range(3))  # much smaller than lists of numbers
    count = {"text": count_text, "messages": count_chat, "calls": count_calls}[kind]
    for batch in batches(dataset, "Counting tokens", COLUMNS[kind]):
        for prompt, all_of_them, start in count(batch, tokenizer):
            prompts.append(prompt)
            tokens.append(all_of_them)
            starts.append(start)
    return LengthReport(max_length, prompts, tokens, starts if kind == "calls" else ())


def check_limit(max_length: int | None) -> None:
    """Refuse a limit that is not one.

    Raises:
        ConfigError: It is neither None nor a positive whole number.
    """
    is_number = isinstance(max_length, int) and not isinstance(max_length, bool)
    if max_length is not None and not (is_number and max_length > 0):
        raise ConfigError("max_length", f"{max_length!r} is no positive number of tokens")


def kind_of_rows(dataset: Any) -> RowKind:
    """Check that a dataset holds training rows, and say of which kind.

    Returns:
        ``"text"`` or ``"messages"``, which prompt and completion are; or ``"calls"`` for messages
        with calls of tools.

    Raises:
        ColumnError: A column is missing, or holds neither text nor messages.
        ConfigError: It is not a dataset, or has several splits.
    """
    import datasets

    if isinstance(dataset, datasets.DatasetDict | datasets.IterableDatasetDict):
        raise ConfigError("dataset", f"choose one split: {', '.join(map(repr, dataset))}")
    if not isinstance(dataset, datasets.Dataset | datasets.IterableDataset):
        raise ConfigError(
            "dataset",
            f"{type(dataset).__name__} is no dataset: give what load_dataset or refactor returns",
        )
    if isinstance(dataset, datasets.Dataset) and dataset.format["type"] == "custom":
        problem = "has a transform, which trainers cannot prepare; store its rows with map first"
        raise ConfigError("dataset", problem)
    names = dataset.column_names
    if names is not None:
        # Rows with a completion are of another kind, whatever else a user kept of the source.
        if set(COLUMNS["calls"]) <= set(names) and "completion" not in names:
            return "calls"
        for name in PAIR:
            if name not in names:
                problem = f"Training rows need a column {name!r}: make them with refactor first."
                raise ColumnError(problem, tuple(names))
    # A stream may not know its types. It is read as text, and a cell that is none is refused then.
    kinds = {_kind(dataset.features[name]) for name in PAIR} if dataset.features else {"text"}
    if kinds not in ({"text"}, {"messages"}):
        problem = "'prompt' and 'completion' must both be text, or both lists of messages."
        raise ColumnError(problem, tuple(names or ()))
    return "messages" if kinds == {"messages"} else "text"


RowKind: TypeAlias = Literal["text", "messages", "calls"]

COLUMNS: dict[RowKind, tuple[str, str]] = {
    "text": PAIR,
    "messages": PAIR,
    "calls": ("messages", "tools"),
}
"""The columns that trainers read, of each kind of rows."""


def _kind(feature: Any) -> str:
    from datasets import Value

    if isinstance(feature, Value):
        # "null" is a column with nothing in it: what its cells lack, the rows say one by one.
        is_text = feature.dtype in ("string", "large_string", "string_view", "null")
        return "text" if is_text else "other"
    inner = getattr(feature, "feature", feature[0] if isinstance(feature, list) else None)
    return "messages" if isinstance(inner, Mapping) and {"role", "content"} <= set(inner) else ""


def batches(
    dataset: Any, text: str, columns: Sequence[str] = PAIR
) -> Iterator[Mapping[str, list[Any]]]:
    """The columns of a dataset, batch by batch, with a progress bar.

    Args:
        dataset: One split.
        text: What the progress bar says.
        columns: The columns to read.
    """
    from datasets import Dataset
    from datasets.utils import tqdm

    rows = dataset.select_columns(list(columns))
    total = None
    if isinstance(rows, Dataset):
        # In the format of pandas or Arrow, a batch would be a table and not lists.
        rows, total = rows.with_format(None), len(rows)
    with tqdm(total=total, desc=text, unit=" rows") as bar:
        for batch in rows.iter(batch_size=_BATCH):
            yield batch
            bar.update(len(batch[columns[0]]))
