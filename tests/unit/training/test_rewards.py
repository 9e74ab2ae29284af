"""Rewards: verified, broken and hostile completions, and how often the linter is asked."""

from __future__ import annotations

import pickle
import time
from collections.abc import Sequence
from typing import Any

import pytest
from datasets import Dataset

from lintseq_datasets import DIFF_TOKEN, RevisionConfig, refactor
from lintseq_datasets.edits.formats import FORMS
from lintseq_datasets.edits.prompts import prompt_of
from lintseq_datasets.errors import ConfigError, LinterError, MissingExtraError
from lintseq_datasets.linters import LintMessage, LintResult, load_linter
from lintseq_datasets.training.rewards import EditReward, edit_reward

PROGRAMS = [
    "def area(w, h):\n    size = w * h\n    return size",
    "import numpy\n\n\ndef norm(values):\n  total = 0\n  for value in values:\n"
    "    total += value * value\n  return numpy.sqrt(total)",  # two errors of its own
    "def shout(text):\n    mark = '!'\n    return text.upper() + mark",
]


class Counting:
    """A linter that counts how often it is asked, and for how many texts."""

    name = "counting"

    def __init__(self) -> None:
        self.calls: list[int] = []
        self.linter = load_linter("pyflakes")

    def lint(self, texts: Sequence[str]) -> list[LintResult]:
        self.calls.append(len(texts))
        return self.linter.lint(texts)


def edit(*lines: str, at: int = 0) -> str:
    """An edit that inserts lines below line ``at``."""
    size = f",{len(lines)}" if len(lines) != 1 else ""
    return f"{DIFF_TOKEN}@@ -{at},0 +{at + 1}{size} @@\n" + "\n".join(f"+{line}" for line in lines)


def score(
    completion: Any, program: str | None = None, prompt: Any = "Do.\n", **options: Any
) -> float:
    (found,) = EditReward(**options)([prompt], [completion], [program])
    return found


@pytest.mark.parametrize("linter", ["pylint", "ruff", "prylint"])
@pytest.mark.parametrize("form", FORMS)
def test_verified_sequences_have_the_whole_reward(form: str, linter: str) -> None:
    rows = refactor(Dataset.from_dict({"code": PROGRAMS}), linter=linter, edit_format=form)
    reward = EditReward(linter=linter, edit_format=form)
    found = reward(rows["prompt"], rows["completion"], program=rows["program"])
    assert found == [1.0] * len(rows)
    begun = [text.removeprefix(DIFF_TOKEN) for text in rows["completion"]]
    prompts = [prompt + DIFF_TOKEN for prompt in rows["prompt"]]
    assert reward(prompts, begun, program=rows["program"]) == [1.0] * len(rows)


def test_own_errors_of_the_reference_are_forgiven_and_no_others() -> None:
    rows = refactor(Dataset.from_dict({"code": PROGRAMS[1:2]}))
    texts, programs = rows["completion"][:], rows["program"][:]
    assert edit_reward(rows["prompt"], texts, program=programs) == [1.0] * 5
    assert max(edit_reward(rows["prompt"], texts)) < 1
    more = [f"{text}\n{edit('print(missing)')}" for text in texts]
    assert max(edit_reward(rows["prompt"], more, program=programs)) < 1
    # One missing name of the reference does not excuse two.
    reference = "print(one)"
    assert score(edit("print(two)"), reference) == 1
    assert score(edit("print(two, three)"), reference) == 0


@pytest.mark.parametrize("linter", ["pylint", "syntax"])
def test_a_reference_that_does_not_parse_forgives_nothing(linter: str) -> None:
    texts = [f"<|diff|>@@ -0,0 +1 @@\n+{line}" for line in ("def f(:", "for", "x = 1")]
    assert EditReward(linter)([""] * 3, texts, ["def f(:"] * 3) == [0.0, 0.0, 1.0]


@pytest.mark.parametrize("name", ["program", "state"])
def test_columns_of_texts_hold_texts(name: str) -> None:
    columns: dict[str, Any] = {name: [None, 7]}
    with pytest.raises(ConfigError, match=f"{name}: holds int, not text"):
        edit_reward(["", ""], ["", ""], **columns)


def test_less_for_less() -> None:
    states = [edit("a = 1"), edit("b = c", at=1), edit("c = 2", at=0)]
    text = "\n".join(states)
    assert score(text) == pytest.approx(2 / 3)
    assert score(text.replace("@@ -0,0 +1 @@", "@@ -9,0 +1 @@", 1)) == pytest.approx(1 / 3)
    assert score(text.replace("@@ -0,0 +1 @@", "@@ -9,0 +1 @@", 1), malformed=0.25) == (
        pytest.approx(1 / 6)
    )
    assert score(f"Sure:\n{edit('a = 1')}\nThat is all.") < 1
    assert score(edit("for")) == 0


NOTHING = ["", "Sorry.", DIFF_TOKEN, DIFF_TOKEN * 50, "a = 1", None, [], [{}], 7,
           [{"role": "assistant", "content": None}], edit(), edit(""), edit("   ")]  # fmt: skip


@pytest.mark.parametrize("completion", NOTHING)
def test_nothing_is_worth_nothing(completion: Any) -> None:
    assert score(completion) == 0
    assert score(completion, edit_format="anchored") == 0


def test_chat_messages_and_states() -> None:
    chat = [{"role": "assistant", "content": edit("a = 1")}]
    assert score(chat, prompt=[{"role": "user", "content": "Do."}]) == 1
    parts = [{"type": "text", "text": edit("a = 1")}, {"type": "image"}, {"text": 7}, "", None]
    assert score([{"role": "assistant", "content": parts}]) == 1
    rest = edit("    return a", at=1)
    reward = EditReward()
    assert reward(["Go on.\n"], [rest], state=["def f(a):"]) == [1.0]
    assert reward(["Go on.\n"], [rest])[0] < 1
    # What trainers pass along.
    assert edit_reward(["Do.\n"], [edit("a = 1")], completion_ids=[[1]], trainer_state=None) == [1]


BEFORE = "import missing_one\n\nprint(undefined)\n\n\ndef f(n):\n    return n\n\n\nprint(f(4))"
AFTER = "def g(n):\n    return n + 1\n\n\nprint(g(4))\nprint(other)\nimport missing_one"


@pytest.mark.parametrize("linter", ["pylint", "ruff"])
@pytest.mark.parametrize("form", FORMS)
def test_verified_revisions_have_the_whole_reward(form: str, linter: str) -> None:
    pairs = Dataset.from_dict(
        {"before": [BEFORE, "x = y", ""], "after": [AFTER, "y = 1\nx = y", "z"]}
    )
    rows = refactor(pairs, RevisionConfig(linter=linter, num_samples=3), edit_format=form)
    reward = EditReward(linter=linter, edit_format=form)
    columns = {name: rows[name][:] for name in ("program", "state")}
    assert reward(rows["prompt"], rows["completion"], **columns) == [1.0] * len(rows)


def test_what_a_revision_may_leave_and_what_not() -> None:
    start, reference = "x = one\ny = 2", "x = 1\ny = three"
    fixed, wrong = "@@ -1 +1 @@\n-x = one\n+x = 1", "@@ -2 +2 @@\n-y = 2\n+y = three"

    def rewarded(*edits: str, program: str | None = reference) -> float:
        text = "\n".join(DIFF_TOKEN + edit for edit in edits)
        (found,) = edit_reward(["Do.\n"], [text], program=[program], state=[start])
        return found

    assert rewarded(fixed, wrong) == rewarded(wrong, fixed) == 1
    # the last state has one error more than the reference
    assert rewarded(wrong, "@@ -2,0 +3 @@\n+z = 3") == 0.5
    assert rewarded(wrong) == 0
    assert rewarded(fixed, program=None) == 1
    assert rewarded("@@ -2 +2 @@\n-y = 2\n+y = 3", program=None) == 1  # its own error stays
    assert rewarded(wrong, program=None) == 0


def test_deletions_that_miss_by_some_lines() -> None:
    pad = "\n".join(f"a{number} = {number}" for number in range(9))
    text = f"{DIFF_TOKEN}@@ -8,2 +8 @@\n-x = 1\n-y = 2\n+x = 3"
    found = edit_reward(
        ["Do.\n"], [text], program=[f"{pad}\nx = 3"], state=[f"{pad}\nx = 1\ny = 2"]
    )
    assert found == [0.5]  # read as it was meant, and not well formed


def test_long_programs_to_start_from() -> None:
    start = "\n".join(f"a{number} = {number}" for number in range(5000))
    text = "\n".join(
        f"{DIFF_TOKEN}@@ -{n} +{n} @@\n-a{n - 1} = {n - 1}\n+a{n - 1} = 0" for n in range(1, 9)
    )
    assert EditReward(linter="syntax")(["Do.\n"], [text], state=[start]) == [1.0]


HOSTILE = {
    "long": edit("x = '" + "a" * 10**6 + "'"),
    "many edits": "\n".join(edit("a = 1") for _ in range(5000)),
    "many hunks": DIFF_TOKEN + "\n".join(f"@@ -{n},0 +{n + 1} @@\n+a" for n in range(900)),
    "states that grow": "\n".join(edit("a" * 4000, at=n) for n in range(4)) * 40,
    "deep": edit("(" * 5000),
    "null": edit("a = '\0'"),
    "surrogate": edit("a = '\ud800'"),
    "disable": edit("# pylint: disable=all", "print(missing)"),
    "skip": edit("# pylint: skip-file", "print(missing)"),
    "form feed": edit("if True:\x0c", "x = 1"),
    "garbage": "\n".join(["@@", "+", "-a", "<|diff|>", "@@ -1 +1 @@ @@"] * 300),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("edit_format", ["diff", "anchored", "search_replace"])
def test_hostile_completions_are_bounded(name: str, edit_format: str) -> None:
    started = time.process_time()
    assert score(HOSTILE[name], edit_format=edit_format) < 1
    assert time.process_time() - started < 20


def test_the_linter_is_asked_once_and_for_each_text_once() -> None:
    rows = refactor(Dataset.from_dict({"code": PROGRAMS}), linter="pyflakes", num_samples=20)
    linter = Counting()
    found = EditReward(linter=linter)(rows["prompt"], rows["completion"], rows["program"])
    assert found == [1.0] * 60
    (asked,) = linter.calls
    states = {tuple(edits[: end + 1]) for edits in rows["edits"] for end in range(len(edits))}
    assert len(PROGRAMS) <= asked < len(states)


def test_a_linter_without_a_verdict_says_nothing_good() -> None:
    class Broken:
        name = "broken"

        def lint(self, texts: Sequence[str]) -> list[LintResult]:
            return [LinterError("linter_crash", self.name) for _ in texts]

    class Strict(Broken):
        def lint(self, texts: Sequence[str]) -> list[LintResult]:
            return [(LintMessage("X1", 1, 0),) for _ in texts]

    assert score(edit("a = 1"), linter=Broken()) == 0
    assert score(edit("a = 1"), linter=Strict()) == 0
    assert score(edit("a = 1"), "b = 1", linter=Strict()) == 1


def test_options_and_columns_that_cannot_be() -> None:
    bad: list[dict[str, Any]] = [
        {"linter": "no"}, {"edit_format": "no"}, {"malformed": 2}, {"max_edits": 0},
        {"language": "Typescript"},
    ]  # fmt: skip
    for options in bad:
        with pytest.raises(ConfigError):
            EditReward(**options)
    with pytest.raises(ConfigError, match="program"):
        edit_reward(["a"], ["b"], program=["c", "d"])
    with pytest.raises(ConfigError, match="prompts"):
        edit_reward([], ["b"])
    assert edit_reward([], []) == []
    reward = EditReward(linter="ruff")
    assert pickle.loads(pickle.dumps(reward)) == reward


def test_prompts_with_a_state_in_them() -> None:
    prompt = prompt_of("Go on.", state="def f(a):") + DIFF_TOKEN
    text = edit("    return a", at=1).removeprefix(DIFF_TOKEN)
    assert EditReward()([prompt], [text], state=["def f(a):"]) == [1.0]


def test_languages_of_a_linter_of_several() -> None:
    typed = [edit("const a: number = 1;", "console.log(a);")]
    try:
        typescript = EditReward("oxlint", language="typescript")
    except MissingExtraError:
        pytest.skip("oxlint is not installed")
    assert EditReward("oxlint")([""], typed) == [0]
    assert typescript([""], typed) == [1]
