"""Pages of the gallery that are made when the site is built: sequences, and a card."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

from lintseq_datasets import EditSequence, build_card, only_ok, refactor
from lintseq_datasets.display import sequence_html
from lintseq_datasets.linters import errors_by_line, load_linter

# Of the example programs.
ROWS = {"A dataclass": 5, "A module that is missing": 21, "A command line": 11}


def pages(programs: Path) -> Iterator[tuple[str, str]]:
    """File names and texts of the pages (Markdown).

    Args:
        programs: The example programs, as JSON lines.
    """
    from datasets import Dataset

    rows = [json.loads(line) for line in programs.read_text(encoding="utf-8").splitlines()]
    made = refactor(Dataset.from_list(rows), num_samples=2, num_proc=None)
    yield (
        "card.md",
        _card(build_card(made, "you/edits", license="apache-2.0", source=programs.name)),
    )
    edits = only_ok(made)
    linter = load_linter("pylint")
    parts = [
        "# Edit sequences\n\nSome of the example programs, as notebooks show them: click the "
        "numbers, or use the arrow keys.\n"
    ]
    for name, number in ROWS.items():
        row = edits[number * 2]
        sequence = EditSequence.from_edits(row["edits"])
        shown = sequence_html(sequence, own_errors=errors_by_line(row["program"], linter))
        asked = f"<blockquote><p>{escape(row['prompt'])}</p></blockquote>"
        parts.append(f"## {len(parts)}. {name}\n\n```{{raw}} html\n{asked}\n{shown}\n```\n")
    yield "sequences.md", "\n".join(parts)


def _card(text: str) -> str:
    """A card as a page: its metadata are code, and its first heading that of the page."""
    _, metadata, body = text.split("---\n", 2)
    body = re.sub("^(?=#+ )", "#", body, flags=re.MULTILINE)
    return (
        "# A dataset card\n\nWhat `push` writes for the example programs, and `card` renders.\n\n"
        "```{raw} html\n<details><summary>Its metadata</summary>\n```\n\n"
        f"```yaml\n{metadata}```\n\n```{{raw}} html\n</details>\n```\n\n{body}"
    )
