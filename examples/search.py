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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
    if getattr(backend, "chat", False):
        raise ValueError("a chat cannot be told how its answer begins: use chat=False")
    if min(num_programs, width, draws, max_edits, max_tokens or 1) < 1:
        raise ValueError("num_programs, width, draws, max_edits and max_tokens are positive")
    chosen = settings or SamplingSettings(max_new_tokens=EDIT_TOKENS)
    run = _Run(backend, prompt, linter, edit_format, policy, chosen, max_tokens)
    walk = _by_beam if method == "beam" else _by_rejection
    paths = walk(run, num_programs, width, _Limits(draws, max_edits))
    return Found(paths, run.draws, run.kept, run.prompt_tokens, run.completion_tokens)


def _by_rejection(run: _Run, num_programs: int, width: int, limits: _Limits) -> list[Path]:
    done: list[Path] = []
    given_up: list[Path] = []
    paths: list[Path] = []
    while not run.is_over:
        wanted = num_programs - len(done)
        if run.max_tokens is None:  # a path that came to nothing is not replaced
            wanted -= len(given_up)
        paths += [Path()] * (min(width, wanted) - len(paths))
        if not paths:
            break
        drawn = run.extend(paths)
        paths = [
            after or replace(before, failures=before.failures + 1)
            for before, after in zip(paths, drawn, strict=True)
        ]
        done += [path for path in paths if path.is_finished]
        given_up += [path for path in paths if limits.are_reached(path)]
        paths = [path for path in paths if not path.is_finished and not limits.are_reached(path)]
    return [*done, *given_up, *paths]


def _by_beam(run: _Run, num_programs: int, width: int, limits: _Limits) -> list[Path]:
    done: list[Path] = []
    paths = [Path()] * width
    for _ in range(limits.edits):
        if run.is_over or len(done) >= num_programs:
            break
        drawn = run.extend([path for path in paths for _ in range(limits.draws)])
        # How often a state was drawn tells how likely it is.
        ranked = [path for path, _ in Counter(filter(None, drawn)).most_common()]
        done += [path for path in ranked if path.is_finished]
        going_on = [path for path in ranked if not path.is_finished][:width]
        if not going_on:
            break
        paths = going_on
    return [*done[:num_programs], *paths]


class _Limits(NamedTuple):
    """Where a path is given up."""

    draws: int
    edits: int

    def are_reached(self, path: Path) -> bool:
        is_reached = path.failures == self.draws or len(path.edits) >= self.edits
        return is_reached and not path.is_finished


@dataclass(slots=True)
class _Run:
    """Draws edits, throws away those that are not clean, and counts."""

    backend: Backend
    prompt: str | Sequence[Mapping[str, Any]]
    linter: str | Linter
    edit_format: str
    policy: Policy
    settings: SamplingSettings
    max_tokens: int | None
    draws: int = 0
    kept: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seeds: random.Random = field(init=False)
    stop: tuple[str, ...] = (NEXT_EDIT,)

    def __post_init__(self) -> None:
        self.seeds = random.Random(f"{self.settings.seed} {self.prompt}")
        if isinstance(self.prompt, str):
            self.prompt = prompt_of(self.prompt)

    @property
    def is_over(self) -> bool:
        return self.max_tokens is not None and self.completion_tokens >= self.max_tokens

    def extend(self, paths: Sequence[Path]) -> list[Path | None]:
        """Each path with one more edit, or ended; None where what was drawn is thrown away."""
        drawn = [self._read(path, one) for path, one in zip(paths, self._draw(paths), strict=True)]
        programs = list({path.program: None for path in drawn if path})
        statuses = lint_programs({"program": programs}, linter=self.linter)["lint_status"]
        verdicts = dict(zip(programs, statuses, strict=True))
        clean = [
            path if path and verdicts[path.program] in ("clean", "empty") else None
            for path in drawn
        ]
        self.kept += len(clean) - clean.count(None)
        return clean

    def _draw(self, paths: Sequence[Path]) -> list[Generation]:
        """What the model writes next on each path."""
        requests = [
            SampleRequest(
                "search", self.draws + at, self.prompt,
                begin_edit(path.edits, edit_format=self.edit_format), self.seeds.getrandbits(31),
            )
            for at, path in enumerate(paths)
        ]  # fmt: skip
        settings = replace(self.settings, stop=(*self.stop, *self.settings.stop))
        answers: dict[int, Generation] = {}
        for batch in self.backend.generate(self.backend.batches(requests, settings), settings):
            for one, found in batch:
                text = found.text and found.text.removeprefix(one.begin)
                answers[one.sample_index] = replace(found, text=text)
        self._count(answers.values())
        is_unsaid = any(one.text is not None and one.stop_text is None for one in answers.values())
        if self.stop and is_unsaid:
            # The server does not say whether it stopped at an edit or the model was done. So it
            # must not stop: what is written behind the edit is cut off here.
            self.stop = ()
            return self._draw(paths)
        return [answers[one.sample_index] for one in requests]

    def _count(self, answers: Iterable[Generation]) -> None:
        for one in answers:
            self.draws += 1
            self.prompt_tokens += one.prompt_tokens or 0
            if self.max_tokens and one.completion_tokens is None and one.text is not None:
                raise ValueError("the server does not count tokens: leave out max_tokens")
            # At least one, so that there is an end of drawing where nothing can be drawn.
            self.completion_tokens += one.completion_tokens or 1

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
