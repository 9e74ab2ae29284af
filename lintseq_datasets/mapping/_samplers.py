"""Which sampler a configuration names."""

from __future__ import annotations

from lintseq_datasets.mapping._revising import revision_sampler
from lintseq_datasets.mapping._sampling import Sampler, lintseq_sampler, randseq_sampler
from lintseq_datasets.samplers.config import RandSeqConfig, RevisionConfig, SamplerConfig


def sampler_of(config: SamplerConfig) -> Sampler:
    """The sampler of a configuration.

    Raises:
        ConfigError: An option has no usable value.
        MissingExtraError: The linter is not installed.
    """
    if isinstance(config, RandSeqConfig):
        return randseq_sampler(config)
    if isinstance(config, RevisionConfig):
        return revision_sampler(config)
    return lintseq_sampler(config)
