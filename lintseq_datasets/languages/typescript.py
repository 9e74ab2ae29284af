"""TypeScript, without JSX."""

from __future__ import annotations

from lintseq_datasets.languages._grammar_language import GrammarLanguage
from lintseq_datasets.languages.grammar import Grammar

LANGUAGE = GrammarLanguage(
    name="typescript",
    title="TypeScript",
    label="typescript",
    suffixes=(".ts", ".mts", ".cts"),
    linters=("oxlint", "tsc", "deno"),
    grammar=Grammar(
        package="tree_sitter_typescript",
        function="language_typescript",  # the other one of the package takes `<T>x` for JSX
        containers=frozenset({"program", "switch_case", "switch_default"}),
        comments=frozenset({"comment", "hash_bang_line", "html_comment"}),
        headers=frozenset({"switch_case", "switch_default"}),
        strings=frozenset({"template_string", "string"}),
    ),
    labels=frozenset({"typescript", "ts", "mts", "cts", "deno"}),
)
