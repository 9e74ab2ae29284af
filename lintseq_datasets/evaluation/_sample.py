"""From prompts to what a model writes: the samples of a benchmark (paper appendix B)."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from lintseq_datasets.edits.prompts import begin_edit, prompt_of
from lintseq_datasets.errors import ColumnError, ConfigError
from lintseq_datasets.evaluation._backend import (
    Backend,
    Generation,
    Prompt,
    SampleRequest,
    SamplingSettings,
    seed_of,
)
from lintseq_datasets.evaluation._inputs import read_columns
from lintseq_datasets.evaluation._samples_file import COLUMN_TYPES, SamplesFile
from lintseq_datasets.files.json_lines import json_line
from lintseq_datasets.files.sources import read_source

if TYPE_CHECKING:
    from datasets import Dataset


@dataclass(frozen=True, slots=True)
class _PromptRow:
    """A prompt, and the columns that go along with it."""

    task_id: str
    prompt: Prompt
    kept: Mapping[str, Any]


def sample(
    prompts: Any,
    backend: Backend,
    output: str | os.PathLike[str],
    *,
    settings: SamplingSettings | None = None,
    edit_format: str | None = "diff",
    begin: str | None = None,
    task_column: str = "task_id",
    prompt_column: str = "prompt",
    keep_columns: Sequence[str] = (),
    overwrite: bool = False,
    progress: bool = True,
) -> Dataset:
    r"""Sample programs, or edit sequences, from a model.

    The prompt is that of training: the text, ended by a newline, and for a model that writes edits
    the token that begins the first of them. Nothing that is generated is run or resolved; see
    `resolve_generations` for what comes next.

    Whatever interrupts a run, also the end of its process, the same call goes on from there: no
    sample is lost, and none is there twice. With a `LocalModel` the samples are those of a run
    that was not interrupted.

    Args:
        prompts: Rows with a name of the task and a prompt, which is a text or chat messages.
        backend: `LocalModel`, `Endpoint`, or another `Backend`.
        output: The file of samples, with the suffix ``.jsonl``. What they were drawn with goes
            into a file beside it, with ``.run.json`` behind the name.
        settings: How samples are drawn; by default as in the paper.
        edit_format: The form of the edits that the model writes, a name of
            `lintseq_datasets.edits.formats.FORMS`; None if it writes programs.
        begin: What stands behind the prompt and begins the answer, if it is not what the format
            has. An endpoint for chat lets the model begin.
        task_column: Column that names the task.
        prompt_column: Column with the prompt.
        keep_columns: More columns of the prompts to keep. Where a run goes on, those of this call.
        overwrite: Whether samples of another run are replaced.
        progress: Whether to show a progress bar.

    Returns:
        One row for each sample, in the order of the prompts: ``task_id``, ``sample_index``,
        ``prompt``, ``generation`` (with the beginning that was given; None if there is none),
        ``finish_reason``, ``prompt_tokens`` and ``completion_tokens`` (None if not known),
        ``seed``, and the columns that are kept.

    Raises:
        ColumnError: A column is missing, or holds something else.
        ConfigError: A task is there twice or there is none; a column that is to be kept has the
            name of one of ours; the output is of another run, or is being written; the model
            cannot be used.
        EndpointError: The server cannot be used.
    """
    chosen = settings or SamplingSettings()
    tasks = _tasks(prompts, task_column, prompt_column, keep_columns)
    start = _begin(backend, edit_format) if begin is None else begin
    requests = _requests(tasks, start, chosen, plain_text=not _is_chat(backend))
    # What samples depend on. Columns that are kept are not in it: a run may go on with others.
    run = {
        **backend.describe(),
        **chosen.as_dict(),
        "edit_format": edit_format,
        "begin": start,
        "tasks": len(tasks),
        "prompts": _digest(tasks),
    }
    file = SamplesFile(Path(output), run)
    by_name = {one.task_id: one for one in tasks}
    wanted = {
        (one.task_id, one.sample_index): {"prompt": one.prompt, **by_name[one.task_id].kept}
        for one in requests
    }
    with file.lock():
        # Not before: until then another process may write here.
        done = file.open(wanted, overwrite)
        if len(done) < len(wanted):
            _draw(requests, backend, chosen, file, done, by_name, progress)
        file.finish(wanted)
    return _load(output)


def _load(output: str | os.PathLike[str]) -> Dataset:
    import datasets

    is_silent = datasets.are_progress_bars_disabled()
    datasets.disable_progress_bars()  # the run is over
    try:
        rows = cast("Dataset", read_source(os.fspath(output)).dataset)
        # Where nothing is known, a column would have no type, or another one.
        types = {name: datasets.Value(dtype) for name, dtype in COLUMN_TYPES.items()}
        features = datasets.Features({**rows.features, **types})
        return rows if features == rows.features else rows.cast(features)
    finally:
        if not is_silent:
            datasets.enable_progress_bars()


def _tasks(
    rows: Any, task_column: str, prompt_column: str, keep_columns: Sequence[str]
) -> list[_PromptRow]:
    if taken := [name for name in keep_columns if name in (*COLUMN_TYPES, "prompt")]:
        raise ConfigError(
            "keep_columns",
            f"samples have a column {taken[0]!r} already: rename it, or leave it out",
        )
    tasks: dict[str, _PromptRow] = {}
    for name, prompt, *kept in read_columns(rows, task_column, prompt_column, *keep_columns):
        # MBPP calls its tasks by numbers. True is one for Python, and the name of nothing.
        if not isinstance(name, str | int) or isinstance(name, bool) or name == "":
            problem = f"Column {task_column!r} holds {name!r}, not the name of a task."
            raise ColumnError(problem, (task_column, prompt_column))
        task_id = str(name)
        if task_id in tasks:
            raise ConfigError(
                "prompts",
                f"the task {task_id!r} is there twice: give each prompt a name of its own",
            )
        columns = (task_column, prompt_column, *keep_columns)
        _, given, *others = (
            _stored(value, column, task_id)
            for column, value in zip(columns, (task_id, prompt, *kept), strict=True)
        )
        kept_values = dict(zip(keep_columns, others, strict=True))
        tasks[task_id] = _PromptRow(task_id, _checked(given, prompt_column, task_id), kept_values)
    if not tasks:
        raise ConfigError("prompts", "there is none: give at least one row")
    return list(tasks.values())


def _stored(value: Any, column: str, task_id: str) -> Any:
    """A value as it is read from a file of JSON."""
    # A prompt that would be read otherwise than it was given would be drawn anew by each run.
    try:
        return json.loads(json_line(value))
    except UnicodeEncodeError:
        problem = "a lone surrogate"
    except (TypeError, ValueError, RecursionError):
        problem = f"{type(value).__name__}, which JSON does not have"
    raise ColumnError(f"Column {column!r} of task {task_id!r} holds {problem}.", (column,))


def _checked(prompt: Any, column: str, task_id: str) -> Prompt:
    """A prompt that is one: a text, or chat messages."""
    is_chat = isinstance(prompt, list) and all(
        isinstance(one, dict) and {"role", "content"} <= set(one) for one in prompt
    )
    if isinstance(prompt, str) or (is_chat and prompt):
        return cast("Prompt", prompt)
    problem = f"Column {column!r} of task {task_id!r} holds neither a text nor chat messages."
    raise ColumnError(problem, (column,))


def _is_chat(backend: Backend) -> bool:
    return bool(getattr(backend, "chat", False))


def _begin(backend: Backend, edit_format: str | None) -> str:
    if edit_format is None:
        return ""
    start = begin_edit(edit_format=edit_format)
    # Asked for above in any case, so that a form that does not exist is refused for chats as well.
    return "" if _is_chat(backend) else start


def _requests(
    tasks: Iterable[_PromptRow], begin: str, settings: SamplingSettings, *, plain_text: bool
) -> list[SampleRequest]:
    found = []
    for task in tasks:
        prompt = task.prompt
        # An endpoint for chat makes a message of a text, which needs no newline at its end.
        if isinstance(prompt, str) and plain_text:
            prompt = prompt_of(prompt)
        for index in range(settings.num_samples):
            seed = seed_of(settings.seed, task.task_id, prompt, index)
            found.append(SampleRequest(task.task_id, index, prompt, begin, seed))
    return found


def _digest(tasks: Sequence[_PromptRow]) -> str:
    text = json.dumps([[one.task_id, one.prompt] for one in tasks])
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _draw(
    requests: Sequence[SampleRequest],
    backend: Backend,
    settings: SamplingSettings,
    file: SamplesFile,
    done: set[tuple[str, int]],
    tasks: Mapping[str, _PromptRow],
    progress: bool,
) -> None:
    from datasets.utils import tqdm

    # Of all requests, not of those that are left, and whole batches: with other neighbours a row is
    # padded otherwise, and may get another token. What is there already is drawn and dropped.
    batches = backend.batches(requests, settings)
    left = [
        batch
        for batch in batches
        if any((one.task_id, one.sample_index) not in done for one in batch)
    ]
    with tqdm(
        total=len(requests), initial=len(done), desc="Sampling", unit=" samples",
        disable=None if progress else True,  # None: where nobody looks, as in a file
    ) as bar:  # fmt: skip
        for batch in backend.generate(left, settings):
            rows = [
                _row(one, found, tasks[one.task_id])
                for one, found in batch
                if (one.task_id, one.sample_index) not in done
            ]
            file.append(rows)
            bar.update(len(rows))


def _row(one: SampleRequest, found: Generation, task: _PromptRow) -> dict[str, Any]:
    return {
        "task_id": one.task_id,
        "sample_index": one.sample_index,
        "prompt": one.prompt,
        "generation": found.text,
        "finish_reason": found.finish_reason,
        "prompt_tokens": found.prompt_tokens,
        "completion_tokens": found.completion_tokens,
        "seed": one.seed,
        **task.kept,
    }
