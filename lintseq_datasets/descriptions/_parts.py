"""The parts of rows that are described: each edit, or the segment that a row is.

A part has an id that is made of what is described, not of where it stands. So answers find their
rows wherever these have gone since, and rows that hold the same share an answer:

    prompt "Print one."   state ""   edits [a = 1, print(a)]

    9f2c...-0   the first edit         9f2c...   the row as a segment
    9f2c...-1   the second
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

from lintseq_datasets.errors import ColumnError, ConfigError
from lintseq_datasets.samplers.option_checks import check_choice

Per: TypeAlias = Literal["edit", "segment"]
"""What is described: each edit of a row, or the row as a whole."""

DESCRIPTION = "description"
"""The column of descriptions: a list for edits, a text for segments."""
DESCRIPTION_MODEL = "description_model"
"""The column that names the models that wrote them."""

_NEEDED = ("edits", "status", "sample_index", "made_with")
_BATCH_ROWS = 500


class DescribedPart(NamedTuple):
    """An edit or a segment of a row."""

    custom_id: str
    first: int  # number of its first edit
    last: int  # and of the one behind its last


def described_parts(row: Mapping[str, Any], per: Per) -> list[DescribedPart]:
    """The parts of a row; none of one without a sequence."""
    edits = row["edits"]
    if not edits:
        return []
    # As JSON, in which no two such lists look the same. It escapes what is not ASCII, so that texts
    # that cannot be encoded have an id, too.
    content = json.dumps([asked_in(row), row.get("state") or "", edits])
    name = hashlib.blake2b(content.encode("ascii"), digest_size=16).hexdigest()
    if per == "segment":
        return [DescribedPart(name, 0, len(edits))]
    return [DescribedPart(f"{name}-{number}", number, number + 1) for number in range(len(edits))]


def asked_in(row: Mapping[str, Any]) -> str | list[str]:
    """The prompt of a row; of messages, the texts of those who ask."""
    if "hunk_index" in row:  # the prompt has the state alone, between markers
        return str(row["instruction"] or "")
    asked = row.get("prompt", row.get("messages")) or ""
    if isinstance(asked, str):
        return asked
    # What an assistant says may have descriptions in it, later.
    return [
        str(turn.get("content") or "")
        for turn in asked
        if turn.get("role") not in ("assistant", "tool")
    ]


def per_of(dataset: Any, per: Per | None) -> Per:
    """What is described of the rows of a dataset; where nobody says, segments where they are.

    Args:
        dataset: One split, with the columns of an output format that has a row for each sequence.
        per: What a caller says.

    Raises:
        ColumnError: There are no such columns.
        ConfigError: ``per`` is no choice, or ``dataset`` is no dataset.
    """
    if not hasattr(dataset, "column_names") or isinstance(dataset, Mapping):
        raise ConfigError(
            "dataset",
            f"{type(dataset).__name__} is not one dataset: choose a split",
        )
    names = dataset.column_names
    if names is None:  # of a stream that does not know its columns before its rows
        names = list(next(iter(dataset), {}))
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        problem = f"Edits of these rows cannot be described: there is no column {missing[0]!r}."
        raise ColumnError(problem, tuple(names))
    check_choice("per", per, (None, "edit", "segment"))
    return per or ("segment" if "end_state" in names else "edit")


def rows_in(dataset: Any) -> Iterator[dict[str, Any]]:
    """The rows of a dataset; a few are in memory at a time."""
    for batch in dataset.iter(batch_size=_BATCH_ROWS):
        yield from rows_of(batch)


def rows_of(batch: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    """The rows of a batch."""
    for values in zip(*batch.values(), strict=True):
        yield dict(zip(batch, values, strict=True))


def known_descriptions(row: Mapping[str, Any], count: int) -> list[str | None]:
    """What a row says already of each of its parts."""
    known = row.get(DESCRIPTION)
    known = [known] if known is None or isinstance(known, str) else list(known)
    # Of another number, they were of something else: of segments, say, where edits are asked for.
    return [text or None for text in known] if len(known) == count else [None] * count
