from __future__ import annotations

import pytest

from lintseq_datasets.languages.base import load_language
from lintseq_datasets.mapping.fences import find_fences
from lintseq_datasets.mapping.reasoning import Reasoned, without_reasoning


def reasoned(text: str) -> Reasoned:
    python = load_language("python")
    return without_reasoning(text, find_fences(text, python), python)


@pytest.mark.parametrize(
    "text",
    [
        "<think>Hm.</think>\n\nx = 1",
        "<thinking>\nHm.\n</thinking>\nx = 1",
        "<reasoning>Hm.</reasoning>x = 1",
        "<reflection>Hm.</reflection>\n<output>\nx = 1\n</output>",
        "<scratchpad>Hm.</scratchpad>\n<answer>x = 1</answer>",
        '<analysis kind="a">Hm.</analysis>\nx = 1',
        "<seed:think>Hm.</seed:think>x = 1",
        "<THINK>Hm.</THINK>x = 1",
        "<think>\n<analysis>Hm.</think>x = 1",
        "<think>Hm.</think><think>Hm.</think>x = 1",
        "[THINK]Hm.[/THINK]x = 1",
        "\u25c1think\u25b7Hm.\u25c1/think\u25b7x = 1",
        "<|begin_of_thought|>\nHm.\n<|end_of_thought|>\n\n<|begin_of_solution|>\nx = 1\n"
        "<|end_of_solution|>",
        "<|START_THINKING|>Hm.<|END_THINKING|><|START_RESPONSE|>x = 1<|END_RESPONSE|>",
        "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>x = 1"
        "<|return|>",
        "<|channel|>commentary to=functions.f <|constrain|>json<|message|>{}<|call|>"
        "<|channel|>final<|message|>x = 1",
        "Hm.\n</think>\n\nx = 1",
        "Hm.</think>x = 1",
        "Hm.\n```python\ny = 1\n```\n</think>\nx = 1",
        "Hm.\n```python\ny = 1\n</think>\nx = 1",
        "<think>\n```python\ns = '</think>'\n```\n</think>\nx = 1",
        "\u200b<think>\nHm.</think>\nx = 1",
    ],
)
def test_reasoning_is_removed(text: str) -> None:
    assert reasoned(text) == Reasoned("x = 1", removed=True, finished=True)


@pytest.mark.parametrize(
    "text",
    [
        "x = 1",
        "Use the <think> tag.",
        "It ends with `</think>` or '</think>'.",
        "```python\ns = '''\n<think>\n'''\n```",
        "```xml\n<think>\n  a\n</think>\n```",
        "a <thinkers>",
        "if a [think] b",
        "x <|end|> y",
    ],
)
def test_what_is_no_reasoning_stays(text: str) -> None:
    assert reasoned(text) == Reasoned(text, removed=False, finished=True)


def test_reasoning_that_does_not_end() -> None:
    assert reasoned("<think>\nx = 1") == Reasoned("", removed=True, finished=False)
    assert reasoned("x = 1\n<reflection>\nHm.") == Reasoned("x = 1", removed=True, finished=False)
