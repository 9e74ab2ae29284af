"""Answers of batch interfaces, in any order, kept on the disk until their rows come by.

    {"custom_id": "9f2c...-0", "response": {"status_code": 200, "body": {"model": "m", "choices":
        [{"message": {"content": "Import os."}, "finish_reason": "stop"}]}}, "error": null}

One of these is read as a `BatchAnswer`, with a text or with the reason why there is none.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from lintseq_datasets.edits.reading import EOS_TOKENS
from lintseq_datasets.errors import ConfigError
from lintseq_datasets.files.json_rows import read_json
from lintseq_datasets.files.row_types import Broken
from lintseq_datasets.languages.base import load_language
from lintseq_datasets.mapping.reasoning import without_reasoning

_SPECIAL = re.compile(r"<\|[^|<>\s]{1,60}\|>")
_LONGEST_REASON = 60

Answers = Iterable[Mapping[str, Any]] | str | Path
"""Answers as dictionaries, or a file of them as JSON lines."""


class BatchAnswer(NamedTuple):
    """What was answered to an id."""

    custom_id: str
    text: str  # empty if there is a reason
    reason: str  # why the answer cannot be used; empty if it can
    model: str


class AnswerStore:
    """Answers by their ids, on the disk: of each id the best, and what was counted."""

    def __init__(self) -> None:
        self.answers = self.repeated = 0
        self.unusable: Counter[str] = Counter()
        self._database = sqlite3.connect("")  # a file of its own, which goes when it is closed
        self._database.execute(
            "CREATE TABLE answers (id TEXT PRIMARY KEY, text TEXT, reason TEXT, model TEXT, "
            "used INTEGER DEFAULT 0) WITHOUT ROWID"
        )

    def add(self, several: Iterable[Answers]) -> None:
        """Take in answers.

        Raises:
            ConfigError: A file cannot be read.
        """
        for answers in several:
            for line in _lines(answers):
                self.answers += 1
                answer = read_batch_answer(line)
                if isinstance(answer, BatchAnswer):
                    self._keep(answer)
                else:
                    self.unusable[answer] += 1

    def _keep(self, answer: BatchAnswer) -> None:
        # A batch that was sent again after a failure answers some ids twice.
        known = self._find(answer.custom_id)
        self.repeated += known is not None
        if known is None or _rank(answer) < _rank(known):
            self._database.execute(
                "INSERT OR REPLACE INTO answers (id, text, reason, model) VALUES (?, ?, ?, ?)",
                answer,
            )

    def _find(self, custom_id: str) -> BatchAnswer | None:
        query = "SELECT id, text, reason, model FROM answers WHERE id = ?"
        found = self._database.execute(query, (custom_id,)).fetchone()
        return None if found is None else BatchAnswer(*found)

    def take(self, custom_id: str) -> BatchAnswer | None:
        """The answer to an id, which is known to be asked for from now on."""
        found = self._find(custom_id)
        if found is not None:
            self._database.execute("UPDATE answers SET used = 1 WHERE id = ?", (custom_id,))
        return found

    @property
    def unknown(self) -> int:
        """How many ids were answered that nobody took."""
        (count,) = self._database.execute("SELECT COUNT(*) FROM answers WHERE NOT used").fetchone()
        return int(count)

    def digest(self) -> str:
        """What stands for all that was answered."""
        found = hashlib.blake2b(digest_size=16)
        query = "SELECT id, text, reason, model FROM answers ORDER BY id"  # however they came
        for row in self._database.execute(query):
            found.update(repr(row).encode())
        return found.hexdigest()

    def close(self) -> None:
        """Remove what is on the disk."""
        self._database.close()


def _rank(answer: BatchAnswer) -> tuple[bool, int, BatchAnswer]:
    # An order of its own, so that the order in which answers come does not matter.
    return bool(answer.reason), len(answer.text), answer


def _lines(answers: Answers) -> Iterator[Any]:
    if not isinstance(answers, str | Path):
        yield from answers
        return
    try:
        yield from read_json(str(answers))
    except OSError as error:
        raise ConfigError("answers", f"cannot read {str(answers)!r}: {error.strerror}") from None


def read_batch_answer(line: Any) -> BatchAnswer | str:
    """An answer, or why it is none that belongs to an id.

    Args:
        line: A line of a batch interface's output.
    """
    if isinstance(line, Broken) or not isinstance(line, Mapping):
        return "no_json_object"
    custom_id = line.get("custom_id")
    if not isinstance(custom_id, str) or not _is_storable(custom_id):
        return "no_custom_id"
    response = line.get("response")
    response = response if isinstance(response, Mapping) else {}
    body = response.get("body")
    body = body if isinstance(body, Mapping) else {}
    text, reason = _text_of(line.get("error"), response, body)
    if not reason and not _is_storable(text):
        reason = "lone_surrogate"
    model = body.get("model")
    model = model if isinstance(model, str) and _is_storable(model) else ""
    return BatchAnswer(custom_id, "" if reason else text, reason, model)


def _text_of(error: Any, response: Mapping[str, Any], body: Mapping[str, Any]) -> tuple[str, str]:
    """The text of an answer, and why it cannot be used."""
    status = response.get("status_code", 200)
    # An error first: beside it there may be anything, and nothing to use.
    if error or body.get("error"):
        return "", _named_error(error or body["error"])
    if status not in (200, "200"):  # some interfaces write it as text
        return "", f"status_{status}"[:_LONGEST_REASON]
    choices = body.get("choices")
    # Of several choices, which nobody asks for, the first.
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, Mapping) else None
    if not isinstance(choice, Mapping) or not isinstance(message, Mapping):
        return "", "no_message"
    # Cut off: the text that is there is no whole sentence.
    if choice.get("finish_reason") in ("length", "content_filter"):
        return "", str(choice["finish_reason"])
    if message.get("refusal"):
        return "", "refusal"
    said = _content(message.get("content"))
    # Without fences every tag counts: a description is a sentence, and no code that has tags in it.
    text = without_reasoning(said, fences=(), language=load_language("lines")).answer.strip()
    if not text:
        return "", "empty"
    # In the training text it would begin an edit, or end the text.
    is_special = _SPECIAL.search(text) or any(token in text for token in EOS_TOKENS)
    return text, "special_token" if is_special else ""


def _named_error(error: Any) -> str:
    name = error.get("code") or error.get("type") if isinstance(error, Mapping) else None
    words = re.sub(r"\W+", "_", str(name or "")).strip("_")
    return f"error_{words}"[:_LONGEST_REASON] if words else "error"


def _content(content: Any) -> str:
    """The text of a message, which some interfaces give in pieces."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    pieces = [part.get("text") for part in content if isinstance(part, Mapping)]
    return "".join(piece for piece in pieces if isinstance(piece, str))


def _is_storable(text: str) -> bool:
    # JSON can hold half a surrogate pair, which neither SQLite nor Arrow takes.
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return "\0" not in text
