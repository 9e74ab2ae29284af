"""Lists of programs in a cell, as they come.

["x = 1", "x = 2"]                                        a list
'["x = 1", "x = 2"]'                                      as JSON (APPS)
{"language": [1, 3], "solution": ["print 1", "x = 1"]}    beside their languages (CodeContests)
[{"language": "Python3", "solution": "x = 1"}]            the same as a list
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lintseq_datasets.languages.base import Language
from lintseq_datasets.mapping.cells import as_list
from lintseq_datasets.mapping.chat import zip_cells
from lintseq_datasets.mapping.options import Reading
from lintseq_datasets.mapping.transcripts import structure_in


def solutions_in(
    column: str | None, value: Any, reading: Reading, language: Language
) -> list[Any] | None:
    """The solutions in a cell; None if it does not hold a list of them.

    Args:
        column: Its column.
        value: What it holds.
        reading: How rows are read.
        language: That of the programs.

    Raises:
        ProgramError: ``not_text``: solutions and languages are not as many.
    """
    if isinstance(value, str) and column and column.lower() == "solutions":
        try:  # only by this name a list of anything: others may be values of a program
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, list) else None
    # A text that is to be taken as it is may be a program that is a list.
    if isinstance(value, str):
        return None if reading.extract_code is None else structure_in(value)
    if isinstance(value, Mapping) and {"solution", "language"} <= value.keys():
        # Other languages are no program here, so they are left out before one is chosen.
        pairs = zip_cells(column, value["language"], value["solution"])
        return [solution for name, solution in pairs if language.is_named(name)]
    # An empty list goes on from here, and is a list of no texts.
    if (found := _list_of(value, Mapping)) and all("solution" in each for each in found):
        return [
            each["solution"]
            for each in found
            if "language" not in each or language.is_named(each["language"])
        ]
    return list_of_texts(value)


def list_of_texts(value: Any) -> list[str] | None:
    """The values of a list in a cell, if all of them are texts."""
    return _list_of(value, str)


def _list_of(value: Any, kind: type) -> list[Any] | None:
    if isinstance(value, (str, bytes, Mapping)) or not hasattr(value, "__iter__"):
        return None
    found = as_list(value)
    return found if all(isinstance(each, kind) for each in found) else None
