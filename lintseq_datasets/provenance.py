"""What a dataset remembers of how it was made."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from lintseq_datasets.metrics import Accounting
from lintseq_datasets.samplers.config import LintSeqConfig, RandSeqConfig
from lintseq_datasets.versions import data_versions

_KEY = "lintseq_datasets"
_START = f'```json\n{{"{_KEY}": '
_RECORD = re.compile(
    r"Edit sequences \([^\n]*\n\n" + re.escape(_START) + r"[^\n]*\n```"
)  # as `record_provenance` writes it


def provenance(dataset: Any) -> dict[str, Any] | None:
    """How a dataset was made, as `refactor` recorded it.

    The record stands in ``dataset.info.description``. It is kept by `save_to_disk` and by
    operations such as `filter` and `select`, after which the accounting still is that of
    the whole run. Datasets that were made in the same way add up when concatenated.

    Args:
        dataset: A dataset or a streaming dataset.

    Returns:
        ``method``, ``config`` (fields of the configuration), ``linter`` (name and
        version), ``versions``, ``options`` (of the mapper), ``source`` (name,
        configuration and split of the dataset that came in, where known) and
        ``accounting`` (see `Accounting.from_dict`; None for a streaming dataset). None
        if there is no record, or several that differ in more than their accounting.
    """
    records = list(_records(dataset.info.description or ""))
    accountings = [record.pop("accounting", None) for record in records]
    if not records or any(record != records[0] for record in records):
        return None
    total = None
    if None not in accountings:
        total = sum(map(Accounting.from_dict, accountings), Accounting()).as_dict()
    return {**records[0], "accounting": total}


def record_provenance(
    result: Any,
    source: Any,
    *,
    method: str,
    config: LintSeqConfig | RandSeqConfig,
    linter: str,
    options: Mapping[str, Any],
    accounting: Accounting | None,
) -> None:
    """Write how a dataset was made into its description, below that of its source.

    A record of the source itself is replaced.

    Args:
        result: The dataset that was made; its ``info`` changes.
        source: The dataset that it was made from.
        method: ``"lintseq"`` or ``"randseq"``.
        config: Configuration of the sampler.
        linter: Name and version of the linter; empty if there was none.
        options: Options of the mapper, as plain values.
        accounting: What became of the rows, where known.
    """
    values = {field.name: getattr(config, field.name) for field in fields(config)}
    if not isinstance(values.get("linter", ""), str):
        values["linter"] = linter
    versions = dict(data_versions())
    record = {
        "method": method,
        "config": values,
        "linter": linter,
        "versions": versions,
        "options": dict(options),
        "source": {
            "name": source.info.dataset_name,
            "config": source.info.config_name,
            "split": None if source.split is None else str(source.split),
        },
        "accounting": None if accounting is None else accounting.as_dict(),
    }
    made = f"Edit sequences ({', '.join(filter(None, (method, linter)))})"
    made += f" made with lintseq-datasets {versions['lintseq-datasets']}"
    line = f"{made}: {accounting}." if accounting else f"{made}."
    block = f"```json\n{json.dumps({_KEY: record})}\n```"
    before = _RECORD.sub("", source.info.description or "").strip("\n")
    result.info.description = "\n\n".join(filter(None, (before, line, block)))


def _records(description: str) -> Iterator[dict[str, Any]]:
    decoder = json.JSONDecoder()
    for part in description.split(_START)[1:]:
        try:
            record, _ = decoder.raw_decode(part)
        except json.JSONDecodeError:
            continue  # cut off, or edited by a person
        if isinstance(record, dict):
            yield record
