"""The fields ``configs`` and ``dataset_info`` of a card, which say what files there are.

A push changes what it knows of, and nothing else. Of ``configs``, when the split ``test`` of the
configuration ``b`` is pushed to where there are ``a`` and the split ``train`` of ``b``:

    before    {config_name: a, ...}, {config_name: b, data_files: [b/train-*]}
    after     {config_name: a, ...}, {config_name: b, data_files: [b/train-*, b/test-*]}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lintseq_datasets.errors import HubError
from lintseq_datasets.mapping.records import description_of, provenances_by_split

if TYPE_CHECKING:
    from datasets import Features


OTHER_FORMATS = (".jsonl", ".json", ".csv", ".tsv", ".arrow", ".txt", ".xml", ".gz", ".zst", ".zip")
"""Endings of data files that are not Parquet."""


@dataclass(frozen=True, slots=True)
class SplitFiles:
    """A split that is pushed.

    Args:
        pattern: Of its files in the repository.
        num_rows: Number of rows.
        num_bytes: Size in memory.
    """

    pattern: str
    num_rows: int
    num_bytes: int


def data_directory(config_name: str) -> str:
    """Where the files of a configuration are, as `datasets` places them."""
    return "data" if config_name == "default" else config_name


def update_configs(
    found: Any, config_name: str, splits: Mapping[str, SplitFiles]
) -> list[dict[str, Any]]:
    """The field ``configs`` with the files of some splits; everything else stays.

    Args:
        found: The field as it is; may be None.
        config_name: Name of the configuration.
        splits: What is pushed.

    Raises:
        HubError: The field is not as `datasets` reads it.
    """
    configs: list[dict[str, Any]] = deepcopy(found) or []
    if not isinstance(configs, list) or not all(isinstance(one, dict) for one in configs):
        raise HubError(
            "card",
            "README.md",
            "the field configs is no list of configurations: mend it there",
        )
    own = next((one for one in configs if one.get("config_name") == config_name), None)
    if own is None:
        own = {"config_name": config_name}
        configs.append(own)
    files = _by_split(own.get("data_files"))
    for name, split in splits.items():
        entry = {"split": name, "path": split.pattern}
        # In its place: the order of the splits is that of the card.
        if name in [one["split"] for one in files]:
            files = [entry if one["split"] == name else one for one in files]
        else:
            files.append(entry)
    own["data_files"] = files
    _check_default(configs, config_name)
    return configs


def _check_default(configs: Sequence[Mapping[str, Any]], config_name: str) -> None:
    """Refuse what `datasets` would refuse to load: several default configurations.

    One that is called ``default`` counts, and so does one that says ``default: true``.
    """
    from datasets.utils.metadata import MetadataConfigs

    named = {str(one.get("config_name", "default")): dict(one) for one in configs}
    try:
        # Asked of `datasets` itself, so that its rule is the one that counts.
        MetadataConfigs(named).get_default_config_name()
    except ValueError:
        others = [name for name, one in named.items() if one.get("default") and name != config_name]
        problem = f"beside {config_name!r} there would be other default configurations: "
        problem += f"{', '.join(others)}; push with another config_name="
        raise HubError("card", "README.md", problem) from None


def check_formats(configs: Any, config_name: str) -> None:
    """Refuse to stand beside configurations of other formats.

    `datasets` reads all configurations of a repository with one reader, that of the first.

    Args:
        configs: The field as it is; may be None.
        config_name: Name of our configuration.

    Raises:
        HubError: Another configuration is not of Parquet files.
    """
    for one in configs if isinstance(configs, list) else []:
        if not isinstance(one, dict) or one.get("config_name") == config_name:
            continue
        for entry in _by_split(one.get("data_files")):
            paths = entry["path"] if isinstance(entry["path"], list) else [entry["path"]]
            if any(str(path).endswith(OTHER_FORMATS) for path in paths):
                problem = f"the configuration {one.get('config_name')!r} is not of Parquet files, "
                problem += "and datasets reads one format in a repository: choose another one"
                raise HubError("format", "README.md", problem)


def _by_split(data_files: Any) -> list[dict[str, Any]]:
    """Files by split; those that name no split are `train`."""
    if not data_files:
        return []
    # The shapes that `datasets` reads: a pattern, several of them, splits with their patterns, or
    # entries of a split and a path. Other entries it refuses.
    if isinstance(data_files, dict):
        return [{"split": name, "path": path} for name, path in data_files.items()]
    if isinstance(data_files, list) and all(isinstance(one, dict) for one in data_files):
        return [one for one in data_files if "split" in one]
    return [{"split": "train", "path": data_files}]


def update_infos(
    found: Any,
    config_name: str,
    features: Features,
    splits: Mapping[str, SplitFiles],
    download_size: int,
    provenances: Mapping[str, Sequence[Mapping[str, Any]]],
) -> Any:
    """The field ``dataset_info`` with some splits; everything else stays.

    The description carries the provenance: `datasets` reads it back when it loads.

    Args:
        found: The field as it is; may be None.
        config_name: Name of the configuration.
        features: Columns of the configuration.
        splits: What is pushed.
        download_size: Bytes of all files of the configuration.
        provenances: How the splits that are pushed were made; nothing for those that do not say.

    Raises:
        HubError: The field is not as `datasets` reads it, or splits that stay have other
            columns.
    """
    infos: list[dict[str, Any]] = deepcopy(found if isinstance(found, list) else [found])
    infos = [info for info in infos if info is not None]
    if not all(isinstance(info, dict) for info in infos):
        raise HubError(
            "card",
            "README.md",
            "the field dataset_info does not describe datasets: mend it there",
        )
    # A single configuration may stand there without its name; see `_as_field`.
    own = next((one for one in infos if one.get("config_name", "default") == config_name), None)
    if own is None:
        own = {"config_name": config_name}
        infos.append(own)
    # A configuration has one list of columns, for the splits that stay as well.
    kept = [one for one in own.get("splits") or [] if one.get("name") not in splits]
    written = _as_yaml(features)
    if kept and own.get("features") not in (None, written):
        names = ", ".join(str(one.get("name")) for one in kept)
        problem = (
            f"{config_name!r} has the splits {names} with other columns: push all splits of it "
        )
        raise HubError("features", "README.md", problem + "together, or choose another config_name")
    there = provenances_by_split(str(own.get("description", "")))
    described = {
        **{split: one for split, one in there.items() if split not in splits},
        **provenances,
    }  # fmt: skip
    own["features"] = written
    own["splits"] = kept + [
        {"name": name, "num_bytes": split.num_bytes, "num_examples": split.num_rows}
        for name, split in splits.items()
    ]
    own["download_size"] = download_size
    # Splits that others have pushed may lack the number.
    own["dataset_size"] = sum(one.get("num_bytes") or 0 for one in own["splits"])
    description = description_of(described)
    if description:
        own["description"] = description
    else:
        own.pop("description", None)
    return _as_field(infos)


def _as_field(infos: list[dict[str, Any]]) -> Any:
    """One configuration stands by itself, several in a list, as `datasets` writes them."""
    if len(infos) > 1:
        return [{"config_name": "default", **info} for info in infos]
    if infos[0].get("config_name") == "default":
        infos[0].pop("config_name")
    return infos[0]


def _as_yaml(features: Features) -> Any:
    from datasets import DatasetInfo
    from datasets.info import DatasetInfosDict
    from huggingface_hub import DatasetCardData

    # As `push_to_hub` writes them: columns that are equal must be equal in YAML, where those of
    # splits that stay are compared.
    data = DatasetCardData()
    DatasetInfosDict({"default": DatasetInfo(features=features)}).to_dataset_card_data(data)
    return data["dataset_info"]["features"]
