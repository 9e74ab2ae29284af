"""Samples from an OpenAI-compatible endpoint: vLLM, SGLang, llama.cpp, TGI and others.

Each thread asks for one sample after another. With two threads and four samples, where the first
takes long:

    thread 1    a0 ..................
    thread 2    a1 ..... a2 ..... b0 .....
    answers     a1, a2, a0, b0
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from lintseq_datasets.errors import ConfigError, EndpointError
from lintseq_datasets.evaluation._backend import Generation, SampleRequest, SamplingSettings
from lintseq_datasets.evaluation._http import JsonClient, new_client

_Reply: TypeAlias = "tuple[SampleRequest, Generation] | BaseException"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model behind ``/completions`` or ``/chat/completions`` of a server.

    Each sample is one request with a seed of its own. Whether the same seed gives the same sample
    is up to the server. The server must not drop ``<|diff|>``: it does so with
    ``skip_special_tokens``, if the tokenizer has it as a special token.

    Args:
        url: Address up to the version, such as ``http://localhost:8000/v1``.
        model: Name of the model, as the server knows it.
        chat: Whether to ask ``/chat/completions``; prompts that are texts become a message of the
            user. A beginning of the answer cannot be given there.
        api_key: Key for the server, sent to no other host.
        concurrency: Requests at once.
        timeout: Seconds for one answer.
        attempts: How often a request is tried, where trying again may help.
        refused: What becomes of a request that the server refuses as such (status 400, 413, 422):
            ``"raise"`` ends the run, ``"record"`` gives a sample without a text.
        extra: More fields of each request, such as ``{"top_k": 50}``.

    Raises:
        ConfigError: An argument has a value that it cannot have.
    """

    url: str
    model: str
    chat: bool = False
    api_key: str | None = field(default=None, repr=False)
    concurrency: int = 16
    timeout: float = 600.0
    attempts: int = 8
    refused: str = "raise"
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigError("endpoint", f"{self.url!r} is no address such as http://host:8000/v1")
        if parts.username or parts.password or parts.query:
            problem = "holds a user, a password or a query; give a key as api_key"
            raise ConfigError("endpoint", problem)
        if self.concurrency < 1 or self.attempts < 1 or not self.timeout > 0:
            raise ConfigError("endpoint", "concurrency, attempts and timeout are positive numbers")
        if self.refused not in ("raise", "record"):
            raise ConfigError("refused", f"{self.refused!r} is none of 'raise', 'record'")

    def describe(self) -> dict[str, Any]:
        """Address, model and what else a request holds, but for the key."""
        return {
            "backend": "openai",
            "endpoint": self.url.rstrip("/"),
            "model": self.model,
            "chat": self.chat,
            "extra": dict(self.extra),
        }

    def batches(
        self, requests: Sequence[SampleRequest], settings: SamplingSettings
    ) -> list[list[SampleRequest]]:
        """Each request by itself; the server makes batches of those that come at once."""
        return [[one] for one in requests]

    def generate(
        self, batches: Iterable[Sequence[SampleRequest]], settings: SamplingSettings
    ) -> Iterator[list[tuple[SampleRequest, Generation]]]:
        """Ask the server, several requests at once; answers come in any order.

        Raises:
            EndpointError: The server cannot be used. Answers that came before were given.
        """
        requests = [one for batch in batches for one in batch]
        with _Crowd(self, requests, settings) as crowd:
            # As many answers as requests, in any order: a thread that is done takes the next one.
            for _ in requests:
                answer = crowd.answers.get()
                if isinstance(answer, BaseException):
                    raise answer
                yield [answer]

    # --- one request -----------------------------------------------------------------

    @property
    def _address(self) -> str:
        return self.url.rstrip("/") + ("/chat/completions" if self.chat else "/completions")

    def _ask(self, http: Any, one: SampleRequest, settings: SamplingSettings) -> Generation:
        client = JsonClient(self._address, self.api_key, self.timeout, self.attempts)
        try:
            found = client.post(
                http, self._payload(one, settings), lambda answer: _read(answer, settings.stop)
            )
        except EndpointError as error:
            if error.reason != "refused" or self.refused == "raise":
                raise
            return Generation(None, "refused")
        # A server gives what comes behind the prompt; the beginning was a part of that.
        return replace(found, text=one.begin + (found.text or ""))

    def _payload(self, one: SampleRequest, settings: SamplingSettings) -> dict[str, Any]:
        payload: dict[str, Any] = {
            "model": self.model,
            "max_tokens": settings.max_new_tokens,
            "temperature": settings.temperature,
            "top_p": settings.top_p,
            "seed": one.seed,
            **({"stop": list(settings.stop)} if settings.stop else {}),
            **self.extra,  # last, so that it may replace what stands above
        }
        if not self.chat:
            if not isinstance(one.prompt, str):
                problem = f"the prompt of {one.task_id!r} is chat messages; use chat=True"
                raise ConfigError("chat", problem)
            return {**payload, "prompt": one.prompt + one.begin}
        if one.begin:
            raise ConfigError(
                "begin",
                "a chat cannot be told how its answer begins: leave it out, or set chat=False",
            )
        if isinstance(one.prompt, str):
            return {**payload, "messages": [{"role": "user", "content": one.prompt}]}
        return {**payload, "messages": [dict(message) for message in one.prompt]}


def _read(answer: Mapping[str, Any], stop: Sequence[str]) -> Generation:
    # {"choices": [{"message": {"content": "..."}}]} of a chat, {"choices": [{"text": "..."}]} else.
    choice = answer["choices"][0]
    text = choice["message"]["content"] if "message" in choice else choice["text"]
    if not isinstance(text, str | None):
        raise TypeError("the text is none")
    # JSON can hold lone surrogates, which no file can.
    text = (text or "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    reason, usage = choice.get("finish_reason"), answer.get("usage")
    usage = usage if isinstance(usage, Mapping) else {}
    return Generation(
        text,
        reason if isinstance(reason, str) else "unknown",
        _count(usage.get("prompt_tokens")),
        _count(usage.get("completion_tokens")),
        _stop_text(choice, stop),
    )


def _stop_text(choice: Mapping[str, Any], stop: Sequence[str]) -> str | None:
    """Which text ended an answer. vLLM and SGLang say it; in OpenAI's form it has no place."""
    if not stop or choice.get("finish_reason") == "length":
        return ""
    for name in ("stop_reason", "matched_stop"):
        if name in choice:
            # vLLM has None here, or the number of a token, where no text ended the answer.
            said = choice[name]
            return said if said in stop else ""
    return None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


class _Crowd:
    """Threads that ask, each one request after another, until there are none or one fails.

    They are daemons: a run that is interrupted does not wait for answers that are still to come.
    """

    def __init__(
        self, endpoint: Endpoint, requests: Sequence[SampleRequest], settings: SamplingSettings
    ) -> None:
        # Bounded: where answers are taken slowly, the threads wait instead of filling the memory.
        self.answers: queue.Queue[_Reply] = queue.Queue(maxsize=4 * endpoint.concurrency)
        self._endpoint = endpoint
        self._settings = settings
        self._open = iter(requests)
        self._lock = threading.Lock()
        self._is_over = threading.Event()
        self._http = new_client(endpoint.timeout, endpoint.concurrency)
        self._count = min(endpoint.concurrency, len(requests))

    def __enter__(self) -> _Crowd:
        for _ in range(self._count):
            threading.Thread(target=self._work, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._http.close()

    def _work(self) -> None:
        while not self._is_over.is_set() and (one := self._next()) is not None:
            try:
                found: _Reply = (one, self._endpoint._ask(self._http, one, self._settings))
            except BaseException as error:  # noqa: BLE001  # the thread that waits raises it
                found = error
            self._give(found)
            if isinstance(found, BaseException):
                return

    def _next(self) -> SampleRequest | None:
        # Without a global interpreter lock, two threads could be given the same one.
        with self._lock:
            return next(self._open, None)

    def _give(self, found: _Reply) -> None:
        # With a timeout, or a thread would wait for ever for a place that nobody makes any more.
        while not self._is_over.is_set():
            try:
                self.answers.put(found, timeout=0.1)
            except queue.Full:
                continue
            return


def key_from(variable: str | None) -> str | None:
    """A key from an environment variable; None if none is named.

    Raises:
        ConfigError: There is no such variable.
    """
    if variable is None:
        return None
    key = os.environ.get(variable)
    if not key:
        raise ConfigError(
            "api_key_env", f"the environment has no variable {variable!r}: set it to the key"
        )
    return key
