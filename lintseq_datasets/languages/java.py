"""Java, by files of one compilation unit each."""

from __future__ import annotations

from lintseq_datasets.languages._grammar_language import GrammarLanguage
from lintseq_datasets.languages.grammar import Grammar

# A label of a switch with its statements, which stand in no brackets of their own.
_GROUPS = frozenset({"switch_block_statement_group"})

LANGUAGE = GrammarLanguage(
    name="java",
    title="Java",
    label="java",
    suffixes=(".java",),
    linters=("javac",),
    grammar=Grammar(
        package="tree_sitter_java",
        containers=frozenset({"program"}) | _GROUPS,
        comments=frozenset({"line_comment", "block_comment"}),
        headers=_GROUPS,
        pinned=frozenset({"package_declaration"}),
        strings=frozenset({"string_literal"}),
    ),
    labels=frozenset({"java"}),
    values=(4, "4", "JAVA"),  # 4 in the enumeration of CodeContests
)
