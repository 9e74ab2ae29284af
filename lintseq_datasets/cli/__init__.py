"""The command line: click commands, thin over the library.

`commands` holds the group and the commands that make edit sequences; the other commands have
a module each. `main` is what the installed script runs.

Imports run from here to every other folder, and nothing imports the command line. Never here:
anything that a user of the library could want as well.
"""

from lintseq_datasets.cli.commands import main

__all__ = ["main"]
