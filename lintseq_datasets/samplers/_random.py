"""Randomness keyed by what is sampled, never by where or when."""

from __future__ import annotations

import numpy as np

from lintseq_datasets.program import Program


def make_rng(seed: int, program: Program, sample_index: int, epoch: int = 0) -> np.random.Generator:
    """The generator of one sample: keyed by (seed, program content, sample index, epoch)."""
    digest = int(program.program_id, 16)
    sequence = np.random.SeedSequence((seed, digest, sample_index, epoch))
    return np.random.Generator(np.random.PCG64(sequence))
