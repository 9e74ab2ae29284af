"""From sources to one dataset: the steps over whole datasets, in their order.

Each step but the first only *marks* rows: it writes the four columns of `Mark` and copies no
text. The rows are split into kept and dropped ones once, at the end, so that every row is still
there to be counted.

    pool          rows of all sources, in the same columns
    syntax        does the program parse?
    decontaminate does the row hold text of a benchmark?
    deduplicate   does the row repeat an earlier one?
    split         the kept rows, the dropped rows, the report
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from lintseq_datasets.errors import ColumnError, ConfigError, LintSeqError, did_you_mean
from lintseq_datasets.languages.base import load_language
from lintseq_datasets.mapping.accounting import DONE_COLUMN
from lintseq_datasets.mapping.choices import KeepColumns
from lintseq_datasets.mapping.keeping import as_keep_columns
from lintseq_datasets.mapping.rows import OK
from lintseq_datasets.mapping.versions import data_versions
from lintseq_datasets.prepare._benchmark_tasks import Task
from lintseq_datasets.prepare._decontaminate import Decontaminator
from lintseq_datasets.prepare._duplicates import By, compared_columns, find_duplicates
from lintseq_datasets.prepare._prepare_report import (
    PrepareReport,
    contaminated_rows,
    report_sources,
)
from lintseq_datasets.prepare._source_loading import Loaded, load_source, load_tasks
from lintseq_datasets.prepare._steps import (
    Mark,
    extract_programs,
    find_syntax_errors,
    mark_features,
    pooled_features,
)
from lintseq_datasets.prepare.specs import Source, as_specs
from lintseq_datasets.samplers.option_checks import check_int

if TYPE_CHECKING:
    from datasets import Dataset


class Prepared(NamedTuple):
    """What `prepare` gives."""

    dataset: Dataset
    """The rows that were kept: ``instruction``, ``program``, ``license``, ``source``,
    ``source_id``, and columns of the sources that are kept."""
    dropped: Dataset
    """The other rows, with ``status``, ``detail``, ``benchmark`` and ``task_id``."""
    report: PrepareReport
    """What became of the rows."""


def prepare(
    sources: Any,
    benchmarks: Any = (),
    *,
    language: str = "python",
    keep_columns: KeepColumns = None,
    duplicates: By | None = "pair",
    check_syntax: bool = True,
    ngram: int | None = 13,
    ngram_solutions: bool = True,
    prompt_substring: bool = True,
    solution_substring: bool = True,
    test_substring: bool = False,
    min_words: int = 4,
    num_proc: int | None = None,
    batch_size: int = 1000,
) -> Prepared:
    """Pool datasets into instructions and programs, cleaned (paper section 3.2, D.1).

    Markdown and prose around programs are stripped. Rows are dropped if they are in another
    language, do not parse, hold text of a benchmark, or repeat an earlier row. Every row is
    accounted for. The result is what `lintseq_datasets.lintseq_map` takes, and does not depend on
    ``num_proc`` and ``batch_size``.

    Args:
        sources: One or several `Source`s. A path, an id on the Hub, a dataset or a mapping with
            the fields of a source can stand for one.
        benchmarks: One or several `Benchmark`s, or what can stand for one.
        language: What the programs are written in.
        keep_columns: Columns of the sources to keep beside those of the result: names, or True for
            all that are not read. Where a source has no column of that name, it is None.
        duplicates: What must be equal for a row to repeat an earlier one: ``"pair"`` (instruction
            and program), ``"program"`` or ``"instruction"``. None keeps all rows.
        check_syntax: Whether to drop programs that do not parse. Of most languages the first
            linter is asked, which must be installed.
        ngram: Rows that share so many consecutive words with a benchmark are dropped; None
            for no such test. `Decontaminator` has more about this and what follows.
        ngram_solutions: Whether solutions count there, or prompts alone.
        prompt_substring: Whether to drop rows that hold a prompt.
        solution_substring: Whether to drop rows that hold a canonical solution.
        test_substring: Whether to drop rows that hold an assertion of a test.
        min_words: Substrings of fewer words count only if they are the whole text.
        num_proc: Processes.
        batch_size: Rows in a call of a mapper.

    Raises:
        ColumnError: A column is missing, ambiguous or holds no text.
        ConfigError: An option has no usable value, or a dataset cannot be read.
    """
    if duplicates is not None:
        # Only to check the option, which the last step would otherwise refuse after all others ran.
        compared_columns(duplicates)
    _check_counts(num_proc, batch_size)
    loaded = _load(as_specs(sources, Source), language, keep_columns)
    tasks = load_tasks(benchmarks)
    options: dict[str, Any] = {
        "ngram": ngram, "ngram_solutions": ngram_solutions, "prompt_substring": prompt_substring,
        "solution_substring": solution_substring, "test_substring": test_substring,
        "min_words": min_words,
    }  # fmt: skip
    # Also without benchmarks, since it checks the options.
    decontaminator = Decontaminator(tasks, **options)
    run: dict[str, Any] = {"num_proc": num_proc, "batch_size": batch_size}
    rows = _pool(loaded, run, language)
    if check_syntax:
        chosen = {"language": language}
        rows = _mark(rows, find_syntax_errors, "Parsing programs", run, fn_kwargs=chosen)
    if tasks:
        rows = _mark(rows, decontaminator, "Looking for benchmarks", run)
    if duplicates is not None:
        found = find_duplicates(rows, duplicates, **run)
        if found.rows:
            rows = _mark(rows, found, "Marking duplicates", run, with_indices=True)
    options = {
        "language": language, "keep_columns": as_keep_columns(keep_columns),
        "duplicates": duplicates, "check_syntax": check_syntax, **options,
    }  # fmt: skip
    return _split(rows, loaded, tasks, options)


def pool(
    sources: Any,
    *,
    language: str = "python",
    num_proc: int | None = None,
    batch_size: int = 1000,
) -> Dataset:
    """Pool datasets with different columns into one, without dropping a row.

    This is the first step of `prepare`. To leave out the rows that hold no program, use
    ``dataset.filter(is_kept, input_columns="status")``.

    Args:
        sources: See `prepare`.
        language: What the programs are written in.
        num_proc: Processes.
        batch_size: Rows in a call of the mapper.

    Returns:
        The rows of all sources in order, with the columns of `extract_programs`.

    Raises:
        ColumnError: A column is missing, ambiguous or holds no text.
        ConfigError: A source cannot be read.
    """
    _check_counts(num_proc, batch_size)
    loaded = _load(as_specs(sources, Source), language)
    rows = _pool(loaded, {"num_proc": num_proc, "batch_size": batch_size}, language)
    return rows.remove_columns(DONE_COLUMN)


def _check_counts(num_proc: object, batch_size: object) -> None:
    if num_proc is not None:
        check_int("num_proc", num_proc, 1)
    check_int("batch_size", batch_size, 1)


def is_kept(status: str | Sequence[str]) -> bool | list[bool]:
    """Whether a row, or each row of a batch, was kept by all steps so far.

    For ``dataset.filter(is_kept, input_columns="status")``, batched or not.

    >>> is_kept("ok"), is_kept(["dropped:duplicate", "ok"])
    (True, [False, True])
    """
    return status == OK if isinstance(status, str) else [one == OK for one in status]


# --- the steps over whole datasets ---------------------------------------------------


def _load(
    sources: Sequence[Source], language: str, keep_columns: KeepColumns = None
) -> list[Loaded]:
    if not sources:
        raise ConfigError("sources", "name at least one, such as a file")
    own = load_language(language)
    # Labels to keep where a source has a column of them and the user gave none.
    labels = tuple(dict.fromkeys((own.name, own.label)))
    loaded = [
        load_source(
            replace(source, language=labels)
            if source.language_column and not source.language
            else source,
            keep_columns,
            own.suffixes,
        )
        for source in sources
    ]
    _check_kept(keep_columns, loaded)
    names = [one.name for one in loaded]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError("name", f"several sources are called {name!r}: give them a name=")
    return loaded


def _check_kept(keep_columns: KeepColumns, loaded: Sequence[Loaded]) -> None:
    """Check that each column that is to be kept is in a source."""
    names = as_keep_columns(keep_columns)
    there = dict.fromkeys(name for one in loaded for name in one.available)
    for name in names if isinstance(names, tuple) else ():
        if name not in there:
            near = did_you_mean(name, there) or "."
            raise ColumnError(f"keep_columns: no source has {name!r}{near}", tuple(there))


def _pool(loaded: Sequence[Loaded], run: dict[str, Any], language: str) -> Dataset:
    from datasets import concatenate_datasets

    parts = [_extract(one, run, language) for one in loaded]
    try:
        # What a part lacks of the kept columns becomes None. All other columns have one type each.
        return concatenate_datasets(parts)
    except ValueError as error:
        problem = f"the sources have columns of that name and of other types: {error}"
        raise ConfigError("keep_columns", problem) from error


def _extract(loaded: Loaded, run: dict[str, Any], language: str) -> Dataset:
    dataset, source = loaded.dataset, loaded.source
    names = ("instruction_column", "program_column", "extract_code", "fences", "turns", "history",
             "license_column", "language", "language_column", "id_column")  # fmt: skip
    options = {name: getattr(source, name) for name in names}
    rows = _map(
        dataset, extract_programs, pooled_features(), f"Reading {loaded.name}", run,
        with_indices=True,
        fn_kwargs={
            "source": loaded.name, "license": loaded.facts["license"], "programs": language,
            "counting": True, **options,
        },
    )  # fmt: skip
    return _side_by_side(rows, dataset.select_columns(list(loaded.kept))) if loaded.kept else rows


def _side_by_side(rows: Dataset, others: Dataset) -> Dataset:
    """Rows with the columns of as many other rows, which are shared and not copied."""
    from datasets import Dataset, Features, concatenate_datasets

    if len(rows):
        return concatenate_datasets([rows, others], axis=1)
    # concatenating leaves empty datasets out, with their columns
    features = Features({**rows.features, **others.features})
    return Dataset.from_dict({name: [] for name in features}, features)


def _map(
    dataset: Dataset, step: Callable[..., Any], features: Any, desc: str, run: dict[str, Any],
    **options: Any,
) -> Dataset:  # fmt: skip
    """What a step makes of the rows, without the columns that came in."""
    from datasets import Dataset

    if not len(dataset):  # `map` calls nothing then, and makes no column
        empty: dict[str, list[Any]] = {name: [] for name in features}
        return Dataset.from_dict(empty, features)
    return dataset.map(
        step, batched=True, features=features, remove_columns=dataset.column_names, desc=desc,
        **run, **options,
    )  # fmt: skip


def _mark(
    rows: Dataset, step: Callable[..., Any], desc: str, run: dict[str, Any], **options: Any
) -> Dataset:
    """Replace the marks of the rows. Their texts are shared with what came in, not copied."""
    marks = _map(rows, step, mark_features(), desc, run, **options)
    return _side_by_side(rows.remove_columns(list(Mark._fields)), marks)


def _split(
    rows: Dataset, loaded: Sequence[Loaded], tasks: Sequence[Task], options: dict[str, Any]
) -> Prepared:
    import numpy as np

    statuses = rows.select_columns(["status"]).with_format("arrow")[:]["status"]
    kept = np.asarray(statuses.to_numpy(zero_copy_only=False) == OK, dtype=bool)
    dropped = rows.select(np.flatnonzero(~kept)).remove_columns(DONE_COLUMN)
    report = PrepareReport(
        report_sources(rows, [one.name for one in loaded], [one.facts for one in loaded]),
        {name: sum(t.benchmark == name for t in tasks) for name in dict.fromkeys(
            task.benchmark for task in tasks)},
        contaminated_rows(dropped),
        options,
        dict(data_versions()),
    )  # fmt: skip
    # Counted from what comes out and from what came in: a step that lost a row would be seen.
    if report.selection.rows_in != sum(len(one.dataset) for one in loaded):
        raise LintSeqError("not every row is accounted for")
    left_out = [*Mark._fields, DONE_COLUMN]
    dataset = rows.select(np.flatnonzero(kept)).remove_columns(left_out)
    return Prepared(dataset, dropped, report)
