from __future__ import annotations

import hashlib

import pytest

from lintseq_datasets.edits.program import Program, mask_bits, mask_lines, normalize
from lintseq_datasets.errors import ProgramError


class TestProgram:
    def test_empty(self) -> None:
        assert Program.from_text("") == Program(())
        assert Program(()).text == ""
        assert len(Program(())) == 0

    @pytest.mark.parametrize(
        ("text", "lines"),
        [
            ("a", ("a",)),
            ("a\n", ("a", "")),
            ("\n", ("", "")),
            ("a\n\nb", ("a", "", "b")),
            ("a\x0cb\x0b\x1c\x85\u2028\u2029c", ("a\x0cb\x0b\x1c\x85\u2028\u2029c",)),
            ("a\rb", ("a\rb",)),
        ],
    )
    def test_lines_are_what_stands_between_newlines(
        self, text: str, lines: tuple[str, ...]
    ) -> None:
        program = Program.from_text(text)
        assert program.lines == lines
        assert program.text == str(program) == text
        assert len(program) == len(lines)

    def test_id_is_the_digest_of_the_text(self) -> None:
        program = Program.from_text("é = 1\n")
        assert program.program_id == hashlib.sha256("é = 1\n".encode()).hexdigest()

    def test_keep(self) -> None:
        program = Program(("a", "b", "c", "d"))
        assert program.keep(0b1011) == Program(("a", "b", "d"))
        assert program.keep(0b1111) == program
        assert program.keep(0) == Program(())

    def test_is_a_frozen_value(self) -> None:
        program = Program(("a",))
        with pytest.raises(AttributeError):
            program.lines = ()  # type: ignore[misc]
        assert hash(program) == hash(Program(("a",)))
        assert not hasattr(program, "__dict__")


def test_masks() -> None:
    assert mask_lines(0) == []
    assert mask_lines(0b10110) == [1, 2, 4]
    assert mask_bits(0b110) == [False, True, True]
    assert mask_lines(1 << 5000) == [5000]


class TestNormalize:
    @pytest.mark.parametrize(
        ("text", "normalized"),
        [
            ("", ""),
            ("x = 1", "x = 1"),
            ("x = 1\n", "x = 1"),
            ("x = 1\n\n \n\t\n\x0c\n", "x = 1"),
            ("\n\nx = 1", "\n\nx = 1"),  # leading lines stay
            ("x = 1  \n", "x = 1  "),  # so do trailing spaces of a line with code
            ("\ufeffx = 1", "x = 1"),
            ("x = '\ufeff'", "x = '\ufeff'"),
            ("\ufeff\ufeffx", "x"),
            ("\ufeff", ""),
            ("\ufeff \r\n\t", ""),
            (" \n\n", ""),
            ("a\r\nb\rc\n\rd", "a\nb\nc\n\nd"),
            ("a\r\r\nb", "a\n\nb"),
            ("a\x0cb\x85c\u2028d", "a\x0cb\x85c\u2028d"),
            ("a = 1\n  # end", "a = 1\n  # end"),
        ],
    )
    def test_steps(self, text: str, normalized: str) -> None:
        assert normalize(text) == normalized

    @pytest.mark.parametrize(
        ("text", "reason", "line"),
        [
            ("a\nb\x00", "nul_character", "line 2"),
            ("\x00", "nul_character", "line 1"),
            ("a\r\nb\rc\ud800", "lone_surrogate", "line 3"),
            ("\udfff", "lone_surrogate", "line 1"),
        ],
    )
    def test_reasons(self, text: str, reason: str, line: str) -> None:
        with pytest.raises(ProgramError) as caught:
            normalize(text)
        assert caught.value.reason == reason
        assert line in caught.value.detail
