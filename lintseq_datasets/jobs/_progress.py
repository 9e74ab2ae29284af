"""What a person sees of a running job."""

from __future__ import annotations

import logging
import queue
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lintseq_datasets.mapping.accounting import Accounting

_logger = logging.getLogger("lintseq_datasets")


# Short enough for 80 columns; a rate below one is no time per row.
_WITH_TOTAL = (
    "{desc} {percentage:.0f}%|{bar}| {n_fmt}/{total_fmt} rows, {rate_noinv_fmt}, {remaining} left"
    "{postfix}"
)
_WITHOUT_TOTAL = "{desc}: {n_fmt} rows, {rate_noinv_fmt}, {elapsed}{postfix}"


class Progress:
    """A bar with rows a second, the time left and the running accounting.

    Args:
        total: Rows of the source, where known.
        description: What the bar says.
        before: What became of rows that an earlier run finished.
        shown: Whether there is a bar at all.
    """

    def __init__(
        self, total: int | None, description: str, before: Accounting, shown: bool = True
    ) -> None:
        from datasets.utils import tqdm

        class Bar(tqdm):  # type: ignore[misc]
            @staticmethod
            def format_meter(*values: Any, **named: Any) -> str:
                """Without the spaces with which tqdm fills rates up to five characters."""
                return re.sub(r",  +", ", ", tqdm.format_meter(*values, **named))

        self._before = before
        self._now = Accounting()
        self._started = time.monotonic()
        # Threads add, and one alone draws, in `tick`: a bar is not made for several.
        self._new: queue.SimpleQueue[Accounting] = queue.SimpleQueue()
        self._bar = Bar(
            total=total, desc=description, unit=" rows", initial=before.rows_in,
            disable=None if shown is None else not shown, smoothing=0.05,
            bar_format=_WITHOUT_TOTAL if total is None else _WITH_TOTAL,
        )  # fmt: skip

    def add(self, rows: dict[str, list[Any]]) -> None:
        """Count rows; from any thread."""
        self._new.put(Accounting.of(rows))

    def tick(self) -> None:
        """Show what was added."""
        count = 0
        while not self._new.empty():
            new = self._new.get()
            self._now += new
            count += new.rows_in
        if count:
            so_far = self._before + self._now
            left_out = {"skipped": so_far.num_skipped, "failed": so_far.num_failed}
            said = [f"{number} {what}" for what, number in left_out.items() if number]
            self._bar.set_postfix_str(", ".join(said), refresh=False)
            self._bar.update(count)

    @property
    def rate(self) -> float:
        """Rows a second, of this run."""
        return self._now.rows_in / max(time.monotonic() - self._started, 1e-9)

    def close(self) -> None:
        """Leave the bar as it is."""
        self.tick()
        self._bar.close()


@contextmanager
def log_file(path: Path | None) -> Iterator[None]:
    """Append what the library logs to a file within the context.

    Args:
        path: The file; None for no file.
    """
    if path is None:
        yield
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    level = _logger.level
    had_handlers = _logger.hasHandlers()
    _logger.addHandler(handler)
    _logger.setLevel(min(_logger.getEffectiveLevel(), logging.INFO))
    # Where there is no handler at all, Python prints warnings by itself. The one for the file would
    # end that, so another goes on with it.
    warnings = logging.StreamHandler()
    warnings.setLevel(logging.WARNING)
    if not had_handlers:
        _logger.addHandler(warnings)
    try:
        yield
    finally:
        _logger.setLevel(level)
        _logger.removeHandler(warnings)
        _logger.removeHandler(handler)
        handler.close()
