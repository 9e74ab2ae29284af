"""The layouts of benchmarks, and what of a task gives it away."""

from __future__ import annotations

import json
from typing import Any

import pytest
from datasets import Dataset

from lintseq_datasets.errors import ColumnError
from lintseq_datasets.prepare import Benchmark, Decontaminator, Task, load_tasks

PROMPT = (
    'def double(x: int) -> int:\n    """ Twice the number x.\n    >>> double(2)\n    4\n    """\n'
)

HUMAN_EVAL = {
    "task_id": "HumanEval/0", "prompt": PROMPT, "canonical_solution": "    return 2 * x\n",
    "test": "def check(candidate):\n    assert candidate(2) == 4\n    assert candidate(0) == 0\n",
    "entry_point": "double",
}  # fmt: skip
MBPP = {
    "task_id": 11, "text": "Write a function to double a number.",
    "code": "def double(x):\r\n  return 2 * x", "test_list": ["assert double(2) == 4"],
    "test_setup_code": "", "challenge_test_list": [],
}  # fmt: skip
SANITIZED = {
    "source_file": "x.ipynb", "task_id": 2, "prompt": MBPP["text"], "code": MBPP["code"],
    "test_imports": [], "test_list": MBPP["test_list"],
}  # fmt: skip
APPS = {
    "problem_id": 3, "question": "Double it.", "solutions": json.dumps(["print(2)", "print(4)"]),
    "input_output": "{}", "difficulty": "easy", "url": "", "starter_code": "",
}  # fmt: skip
CODE_CONTESTS = {
    "name": "1_A. Double", "description": "Double it.",
    "solutions": {"language": [3], "solution": ["print(2)"]},
    "public_tests": {"input": [], "output": []},
}  # fmt: skip
DS_1000 = {"prompt": "Double it.", "reference_code": "x * 2", "metadata": {}, "code_context": ""}
BIG_CODE_BENCH = {
    "task_id": "BigCodeBench/0", "complete_prompt": PROMPT, "instruct_prompt": "Double it.",
    "canonical_solution": "    return 2 * x", "code_prompt": "def double(x):", "test": "",
    "entry_point": "double", "doc_struct": "{}", "libs": "[]",
}  # fmt: skip


def task_of(row: dict[str, Any], **named: Any) -> Task:
    (task,) = load_tasks(Benchmark(Dataset.from_list([row]), name="bench", **named))
    return task


@pytest.mark.parametrize(
    ("row", "task_id", "prompts", "solutions"),
    [
        (HUMAN_EVAL, "HumanEval/0", (PROMPT,), ("    return 2 * x\n",)),
        (MBPP, "11", (MBPP["text"],), (MBPP["code"],)),
        (SANITIZED, "2", (MBPP["text"],), (MBPP["code"],)),
        (APPS, "3", ("Double it.",), ("print(2)", "print(4)")),
        (CODE_CONTESTS, "1_A. Double", ("Double it.",), ("print(2)",)),
        (DS_1000, "0", ("Double it.",), ("x * 2",)),
        (BIG_CODE_BENCH, "BigCodeBench/0", (PROMPT, "Double it."), ("    return 2 * x",)),
    ],
)
def test_layouts_are_found(
    row: dict[str, Any], task_id: str, prompts: tuple[str, ...], solutions: tuple[str, ...]
) -> None:
    found = task_of(row)
    assert found[:4] == ("bench", task_id, prompts, solutions)


def test_assertions_of_tests() -> None:
    assert task_of(MBPP).tests == ("assert double(2) == 4",)
    assert task_of(HUMAN_EVAL).tests == ("assert double(2) == 4", "assert double(0) == 0")
    name = "double\\1"  # no name, and no sign of a pattern either
    assert task_of({**HUMAN_EVAL, "entry_point": name}).tests[0] == f"assert {name}(2) == 4"


def test_columns_that_are_named() -> None:
    row = {"q": "Double it.", "a": "x * 2", "text": "no prompt", "key": None}
    found = task_of(row, id_column="key", prompt_columns=["q"], solution_columns=["a"])
    assert found == Task("bench", "0", ("Double it.",), ("x * 2",), ())
    with pytest.raises(ColumnError, match="'nope'"):
        task_of(row, prompt_columns=["nope"])


def test_no_benchmark() -> None:
    with pytest.raises(ColumnError, match="as a prompt or a solution"):
        task_of({"foo": "x", "bar": "y"})


def test_cells_without_text() -> None:
    for value in (None, "", " \n", 5, [], {"language": ["x"]}, [None]):
        assert task_of({"prompt": "Double it.", "solution": value}).solutions == ()


def test_a_text_that_looks_like_a_list() -> None:
    assert task_of({"prompt": "[1, 2"}).prompts == ("[1, 2",)
    assert task_of({"prompt": '["a", ["b"]]'}).prompts == ("a", "b")
    deep = "[" * 100_000
    assert task_of({"prompt": deep}).prompts == (deep,)


def found(prompt: str, text: str) -> str | None:
    """What of a text gives away a task with this prompt."""
    tasks = [Task("bench", "0", (prompt,))]
    match = Decontaminator(tasks, ngram=None, min_words=1, columns=["text"]).match(text)
    return match and match.text


def test_prompts_of_code_have_docstrings() -> None:
    assert found(PROMPT, PROMPT) == PROMPT.strip().removesuffix('"""').strip()
    assert found(PROMPT, "Twice the number x.\n>>> double(2)\n5") == "Twice the number x"
    assert found(PROMPT, "x. Twice the number") is None


def test_a_docstring_of_the_module_as_in_evalplus() -> None:
    prompt = '"""\nWrite a function to double.\nassert double(2) == 4\n"""\n'
    assert found(prompt, "Write a function to double!") == "Write a function to double"


@pytest.mark.parametrize(
    "prompt", ["Write a function.", '"""Write it.', "(" * 5000 + " x", "def (", "x = 1", "\0 x"]
)
def test_prompts_that_are_no_code_with_docstrings(prompt: str) -> None:
    words = "".join(letter if letter.isalnum() else " " for letter in prompt).split()
    assert str(found(prompt, f"a {prompt} b")).split()[-1] == words[-1]
    assert found(prompt, f"{words[0]}s") is None
