"""Where rows come from, as their columns ``license`` and ``source`` say it.

`prepare` adds these columns, and `refactor` and `generate` keep them. Which models described the
edits of a row stands beside them, in ``description_model``. A license may have any name
in a row; the metadata of a card have the Hub's names for it:

    in the row       on the Hub
    MIT              mit
    apache-2.0, mit  apache-2.0 and mit
    my own           other
    None             unknown
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from lintseq_datasets.files.opening import READERS
from lintseq_datasets.languages.base import LANGUAGES, load_language
from lintseq_datasets.mapping.row_texts import part_columns
from lintseq_datasets.statistics import beginnings

if TYPE_CHECKING:
    import pyarrow as pa

UNKNOWN = "unknown"
ORIGINS = ("license", "source", "description_model")
"""The columns that are counted."""

_ROWS = 20_000  # in one table
_MOST = 10_000  # different values; more are no licenses or sources, but one for each row
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
# Of the list in the Hub's documentation; a name that is missing here is called "other".
_ON_THE_HUB = {
    "afl-3.0", "agpl-3.0", "apache-2.0", "artistic-2.0", "bsd", "bsd-2-clause", "bsd-3-clause",
    "bsd-3-clause-clear", "bsl-1.0", "bigcode-openrail-m", "c-uda", "cc", "cc0-1.0",
    "cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0",
    "cc-by-nc-2.0", "cc-by-nc-3.0", "cc-by-nc-4.0", "cc-by-nd-4.0", "cc-by-nc-nd-3.0",
    "cc-by-nc-nd-4.0", "cc-by-nc-sa-2.0", "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0",
    "cdla-permissive-1.0", "cdla-permissive-2.0", "cdla-sharing-1.0", "ecl-2.0", "epl-1.0",
    "epl-2.0", "eupl-1.1", "gfdl", "gpl", "gpl-2.0", "gpl-3.0", "isc", "lgpl", "lgpl-2.1",
    "lgpl-3.0", "lppl-1.3c", "mit", "mpl-2.0", "ms-pl", "ncsa", "odbl", "odc-by", "ofl-1.1",
    "openrail", "osl-3.0", "pddl", "postgresql", "unlicense", "wtfpl", "zlib", "other",
    "unknown",
}  # fmt: skip


def count_origins(splits: Mapping[str, Any]) -> dict[str, Counter[str]]:
    """How many edit sequences have each license and each source, where rows say it.

    Args:
        splits: Datasets by the names of their splits, all of the same columns.

    Returns:
        For each of `ORIGINS` that is there and holds texts, the number of each value.
    """
    counts: dict[str, Counter[str]] = {}
    for table in (table for part in splits.values() for table in _tables(part)):
        for name in set(ORIGINS) & set(table.column_names):
            values = map(_text_of, table[name].to_pylist())
            counts.setdefault(name, Counter()).update(values)
    return {name: found for name, found in counts.items() if 0 < len(found) <= _MOST}


def _tables(dataset: Any) -> Iterator[pa.Table]:
    import pyarrow.compute as pc

    kinds = {name: str(dataset.features.arrow_schema.field(name).type) for name in dataset.features}
    # Also lists of texts (``list<item: string>``), as a row may have several licenses.
    names = [name for name in ORIGINS if "string" in kinds.get(name, "")]
    if not names or not len(dataset):
        return
    counted = [name for name in ("status",) if name in kinds]
    rows = dataset.select_columns([*names, *counted, *part_columns(kinds)]).with_format("arrow")
    for table in rows.iter(batch_size=_ROWS):
        # The rows of one sequence are one program, which is counted where it begins.
        sequences = table.filter(beginnings(table))
        yield sequences.filter(pc.equal(sequences["status"], "ok")) if counted else sequences


def _text_of(value: Any) -> str:
    if isinstance(value, list):
        value = ", ".join(one for one in value if isinstance(one, str))
    return value if isinstance(value, str) and value.strip() else UNKNOWN


def licenses_on_the_hub(counts: Mapping[str, int]) -> list[str]:
    """The Hub's names of the licenses of rows, in order."""
    names = (one.strip().lower().replace(" ", "-") for text in counts for one in text.split(","))
    return sorted({name if name in _ON_THE_HUB else "other" for name in names if name})


def sources_on_the_hub(counts: Mapping[str, int]) -> list[str]:
    """The sources of rows that are ids on the Hub, in order."""
    return sorted(name for name in counts if _HUB_ID.fullmatch(name) and not is_file(name))


def is_file(name: str) -> bool:
    """Whether a source is a file, by its name."""
    of_programs = (suffix for one in LANGUAGES for suffix in load_language(one).suffixes if suffix)
    # With a dot behind both, a suffix is found at the end and in front of another one: rows.jsonl,
    # rows.jsonl.gz, and not rows.jsonlines.
    return any(f"{suffix}." in f"{name.lower()}." for suffix in (*READERS, *of_programs))
