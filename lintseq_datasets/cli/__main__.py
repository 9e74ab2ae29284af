"""Run the command line with ``python -m lintseq_datasets.cli``."""

from lintseq_datasets.cli.commands import main

if __name__ == "__main__":
    main(prog_name="python -m lintseq_datasets.cli")
