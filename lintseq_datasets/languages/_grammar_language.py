"""Languages that are read with a grammar of tree-sitter: what each says of itself.

Such a language is one small file: names of nodes in its grammar, labels, linters. The rest is the
same for all: `_tree` makes the structure, `_pieces` looks at answers. The tree decides what
goes together, and nothing else: whether a text is a program is for the linter to say, because
the errors of a tree-sitter tree are not those of the language.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lintseq_datasets.languages.base import Snippets, SourceText, Structure, StructureRules
from lintseq_datasets.languages.grammar import Grammar, GrammarSource


@dataclass(frozen=True, slots=True)
class GrammarLanguage:
    """A language that is read with a grammar.

    Args:
        name: Its name, as in `lintseq_datasets.languages.base.Language`.
        title: Its name for people.
        label: The label of its blocks.
        suffixes: Ends of the names of its files.
        linters: Names of its linters, the default first.
        grammar: Its grammar.
        labels: Labels of fences that name it, and names of it in columns, in lower case.
        values: Other values of a column of languages that name it.
        check: Raises a ProgramError for a text that is no program, before a linter is asked.
    """

    name: str
    title: str
    label: str
    suffixes: tuple[str, ...]
    linters: tuple[str, ...]
    grammar: Grammar
    labels: frozenset[str]
    values: tuple[object, ...] = ()
    check: Callable[[str], None] | None = None

    @property
    def options(self) -> frozenset[str]:
        """None: it has only the options that every language has."""
        return frozenset()

    @property
    def packages(self) -> tuple[str, ...]:
        """The grammar, and what reads with it."""
        return "tree-sitter", self.grammar.package.replace("_", "-")

    @property
    def reads_syntax(self) -> bool:
        """The linter says what does not parse."""
        return False

    @property
    def snippets(self) -> Snippets:
        """What its grammar says of pieces of text."""
        from lintseq_datasets.languages._pieces import TreePieces

        return TreePieces(self.grammar, self.name)

    def is_label(self, label: str) -> bool:
        """Whether a label names it."""
        return label in self.labels

    def is_named(self, value: object) -> bool:
        """Whether a value of a column of languages names it."""
        if isinstance(value, str) and value.strip().lower() in self.labels:
            return True
        return value in self.values

    def read(self, text: str) -> GrammarSource:
        """Read the text of a program.

        Raises:
            ProgramError: It is no program of the language.
        """
        if self.check is not None:
            self.check(text)
        return GrammarSource(text, self.grammar, self.name)

    def structure(self, source: SourceText, rules: StructureRules) -> Structure:
        """The structure of a program.

        Args:
            source: What was read.
            rules: An atom is a line, or lines that only go together, such as those of a string or
                of a statement without brackets. Comments ride with the next line of code, before
                a closing bracket with the last one. The block of a line is what its brackets
                hold, and their closing lines.

        Raises:
            ProgramError: ``no_code``: there is nothing to draw.
            MissingExtraError: The grammar is not installed.
        """
        from lintseq_datasets.languages._tree import tree_structure

        read = source if isinstance(source, GrammarSource) else self.read(source.text)
        return tree_structure(read, self.grammar, rules)
