"""What is said to a worker process, and what it says: JSON lines, or that of language servers.

`lintseq_datasets.linters._workers` knows questions and answers as they are in JSON lines. A
language server is asked about a document that it has open, whose text changes::

    -> initialize
    <- its name and version                      {"hello": "tsc", "version": "7.0.2"}
    -> initialized
    -> didOpen main.ts, or didChange             {"id": 1, "text": "let a: = 1"}
    -> diagnostic main.ts
    <- window/logMessage                         nothing
    <- client/registerCapability                 nothing; it is told that this is fine
    <- a report                                  {"id": 1, "errors": [["syntax TS1110", 1, 7, ...]]}
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, final

_WINDOW = 32_768  # bytes that are sent ahead of the answers, fewer than a pipe holds
_ERROR = 1  # the severity
# Deno reads its configuration file for those only that know of workspaces.
_CAPABILITIES = {"textDocument": {"diagnostic": {}}, "workspace": {"configuration": False}}
_BREAKS = re.compile(r"\r\n|\n|\r")

Said: TypeAlias = "dict[str, Any]"
"""A message, as a JSON object."""


class Speech(Protocol):
    """How to talk to one process."""

    window: int  # bytes that may be sent ahead of the answers; 0: one question at a time

    def greeting(self) -> bytes:
        """What is said first."""
        ...

    def question(self, number: int, text: str) -> bytes:
        """What asks about a text."""
        ...

    def cut(self, received: bytes) -> tuple[bytes | None, bytes]:
        """The first message of what was received, None if it is not all there; and the rest."""
        ...

    def hear(self, said: Said) -> tuple[Said | None, bytes]:
        """A message in the form of the JSON lines, None if it is none; and what to reply."""
        ...


@final
class JsonLines:
    """The speech of the workers that are programs of ours."""

    window = _WINDOW

    def greeting(self) -> bytes:
        """Nothing: the worker says hello."""
        return b""

    def question(self, number: int, text: str) -> bytes:
        """A line."""
        return json.dumps({"id": number, "text": text}).encode("ascii") + b"\n"

    def cut(self, received: bytes) -> tuple[bytes | None, bytes]:
        """The first line."""
        line, end, rest = received.partition(b"\n")
        return (line, rest) if end else (None, received)

    def hear(self, said: Said) -> tuple[Said | None, bytes]:
        """The message itself."""
        return said, b""


@dataclass(frozen=True, slots=True)
class LanguageServer:
    """What is to be known of a language server.

    Args:
        name: What it is called in errors.
        document: Name of the document, within the private folder.
        language: Identifier of its language.
        prefix: In front of the codes that are numbers.
        sources: Names of who may have found an error; what others find does not count.
        syntax: Matches the ids of what does not parse. They get the word ``syntax`` in front.
        silencers: What in a text would silence it: of what the group matches, the last letter
            becomes ``x``.
        breaks: What it counts as the end of a line.
        settings: Its settings, told at the start and when it asks.
        at_start: Methods and parameters of what it is told after that.
    """

    name: str
    document: str
    language: str
    prefix: str
    sources: frozenset[str]
    syntax: re.Pattern[str]
    silencers: re.Pattern[str]
    breaks: re.Pattern[str] = _BREAKS
    settings: Mapping[str, Any] = field(default_factory=dict)
    at_start: tuple[tuple[str, Mapping[str, Any]], ...] = ()


@final
class ServerSpeech:
    """The speech of a language server, in JSON-RPC.

    Args:
        server: What is known of it.
        folder: Its private folder.
    """

    window = 0  # a server may answer about a newer text than was asked about

    def __init__(self, server: LanguageServer, folder: str) -> None:
        self._server, self._folder = server, folder
        self._uri = f"file://{folder}/{server.document}"
        self._is_open, self._text = False, ""

    def greeting(self) -> bytes:
        """The first request, whose answer tells the version."""
        root = f"file://{self._folder}"
        return _packed(
            id=0,
            method="initialize",
            params={
                "processId": None,
                "rootUri": root,
                "workspaceFolders": [{"uri": root, "name": "texts"}],
                "capabilities": _CAPABILITIES,
                "initializationOptions": self._server.settings,
            },
        )

    def question(self, number: int, text: str) -> bytes:
        """The text of the document, and a request for what is wrong with it."""
        self._text = _loud(text, self._server.silencers)
        document: Said = {"uri": self._uri, "version": number}
        if self._is_open:
            # Without a range, a change is the whole new text.
            changes = [{"text": self._text}]
            method, params = "didChange", {"textDocument": document, "contentChanges": changes}
        else:
            document |= {"languageId": self._server.language, "text": self._text}
            method, params = "didOpen", {"textDocument": document}
        self._is_open = True
        told = _packed(method=f"textDocument/{method}", params=params)
        params = {"textDocument": {"uri": self._uri}}
        return told + _packed(id=number, method="textDocument/diagnostic", params=params)

    def cut(self, received: bytes) -> tuple[bytes | None, bytes]:
        """The body of the first message."""
        head, end, rest = received.partition(b"\r\n\r\n")
        length = re.search(rb"content-length:\s*(\d+)", head, re.IGNORECASE)
        if not end or length is None:
            # A head without a length is handed on, and is no message.
            return (head, rest) if end else (None, received)
        size = int(length[1])
        return (rest[:size], rest[size:]) if len(rest) >= size else (None, received)

    def hear(self, said: Said) -> tuple[Said | None, bytes]:
        """The hello or the answer that a message is; a reply where the server asks."""
        number = said.get("id")
        if "method" in said:
            return None, b"" if number is None else _packed(id=number, result=self._told(said))
        if number == 0:
            about = (said.get("result") or {}).get("serverInfo", {})
            version = str(about.get("version", "")).partition(" ")[0]
            hello = {"hello": self._server.name, "version": version}
            told = self._server.at_start
            return hello, _packed(method="initialized", params={}) + b"".join(
                _packed(method=method, params=params) for method, params in told
            )
        if "error" in said:
            return {"id": number, "failed": str(said["error"])}, b""
        items = (said.get("result") or {}).get("items")
        if items is None:
            return {"id": number}, b""  # no answer that anybody could read
        return {"id": number, "errors": self._errors(items)}, b""

    def _told(self, said: Said) -> Any:
        if said["method"] != "workspace/configuration":
            return None
        return [self._server.settings] * len(said["params"]["items"])

    def _errors(self, items: Sequence[Said]) -> list[list[Any]]:
        found = [item for item in items if item.get("severity", _ERROR) == _ERROR]
        places = _Places(self._text, self._server.breaks) if found else None
        return [
            [self._id(item.get("code")), *places.of(item["range"]["start"]), item["message"]]
            for item in found
            if places is not None and item.get("source") in self._server.sources
        ]

    def _id(self, code: object) -> str:
        name = f"{self._server.prefix}{code}" if isinstance(code, int) else str(code)
        return f"syntax {name}" if self._server.syntax.fullmatch(name) else name


class _Places:
    """Turns places of a language server into ours: lines end with a line feed only."""

    def __init__(self, text: str, breaks: re.Pattern[str]) -> None:
        self._text = text
        self._starts = [0, *(end.end() for end in breaks.finditer(text))]

    def of(self, place: Said) -> tuple[int, int]:
        """The line, from 1, and the column in characters, from 0."""
        # Its lines may end elsewhere, at \u2028 for example. It counts columns in units of UTF-16:
        # an emoji has two of them, and a unit has two bytes.
        start = self._starts[min(place["line"], len(self._starts) - 1)]
        units = 2 * int(place["character"])
        line = self._text[start:].split("\n", 1)[0].encode("utf-16-le", "surrogatepass")
        place_in_text = start + len(line[:units].decode("utf-16-le", "replace"))
        before = self._text[:place_in_text]
        return before.count("\n") + 1, place_in_text - (before.rfind("\n") + 1)


def _loud(text: str, silencers: re.Pattern[str]) -> str:
    # At equal length, so that places stay.
    return silencers.sub(lambda found: found[0][:-1] + "x", text)


def _packed(**message: Any) -> bytes:
    body = json.dumps({"jsonrpc": "2.0", **message}).encode("ascii")
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
