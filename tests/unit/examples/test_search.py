"""Search in edit space: every state is clean, whatever the model tries."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from examples.search import METHODS, NEXT_EDIT, Found, main, run_searches, search
from lintseq_datasets import DIFF_TOKEN, EditSequence
from lintseq_datasets.edits.formats import FORMS
from lintseq_datasets.evaluation import (
    Endpoint,
    LocalModel,
    SampleRequest,
    SamplingSettings,
    lint_programs,
)
from lintseq_datasets.training import add_diff_token
from tests.unit.evaluation.completions import Fault, Handler, serve

PROMPT = "Write f."
CLEAN = "@@ -0,0 +1,2 @@\n+def f(x):\n+    return x"
OTHER = "@@ -0,0 +1,2 @@\n+def f(y):\n+    return y"
UNCLEAN = "@@ -0,0 +1,2 @@\n+def f(x):\n+    return g(x)"
MALFORMED = "@@ -0,0 +1,9 @@\n+def f(x):"
LAST = "@@ -0,0 +1 @@\n+G = 1"


def writer(first: Callable[[int], str], says_stop: bool = True) -> Fault:
    """A model of two edits; the first is chosen by the seed.

    Args:
        first: From a seed to the first edit.
        says_stop: Whether the server says at which text it stopped, as vLLM does.
    """

    def answer(handler: Handler) -> bool:
        payload = handler.payload
        begin = payload["prompt"].removeprefix(PROMPT + "\n")
        assert begin.endswith(DIFF_TOKEN)
        rest = first(payload["seed"]) + NEXT_EDIT + LAST if begin == DIFF_TOKEN else LAST
        stop = [one for one in payload.get("stop", []) if one in rest]
        text = rest.partition(stop[0])[0] if stop else rest
        choice: dict[str, Any] = {"text": text, "finish_reason": "stop"}
        if says_stop:
            choice["stop_reason"] = stop[0] if stop else None
        tokens = len(text.split())
        handler.send_json(
            200,
            {"choices": [choice], "usage": {"prompt_tokens": 3, "completion_tokens": tokens}},
        )
        return True

    return answer


def run(fault: Fault, **options: Any) -> tuple[Found, list[dict[str, Any]]]:
    with serve(*[fault] * 500) as server:
        backend = Endpoint(server.url, "tiny", concurrency=4)
        found = search(backend, PROMPT, **options)
        answers = server.answers()
    assert_clean(found)
    return found, answers


def assert_clean(found: Found) -> None:
    states = [state.text for path in found.paths for state in path.edits.states()]
    assert set(lint_programs({"program": states})["lint_status"]) <= {"clean"}
    assert [path.edits.resolve().text for path in found.paths] == [p.program for p in found.paths]


def by_seed(*texts: str) -> Callable[[int], str]:
    return lambda seed: texts[seed % len(texts)]


@pytest.mark.parametrize("says_stop", [True, False])
def test_what_is_not_clean_is_drawn_again(says_stop: bool) -> None:
    tried = by_seed(CLEAN, UNCLEAN, MALFORMED, "", "Sorry.")
    found, asked = run(writer(tried, says_stop), num_programs=6, width=4, draws=50)
    assert found.programs == ["G = 1\ndef f(x):\n    return x"] * 6
    assert found.kept == 12 < found.draws == len(asked)
    assert len({payload["seed"] for payload in asked}) == len(asked)
    # A server that does not say what it stopped at is not told to stop.
    told = [payload.get("stop") == [NEXT_EDIT] for payload in asked]
    assert all(told) if says_stop else told.count(True) == 4
    assert all(EditSequence.from_text(path.edits.to_text()) == path.edits for path in found.paths)


@pytest.mark.parametrize("name", FORMS)
def test_every_form_of_edits(name: str) -> None:
    sequence = EditSequence.from_edits([CLEAN, LAST])

    def answer(handler: Handler) -> bool:
        begin = handler.payload["prompt"].removeprefix(PROMPT + "\n")
        rest = sequence.to_text(name).removeprefix(begin)
        text, stop, _ = rest.partition(NEXT_EDIT)
        choice = {"text": text, "finish_reason": "stop", "stop_reason": stop or None}
        handler.send_json(200, {"choices": [choice]})
        return True

    found, _ = run(answer, edit_format=name, num_programs=1)
    assert [path.edits.to_text(name) for path in found.paths] == [sequence.to_text(name)]


def test_the_same_seed_searches_the_same() -> None:
    tried = by_seed(CLEAN, UNCLEAN, OTHER)
    runs = [
        run(writer(tried), settings=SamplingSettings(seed=seed, max_new_tokens=99))[0]
        for seed in (1, 1, 2)
    ]
    assert runs[0] == runs[1] != runs[2]


@pytest.mark.parametrize("method", METHODS)
def test_searches_beside_each_other_find_what_each_finds_alone(method: str) -> None:
    tried = by_seed(CLEAN, UNCLEAN, OTHER, MALFORMED)
    sizes = [(3, 2), (1, 1), (4, 4)]
    alone = [
        run(writer(tried), method=method, num_programs=wanted, width=width)[0]
        for wanted, width in sizes
    ]
    with serve(*[writer(tried)] * 500) as server:
        searches = [METHODS[method](PROMPT, wanted, width) for wanted, width in sizes]
        run_searches(Endpoint(server.url, "tiny", concurrency=4), searches)
    assert [one.found() for one in searches] == alone


def test_each_search_is_a_task_of_its_own() -> None:
    seen: list[SampleRequest] = []

    class Watched(Endpoint):
        def batches(self, requests: Any, settings: Any) -> Any:
            seen.extend(requests)
            return super().batches(requests, settings)

    prompts = [PROMPT, "Write g."]
    with serve(*[writer(by_seed(CLEAN))] * 99) as server:
        run_searches(Watched(server.url, "tiny"), [METHODS["rejection"](one, 2) for one in prompts])
    assert len({one.task_id for one in seen}) == len(prompts)
    assert len({(one.task_id, one.prompt) for one in seen}) == len(prompts)


def test_a_path_that_comes_to_nothing_is_given_up() -> None:
    found, asked = run(writer(by_seed(UNCLEAN)), num_programs=3, width=2, draws=4)
    assert found.programs == []
    assert (len(found.paths), found.kept, found.draws, len(asked)) == (3, 0, 12, 12)
    # With a budget, others are begun until it is spent.
    found, _ = run(writer(by_seed(UNCLEAN)), num_programs=3, width=2, draws=4, max_tokens=400)
    assert 400 <= found.completion_tokens < 400 + 2 * len(UNCLEAN.split())
    assert found.completion_tokens == found.draws * len(UNCLEAN.split())


def test_a_beam_follows_what_was_drawn_most_often() -> None:
    tried = by_seed(CLEAN, CLEAN, CLEAN, OTHER, UNCLEAN)
    found, _ = run(writer(tried), method="beam", width=1, draws=40)
    assert found.programs == ["G = 1\ndef f(x):\n    return x"]
    assert found.draws == 80
    found, _ = run(writer(tried), method="beam", width=5, draws=8)
    assert len(found.programs) == len(set(found.programs)) == 2
    found, _ = run(writer(by_seed(UNCLEAN)), method="beam", width=2, draws=2)
    assert (found.programs, found.draws) == ([], 4)


def test_what_cannot_be_searched() -> None:
    endpoint = Endpoint("http://127.0.0.1:1/v1", "tiny", chat=True)
    with pytest.raises(ValueError, match="chat=False"):
        search(endpoint, PROMPT)
    with pytest.raises(ValueError, match="positive"):
        search(Endpoint("http://127.0.0.1:1/v1", "tiny"), PROMPT, width=0)


def test_the_command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(*[writer(by_seed(CLEAN))] * 99) as server:
        options = ["--endpoint", server.url, "--num-programs", "2"]
        monkeypatch.setattr(sys, "argv", ["search.py", "tiny", PROMPT, *options])
        main()
    printed, said = capsys.readouterr()
    assert printed == '{"program": "G = 1\\ndef f(x):\\n    return x"}\n' * 2
    assert said == "2 programs; 4 of 4 edits were kept; 32 tokens were written\n"


@pytest.fixture(scope="module")
def learnt() -> LocalModel:
    """A tiny model that has learnt to write f, as often right as wrong."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from tests.tiny import tiny_model, tiny_tokenizer

    tokenizer = tiny_tokenizer()
    model = tiny_model(tokenizer)
    add_diff_token(tokenizer, model)
    texts = [
        f"{PROMPT}\n{DIFF_TOKEN}{first}{NEXT_EDIT}{LAST}{tokenizer.eos_token}"
        for first in (CLEAN, UNCLEAN)
    ]
    rows = tokenizer(texts, padding=True, return_tensors="pt")
    labels = rows["input_ids"].masked_fill(rows["attention_mask"] == 0, -100)
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3)
    for _ in range(80):
        model(**rows, labels=labels).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return LocalModel(model, tokenizer)


@pytest.mark.parametrize("method", ["rejection", "beam"])
def test_a_real_model(learnt: LocalModel, method: Any) -> None:
    found = search(learnt, PROMPT, method=method, num_programs=4, draws=20)
    assert_clean(found)
    assert "G = 1\ndef f(x):\n    return x" in found.programs
    assert found.kept < found.draws
    assert found == search(learnt, PROMPT, method=method, num_programs=4, draws=20)
