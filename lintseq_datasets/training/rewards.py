"""Rewards for edits that a model writes, in TRL's form: well formed, and clean in every state.

A completion of three edits, whose second state uses a name that nothing binds::

    states    clean, one error, clean     2 of 3 are clean            2 / 3
    and one of its headers was wrong      times 0.5                   1 / 3
    and the reference has the same error  it is forgiven: 3 of 3      0.5

Where edits start from a program, as those of `revision_map` do, its own errors are forgiven, too,
as long as the edits are under way.

Nothing that a model wrote is run. A program that does something else than what was asked may be as
clean as any, so combine this reward with one that runs tests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from typing import Any, TypeAlias

from lintseq_datasets.edits.formats import edit_form
from lintseq_datasets.edits.program import normalize
from lintseq_datasets.edits.reading import resolve_generation
from lintseq_datasets.edits.training_text import DIFF_TOKEN
from lintseq_datasets.errors import ConfigError, LinterError, ProgramError
from lintseq_datasets.languages.base import load_language
from lintseq_datasets.linters import Linter, LintResult, load_linter
from lintseq_datasets.linters.syntax import SYNTAX_ERROR
from lintseq_datasets.mapping.chat import parts_text


@dataclass(frozen=True, slots=True)
class EditReward:
    """A reward from 0 to 1 for what a model wrote; pass it to `trl.GRPOTrainer` as it is.

    The reward is the share of the states that are clean, times ``malformed`` if something in the
    text had to be put right, passed over or was cut off. So it is 1 only for a completion that is
    well formed and clean in every state, and 0 if there is no program.

    A state is clean if its errors are among those of the reference and of the program that the
    edits start from, where these are given: lines that have an error of the same id there may have
    it, and beyond these, there may be no more of each id than there are. A line of both versions
    counts once, unless lines are removed, which may then be there twice. The last state
    may have errors of the reference alone, where there is one. A reference that does not parse
    forgives nothing, because every state that does not parse would be as good.

    Args:
        linter: Name of a linter, or one of your own, for any language. ``"ruff"`` and
            ``"prylint"`` judge hundreds of states in one call.
        edit_format: The form of the edits, a name of `lintseq_datasets.edits.formats.FORMS`.
        malformed: Between 0 and 1; see above.
        max_characters: Longer completions, or states that are longer together than twenty times
            this and the program that they start from, have the reward 0.
        max_edits: Completions of more edits have the reward 0.
        language: Of the programs, for linters of several: oxlint takes them for JavaScript unless
            this is ``"typescript"``.

    Raises:
        ConfigError: There is no such linter, form or language, or a number cannot be one.
        MissingExtraError: The linter is not installed.
    """

    linter: str | Linter = "pylint"
    edit_format: str = "diff"
    malformed: float = 0.5
    max_characters: int = 20_000
    max_edits: int = 200
    language: str = "python"
    __name__: str = field(default="edit_reward", init=False, repr=False)  # what trainers log

    def __post_init__(self) -> None:
        load_language(self.language)  # or oxlint would take it for JavaScript
        self._load()
        edit_form(self.edit_format)
        if not 0 <= self.malformed <= 1:
            raise ConfigError("malformed", f"{self.malformed!r} is not between 0 and 1")
        if self.max_characters < 1 or self.max_edits < 1:
            raise ConfigError("max_characters and max_edits", "are positive numbers")

    def _load(self) -> Linter:
        return load_linter(self.linter, language=self.language)

    def __call__(
        self,
        prompts: Sequence[Any],
        completions: Sequence[Any],
        program: Sequence[str | None] | None = None,
        state: Sequence[str | None] | None = None,
        **_: Any,
    ) -> list[float]:
        """The rewards of completions; all of their states are judged in one call.

        Args:
            prompts: What the model was given: texts or chat messages. A text that ends with
                ``<|diff|>`` begins the completion.
            completions: What it wrote: texts, or chat messages; the last one counts.
            program: The reference program of each; None if there is none.
            state: The program that the edits of each start from, by default the empty one.
            **_: Other columns and what trainers pass along are not looked at.

        Returns:
            One number from 0 to 1 for each completion.

        Raises:
            ConfigError: A column is not as long as there are completions, or ``program`` or
                ``state`` holds something else than texts and None.
        """
        count = len(completions)
        references, starts = _texts("program", program, count), _texts("state", state, count)
        _column("prompts", prompts, count)
        found = [
            self._read(_text(prompt), _text(completion), start or "")
            for prompt, completion, start in zip(prompts, completions, starts, strict=True)
        ]
        # A start is judged only where there are states to compare it with.
        begun = [start for start, one in zip(starts, found, strict=True) if one.states]
        judged = self._judge([*(text for one in found for text in one.states),
                              *filter(None, references), *filter(None, begun)])  # fmt: skip
        return [
            self._score(one, judged, reference, start)
            for one, reference, start in zip(found, references, starts, strict=True)
        ]

    def _read(self, prompt: str, completion: str, start: str) -> _WrittenStates:
        # Trainers pass what was generated, and the token that began it stands in the prompt.
        begun = prompt.endswith(DIFF_TOKEN) and not completion.startswith(DIFF_TOKEN)
        text = DIFF_TOKEN + completion if begun else completion
        # Before anything is read, which takes time with each edit.
        if len(text) > self.max_characters or text.count(DIFF_TOKEN) > self.max_edits:
            return _WrittenStates()
        resolved = resolve_generation(text, start=start, edit_format=self.edit_format)
        is_well_formed = not resolved.report.problems
        states: list[str] = []
        size = 0
        for one in islice(resolved.edits.states(), self.max_edits + 1):
            states.append(one.text)
            size += len(states[-1])
            # Each state holds those before it: a short text of many edits stands for a long one.
            if size > 20 * (self.max_characters + len(start)):
                return _WrittenStates()
        # Counted again, because texts are read tolerantly: an edit may lack its token.
        if not states or len(states) > self.max_edits:
            return _WrittenStates()
        only_inserts = all(edit.is_insertion for edit in resolved.edits.edits)
        return _WrittenStates(tuple(states), is_well_formed, only_inserts)

    def _judge(self, texts: Iterable[str]) -> dict[str, _Verdict]:
        """The verdict on each distinct text."""
        sources = {text: _source(text) for text in dict.fromkeys(texts)}
        asked = list(dict.fromkeys(source for source in sources.values() if source))
        verdicts = dict(zip(asked, self._load().lint(asked), strict=True))
        # The empty program is clean in every language. A compiler may see it otherwise: Go wants
        # the name of a package in each file.
        return {
            text: verdicts[source] if source else () if source == "" else None
            for text, source in sources.items()
        }

    def _score(
        self,
        one: _WrittenStates,
        judged: Mapping[str, _Verdict],
        reference: str | None,
        start: str | None,
    ) -> float:
        # Whoever deletes everything has no error, and would learn to do just that.
        if not one.states or not one.states[-1].strip():
            return 0.0
        own, begun = (_errors(text, judged[text]) if text else {} for text in (reference, start))
        own = own if self._parses(own) else {}
        both = _together(own, begun, twice=not one.only_inserts)
        *between, last = ((state, judged[state]) for state in one.states)
        clean = sum(_is_clean(*state, both) for state in between)
        clean += _is_clean(*last, own if reference else begun)
        share = clean / len(one.states)
        return share if one.is_well_formed else share * self.malformed

    def _parses(self, errors: _Errors) -> bool:
        ids = (SYNTAX_ERROR, *getattr(self._load(), "syntax_ids", ()))
        return not any(name.startswith(ids) for name, _ in errors)


@dataclass(frozen=True, slots=True)
class _WrittenStates:
    """What a completion comes to: its states, none if it is worth nothing."""

    states: tuple[str, ...] = ()
    is_well_formed: bool = False
    only_inserts: bool = True


_Verdict: TypeAlias = "LintResult | None"
"""What a linter says of a text; None if the text cannot be judged."""


def edit_reward(
    prompts: Sequence[Any],
    completions: Sequence[Any],
    program: Sequence[str | None] | None = None,
    **kwargs: Any,
) -> list[float]:
    r"""The rewards of completions, with the defaults of `EditReward`.

    Args:
        prompts: The prompts, as for `EditReward`.
        completions: What the model wrote.
        program: The reference programs.
        **kwargs: The column ``state``, and others, which are not looked at.

    >>> good = "<|diff|>@@ -0,0 +1,2 @@\n+def f(x):\n+    return x"
    >>> bad = "<|diff|>@@ -0,0 +1,2 @@\n+def f(x):\n+    return y"
    >>> edit_reward(["Write f.\n"] * 3, [good, bad, "Sorry."])
    [1.0, 0.0, 0.0]
    """
    return EditReward()(prompts, completions, program, **kwargs)


def _column(name: str, values: Any, count: int) -> Sequence[Any]:
    if values is None:
        return [None] * count
    if isinstance(values, str) or len(values) != count:
        raise ConfigError(name, f"is not a list of {count}, one for each completion")
    return list(values)


def _texts(name: str, values: Any, count: int) -> Sequence[str | None]:
    column = _column(name, values, count)
    for value in column:
        if not isinstance(value, str | None):
            raise ConfigError(name, f"holds {type(value).__name__}, not text")
    return column


def _text(value: Any) -> str:
    """A text, or that of the last chat message; empty if there is none."""
    if isinstance(value, list | tuple) and value and isinstance(value[-1], Mapping):
        value = parts_text(value[-1].get("content"))
    return value if isinstance(value, str) else ""


def _source(text: str) -> str | None:
    """A text as linters take it; None if it cannot be stored."""
    try:
        return normalize(text)
    except ProgramError as error:  # a null character is left for the linter to report
        return None if error.reason == "lone_surrogate" else text


_Errors: TypeAlias = dict[tuple[str, str], list[int]]
"""By message id and text of a line: how many messages each such line has, most first."""


def _errors(text: str, verdict: _Verdict) -> _Errors:
    if verdict is None or isinstance(verdict, LinterError):
        return {}
    # By the text of the line: the same line has another number in each state.
    lines = (_source(text) or "").split("\n")
    found: _Errors = {}
    # Lines of most messages first, so that each is set against one that may have as many.
    for (name, line), count in Counter((one.id, one.line) for one in verdict).most_common():
        # A command may point behind the end, where it missed something.
        found.setdefault((name, lines[min(line, len(lines)) - 1]), []).append(count)
    return found


def _together(own: _Errors, begun: _Errors, *, twice: bool) -> _Errors:
    """The errors of two versions; ``twice`` if a line may stand in a state as one of each."""
    found = {**begun, **own}
    for key in own.keys() & begun.keys():
        one, other = own[key], begun[key]
        pairs = zip_longest(one, other, fillvalue=0)
        found[key] = sorted([*one, *other], reverse=True) if twice else [max(p) for p in pairs]
    return found


def _is_clean(text: str, verdict: _Verdict, forgiven: _Errors) -> bool:
    # Without a verdict, a state is not clean.
    if verdict is None or isinstance(verdict, LinterError):
        return False
    found = _errors(text, verdict)
    # A line that is not there yet as it will be has its error in another text. So what is over in
    # one line may be what is spare of the same id in others.
    # Say the reference has "return y + 1" with an unbound y, and the state has only "return y" so
    # far. Over is one E0602, in a line that the reference lacks; spare is one as well: clean.
    over, spare = Counter[str](), Counter[str]()
    for key in found.keys() | forgiven.keys():
        lines, known = found.get(key, []), forgiven.get(key, [])
        over[key[0]] += sum(lines[len(known) :])
        spare[key[0]] += sum(known[len(lines) :])
    return over <= spare
