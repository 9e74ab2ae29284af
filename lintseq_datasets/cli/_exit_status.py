"""How a command ends: its exit status, and the line that says why."""

from __future__ import annotations

import sys
import traceback
from typing import Any

import click

from lintseq_datasets.display.terminals import (
    EscapingStream,
    escaped_terminals,
    fill_closed_streams,
)
from lintseq_datasets.errors import LintSeqError

# The mark at its head tells click to leave the lines as they are.
EXIT_STATUS = """\b
Exit status:
  0    done, also if some rows were skipped or failed
  1    there were rows, and none gave an edit sequence
  2    wrong usage or bad input
  130  interrupted by Ctrl-C (129 by SIGHUP, 143 by SIGTERM);
       the same command continues the run
"""
"""For the help of commands."""


class _UsageError(click.ClickException):
    """Wrong usage or bad input."""

    exit_code = 2


class CommandGroup(click.Group):
    """Turns the library's errors into one line, and an interrupt into its exit code."""

    def main(self, *args: Any, **options: Any) -> Any:
        fill_closed_streams()
        with escaped_terminals():
            try:
                return super().main(*args, **options)
            except OSError as error:  # of what is not in a command, such as its help
                _UsageError(str(error)).show()
                sys.exit(_UsageError.exit_code)
            except Exception:
                # Elsewhere Python's own traceback will do, as no terminal reads it.
                if not isinstance(sys.stderr, EscapingStream):
                    raise
                traceback.print_exc()  # what it says may come from a row
                sys.exit(1)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        # Before `OSError`, which it is, too.
        except BrokenPipeError:  # click ends quietly then
            raise
        except LintSeqError as error:
            raise _UsageError(error.on_command_line()) from error
        except OSError as error:
            raise _UsageError(str(error)) from error
        # Before click has it, which would leave with the status 1.
        except (KeyboardInterrupt, Exception) as error:
            if not _is_interrupt(error):
                raise
            click.echo("Interrupted.", err=True)
            return ctx.exit(130)  # as a shell says it: 128, and the number of the signal


def _is_interrupt(error: BaseException | None) -> bool:
    # with worker processes, `datasets` raises something else from the interrupt
    while error is not None:
        if isinstance(error, (KeyboardInterrupt, click.Abort)):
            return True
        error = error.__context__
    return False
