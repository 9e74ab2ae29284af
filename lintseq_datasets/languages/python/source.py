r"""What is known of the text of a Python program, read once and handed on.

Five things, each computed when it is first asked for, and no more than once:

- `text`: the text itself;
- `lines`: what stands between two ``\n``, as in `lintseq_datasets.edits.program.Program`;
- `tree`: the syntax tree, or, where the text does not parse, `problem`: which line must go;
- `tokens`: those of the standard library's `tokenize`;
- `logical_lines`: statements and headers of blocks, each with its lines and its depth.

For example:

>>> source = PythonSource("if a:\n    b = [\n    ]")
>>> source.lines
('if a:', '    b = [', '    ]')
>>> source.problem is None
True
>>> [(line.start, line.stop, line.depth, line.keyword) for line in source.logical_lines]
[(0, 1, 0, 'if'), (1, 3, 1, 'b')]
"""

from __future__ import annotations

import ast
import io
import tokenize
from functools import cached_property
from typing import final

from lintseq_datasets.errors import ProgramError
from lintseq_datasets.languages.base import SyntaxProblem
from lintseq_datasets.languages.python.layout import LogicalLine, read_logical_lines
from lintseq_datasets.languages.python.parsing import parse


@final
class PythonSource:
    r"""The text of a Python program, with what was read of it so far.

    It is made for a program, handed to all who ask about this program, and dropped with it:
    a tree takes a hundred times the memory of its text. Everybody is given the same tree and
    leaves it as it is.

    Args:
        text: The text, with ``\n`` as line ends.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines without their ends; one empty line if the text is empty."""
        return tuple(self.text.split("\n"))

    @property
    def tree(self) -> ast.Module | None:
        """The tree, with type comments; None if the text does not parse.

        Raises:
            RecursionError: The text is nested too deeply.
        """
        return self._parsed if isinstance(self._parsed, ast.Module) else None

    @property
    def problem(self) -> SyntaxProblem | None:
        """What is wrong with the text; None if it parses.

        Raises:
            RecursionError: The text is nested too deeply.
        """
        return self._parsed if isinstance(self._parsed, SyntaxProblem) else None

    @cached_property
    def tokens(self) -> tuple[tokenize.TokenInfo, ...]:
        """The tokens. A text that parses has them.

        Raises:
            ProgramError: ``not_tokenizable``.
        """
        # `StringIO` ends lines at line feeds only, as `lines` does.
        try:
            return tuple(tokenize.generate_tokens(io.StringIO(self.text).readline))
        except (tokenize.TokenError, SyntaxError) as error:
            raise ProgramError("not_tokenizable", str(error)) from None

    @cached_property
    def logical_lines(self) -> tuple[LogicalLine, ...]:
        """The logical lines, in order, without those that are blank or hold a comment only.

        Raises:
            ProgramError: ``not_tokenizable``.
        """
        return tuple(read_logical_lines(self.tokens))

    # Either the tree or the problem: the text is parsed once, whichever is asked for first.
    @cached_property
    def _parsed(self) -> ast.Module | SyntaxProblem:
        return parse(self.text)
