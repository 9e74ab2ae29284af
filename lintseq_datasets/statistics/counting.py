r"""From the rows of a dataset to its statistics, column by column.

Nothing loops over rows in Python, except for digests and tokens. Rows come as Arrow tables, and
each number is one operation on a whole column: the lines that an edit writes, for example, are
counted as the occurrences of ``"\n+"`` in its text, since an edit starts with a header and each
added line follows a newline.

Growth is counted in whole numbers, so that statistics of parts add up exactly. A sequence whose
edits write 3, 1 and 4 lines has 8 lines in all. After half of its edits, 1.5 of them are made:
3 lines by the first and half of 1 by the second, which is 3.5 of 8 lines, or 44%.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Any

from lintseq_datasets.edits.sequence import DIFF_TOKEN
from lintseq_datasets.errors import ColumnError, ConfigError, MissingExtraError, install_command
from lintseq_datasets.mapping.accounting import AUDIT_COLUMNS, Accounting
from lintseq_datasets.mapping.made_with import MADE_WITH, count_made_with
from lintseq_datasets.statistics._distribution import Distribution
from lintseq_datasets.statistics._statistics import GROWTH_STEPS, Statistics

if TYPE_CHECKING:
    import pyarrow

_ROWS = 20_000  # in one table
_DEFAULT = (
    "prompt",
    "completion",
    "edits",
    "program",
    "sample_index",
    "status",
    "method",
    "linter",
    *AUDIT_COLUMNS,
)
_PYLINTSEQ = ("edit_path", "source_instruction", "source_response")


# --- the public function -------------------------------------------------------------


def count_dataset(dataset: Any, tokenizer: Any = None) -> Statistics:
    """The statistics of an edit-sequence dataset.

    Rows are read in batches, so memory does not grow with the dataset, except for 16 bytes for
    each distinct sequence.

    Args:
        dataset: A dataset of any output format, a streaming one, or a dictionary of splits.
        tokenizer: Counts tokens: a tokenizer of `transformers`, `tokenizers` or
            `tiktoken`; a function from a text to its tokens or to their number; or the
            name of a tokenizer for `transformers.AutoTokenizer`.

    Raises:
        ColumnError: The columns are not those of an output format.
        ConfigError: The tokenizer cannot be used, or ``dataset`` is no dataset.
    """
    count = None if tokenizer is None else token_counter(tokenizer)
    parts = dataset.values() if isinstance(dataset, Mapping) else [dataset]
    return Statistics.merge(count_rows(table, count) for part in parts for table in _tables(part))


def _tables(dataset: Any) -> Iterator[pyarrow.Table]:
    import datasets

    if not isinstance(dataset, (datasets.Dataset, datasets.IterableDataset)):
        raise ConfigError("dataset", f"{type(dataset).__name__} is no dataset")
    columns = dataset.column_names
    if columns is None:  # a streaming dataset may not know its columns before its first row
        columns = list(next(iter(dataset), {}))
    wanted = next((names for names in (_DEFAULT, _PYLINTSEQ) if set(names) <= set(columns)), None)
    if wanted is None:
        problem = "These are not the columns of an edit-sequence dataset."
        raise ColumnError(problem, tuple(columns))
    more = [name for name in (MADE_WITH, "state") if name in columns]
    chosen = dataset.select_columns([*wanted, *more])
    if isinstance(dataset, datasets.Dataset):
        for table in chosen.with_format("arrow").iter(batch_size=_ROWS):
            yield _in_usual_types(table)
        return
    import pyarrow

    for batch in chosen.iter(batch_size=_ROWS):
        columns = {name: pyarrow.array(values) for name, values in batch.items()}
        yield _in_usual_types(pyarrow.table(columns))


def _in_usual_types(table: pyarrow.Table) -> pyarrow.Table:
    """A table with the types of ours where another program has written others, such as pandas."""
    import pyarrow as pa

    fields = [field.with_type(_usual_type(field.type)) for field in table.schema]
    schema = pa.schema(fields)
    return table if schema.types == table.schema.types else table.cast(schema)


def _usual_type(kind: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_floating(kind):  # of whole numbers, by pandas
        return pa.int64()
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.list_(_usual_type(kind.value_type))
    if pa.types.is_struct(kind):
        fields = (kind.field(number) for number in range(kind.num_fields))
        return pa.struct([field.with_type(_usual_type(field.type)) for field in fields])
    return kind


# --- one batch -----------------------------------------------------------------------


def count_rows(table: pyarrow.Table, count: Callable[[list[str]], list[int]] | None) -> Statistics:
    """The statistics of some rows.

    Args:
        table: Rows of any output format.
        count: A function from texts to their numbers of tokens; None to count no tokens.
    """
    import pyarrow.compute as pc

    accounting = None
    sources: dict[str, int] = {}
    runs: dict[str, int] = {}
    starts: Any = None
    if "edit_path" in table.column_names:
        edits, before = _column(table, "edit_path"), _column(table, "source_response")
        prompts, after = _column(table, "source_instruction"), _joined(edits)
    else:
        accounting = _account(table)
        if MADE_WITH in table.column_names:
            runs = dict(count_made_with(table[MADE_WITH]))
        table = table.filter(pc.greater_equal(table["sample_index"], 0))
        edits, before = _column(table, "edits"), _column(table, "program")
        prompts, after = _text(table, "prompt"), _text(table, "completion")
        starts = _column(table, "state") if "state" in table.column_names else None
        names = pc.binary_join_element_wise(table["method"], table["linter"], ", ")
        sources = {name.removesuffix(", "): number for name, number in _value_counts(names)}
    columns = [column for column in (before, after, starts) if column is not None]
    lengths = pc.list_value_length(edits)
    edit_lines = pc.count_substring(pc.list_flatten(edits), "\n+")
    removed_lines = pc.count_substring(pc.list_flatten(edits), "\n-")
    return Statistics(
        accounting=accounting,
        sources=sources,
        runs=runs,
        edits=_distribution(lengths),
        edit_lines=_distribution(edit_lines),
        removed_lines=_distribution(removed_lines),
        lines_before=_distribution(_lines(before)),
        lines_after=_distribution(_lines(after)),
        characters_before=_distribution(pc.utf8_length(before)),
        characters_after=_distribution(pc.utf8_length(after)),
        tokens=Distribution() if count is None else _tokens(prompts, after, count),
        growth=_growth(lengths.to_numpy(zero_copy_only=False), edit_lines),
        pairs=_pairs(*(column.to_pylist() for column in columns)),
    )


def _column(table: pyarrow.Table, name: str) -> Any:
    """A column as one array."""
    import pyarrow

    column = table[name].combine_chunks()
    if isinstance(column, pyarrow.ChunkedArray):  # older versions, or no rows
        column = pyarrow.concat_arrays(column.chunks) if column.num_chunks else column.chunk(0)
    return column


def _text(table: pyarrow.Table, name: str) -> Any:
    """The column of prompts or training texts: a text, or one chat message."""
    import pyarrow
    import pyarrow.compute as pc

    column = _column(table, name)
    if not pyarrow.types.is_list(column.type) and not pyarrow.types.is_large_list(column.type):
        return column
    return pc.struct_field(pc.list_element(column, 0), "content")


def _joined(edits: Any) -> Any:
    """The training texts of printed edits."""
    import pyarrow.compute as pc

    texts = pc.binary_join(edits, "\n" + DIFF_TOKEN)
    return pc.binary_join_element_wise(DIFF_TOKEN, texts, "")


def _lines(texts: Any) -> Any:
    import pyarrow.compute as pc

    is_text = pc.greater(pc.binary_length(texts), 0)
    return pc.add(pc.count_substring(texts, "\n"), is_text.cast("int32"))


def _value_counts(values: Any) -> list[tuple[Any, int]]:
    import pyarrow.compute as pc

    counted = pc.value_counts(values)
    return [(entry["values"], entry["counts"]) for entry in counted.to_pylist()]


def _distribution(values: Any) -> Distribution:
    return Distribution({int(number): count for number, count in _value_counts(values)})


def _account(table: pyarrow.Table) -> Accounting:
    import pyarrow.compute as pc

    indices = table["sample_index"]
    lengths = pc.list_value_length(table["edits"])
    is_sequence = pc.greater_equal(indices, 0)
    # `Accounting.of` goes row by row. Rows with a sequence are most of them and differ only in
    # what is counted here by column, so only the others are passed to it.
    failed = table.filter(pc.invert(is_sequence))["status"]
    sampled = pc.sum(pc.equal(indices, 0)).as_py() or 0
    whole = Accounting.of({"status": failed.to_pylist(), "sample_index": [-1] * len(failed),
                           "num_edits": [0] * len(failed)})  # fmt: skip
    edits = dict(_value_counts(lengths.filter(is_sequence)))
    audited, rejected = (pc.sum(table[name]).as_py() or 0 for name in AUDIT_COLUMNS)
    return whole + Accounting(sampled, sampled, {}, {}, edits, audited, rejected)


def _growth(lengths: Any, edit_lines: Any) -> tuple[Distribution, ...]:
    """Percent of the lines that are written, after each part of the edits."""
    import numpy as np

    written = np.concatenate([[0], np.cumsum(edit_lines.to_numpy(zero_copy_only=False))])
    ends = np.cumsum(lengths)
    starts, lengths = (ends - lengths)[lengths > 0], lengths[lengths > 0]
    whole = written[starts + lengths] - written[starts]
    # Sequences that write nothing have no growth, and would divide by 0.
    starts, lengths, whole = starts[whole > 0], lengths[whole > 0], whole[whole > 0]
    steps = []
    for step in range(GROWTH_STEPS + 1):
        made, rest = np.divmod(lengths * step, GROWTH_STEPS)
        low = written[starts + made]
        high = written[starts + np.minimum(made + 1, lengths)]
        # Whole edits, and a share of the one that is in work; times GROWTH_STEPS, to stay whole.
        lines = (low - written[starts]) * GROWTH_STEPS + (high - low) * rest
        scale = whole * GROWTH_STEPS
        percent, counts = np.unique((200 * lines + scale) // (2 * scale), return_counts=True)
        steps.append(Distribution(dict(zip(percent.tolist(), counts.tolist(), strict=True))))
    return tuple(steps)


def _pairs(
    programs: Sequence[str], texts: Sequence[str], starts: Sequence[str | None] | None = None
) -> bytes:
    # The same edits from another state are another sequence; from the empty program, none is said.
    sequences = zip(texts, starts or repeat(""), strict=False)
    digests = (
        _digest(program) + _digest(f"{start}\0{text}" if start else text)
        for program, (text, start) in zip(programs, sequences, strict=True)
    )
    return b"".join(sorted(set(digests)))


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=8).digest()


# --- tokens --------------------------------------------------------------------------


def _tokens(prompts: Any, texts: Any, count: Callable[[list[str]], list[int]]) -> Distribution:
    examples = [
        (prompt or "") + text
        for prompt, text in zip(prompts.to_pylist(), texts.to_pylist(), strict=True)
    ]
    found: dict[int, int] = {}
    for number in count(examples):
        found[number + 1] = found.get(number + 1, 0) + 1
    return Distribution(found)


def token_counter(tokenizer: Any) -> Callable[[list[str]], list[int]]:
    """A function from texts to their numbers of tokens; see `count_dataset`.

    Raises:
        ConfigError: The tokenizer cannot be used.
    """
    if isinstance(tokenizer, str):
        tokenizer = _load_tokenizer(tokenizer)
    if hasattr(tokenizer, "encode") and callable(tokenizer):  # transformers
        return lambda texts: list(map(len, tokenizer(texts)["input_ids"])) if texts else []
    if hasattr(tokenizer, "encode_ordinary"):  # tiktoken
        return lambda texts: [len(tokenizer.encode_ordinary(text)) for text in texts]
    if hasattr(tokenizer, "encode"):
        return lambda texts: [_number(tokenizer.encode(text)) for text in texts]
    if callable(tokenizer):
        return lambda texts: [_number(tokenizer(text)) for text in texts]
    raise ConfigError("tokenizer", f"{type(tokenizer).__name__} is no tokenizer")


def _number(tokens: Any) -> int:
    if isinstance(tokens, int):
        return tokens
    return len(getattr(tokens, "ids", tokens))


def _load_tokenizer(name: str) -> Any:
    try:
        from transformers import AutoTokenizer
    except ImportError:
        raise MissingExtraError("transformers", "", install_command("transformers")) from None
    try:
        return AutoTokenizer.from_pretrained(name)
    except (OSError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise ConfigError("tokenizer", f"cannot load {name!r}: {reason}") from None
