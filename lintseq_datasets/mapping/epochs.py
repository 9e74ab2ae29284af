"""A transform that draws afresh in each epoch of a training run.

Workers of a data loader are told nothing between epochs, so they look the epoch up in memory that
they share with the trainer. For example, ``set_epoch(1)`` in the trainer:

    trainer, and its workers    draw for epoch 1
    a copy that was pickled     draws for epoch 0, as when it was made
"""

from __future__ import annotations

import ctypes
import multiprocessing
from collections.abc import Callable
from dataclasses import replace
from multiprocessing import context
from typing import Any, Unpack, cast

from lintseq_datasets.mapping.cells import Batch
from lintseq_datasets.mapping.keywords import TransformOptions
from lintseq_datasets.mapping.options import Reading, as_options
from lintseq_datasets.mapping.plan import plan_of
from lintseq_datasets.mapping.transform import lintseq_transform
from lintseq_datasets.mapping.versions import data_versions
from lintseq_datasets.samplers.config import LintSeqConfig


class EpochTransform:
    r"""`lintseq_transform` with an epoch that can be moved on while workers hold a copy.

    For ``dataset.with_transform(EpochTransform(...))`` in a `torch` DataLoader: call
    `set_epoch` in front of each epoch, as for a sampler. The number is in memory that
    worker processes share, so that persistent workers see it too. What is drawn depends
    on (seed, epoch) and the row, and on nothing that the workers did before.

    Args:
        config: Choices of the sampler; by default ``LintSeqConfig()``. Its ``epoch`` is
            the first one.
        status_column: Name of another column that says why a row has no sequence.
        edit_format: The form in which the edits are printed.
        **options: Those of `lintseq_transform`.

    Raises:
        ConfigError: An option has no usable value.

    >>> transform = EpochTransform(num_samples=1, linter="syntax")
    >>> row = {"code": "a = 1\nb = 2\nc = 3\nd = 4"}
    >>> first = transform(row)
    >>> transform.set_epoch(1)
    >>> transform(row) == first
    False
    """

    def __init__(
        self,
        config: LintSeqConfig | None = None,
        *,
        status_column: str | None = None,
        edit_format: str = "diff",
        **options: Unpack[TransformOptions],
    ) -> None:
        # Now, so that a wrong option is an error here and not in a worker.
        plan = plan_of(config, {**options, "edit_format": edit_format}, kinds=[LintSeqConfig])
        self._config = cast("LintSeqConfig", plan.config)
        self._options = {
            **as_options(plan.reading),
            "status_column": status_column,
            "edit_format": edit_format,
        }
        # Without a lock: one process sets it, between two epochs, and the others only read.
        self._epoch = multiprocessing.RawValue(ctypes.c_longlong, self._config.epoch)

    @property
    def epoch(self) -> int:
        """The epoch that is drawn now, the same in all processes."""
        return int(self._epoch.value)

    @property
    def config(self) -> LintSeqConfig:
        """The choices of the sampler, of the epoch that is drawn now."""
        return replace(self._config, epoch=self.epoch)

    @property
    def reading(self) -> dict[str, Any]:
        """How rows are read: the options of `Reading`."""
        return {name: self._options[name] for name in as_options(Reading())}

    @property
    def edit_format(self) -> str:
        """The form in which the edits are printed."""
        return str(self._options["edit_format"])

    def set_epoch(self, epoch: int) -> None:
        """Draw for another epoch from the next row on, in worker processes too.

        Args:
            epoch: Number of the epoch, from 0.

        Raises:
            ConfigError: It is no number of an epoch.
        """
        # A configuration checks the number.
        self._epoch.value = replace(self._config, epoch=epoch).epoch

    def __call__(self, batch: Batch) -> dict[str, Any]:
        """Add the column ``edit_sequences``; see `lintseq_transform`."""
        return lintseq_transform(batch, config=self.config, **self._options)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        # Only a process that is being started can be handed the shared memory. Any other
        # copy, such as the one that `datasets` makes a fingerprint of, goes its own way.
        shared = self._epoch if context.get_spawning_popen() is not None else None
        return _load, (self.config, self._options, data_versions(), shared)


def _load(config: LintSeqConfig, options: Any, _versions: object, shared: Any) -> EpochTransform:
    transform = EpochTransform(config, **options)
    if shared is not None:
        transform._epoch = shared
    return transform
