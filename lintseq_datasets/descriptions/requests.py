"""Requests for descriptions, in the form that OpenAI-compatible batch interfaces take."""

from __future__ import annotations

import difflib
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from lintseq_datasets.descriptions._parts import (
    DescribedPart,
    Per,
    asked_in,
    described_parts,
    known_descriptions,
    per_of,
    rows_in,
)
from lintseq_datasets.edits.prompts import split_prompt
from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.errors import ConfigError
from lintseq_datasets.files.json_lines import json_line
from lintseq_datasets.files.whole_files import write_whole
from lintseq_datasets.languages.base import Language
from lintseq_datasets.mapping.made_with import MADE_WITH, language_in, read_made_with
from lintseq_datasets.samplers.option_checks import check_text

TEMPLATE = """\
A program is written step by step. The whole task was:

{instruction}

This is the {language} program before the step (empty if there is none yet):

```
{before}
```

This is the step, as a unified diff:

```diff
{edit}
```

Write the instruction that asks for this step and for nothing else: one sentence in the \
imperative, without code, that a programmer could follow who sees the program before the step. \
Answer with the sentence alone.
"""
"""What is asked by default."""

URL = "/v1/chat/completions"
"""Where requests go, as batch interfaces name it."""

_FIELDS = ("instruction", "language", "before", "edit", "after", "program")
_FIELD = re.compile(r"\{([a-z_]+)\}")
# A block of the template: its fence, its label, what is in it, up to the same fence on a line.
_FENCED = re.compile(r"^(`{3,})([^`\n]*)\n(.*?)\n\1[ \t]*$", re.MULTILINE | re.DOTALL)
_TICKS = re.compile(r"`{3,}")
_OWN = ("model", "messages", "stream")


@dataclass(slots=True)
class RequestReport:
    """What became of the rows of a dataset.

    Args:
        rows: Rows that came in.
        without_sequence: Rows that hold no edits, so that nothing is asked about them.
        described: Edits or segments that have a description already.
        repeated: Those that another row holds as well, and whose answer will be theirs.
        requests: Requests that were written.
    """

    rows: int = 0
    without_sequence: int = 0
    described: int = 0
    repeated: int = 0
    requests: int = 0

    def as_dict(self) -> dict[str, int]:
        """Plain values that JSON can hold."""
        return {name: getattr(self, name) for name in self.__slots__}

    def __str__(self) -> str:
        parts = [f"{self.requests:,} requests for {self.rows:,} rows"]
        counts = Counter(self.as_dict())
        texts = {"without_sequence": "rows without a sequence", "described": "described already",
                 "repeated": "the same as another"}  # fmt: skip
        parts += [f"{counts[name]:,} {text}" for name, text in texts.items() if counts[name]]
        return ", ".join(parts)


def description_requests(
    dataset: Any,
    *,
    model: str,
    template: str = TEMPLATE,
    per: Per | None = None,
    url: str = URL,
    body: Mapping[str, Any] | None = None,
    report: RequestReport | None = None,
) -> Iterator[dict[str, Any]]:
    r"""A request for each edit or segment of a dataset, one after another.

    Args:
        dataset: One split of edit sequences, of an output format that has a row for each
            sequence. Parts that have a description are left out.
        model: Name of the model.
        template: What is asked. ``{instruction}``, ``{language}``, ``{before}`` (the program
            before), ``{edit}`` (a unified diff; of a segment, that of the states at its ends),
            ``{after}`` and ``{program}`` (the whole one) are filled in. Fences of the template
            are made longer than any backticks that are filled in between them.
        per: ``"edit"`` or ``"segment"``; by default segments, where the rows have ``end_state``.
        url: Where requests go.
        body: More fields of the body of each request, such as ``{"max_tokens": 100}``.
        report: Takes what is counted on the way.

    Yields:
        ``custom_id``, ``method``, ``url`` and ``body``. The id is made of the content, and no
        two requests have the same.

    Raises:
        ColumnError: The columns are others.
        ConfigError: An option has no usable value.

    >>> from datasets import Dataset
    >>> from lintseq_datasets import refactor
    >>> rows = refactor(Dataset.from_dict({"code": ["a = 1"]}), linter="syntax", num_samples=1)
    >>> (request,) = description_requests(rows, model="m", template="Say what it does:\n{edit}")
    >>> request["url"], request["body"]["messages"][0]["content"]
    ('/v1/chat/completions', 'Say what it does:\n@@ -0,0 +1 @@\n+a = 1')
    """
    per = per_of(dataset, per)
    check_text("model", model, "the name of a model")
    check_text("url", url, "an address")
    _check_template(template)
    more = _checked_body(body)
    counts = report or RequestReport()

    # A generator of its own, so that a wrong option is said at the call, and not with the first
    # request.
    def requests() -> Iterator[dict[str, Any]]:
        with closing(_Seen()) as seen:
            for row, part in _open_parts(dataset, per, counts):
                if seen.has(part.custom_id):
                    counts.repeated += 1
                    continue
                counts.requests += 1
                asked = {"role": "user", "content": _filled(template, row, part)}
                content = {"model": model, "messages": [asked], **more}
                yield {"custom_id": part.custom_id, "method": "POST", "url": url, "body": content}

    return requests()


def write_requests(dataset: Any, output: Path, **options: Any) -> RequestReport:
    """Write a batch file, whole or not at all.

    Args:
        dataset: See `description_requests`.
        output: The file, of JSON lines.
        **options: Those of `description_requests`.

    Raises:
        ColumnError: The columns are others.
        ConfigError: An option has no usable value.
    """
    report = RequestReport()
    requests = description_requests(dataset, **options, report=report)
    write_whole(Path(output), lambda file: file.writelines(map(json_line, requests)))
    return report


def _open_parts(
    dataset: Any, per: Per, counts: RequestReport
) -> Iterator[tuple[dict[str, Any], DescribedPart]]:
    for row in rows_in(dataset):
        parts = described_parts(row, per)
        counts.rows += 1
        counts.without_sequence += not parts
        known = known_descriptions(row, len(parts))
        for part, text in zip(parts, known, strict=False):
            if text:
                counts.described += 1
            else:
                yield row, part


class _Seen:
    """The ids that were given away, on the disk, since a dataset may have more than memory."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("")  # a file of its own, which goes when it is closed
        self._database.execute("CREATE TABLE seen (id TEXT PRIMARY KEY) WITHOUT ROWID")

    def has(self, name: str) -> bool:
        """Whether it was given away before; from now on it is."""
        added = self._database.execute("INSERT OR IGNORE INTO seen VALUES (?)", (name,))
        # No row is added for an id that is there.
        return not added.rowcount

    def close(self) -> None:
        self._database.close()


# --- the text of a request -----------------------------------------------------------


def _check_template(template: object) -> None:
    check_text("template", template)
    names = _FIELD.findall(str(template))
    for name in names:
        if name not in _FIELDS:
            fields = ", ".join(f"{{{field}}}" for field in _FIELDS)
            raise ConfigError("template", f"there is no {{{name}}}; there are {fields}")
    if not {"edit", "after"} & set(names):
        raise ConfigError("template", "it shows neither {edit} nor {after}: put one of them in")


def _checked_body(body: object) -> dict[str, Any]:
    if body is None:
        return {}
    if not isinstance(body, Mapping):
        raise ConfigError(
            "body", f"{body!r} is no dictionary of fields: give one such as {{'max_tokens': 100}}"
        )
    for name in _OWN:
        if name in body:
            raise ConfigError("body", f"{name!r} is not among what can be set there")
    return dict(body)


def _filled(template: str, row: Mapping[str, Any], part: DescribedPart) -> str:
    language = language_in(read_made_with(row[MADE_WITH]))
    sequence = EditSequence.from_edits(row["edits"], row.get("state") or "")
    states = [sequence.start, *sequence.states()]
    before, after = states[part.first], states[part.last]
    values = {
        "instruction": _instruction(row, language),
        "language": language.title,
        "before": before.text,
        "edit": _printed(row, part, before.lines, after.lines),
        "after": after.text,
        "program": row.get("program") or states[-1].text,
    }

    def fill(text: str) -> str:
        return _FIELD.sub(lambda found: values[found[1]], text)  # what is filled in is not read

    # Blocks of the template, and what stands between them: only a block has a fence that what is
    # filled in could close.
    filled, end = [], 0
    for block in _FENCED.finditer(template):
        filled += [
            fill(template[end : block.start()]),
            _fenced(fill(block[2]), fill(block[3]), block[1]),
        ]
        end = block.end()
    return "".join([*filled, fill(template[end:])])


def _fenced(name: str, content: str, fence: str) -> str:
    """A text in a fence that is longer than any backticks in it."""
    longest = max(map(len, _TICKS.findall(content)), default=0)
    fence = "`" * max(len(fence), longest + 1)
    return f"{fence}{name}\n{content}\n{fence}"


def _instruction(row: Mapping[str, Any], language: Language) -> str:
    told = row.get("instruction")
    if isinstance(told, str):  # of a format whose prompt is something else
        return told
    asked = asked_in(row)
    if not isinstance(asked, str):
        asked = "\n\n".join(asked)
    if "state" in row:
        asked, _ = split_prompt(asked, language.label)
    return asked.removesuffix("\n")


def _printed(
    row: Mapping[str, Any], part: DescribedPart, before: tuple[str, ...], after: tuple[str, ...]
) -> str:
    # One edit is printed in the row. Several are one diff of the states at their ends.
    if part.last - part.first == 1:
        return str(row["edits"][part.first])
    lines = difflib.unified_diff(before, after, n=0, lineterm="")
    return "\n".join(islice(lines, 2, None))  # without the names of files
