"""Which rows are exact duplicates of an earlier one.

Only digests of 16 bytes are compared. They are sorted, which brings equal ones together, and the
first of each group, by the number of its row, is the one that stays:

    row     0  1  2  3  4
    digest  b  a  b  c  a        first row with this digest: 0 1 0 3 1
                                 so rows 2 and 4 are duplicates, of rows 0 and 1
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from lintseq_datasets.errors import ColumnError
from lintseq_datasets.mapping.cells import Batch
from lintseq_datasets.mapping.rows import OK
from lintseq_datasets.mapping.versions import VersionedFunction
from lintseq_datasets.prepare._steps import as_columns, dropped, earlier_marks
from lintseq_datasets.samplers.option_checks import check_choice

if TYPE_CHECKING:
    import numpy as np
    from datasets import Dataset, IterableDataset

By: TypeAlias = Literal["pair", "program", "instruction"]

_COLUMNS: dict[str, tuple[str, ...]] = {
    "pair": ("instruction", "program"),
    "program": ("program",),
    "instruction": ("instruction",),
}
_DIGEST_BYTES = 16  # far too many for two different rows to share one by chance

_AnyDataset = TypeVar("_AnyDataset", "Dataset", "IterableDataset")


@VersionedFunction
def digest_rows(batch: Batch, *, by: By = "pair") -> dict[str, list[bytes | None]]:
    """The digest of each row, which is equal for equal rows.

    Args:
        batch: Columns by name.
        by: What must be equal. White space around an instruction does not count.

    Returns:
        The column ``digest``: 16 bytes, or None for a row that an earlier step dropped.

    Raises:
        ColumnError: A column that is compared is missing.
        ConfigError: ``by`` is none of the choices.
    """
    names = compared_columns(by)
    marks = earlier_marks(batch, names)
    rows = zip(*(batch[name] for name in names), strict=True)
    return {
        "digest": [
            _digest(names, texts) if mark.status == OK else None
            for mark, texts in zip(marks, rows, strict=True)
        ]
    }


def compared_columns(by: str) -> tuple[str, ...]:
    """The columns that are compared.

    Raises:
        ConfigError: ``by`` is none of the choices.
    """
    check_choice("duplicates", by, tuple(_COLUMNS))
    return _COLUMNS[by]


def _digest(names: Sequence[str], texts: Sequence[str | None]) -> bytes:
    hashed = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for name, text in zip(names, texts, strict=True):
        # A row without an instruction repeats one whose instruction is empty. White space counts
        # in programs, where it can be an indent.
        compared = (text or "").strip() if name == "instruction" else (text or "")
        # Rows that stream from a generator may hold lone surrogates; UTF-8 alone would refuse them.
        content = compared.encode("utf-8", "surrogatepass")
        # The length in front keeps ("ab", "c") apart from ("a", "bc").
        hashed.update(len(content).to_bytes(8, "big") + content)
    return hashed.digest()


@dataclass(frozen=True, slots=True)
class Duplicates:
    """The rows of a dataset that are duplicates of an earlier one.

    It is a mapper for ``Dataset.map(..., batched=True, with_indices=True)`` over the dataset that
    the duplicates were found in.

    Args:
        rows: By the number of each duplicate, a text that names the row that it repeats.
    """

    rows: Mapping[int, str] = field(default_factory=dict)

    def __call__(self, batch: Batch, indices: Sequence[int]) -> dict[str, list[Any]]:
        """Mark the duplicates in a batch; other rows keep what earlier steps said."""
        marks = earlier_marks(batch, [next(iter(batch))])  # any column tells how many rows it has
        return as_columns(
            dropped("duplicate", self.rows[index]) if index in self.rows else mark
            for mark, index in zip(marks, indices, strict=True)
        )


def find_duplicates(
    dataset: Dataset, by: By = "pair", *, num_proc: int | None = None, batch_size: int = 1000
) -> Duplicates:
    """Find the rows that repeat an earlier one. The first of equal rows is not among them.

    Rows that an earlier step dropped are left out of the comparison. Memory holds 16 bytes for
    each row, and about three times as much while they are sorted.

    Args:
        dataset: A dataset with the columns ``instruction`` and ``program``.
        by: What must be equal: the ``"pair"`` of both, the ``"program"`` or the
            ``"instruction"``.
        num_proc: Processes.
        batch_size: Rows in a call of the mapper. It changes only the speed.

    Raises:
        ColumnError: A column that is compared is missing.
        ConfigError: ``by`` is none of the choices.
    """
    import numpy as np
    from datasets import Features, Value

    _check_columns(dataset.column_names, by)
    # `map` over no rows makes no column, so there would be no digest to look at.
    if not len(dataset):
        return Duplicates()
    digests = dataset.map(
        digest_rows,
        batched=True,
        batch_size=batch_size,
        num_proc=num_proc,
        remove_columns=dataset.column_names,
        features=Features({"digest": Value("binary")}),
        fn_kwargs={"by": by},
        desc="Comparing rows",
    )
    # As two integers each, digests are sorted by numpy, without an object for each row.
    column = digests.with_format("arrow")[:]["digest"]
    # From places among the rows that are compared back to numbers of rows. Say row 1 was dropped:
    #
    #     digest b - b a      present 0 2 3      first_occurrences 0 0 2      firsts 0 0 3
    #
    # so of the rows 0, 2 and 3 only row 2 differs from its first one, and repeats row 0.
    present = np.flatnonzero(column.is_valid().to_numpy())
    joined = b"".join(column.drop_null().to_pylist())
    firsts = present[first_occurrences(np.frombuffer(joined, np.uint64).reshape(-1, 2))]
    repeats = present != firsts
    return Duplicates(_names(dataset, present[repeats], firsts[repeats]))


def first_occurrences(digests: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """For each row of an array of two columns, the number of the first row that is equal to it.

    >>> import numpy as np
    >>> first_occurrences(np.array([[1, 2], [3, 4], [1, 2]], np.uint64)).tolist()
    [0, 1, 0]
    """
    import numpy as np

    # With the digests b a b: order 1 0 2, starts 1 1 0. The sum of starts less 1 is the group of
    # each place, 0 1 1, and order[starts] has the first row of each group: 1 0.
    order = np.lexsort((digests[:, 1], digests[:, 0]))  # stable: equal ones keep their order
    ordered = digests[order]
    starts = np.ones(len(order), bool)
    # Rows of one digest are equal in both halves. One half alone may be equal by chance.
    starts[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    firsts = np.empty(len(order), np.int64)
    firsts[order] = order[starts][np.cumsum(starts) - 1]
    return firsts


def _names(
    dataset: Dataset, repeats: np.ndarray[Any, Any], firsts: np.ndarray[Any, Any]
) -> dict[int, str]:
    # A dataset of the caller, on which this step is used alone.
    if not {"source", "source_id"} <= set(dataset.column_names):
        return {int(row): f"of row {first}" for row, first in zip(repeats, firsts, strict=True)}
    rows = dataset.select_columns(["source", "source_id"]).select(firsts).with_format(None)
    found = (
        f"of {source} {source_id}"
        for batch in rows.iter(batch_size=1000)
        for source, source_id in zip(batch["source"], batch["source_id"], strict=True)
    )
    return {int(row): text for row, text in zip(repeats, found, strict=True)}


def drop_duplicates(
    dataset: _AnyDataset, by: By = "pair", *, num_proc: int | None = None
) -> _AnyDataset:
    """A dataset without the rows that repeat an earlier one.

    Args:
        dataset: A dataset, streaming or not, with the columns that are compared. While it
            streams, 16 bytes are kept for each row that was read.
        by: What must be equal: the ``"pair"`` of instruction and program, the
            ``"program"`` or the ``"instruction"``.
        num_proc: Processes. It has no effect on a streaming dataset.

    Raises:
        ColumnError: A column that is compared is missing.
        ConfigError: ``by`` is none of the choices.

    >>> from datasets import Dataset
    >>> rows = Dataset.from_dict({"instruction": ["a", "a ", "b"], "program": ["x", "x", "x"]})
    >>> len(drop_duplicates(rows)), len(drop_duplicates(rows, by="program"))
    (2, 1)
    """
    import datasets
    import numpy as np

    if isinstance(dataset, datasets.IterableDataset):
        compared_columns(by)
        return datasets.IterableDataset.from_generator(
            _first_rows, features=dataset.features, gen_kwargs={"dataset": dataset, "by": by}
        )
    # `select` writes down the numbers of the rows that stay, and copies no text.
    repeats = find_duplicates(dataset, by, num_proc=num_proc).rows
    return dataset.select(np.setdiff1d(np.arange(len(dataset)), list(repeats)))


def _first_rows(dataset: IterableDataset, by: By) -> Iterator[dict[str, Any]]:
    seen: set[bytes] = set()
    for row in dataset:
        (digest,) = digest_rows({name: [value] for name, value in row.items()}, by=by)["digest"]
        if digest not in seen:
            if digest is not None:  # a row that an earlier step dropped repeats none
                seen.add(digest)
            yield row


def _check_columns(available: Sequence[str], by: str) -> None:
    for name in compared_columns(by):
        if name not in available:
            raise ColumnError(f"There is no column {name!r}.", tuple(available))
