"""Problems in the form of HumanEval, written for the tests; these programs may be run."""

from __future__ import annotations

from typing import Any


def problem(number: int, name: str, inputs: list[Any], *texts: str) -> dict[str, Any]:
    prompt, solution, test = texts
    return {
        "task_id": f"Own/{number}",
        "prompt": prompt,
        "entry_point": name,
        "canonical_solution": solution,
        "test": test,
        "inputs": inputs,  # lists of arguments
    }


PROBLEMS = [
    problem(
        0,
        "total",
        [[[]], [[1, 2]]],
        '''def total(numbers):
    """Add all numbers.

    >>> total([1, 2])
    3
    """
''',
        """    result = 0
    for number in numbers:
        result += number
    return result
""",
        """def check(candidate):
    assert candidate([]) == 0
    assert candidate([1, 2]) == 3
""",
    ),
    problem(
        1,
        "odd_ones",
        [[[1, 2, 3]], [[]]],
        '''from typing import List


def is_odd(number: int) -> bool:
    return number % 2 == 1


def odd_ones(numbers: List[int]) -> List[int]:
    """Keep the odd numbers; see is_odd."""
''',
        """    return [
        number
        for number in numbers
        if is_odd(number)
    ]
""",
        """def check(candidate):
    assert candidate([1, 2, 3]) == [1, 3]
""",
    ),
    problem(
        2,
        "shout",
        [["hé"], [""]],
        '''def shout(text: str) -> str:
    """Upper case, with an exclamation mark: “HÉ!”."""
''',
        """    # a comment
    mark = "!"

    return text.upper() + mark
""",
        """def check(candidate):
    assert candidate("hé") == "HÉ!"
""",
    ),
]
