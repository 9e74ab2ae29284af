"""An edit sequence to look at: in colour on terminals, as HTML in notebooks and on pages.

Imports run from here to `lintseq_datasets.edits` and the errors only. Never here: anything of a
row that is not escaped, or a script.
"""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from itertools import count
from typing import IO, Any

from lintseq_datasets.edits.diff import Edit
from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.errors import DiffError

_BOLD, _DIM, _GREEN, _RED = "1", "2", "32", "31"

# Control, format (they turn the direction of text, or hide), surrogate, line, paragraph.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


# --- terminals -----------------------------------------------------------------------


def format_sequence(sequence: EditSequence, *, color: bool) -> str:
    r"""An edit sequence step by step: for each edit, the program state after it.

    A state that the sequence starts from comes first. Lines have their numbers (1-based);
    what the edit inserts is marked by ``+`` and green, what it removes by ``-`` and red.
    Control characters in program lines are written as escapes, so that no program can
    drive the terminal.

    Args:
        sequence: Edits that fit each other.
        color: Whether to use ANSI colours; see `wants_color`.

    Raises:
        DiffError: An edit does not fit the state before it.

    >>> edits = ["@@ -0,0 +1 @@\n+b = a", "@@ -0,0 +1 @@\n+a = 1"]
    >>> print(format_sequence(EditSequence.from_edits(edits), color=False))
    edit 1 of 2: +1 line
      1 + b = a
    <BLANKLINE>
    edit 2 of 2: +1 line
      1 + a = 1
      2   b = a
    """
    steps: list[str] = []
    states = [state.lines for state in sequence.states()]
    start = sequence.start.lines
    width = max([3, *(len(str(len(state))) + 2 for state in (start, *states))])
    if start:
        lines = [_line(number, " ", text, width, color) for number, text in enumerate(start)]
        steps.append("\n".join([_paint(_size_of_start(start), _BOLD, color), *lines]))
    for number, (edit, state) in enumerate(zip(sequence.edits, states, strict=True), start=1):
        heading = f"edit {number} of {len(states)}: {_size(edit)}"
        lines = [_line(*line, width, color) for line in _marked(edit, state)]
        steps.append("\n".join([_paint(heading, _BOLD, color), *lines]))
    return "\n\n".join(steps)


def wants_color(stream: IO[Any], environment: Mapping[str, str] | None = None) -> bool:
    """Whether to write colours to a stream.

    A value of ``NO_COLOR`` forbids them, then one of ``FORCE_COLOR`` other than ``0``
    demands them; otherwise they go to terminals that are not ``TERM=dumb``.

    Args:
        stream: Where the text goes.
        environment: Environment variables; those of the process by default.
    """
    variables = os.environ if environment is None else environment
    if variables.get("NO_COLOR"):
        return False
    if variables.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return stream.isatty() and variables.get("TERM") != "dumb"


def printable(text: str) -> str:
    r"""A text without characters that a terminal obeys or hides; they become escapes.

    Newlines stay; tabs become spaces, as a terminal shows them.

    >>> printable("\x1b[2J\u202e")
    '\\x1b[2J\\u202e'
    """
    if not (text.isascii() and text.isprintable()):
        text = "".join(map(_printable_character, text))
    return text.expandtabs(8)


def _printable_character(character: str) -> str:
    if character in "\n\t" or unicodedata.category(character) not in _HIDDEN:
        return character
    return character.encode("unicode_escape").decode("ascii")


def _marked(edit: Edit, after: tuple[str, ...]) -> Iterator[tuple[int | None, str, str]]:
    """The lines after an edit as (0-based number, sign, text), removed lines without number."""
    position = 0
    for hunk in edit.hunks:
        for number in range(position, hunk.new_start):
            yield number, " ", after[number]
        for text in hunk.removed:
            yield None, "-", text
        position = hunk.new_start + len(hunk.added)
        for number in range(hunk.new_start, position):
            yield number, "+", after[number]
    for number in range(position, len(after)):
        yield number, " ", after[number]


def _line(number: int | None, sign: str, text: str, width: int, color: bool) -> str:
    # a program line holds no newline of its own, but one that was built by hand might
    shown = printable(text).replace("\n", "\\n")
    gutter = _paint("" if number is None else str(number + 1), _DIM, color, width)
    if sign == " ":
        return f"{gutter}   {shown}".rstrip()
    return f"{gutter} " + _paint(f"{sign} {shown}".rstrip(), _GREEN if sign == "+" else _RED, color)


def _paint(text: str, code: str, color: bool, width: int = 0) -> str:
    return f"\x1b[{code}m{text:>{width}}\x1b[0m" if color else f"{text:>{width}}"


def _size(edit: Edit) -> str:
    removed = sum(len(hunk.removed) for hunk in edit.hunks)
    inserted = edit.num_added
    size = f"+{inserted} line" if inserted == 1 else f"+{inserted} lines"
    return f"{size}, -{removed}" if removed else size


def _size_of_start(lines: tuple[str, ...]) -> str:
    return f"start: {len(lines)} line" + "s" * (len(lines) != 1)


# --- notebooks and browsers ----------------------------------------------------------

_MANY_LINES = 10_000  # of all states together, past which unchanged lines are folded
_CONTEXT = 4  # unchanged lines around a change that are not folded
_numbers = count(1)  # tells the pictures on one page apart

_STYLE = """\
#ID{font:14px/1.5 system-ui,sans-serif;color:#1b1b1b;background:#fff;padding:.6em;
border:1px solid #ccc;border-radius:6px;max-width:70em;overflow-wrap:anywhere;position:relative}
#ID input{position:absolute;opacity:0;width:1px;height:1px}
#ID .steps{display:flex;flex-wrap:wrap;gap:.25em;margin-bottom:.6em}
#ID label{cursor:pointer;border:1px solid #999;border-radius:4px;padding:0 .5em;min-width:1em;
text-align:center;user-select:none}
#ID .state{display:none}
#ID .head{display:flex;gap:.6em;align-items:baseline;margin-bottom:.4em}
#ID table{border-collapse:collapse;font:13px/1.45 ui-monospace,monospace;width:100%;margin:0}
#ID td{padding:0 .5em;white-space:pre-wrap;border:0;text-align:left;vertical-align:top;
background:none;color:inherit}
#ID pre{display:inline;margin:0;padding:0;border:0;font:inherit;white-space:inherit;
background:none;color:inherit}
#ID td:nth-child(1){color:#666;text-align:right;user-select:none;width:1%}
#ID td:nth-child(2){user-select:none;width:1%;font-weight:bold}
#ID tr{background:none}
#ID tr.added{background:#d6f5dc}
#ID tr.removed{background:#ffdfdc}
#ID tr.folded td{color:#666}
@media (prefers-color-scheme:dark){#ID{color:#e6e6e6;background:#161b22;border-color:#444}
#ID tr.added{background:#12402a}#ID tr.removed{background:#5a1e1e}
#ID td:nth-child(1),#ID tr.folded td{color:#999}}
"""


def sequence_html(sequence: EditSequence) -> str:
    """An edit sequence as HTML: one program state at a time, what was inserted highlighted.

    The steps are radio buttons, which work without any script: click a number, or step
    with the arrow keys. Nothing is loaded from elsewhere, and everything that comes from
    the sequence is escaped. Of very long sequences, unchanged lines are folded.

    Args:
        sequence: Any edits; those that do not fit each other are shown as text.

    Returns:
        A part of a page. No two calls of one process give the same names to its parts.
    """
    try:
        states = list(sequence.states())
    except DiffError as error:
        text = "\n".join(map(printable, sequence.to_text().split("\n")))
        return f"<div><p>{escape(str(error))}</p><pre>{escape(text)}</pre></div>"
    if not states:
        return "<div>An edit sequence without edits.</div>"
    digest = hashlib.sha256(sequence.to_text().encode("utf-8", "replace")).hexdigest()[:8]
    name = f"lintseq-{digest}-{next(_numbers)}"
    folds = sum(map(len, states)) > _MANY_LINES
    edits: list[Edit | None] = list(sequence.edits)
    if sequence.start.lines:  # is step 0
        edits, states = [None, *edits], [sequence.start, *states]
    steps = range(len(sequence) + 1 - len(states), len(sequence) + 1)
    panels = "".join(
        _panel(name, step, edit, state.lines, steps, folds)
        for step, edit, state in zip(steps, edits, states, strict=True)
    )
    # The spaces, <pre> and align= are for pages that strip styles from notebooks.
    buttons = " ".join(f'<label for="{name}-{step}">{step or "start"}</label>' for step in steps)
    inputs = "".join(
        f'<input type="radio" name="{name}" id="{name}-{step}"'
        f' aria-label="{_step_name(step)}"{" checked" if step == steps[0] else ""}>'
        for step in steps
    )
    shown = "".join(_step_style(name, step, place) for place, step in enumerate(steps, start=1))
    style = f"<style>{_STYLE.replace('ID', name)}{shown}</style>"
    return f'<div id="{name}">{style}{inputs}<div class="steps">{buttons}</div>{panels}</div>'


def page_html(
    sequence: EditSequence, *, prompt: str = "", facts: Iterable[tuple[str, str]] = ()
) -> str:
    """A page that shows an edit sequence and stands alone.

    Args:
        sequence: See `sequence_html`.
        prompt: The instruction.
        facts: Names and values to show above it.
    """
    table = "".join(
        f"<tr><th>{escape(printable(name))}</th><td>{escape(printable(value))}</td></tr>"
        for name, value in facts
    )
    asked = f"<pre>{escape(printable(prompt.strip()))}</pre>" if prompt.strip() else ""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        # nothing in a row can run or load anything, should it ever get past the escaping
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Edit sequence</title>\n<style>{_PAGE_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>Edit sequence</h1>\n<table>{table}</table>\n{asked}\n"
        f"{sequence_html(sequence)}\n</body>\n</html>\n"
    )


_PAGE_STYLE = """\
:root{color-scheme:light dark}
body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:72em;padding:0 1em}
h1{font-size:1.3em}
body>table{margin-bottom:1em}
body>table th{text-align:left;padding-right:1em;font-weight:600;vertical-align:top}
body>pre{white-space:pre-wrap;overflow-wrap:anywhere;border-left:4px solid #0072b2;padding-left:1em}
"""


def _step_name(step: int) -> str:
    return f"edit {step}" if step else "start"


def _step_style(name: str, step: int, place: int) -> str:
    checked = f"#{name}-{step}:checked~"
    return (
        f"{checked}#{name}-state-{step}{{display:block}}"
        f"{checked}.steps label:nth-child({place}){{background:#0072b2;color:#fff}}"
        f"#{name}-{step}:focus-visible~.steps label:nth-child({place}){{outline:2px solid}}"
    )


def _panel(
    name: str, step: int, edit: Edit | None, lines: tuple[str, ...], steps: range, folds: bool
) -> str:
    around = [
        f'<label for="{name}-{other}">{text}</label>' if other in steps else ""
        for other, text in ((step - 1, "&larr; previous"), (step + 1, "next &rarr;"))
    ]
    if edit is None:
        head = f"<strong>{_size_of_start(lines)}</strong> {' '.join(around)}"
    else:
        size = f"<strong>edit {step} of {steps[-1]}</strong> <span>{_size(edit)}</span>"
        head = f"{size} {' '.join(around)}"
    rows = "".join(_rows(_marked(edit or Edit(()), lines), folds))
    return (
        f'<div class="state" id="{name}-state-{step}"><div class="head">{head}</div>'
        f"<table>{rows}</table></div>"
    )


def _rows(marked: Iterable[tuple[int | None, str, str]], folds: bool) -> Iterator[str]:
    run: list[tuple[int | None, str, str]] = []  # unchanged lines that were not given out
    for line in marked:
        if line[1] == " ":
            run.append(line)
            continue
        yield from _unchanged(run, folds)
        run.clear()
        yield _row(*line)
    yield from _unchanged(run, folds)


def _unchanged(run: list[tuple[int | None, str, str]], folds: bool) -> Iterator[str]:
    if not folds or len(run) <= 2 * _CONTEXT + 1:
        yield from (_row(*line) for line in run)
        return
    yield from (_row(*line) for line in run[:_CONTEXT])
    hidden = len(run) - 2 * _CONTEXT
    yield f'<tr class="folded"><td></td><td></td><td>&hellip; {hidden} unchanged lines</td></tr>'
    yield from (_row(*line) for line in run[-_CONTEXT:])


def _row(number: int | None, sign: str, text: str) -> str:
    kind = {"+": ' class="added"', "-": ' class="removed"'}.get(sign, "")
    shown = escape(printable(text).replace("\n", "\\n"))
    return (
        f"<tr{kind}><td>{'' if number is None else number + 1}</td><td>{sign.strip()}</td>"
        f'<td><div align="left"><pre>{shown}</pre></div></td></tr>'
    )
