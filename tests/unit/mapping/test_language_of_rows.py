"""Rows, cards and what is shown say the language of the programs."""

from __future__ import annotations

from datasets import Dataset

from lintseq_datasets import refactor
from lintseq_datasets.hub.card import build_card
from lintseq_datasets.mapping.made_with import language_in, read_made_with


def test_a_row_and_a_card_say_the_language() -> None:
    rows = Dataset.from_dict({"code": ["one = 1\ntwo = one", "three"]})
    for language, title, label in (
        ("lines", "lines of text", "text"),
        ("python", "Python", "python"),
    ):
        named = {"language": language, "linter": _Fine()}
        made = refactor(rows, num_samples=1, **named)  # type: ignore[arg-type]
        assert language_in(read_made_with(made[0]["made_with"])).name == language
        card = build_card(made)
        assert f"| language of the programs | {title} |" in card
        assert f"```{label}\n" in card
        assert ("imports resolve to" in card) == (language == "python")
        assert ("- python\n" in card) == (language == "python")  # a tag
        assert "language:\n- code\n" in card  # what the Hub has for natural languages


class _Fine:
    name = "fine 1.0"

    def lint(self, texts: list[str]) -> list[tuple[()]]:
        return [()] * len(texts)
