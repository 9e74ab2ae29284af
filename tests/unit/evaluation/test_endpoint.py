"""Samples from a server over HTTP: what it is asked, and what becomes of its faults."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lintseq_datasets.errors import ConfigError, EndpointError
from lintseq_datasets.evaluation import Endpoint, SamplingSettings, resolve_generations, sample
from tests.unit.evaluation import completions
from tests.unit.evaluation.completions import Fault, Server, serve

PROMPTS = [{"task_id": f"T/{number}", "prompt": f"Write {number}."} for number in range(4)]
SETTINGS = SamplingSettings(num_samples=3, max_new_tokens=9, temperature=0.5, top_p=0.9, seed=7)
KEY = "sk-very-secret"


def run(server: Server, output: Path, **options: Any) -> list[dict[str, Any]]:
    options = {"concurrency": 3, "timeout": 20.0, "attempts": 3, **options}
    endpoint = Endpoint(server.url, "tiny", **options)
    return sample(PROMPTS, endpoint, output, settings=SETTINGS, progress=False).to_list()


def keys(rows: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(row["task_id"], row["sample_index"]) for row in rows]


WANTED = [(one["task_id"], index) for one in PROMPTS for index in range(3)]


def test_what_is_asked_and_what_comes_back(tmp_path: Path) -> None:
    with serve() as server:
        rows = run(server, tmp_path / "out.jsonl", api_key=KEY, extra={"top_k": 5})
    assert keys(rows) == WANTED
    asked = {payload["seed"]: payload for payload in server.answers()}
    assert len(asked) == len(server.requests) == 12
    for row in rows:
        payload = asked[row["seed"]]
        assert payload == {
            "model": "tiny", "max_tokens": 9, "temperature": 0.5, "top_p": 0.9, "top_k": 5,
            "seed": row["seed"], "prompt": row["prompt"] + "<|diff|>",
        }  # fmt: skip
        assert 0 <= row["seed"] < 2**31
        assert row["generation"] == f"<|diff|>@@ -0,0 +1 @@\n+x = {row['seed']}"
        assert (row["finish_reason"], row["completion_tokens"]) == ("stop", 7)
        assert row["prompt_tokens"] == len(str(payload))
    assert {headers["Authorization"] for _, headers, _ in server.requests} == {f"Bearer {KEY}"}
    assert {path for path, _, _ in server.requests} == {"/v1/completions"}
    assert not any(KEY in path.read_text() for path in tmp_path.iterdir())
    assert KEY not in repr(Endpoint(server.url, "tiny", api_key=KEY))
    found = resolve_generations({"generation": [row["generation"] for row in rows]})
    assert found["program"] == [f"x = {row['seed']}" for row in rows]


def test_a_chat(tmp_path: Path) -> None:
    with serve() as server:
        rows = run(server, tmp_path / "out.jsonl", chat=True)
        messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Go."}]
        chats = [{"task_id": "chat", "prompt": messages}]
        endpoint = Endpoint(server.url, "tiny", chat=True)
        sample(chats, endpoint, tmp_path / "chat.jsonl", settings=SETTINGS, progress=False)
    assert {path for path, _, _ in server.requests} == {"/v1/chat/completions"}
    asked = server.answers()
    assert sorted({payload["messages"][0]["content"] for payload in asked[:12]}) == [
        one["prompt"] for one in PROMPTS
    ]
    assert all(payload["messages"] == messages for payload in asked[12:])
    assert all(row["generation"].startswith("<|diff|>@@") for row in rows)
    with pytest.raises(ConfigError, match="begin"):
        sample(chats, endpoint, tmp_path / "no.jsonl", begin="def", progress=False)
    with pytest.raises(ConfigError, match="chat=True"):
        sample(chats, Endpoint(server.url, "tiny"), tmp_path / "no.jsonl", progress=False)


PASSING: dict[str, list[Fault]] = {
    "busy": [completions.status(429, Retry_After="0"), completions.status(503, Retry_After="0.01")],
    "busy until a date": [completions.status(429, Retry_After="Thu, 01 Jan 1970 00:00:00 GMT")],
    "broken": [completions.status(500, Retry_After="0"), completions.status(502, Retry_After="0")],
    "cut off": [completions.cut_off],
    "hung up": [completions.hang_up],
    "no JSON": [completions.garbage("<html>"), completions.garbage("")],
    "deep JSON": [completions.garbage("[" * 100_000)],
    "other JSON": [completions.garbage(text) for text in ("[]", "{}", '{"choices": []}', "7")],
    "no text": [completions.garbage(json.dumps({"choices": [{"text": 7}]}))],
    "nothing": [completions.status(204, "")],
    "slow": [completions.slow(0.3)],
}


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_costs_no_sample(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    if name != "slow":
        monkeypatch.setattr("time.sleep", waits.append)
    with serve(*PASSING[name]) as server:
        rows = run(server, tmp_path / "out.jsonl", attempts=5)
    assert keys(rows) == WANTED
    failed = len(PASSING[name]) if name != "slow" else 0
    assert len(server.requests) == 12 + failed
    if "busy" in name:
        assert waits, "the server asked to wait"
        assert max(waits) < 0.1


def test_too_slow_is_given_up(tmp_path: Path) -> None:
    with serve(completions.slow(1.5), completions.drip) as server:
        rows = run(server, tmp_path / "out.jsonl", timeout=0.5)
    assert keys(rows) == WANTED
    assert len(server.requests) == 14


def test_an_answer_is_not_unpacked_without_a_bound(tmp_path: Path) -> None:
    with serve(completions.swell) as server, pytest.raises(EndpointError, match="more than 67"):
        run(server, tmp_path / "out.jsonl", attempts=1, concurrency=1)


LASTING = {
    "no_rights": completions.status(401, f"bad key {KEY}"),
    "not_found": completions.status(404, "no such model"),
    "refused": completions.status(400, "the prompt is too long"),
    "redirected": completions.status(307, "", Location="http://localhost:1/v1/completions"),
}


@pytest.mark.parametrize("reason", LASTING)
def test_what_lasts_is_said_at_once(reason: str, tmp_path: Path) -> None:
    with serve(*[LASTING[reason]] * 99) as server, pytest.raises(EndpointError) as error:
        run(server, tmp_path / "out.jsonl", api_key=KEY, concurrency=1)
    assert error.value.reason == reason
    assert len(server.requests) == 1
    assert KEY not in str(error.value)


def test_a_key_goes_to_no_other_host(tmp_path: Path) -> None:
    with serve() as other:
        target = other.url.replace("127.0.0.1", "localhost") + "/completions"
        faults = [completions.status(code, "", Location=target) for code in (301, 302, 303, 307)]
        for fault in faults:
            with serve(fault) as server, pytest.raises(EndpointError, match="redirects"):
                run(server, tmp_path / "out.jsonl", api_key=KEY, concurrency=1)
        assert other.requests == []


def test_a_server_that_stays_broken_is_an_error_and_the_run_goes_on(tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    broken = [completions.status(500, f"oops {KEY}", Retry_After="0")] * 3
    fine = [completions.slow(0.0)] * 5
    with serve(*fine, *broken) as server, pytest.raises(EndpointError) as error:
        run(server, output, concurrency=1, api_key=KEY)
    assert error.value.reason == "unavailable"
    assert "3 times" in str(error.value)
    assert KEY not in str(error.value)
    there = len(output.read_text().splitlines())
    assert there == 5
    # The same run at the same address, which was free again.
    endpoint = Endpoint(server.url, "tiny", concurrency=2)
    with serve(port=server.server_address[1]) as again:
        rows = sample(PROMPTS, endpoint, output, settings=SETTINGS, progress=False).to_list()
    assert keys(rows) == WANTED
    assert len(again.requests) == 12 - there


def test_a_prompt_that_is_refused_may_be_recorded(tmp_path: Path) -> None:
    with serve(completions.status(400, "too long"), completions.status(422, "odd")) as server:
        rows = run(server, tmp_path / "out.jsonl", refused="record", concurrency=1)
    assert keys(rows) == WANTED
    assert [row["finish_reason"] for row in rows].count("refused") == 2
    assert [row["generation"] for row in rows].count(None) == 2
    found = resolve_generations({"generation": [row["generation"] for row in rows]})
    assert found["resolve_status"].count("missing") == 2


def test_nobody_listens(tmp_path: Path) -> None:
    with serve() as server:
        pass
    endpoint = Endpoint(server.url, "tiny", attempts=1)
    with pytest.raises(EndpointError) as error:
        sample(PROMPTS, endpoint, tmp_path / "out.jsonl", progress=False)
    assert error.value.reason == "unreachable"


def test_a_text_that_no_file_can_hold(tmp_path: Path) -> None:
    odd = '{"choices": [{"text": "a\\ud800b\\u2028c"}]}'
    with serve(*[completions.garbage(odd)] * 12) as server:
        rows = run(server, tmp_path / "out.jsonl")
    assert {row["generation"] for row in rows} == {"<|diff|>a\ufffdb\u2028c"}
    assert {(row["finish_reason"], row["prompt_tokens"]) for row in rows} == {("unknown", None)}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"url": "localhost:8000"}, "no address"),
        ({"url": "ftp://host/v1"}, "no address"),
        ({"url": "http://me:secret@host/v1"}, "api_key"),
        ({"url": "http://host/v1?key=secret"}, "api_key"),
        ({"concurrency": 0}, "positive"),
        ({"timeout": 0}, "positive"),
        ({"refused": "maybe"}, "'raise', 'record'"),
    ],
)
def test_options_that_cannot_be(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as error:
        Endpoint(**{"url": "http://host/v1", "model": "m", **options})
    assert "secret@" not in str(error.value)
