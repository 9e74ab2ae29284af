"""What a dataset remembers of the runs that made it, beside what its rows say themselves.

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
from typing import Any

from lintseq_datasets.mapping.accounting import Accounting
from lintseq_datasets.mapping.columns import Columns
from lintseq_datasets.mapping.made_with import MADE_WITH, made_with, named_config
from lintseq_datasets.mapping.origin import source_of
from lintseq_datasets.mapping.plan import Plan
from lintseq_datasets.mapping.versions import data_versions

DESCRIPTIONS = "descriptions"
"""Key of what became of the descriptions of edits, where there are some."""

# The block is found by how it begins, as the rest of a description can be anything.
_KEY = "lintseq_datasets"
_START = f'```json\n{{"{_KEY}": '
# A block is one line of JSON between the fences, as `json.dumps` writes it.
_BLOCK = re.compile(
    r"Edit sequences \([^\n]*\n\n" + re.escape(_START) + r"[^\n]*\n```"
)  # as `write_provenance` writes it
_FIELDS = {
    "method": str, "config": dict, "linter": str, "versions": dict, "options": dict,
    "source": dict, MADE_WITH: str,
}  # fmt: skip


def provenances_of(dataset: Any) -> list[dict[str, Any]]:
    """The records of a dataset, one for each run.

    Args:
        dataset: A dataset or a streaming dataset.

    Returns:
        ``method``, ``config``, ``linter``, ``versions``, ``options``, ``source``, ``accounting``
        (None for a streaming dataset) and ``made_with``; see `provenance`.
    """
    provenances = [dict(made) for made in _provenances(dataset.info.description or "")]
    # Names of splits, as in ``train[:10%]+test``.
    # What stands before an opening bracket, a plus or the end; so ``:10%`` is none.
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
    names = (*_FIELDS, "accounting", DESCRIPTIONS)
    known = {name: made[name] for name in names if name in made}
    if _is_provenance(known):
        parts = (dataset.info.description, f"{_made(known)}.", _block(known))
        dataset.info.description = "\n\n".join(filter(None, parts))


def attach_descriptions(dataset: Any, counts: Mapping[str, Any]) -> None:
    """Let the records of a dataset say what became of the descriptions of its edits.

    Args:
        dataset: A dataset; its ``info`` changes.
        counts: What was counted, as plain values.
    """

    def with_counts(found: re.Match[str]) -> str:
        head, _, block = found[0].partition(_START)
        try:
            made, _ = json.JSONDecoder().raw_decode(block)
        except json.JSONDecodeError:
            return found[0]
        return head + _block({**made, DESCRIPTIONS: counts})

    dataset.info.description = _BLOCK.sub(with_counts, dataset.info.description or "")


def provenances_by_split(description: str) -> dict[str, list[dict[str, Any]]]:
    """The provenances in what `description_of` wrote, by split.

    Args:
        description: Any text.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for made in _provenances(description):
        found.setdefault(str(made.pop("split", "")), []).append(made)
    return found


def description_of(provenances: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
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
    plan: Plan,
    linter: str,
    columns: Columns | None,
    accounting: Accounting | None,
) -> None:
    """Write how a dataset was made into its description, below that of its source.

    The provenance of the source itself is replaced.

    Args:
        result: The dataset that was made; its ``info`` changes.
        source: The dataset that it was made from.
        plan: How its rows were read, sampled and written.
        linter: Name and version of the linter; empty if there was none.
        columns: The columns of the source that were read, where they are known.
        accounting: What became of the rows, where known.
    """
    made: dict[str, Any] = {
        "method": plan.method,
        "config": named_config(plan.config, linter),
        "linter": linter,
        "versions": dict(data_versions()),
        "options": plan.options(),
        "source": {**source_of(source), "columns": columns and columns._asdict()},
        "accounting": None if accounting is None else accounting.as_dict(),
        # what the rows say, where they have a column for it: so a record is known to be of theirs
        MADE_WITH: made_with(plan, columns, linter),
    }
    line = f"{_made(made)}: {accounting.in_one_line()}." if accounting else f"{_made(made)}."
    before = _BLOCK.sub("", source.info.description or "").strip("\n")
    result.info.description = "\n\n".join(filter(None, (before, line, _block(made))))


def _made(made: Mapping[str, Any]) -> str:
    """The beginning of the line above a block."""
    how = ", ".join(filter(None, (made["method"], made["linter"])))
    version = made["versions"].get("lintseq-datasets", "")
    return f"Edit sequences ({how}) made with lintseq-datasets {version}"


def _block(made: Mapping[str, Any]) -> str:
    return f"```json\n{json.dumps({_KEY: made})}\n```"


def _provenances(description: str) -> Iterator[dict[str, Any]]:
    # The decoder finds where a record ends; what is behind it can be anything.
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
    try:  # an accounting that does not add up says so when it is made
        Accounting.from_dict(made.setdefault("accounting", None) or Accounting().as_dict())
    except (KeyError, TypeError, ValueError, AttributeError):
        return False
    return True
