"""Conversations that a cell holds as one text."""

from __future__ import annotations

import pytest

from lintseq_datasets.languages.base import load_language
from lintseq_datasets.mapping.transcripts import structure_in, transcript_in

PYTHON = load_language("python")
CODE = "def f(a):\n    return a"


@pytest.mark.parametrize(
    "text",
    [
        f"User: Add.\nAssistant: {CODE}",
        f"\n\nHuman: Add.\n\nAssistant: {CODE}\n",
        f"### Human: Add.\n### Assistant:\n{CODE}",
        f"### Human: Add.### Assistant: {CODE}",
        f"**User:** Add.\n\n**Assistant:**\n{CODE}",
        f"### Instruction:\nAdd.\n\n### Response:\n{CODE}",
        f"Q: Add.\nA: {CODE}",
        f"<|im_start|>user\nAdd.<|im_end|>\n<|im_start|>assistant\n{CODE}<|im_end|>\n",
        f"<|user|>\nAdd.</s>\n<|assistant|>\n{CODE}</s>",
        f"<s>[INST] Add. [/INST] {CODE} </s>",
        "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nAdd.<|eot_id|>"
        f"<|start_header_id|>assistant<|end_header_id|>\n\n{CODE}<|eot_id|>",
        f"<bos><start_of_turn>user\nAdd.<end_of_turn>\n<start_of_turn>model\n{CODE}<end_of_turn>",
    ],
)
def test_transcripts(text: str) -> None:
    turns = [turn for turn in transcript_in(text, PYTHON) or () if turn["content"]]
    assert turns == [{"role": "user", "content": "Add."}, {"role": "assistant", "content": CODE}]


def test_what_continues_a_turn() -> None:
    text = f"Do it.\n### Instruction:\nAdd.\n### Input:\n3\n### Response:\n{CODE}"
    turns = transcript_in(text, PYTHON) or []
    assert [(turn["role"], turn["content"]) for turn in turns] == [
        ("system", "Do it."), ("user", "Add.\n3"), ("assistant", CODE),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "user: str\nassistant: str\nprint(user)",  # a program
        "User: print(1), please",
        "As said:\nUser: Add.\nAssistant: x = 1",
        "Assistant: x = 1",
        "```\nUser: Add.\nAssistant: no\n```",
        "## Question\n(1\n## Answer",
        "## Question: what is x?\nx = 1\n## Answer: one\nprint(x)",
    ],
)
def test_what_is_no_transcript(text: str) -> None:
    assert transcript_in(text, PYTHON) is None


def test_a_heading_in_a_fence_begins_no_turn() -> None:
    answer = "See:\n```text\nUser: no\n```\nx = ("
    turns = transcript_in(f"User: Add.\nAssistant: {answer}", PYTHON) or []
    assert turns[-1]["content"] == answer


@pytest.mark.parametrize("text", ["[" * 100_000 + "]", "{[1]}", "[a]", "[1]\n[2]", "{}", "", "]"])
def test_what_has_no_structure(text: str) -> None:
    assert structure_in(text) is None
