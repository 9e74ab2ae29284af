from __future__ import annotations

from typing import Any

import pytest

from lintseq_datasets import RevisionConfig, features_of, refactor, resolve, revision_map
from lintseq_datasets.errors import ColumnError, ConfigError
from lintseq_datasets.mapping.choices import EDIT_FORMATS

BEFORE = "import os\n\n\ndef f(n):\n    return n\n\n\nprint(f(4), os.sep)\nx = 1\n"
AFTER = "def g(n, m=2):\n    return n * m\n\n\nprint(g(4), '/')\nx = 2\n"


def rows(before: Any = BEFORE, after: Any = AFTER, **options: Any) -> dict[str, list[Any]]:
    batch = {"instruction": ["Rename f."], "before": [before], "after": [after]}
    return revision_map(batch, **{"linter": "pyflakes", **options})


def test_rows_hold_the_version_before_and_edits_to_the_one_after() -> None:
    found = rows(num_samples=3)
    assert found["status"] == ["ok"] * 3
    assert set(found) == set(features_of(start="given"))
    for state, completion, program, method in zip(
        found["state"], found["completion"], found["program"], found["method"], strict=True
    ):
        assert state == BEFORE.rstrip("\n")
        assert str(resolve(completion, start=state)) == program == AFTER.rstrip("\n")
        assert method == "revision"
    assert all(BEFORE.rstrip("\n") in prompt for prompt in found["prompt"])


@pytest.mark.parametrize("edit_format", EDIT_FORMATS)
def test_every_form_of_an_edit_deletes_exactly(edit_format: str) -> None:
    found = rows(num_samples=3, edit_format=edit_format)
    assert found["status"] == ["ok"] * 3
    for state, completion in zip(found["state"], found["completion"], strict=True):
        assert str(resolve(completion, start=state, edit_format=edit_format)) == AFTER.rstrip("\n")


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [
        (AFTER, AFTER + "\n\n", "skipped:equal_versions"),
        ("x = (", AFTER, "skipped:syntax_error"),
        (BEFORE, "x = (", "skipped:syntax_error"),
        (BEFORE, "", "skipped:empty_program"),
        (BEFORE, 4, "skipped:not_text"),
        (4, AFTER, "skipped:not_text"),
        (BEFORE, [AFTER], "skipped:not_text"),
        (BEFORE, [{"role": "assistant", "content": AFTER}], "skipped:not_text"),
        ("", AFTER, "ok"),
        ("# nothing yet", AFTER, "ok"),
        (BEFORE.replace("\n", "\r\n"), AFTER, "ok"),
    ],
)
def test_every_pair_has_a_status(before: Any, after: Any, status: str) -> None:
    assert set(rows(before, after)["status"]) == {status}


@pytest.mark.parametrize(
    "text",
    [
        '[{"role": "user", "content": "Hi."}, {"role": "assistant", "content": "x = 1"}]',
        '["x = 1", "y = 2"]',
        "User: int\nAssistant: str",
        '"""\n```python\nx = 1\n```\n<think>No.</think>"""',
    ],
)
def test_versions_are_files_whatever_they_look_like(text: str) -> None:
    found = rows(text, f"{text}\nprint()", num_samples=1)
    assert (found["state"], found["program"]) == ([text], [f"{text}\nprint()"])


def test_a_path_may_be_one_jump() -> None:
    assert set(rows("x = 1", "x = 2")["num_edits"]) == {1}


@pytest.mark.parametrize(
    ("before", "after", "request_column"),
    [
        ("old_contents", "new_contents", "message"),
        ("original", "updated", "prompt"),
        ("buggy", "fixed", "subject"),
        ("Before", "After", "Instruction"),
    ],
)
def test_usual_columns(before: str, after: str, request_column: str) -> None:
    batch = {"id": ["7"], before: [BEFORE], after: [AFTER], request_column: ["Do it."]}
    found = revision_map(batch, linter="pyflakes", num_samples=1)
    assert found["prompt"][0].startswith("Do it.")
    assert found["program"] == [AFTER.rstrip("\n")]


def test_columns_that_are_missing_or_ambiguous() -> None:
    with pytest.raises(ColumnError, match="before_column="):
        revision_map({"code": ["x"]})
    batch = {"old": ["a"], "new": ["b"], "before": ["a"], "after": ["b"]}
    with pytest.raises(ColumnError, match=r"before/after or old/new|old/new or before/after"):
        revision_map(batch)
    found = revision_map(batch, before_column="old", after_column="after", linter="syntax")
    assert found["state"][0] == "a"
    with pytest.raises(ColumnError, match="'odd'"):
        revision_map(batch, before_column="odd", after_column="after")


def test_options() -> None:
    with pytest.raises(ConfigError, match="before_column"):
        rows(before_colum="old")
    with pytest.raises(ConfigError, match="audit"):
        RevisionConfig(linter=None, audit=0.5)
    assert RevisionConfig(linter="ruff") != RevisionConfig()
    assert set(rows(linter=None)["method"]) == {"random_revision"}
    assert set(rows(language="lines", linter=None)["status"]) == {"ok"}


def test_audit() -> None:
    found = rows(audit=1.0, num_samples=2)
    assert found["audited_states"] == found["num_edits"]
    assert sum(found["rejected_states"]) == 0
    missed = rows("x = [1]\nprint(2)", "x = [1]\nprint(x.pop(), 2)\nx.odd()\nz = 1", audit=1.0)
    assert set(missed["status"]) == {"ok"}


def test_linters_in_batches_give_the_same_as_one_after_another() -> None:
    batch = {"before": [BEFORE, "x = 1", BEFORE], "after": [AFTER, "x = 2\ny = x", AFTER]}
    together = revision_map(batch, linter="ruff", num_samples=2)
    rows_alone = [{name: [values[n]] for name, values in batch.items()} for n in range(3)]
    apart = [revision_map(row, linter="ruff", num_samples=2) for row in rows_alone]
    assert together["completion"] == [text for found in apart for text in found["completion"]]


def test_refactor() -> None:
    from datasets import Dataset

    dataset = Dataset.from_dict({"before": [BEFORE] * 3, "after": [AFTER, BEFORE, "y = 1"]})
    found = refactor(dataset, RevisionConfig(num_samples=2, linter="pyflakes"))
    assert found.features == features_of(start="given")
    assert found["status"] == ["ok", "ok", "skipped:equal_versions", "ok", "ok"]
    mapped = dataset.map(
        revision_map,
        batched=True,
        remove_columns=dataset.column_names,
        features=features_of(start="given"),
        fn_kwargs={"num_samples": 2, "linter": "pyflakes"},
    )
    assert mapped["completion"] == found["completion"]
