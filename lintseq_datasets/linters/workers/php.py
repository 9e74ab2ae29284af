"""php: its own parser, as `token_get_all` calls it."""

from __future__ import annotations

from pathlib import Path

from lintseq_datasets.linters.executables import find_executable
from lintseq_datasets.linters.worker import Launch


def launch() -> Launch:
    """How the worker is started."""
    php = find_executable(
        "php", "apt-get install php-cli  # on Debian and Ubuntu; elsewhere its PHP", "php"
    )
    script = str(Path(__file__).with_name("worker.php"))
    options = ("-d", "display_errors=0", "-d", "log_errors=0", "-d", "memory_limit=512M")
    return Launch((php, *options, script))
