"""An edit sequence as HTML: a part of a page for notebooks, or a page that stands alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from html import escape
from itertools import count

from lintseq_datasets.display._lines import (
    ShownLine,
    one_line,
    printable,
    shown_lines,
    size_of_edit,
    size_of_start,
)
from lintseq_datasets.edits.diff import Edit
from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.errors import DiffError

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
    """An edit sequence as HTML: one program state at a time, with the edit highlighted.

    The steps are radio buttons, which need no script: click a number, or use the arrow keys.
    Nothing is loaded from elsewhere, and everything that comes from the sequence is escaped. In
    very long sequences, unchanged lines are folded.

    Args:
        sequence: Any edits. If they do not fit each other, they are shown as text.

    Returns:
        A part of a page. Its ids are unique within a process, so a page can hold several.
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
    if sequence.start.lines:  # the start is step 0
        edits, states = [None, *edits], [sequence.start, *states]
    steps = range(len(sequence) + 1 - len(states), len(sequence) + 1)
    panels = "".join(
        _panel(name, step, edit, state.lines, steps, folds)
        for step, edit, state in zip(steps, edits, states, strict=True)
    )
    # The spaces, <pre> and align= keep it readable on pages that strip styles from notebooks.
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
    """A whole page that shows an edit sequence and needs no other file.

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
        # A second wall behind the escaping: nothing on this page may run or load anything.
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
        head = f"<strong>{size_of_start(lines)}</strong> {' '.join(around)}"
    else:
        size = f"<strong>edit {step} of {steps[-1]}</strong> <span>{size_of_edit(edit)}</span>"
        head = f"{size} {' '.join(around)}"
    rows = "".join(_rows(shown_lines(edit or Edit(()), lines), folds))
    return (
        f'<div class="state" id="{name}-state-{step}"><div class="head">{head}</div>'
        f"<table>{rows}</table></div>"
    )


def _rows(marked: Iterable[ShownLine], folds: bool) -> Iterator[str]:
    run: list[ShownLine] = []  # unchanged lines that may have to be folded
    for line in marked:
        if line.sign == " ":
            run.append(line)
            continue
        yield from _unchanged(run, folds)
        run.clear()
        yield _row(*line)
    yield from _unchanged(run, folds)


def _unchanged(run: list[ShownLine], folds: bool) -> Iterator[str]:
    if not folds or len(run) <= 2 * _CONTEXT + 1:
        yield from (_row(*line) for line in run)
        return
    yield from (_row(*line) for line in run[:_CONTEXT])
    hidden = len(run) - 2 * _CONTEXT
    yield f'<tr class="folded"><td></td><td></td><td>&hellip; {hidden} unchanged lines</td></tr>'
    yield from (_row(*line) for line in run[-_CONTEXT:])


def _row(number: int | None, sign: str, text: str) -> str:
    kind = {"+": ' class="added"', "-": ' class="removed"'}.get(sign, "")
    shown = escape(one_line(text))
    return (
        f"<tr{kind}><td>{'' if number is None else number + 1}</td><td>{sign.strip()}</td>"
        f'<td><div align="left"><pre>{shown}</pre></div></td></tr>'
    )
