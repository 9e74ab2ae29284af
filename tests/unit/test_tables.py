"""What is counted shows itself as a table: printed, and in notebooks."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from datasets import Dataset

from lintseq_datasets import refactor, resolve_generation
from lintseq_datasets.evaluation import ResolveCounts, StaticErrors
from lintseq_datasets.mapping.accounting import Accounting
from lintseq_datasets.mapping.dataset import provenance
from lintseq_datasets.statistics.counting import count_dataset
from lintseq_datasets.tables import aligned, html_table

ROWS = Dataset.from_dict({"code": ["a = 1\nb = a\nprint(b)", "def ("]})


def counted() -> dict[str, Any]:
    edits = refactor(ROWS, linter="syntax", num_samples=2)
    made = provenance(edits)
    assert made is not None
    text = "<|diff|>@@ -0,0 +1 @@\n+a\n<|diff|>@@ oops\n+b"
    return {
        "accounting": Accounting.from_dict(made["accounting"]),
        "statistics": count_dataset(edits),
        "reading": resolve_generation(text).report,
        "generations": ResolveCounts({"ok": 3, "malformed": 1}, {"bad_header": 1}),
        "errors": StaticErrors("pylint", 4, 1, 0, {}, {"E0602": 2}, {"E0602": 1}),
    }


@pytest.mark.parametrize("name", ["accounting", "statistics", "reading", "generations", "errors"])
def test_what_is_printed_and_shown_is_the_table(name: str) -> None:
    one = counted()[name]
    assert str(one).startswith(one.as_table())
    html = one._repr_html_()
    assert html.startswith("<table><tr><td")
    shown = [unescape(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", html)]
    assert [cell for cell in shown if cell] == re.split(r"\s{2,}|\n", one.as_table().strip())


def test_html_is_escaped_and_keeps_indents_and_headings() -> None:
    html = html_table(aligned([("<b>", "1"), ("  inner", "22")]))
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    assert "padding-left:1.5em" in html
    head = html_table("           mean\nlines  3.0")
    assert head.startswith("<table><tr><td")
    assert head.index(">mean</td></tr>") < head.index(">lines</td>") < head.index(">3.0</td>")


def test_nothing_can_be_a_table() -> None:
    assert aligned([("rows", "")]) == "rows"
