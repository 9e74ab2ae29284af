"""Which rows hold text of a benchmark, by which test, and what is said about it."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from datasets.fingerprint import Hasher

from lintseq_datasets.errors import ColumnError, ConfigError
from lintseq_datasets.mapping.versions import data_versions
from lintseq_datasets.prepare import Decontaminator, Match, Task

PROMPT = '''\
from typing import List


def rotate_left(items: List[int], places: int) -> List[int]:
    """ Move every item a number of places to the left, around the end.
    >>> rotate_left([1, 2, 3, 4], 1)
    [2, 3, 4, 1]
    """
'''
SOLUTION = "    places %= len(items)\n    return items[places:] + items[:places]\n"
TASKS = [
    Task("first", "first/0", (PROMPT,), (SOLUTION,), ("assert rotate_left([1, 2], 1) == [2, 1]",)),
    Task("first", "first/1", ("Add two numbers.",), ("    return x + y\n",)),
    Task("second", "7", ("Write a function to find the first repeated word in a sentence.",), ()),
]
ALL_OFF = {
    "ngram": None, "prompt_substring": False, "solution_substring": False, "test_substring": False,
}  # fmt: skip


def match(instruction: str = "Do.", program: str = "pass", **options: Any) -> Match | None:
    return Decontaminator(TASKS, **options).match(instruction, program)


# --- each test -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("instruction", "program", "test", "task_id", "column", "text"),
    [
        # a prompt, in other white space, case and punctuation
        ("please write a FUNCTION to find the first  repeated\nword in a sentence, in C", "pass",
         "prompt_substring", "7", "instruction",
         "write a FUNCTION to find the first  repeated\nword in a sentence"),
        # the description in the docstring of a prompt, without its examples
        ("Do.", '"""Move every item a number of places to the left, around the end"""',
         "prompt_substring", "first/0", "program",
         "Move every item a number of places to the left, around the end"),
        # a canonical solution, indented and spaced in another way
        ("Do.", "class A:\n\tdef f(items,places):\n\t\tplaces%=len(items)\n"
         "\t\treturn items[places:]+items[:places]", "solution_substring", "first/0", "program",
         "places%=len(items)\n\t\treturn items[places:]+items[:places]"),
        # a solution in an instruction
        (f"Explain:\n{SOLUTION}", "pass", "solution_substring", "first/0", "instruction",
         SOLUTION.strip()),
    ],
)  # fmt: skip
def test_a_row_that_holds_a_task(
    instruction: str, program: str, test: str, task_id: str, column: str, text: str
) -> None:
    found = match(instruction, program)
    benchmark = "second" if task_id == "7" else "first"
    assert found == Match(test, benchmark, task_id, column, text)
    assert match(instruction, program, **{test: False, "ngram": None}) is None


def test_thirteen_words_in_a_row() -> None:
    words = [f"word{number}" for number in range(14)]
    tasks = [Task("bench", "0", (" ".join(words),))]
    twelve, thirteen = ("WORD0-word1, " + " ".join(words[2:stop]) for stop in (12, 13))
    clean = Decontaminator(tasks)
    assert clean.match(f"x {twelve} y", "") is None
    found = clean.match(f"x {thirteen} y", "")
    assert found == Match("ngram_overlap", "bench", "0", "instruction", thirteen)
    assert Decontaminator(tasks, ngram=12).match(f"x {twelve} y", "") is not None
    assert Decontaminator(tasks, ngram=None).match(f"x {thirteen} y", "") is None


def test_ngrams_do_not_run_from_one_column_into_the_next() -> None:
    words = [f"word{number}" for number in range(13)]
    clean = Decontaminator([Task("bench", "0", (" ".join(words),))], prompt_substring=False)
    assert clean.match(" ".join(words[:7]), " ".join(words[7:])) is None
    assert clean.match(" ".join(words), "") is not None


def test_ngrams_of_solutions_can_be_left_out() -> None:
    solution = "a = b + c + d + e + f + g + h + i + j + k + l + m + n + o"
    row = solution.replace("b", "a")[: solution.index(" + n")] + " + n"
    tasks = [Task("bench", "0", (), (solution,))]
    shared = Decontaminator(tasks, ngram=12).match("", row)
    assert shared is not None
    assert shared.test == "ngram_overlap"
    assert Decontaminator(tasks, ngram=12, ngram_solutions=False).match("", row) is None


def test_assertions_are_looked_for_on_request() -> None:
    program = "assert rotate_left([1,2], 1) == [2,1]"
    assert match(program=program) is None
    found = match(program=program, test_substring=True)
    assert found is not None
    assert (found.test, found.text) == ("test_substring", program)


def test_short_texts_give_no_task_away_unless_they_are_all_there_is() -> None:
    assert match("Add two numbers. Then stop.", "def f(x, y):\n    return x + y") is None
    found = match("add two numbers")
    assert found is not None
    assert found.task_id == "first/1"
    assert match(program="def f(x, y):\n    return x + y", min_words=3) is not None


def test_everything_can_be_switched_off() -> None:
    assert match(PROMPT, PROMPT + SOLUTION, **ALL_OFF) is None


def test_the_first_test_and_task_are_reported() -> None:
    found = match(PROMPT, PROMPT + SOLUTION, test_substring=True)
    assert found is not None
    assert found[:4] == ("prompt_substring", "first", "first/0", "instruction")
    both = f"{TASKS[2].prompts[0]}\n{PROMPT}"
    found = match(both)
    assert found is not None
    assert found.task_id == "first/0"


def test_ordinary_rows_are_clean() -> None:
    assert (
        match("Rotate an image to the left.", "from typing import List\n\n\ndef f(x): ...") is None
    )


@pytest.mark.parametrize("text", ["", " ", "\n", "\0", "\ud800", "漢字", "a" * 100_000, None, 5])
def test_hostile_texts(text: Any) -> None:
    assert match(text, text) is None


# --- as a mapper ---------------------------------------------------------------------


def batch() -> dict[str, list[Any]]:
    return {
        "instruction": ["Do.", PROMPT, "Do.", None],
        "program": ["pass", "pass", SOLUTION, None],
        "status": ["ok", "ok", "dropped:duplicate", "ok"],
        "detail": ["", "", "of a 0", ""],
    }


def test_marks_say_what_was_found_where() -> None:
    found = Decontaminator(TASKS)(batch())
    assert found["status"] == ["ok", "dropped:prompt_substring", "dropped:duplicate", "ok"]
    assert found["benchmark"] == ["", "first", "", ""]
    assert found["task_id"] == ["", "first/0", "", ""]
    assert found["detail"][1].removesuffix("…") in PROMPT
    assert found["detail"][2] == "of a 0"


def test_keep_is_a_filter() -> None:
    rows = batch()
    del rows["status"]
    assert Decontaminator(TASKS).keep(rows) == [True, False, False, True]


def test_other_columns() -> None:
    clean = Decontaminator(TASKS, columns=["text"])
    assert clean({"text": ["pass", PROMPT]})["status"] == ["ok", "dropped:prompt_substring"]
    with pytest.raises(ColumnError, match="'text'"):
        clean(batch())


def test_no_tasks() -> None:
    assert Decontaminator([])(batch())["status"][:2] == ["ok", "ok"]


@pytest.mark.parametrize(
    "options", [{"ngram": 0}, {"ngram": True}, {"ngram": "13"}, {"min_words": 0}, {"columns": []}]
)
def test_unusable_options(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(options))):
        Decontaminator(TASKS, **options)


def test_the_fingerprint_is_that_of_tasks_options_and_versions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clean = Decontaminator(TASKS)
    before = Hasher.hash(clean)
    clean.match(PROMPT, SOLUTION)  # the index is made now, and is no part of it
    assert Hasher.hash(clean) == before == Hasher.hash(Decontaminator(tuple(TASKS)))
    assert Hasher.hash(clean.keep) == Hasher.hash(Decontaminator(TASKS).keep)
    assert pickle.loads(pickle.dumps(clean)) == clean
    others = [Decontaminator(TASKS[:2]), Decontaminator(TASKS, ngram=8)]
    assert before not in map(Hasher.hash, others)
    monkeypatch.setattr("importlib.metadata.version", lambda _: "99")
    data_versions.cache_clear()
    try:
        assert Hasher.hash(clean) != before
    finally:
        data_versions.cache_clear()
