"""The columns of the output and their types, as `datasets` has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.mapping.choices import OutputFormat
from lintseq_datasets.mapping.keeping import kept_features
from lintseq_datasets.mapping.plan import Plan, plan_of
from lintseq_datasets.samplers.option_types import Start

if TYPE_CHECKING:
    from datasets import Features


def features_of(
    output_format: OutputFormat = "default",
    start: Start = "empty",
    *,
    dataset: Any = None,
    **options: Any,
) -> Features:
    """The columns of the output and their types; `FEATURES` is that of the default.

    Args:
        output_format: See `lintseq_map`.
        start: Where the sequences start; see `LintSeqConfig`.
        dataset: With ``keep_columns``: the source, whose columns are kept; or its features.
        **options: Other options of `lintseq_map`, such as ``keep_columns``: what is in
            ``fn_kwargs`` may be given here as it is.

    Raises:
        ColumnError: A column that is to be kept does not exist.
        ConfigError: There is no such format or option, or it has no column for a state to start
            from; or the types of columns that are kept cannot be told.

    >>> from datasets import Dataset
    >>> rows = Dataset.from_dict({"code": ["x = 1"], "id": [7]})
    >>> features_of(dataset=rows, keep_columns=["id"])["id"]
    Value('int64')
    """
    config = options.pop("config", None)
    # A configuration has a start of its own, which the default here does not change.
    given = {"start": start} if config is None or start != "empty" else {}
    plan = plan_of(config, {"output_format": output_format, **given, **options})
    return _with_kept(plan, dataset) if plan.writing.keep_columns else plan.format.features()


def _with_kept(plan: Plan, dataset: Any) -> Features:
    from datasets import Dataset, Features, IterableDataset

    features = dataset.features if isinstance(dataset, Dataset | IterableDataset) else dataset
    # A dictionary of splits, whose values are datasets, and no types.
    if isinstance(features, Mapping) and any(hasattr(one, "info") for one in features.values()):
        raise ConfigError("dataset", "choose one split: its columns are kept")
    if not isinstance(features, Mapping | None):
        problem = f"{type(dataset).__name__} is neither a dataset nor features: give one of these"
        raise ConfigError("dataset", problem)
    if features is None and not isinstance(dataset, IterableDataset):
        raise ConfigError("dataset", "give it: its columns are kept, with their types")
    # A stream of a generator knows no columns before its first row.
    names = list(next(iter(dataset), {}) if features is None else features)
    is_all = plan.writing.keep_columns is True
    kept = plan.find_kept(names, plan.find_columns(names) if is_all else ())
    types = kept_features(kept, features, lambda: iter(dataset))
    return Features({**plan.format.features(), **types})
