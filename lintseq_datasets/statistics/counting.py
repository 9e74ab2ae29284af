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
from collections.abc import Callable, Mapping, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Any

from lintseq_datasets.edits.training_text import DIFF_TOKEN
from lintseq_datasets.errors import ConfigError, MissingExtraError
from lintseq_datasets.installing import install_command
from lintseq_datasets.mapping.accounting import AUDIT_COLUMNS, Accounting
from lintseq_datasets.mapping.made_with import MADE_WITH, count_made_with
from lintseq_datasets.mapping.row_texts import part_columns
from lintseq_datasets.statistics._distribution import Distribution
from lintseq_datasets.statistics._row_tables import beginnings, row_tables
from lintseq_datasets.statistics._statistics import GROWTH_STEPS, Statistics
from lintseq_datasets.statistics._whole_sequences import (
    lines_of_edits,
    texts_of_sequences,
    whole_sequences,
)

if TYPE_CHECKING:
    import pyarrow


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
    return Statistics.merge(
        count_rows(table, count) for part in parts for table in row_tables(part)
    )


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
    # The form of `pylintseq`, whose rows say neither a status nor how they were made.
    if "edit_path" in table.column_names:
        sequences, edits = table, _column(table, "edit_path")
        before, prompts = _column(table, "source_response"), _column(table, "source_instruction")
        after = _joined(edits)
    else:
        accounting = _account(table.filter(beginnings(table)))
        if MADE_WITH in table.column_names:
            runs = dict(count_made_with(table[MADE_WITH]))
        table = table.filter(pc.greater_equal(table["sample_index"], 0))
        sequences, edits = table.filter(beginnings(table)), _column(table, "edits")
        before, prompts = _column(sequences, "program"), _column(table, "prompt")
        after = _column(table, "completion")
        # Counted in one pass of Arrow as "method, linter"; in Python only the few distinct ones.
        names = pc.binary_join_element_wise(sequences["method"], sequences["linter"], ", ")
        # RandSeq has no linter.
        sources = {name.removesuffix(", "): number for name, number in _value_counts(names)}
    edit_lines, removed_lines = (
        lines_of_edits(table, pc.count_substring(pc.list_flatten(edits), sign))
        for sign in ("\n+", "\n-")
    )
    starts = None
    if "state" in table.column_names:
        starts = _column(sequences, "state").to_pylist()
    return Statistics(
        accounting=accounting,
        sources=sources,
        runs=runs,
        edits=_distribution(_numbers_of_edits(sequences, edits)),
        edit_lines=_distribution(edit_lines),
        removed_lines=_distribution(removed_lines),
        lines_before=_distribution(_lines(before)),
        lines_after=_distribution(_lines(after)),
        characters_before=_distribution(pc.utf8_length(before)),
        characters_after=_distribution(pc.utf8_length(after)),
        tokens=Distribution() if count is None else _tokens(prompts, after, count),
        growth=_growth(*whole_sequences(table, edits, edit_lines)),
        pairs=_pairs(before.to_pylist(), texts_of_sequences(table, after), starts),
    )


def _numbers_of_edits(sequences: pyarrow.Table, edits: Any) -> Any:
    """How many edits each sequence has; where its rows hold some each, they say it."""
    import pyarrow.compute as pc

    has_parts = part_columns(sequences.column_names)
    return _column(sequences, "num_edits") if has_parts else pc.list_value_length(edits)


def _column(table: pyarrow.Table, name: str) -> Any:
    """A column as one array."""
    import pyarrow

    column = table[name].combine_chunks()
    if isinstance(column, pyarrow.ChunkedArray):  # older versions, or no rows
        column = pyarrow.concat_arrays(column.chunks) if column.num_chunks else column.chunk(0)
    return column


def _joined(edits: Any) -> Any:
    """The training texts of printed edits."""
    import pyarrow.compute as pc

    texts = pc.binary_join(edits, "\n" + DIFF_TOKEN)
    return pc.binary_join_element_wise(DIFF_TOKEN, texts, "")  # the last one stands between


def _lines(texts: Any) -> Any:
    import pyarrow.compute as pc

    # Newlines stand between lines, so there is one line more; the empty program has none.
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
    lengths = _numbers_of_edits(table, table["edits"])
    is_sequence = pc.greater_equal(indices, 0)
    # `Accounting.of` goes row by row. Rows with a sequence are most of them and differ only in
    # what is counted here by column, so only the others are passed to it.
    failed = table.filter(pc.invert(is_sequence))["status"]
    sampled = pc.sum(pc.equal(indices, 0)).as_py() or 0
    whole = Accounting.of({"status": failed.to_pylist(), "sample_index": [-1] * len(failed),
                           "num_edits": [0] * len(failed)})  # fmt: skip
    edits = dict(_value_counts(lengths.filter(is_sequence)))
    # The sum over no rows is None.
    audited, rejected = (pc.sum(table[name]).as_py() or 0 for name in AUDIT_COLUMNS)
    return whole + Accounting(sampled, sampled, {}, {}, edits, audited, rejected)


def _growth(lengths: Any, edit_lines: Any) -> tuple[Distribution, ...]:
    """Percent of the lines that are written, after each part of the edits."""
    import numpy as np

    # Lines of all sequences, one behind the other: those of the edits from a to b are
    # written[b] - written[a], for every sequence at once.
    written = np.concatenate([[0], np.cumsum(edit_lines)])
    ends = np.cumsum(lengths)
    starts, lengths = (ends - lengths)[lengths > 0], lengths[lengths > 0]
    whole = written[starts + lengths] - written[starts]
    # Sequences that write nothing have no growth, and would divide by 0.
    starts, lengths, whole = starts[whole > 0], lengths[whole > 0], whole[whole > 0]
    # Edits of 3, 1 and 4 lines at step 10 of 20: 3 * 10 / 20 is made 1, rest 10. So 3 lines are
    # written, and 10/20 of the 1 that comes next: times 20, 3 * 20 + 1 * 10 = 70 of 160.
    steps = []
    for step in range(GROWTH_STEPS + 1):
        made, rest = np.divmod(lengths * step, GROWTH_STEPS)
        low = written[starts + made]
        high = written[starts + np.minimum(made + 1, lengths)]
        # Whole edits, and a share of the one that is in work; times GROWTH_STEPS, to stay whole.
        lines = (low - written[starts]) * GROWTH_STEPS + (high - low) * rest
        scale = whole * GROWTH_STEPS
        # Rounded to whole percents, halves up, without a fraction that differs between machines.
        percent, counts = np.unique((200 * lines + scale) // (2 * scale), return_counts=True)
        steps.append(Distribution(dict(zip(percent.tolist(), counts.tolist(), strict=True))))
    return tuple(steps)


def _pairs(
    programs: Sequence[str], texts: Sequence[str], starts: Sequence[str | None] | None = None
) -> bytes:
    # The same edits from another state are another sequence; from the empty program, none is said.
    sequences = zip(texts, starts or repeat(""), strict=False)
    digests = (
        # No program holds a null character, so it is certain where the start ends.
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
    for number in count(examples):  # and the token for the end, which the trainer adds
        found[number + 1] = found.get(number + 1, 0) + 1
    return Distribution(found)


def token_counter(tokenizer: Any) -> Callable[[list[str]], list[int]]:
    """A function from texts to their numbers of tokens; see `count_dataset`.

    Raises:
        ConfigError: The tokenizer cannot be used.
    """
    if isinstance(tokenizer, str):
        tokenizer = _load_tokenizer(tokenizer)
    # Asked first, because one of transformers has `encode`, too, which takes one text at a time.
    if hasattr(tokenizer, "encode") and callable(tokenizer):  # transformers
        return lambda texts: list(map(len, tokenizer(texts)["input_ids"])) if texts else []
    if hasattr(tokenizer, "encode_ordinary"):  # tiktoken, whose `encode` refuses special tokens
        return lambda texts: [len(tokenizer.encode_ordinary(text)) for text in texts]
    if hasattr(tokenizer, "encode"):
        return lambda texts: [_number(tokenizer.encode(text)) for text in texts]
    if callable(tokenizer):
        return lambda texts: [_number(tokenizer(text)) for text in texts]
    raise ConfigError(
        "tokenizer",
        f"{type(tokenizer).__name__} is no tokenizer: give its name, or one of transformers",
    )


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
