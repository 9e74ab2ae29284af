r"""From what a model wrote to programs, row by row, and how many tokens that took.

Four generations, and what becomes of them:

    <|diff|>@@ -0,0 +1 @@\n+a = 1      a = 1    ok
    <|diff|>@@ -0,0 +1,3 @@\n+a = 1    a = 1    malformed: two of three lines are not there
    Sorry.                             (none)   empty: there is no edit
    None                               (none)   missing
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lintseq_datasets.edits.reading import EOS_TOKENS, Policy, resolve_generation
from lintseq_datasets.errors import ColumnError, ConfigError, DiffError
from lintseq_datasets.evaluation._inputs import read_columns, text_of, values_in_cell
from lintseq_datasets.mapping.chat import parts_text
from lintseq_datasets.mapping.versions import VersionedFunction
from lintseq_datasets.statistics.counting import token_counter
from lintseq_datasets.tables import ShownAsTable, aligned

OK, MALFORMED, EMPTY, MISSING = "ok", "malformed", "empty", "missing"
"""What became of a generation: the values of the column ``resolve_status``."""


# --- programs ------------------------------------------------------------------------


@VersionedFunction
def resolve_generations(
    batch: Mapping[str, Any],
    *,
    generation_column: str = "generation",
    program_column: str = "program",
    start_column: str | None = None,
    policy: Policy = "skip",
    eos: Iterable[str] = EOS_TOKENS,
    edit_format: str = "diff",
) -> dict[str, Any]:
    r"""Resolve what a model wrote, for ``dataset.map`` with or without ``batched=True``.

    No row is lost. A generation that gives nothing gives the empty program, and harnesses count
    that as a sample that failed.

    Args:
        batch: Columns by name, or a row.
        generation_column: Column with what the model wrote: a text, chat messages (the last one
            counts), or a list with several of either.
        program_column: Column to write the programs to. It holds lists where the generations do.
        start_column: Column with the program that the edits start from, if there is one.
        policy: What becomes of malformed text, as for
            `lintseq_datasets.edits.reading.resolve_generation`.
        eos: Tokens at which a text ends; by default those of common models.
        edit_format: The form of the edits, a name of `lintseq_datasets.edits.formats.FORMS`.

    Returns:
        What came in, with the column of programs and two more. ``resolve_status`` is ``ok``;
        ``malformed`` if something had to be passed over or put right; ``empty`` if there is no
        program; or ``missing`` if there is no text. ``resolve_problems`` holds the kinds of
        problems, separated by commas: see `lintseq_datasets.edits.reading.PROBLEMS`.

    Raises:
        ColumnError: There is no such column, or it holds something else.
        ConfigError: There is no such policy or form, or a token cannot be one.
        DiffError: Only with the policy ``"raise"``: a generation is malformed.

    >>> rows = {"task_id": ["a", "b"], "generation": ["<|diff|>@@ -0,0 +1 @@\n+a = 1", "Sorry."]}
    >>> out = resolve_generations(rows)
    >>> out["program"], out["resolve_status"], out["resolve_problems"]
    (['a = 1', ''], ['ok', 'empty'], ['', 'no_edit'])
    """
    # A batch is read like a row whose cells are lists, so both take one way from here on.
    ((generations,),) = read_columns([batch], generation_column)
    start = None
    if start_column is not None:
        ((start,),) = read_columns([batch], start_column)
    resolver = _Resolver(generation_column, start_column or "", policy, tuple(eos), edit_format)
    found = resolver.resolve(generations, start)
    return {
        **batch,
        program_column: _part(found, "program"),
        "resolve_status": _part(found, "status"),
        "resolve_problems": _part(found, "problems"),
    }


@dataclass(frozen=True, slots=True)
class _ResolvedGeneration:
    """What became of one generation."""

    program: str
    status: str
    problems: str  # one text, because a column of lists has no type until one is not empty


@dataclass(frozen=True, slots=True)
class _Resolver:
    """How generations are resolved, and the names of the columns, for errors."""

    generation_column: str
    start_column: str
    policy: Policy
    eos: tuple[str, ...]
    edit_format: str

    def resolve(self, value: Any, start: Any) -> Any:
        """The outcome of a generation, or lists of outcomes where there are lists."""
        # A list holds several generations, unless it is of messages, which are one.
        is_one = isinstance(value, str | bytes | None) or not hasattr(value, "__len__")
        if is_one or _is_chat(value):
            return self._resolve_one(value, start)
        found = []
        # One program in a cell is where all generations of the row start.
        starts = start if isinstance(start, list | tuple) else [start] * len(value)
        if len(starts) != len(value):
            problem = f"holds {len(starts)} programs for {len(value)} generations"
            raise ColumnError(f"Column {self.start_column!r} {problem}.", (self.start_column,))
        for position, (one, begin) in enumerate(zip(value, starts, strict=True)):
            try:
                found.append(self.resolve(one, begin))
            except DiffError as error:
                problem = f"generation {position}: {error.problem}"
                raise DiffError(problem, error.edit, error.hunk) from error
        return found

    def _resolve_one(self, value: Any, start: Any) -> _ResolvedGeneration:
        if _is_chat(value):
            value = parts_text(value[-1].get("content"))
        if value is None:
            return _ResolvedGeneration("", MISSING, "")
        text, begin = text_of(value, self.generation_column), text_of(start, self.start_column)
        resolved = resolve_generation(
            text, policy=self.policy, start=begin, eos=self.eos, edit_format=self.edit_format
        )
        kinds = ",".join(problem.kind for problem in resolved.report.problems)
        # Without a program the status is `empty`, whatever else was wrong; `kinds` say that.
        status = MALFORMED if kinds else OK
        return _ResolvedGeneration(resolved.program, status if resolved.program else EMPTY, kinds)


def _part(found: Any, name: str) -> Any:
    return [_part(one, name) for one in found] if isinstance(found, list) else getattr(found, name)


def _is_chat(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and isinstance(value[0], Mapping)


@dataclass(frozen=True, slots=True)
class ResolveCounts(ShownAsTable):
    """What became of generations; counts of parts are merged with ``+``.

    Args:
        statuses: How many have each value of ``resolve_status``.
        problems: How many have a problem of each kind.
    """

    statuses: Mapping[str, int] = field(default_factory=dict)
    problems: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Any) -> ResolveCounts:
        """Count what `resolve_generations` found.

        Args:
            rows: Rows with the columns ``resolve_status`` and ``resolve_problems``.

        Raises:
            ColumnError: A column is missing.

        >>> rows = [{"resolve_status": "ok", "resolve_problems": ""}]
        >>> ResolveCounts.of(rows).statuses
        {'ok': 1}
        """
        statuses: Counter[str] = Counter()
        problems: Counter[str] = Counter()
        for status, kinds in read_columns(rows, "resolve_status", "resolve_problems"):
            statuses.update(values_in_cell(status))
            for found in values_in_cell(kinds):
                # A set: how many generations have a problem says more than how often it occurs.
                problems.update(set(filter(None, found.split(","))))
        return cls(dict(statuses.most_common()), dict(problems.most_common()))

    @property
    def num_generations(self) -> int:
        """How many generations there are."""
        return sum(self.statuses.values())

    def as_table(self) -> str:
        """A table in plain text."""
        rows = [("generations", self.num_generations)]
        rows += [(f"  {name}", count) for name, count in self.statuses.items()]
        rows += [("with a problem", self.statuses.get("malformed", 0))] if self.problems else []
        rows += [(f"  {name}", count) for name, count in self.problems.items()]
        return aligned((name, f"{count:,}") for name, count in rows)

    def as_dict(self) -> dict[str, Any]:
        """All counts as plain values that JSON can hold."""
        return {
            "num_generations": self.num_generations,
            "statuses": dict(self.statuses),
            "problems": dict(self.problems),
        }

    def __add__(self, other: ResolveCounts) -> ResolveCounts:
        if not isinstance(other, ResolveCounts):
            return NotImplemented
        return ResolveCounts(
            dict((Counter(self.statuses) + Counter(other.statuses)).most_common()),
            dict((Counter(self.problems) + Counter(other.problems)).most_common()),
        )


# --- tokens --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TokenCounts:
    """Tokens of the prompts and generations of tasks, for `coverage_curve`.

    Args:
        task_ids: Names of the tasks, in the order of their first rows.
        prompt: Tokens of the prompt of each task, on average over its rows.
        completion: Tokens of each generation of each task.
    """

    task_ids: tuple[str, ...]
    prompt: tuple[float, ...]
    completion: tuple[tuple[int, ...], ...]

    def for_tasks(self, task_ids: Sequence[str]) -> TokenCounts:
        """The counts in another order of the tasks, such as the one that a harness gives.

        Args:
            task_ids: Names of the tasks, in the order that is wanted.

        Raises:
            ConfigError: A task is not there.

        >>> TokenCounts(("a", "b"), (3, 4), ((1,), (2, 2))).for_tasks(["b"]).completion
        ((2, 2),)
        """
        places = {task: place for place, task in enumerate(self.task_ids)}
        missing = [task for task in task_ids if task not in places]
        if missing:
            raise ConfigError("task_ids", f"no tokens were counted for {missing[0]!r}")
        chosen = [places[task] for task in task_ids]
        completion = tuple(self.completion[place] for place in chosen)
        return TokenCounts(
            tuple(task_ids), tuple(self.prompt[place] for place in chosen), completion
        )


def count_tokens(
    rows: Any,
    tokenizer: Any,
    *,
    task_column: str = "task_id",
    prompt_column: str | None = "prompt",
    generation_column: str = "generation",
) -> TokenCounts:
    """Count the tokens that were read and written for each task.

    Args:
        rows: A dataset, streaming or not, or dictionaries.
        tokenizer: As `lintseq_datasets.statistics.counting.count_dataset` takes it.
        task_column: Column that names the task.
        prompt_column: Column with the prompt; None counts no prompts.
        generation_column: Column with what the model wrote, a text or a list of texts. An
            end-of-sequence token counts if the text holds it.

    Raises:
        ColumnError: A column is missing, or holds something else.
        ConfigError: The tokenizer cannot be used, or there is no row.

    >>> rows = [{"task_id": "a", "generation": "x = 1"}, {"task_id": "a", "generation": "y"}]
    >>> count_tokens(rows, str.split, prompt_column=None).completion
    ((3, 1),)
    """
    count = token_counter(tokenizer)
    prompts: dict[str, list[int]] = {}
    completions: dict[str, list[int]] = {}
    columns = [task_column, generation_column, *([prompt_column] if prompt_column else [])]
    for task_id, generations, *prompt in read_columns(rows, *columns):
        texts = [text_of(one, generation_column) for one in values_in_cell(generations)]
        completions.setdefault(str(task_id), []).extend(count(texts))
        texts = [text_of(one, str(prompt_column)) for one in prompt]
        # A task without prompts has a mean as well, which is 0.
        prompts.setdefault(str(task_id), []).extend(count(texts) or [0])
    if not completions:
        raise ConfigError("rows", "there is no row: give at least one")
    means = tuple(sum(some) / len(some) for some in prompts.values())
    return TokenCounts(tuple(completions), means, tuple(map(tuple, completions.values())))
