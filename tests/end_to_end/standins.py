"""Small stand-ins for the datasets of the paper and the benchmarks, with the same columns."""

from __future__ import annotations

from typing import Any

LONGEST = "def longest(words):\n    best = ''\n    for word in words:\n        best = max(best, word)\n    return best"  # noqa: E501
SQUARES = "squares = [n * n for n in range(10)]\nprint(squares)"

SELF_OSS_ID = "bigcode/self-oss-instruct-sc2-exec-filter-50k"
SELF_OSS: list[dict[str, Any]] = [
    {
        "fingerprint": None, "sha1": f"{number:040x}", "seed": "def f(): ...",
        "response": response, "concepts": ["lists"], "prompt": "I will give you concepts.",
        "instruction": instruction, "id": 100 + number,
    }
    for number, (instruction, response) in enumerate([
        ("Find the longest word.", f"Here:\n\n```python\n{LONGEST}\n```\n\nIt is **linear**."),
        ("Print squares.", f"```python\n{SQUARES}\n```"),
        ("Print squares.", f"Again:\n```py\n{SQUARES}\n\n```"),  # a duplicate of the one above
        ("Broken.", "```python\ndef (\n```"),
    ])
]  # fmt: skip

MAGICODER_ID = "ise-uiuc/Magicoder-OSS-Instruct-75K"
MAGICODER: list[dict[str, Any]] = [
    {
        "lang": lang, "raw_index": 7000 + number, "index": number, "seed": "x = 1",
        "openai_fingerprint": "fp_0", "problem": problem, "solution": solution,
    }
    for number, (lang, problem, solution) in enumerate([
        ("python", "Print squares.", f"```python\n{SQUARES}\n```"),  # as in the other dataset
        ("cpp", "Print one.", "```cpp\nint main() {}\n```"),
        ("python", "Print one.", "```python\nprint(1)\n```\nThis prints 1."),
        ("python", "Complete:\n```python\ndef two(): ...\n```", "```python\ndef two():\n    return 2\n```"),  # noqa: E501
    ])
]  # fmt: skip

HUMAN_EVAL = [
    {
        "task_id": "HumanEval/900",
        "prompt": 'def longest(words):\n    """ Return the last word in the order of the alphabet.\n    >>> longest(["a", "b"])\n    "b"\n    """\n',  # noqa: E501
        "canonical_solution": LONGEST.split("\n", 1)[1] + "\n",
        "test": "def check(candidate):\n    assert candidate(['a', 'b']) == 'b'\n",
        "entry_point": "longest",
    }
]
MBPP = [
    {
        "task_id": 901, "text": "Write a function to return the number two.",
        "code": "def two():\r\n  return 2", "test_list": ["assert two() == 2"],
        "test_setup_code": "", "challenge_test_list": [],
    }
]  # fmt: skip
