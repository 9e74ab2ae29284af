"""Program states that random deletions leave, whether a sampler would keep them or not."""

from __future__ import annotations

import random

from lintseq_datasets.edits.program import mask_lines
from lintseq_datasets.languages.base import Structure
from lintseq_datasets.languages.python.source import PythonSource
from lintseq_datasets.languages.python.structure import python_structure
from tests.parity.stock import State


def random_masks(structure: Structure, count: int, rng: random.Random) -> set[int]:
    """Masks of kept lines: from a few deletions, mostly large, and never nothing."""
    whole = (1 << structure.num_lines) - 1
    found = {whole}
    for _ in range(count):
        kept = whole
        drawn = min(len(structure.drawable), rng.randint(1, 6))
        for line in rng.sample(structure.drawable, drawn):
            kept &= ~structure.takes[line]
        found.add(kept)
    return found - {0}


def random_states(program: str, count: int, rng: random.Random) -> list[State]:
    """States of a program, the whole of it among them."""
    structure = python_structure(PythonSource(program))
    masks = sorted(random_masks(structure, count, rng))
    return [State(program, tuple(mask_lines(mask))) for mask in masks]
