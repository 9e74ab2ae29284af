"""An edit sequence as HTML: a part of a page for notebooks, or a page that stands alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import count

from lintseq_datasets.display._printed import format_printed
from lintseq_datasets.display._shown_lines import (
    ErrorsByLine,
    ShownLine,
    errors_in_states,
    one_line,
    printable,
    shown_lines,
    size_of_edit,
    size_of_start,
)
from lintseq_datasets.display._style import PAGE_STYLE, style_of
from lintseq_datasets.display._tokens import HighlightedText, highlighted
from lintseq_datasets.edits.edit import Edit
from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.errors import DiffError

_MANY_LINES = 10_000  # of all states together, past which there are folds, and no highlighting
_CONTEXT = 4  # unchanged lines around a change that are not folded
_numbers = count(1)  # tells the pictures on one page apart


def sequence_html(
    sequence: EditSequence, *, language: str = "python", own_errors: ErrorsByLine | None = None
) -> str:
    """An edit sequence as HTML: one program state at a time, with the edit highlighted.

    The steps are radio buttons, which need no script: click a number, or use the arrow keys.
    Nothing is loaded from elsewhere, and everything that comes from the sequence is escaped.
    Where Pygments is installed, the code is highlighted. In very long sequences it is not, and
    unchanged lines are folded.

    Args:
        sequence: Any edits. If they do not fit each other, they are shown as text.
        language: What the programs are written in, as Pygments calls it.
        own_errors: Errors that the whole program itself has, and that its states may have, too:
            by 0-based line of the program, what is said of it. They are marked in each state.

    Returns:
        A part of a page. Its ids are unique within a process, so a page can hold several.
    """
    return _sequence_html(sequence, language, own_errors or {}, focus=False)


def page_html(
    sequence: EditSequence | Sequence[EditSequence],
    *,
    prompt: str = "",
    facts: Iterable[tuple[str, str]] = (),
    language: str = "python",
    own_errors: ErrorsByLine | None = None,
    edit_format: str | None = None,
) -> str:
    """A whole page that shows an edit sequence and needs no other file.

    Args:
        sequence: See `sequence_html`; or several of one program, to be shown side by side.
        prompt: The instruction.
        facts: Names and values to show above it.
        language: See `sequence_html`.
        own_errors: See `sequence_html`.
        edit_format: A form in which the edits are printed below the steps, if wanted.

    Raises:
        ConfigError: There is no such form.
        ProgramError: ``marker_in_program``: the form cannot say an edit.
    """
    table = "".join(
        f"<tr><th>{escape(printable(name))}</th><td>{escape(printable(value))}</td></tr>"
        for name, value in facts
    )
    asked = f"<pre>{escape(printable(prompt.strip()))}</pre>" if prompt.strip() else ""
    samples = [sequence] if isinstance(sequence, EditSequence) else list(sequence)
    shown = [
        # One element of a page can have the keyboard at first.
        _sequence_html(sample, language, own_errors or {}, focus=number == 0)
        + (f"<pre>{escape(format_printed(sample, edit_format))}</pre>" if edit_format else "")
        for number, sample in enumerate(samples)
    ]
    many = len(shown) > 1
    title = f"{len(shown)} edit sequences of a program" if many else "Edit sequence"
    body = '<body class="many">' if many else "<body>"
    keys = "Arrow keys go from step to step" + (", Tab to the next sample." if many else ".")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        # A second wall behind the escaping: nothing on this page may run or load anything.
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{PAGE_STYLE}</style>\n</head>\n"
        f"{body}\n"
        f"<h1>{title}</h1>\n<table>{table}</table>\n{asked}\n"
        f"{_side_by_side(shown) if many else ''.join(shown)}\n"
        f'<p class="keys">{keys}</p>\n</body>\n</html>\n'
    )


def _side_by_side(shown: list[str]) -> str:
    samples = "\n".join(
        f"<div><h2>sample {number}</h2>{text}</div>" for number, text in enumerate(shown)
    )
    return f'<div class="samples">\n{samples}\n</div>'


def _sequence_html(
    sequence: EditSequence, language: str, own_errors: ErrorsByLine, *, focus: bool
) -> str:
    try:
        states = list(sequence.states())
    except DiffError as error:
        text = "\n".join(map(printable, sequence.to_text().split("\n")))
        return f"<div><p>{escape(str(error))}</p><pre>{escape(text)}</pre></div>"
    if not states:
        return "<div>An edit sequence without edits.</div>"
    digest = hashlib.sha256(sequence.to_text().encode("utf-8", "replace")).hexdigest()[:8]
    # A number tells equal sequences of a process apart. It would not do by itself: a notebook
    # shows what several processes made.
    name = f"lintseq-{digest}-{next(_numbers)}"
    edits: list[Edit | None] = list(sequence.edits)
    errors = errors_in_states(sequence, own_errors)
    if sequence.start.lines:  # the start is step 0
        edits, states = [None, *edits], [sequence.start, *states]
    else:
        # An empty start is no step, and has no panel.
        errors = errors[1:]
    # Of two edits 1 and 2; behind a start that is shown, 0, 1 and 2.
    steps = range(len(sequence) + 1 - len(states), len(sequence) + 1)
    panels = _Panels(name, steps, language, folds=sum(map(len, states)) > _MANY_LINES)
    shown = "".join(
        panels.panel(step, edit, state.lines, found)
        for step, edit, state, found in zip(steps, edits, states, errors, strict=True)
    )
    return _around(name, steps, shown, focus=focus)


def _around(name: str, steps: range, panels: str, *, focus: bool) -> str:
    """The whole element: radio buttons alone decide which step is shown."""
    # The spaces, <pre> and align= keep it readable on pages that strip styles from notebooks.
    buttons = " ".join(f'<label for="{name}-{step}">{step or "start"}</label>' for step in steps)
    # In front of all else: with ``~``, a rule of style reaches what follows a button.
    inputs = "".join(
        f'<input type="radio" name="{name}" id="{name}-{step}"'
        f' aria-label="{_step_name(step)}"'
        f"{(' checked autofocus' if focus else ' checked') if step == steps[0] else ''}>"
        for step in steps
    )
    shown = "".join(_step_style(name, step, place) for place, step in enumerate(steps, start=1))
    style = f"<style>{style_of(name)}{shown}</style>"
    return f'<div id="{name}">{style}{inputs}<div class="steps">{buttons}</div>{panels}</div>'


def _step_name(step: int) -> str:
    return f"edit {step}" if step else "start"


def _step_style(name: str, step: int, place: int) -> str:
    checked = f"#{name}-{step}:checked~"
    return (
        f"{checked}#{name}-state-{step}{{display:block}}"
        f"{checked}.steps label:nth-child({place}){{background:#0072b2;color:#fff}}"
        f"#{name}-{step}:focus-visible~.steps label:nth-child({place}){{outline:2px solid}}"
    )


@dataclass(frozen=True, slots=True)
class _Panels:
    """What the panels of one sequence share; there is one for each step."""

    name: str
    steps: range
    language: str
    folds: bool

    def panel(
        self,
        step: int,
        edit: Edit | None,
        lines: tuple[str, ...],
        errors: Mapping[int, Sequence[str]],
    ) -> str:
        around = [
            f'<label for="{self.name}-{other}">{text}</label>' if other in self.steps else ""
            for other, text in ((step - 1, "&larr; previous"), (step + 1, "next &rarr;"))
        ]
        if edit is None:
            head = f"<strong>{size_of_start(lines)}</strong> {' '.join(around)}"
        else:
            size = f"<strong>edit {step} of {self.steps[-1]}</strong>"
            head = f"{size} <span>{size_of_edit(edit)}</span> {' '.join(around)}"
        shown = [one_line(line) for line in lines]
        # Each state is read anew, so the time of highlighting grows with the square of the length.
        pieces = highlighted(shown, "" if self.folds else self.language)
        rows = "".join(_rows(shown_lines(edit or Edit(()), lines), pieces, errors, self.folds))
        return (
            f'<div class="state" id="{self.name}-state-{step}"><div class="head">{head}</div>'
            f"<table>{rows}</table></div>"
        )


def _rows(
    marked: Iterable[ShownLine],
    pieces: list[list[HighlightedText]],
    errors: Mapping[int, Sequence[str]],
    folds: bool,
) -> Iterator[str]:
    run: list[str] = []  # unchanged lines that may have to be folded
    for line in marked:
        if line.number is None:
            row = _row(line, [HighlightedText("", one_line(line.text))], ())
        else:
            row = _row(line, pieces[line.number], errors.get(line.number, ()))
        if line.sign == " ":
            run.append(row)
            continue
        yield from _unchanged(run, folds)
        run.clear()
        yield row
    yield from _unchanged(run, folds)


def _unchanged(run: list[str], folds: bool) -> Iterator[str]:
    # A fold takes a row itself, so that to fold one line would save none.
    if not folds or len(run) <= 2 * _CONTEXT + 1:
        yield from run
        return
    yield from run[:_CONTEXT]
    hidden = len(run) - 2 * _CONTEXT
    yield f'<tr class="folded"><td></td><td></td><td>&hellip; {hidden} unchanged lines</td></tr>'
    yield from run[-_CONTEXT:]


def _row(line: ShownLine, pieces: Iterable[HighlightedText], errors: Sequence[str]) -> str:
    kind = {"+": ' class="added"', "-": ' class="removed"'}.get(line.sign, "")
    shown = "".join(
        f'<span class="{piece.kind}">{escape(piece.text)}</span>'
        if piece.kind
        else escape(piece.text)
        for piece in pieces
    )
    if line.sign == "-":  # an element, which pages that strip styles keep; not through the indent
        code = shown.lstrip(" ")
        shown = f"{' ' * (len(shown) - len(code))}<s>{code}</s>"
    said = "".join(
        f'<div class="own">error of the program itself: {escape(one_line(error))}</div>'
        for error in errors
    )
    number = "" if line.number is None else line.number + 1
    return (
        f"<tr{kind}><td>{number}</td><td>{line.sign.strip()}</td>"
        f'<td><div align="left"><pre>{shown}</pre></div>{said}</td></tr>'
    )
