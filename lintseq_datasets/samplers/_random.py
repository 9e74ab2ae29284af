"""Randomness keyed by what is sampled, never by where or when.

With the published code, the same seed gave other data for each number of worker processes. Here a
program has the same sequences whatever batch, process or run it is sampled in.
"""

from __future__ import annotations

import numpy as np

from lintseq_datasets.edits.program import Program


def make_rng(
    seed: int, program: Program, sample_index: int, epoch: int = 0, *, stream: int = 0
) -> np.random.Generator:
    """The generator of one sample: keyed by (seed, program content, sample index, epoch).

    Args:
        seed: Of the configuration.
        program: The whole program.
        sample_index: Number of the sample.
        epoch: Of the configuration.
        stream: Draws of another kind, independent of those of stream 0.
    """
    # Python's own `hash` of a text differs from process to process.
    digest = int(program.program_id, 16)
    key = (stream,) if stream else ()
    # PCG64 by name: numpy may make another generator its default.
    sequence = np.random.SeedSequence((seed, digest, sample_index, epoch), spawn_key=key)
    return np.random.Generator(np.random.PCG64(sequence))
