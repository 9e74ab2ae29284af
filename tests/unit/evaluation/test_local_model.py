"""Samples from a real model, tiny and with random weights."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.evaluation import LocalModel, SamplingSettings, sample
from lintseq_datasets.training import add_diff_token

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from tests.tiny import CHAT_TEMPLATE, tiny_model, tiny_tokenizer  # noqa: E402

PROMPTS = [
    {"task_id": name, "prompt": name * count}
    for name, count in (("one ", 1), ("two ", 9), ("three ", 3), ("four ", 40), ("é ", 2))
]


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    tokenizer = tiny_tokenizer()
    add_diff_token(tokenizer)
    return tokenizer


@pytest.fixture(scope="module")
def model(tokenizer: Any) -> Any:
    model = tiny_model(tokenizer)
    # What a model from the Hub may bring along, and must not change what is drawn.
    model.generation_config.update(repetition_penalty=5.0, temperature=0.1, max_length=3)
    return model


def run(model: LocalModel, output: Path, prompts: Any = PROMPTS, **settings: Any) -> Any:
    options = {name: settings.pop(name) for name in ("begin", "edit_format") if name in settings}
    given = SamplingSettings(**{"num_samples": 3, "max_new_tokens": 12, **settings})
    return sample(prompts, model, output, settings=given, progress=False, **options)


def test_batches_change_no_sample_but_for_rounding(
    model: Any, tokenizer: Any, tmp_path: Path
) -> None:
    # In double precision, rounding decides nothing.
    exact = model.to(torch.float64)
    try:
        rows = [
            run(LocalModel(exact, tokenizer, batch_size=size), tmp_path / f"{size}.jsonl").to_list()
            for size in (1, 4, 32)
        ]
    finally:
        model.to(torch.float32)
    assert rows[0] == rows[1] == rows[2]
    assert len({row["generation"] for row in rows[0]}) == 15
    assert all(row["prompt_tokens"] > 1 for row in rows[0])


def test_a_run_that_was_interrupted_gives_the_same(
    model: Any, tokenizer: Any, tmp_path: Path
) -> None:
    local = LocalModel(model, tokenizer, batch_size=4)
    whole, output = tmp_path / "whole.jsonl", tmp_path / "out.jsonl"
    run(local, whole)
    run(local, output)
    output.write_bytes(output.read_bytes()[:-700])
    run(local, output)
    assert output.read_bytes() == whole.read_bytes()


def test_draws_follow_the_distribution(model: Any, tokenizer: Any, tmp_path: Path) -> None:
    count, temperature, top_p = 2000, 0.15, 0.8
    prompt = {"task_id": "a", "prompt": "one two\n"}
    local = LocalModel(model, tokenizer, batch_size=count)
    rows = run(
        local, tmp_path / "out.jsonl", [prompt], num_samples=count, max_new_tokens=1,
        temperature=temperature, top_p=top_p, begin="",
    )  # fmt: skip
    ids = tokenizer("one two\n", return_tensors="pt")["input_ids"]
    with torch.no_grad():
        probabilities = (model(ids).logits[0, -1] / temperature).softmax(-1)
    kept = probabilities.sort(descending=True)
    nucleus = int((kept.values.cumsum(-1) < top_p).sum()) + 1
    expected: Counter[str] = Counter()
    for token, share in zip(kept.indices[:nucleus], kept.values[:nucleus], strict=True):
        expected[tokenizer.decode([token])] += float(share / kept.values[:nucleus].sum())
    found = Counter(rows["generation"])
    assert set(found) <= set(expected)
    for text, share in expected.items():
        assert abs(found[text] / count - share) < 5 * (share * (1 - share) / count) ** 0.5 + 1e-3


def test_greedy_is_greedy(model: Any, tokenizer: Any, tmp_path: Path) -> None:
    options: dict[str, Any] = {"temperature": 0, "max_new_tokens": 1, "begin": ""}
    rows = run(LocalModel(model, tokenizer), tmp_path / "out.jsonl", **options)
    for row in rows:
        ids = tokenizer(row["prompt"], return_tensors="pt")["input_ids"]
        with torch.no_grad():
            likeliest = model(ids).logits[0, -1].argmax()
        assert row["generation"] == tokenizer.decode([likeliest])


@pytest.mark.parametrize("window", [None, 16])
def test_many_tokens_are_those_of_transformers(
    tokenizer: Any, window: int | None, tmp_path: Path
) -> None:
    from transformers import MistralConfig, MistralForCausalLM

    torch.manual_seed(0)
    shape = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2}
    config = MistralConfig(
        vocab_size=len(tokenizer), **shape, **heads, sliding_window=window, initializer_range=0.5,
        bos_token_id=None, eos_token_id=None,
    )  # fmt: skip
    model = MistralForCausalLM(config).double()  # so that padding rounds nothing
    given: dict[str, Any] = {"num_samples": 1, "temperature": 0, "max_new_tokens": 140, "begin": ""}
    rows = run(LocalModel(model, tokenizer), tmp_path / "out.jsonl", PROMPTS[:2], **given)
    for row in rows:
        ids = tokenizer(row["prompt"], return_tensors="pt")["input_ids"]
        out = model.generate(ids, do_sample=False, max_new_tokens=140, eos_token_id=0)
        new = out[0, ids.shape[1] :]
        assert row["generation"] == tokenizer.decode(new, skip_special_tokens=True)
        assert row["completion_tokens"] == len(new) > 130


class Scripted:
    """Makes a model write certain tokens, whatever it is given."""

    def __init__(self, model: Any, ids: list[int]) -> None:
        self.model, self.ids, self.calls = model, ids, 0

    def __enter__(self) -> Scripted:
        self.before = self.model.forward
        self.model.forward = self.forward
        return self

    def __exit__(self, *_: Any) -> None:
        self.model.forward = self.before

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        out = self.before(*args, **kwargs)
        out.logits.fill_(-100.0)
        out.logits[:, -1, self.ids[min(self.calls, len(self.ids) - 1)]] = 100.0
        self.calls += 1
        return out


def written(model: Any, tokenizer: Any, output: Path, ids: list[int], **settings: Any) -> Any:
    with Scripted(model, ids):
        (row,) = run(LocalModel(model, tokenizer), output, PROMPTS[:1], num_samples=1, **settings)
    return row


def test_ends(model: Any, tokenizer: Any, tmp_path: Path) -> None:
    text = tokenizer("@@ -0,0 +1 @@\n+a = 1\n<|diff|>@@")["input_ids"]
    eos = tokenizer.eos_token_id
    row = written(model, tokenizer, tmp_path / "a.jsonl", [*text, eos], max_new_tokens=90)
    assert row["generation"] == "<|diff|>@@ -0,0 +1 @@\n+a = 1\n<|diff|>@@"
    assert (row["finish_reason"], row["completion_tokens"]) == ("stop", len(text) + 1)
    row = written(model, tokenizer, tmp_path / "b.jsonl", text, max_new_tokens=4)
    assert row["generation"] == "<|diff|>" + tokenizer.decode(text[:4])
    assert (row["finish_reason"], row["completion_tokens"]) == ("length", 4)
    begins = text.index(tokenizer.convert_tokens_to_ids("<|diff|>")) + 1
    stop = {"stop": ("\n<|diff|>",), "max_new_tokens": 90}
    row = written(model, tokenizer, tmp_path / "c.jsonl", [*text, eos], **stop)
    assert row["generation"] == "<|diff|>@@ -0,0 +1 @@\n+a = 1"
    assert (row["finish_reason"], row["completion_tokens"]) == ("stop", begins)


def test_the_token_stays_where_it_is_special(model: Any, tmp_path: Path) -> None:
    tokenizer = tiny_tokenizer()
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|diff|>"]})
    assert tokenizer.decode(tokenizer("<|diff|>")["input_ids"], skip_special_tokens=True) == ""
    ids = tokenizer("@@\n<|diff|>é<|padding|>@@<|endoftext|>")["input_ids"]
    row = written(model, tokenizer, tmp_path / "a.jsonl", ids)
    assert row["generation"] == "<|diff|>@@\n<|diff|>é@@"


def test_a_context_that_is_too_small(tokenizer: Any, tmp_path: Path) -> None:
    small = tiny_model(tokenizer, max_position_embeddings=60)
    prompts = [{"task_id": str(n), "prompt": "x" * n} for n in (5, 40, 90)]
    rows = run(LocalModel(small, tokenizer), tmp_path / "a.jsonl", prompts, max_new_tokens=50)
    by_task = {row["task_id"]: row for row in rows}
    for row in (by_task["5"], by_task["40"]):
        total = row["prompt_tokens"] + row["completion_tokens"]
        assert total == 60 or row["finish_reason"] == "stop" or row["completion_tokens"] == 50
    last = by_task["90"]
    assert last["prompt_tokens"] > 60
    assert (last["generation"], last["finish_reason"]) == (None, "prompt_too_long")


def test_chat_messages(model: Any, tokenizer: Any, tmp_path: Path) -> None:
    chat = tiny_tokenizer()
    add_diff_token(chat)
    prompts = [{"task_id": "a", "prompt": [{"role": "user", "content": "Add."}]}]
    with pytest.raises(ConfigError, match="chat template"):
        run(LocalModel(model, chat), tmp_path / "a.jsonl", prompts)
    chat.chat_template = CHAT_TEMPLATE
    (row, *_) = run(LocalModel(model, chat), tmp_path / "b.jsonl", prompts)
    text = "<|user|>Add.<|endoftext|><|assistant|><|diff|>"
    assert row["prompt_tokens"] == len(chat(text)["input_ids"])


def test_other_weights_are_another_run(model: Any, tokenizer: Any, tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    run(LocalModel(model, tokenizer), output)
    with torch.no_grad():
        model.model.layers[0].mlp.up_proj.weight[0, 0] += 1
    try:
        with pytest.raises(ConfigError, match="weights was"):
            run(LocalModel(model, tokenizer), output)
    finally:
        with torch.no_grad():
            model.model.layers[0].mlp.up_proj.weight[0, 0] -= 1


def test_what_cannot_be(
    model: Any, tokenizer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match="cannot load"):
        LocalModel.load(str(tmp_path / "nothing"))
    with pytest.raises(ConfigError, match=r"'\./nothing': there is no such folder"):
        LocalModel.load("./nothing")
    with pytest.raises(ConfigError, match=r"there is no config\.json in it"):
        LocalModel.load(str(tmp_path))
    with pytest.raises(ConfigError, match="cannot load"):
        LocalModel.load("x" * 300)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(ConfigError, match=r"there is no config\.json in it"):
        LocalModel.load("~")
    with pytest.raises(ConfigError, match="no such folder here, and as an id on the Hub: Repo id"):
        LocalModel.load("no model")
    with pytest.raises(ConfigError, match="batch_size"):
        LocalModel(model, tokenizer, batch_size=0)
    broken = tiny_model(tokenizer)
    with torch.no_grad():
        broken.model.embed_tokens.weight.fill_(float("nan"))
    with pytest.raises(ConfigError, match="NaN"):
        run(LocalModel(broken, tokenizer), tmp_path / "out.jsonl")
