"""Rows of single edits: replayed by code of our own, they give the program."""

from __future__ import annotations

import random
from collections import Counter
from itertools import combinations, groupby
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset

from lintseq_datasets import (
    DIFF_TOKEN,
    Edit,
    EditSequence,
    Program,
    features_of,
    lintseq_map,
    randseq_map,
    resolve,
)
from lintseq_datasets.edits.formats import FORMS
from lintseq_datasets.edits.formats.fim import FIM_FAMILIES
from lintseq_datasets.edits.prompts import prompt_of, split_prompt
from lintseq_datasets.errors import ColumnError, ConfigError, DiffError
from lintseq_datasets.jobs.local import generate
from lintseq_datasets.languages.base import load_language
from lintseq_datasets.mapping.joining import join_rows
from lintseq_datasets.mapping.mappers import revision_map
from lintseq_datasets.mapping.row_texts import edits_of_row, program_of_row, sequence_of_row

LINES = ["a = 1", "", "    a = 1", "if a:", "```", "@@ -0,0 +1 @@", " ", "é = '\u2028'"]
NUMBER = 40
EMPTY_LINE = "@@ -0,0 +1 @@\n+"  # in the empty program it changes no text


def program(rng: random.Random) -> str:
    return "\n".join([*(rng.choice(LINES) for _ in range(rng.randint(0, 9))), "end"])


def drawn(**options: Any) -> list[dict[str, Any]]:
    rng = random.Random(0)
    programs = [program(rng) for _ in range(NUMBER)]
    batch = {"code": programs, "instruction": [f"Do {n}." for n in range(NUMBER)]}
    return rows_of(randseq_map(batch, num_samples=2, extract_code=None, **options))


def revised(**options: Any) -> list[dict[str, Any]]:
    rng = random.Random(1)
    batch = {
        "before": ["", *(program(rng) for _ in range(NUMBER - 1))],
        "after": [program(rng) for _ in range(NUMBER)],
        "message": [f"Do {n}." for n in range(NUMBER)],
    }
    kwargs: Any = {"language": "lines", "linter": None, "num_samples": 1, **options}
    return rows_of(revision_map(batch, **kwargs))


def rows_of(columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def samples(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The rows of each sequence: a new one begins where the index does not grow."""
    found: list[list[dict[str, Any]]] = []
    for row in rows:
        if row["status"] != "ok":
            continue
        if not found or row["edit_index"] < found[-1][-1]["edit_index"] or found[-1][-1]["is_last"]:
            found.append([])
        found[-1].append(row)
    return found


LABELS = {drawn: "python", revised: load_language("lines").label}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("draw", LABELS)
@pytest.mark.parametrize("edits_per_row", [1, 3])
def test_next_edits_give_the_program(draw: Any, form: str, edits_per_row: int) -> None:
    options = {"edit_format": form, "edits_per_row": edits_per_row}
    rows = draw(output_format="next_edit", **options)
    refused = [row for row in rows if row["status"] != "ok"]
    assert len(refused) < NUMBER / 2
    found = samples(rows)
    assert len(found) > NUMBER / 2
    for sample in found:
        state = sample[0]["state"]
        done = 0
        for row in sample:
            assert (row["state"], row["edit_index"]) == (state, done)
            instruction, shown = split_prompt(
                row["prompt"], load_language("lines").label if draw is revised else "python"
            )
            assert shown == state
            assert instruction.startswith("Do ")
            assert len(instruction) < 8
            text = row["completion"]
            assert text.startswith(DIFF_TOKEN)
            assert resolve(row["edits"], start=state) == resolve(
                text, start=state, edit_format=form
            )
            state = resolve(text, start=state, edit_format=form)
            done += len(row["edits"])
        assert state == row["program"]
        assert [row["is_last"] for row in sample] == [False] * (len(sample) - 1) + [True]
        assert {row["num_edits"] for row in sample} == {done}
        assert all(len(row["edits"]) == edits_per_row for row in sample[:-1])
        assert len({(row["program_id"], row["sample_index"]) for row in sample}) == 1


@pytest.mark.parametrize("start", ["random_state", "segment"])
def test_next_edits_of_a_part(start: Any) -> None:
    for sample in samples(drawn(output_format="next_edit", start=start)):
        text = sample[0]["state"]
        for row in sample:
            assert row["state"] == text
            text = resolve(row["completion"], start=text)
        assert text == row["end_state" if start == "segment" else "program"]


def test_a_last_row_that_says_done() -> None:
    rows = drawn(output_format="next_edit", done="Done.", edits_per_row=2)
    for sample in samples(rows):
        *edits, last = sample
        assert (last["completion"], last["edits"], last["state"]) == ("Done.", [], last["program"])
        assert (last["is_last"], last["edit_index"]) == (True, last["num_edits"])
        assert sum(len(row["edits"]) for row in edits) == last["num_edits"]
        assert not any(row["is_last"] for row in edits)


@pytest.mark.parametrize("form", ["diff", "whole", "numbered"])
def test_the_edits_so_far_stand_above_the_state(form: str) -> None:
    for sample in samples(drawn(output_format="next_edit", edits_so_far=True, edit_format=form)):
        so_far: list[str] = []
        for row in sample:
            before, state = split_prompt(row["prompt"])
            assert state == row["state"]
            text = before.partition("\n")[2]
            assert text == "".join(f"{one}\n" for one in so_far)
            assert (resolve(text[:-1], edit_format=form) if text else "") == state
            so_far.append(row["completion"])


def test_messages_hold_the_same_texts() -> None:
    options: Any = {"output_format": "next_edit", "edits_so_far": True, "done": "Done."}
    texts, chats = drawn(**options), drawn(**options, conversational=True)
    assert len(texts) == len(chats)
    for text, chat in zip(texts, chats, strict=True):
        assert chat["prompt"] == [{"role": "user", "content": text["prompt"].removesuffix("\n")}]
        assert chat["completion"] == [{"role": "assistant", "content": text["completion"]}]
        assert chat["edits"] == text["edits"]


@pytest.mark.parametrize("family", [*FIM_FAMILIES, "<A> {suffix}\n<B>{prefix}\n<C>\n"])
def test_middles_give_the_program(family: str) -> None:
    first, second = sorted(("{prefix}", "{suffix}"), key=FIM_FAMILIES.get(family, family).index)
    template = FIM_FAMILIES.get(family, family)
    begin, rest = template.split(first)
    between, end = rest.split(second)
    rows = drawn(output_format="fim", fim_markers=family)
    assert {row["status"] for row in rows} == {"ok"}
    hunks = []
    for sample in samples(rows):
        text = sample[0]["state"]
        assert text == ""
        for row in sample:
            assert row["state"] == text
            assert row["prompt"].startswith(begin)
            assert row["prompt"].endswith(end)
            inner = row["prompt"][len(begin) : len(row["prompt"]) - len(end)]
            assert inner.count(between) == 1
            parts = dict(zip((first, second), inner.split(between), strict=True))
            assert parts["{prefix}"] + parts["{suffix}"] == text
            text = parts["{prefix}"] + row["completion"] + parts["{suffix}"]
            assert text == resolve(row["edits"], start=row["state"])
            assert row["instruction"].startswith("Do ")
        assert text == row["program"]
        assert row["is_last"]
        hunks.append(len(sample))
        places = [(row["edit_index"], row["hunk_index"], row["num_hunks"]) for row in sample]
        for edit, group in groupby(places, lambda place: place[0]):
            several = list(group)
            assert several == [(edit, n, len(several)) for n in range(len(several))]
        assert {row["num_edits"] for row in sample} == {row["edit_index"] + 1}
    plain = [row["edits"] for row in drawn() if EMPTY_LINE not in row["edits"]]
    wanted = [sum(len(Edit.from_text(edit).hunks) for edit in edits) for edits in plain]
    assert sum(wanted) > 200
    assert not Counter(wanted) - Counter(hunks)


def test_what_fim_cannot_say_has_a_status() -> None:
    batch = {"code": ["a = '<fim_suffix>'", "a = '<PRE>'", "b ="], "instruction": ["Do."] * 3}
    options: Any = {"num_samples": 1, "linter": "syntax", "output_format": "fim"}
    out = lintseq_map(batch, **options)
    marker = "skipped:marker_in_program"
    assert out["status"] == [marker, "ok", "skipped:syntax_error"]
    assert out["prompt"][0] is out["completion"][0] is None
    assert (out["instruction"][2], out["program"][2]) == ("Do.", "b =")
    assert lintseq_map(batch, **options, fim_markers="codellama")["status"][:2] == ["ok", marker]
    assert {row["status"] for row in revised(output_format="fim")} >= {
        "ok",
        "skipped:edit_removes_lines",
    }


@pytest.mark.parametrize(
    "markers", ["star", "<A>{prefix}", "{prefix}<B>{suffix}", "<A>{prefix}<A>{suffix}", 3]
)
def test_markers_that_are_none(markers: Any) -> None:
    with pytest.raises(ConfigError, match="fim_markers"):
        lintseq_map({"code": ["a = 1"]}, output_format="fim", fim_markers=markers)


def test_the_options_belong_to_their_formats() -> None:
    for options in (
        {"edits_per_row": 2},
        {"output_format": "fim", "done": "x"},
        {"output_format": "fim", "edit_format": "anchored"},
        {"output_format": "next_edit", "done": "<|diff|>"},
        {"output_format": "next_edit", "edits_per_row": 0},
    ):
        with pytest.raises(ConfigError):
            lintseq_map({"code": ["a = 1"]}, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("output_format", ["next_edit", "fim"])
@pytest.mark.parametrize("name", ["out.jsonl", "out"])
def test_jobs_and_map_write_the_same(tmp_path: Path, name: str, output_format: Any) -> None:
    source = Dataset.from_dict({"code": ["n = 4\nprint(n)", "n =", "print(1)\n\nprint(2)"]})
    options: Any = {"linter": "syntax", "num_samples": 2, "output_format": output_format}
    mapped = source.map(
        lintseq_map, batched=True, remove_columns=source.column_names,
        features=features_of(output_format), fn_kwargs=options,
    )  # fmt: skip
    finished = generate(source, tmp_path / name, **options)
    assert finished.accounting.rows_in == 3
    assert finished.rows == len(mapped)
    assert finished.accounting.num_sequences == 4
    assert finished.accounting.skipped == {"syntax_error": 1}
    if name.endswith("jsonl"):
        written = Dataset.from_json(str(tmp_path / name), cache_dir=str(tmp_path / "cache"))
    else:
        paths = sorted(map(str, tmp_path.rglob("*.parquet")))
        written = Dataset.from_parquet(paths, cache_dir=str(tmp_path / "cache"))
    assert written.to_list() == mapped.to_list()


def test_the_prompt_can_be_asked_with() -> None:
    sample = samples(drawn(output_format="next_edit", edits_so_far=True))[1]
    text = "\n".join(row["completion"] for row in sample[:-1])
    last = sample[-1]
    asked = last["prompt"].partition("\n")[0]
    assert prompt_of(asked, state=last["state"], so_far=text) == last["prompt"]


@pytest.mark.parametrize("draw", [drawn, revised])
@pytest.mark.parametrize(
    "options",
    [
        {"output_format": "next_edit"},
        {"output_format": "next_edit", "edits_per_row": 3, "edit_format": "numbered"},
        {"output_format": "next_edit", "done": "Done.", "conversational": True},
        {"output_format": "fim", "fim_markers": "codestral"},
    ],
)
def test_rows_are_joined_in_any_order(draw: Any, options: Any) -> None:
    rows = draw(**options)
    wanted = Counter(sample[-1]["program"] for sample in samples(rows))
    for order in (list, reversed, shuffled, lambda rows: shuffled([*rows, *rows])):
        joined = list(join_rows(order(rows)))
        found = Counter(one.sequence.resolve().text for one in joined)
        assert found in (wanted, wanted + wanted)
        assert all(
            one.program_id == Program.from_text(one.sequence.resolve().text).program_id
            for one in joined
        )
    if options == {"output_format": "next_edit"} and draw is drawn:
        whole = {(row["program_id"], row["sample_index"]): row["edits"] for row in drawn()}
        for program_id, index, sequence in join_rows(rows):
            edits = whole[program_id, index]
            assert EMPTY_LINE in edits or list(map(str, sequence.edits)) == edits


def test_one_row_may_complete_several_sequences() -> None:
    program = "a = 1\nb = 2\nc = 3\nd = 4"
    options: Any = {"num_samples": 1, "output_format": "next_edit"}
    seeds = [rows_of(randseq_map({"code": [program]}, seed=n, **options)) for n in range(20)]
    one, other = next(
        (one, other)
        for one, other in combinations(seeds, 2)
        if len(one) == len(other) == 3
        and one[0]["edits"] == other[0]["edits"]  # so each may go on as either
        and one[1]["edits"] != other[1]["edits"]
    )
    joined = join_rows([one[0], other[0], one[1], other[1], other[2], one[2]])
    assert [each.sequence.resolve().text for each in joined] == [program] * 2


def middle(edit: int, hunk: int, hunks: int, prefix: str, text: str, suffix: str) -> dict[str, Any]:
    """A row of one of several samples of three edits, as two runs give them."""
    prompt = f"<fim_prefix>{prefix}<fim_suffix>{suffix}<fim_middle>"
    return {
        "program_id": "0", "sample_index": 0, "num_edits": 3, "edit_index": edit,
        "hunk_index": hunk, "num_hunks": hunks, "state": prefix + suffix,
        "prompt": prompt, "completion": text,
    }  # fmt: skip


def test_the_same_hunk_of_edits_of_two_and_of_three() -> None:
    shared = [middle(0, 0, 1, "", "b\nd", "")]
    two, three = (
        [middle(1, 0, n, "", "a\n", "b\nd"), middle(1, 1, n, "a\nb\n", "c\n", "d")] for n in (2, 3)
    )
    two.append(middle(2, 0, 1, "a\nb\nc\nd", "\ne\nf", ""))
    three += [middle(1, 2, 3, "a\nb\nc\nd", "\ne", ""), middle(2, 0, 1, "a\nb\nc\nd\ne", "\nf", "")]
    rows = [*shared, *shared, *two, *three]
    for order in (list, reversed, shuffled):
        joined = join_rows(order(rows))
        assert sorted(len(each.sequence) for each in joined) == [len(two) + 1, len(three) + 1]


def test_states_are_not_resolved_again_for_each_row(monkeypatch: pytest.MonkeyPatch) -> None:
    program = "\n".join(f"a{n} = {n}" for n in range(50))
    options: Any = {"num_samples": 1, "linter": "syntax", "output_format": "next_edit"}
    rows = rows_of(lintseq_map({"code": [program]}, **options))
    resolved = []
    resolve_sequence = EditSequence.resolve

    def spy(self: EditSequence) -> Program:
        resolved.append(self)
        return resolve_sequence(self)

    monkeypatch.setattr(EditSequence, "resolve", spy)
    assert len(list(join_rows(rows))) == 1
    assert len(resolved) < len(rows) == 50


def shuffled(rows: list[Any]) -> list[Any]:
    return random.Random(2).sample(rows, len(rows))


def test_rows_that_do_not_belong_together() -> None:
    found = samples(drawn(output_format="next_edit"))
    rows = next(sample for sample in found if len(sample) > 2)
    with pytest.raises(DiffError, match="is not complete"):
        list(join_rows(rows[:-1]))
    with pytest.raises(DiffError, match="is not complete"):
        list(join_rows([*rows, {**rows[0], "state": "x"}]))
    with pytest.raises(DiffError):
        list(join_rows([{**rows[0], "completion": "<|diff|>@@ -9,0 +9 @@"}]))
    with pytest.raises(ColumnError, match="state"):
        list(join_rows(drawn()))


@pytest.mark.parametrize(
    ("rows", "error", "problem"),
    [
        (5, ConfigError, "rows: int is no list of rows"),
        ("rows.jsonl", ConfigError, "str is no list of rows"),
        ({"train": []}, ConfigError, "give a dataset of one split"),
        ([5], ConfigError, "int is no row"),
        ([{1: 2}], ColumnError, "There is no column 'prompt'. Columns of the dataset: 1"),
        ({"edit_index": None}, ColumnError, "Column 'edit_index' holds NoneType, not a number"),
        ({"num_edits": "2"}, ColumnError, "Column 'num_edits' holds str, not a number"),
        ({"completion": None}, ColumnError, "holds NoneType, neither text nor messages"),
        ({"completion": []}, ColumnError, "holds list, neither text nor messages"),
        ({"completion": [{}]}, ColumnError, "holds NoneType, neither text nor messages"),
        ({"state": 3}, ColumnError, "Column 'state' holds int, not text"),
        ({"program_id": None}, ColumnError, "Column 'program_id' holds NoneType, not text"),
    ],
)
def test_what_is_no_row(rows: Any, error: type[Exception], problem: str) -> None:
    if isinstance(rows, dict) and "train" not in rows:  # a good row, but for this
        rows = [{**drawn(output_format="next_edit")[0], **rows}]
    with pytest.raises(error, match=problem):
        list(join_rows(rows))


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"completion": None}, "Column 'completion' holds NoneType, not text"),
        ({"prompt": 3}, "Column 'prompt' holds int, not text"),
        ({"num_hunks": 0}, "Column 'num_hunks' holds 0"),
        ({"hunk_index": None}, "Column 'hunk_index' holds NoneType, not a number"),
    ],
)
def test_what_is_no_row_with_a_hunk(changed: dict[str, Any], problem: str) -> None:
    row = drawn(output_format="fim")[0]
    with pytest.raises(ColumnError, match=problem):
        list(join_rows([{**row, **changed}]))
    for name in changed.keys() & {"num_hunks", "hunk_index"}:
        del row[name]
        with pytest.raises(ColumnError, match=f"There is no column '{name}'"):
            list(join_rows([row]))


@pytest.mark.parametrize("output_format", ["default", "conversational", "pylintseq"])
def test_the_edits_and_the_program_of_a_row(output_format: str) -> None:
    rows = [row for row in drawn(output_format=output_format) if edits_of_row(row)]
    assert rows
    assert all(sequence_of_row(row).resolve().text == program_of_row(row) for row in rows)
    with pytest.raises(ColumnError, match="no column of edits"):
        edits_of_row({"question": "Why?"})


@pytest.mark.parametrize("dataset", [5, [5], "rows.jsonl"])
def test_features_of_what_is_no_dataset(dataset: Any) -> None:
    with pytest.raises(ConfigError, match=r"dataset: .* is neither a dataset nor features"):
        features_of(dataset=dataset, keep_columns=["id"])
