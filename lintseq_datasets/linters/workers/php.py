"""php: its own parser and compiler, as `php -l` calls them.

No configuration file is read, so that no other extension than that of the parser is there: a
verdict does not depend on what else is installed.
"""

from __future__ import annotations

from pathlib import Path

from lintseq_datasets.linters.executables import find_executable
from lintseq_datasets.linters.launch import Launch


def launch() -> Launch:
    """How the worker is started."""
    php = find_executable(
        "php", "apt-get install php-cli  # on Debian and Ubuntu; elsewhere its PHP", "php"
    )
    script = str(Path(__file__).with_name("worker.php"))
    # Where the extension is a part of PHP, that it is named is only a warning.
    # Standard output is for answers, so that no error may be shown there.
    settings = ("extension=tokenizer", "display_errors=0", "display_startup_errors=0",
                "log_errors=0", "memory_limit=512M")  # fmt: skip
    options = (word for setting in settings for word in ("-d", setting))
    return Launch((php, "-n", *options, script))
