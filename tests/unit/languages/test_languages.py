"""What every language has to give, and how it is chosen."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

import lintseq_datasets
from lintseq_datasets import LintSeqConfig, RandSeqConfig, lintseq_map, randseq_map
from lintseq_datasets.errors import ConfigError, LinterError
from lintseq_datasets.languages.base import LANGUAGES, load_language
from lintseq_datasets.linters import LINTERS, LintMessage


class NoQ:
    """Every line with a Q is an error; one with a Z does not parse."""

    name = "no-q 1"
    syntax_ids = ("syntax",)

    def lint(self, texts: list[str]) -> list[tuple[LintMessage, ...] | LinterError]:
        kinds = {"q": "q", "z": "syntax-z"}
        return [
            tuple(
                LintMessage(kind, number, line.index(letter), "why")
                for number, line in enumerate(text.split("\n"), 1)
                for letter, kind in kinds.items()
                if letter in line
            )
            for text in texts
        ]


def test_every_module_of_a_language_is_named() -> None:
    folder = Path(lintseq_datasets.__file__).parent / "languages"
    shared = {"base", "drawing", "indentation", "grammar"}
    found = {path.stem for path in folder.iterdir() if path.stem[0] != "_"} - shared
    assert found == set(LANGUAGES)


@pytest.mark.parametrize("name", LANGUAGES)
def test_a_language_says_what_it_is(name: str) -> None:
    language = load_language(name)
    assert language is importlib.import_module(f"lintseq_datasets.languages.{name}").LANGUAGE
    assert language.name == name
    assert language.title
    assert language.is_label(language.label)
    assert language.is_named(language.label)
    assert set(language.linters) <= set(LINTERS)
    assert not language.is_label("")


def test_only_python_has_the_options_of_python() -> None:
    for name in set(LANGUAGES) - {"python"}:
        with pytest.raises(ConfigError, match="imports: there is no such option for"):
            LintSeqConfig(language=name, linter=NoQ(), imports="environment")
        with pytest.raises(ConfigError, match="draw_constants: there is no such option for"):
            LintSeqConfig(language=name, linter=NoQ(), draw_constants=False)
        with pytest.raises(ConfigError, match="reference: the published code knows no"):
            LintSeqConfig.reference(language=name, linter=NoQ())


def test_a_language_that_is_none() -> None:
    for config in (LintSeqConfig, RandSeqConfig):
        with pytest.raises(ConfigError, match=r"language: .*did you mean 'python'"):
            config(language="pyhton")
    with pytest.raises(ConfigError, match="linter: 'oxlint' is no linter of python"):
        LintSeqConfig(linter="oxlint")
    with pytest.raises(ConfigError, match="has no linter of its own"):
        LintSeqConfig(language="lines")
    with pytest.raises(ConfigError, match="audit: "):
        LintSeqConfig(language="lines", linter=NoQ(), audit=0.5)


class TestLines:
    def test_each_line_by_itself(self) -> None:
        text = "one\n\ntwo\n  three\n\nfour"
        rows = lintseq_map({"code": [text]}, language="lines", linter=NoQ(), num_samples=9)
        assert set(rows["status"]) == {"ok"}
        assert set(rows["num_edits"]) == {4}
        assert set(rows["linter"]) == {"no-q 1"}

    def test_blank_lines_at_the_end_of_a_state_go_with_what_is_above(self) -> None:
        rows = lintseq_map({"code": ["\n\na\nb"]}, language="lines", linter=NoQ(), num_samples=4)
        assert all("+\n" not in edits[0] or "+a" in edits[0] for edits in rows["edits"])

    def test_deeper_lines_go_along(self) -> None:
        rows = lintseq_map(
            {"code": ["if a\n  one\n  two\nend"]}, language="lines", linter=NoQ(),
            children="indentation", num_samples=20,
        )  # fmt: skip
        first = {edits[0].split("\n")[1] for edits in rows["edits"]}
        assert first == {"+if a", "+end"}

    def test_a_syntax_error_is_never_forgiven(self) -> None:
        rows = lintseq_map(
            {"code": ["a\nz\nq", "a\nq"]}, language="lines", linter=NoQ(), num_samples=1
        )
        assert rows["status"] == ["skipped:syntax_error", "ok"]

    def test_all_fences_count_and_prose_never(self) -> None:
        answer = "Sure:\n\n```lua\nx = 1\n```\nand\n```r\ny = 2\n```\n```\n2\n```\nDone."
        (program,) = randseq_map({"code": [answer]}, language="lines", num_samples=1)["program"]
        assert program == "x = 1\n\ny = 2"
        rows = randseq_map(
            {"code": ["x = 1"]}, language="lines", num_samples=1, extract_code="markdown"
        )
        assert rows["status"] == ["skipped:no_lines_fence"]

    def test_the_label_of_a_state_is_that_of_the_language(self) -> None:
        rows = randseq_map(
            {"code": ["a\nb\nc"]}, language="lines", num_samples=1, start="random_state"
        )
        assert rows["prompt"][0].startswith("```text\n")
