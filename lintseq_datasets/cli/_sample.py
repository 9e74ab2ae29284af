"""The command sample: from prompts to what a model writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lintseq_datasets.cli._edit_formats import check_edit_format
from lintseq_datasets.cli._help_groups import add_options
from lintseq_datasets.cli._printing import say
from lintseq_datasets.cli._signals import stopped_by_signals
from lintseq_datasets.errors import ConfigError

if TYPE_CHECKING:
    from lintseq_datasets.evaluation import Backend

_PROMPTS = (
    click.argument("prompts"),
    click.option("--split", help="Split of the prompts; needed where there are several."),
    click.option("--config-name", help="Configuration of a dataset on the Hub."),
    click.option("--revision", help="Revision of a dataset on the Hub."),
    click.option("--task-column", default="task_id", help="Column that names the task."),
    click.option("--prompt-column", default="prompt", help="Column with the prompt."),
    click.option("--keep-column", "keep_columns", multiple=True, help="Column to keep."),
    click.option(
        "--benchmark",
        type=click.Choice(["humaneval", "mbpp"]),
        help="The prompts are problems of this benchmark, as they are published.",
    ),
    click.option("--form", help="Form of the prompts of the benchmark; see the documentation."),
    click.option("--limit", type=click.IntRange(1), help="Take only the first prompts."),
)
_MODEL = (
    click.option("--model", "-m", required=True, help="Folder, id on the Hub, or served name."),
    click.option(
        "--endpoint", help="OpenAI-compatible server that has the model: http://host:8000/v1."
    ),
    click.option("--chat", is_flag=True, help="Ask the server for the answer to a chat message."),
    click.option(
        "--api-key-env", metavar="NAME", help="Environment variable with a key for the server."
    ),
    click.option(
        "--concurrency", type=click.IntRange(1), default=16, help="Requests at once to the server."
    ),
    click.option(
        "--timeout",
        type=click.FloatRange(0, min_open=True),
        default=600.0,
        help="Seconds for an answer of the server.",
    ),
    click.option(
        "--refused",
        type=click.Choice(["raise", "record"]),
        default="raise",
        help="Prompts that the server refuses: stop, or a sample without a text.",
    ),
    click.option("--model-revision", help="Revision of a model on the Hub."),
    click.option("--device", help="Of a local model: cuda, cpu, …; by default the accelerator."),
    click.option("--dtype", default="auto", help="Of the weights of a local model."),
    click.option(
        "--batch-size", type=click.IntRange(1), default=32, help="Samples of a local model at once."
    ),
)
_SETTINGS = (
    click.option(
        "--num-samples",
        "-n",
        type=click.IntRange(1),
        default=50,
        help="Samples for each task.",
    ),
    click.option(
        "--temperature", type=click.FloatRange(0), default=1.0, help="0 is greedy decoding."
    ),
    click.option(
        "--top-p",
        type=click.FloatRange(0, 1, min_open=True),
        default=0.95,
        help="Share of the distribution that is drawn from.",
    ),
    click.option(
        "--max-new-tokens",
        type=click.IntRange(1),
        default=1024,
        help="Tokens after which a sample is cut off.",
    ),
    click.option("--seed", type=click.IntRange(0), default=0, help="Seed of the draws."),
    click.option("--stop", multiple=True, help="Text that also ends a sample."),
    click.option(
        "--edit-format",
        default="diff",
        callback=check_edit_format,
        help="Form of the edits that the model writes.",
    ),
    click.option("--plain", is_flag=True, help="The model writes programs, not edits."),
)
_OUTPUT = (
    click.option(
        "--output",
        "-o",
        required=True,
        type=click.Path(path_type=Path, dir_okay=False),
        help="File for the samples, .jsonl.",
    ),
    click.option("--overwrite", is_flag=True, help="Replace the samples of another run."),
    click.option("--quiet", "-q", is_flag=True, help="No progress, no counts."),
)


@click.command()
@add_options(*_PROMPTS, *_OUTPUT, *_MODEL, *_SETTINGS)
def sample(**given: Any) -> None:
    """Sample programs or edit sequences from a model.

    PROMPTS is a file (.jsonl, .json, .parquet, .csv), a directory that holds a dataset, or
    the id of a dataset on the Hub, with a name and a prompt of each task.

    The model is loaded on this machine, or is served by --endpoint: vLLM, SGLang, llama.cpp,
    TGI. Nothing that it writes is run.

    Whatever interrupts a run, the same command continues it.
    """
    from lintseq_datasets.evaluation import SamplingSettings
    from lintseq_datasets.evaluation import sample as run

    if given["output"].suffix.lower() != ".jsonl":
        raise ConfigError("--output", f"{str(given['output'])!r} does not end with .jsonl")
    settings = ("num_samples", "temperature", "top_p", "max_new_tokens", "seed", "stop")
    with stopped_by_signals():
        rows = run(
            _read(given),
            _backend(given),
            given["output"],
            settings=SamplingSettings(**{name: given[name] for name in settings}),
            progress=not given["quiet"],
            edit_format=None if given["plain"] else given["edit_format"],
            **{name: given[name] for name in ("keep_columns", "overwrite")},
            **_columns(given),
        )
    if not given["quiet"]:
        say(f"{len(rows):,} samples written to {given['output']}: {_reasons(rows)}")


def _read(given: dict[str, Any]) -> Any:
    from lintseq_datasets.files.sources import read_source

    names = ("split", "config_name", "revision")
    rows: Any = read_source(given["prompts"], **{name: given[name] for name in names}).dataset
    if given["limit"]:
        rows = rows.select(range(min(given["limit"], len(rows))))
    if given["benchmark"] is None:
        if given["form"]:
            raise click.UsageError("--form belongs to a --benchmark.")
        return rows
    from lintseq_datasets.evaluation import benchmark_prompts

    return benchmark_prompts(rows, given["benchmark"], given["form"])


def _columns(given: dict[str, Any]) -> dict[str, Any]:
    if given["benchmark"]:  # its prompts have columns of our own
        return {}
    return {name: given[name] for name in ("task_column", "prompt_column")}


def _backend(given: dict[str, Any]) -> Backend:
    from lintseq_datasets.evaluation import Endpoint, LocalModel, key_from

    if given["endpoint"] is None:
        if given["chat"] or given["api_key_env"]:
            raise click.UsageError("--chat and --api-key-env belong to an --endpoint.")
        options = {name: given[name] for name in ("device", "dtype", "batch_size")}
        options |= {"revision": given["model_revision"], "progress": not given["quiet"]}
        return LocalModel.load(given["model"], **options)
    options = {name: given[name] for name in ("chat", "concurrency", "timeout", "refused")}
    key = key_from(given["api_key_env"])
    return Endpoint(given["endpoint"], given["model"], api_key=key, **options)


def _reasons(rows: Any) -> str:
    from collections import Counter

    counts = Counter(rows["finish_reason"])
    return ", ".join(f"{count:,} {json.dumps(name)[1:-1]}" for name, count in counts.most_common())
