"""Search in edit space: a model writes edits one by one, and those that lint clean are kept (A.4).

    pip install '.[train,ruff]'
    python examples/search.py model "Write a function that adds two numbers." --linter ruff

Two ways of doing so, in `search`::

    rejection    each path draws an edit;       program + edit -> clean      the path goes on
                 what is not clean is           program + edit -> an error   another edit is drawn
                 drawn again
    beam         each path draws several        3 paths, 4 draws each  ->  12 states, 7 clean,
                 edits, and the clean states                               5 of them distinct
                 that were drawn most often     the 3 likeliest go on
                 go on

To measure search against plain sampling, give both the same number of tokens: `max_tokens` counts
what was thrown away, too. Nothing that a model writes is run.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal, NamedTuple

from lintseq_datasets import DIFF_TOKEN, EditSequence, IncrementalResolver
from lintseq_datasets.edits.prompts import begin_edit, prompt_of
from lintseq_datasets.edits.reading import Policy
from lintseq_datasets.errors import DiffError, ProgramError
from lintseq_datasets.evaluation import (
    Backend,
    Endpoint,
    Generation,
    LocalModel,
    SampleRequest,
    SamplingSettings,
    key_from,
    lint_programs,
)
from lintseq_datasets.linters import Linter

NEXT_EDIT = "\n" + DIFF_TOKEN
EDIT_TOKENS = 256


@dataclass(frozen=True, slots=True)
class Path:
    """An edit sequence that is being written; each of its states is clean.

    Args:
        edits: The edits so far.
        program: What they resolve to.
        is_finished: Whether the model ended the sequence.
        failures: Edits that were drawn since and thrown away.
    """

    edits: EditSequence = field(default=EditSequence(()), compare=False)
    program: str = ""
    is_finished: bool = False
    failures: int = 0


class Found(NamedTuple):
    """What a search found, and what it cost.

    Args:
        paths: Those that the model finished, in the order in which it did, and then the others.
        draws: Edits that were drawn.
        kept: Those that were well formed and clean.
        prompt_tokens: Tokens that were read: for each draw the prompt and all edits before.
        completion_tokens: Tokens that were written, also those that were thrown away.
    """

    paths: list[Path]
    draws: int
    kept: int
    prompt_tokens: int
    completion_tokens: int

    @property
    def programs(self) -> list[str]:
        """The programs that the model finished."""
        return [path.program for path in self.paths if path.is_finished]


def search(
    backend: Backend,
    prompt: str | Sequence[Mapping[str, Any]],
    *,
    linter: str | Linter = "pylint",
    edit_format: str = "diff",
    method: Literal["rejection", "beam"] = "rejection",
    num_programs: int = 10,
    width: int = 10,
    draws: int = 4,
    max_tokens: int | None = None,
    max_edits: int = 64,
    policy: Policy = "stop",
    settings: SamplingSettings | None = None,
) -> Found:
    """Let a model write programs edit by edit, with no error in any state.

    Args:
        backend: `LocalModel`, `Endpoint` (not for chat), or another backend of `sample`.
        prompt: The instruction, or chat messages for a local model with a chat template.
        linter: Name of a linter, or one of your own, for any language.
        edit_format: The form of the edits that the model writes.
        method: See above. By rejection, paths know nothing of one another.
        num_programs: Programs that are wanted. There are fewer if paths come to nothing.
        width: The most paths at once.
        draws: By rejection, how often an edit is drawn until its path is given up; in a beam, how
            many edits each path draws.
        max_tokens: By rejection, a path that was given up is replaced by a new one until so many
            tokens were written; by default it is not. A beam ends there.
        max_edits: Paths of so many edits are given up.
        policy: What becomes of malformed edits: ``"stop"`` throws them away where there is doubt
            about what was meant, ``"skip"`` takes what can be read.
        settings: Temperature, top-p, seed, and the most tokens of one edit, `EDIT_TOKENS` by
            default.

    Returns:
        What was found. The same seed gives the same, with a `LocalModel`.

    Raises:
        ConfigError: There is no such linter, form or policy.
        EndpointError: The server cannot be used, or does not count tokens (``max_tokens``).
        ValueError: The backend is one for chat, or a number is not positive.
    """
    if min(num_programs, width, draws, max_edits, max_tokens or 1) < 1:
        raise ValueError("num_programs, width, draws, max_edits and max_tokens are positive")
    one = METHODS[method](prompt, num_programs, width, draws, max_tokens, max_edits)
    run_searches(
        backend, [one], linter=linter, edit_format=edit_format, policy=policy, settings=settings
    )
    return one.found()


def run_searches(
    backend: Backend,
    searches: Sequence[Search],
    *,
    linter: str | Linter = "pylint",
    edit_format: str = "diff",
    policy: Policy = "stop",
    settings: SamplingSettings | None = None,
) -> None:
    """Run searches beside each other to their ends; the model draws for all of them at once.

    Args:
        backend: See `search`, also for what follows.
        searches: `Rejection` or `Beam`, one for each prompt; they hold what they found.
        linter: Judges the states.
        edit_format: The form of the edits that the model writes.
        policy: What becomes of malformed edits.
        settings: Temperature, top-p, seed, and the most tokens of one edit.

    Raises:
        ConfigError: There is no such linter, form or policy.
        EndpointError: The server cannot be used.
        ValueError: The backend is one for chat, or does not count tokens (``max_tokens``).
    """
    if getattr(backend, "chat", False):
        raise ValueError("a chat cannot be told how its answer begins: use chat=False")
    chosen = settings or SamplingSettings(max_new_tokens=EDIT_TOKENS)
    model = _Model(backend, linter, edit_format, policy, chosen)
    for one in searches:
        one.seeds = random.Random(f"{chosen.seed} {one.prompt}")
    while asked := [(one, path) for one in searches for path in one.paths_to_extend()]:
        drawn = iter(model.extend(asked))
        for one, group in groupby(asked, key=itemgetter(0)):
            one.take([next(drawn) for _ in group])


@dataclass(slots=True, eq=False)
class Search:
    """A search for programs that answer one prompt: its paths, and what it cost so far.

    Args:
        prompt: See `search`, also for what follows.
        num_programs: Programs that are wanted.
        width: The most paths at once.
        draws: Of an edit.
        max_tokens: To be written.
        max_edits: Of a path.
    """

    prompt: str | Sequence[Mapping[str, Any]]
    num_programs: int = 10
    width: int = 10
    draws: int = 4
    max_tokens: int | None = None
    max_edits: int = 64
    seeds: random.Random = field(default_factory=random.Random, init=False)
    paths: list[Path] = field(default_factory=list, init=False)
    done: list[Path] = field(default_factory=list, init=False)
    given_up: list[Path] = field(default_factory=list, init=False)
    drawn: int = field(default=0, init=False)
    kept: int = field(default=0, init=False)
    prompt_tokens: int = field(default=0, init=False)
    completion_tokens: int = field(default=0, init=False)

    def paths_to_extend(self) -> list[Path]:
        """The paths that an edit is to be drawn for, some of them often; none at the end."""
        raise NotImplementedError

    def take(self, drawn: Sequence[Path | None]) -> None:
        """Go on with what was drawn for `paths_to_extend`; None is what was thrown away."""
        raise NotImplementedError

    def found(self) -> Found:
        """What was found so far."""
        paths = [*self.done, *self.given_up, *self.paths]
        return Found(paths, self.drawn, self.kept, self.prompt_tokens, self.completion_tokens)

    @property
    def is_spent(self) -> bool:
        """Whether the tokens are."""
        return self.max_tokens is not None and self.completion_tokens >= self.max_tokens

    def count(self, one: Generation) -> None:
        """Count an edit that was drawn."""
        self.drawn += 1
        self.prompt_tokens += one.prompt_tokens or 0
        if self.max_tokens and one.completion_tokens is None and one.text is not None:
            raise ValueError("the server does not count tokens: leave out max_tokens")
        # At least one, so that there is an end of drawing where nothing can be drawn.
        self.completion_tokens += one.completion_tokens or 1


class Rejection(Search):
    """Each path is drawn for until an edit is clean. Paths know nothing of one another."""

    __slots__ = ()

    def paths_to_extend(self) -> list[Path]:
        if self.is_spent:
            return []
        wanted = self.num_programs - len(self.done)
        if self.max_tokens is None:  # a path that came to nothing is not replaced
            wanted -= len(self.given_up)
        self.paths += [Path()] * (min(self.width, wanted) - len(self.paths))
        return self.paths

    def take(self, drawn: Sequence[Path | None]) -> None:
        paths = [
            after or replace(before, failures=before.failures + 1)
            for before, after in zip(self.paths, drawn, strict=True)
        ]
        self.done += [path for path in paths if path.is_finished]
        going_on = [path for path in paths if not path.is_finished]
        self.given_up += [path for path in going_on if self._is_to_be_given_up(path)]
        self.paths = [path for path in going_on if not self._is_to_be_given_up(path)]

    def _is_to_be_given_up(self, path: Path) -> bool:
        return path.failures == self.draws or len(path.edits) >= self.max_edits


@dataclass(slots=True, eq=False)
class Beam(Search):
    """Of all the clean states that were drawn, the likeliest go on."""

    rounds: int = field(default=0, init=False)

    def paths_to_extend(self) -> list[Path]:
        if not self.drawn:
            self.paths = [Path()] * self.width
        is_over = self.rounds == self.max_edits or len(self.done) == self.num_programs
        if self.is_spent or is_over:
            return []
        return [path for path in self.paths for _ in range(self.draws)]

    def take(self, drawn: Sequence[Path | None]) -> None:
        # How often a state was drawn tells how likely it is.
        ranked = [path for path, _ in Counter(filter(None, drawn)).most_common()]
        self.done += [path for path in ranked if path.is_finished]
        del self.done[self.num_programs :]
        going_on = [path for path in ranked if not path.is_finished][: self.width]
        self.paths = going_on or self.paths
        self.rounds = self.rounds + 1 if going_on else self.max_edits  # then it is over


METHODS: dict[str, type[Search]] = {"rejection": Rejection, "beam": Beam}


@dataclass(slots=True)
class _Model:
    """Draws edits for searches, and throws away those that are not clean."""

    backend: Backend
    linter: str | Linter
    edit_format: str
    policy: Policy
    settings: SamplingSettings
    stop: tuple[str, ...] = (NEXT_EDIT,)

    def extend(self, asked: Sequence[tuple[Search, Path]]) -> list[Path | None]:
        """Each path with one more edit, or ended; None where what was drawn is thrown away."""
        drawn = [
            self._read(path, text) for (_, path), text in zip(asked, self._draw(asked), strict=True)
        ]
        programs = list({path.program: None for path in drawn if path})
        statuses = lint_programs({"program": programs}, linter=self.linter)["lint_status"]
        verdicts = dict(zip(programs, statuses, strict=True))
        clean = [
            path if path and verdicts[path.program] in ("clean", "empty") else None
            for path in drawn
        ]
        for (one, _), after in zip(asked, clean, strict=True):
            one.kept += after is not None
        return clean

    def _draw(self, asked: Sequence[tuple[Search, Path]]) -> list[Generation]:
        """What the model writes next on each path."""
        # A local model reads the prompt of a task once, so each search is a task of its own.
        names = {one: f"search-{number}" for number, one in enumerate(dict(asked))}
        requests = [
            SampleRequest(
                names[one], at,
                prompt_of(one.prompt) if isinstance(one.prompt, str) else one.prompt,
                begin_edit(path.edits, edit_format=self.edit_format), one.seeds.getrandbits(31),
            )
            for at, (one, path) in enumerate(asked)
        ]  # fmt: skip
        settings = replace(self.settings, stop=(*self.stop, *self.settings.stop))
        answers: dict[int, Generation] = {}
        for batch in self.backend.generate(self.backend.batches(requests, settings), settings):
            for request, found in batch:
                text = found.text and found.text.removeprefix(request.begin)
                answers[request.sample_index] = replace(found, text=text)
        for at, (one, _) in enumerate(asked):
            one.count(answers[at])
        is_unsaid = any(one.text is not None and one.stop_text is None for one in answers.values())
        if self.stop and is_unsaid:
            # The server does not say whether it stopped at an edit or the model was done. So it
            # must not stop: what is written behind the edit is cut off here.
            self.stop = ()
            return self._draw(asked)
        return [answers[at] for at in range(len(asked))]

    def _read(self, path: Path, found: Generation) -> Path | None:
        """A path with the edit that was written; None if that is none, or is malformed."""
        if found.text is None:
            return None
        text, cut, _ = found.text.partition(NEXT_EDIT)
        goes_on = bool(cut) or found.stop_text == NEXT_EDIT
        if found.finish_reason == "length" and not goes_on:
            return None
        try:
            resolver = IncrementalResolver(
                policy=self.policy, start=path.program, edit_format=self.edit_format
            )
            resolver.feed(DIFF_TOKEN + text)
            resolver.close()
            new, report = resolver.result.edits, resolver.result.report
            edits = EditSequence((*path.edits.edits, *new.edits))
            begin_edit(edits, edit_format=self.edit_format)
        except (DiffError, ProgramError):  # malformed, or a state that the form cannot go on from
            return None
        is_finished = not goes_on or report.eos_seen
        # A sequence may end in an edit without lines; it cannot begin or go on with one.
        is_empty = not new.edits and not (is_finished and path.edits.edits)
        return (
            None if report.num_stopped or is_empty else Path(edits, resolver.program, is_finished)
        )


# --- the command ---------------------------------------------------------------------

_OPTIONS: dict[str, tuple[Any, str]] = {
    "linter": ("pylint", "that judges the states"),
    "edit_format": ("diff", "form of the edits"),
    "num_programs": (10, "programs that are wanted"),
    "width": (10, "paths at once"),
    "draws": (4, "of an edit"),
    "max_tokens": (None, "to be written for all programs"),
}


def main() -> None:
    args = _arguments()
    backend: Backend
    if args.endpoint:
        backend = Endpoint(args.endpoint, args.model, api_key=key_from(args.api_key_env))
    else:
        backend = LocalModel.load(args.model, batch_size=args.width)
    found = search(
        backend,
        args.prompt,
        method=args.method,
        settings=SamplingSettings(max_new_tokens=EDIT_TOKENS, seed=args.seed),
        **{name: getattr(args, name) for name in _OPTIONS},
    )
    for program in found.programs:
        print(json.dumps({"program": program}))
    print(
        f"{len(found.programs)} programs; {found.kept:,} of {found.draws:,} edits were kept; "
        f"{found.completion_tokens:,} tokens were written",
        file=sys.stderr,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("model", help="folder, id on the Hub, or the name that a server knows")
    parser.add_argument("prompt", help="the instruction")
    parser.add_argument("--endpoint", help="OpenAI-compatible server: http://host:8000/v1")
    parser.add_argument("--api-key-env", metavar="NAME", help="variable with a key for the server")
    parser.add_argument("--method", choices=["rejection", "beam"], default="rejection")
    parser.add_argument("--seed", type=int, default=0)
    for name, (default, text) in _OPTIONS.items():
        kind = str if isinstance(default, str) else int
        option = "--" + name.replace("_", "-")
        parser.add_argument(option, default=default, type=kind, help=text)
    return parser.parse_args()


if __name__ == "__main__":
    main()
