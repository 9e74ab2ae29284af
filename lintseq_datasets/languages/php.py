"""PHP: texts that open with its tag, since everything outside of tags is no code."""

from __future__ import annotations

import re

from lintseq_datasets.errors import ProgramError
from lintseq_datasets.languages._grammar_language import GrammarLanguage
from lintseq_datasets.languages.grammar import BRACKETS, Grammar

_TAG = re.compile(r"<\?(?:php\b|=)", re.IGNORECASE)
_ENDS = ("if", "foreach", "for", "while", "switch", "declare")


def check_tag(text: str) -> None:
    """Refuse a text that PHP would print as it is.

    Raises:
        ProgramError: ``no_php_tag``.
    """
    if _TAG.search(text) is None:
        raise ProgramError("no_php_tag", "without <?php nothing of it is code")


LANGUAGE = GrammarLanguage(
    name="php",
    title="PHP",
    label="php",
    suffixes=(".php",),
    linters=("php",),
    grammar=Grammar(
        package="tree_sitter_php",
        function="language_php",  # the other one of the package knows no text outside of tags
        containers=frozenset({"program", "colon_block", "case_statement", "default_statement"}),
        comments=frozenset({"comment"}),
        headers=frozenset({"case_statement", "default_statement"}),
        # Without its tag, what is left is no code, and so has no errors.
        pinned=frozenset({"php_tag", "namespace_definition"}),
        # `if ($a):` … `endif;`, as templates have it.
        brackets=(*BRACKETS, *((word, f"end{word}") for word in _ENDS)),
        strings=frozenset({"heredoc", "nowdoc", "encapsed_string", "string"}),
    ),
    labels=frozenset({"php", "php7", "php8"}),
    check=check_tag,
)
