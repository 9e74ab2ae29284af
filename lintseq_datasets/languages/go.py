"""Go, by files of one package each."""

from __future__ import annotations

from lintseq_datasets.languages._grammar_language import GrammarLanguage
from lintseq_datasets.languages.grammar import Grammar

# Their statements stand in no brackets, so nothing but the case itself holds them together.
_CASES = frozenset({"expression_case", "default_case", "type_case", "communication_case"})

LANGUAGE = GrammarLanguage(
    name="go",
    title="Go",
    label="go",
    suffixes=(".go",),
    linters=("go",),
    grammar=Grammar(
        package="tree_sitter_go",
        containers=frozenset({"source_file", "statement_list"}) | _CASES,
        comments=frozenset({"comment"}),
        headers=_CASES,
        # No text without it compiles: drawn early, it would take all others along, line by line.
        pinned=frozenset({"package_clause"}),
        lists=frozenset({"import_spec_list", "const_declaration", "var_spec_list"}),
        strings=frozenset({"raw_string_literal"}),
    ),
    labels=frozenset({"go", "golang"}),
)
