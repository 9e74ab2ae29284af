"""What holds for the linters of all languages but Python."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import pytest

from lintseq_datasets import EditSequence, lintseq_map
from lintseq_datasets.errors import ConfigError
from lintseq_datasets.languages.base import load_language
from lintseq_datasets.linters import load_linter
from lintseq_datasets.linters.base import first_syntax_error
from tests.languages import EXAMPLES, LANGUAGE_OF, linter_named, linter_of, refused

languages = pytest.mark.parametrize("language", list(EXAMPLES))
tools = pytest.mark.parametrize("tool", list(LANGUAGE_OF))


@tools
def test_verdicts(tool: str) -> None:
    linter, example = linter_named(tool), EXAMPLES[LANGUAGE_OF[tool]]
    fine, broken, undefined = linter.lint([example.program, example.broken, example.undefined])
    assert fine == ()
    assert isinstance(broken, tuple)
    assert first_syntax_error(linter, broken)
    if example.undefined:
        assert isinstance(undefined, tuple)
        assert undefined
        assert not first_syntax_error(linter, undefined)
    assert linter.lint([]) == []
    assert pickle.loads(pickle.dumps(linter)) == linter
    assert any(letter.isdigit() for letter in linter.name)


@tools
def test_sequences(tool: str) -> None:
    language = LANGUAGE_OF[tool]
    linter, example = linter_named(tool), EXAMPLES[language]
    answer = f"Sure:\n\n```{language}\n{example.program}\n```\nThat is `all`."
    out = lintseq_map(
        {"prompt": ["Go.", "Go.", "Go."], "completion": [answer, example.program, example.broken]},
        language=language, linter=tool, num_samples=3,
    )  # fmt: skip
    assert out["status"] == ["ok"] * 6 + ["skipped:syntax_error"]
    assert out["program"][:6] == [example.program] * 6
    assert out["edits"][:3] == out["edits"][3:6]
    assert sum(out["num_edits"]) > 12
    assert set(linter.lint(states_of(out["edits"][:3]))) == {()}


def states_of(sequences: list[list[str]]) -> list[str]:
    """All states of sequences but the empty one."""
    states = (state for edits in sequences for state in EditSequence.from_edits(edits).states())
    return sorted({state.text for state in states if state.lines})


@tools
def test_the_stock_tool_accepts_every_state(tool: str, tmp_path: Path) -> None:
    linter_named(tool)
    language = LANGUAGE_OF[tool]
    program = EXAMPLES[language].program
    # They take up to a second for each state.
    samples = 2 if tool in ("javac", "oxlint") else 4
    out = lintseq_map({"code": [program]}, language=language, linter=tool, num_samples=samples)
    states = states_of(out["edits"])
    if language == "typescript":
        linter_named("tsc")
    elif EXAMPLES[language].stock and shutil.which(EXAMPLES[language].stock[0]) is None:
        pytest.skip(f"{EXAMPLES[language].stock[0]} is not installed")
    assert len(states) >= 3
    assert refused(language, [*states, EXAMPLES[language].broken], tmp_path) == [
        EXAMPLES[language].broken
    ]


@languages
def test_prose_is_no_program(language: str) -> None:
    linter_of(language)
    rows = {"code": ["I cannot do that for you.", "Here's a word:\n\n```text\nword\n```\n"]}
    out = lintseq_map(rows, language=language, num_samples=1)
    assert not {"ok", "skipped:syntax_error"} & set(out["status"])


SILENT = {
    "javascript": (
        "/* eslint-disable */\nfoo();", "foo(); // eslint-disable-line", "/* global foo */\nfoo();",
        "// oxlint-disable\nfoo();", "/* eslint no-undef: 0 */ foo();",
    ),
    "typescript": (
        "// @ts-nocheck\nfoo();", "/* @TS-NoCheck */ foo();", "// @ts-ignore\nfoo();",
        "/* @ts-expect-error */\nfoo();", "// deno-lint-ignore-file\nfoo();",
        "/* eslint-disable no-undef */\nfoo();",
        '/// <reference no-default-lib="true" />\nfoo();',
    ),
    "go": (
        "package main\n//nolint\nfunc f() { x() }",
        "package main\n//line a.go:900\nfunc f() { x() }",
    ),
    "java": ('@SuppressWarnings("all") class A { int f() { return x; } }',),
    "php": ("<?php // @phpstan-ignore-line\nf(;", "<?php /* phpcs:disable */ f(;"),
    "ruby": ("# rubocop:disable all\nputs missing",),
}  # fmt: skip


@pytest.mark.parametrize(
    ("language", "tool"),
    [(language, tool) for language in EXAMPLES for tool in load_language(language).linters],
)
def test_comments_do_not_silence(language: str, tool: str) -> None:
    texts = SILENT[language]
    linter = linter_named(tool, language)
    for text, result in zip(texts, linter.lint(texts), strict=True):
        assert isinstance(result, tuple)
        assert result, text
        assert all(message.line <= text.count("\n") + 1 for message in result), text


BLIND = {
    "javascript": ("export default missing;", "let a = 1;\na.missing();"),
    "typescript": ("let a: Missing;", "let a: number = 'x';"),
}


@pytest.mark.parametrize("language", list(BLIND))
def test_what_oxlint_does_not_see(language: str) -> None:
    assert linter_named("oxlint", language).lint(BLIND[language]) == [(), ()]


@pytest.mark.parametrize("tool", ["tsc", "deno"])
def test_a_directive_that_is_not_needed_is_no_error(tool: str) -> None:
    assert linter_named(tool).lint(["// @ts-expect-error\nlet a = 1;"]) == [()]


def test_a_missing_return_in_go_is_of_the_closing_brace() -> None:
    linter = linter_of("go")
    program = "package main\n\nfunc f() int {\n\ta := 1\n\treturn a\n}"
    without = program.replace("\treturn a\n", "\t_ = a\n")
    (messages,) = linter.lint([without])
    assert isinstance(messages, tuple)
    assert [message.line for message in messages] == [6]
    rows = lintseq_map({"code": [program]}, language="go", num_samples=5)
    # So no state has the function without it.
    states = states_of(rows["edits"])
    assert {"return" in state for state in states if "func" in state} == {True}


def test_line_ends_that_are_none_here() -> None:
    linter = linter_of("javascript")
    (messages,) = linter.lint(["let a = '\u2028\u2028';\nfoo(a);"])
    assert isinstance(messages, tuple)
    assert [message[:3] for message in messages] == [("no-undef", 2, 0)]


def test_oxlint_leaves_no_text_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    linter_of("javascript")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("*.js\n", encoding="utf-8")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    results = load_linter("oxlint").lint(["foo();", "let a = 1;"])
    assert [bool(result) for result in results] == [True, False]
    with pytest.raises(ConfigError, match="errors"):
        load_linter("oxlint", errors=("no-such-rule",))
