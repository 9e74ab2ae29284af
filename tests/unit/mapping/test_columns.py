from __future__ import annotations

import pytest

from lintseq_datasets.errors import ColumnError
from lintseq_datasets.mapping.columns import PAIRS, PROGRAM_ONLY, Columns, find_columns


def test_usual_pairs_are_found() -> None:
    for pair in PAIRS:
        expected = Columns(*pair)
        assert find_columns(list(pair)) == expected
        assert find_columns(["id", *reversed(pair), "meta"]) == expected


def test_a_program_alone_is_found() -> None:
    for name in PROGRAM_ONLY:
        assert find_columns(["id", name]) == Columns(None, name)


class TestAlpaca:
    def test_input_continues_the_instruction(self) -> None:
        columns = find_columns(["instruction", "input", "output"])
        assert columns == Columns("instruction", "output", "input")

    def test_also_with_named_columns(self) -> None:
        columns = find_columns(["instruction", "input", "output"], program_column="output")
        assert columns == Columns("instruction", "output", "input")

    def test_not_when_it_is_the_program(self) -> None:
        columns = find_columns(["instruction", "input"], "instruction", "input")
        assert columns == Columns("instruction", "input")

    def test_not_with_another_instruction(self) -> None:
        assert find_columns(["prompt", "input", "completion"]).context is None


class TestNamed:
    def test_both(self) -> None:
        columns = find_columns(["a", "b", "instruction", "output"], "a", "b")
        assert columns == Columns("a", "b")

    def test_one_decides_between_pairs(self) -> None:
        names = ["instruction", "output", "response"]
        assert find_columns(names, program_column="response") == Columns("instruction", "response")
        names = ["instruction", "prompt", "output"]
        assert find_columns(names, instruction_column="prompt") == Columns("prompt", "output")

    def test_program_that_is_in_no_pair(self) -> None:
        assert find_columns(["a", "b"], program_column="b") == Columns(None, "b")
        columns = find_columns(["prompt", "canonical_solution"], None, "canonical_solution")
        assert columns == Columns("prompt", "canonical_solution")
        columns = find_columns(["instruction", "input", "b"], program_column="b")
        assert columns == Columns("instruction", "b", "input")

    def test_program_alone_with_an_instruction_that_is_in_no_pair_with_it(self) -> None:
        assert find_columns(["question", "code"]) == Columns("question", "code")

    def test_instruction_that_is_in_no_pair(self) -> None:
        assert find_columns(["a", "code"], instruction_column="a") == Columns("a", "code")

    def test_instruction_cannot_be_the_program(self) -> None:
        with pytest.raises(ColumnError, match="No column is recognised as the program"):
            find_columns(["text"], instruction_column="text")


class TestErrors:
    @pytest.mark.parametrize(
        ("available", "named", "problem"),
        [
            (["a", "b"], {}, "No column is recognised as the program"),
            ([], {}, "No column is recognised as the program"),
            (["code", "content"], {}, "The program may be code or content"),
            (
                ["instruction", "output", "response"],
                {},
                "may be instruction/response or instruction/output",
            ),
            (
                ["prompt", "question", "b"],
                {"program_column": "b"},
                "The instruction may be prompt or question",
            ),
            (["instruction", "output"], {"program_column": "code"}, "There is no column 'code'"),
            (["output"], {"instruction_column": "prompt"}, "There is no column 'prompt'"),
        ],
    )
    def test_says_what_there_is(
        self, available: list[str], named: dict[str, str], problem: str
    ) -> None:
        with pytest.raises(ColumnError, match=problem) as caught:
            find_columns(available, **named)
        assert caught.value.available == tuple(available)
        for name in available:
            assert name in str(caught.value)

    def test_ambiguity_says_what_to_do(self) -> None:
        with pytest.raises(ColumnError, match="program_column="):
            find_columns(["prompt", "completion", "problem", "solution"])
