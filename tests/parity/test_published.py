"""`LintSeqConfig.reference()` against the published code, `pylintseq` 0.0.2.

Both draw at random, so that what they find is compared within the error of sampling.
Differences that are on purpose are listed in docs/deviations.md.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from lintseq_datasets import LintSeqConfig, lintseq_map
from lintseq_datasets.edits.program import mask_lines
from lintseq_datasets.languages.base import Structure
from lintseq_datasets.languages.python.source import PythonSource
from lintseq_datasets.languages.python.structure import python_structure
from tests.parity.programs import PROGRAMS
from tests.parity.published import first_draw, load_utils

PUBLISHED_SAMPLES = 8  # of each program; it takes about a seventh of a second for one
OUR_SAMPLES = 3000
GROUPS = [list(PROGRAMS)[start::3] for start in range(3)]

# Programs of which only the rules are compared, without a linter.
MORE_PROGRAMS = {
    "nothing but code": "aa = 1",
    "short lines": "if x:\n    y\n    )\n  z\n\n}\nww",
    "deep": "class A:\n  def f(self):\n      if a:\n            bb\n\n      cc\n  xx = 1",
    "tab and spaces": "if a:\n\tbb\n        cc\ndd",
    "constant in brackets": "A, B = [\n    (1, 2),\n    # c\n\n    3,\n  ]\nnot_one = [\n    1,\n]",
    "constant in parentheses": "X Y = (\n  f(1)\n  )\nZ = (\n1,\n)",
    "constant that never ends": "X = [\n    1,\n    2)\nzz\n    }",
    "two closings": "X = [\n    [1],\n    [2]\n]\nyy",
    "constant in a class": "class A:\n    SIZES = [\n        1,\n    ]\n    xx = 1",
    "comment after the bracket": "X = [  # why\n    1,\n]",
    "comparison": "X == [\n    1,\n]\nif X >= (\n    1\n): pass",
    "comments": "#!a\n  # b\nx = '#'\n\n\t\n# c",
    "decorators": "@a\n@b(\n    1)\ndef f():\n    cc\n\n    # d\nee",
}


def reference_structure(program: str) -> Structure:
    return python_structure(PythonSource(program), LintSeqConfig.reference().structure_rules)


def test_the_yardstick() -> None:
    assert version("pylintseq") == "0.0.2"


def test_what_is_drawn_how_likely_and_what_goes_with_it() -> None:
    utils = load_utils()
    for program in (*PROGRAMS.values(), *MORE_PROGRAMS.values()):
        structure = reference_structure(program)
        weights = dict(zip(structure.drawable, structure.weights, strict=True))
        total = sum(weights.values())
        ours = [weights.get(line, 0.0) / total for line in range(structure.num_lines)]
        for line in structure.drawable:
            probabilities, taken = first_draw(utils, program, line)
            assert probabilities == pytest.approx(ours), program
            assert mask_lines(structure.takes[line]) == taken, program


def measures(edits: list[str]) -> tuple[float, float]:
    """Number of edits, and mean number of lines that an edit inserts."""
    lines = sum(line.startswith("+") for edit in edits for line in edit.split("\n"))
    return len(edits), lines / len(edits)


def written(edits: list[str]) -> tuple[tuple[str, ...], ...]:
    """What each edit writes but for blank lines, which are stripped from states there."""
    return tuple(
        tuple(line for line in edit.split("\n") if line.startswith("+") and line[1:].strip())
        for edit in edits
    )


def sample_published(programs: list[str], cwd: Path) -> list[list[list[str]]]:
    script = Path(__file__).with_name("published.py")
    job = {"seed": 0, "num_samples": PUBLISHED_SAMPLES, "programs": programs}
    result = subprocess.run(
        [sys.executable, str(script), json.dumps(job)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "PYLINTHOME": str(cwd)},
        timeout=900,
    )
    assert result.returncode == 0, result.stderr[-4000:]
    found: list[list[list[str]]] = json.loads(result.stdout.splitlines()[-1])
    return found


@pytest.mark.slow
@pytest.mark.parametrize("names", GROUPS, ids=", ".join)
def test_edits_per_sequence_and_lines_per_edit(names: list[str], tmp_path: Path) -> None:
    programs = [PROGRAMS[name] for name in names]
    differences, squared_errors = [], []
    for name, published in zip(names, sample_published(programs, tmp_path), strict=True):
        config = LintSeqConfig.reference(num_samples=OUR_SAMPLES)
        out = lintseq_map({"code": [PROGRAMS[name]]}, config=config, extract_code=None)
        assert out["status"][0] == "ok"
        theirs = np.array([measures(edits) for edits in published])
        ours = np.array([measures(edits) for edits in out["edits"]])
        difference = ours.mean(axis=0) - theirs.mean(axis=0)
        # A few samples that happen to be equal say nothing about their spread: ours does.
        squared_error = ours.var(axis=0) * (1 / len(ours) + 1 / len(theirs))
        assert (np.abs(difference) <= 4 * np.sqrt(squared_error) + 1e-9).all(), name
        # What is rare for us may be missing there, but not the other way round.
        assert set(map(written, published)) <= set(map(written, out["edits"]))
        differences.append(difference)
        squared_errors.append(squared_error)
    together = np.abs(np.mean(differences, axis=0))
    error = np.sqrt(np.sum(squared_errors, axis=0)) / len(names)
    assert (together <= 4 * error).all()
