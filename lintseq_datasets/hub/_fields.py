"""Metadata of a card that several pushes and a person write together.

Each configuration contributes values. What we wrote before is noted in a comment of the
card, so that our values can change while those of a person stay:

    there               we wrote         we say now       then
    [mine, synthetic]   [synthetic]      [synthetic, a]   [mine, synthetic, a]
    mit                 apache-2.0       isc              mit, which a person chose
    apache-2.0          apache-2.0       isc              isc
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from lintseq_datasets.hub._origins import is_file, licenses_on_the_hub, sources_on_the_hub
from lintseq_datasets.hub.facts import Facts
from lintseq_datasets.mapping.made_with import language_in

_STATE = re.compile(r"<!-- fields set by lintseq-datasets: (\{.*\}) -->")
_TAGS = ["synthetic", "lintseq", "lintseq-datasets", "code"]
_ANY = "lines"  # says nothing of the language
_SIZES = [(1e3, "n<1K"), (1e4, "1K<n<10K"), (1e5, "10K<n<100K"), (1e6, "100K<n<1M"),
          (1e7, "1M<n<10M"), (1e8, "10M<n<100M"), (1e9, "100M<n<1B"), (1e10, "1B<n<10B"),
          (1e11, "10B<n<100B"), (1e12, "100B<n<1T")]  # fmt: skip
_LISTS = ("task_categories", "annotations_creators", "tags", "source_datasets")


class Contribution(TypedDict):
    """What one configuration says about the repository."""

    rows: int
    sequences: int
    methods: str  # empty if unknown
    licenses: list[str]
    source_datasets: list[str]
    language: list[str]
    programs: NotRequired[list[str]]  # names of the languages of the programs


def contribute(
    facts: Facts,
    *,
    license: str | None = None,
    language: str | Sequence[str] = "code",
) -> Contribution:
    """The contribution of a configuration; see `build_card` for the arguments."""
    sources = [source for run in facts.runs for source in run.sources if facts.is_known]
    named = [name for name in facts.said_sources if not is_file(name)]
    if not facts.said_sources:
        named = [str(found["repository"]) for found in sources if found.get("repository")]
        named += sources_on_the_hub(facts.origins.get("source", {}))
    licenses = sorted({str(found["license"]) for found in sources if found.get("license")})
    # Of several sources with different ones, no record says which rows have which.
    licenses = licenses if len(licenses) == 1 else []
    if "license" in facts.origins:  # each row says its own
        licenses = licenses_on_the_hub(facts.origins["license"])
    return {
        "rows": facts.num_rows,
        "sequences": facts.statistics.num_sequences,
        "methods": "; ".join(
            " with ".join(n.split(", ", 1)) for n in sorted(facts.statistics.sources)
        ),
        "licenses": [license] if license else licenses,
        "source_datasets": sorted(set(named)),
        "language": [language] if isinstance(language, str) else list(language),
        "programs": sorted({language_in(run.how).name for run in facts.runs} - {_ANY}),
    }


def merge_fields(
    found: Mapping[str, Any],
    before: Mapping[str, Contribution],
    after: Mapping[str, Contribution],
    *,
    pretty_name: str,
) -> dict[str, Any]:
    """The fields of the metadata that change.

    Args:
        found: The metadata as they are.
        before: The contributions that they hold.
        after: The contributions that they are to hold.
        pretty_name: Title of the dataset.
    """
    others = _rows_of_others(found, after)
    old, new = _fields(before, others), _fields(after, others)
    fields: dict[str, Any] = {}
    for name in _LISTS:
        values = found.get(name)
        theirs = values if isinstance(values, list) else [] if values is None else [values]
        # Values that we wrote and do not say any more go. One that a person and we have said stays
        # for as long as we say it, as nobody knows whose it is.
        kept = [value for value in theirs if value not in old.get(name, []) or value in new[name]]
        merged = kept + [value for value in new[name] if value not in kept]
        if merged != theirs and (merged or theirs):
            fields[name] = merged
    # One value each, so there is nothing to join: it is ours as long as it is what we wrote, and a
    # person's once it is not.
    for name in ("language", "license", "size_categories"):
        if name not in found or found[name] in (None, old.get(name)):
            fields[name] = new[name]
    if not found.get("pretty_name"):
        fields["pretty_name"] = pretty_name
    return fields


def _rows_of_others(found: Mapping[str, Any], ours: Mapping[str, Contribution]) -> int:
    """Rows of configurations that are not ours, as far as the metadata tell."""
    infos = found.get("dataset_info") or []
    total = 0
    for info in infos if isinstance(infos, list) else [infos]:
        if isinstance(info, dict) and info.get("config_name", "default") not in ours:
            splits = [split for split in info.get("splits") or [] if isinstance(split, dict)]
            counts = [split.get("num_examples") for split in splits]
            total += sum(count for count in counts if isinstance(count, int))
    return total


def _fields(contributions: Mapping[str, Contribution], other_rows: int) -> dict[str, Any]:
    if not contributions:
        return {}
    own = list(contributions.values())
    licenses = sorted({license for one in own for license in one["licenses"]})
    return {
        "language": _union(one["language"] for one in own),
        "task_categories": ["text-generation"],
        "annotations_creators": ["machine-generated"],
        "tags": [*_TAGS, *_union(one.get("programs", ()) for one in own)],
        "source_datasets": _union(one["source_datasets"] for one in own),
        "license": (licenses if len(licenses) > 1 else licenses[0]) if licenses else "unknown",
        "size_categories": [size_category(other_rows + sum(one["rows"] for one in own))],
    }


def size_category(rows: int) -> str:
    """The Hub's word for a number of rows.

    >>> size_category(999), size_category(1000)
    ('n<1K', '1K<n<10K')
    """
    return next((name for limit, name in _SIZES if rows < limit), "n>1T")


def _union(lists: Iterable[Iterable[str]]) -> list[str]:
    return list(dict.fromkeys(value for values in lists for value in values))


# --- the comment ---------------------------------------------------------------------


def state_comment(contributions: Mapping[str, Contribution]) -> str:
    """A comment that holds the contributions; no reader sees it."""
    values = json.dumps(dict(sorted(contributions.items())))
    # nothing in it may end the comment
    values = values.replace("-", "\\u002d").replace(">", "\\u003e").replace("<", "\\u003c")
    return f"<!-- fields set by lintseq-datasets: {values} -->"


def read_contributions(section: str) -> dict[str, Contribution]:
    """The contributions that a section holds; none if a person has damaged the comment."""
    match = _STATE.search(section)
    if match is None:
        return {}
    try:
        values = json.loads(match[1])
    except json.JSONDecodeError:
        return {}
    if not isinstance(values, dict):
        return {}
    return {name: one for name, one in values.items() if _is_contribution(one)}


def _is_contribution(value: Any) -> bool:
    kinds = {"rows": int, "sequences": int, "methods": str, "licenses": list,
             "source_datasets": list, "language": list}  # fmt: skip
    return isinstance(value, dict) and all(
        isinstance(value.get(name), kind) for name, kind in kinds.items()
    )
