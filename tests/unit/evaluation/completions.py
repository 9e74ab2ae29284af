"""A server on the loopback that completes prompts like OpenAI's, and misbehaves as it is told."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Fault = Callable[["Handler"], bool]
"""Does something instead of answering; whether it did."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, faults: list[Fault], port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.faults = faults  # for the requests that come first, one each
        self.requests: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def answers(self) -> list[dict[str, Any]]:
        return [payload for _, _, payload in self.requests]


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.payload: dict[str, Any] = payload
        with self.server.lock:
            self.server.requests.append((self.path, dict(self.headers), payload))
            fault = self.server.faults.pop(0) if self.server.faults else None
        if fault is None or not fault(self):
            self.send_json(200, completion(payload))

    def send_json(self, status: int, body: Any, **headers: str) -> None:
        self.send_text(status, json.dumps(body), **headers)

    def send_text(self, status: int, text: str, **headers: str) -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


def completion(payload: dict[str, Any]) -> dict[str, Any]:
    """A program that depends on the prompt and the seed."""
    text = f"@@ -0,0 +1 @@\n+x = {payload['seed']}"
    if "messages" in payload:
        text = f"<|diff|>{text}"
        choice: dict[str, Any] = {"message": {"role": "assistant", "content": text}}
    else:
        choice = {"text": text}
    usage = {"prompt_tokens": len(str(payload)), "completion_tokens": 7}
    return {"choices": [{**choice, "index": 0, "finish_reason": "stop"}], "usage": usage}


@contextmanager
def serve(*faults: Fault, port: int = 0) -> Iterator[Server]:
    server = Server(list(faults), port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


# --- how it misbehaves ---------------------------------------------------------------


def status(number: int, text: str = "no", **headers: str) -> Fault:
    def fault(handler: Handler) -> bool:
        handler.send_text(number, text, **headers)
        return True

    return fault


def garbage(text: str) -> Fault:
    return status(200, text)


def cut_off(handler: Handler) -> bool:
    """Promise more than is sent."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"choices": [{"text": "@@ -0,0')
    handler.close_connection = True
    return True


def hang_up(handler: Handler) -> bool:
    """End the connection without a word."""
    handler.close_connection = True
    return True


def slow(seconds: float) -> Fault:
    def fault(handler: Handler) -> bool:
        time.sleep(seconds)
        return False

    return fault


def drip(handler: Handler) -> bool:
    """A byte now and then, for as long as anybody waits."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    for _ in range(200):
        try:
            handler.wfile.write(b" ")
        except OSError:
            break
        time.sleep(0.05)
    handler.close_connection = True
    return True


def swell(handler: Handler) -> bool:
    """A few kilobytes that stand for more than 64 MiB."""
    data = gzip.compress(b" " * (2**26 + 1))
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(data)))
    handler.send_header("Content-Encoding", "gzip")
    handler.end_headers()
    handler.wfile.write(data)
    handler.close_connection = True
    return True
