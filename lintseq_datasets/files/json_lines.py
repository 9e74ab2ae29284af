"""JSON lines that every reader can read."""

from __future__ import annotations

import json
from typing import Any


def json_line(row: Any) -> bytes:
    """A value as one line of JSON, in UTF-8 and with its newline."""
    line = json.dumps(row, ensure_ascii=False)
    # some readers take these for the end of a line
    for character in "\x85\u2028\u2029":
        line = line.replace(character, f"\\u{ord(character):04x}")
    return line.encode("utf-8") + b"\n"
