"""Which rows are trained on, and why the others are not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from lintseq_datasets.errors import ColumnError, ConfigError
from lintseq_datasets.mapping.accounting import Selection
from lintseq_datasets.training._lengths import (
    COLUMNS,
    LengthReport,
    RowKind,
    batches,
    check_limit,
    kind_of_rows,
    length_report,
)

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedTokenizerBase


# Columns that SFTTrainer would read in place of ours, or would append the end of the sequence to.
_READ_BY_TRAINERS = {
    "assistant_masks", "attention_mask", "chat_template_kwargs", "completion_mask",
    "conversations", "image", "images", "input_ids", "labels", "messages", "seq_lengths", "text",
    "tools",
}  # fmt: skip


def training_rows(dataset: Dataset, *, keep: Sequence[str] = ()) -> tuple[Dataset, Selection]:
    """Rows of this library as rows that `trl.SFTTrainer` takes unchanged.

    Rows without an edit sequence are dropped, and so are all columns but ``prompt`` and
    ``completion``. With these two, the trainer computes the loss on the completion only and
    appends one end-of-sequence token to it. Of rows with calls of tools, ``messages`` and ``tools``
    are left, which are trained on with ``assistant_only_loss=True``.

    Args:
        dataset: Rows of any output format but ``pylintseq``, wherever their sequences start. One
            split.
        keep: Columns to keep beside the two.

    Returns:
        The rows, and what became of those that came in. The reason of a dropped row is its
        ``status`` if that is not ``ok``, or else ``no_text`` (prompt or completion is None) or
        ``empty_completion``.

    Raises:
        ColumnError: A column is missing or holds something else, or ``keep`` names a column
            that trainers would read themselves, such as ``text``.
        ConfigError: ``dataset`` is not one split, or is streaming.
    """
    kind = kind_of_rows(dataset)
    _check_stored(dataset)
    for name in keep:
        if name not in dataset.column_names or name in _READ_BY_TRAINERS:
            problem = "is read by trainers" if name in dataset.column_names else "is not there"
            raise ColumnError(f"keep: {name!r} {problem}.", tuple(dataset.column_names))
    has_status = "status" in dataset.column_names
    columns = (*COLUMNS[kind], *["status"] * has_status)
    reasons = list(_reasons(dataset, columns, kind))
    # Each once: `keep` may name the prompt as well.
    names = dict.fromkeys((*COLUMNS[kind], *keep))
    return _select(dataset.select_columns(list(names)), reasons)


def filter_by_length(
    dataset: Dataset,
    tokenizer: PreTrainedTokenizerBase,
    max_length: int = 1024,
    *,
    report: LengthReport | None = None,
) -> tuple[Dataset, Selection]:
    """Drop rows that a trainer would cut.

    Args:
        dataset: What `training_rows` returned.
        tokenizer: See `length_report`.
        max_length: The most tokens of a row, with the one for the end of the sequence.
        report: What `length_report` gave for these rows, so that they need not be counted
            again. Its own limit does not matter.

    Returns:
        The rows that fit, and what became of those that came in. The reason of the others is
        ``longer_than_<max_length>``.

    Raises:
        ColumnError: A column is missing or holds something else.
        ConfigError: See `length_report`; or the report is about other rows.
    """
    kind_of_rows(dataset)
    _check_stored(dataset)
    check_limit(max_length)
    if report is None:
        report = length_report(dataset, tokenizer, max_length)
    # Rows are known by their number alone, so a report of others would drop the wrong ones.
    if report.rows != len(dataset):
        problem = f"is one of {report.rows:,} rows; there are {len(dataset):,}"
        raise ConfigError("report", problem)
    reason = f"longer_than_{max_length}"
    return _select(dataset, [reason if count > max_length else "" for count in report.tokens])


def _check_stored(dataset: Any) -> None:
    from datasets import Dataset

    if not isinstance(dataset, Dataset):
        problem = "is streaming, so its rows cannot be counted; load it without streaming"
        raise ConfigError("dataset", problem)


def _reasons(dataset: Any, columns: Sequence[str], kind: RowKind) -> Iterator[str]:
    """Why each row is dropped; an empty text for a row that is kept."""
    for batch in batches(dataset, "Looking at rows", columns):
        one, other = (batch[name] for name in COLUMNS[kind])
        statuses = batch.get("status", ["ok"] * len(one))
        for status, *texts in zip(statuses, one, other, strict=True):
            # The status first: it says more than that a text is missing, which follows from it.
            if status != "ok":
                yield status or "no_status"
            elif any(text is None for text in texts):
                yield "no_text"
            else:
                said = texts[0] if kind == "calls" else texts[1]
                yield "" if _says_something(said, kind) else "empty_completion"


def _says_something(completion: Any, kind: RowKind) -> bool:
    if kind == "calls":
        return any(message.get("tool_calls") for message in completion)
    if kind == "messages":
        return any(message["content"] for message in completion)
    return bool(completion)


def _select(dataset: Dataset, reasons: Sequence[str]) -> tuple[Dataset, Selection]:
    kept = [index for index, reason in enumerate(reasons) if not reason]
    dropped = Counter(reason for reason in reasons if reason)
    # `select` gives another fingerprint, also where nothing is left out, and so misses the cache.
    rows = dataset if len(kept) == len(dataset) else dataset.select(kept)
    return rows, Selection(len(reasons), len(kept), dict(dropped))
