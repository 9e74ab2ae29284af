"""What goes to a terminal: nothing in it drives the terminal, wherever it comes from."""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
from collections.abc import Iterator

import lintseq_datasets.display as display

_MOVES = re.compile(r"(?:\n|\x1b\[A)*")  # between the bars of progress


class EscapingStream(io.TextIOWrapper):
    """A text stream in which control characters become escapes, but for newlines and tabs."""

    def write(self, text: str) -> int:
        """Write a text; a carriage return at its start, as bars of progress have, stays."""
        if not _MOVES.fullmatch(text):
            start = "\r" if text.startswith("\r") else ""
            text = start + escaped(text.removeprefix("\r"))
        return super().write(text)

    def write_as_it_is(self, text: str) -> int:
        """Write a text whose control characters are our own, such as colours."""
        return super().write(text)


class LenientStream(io.TextIOWrapper):
    """The standard error where it is a file or a pipe: what cannot be written is lost.

    What a job says goes there, and no job ends because its disk is full or nobody reads it.
    """

    def write(self, text: str) -> int:
        """Write a text, or lose it."""
        try:
            return super().write(text)
        except OSError:
            self._give_up()
            return len(text)

    def flush(self) -> None:
        """Write what is left, or lose it."""
        try:
            super().flush()
        except OSError:
            self._give_up()

    def _give_up(self) -> None:
        # what is still in the buffer has to go somewhere
        handle = os.open(os.devnull, os.O_WRONLY)
        os.dup2(handle, self.fileno())
        os.close(handle)


def escaped(text: str) -> str:
    r"""A text whose control characters are escapes, but for newlines and tabs.

    >>> escaped("a\tb\n\x1b[2J\r")
    'a\tb\n\\x1b[2J\\r'
    """
    # In parts, because `printable` turns tabs into spaces.
    return "\t".join(map(display.printable, text.split("\t")))


def escape_terminals() -> None:
    """Let the standard streams of this process escape what goes to a terminal.

    A standard error that goes elsewhere is a `LenientStream` from now on.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper) and stream.isatty():
            stream.flush()
            setattr(sys, name, _escaping(stream))
    # Of exactly this type: an `EscapingStream` is one, too, and so may be what somebody else put
    # there.
    if type(sys.stderr) is io.TextIOWrapper:
        sys.stderr = LenientStream(
            sys.stderr.buffer, encoding=sys.stderr.encoding, errors="backslashreplace",
            line_buffering=True,
        )  # fmt: skip


@contextlib.contextmanager
def escaped_terminals() -> Iterator[None]:
    """Let the standard streams escape what goes to a terminal, within the context."""
    before = sys.stdout, sys.stderr
    escape_terminals()
    during = sys.stdout, sys.stderr
    try:
        yield
    finally:
        for stream in during:
            if stream not in before and isinstance(stream, EscapingStream | LenientStream):
                # Without this, the stream that was there before is closed along with ours.
                with contextlib.suppress(OSError, ValueError):  # nobody reads any more
                    stream.flush()
                    stream.detach()
        sys.stdout, sys.stderr = before


def _escaping(stream: io.TextIOWrapper) -> EscapingStream:
    return EscapingStream(
        stream.buffer, encoding=stream.encoding, errors="backslashreplace", line_buffering=True
    )


def fill_closed_streams() -> None:
    """Put nothing in the place of standard streams that are closed.

    Otherwise the next file that is opened gets their number, and what is printed.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            handle = os.open(os.devnull, os.O_RDWR)
            # It got the lowest number that is free.
            if handle != number:
                os.dup2(handle, number)
                os.close(handle)
            setattr(sys, name, open(os.devnull, "r" if number == 0 else "w", encoding="utf-8"))  # noqa: SIM115


@contextlib.contextmanager
def quiet_if_closed() -> Iterator[None]:
    """Let it be, within the context, if nobody reads the standard output any more."""
    try:
        yield
        sys.stdout.flush()
    except (OSError, ValueError) as error:  # ValueError: it was closed here
        if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
            raise
        # Python flushes the stream once more when it ends, and would complain then.
        handle = os.open(os.devnull, os.O_WRONLY)
        with contextlib.suppress(OSError, ValueError):
            os.dup2(handle, sys.stdout.fileno())
        os.close(handle)
