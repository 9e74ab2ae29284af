"""Reading what commands print about files: lines, JSON, SARIF, Checkstyle's XML.

Every reader gives the messages, each with the name of its file, and the files that the answer
names. Some commands name every file that they were given, also those without a message. Then an
answer that leaves one out is none: for ``0.js``, ``1.js`` and ``2.js``,

    [{"filePath": "0.js", "messages": []}, {"filePath": "1.js", "messages": [...]}]

names ``0.js`` without a message, and not ``2.js``, so that nobody has looked at that.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from lintseq_datasets.linters.base import LintMessage

# The keys of ESLint, ruff, pylint, shellcheck, golangci-lint, oxlint and others. Where none fits,
# nothing is taken for clean: an exit status with words and without a message is no verdict.
_PATHS = ("filePath", "filename", "fileName", "file", "path", "Filename", "uri")
_LINES = ("line", "row", "Line", "startLine", "lineNumber", "line_no")
_COLUMNS = ("column", "col", "character", "Column", "startColumn", "columnNumber")
_IDS = ("ruleId", "code", "message-id", "rule", "id", "check_name", "FromLinter", "messageId")
_MESSAGES = ("message", "Text", "text", "description", "msg")
_PLACES = ("location", "span", "Pos", "start", "range", "position", "labels", "begin", "loc")
_COUNTS = ("number_of_files",)


class AnswerError(ValueError):
    """An answer cannot be read, or is about other files than were given."""


class _Finding(NamedTuple):
    """A message, or a file that is named; ``line`` 0 stands for the latter."""

    path: str
    line: int = 0
    column: int = 1
    id: str = ""
    text: str = ""


class CommandAnswer(NamedTuple):
    """What was said about each file that was given."""

    messages: tuple[tuple[LintMessage, ...], ...]
    named: tuple[bool, ...]  # whether the file was named at all


def read_command_answer(
    text: str, format: str, pattern: str, names: Sequence[str]
) -> CommandAnswer:
    """The messages about each file.

    Args:
        text: What was printed.
        format: Its form; see `lintseq_datasets.linters.command.CommandLinter`.
        pattern: For lines, the regular expression of a message.
        names: Names of the files that were given.

    Raises:
        AnswerError: It cannot be read, or is about more or fewer files.
    """
    readers = {"json": _read_json, "sarif": _read_sarif, "checkstyle": _read_checkstyle}
    reader = readers.get(format)
    found = list(_read_lines(text, pattern) if reader is None else reader(text, len(names)))
    messages: dict[str, list[LintMessage]] = {name: [] for name in names}
    named = set()
    for one in found:
        # Commands may make a name absolute. A message without one is about the only file.
        name = os.path.basename(one.path) if one.path or len(names) > 1 else names[0]
        if name not in messages:
            raise AnswerError(f"it is about another file, {one.path!r}")
        named.add(name)
        if one.line:
            column = max(one.column - 1, 0)
            messages[name].append(LintMessage(one.id or "error", one.line, column, one.text))
    # It names a file without a message, so it names all that it looked at.
    if any(not messages[name] for name in named) and len(named) < len(names):
        raise AnswerError(f"it is about {len(named)} of {len(names)} files")
    return CommandAnswer(
        tuple(map(tuple, messages.values())), tuple(name in named for name in names)
    )


def _read_lines(text: str, pattern: str) -> Iterator[_Finding]:
    for match in re.finditer(pattern, text, re.MULTILINE):
        # The pattern is the user's: its groups may match nothing, or what is no number.
        said = match.groupdict()
        number = said["line"]
        yield _Finding(
            said.get("path") or "",
            int(number) if number and number.isdigit() else 1,
            int(column) if (column := said.get("column")) and column.isdigit() else 1,
            said.get("id") or "",
            (said.get("message") or match[0]).strip(),
        )


# --- JSON ----------------------------------------------------------------------------


def _read_json(text: str, count: int) -> Iterator[_Finding]:
    for value in _values(text):
        if isinstance(value, Mapping):  # as oxlint says it
            looked_at = _first(value, _COUNTS)
            if isinstance(looked_at, int) and looked_at < count:
                raise AnswerError(f"it is about {looked_at} of {count} files")
        yield from _walk(value, "")


def _values(text: str) -> list[Any]:
    """The values of a text that holds one, or one on each line."""
    if not text.strip():
        return []
    try:
        try:
            return [json.loads(text)]
        except ValueError:
            return [json.loads(line) for line in text.split("\n") if line.strip()]
    except (ValueError, RecursionError):
        raise AnswerError("it is no JSON") from None


def _walk(value: Any, path: str) -> Iterator[_Finding]:
    """Messages in a value, whatever it calls them: what has a line is one."""
    if isinstance(value, list):
        for one in value:
            yield from _walk(one, path)
    if not isinstance(value, Mapping):
        return
    # For {"filePath": "0.js", "messages": [{"line": 2, "ruleId": "no-undef"}]}: the path holds for
    # all that is within, the list has no line, the object in it has one.
    found = _first(value, _PATHS)
    if isinstance(found, str):
        path = found
    place = _place(value)
    own = _first(place, _PATHS)
    if isinstance(own, str):
        path = own
    line = _first(place, _LINES)
    if isinstance(line, int):
        column = _first(place, _COLUMNS)
        text = _first(value, _MESSAGES)
        yield _Finding(
            path,
            max(line, 1),
            column if isinstance(column, int) else 1,
            str(_first(value, _IDS) or ""),
            str(text or ""),
        )
        return  # what else stands in a message, such as a fix, is no message
    if isinstance(found, str):
        yield _Finding(path)
    for one in value.values():
        yield from _walk(one, path)


def _place(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Where a message says where it is: itself, or what it has as its place."""
    for _ in range(4):  # such as {"location": {"range": {"start": {"line": 3}}}}
        if _first(value, _LINES) is not None:
            return value
        inner = _first(value, _PLACES)
        inner = inner[0] if isinstance(inner, list) and inner else inner
        if not isinstance(inner, Mapping):
            return value
        value = inner
    return value


def _first(value: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((value[name] for name in names if value.get(name) is not None), None)


# --- SARIF, Checkstyle ---------------------------------------------------------------


def _read_sarif(text: str, count: int) -> Iterator[_Finding]:
    try:
        for value in _values(text):
            for run in value["runs"]:
                for artifact in run.get("artifacts", ()):
                    yield _Finding(artifact["location"]["uri"])
                for result in run.get("results") or ():
                    place = result["locations"][0]["physicalLocation"]
                    region = place.get("region", {})
                    yield _Finding(
                        place["artifactLocation"]["uri"],
                        # A result about a whole file has no region.
                        region.get("startLine", 1),
                        region.get("startColumn", 1),
                        str(result.get("ruleId", "")),
                        str(result.get("message", {}).get("text", "")),
                    )
    except (KeyError, IndexError, TypeError, AttributeError):
        raise AnswerError("it is no SARIF") from None


def _read_checkstyle(text: str, count: int) -> Iterator[_Finding]:
    from xml.etree import ElementTree

    if not text.strip():
        return
    if "<!DOCTYPE" in text or "<!ENTITY" in text:  # which could make much of little
        raise AnswerError("it declares entities")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise AnswerError(f"it is no XML: {error}") from None
    for file in root.iter("file"):
        path = file.get("name", "")
        yield _Finding(path)
        for one in file.iter("error"):
            line, column = (one.get(name, "1") for name in ("line", "column"))
            yield _Finding(
                path,
                max(int(line), 1) if line.isdigit() else 1,
                int(column) if column.isdigit() else 1,
                one.get("source", ""),
                one.get("message", ""),
            )
