"""What the rows of a dataset would cost in each form of an edit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lintseq_datasets.edits.formats import edit_form
from lintseq_datasets.edits.prompts import prompt_of
from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.errors import ConfigError, DiffError, ProgramError
from lintseq_datasets.mapping.row_texts import (
    EDIT_COLUMNS,
    TEXT_COLUMNS,
    sequence_of_row,
    texts_of_row,
)
from lintseq_datasets.statistics._distribution import Distribution
from lintseq_datasets.statistics._row_tables import columns_of, not_ours
from lintseq_datasets.statistics.counting import token_counter

_ROWS = 1000  # at once


@dataclass(frozen=True, slots=True)
class FormLengths:
    """How long the rows of a dataset are in one form; lengths of parts are merged with ``+``.

    Args:
        edit_format: The form.
        characters: Characters of the training text of each row.
        tokens: Tokens of each row: the prompt, the training text, and one for its end. Empty
            if no tokens were counted.
        unsaid: Rows whose edits the form cannot say. They count in no distribution.
    """

    edit_format: str
    characters: Distribution = field(default_factory=Distribution)
    tokens: Distribution = field(default_factory=Distribution)
    unsaid: int = 0

    def as_dict(self) -> dict[str, Any]:
        """All counts as plain values that JSON can hold."""
        tokens = {"tokens": self.tokens.as_dict()} if self.tokens.total else {}
        return {"characters": self.characters.as_dict(), **tokens, "unsaid": self.unsaid}

    def __add__(self, other: FormLengths) -> FormLengths:
        if not isinstance(other, FormLengths):
            return NotImplemented
        if other.edit_format != self.edit_format:
            names = f"{self.edit_format!r} and {other.edit_format!r}"
            raise ConfigError("edit_format", f"{names} do not add up: count one form at a time")
        return FormLengths(
            self.edit_format,
            self.characters + other.characters,
            self.tokens + other.tokens,
            self.unsaid + other.unsaid,
        )


def count_forms(
    dataset: Any, edit_formats: Sequence[str], tokenizer: Any = None
) -> dict[str, FormLengths]:
    """Print the sequences of a dataset in several forms, and count how long they are.

    Args:
        dataset: An edit-sequence dataset, a streaming one, or a dictionary of splits. The form
            that its training texts have makes no difference.
        edit_formats: Names of forms; see `EditSequence.to_text`.
        tokenizer: Counts tokens; see `count_dataset`. None counts characters alone.

    Raises:
        ColumnError: The columns are not those of an edit-sequence dataset.
        ConfigError: There is no such form, or the tokenizer cannot be used.
        DiffError: The edits of a row do not fit each other.
    """
    for name in edit_formats:
        # Names are checked before rows are read.
        edit_form(name)
    count = None if tokenizer is None else token_counter(tokenizer)
    found = {name: FormLengths(name) for name in edit_formats}
    parts = dataset.values() if isinstance(dataset, Mapping) else [dataset]
    for part in parts:
        for rows in _sequences(part):
            for name in found:
                found[name] += _lengths(rows, name, count)
    return found


def forms_table(found: Mapping[str, FormLengths]) -> str:
    """A table in plain text, with a line for each form.

    Args:
        found: What `count_forms` gives.
    """
    has_tokens = any(one.tokens.total for one in found.values())
    numbers = ["mean", "median", "95%", "most"]
    what = "tokens of a row" if has_tokens else "characters of a training text"
    rows = [["edit format", "rows", *numbers, "unsaid"]]
    for name, one in found.items():
        shown = one.tokens if has_tokens else one.characters
        quantiles = [f"{shown.quantile(share):,}" for share in (0.5, 0.95, 1)]
        rows.append([name, f"{shown.total:,}", f"{shown.mean:,.1f}", *quantiles, f"{one.unsaid:,}"])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows
    ]
    return "\n".join([f"{what}, by the form of its edits", *lines])


def _lengths(
    rows: Sequence[tuple[str, EditSequence]],
    edit_format: str,
    count: Callable[[list[str]], list[int]] | None,
) -> FormLengths:
    texts: list[tuple[str, str]] = []
    for prompt, sequence in rows:
        try:
            # A form cannot say every edit, such as one of a line that looks like its own marker.
            texts.append((prompt, sequence.to_text(edit_format)))
        except ProgramError:
            continue
    characters = Counter(len(text) for _, text in texts)
    tokens: Counter[int] = Counter()
    if count is not None:  # and the token for the end, which the trainer adds
        tokens.update(number + 1 for number in count([prompt + text for prompt, text in texts]))
    unsaid = len(rows) - len(texts)
    return FormLengths(edit_format, Distribution(characters), Distribution(tokens), unsaid)


def _sequences(dataset: Any) -> Iterator[list[tuple[str, EditSequence]]]:
    """The prompts and sequences of a dataset, some rows at a time."""
    import datasets

    columns = columns_of(dataset)
    texts = next((names for names in TEXT_COLUMNS if set(names) <= set(columns)), None)
    if texts is None or set(EDIT_COLUMNS).isdisjoint(columns):
        raise not_ours(columns)
    more = [name for name in ("edits", "state", "hunk_index", "instruction") if name in columns]
    chosen: Any = dataset.select_columns([*texts, *more])
    if isinstance(dataset, datasets.Dataset):
        # Rows of the format of numpy or torch would be arrays.
        chosen = chosen.with_format(None)
    for batch in chosen.iter(batch_size=_ROWS):
        rows = (
            dict(zip(batch, values, strict=True)) for values in zip(*batch.values(), strict=True)
        )
        found = ((_prompt(row), _sequence(row)) for row in rows)
        yield [(prompt, sequence) for prompt, sequence in found if sequence.edits]


def _prompt(row: Mapping[str, Any]) -> str:
    """The prompt of a row; where a middle is filled in, that of the same edit in other formats."""
    if "hunk_index" in row:
        return prompt_of(row["instruction"] or "", state=row["state"])
    return texts_of_row(row).prompt


def _sequence(row: Mapping[str, Any]) -> EditSequence:
    try:
        return sequence_of_row(row)
    except DiffError as error:
        raise DiffError(f"a row does not hold unified diffs: {error.problem}") from None
