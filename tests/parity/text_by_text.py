"""pylint as a linter that knows of nothing but the text that it is asked about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lintseq_datasets.linters.base import LintResult
from lintseq_datasets.linters.pylint import PylintLinter


@dataclass(frozen=True)
class TextByText:
    """Has no faster way for the states of a program, and foresees nothing."""

    @property
    def name(self) -> str:
        return PylintLinter().name

    def lint(self, texts: Sequence[str]) -> list[LintResult]:
        return [PylintLinter().lint([text])[0] for text in texts]
