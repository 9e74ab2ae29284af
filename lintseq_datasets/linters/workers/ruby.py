"""ruby: its own parser, Ripper, and names that nothing in the text binds."""

from __future__ import annotations

from pathlib import Path

from lintseq_datasets.linters.executables import find_executable
from lintseq_datasets.linters.launch import Launch


def launch() -> Launch:
    """How the worker is started."""
    ruby = find_executable(
        "ruby", "apt-get install ruby  # on Debian and Ubuntu; elsewhere its Ruby", "ruby"
    )
    script = str(Path(__file__).with_name("worker.rb"))
    # Nothing here needs gems, and to look for them takes most of the start.
    return Launch((ruby, "--disable=gems", "-W0", script))
