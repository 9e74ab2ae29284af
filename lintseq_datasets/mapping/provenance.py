"""What a dataset remembers of how it was made.

A record is a fenced block of JSON in ``dataset.info.description``, with a line for people above:

    Edit sequences (lintseq, pylint 4.1.4 python 3.11) made with lintseq-datasets ...

    ```json
    {"lintseq_datasets": {"method": "lintseq", "config": {...}, ...}}
    ```

`datasets` keeps the description when it saves, loads and filters. When it concatenates, it joins
descriptions, so a dataset may have several records. People can edit it, too, so a record is checked
before it is used.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from lintseq_datasets.mapping.accounting import Accounting
from lintseq_datasets.mapping.columns import Columns
from lintseq_datasets.mapping.versions import data_versions
from lintseq_datasets.samplers.config import LintSeqConfig, RandSeqConfig

# The block is found by how it begins, as the rest of a description can be anything.
_KEY = "lintseq_datasets"
_START = f'```json\n{{"{_KEY}": '
_RECORD = re.compile(
    r"Edit sequences \([^\n]*\n\n" + re.escape(_START) + r"[^\n]*\n```"
)  # as `record_provenance` writes it
_RECORDED = {
    "method": str, "config": dict, "linter": str, "versions": dict, "options": dict, "source": dict,
}  # fmt: skip
_HUB_FILE = re.compile(r"hf://datasets/([^@]+?)@([0-9a-f]{40})/")


def provenance(dataset: Any) -> dict[str, Any] | None:
    """How a dataset was made, as `refactor` recorded it.

    The record stands in ``dataset.info.description``. It is kept by `save_to_disk`, by
    pushing with `push` and loading again, and by operations such as `filter` and `select`,
    after which the accounting still is that of the whole run. Datasets that were made in
    the same way add up when concatenated.

    Args:
        dataset: A dataset or a streaming dataset.

    Returns:
        ``method``, ``config`` (fields of the configuration), ``linter`` (name and
        version), ``versions``, ``options`` (of the mapper), ``source`` (name,
        configuration, split, repository, revision and license of the dataset that came
        in, where known, and the columns that were read) and ``accounting`` (see
        `Accounting.from_dict`; None for a streaming dataset). None if there is no record, if
        there are several that differ in more than their accounting, or if there are more rows
        than were recorded.
    """
    records = records_of(dataset)
    accountings = [record.pop("accounting") for record in records]
    # Only counts can be added up. Rows of different runs have no one way in which they were made.
    if any(record != records[0] for record in records) or not accounts_for(dataset):
        return None
    total = None
    if None not in accountings:
        total = sum(map(Accounting.from_dict, accountings), Accounting()).as_dict()
    return {**records[0], "accounting": total}


def accounts_for(dataset: Any) -> bool:
    """Whether the records of a dataset account for as many rows as it has.

    Where rows without a record were added, there are more; concatenating keeps the
    records of the others alone.

    Args:
        dataset: A dataset or a streaming dataset.
    """
    records = records_of(dataset)
    if not records:
        return False
    # A streaming dataset has no length, and its records count nothing.
    if not hasattr(dataset, "__len__") or any(not record["accounting"] for record in records):
        return True
    if any("each" in record["options"].values() for record in records):  # it may have any number
        return True
    whole = sum((Accounting.from_dict(record["accounting"]) for record in records), Accounting())
    return len(dataset) <= whole.num_sequences + whole.num_skipped + whole.num_failed


def records_of(dataset: Any) -> list[dict[str, Any]]:
    """All records of how the rows of a dataset were made, also where they differ.

    Args:
        dataset: A dataset or a streaming dataset.

    Returns:
        What `provenance` returns, for each run that the rows come from.
    """
    records = [dict(record) for record in _records(dataset.info.description or "")]
    # Names of splits, as in ``train[:10%]+test``.
    wanted = re.findall(r"[^\[\]+]+(?=\[|\+|$)", str(dataset.split or ""))
    if wanted:  # those of other splits stand in the same description
        records = [record for record in records if record.get("split") in (None, *wanted)]
    for record in records:
        record.pop("split", None)
    return records


def attach_record(dataset: Any, record: Mapping[str, Any]) -> None:
    """Let a dataset carry a record of how it was made; anything that is no record is ignored.

    Args:
        dataset: A dataset or a streaming dataset; its ``info`` changes.
        record: What `provenance` returned once.
    """
    known = {name: record[name] for name in (*_RECORDED, "accounting") if name in record}
    if _is_record(known):
        parts = (dataset.info.description, f"{_made(known)}.", _block(known))
        dataset.info.description = "\n\n".join(filter(None, parts))


def records_by_split(description: str) -> dict[str, list[dict[str, Any]]]:
    """The records in what `describe` wrote, by split.

    Args:
        description: Any text.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for record in _records(description):
        found.setdefault(str(record.pop("split", "")), []).append(record)
    return found


def describe(records: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """A description that carries the records of the splits of a dataset.

    Args:
        records: For each split, what `records_of` returns.

    Returns:
        A text for ``DatasetInfo.description``, which `provenance` reads.
    """
    parts = [
        f"{_made(record)}.\n\n{_block({**record, 'split': split})}"
        for split, several in records.items()
        for record in several
    ]
    return "\n\n".join(parts)


def record_provenance(
    result: Any,
    source: Any,
    *,
    method: str,
    config: LintSeqConfig | RandSeqConfig,
    linter: str,
    options: Mapping[str, Any],
    columns: Columns | None,
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
        columns: The columns of the source that were read, where they are known.
        accounting: What became of the rows, where known.
    """
    values = {field.name: getattr(config, field.name) for field in fields(config)}
    if not isinstance(values.get("linter", ""), str):  # an object has no JSON; its name says enough
        values["linter"] = linter
    versions = dict(data_versions())
    record: dict[str, Any] = {
        "method": method,
        "config": values,
        "linter": linter,
        "versions": versions,
        "options": dict(options),
        "source": {**source_of(source), "columns": columns and columns._asdict()},
        "accounting": None if accounting is None else accounting.as_dict(),
    }
    line = f"{_made(record)}: {accounting}." if accounting else f"{_made(record)}."
    before = _RECORD.sub("", source.info.description or "").strip("\n")
    result.info.description = "\n\n".join(filter(None, (before, line, _block(record))))


def _made(record: Mapping[str, Any]) -> str:
    """The beginning of the line above a record."""
    how = ", ".join(filter(None, (record["method"], record["linter"])))
    version = record["versions"].get("lintseq-datasets", "")
    return f"Edit sequences ({how}) made with lintseq-datasets {version}"


def _block(record: Mapping[str, Any]) -> str:
    return f"```json\n{json.dumps({_KEY: record})}\n```"


def source_of(source: Any) -> dict[str, str | None]:
    """What is known of a source dataset; a streaming one does not know its revision.

    Args:
        source: A dataset or a streaming dataset.

    Returns:
        ``name``, ``config``, ``split``, ``repository``, ``revision`` and ``license``.
    """
    info = source.info
    found = map(_HUB_FILE.match, map(str, info.download_checksums or ()))
    repositories = {match.groups() for match in found if match}
    # `datasets` has no field for it: the addresses of the files tell, unless there are several.
    repository, revision = repositories.pop() if len(repositories) == 1 else (None, None)
    license = card_metadata(repository, revision).get("license")
    return {
        "name": info.dataset_name,
        "config": info.config_name,
        "split": None if source.split is None else str(source.split),
        "repository": repository,
        "revision": revision,
        "license": info.license or (license if isinstance(license, str) else None),
    }


def card_metadata(repository: str | None, revision: str | None) -> dict[str, Any]:
    """The metadata in the card of a repository, where loading it has left the card here."""
    from huggingface_hub import try_to_load_from_cache

    if repository is None:
        return {}
    path = try_to_load_from_cache(repository, "README.md", revision=revision, repo_type="dataset")
    return read_metadata(path) if isinstance(path, str) else {}


def read_metadata(path: str | Path) -> dict[str, Any]:
    """The metadata in a card; empty if there is none that can be read."""
    import yaml
    from huggingface_hub.repocard import metadata_load

    try:
        return dict(metadata_load(path) or {})
    except (OSError, ValueError, AttributeError, TypeError, yaml.YAMLError):
        return {}


def _records(description: str) -> Iterator[dict[str, Any]]:
    decoder = json.JSONDecoder()
    for part in description.split(_START)[1:]:
        try:
            record, _ = decoder.raw_decode(part)
        except json.JSONDecodeError:
            continue  # cut off, or edited by a person
        if _is_record(record):
            yield record


def _is_record(record: Any) -> bool:
    """Whether nobody has edited it so that it cannot be used."""
    if (
        not isinstance(record, dict)
        or not _RECORDED.items() <= {name: type(value) for name, value in record.items()}.items()
    ):
        return False
    try:
        Accounting.from_dict(record.setdefault("accounting", None) or Accounting().as_dict())
    except (KeyError, TypeError, ValueError, AttributeError):
        return False
    return True
