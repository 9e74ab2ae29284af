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
_BLOCK = re.compile(
    r"Edit sequences \([^\n]*\n\n" + re.escape(_START) + r"[^\n]*\n```"
)  # as `write_provenance` writes it
_FIELDS = {
    "method": str, "config": dict, "linter": str, "versions": dict, "options": dict, "source": dict,
}  # fmt: skip
_HUB_FILE = re.compile(r"hf://datasets/([^@]+?)@([0-9a-f]{40})/")


def provenance(dataset: Any) -> dict[str, Any] | None:
    """How a dataset was made, as `refactor` recorded it.

    The provenance stands in ``dataset.info.description``. It is kept by `save_to_disk`, by
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
        `Accounting.from_dict`; None for a streaming dataset). None if there is no provenance, if
        there are several that differ in more than their accounting, or if there are more rows
        than were recorded.
    """
    provenances = provenances_of(dataset)
    accountings = [made.pop("accounting") for made in provenances]
    # Only counts can be added up. Rows of different runs have no one way in which they were made.
    if any(made != provenances[0] for made in provenances) or not accounts_for(dataset):
        return None
    total = None
    if None not in accountings:
        total = sum(map(Accounting.from_dict, accountings), Accounting()).as_dict()
    return {**provenances[0], "accounting": total}


def accounts_for(dataset: Any) -> bool:
    """Whether the provenances of a dataset account for as many rows as it has.

    Where rows of unknown provenance were added, there are more; concatenating keeps the
    provenances of the others alone.

    Args:
        dataset: A dataset or a streaming dataset.
    """
    provenances = provenances_of(dataset)
    if not provenances:
        return False
    # A streaming dataset has no length, and its records count nothing.
    if not hasattr(dataset, "__len__") or any(not made["accounting"] for made in provenances):
        return True
    if any("each" in made["options"].values() for made in provenances):  # it may have any number
        return True
    whole = sum((Accounting.from_dict(made["accounting"]) for made in provenances), Accounting())
    return len(dataset) <= whole.num_sequences + whole.num_skipped + whole.num_failed


def provenances_of(dataset: Any) -> list[dict[str, Any]]:
    """How the rows of a dataset were made, run by run.

    Args:
        dataset: A dataset or a streaming dataset.

    Returns:
        What `provenance` returns, for each run that the rows come from.
    """
    provenances = [dict(made) for made in _provenances(dataset.info.description or "")]
    # Names of splits, as in ``train[:10%]+test``.
    wanted = re.findall(r"[^\[\]+]+(?=\[|\+|$)", str(dataset.split or ""))
    if wanted:  # those of other splits stand in the same description
        provenances = [made for made in provenances if made.get("split") in (None, *wanted)]
    for made in provenances:
        made.pop("split", None)
    return provenances


def attach_provenance(dataset: Any, made: Mapping[str, Any]) -> None:
    """Let a dataset carry its provenance, if it is one.

    Args:
        dataset: A dataset or a streaming dataset; its ``info`` changes.
        made: What `provenance` returned once.
    """
    known = {name: made[name] for name in (*_FIELDS, "accounting") if name in made}
    if _is_provenance(known):
        parts = (dataset.info.description, f"{_made(known)}.", _block(known))
        dataset.info.description = "\n\n".join(filter(None, parts))


def provenances_by_split(description: str) -> dict[str, list[dict[str, Any]]]:
    """The provenances in what `describe` wrote, by split.

    Args:
        description: Any text.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for made in _provenances(description):
        found.setdefault(str(made.pop("split", "")), []).append(made)
    return found


def describe(provenances: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """A description that carries the provenances of the splits of a dataset.

    Args:
        provenances: For each split, what `provenances_of` returns.

    Returns:
        A text for ``DatasetInfo.description``, which `provenance` reads.
    """
    parts = [
        f"{_made(made)}.\n\n{_block({**made, 'split': split})}"
        for split, several in provenances.items()
        for made in several
    ]
    return "\n\n".join(parts)


def write_provenance(
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

    The provenance of the source itself is replaced.

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
    made: dict[str, Any] = {
        "method": method,
        "config": values,
        "linter": linter,
        "versions": versions,
        "options": dict(options),
        "source": {**source_of(source), "columns": columns and columns._asdict()},
        "accounting": None if accounting is None else accounting.as_dict(),
    }
    line = f"{_made(made)}: {accounting}." if accounting else f"{_made(made)}."
    before = _BLOCK.sub("", source.info.description or "").strip("\n")
    result.info.description = "\n\n".join(filter(None, (before, line, _block(made))))


def _made(made: Mapping[str, Any]) -> str:
    """The beginning of the line above a block."""
    how = ", ".join(filter(None, (made["method"], made["linter"])))
    version = made["versions"].get("lintseq-datasets", "")
    return f"Edit sequences ({how}) made with lintseq-datasets {version}"


def _block(made: Mapping[str, Any]) -> str:
    return f"```json\n{json.dumps({_KEY: made})}\n```"


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


def _provenances(description: str) -> Iterator[dict[str, Any]]:
    decoder = json.JSONDecoder()
    for part in description.split(_START)[1:]:
        try:
            made, _ = decoder.raw_decode(part)
        except json.JSONDecodeError:
            continue  # cut off, or edited by a person
        if _is_provenance(made):
            yield made


def _is_provenance(made: Any) -> bool:
    """Whether nobody has edited it so that it cannot be used."""
    if (
        not isinstance(made, dict)
        or not _FIELDS.items() <= {name: type(value) for name, value in made.items()}.items()
    ):
        return False
    try:
        Accounting.from_dict(made.setdefault("accounting", None) or Accounting().as_dict())
    except (KeyError, TypeError, ValueError, AttributeError):
        return False
    return True
