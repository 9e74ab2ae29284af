"""JavaScript, with modules and JSX."""

from __future__ import annotations

from lintseq_datasets.languages._grammar_language import GrammarLanguage
from lintseq_datasets.languages.grammar import Grammar

LANGUAGE = GrammarLanguage(
    name="javascript",
    title="JavaScript",
    label="javascript",
    suffixes=(".js", ".mjs", ".cjs", ".jsx"),
    linters=("oxlint",),
    grammar=Grammar(
        package="tree_sitter_javascript",
        containers=frozenset({"program", "switch_case", "switch_default"}),
        comments=frozenset({"comment", "hash_bang_line", "html_comment"}),
        headers=frozenset({"switch_case", "switch_default"}),
        strings=frozenset({"template_string", "string"}),
    ),
    labels=frozenset({"javascript", "js", "jsx", "mjs", "cjs", "node", "nodejs", "ecmascript"}),
)
