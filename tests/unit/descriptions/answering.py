"""A stand-in for a batch interface: requests in, lines of answers out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def answer(custom_id: str, content: Any, model: str = "model-1", **more: Any) -> dict[str, Any]:
    """A line of an interface's output."""
    message = {"role": "assistant", "content": content}
    body = {"model": model, "choices": [{"message": message, "finish_reason": "stop", **more}]}
    response = {"status_code": 200, "request_id": "r", "body": body}
    return {"id": "x", "custom_id": custom_id, "response": response, "error": None}


def answers(requests: Iterable[Mapping[str, Any]], model: str = "model-1") -> list[dict[str, Any]]:
    """An answer to each request, which says what was asked for."""
    return [answer(one["custom_id"], f"Do {one['custom_id']}.", model) for one in requests]
