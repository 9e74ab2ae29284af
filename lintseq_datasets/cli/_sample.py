"""The command sample: from prompts to what a model writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lintseq_datasets.cli._common_options import (
    HUB_OPTIONS,
    SEED_OPTION,
    limit_option,
    output_option,
    overwrite_option,
    quiet_option,
    split_option,
)
from lintseq_datasets.cli._edit_formats import check_edit_format
from lintseq_datasets.cli._help_groups import GroupedCommand, add_options, in_group
from lintseq_datasets.cli._printing import say
from lintseq_datasets.cli._signals import stopped_by_signals
from lintseq_datasets.errors import ConfigError

if TYPE_CHECKING:
    from lintseq_datasets.evaluation import Backend

_PROMPTS = in_group(
    "Prompts",
    click.argument("prompts"),
    split_option("prompts"),
    *HUB_OPTIONS,
    click.option("--task-column", default="task_id", help="Column with the name of the task."),
    click.option("--prompt-column", default="prompt", help="Column with the prompt."),
    click.option(
        "--keep-column",
        "keep_columns",
        multiple=True,
        help="Column to keep in the samples; may be repeated.",
    ),
    click.option(
        "--benchmark",
        type=click.Choice(["humaneval", "mbpp"]),
        help="PROMPTS holds the problems of this benchmark, as published.",
    ),
    click.option(
        "--form",
        help="Form of its prompts: docstring or instruction for humaneval; text, docstring, tests, "
        "inside or outside for mbpp.  [default: the first of these]",
    ),
    limit_option("prompts"),
)
_OUTPUT = in_group(
    "Output",
    output_option("The .jsonl file for the samples.", is_file=True),
    overwrite_option("the samples of another run"),
    quiet_option("progress and no counts"),
)
_MODEL = in_group(
    "Model",
    click.option(
        "--model",
        "-m",
        required=True,
        help="A folder or an id on the Hub; with --endpoint, the name that the server knows.",
    ),
    click.option(
        "--edit-format",
        default="diff",
        callback=check_edit_format,
        help="Form of the edits that the model writes.",
    ),
    click.option("--plain", is_flag=True, help="The model writes programs, not edits."),
)
_SETTINGS = in_group(
    "Sampling",
    click.option(
        "--num-samples",
        "-n",
        type=click.IntRange(1),
        default=50,
        help="Samples for each task.",
    ),
    click.option(
        "--temperature",
        type=click.FloatRange(0),
        default=1.0,
        help="Temperature; 0 is greedy decoding.",
    ),
    click.option(
        "--top-p",
        type=click.FloatRange(0, 1, min_open=True),
        default=0.95,
        help="Share of the distribution to draw from.",
    ),
    click.option(
        "--max-new-tokens",
        type=click.IntRange(1),
        default=1024,
        help="Tokens after which a sample is cut off.",
    ),
    SEED_OPTION,
    click.option(
        "--stop", multiple=True, help="Text at which a sample ends as well; may be repeated."
    ),
)
_LOCAL = in_group(
    "A model on this machine",
    # Not --revision, which is that of the prompts.
    click.option("--model-revision", help="Its revision on the Hub."),
    click.option("--device", help="cuda, cpu, ...  [default: the accelerator, if there is one]"),
    click.option("--dtype", default="auto", help="Type of its weights, such as bfloat16."),
    click.option(
        "--batch-size", type=click.IntRange(1), default=32, help="Samples to draw at once."
    ),
)
_SERVED = in_group(
    "A model on a server",
    click.option("--endpoint", help="OpenAI-compatible server, such as http://localhost:8000/v1."),
    click.option("--chat", is_flag=True, help="Send each prompt as a chat message."),
    click.option(
        "--api-key-env", metavar="NAME", help="Environment variable that holds the server's key."
    ),
    click.option(
        "--concurrency", type=click.IntRange(1), default=16, help="Requests to have open at once."
    ),
    click.option(
        "--timeout",
        type=click.FloatRange(0, min_open=True),
        default=600.0,
        help="Seconds to wait for an answer.",
    ),
    click.option(
        "--refused",
        type=click.Choice(["raise", "record"]),
        default="raise",
        help="What to do if it refuses a prompt: stop, or keep a sample without text.",
    ),
)


@click.command(cls=GroupedCommand)
@add_options(*_PROMPTS, *_OUTPUT, *_MODEL, *_SETTINGS, *_LOCAL, *_SERVED)
def sample(**given: Any) -> None:
    """Sample programs or edit sequences from a model.

    PROMPTS is a file (.jsonl, .json, .parquet, .csv), a directory that holds a dataset, or
    the id of a dataset on the Hub. Each row has the name of a task and a prompt.

    The model runs on this machine, or on a server (--endpoint): vLLM, SGLang, llama.cpp, TGI.
    Nothing that it writes is run. An interrupted command goes on where it stopped when it is
    called again.

    \b
    Examples:
      lintseq-datasets sample prompts.jsonl -m my-model -o samples.jsonl -n 10
      lintseq-datasets sample openai/openai_humaneval --benchmark humaneval \\
          -m my-model --endpoint http://localhost:8000/v1 -o samples.jsonl
    """  # noqa: D301
    from lintseq_datasets.evaluation import SamplingSettings
    from lintseq_datasets.evaluation import sample as run

    if given["output"].suffix.lower() != ".jsonl":
        raise ConfigError(
            "--output", f"{str(given['output'])!r} does not end with .jsonl: name such a file"
        )
    settings = ("num_samples", "temperature", "top_p", "max_new_tokens", "seed", "stop")
    output: Path = given["output"]
    before = _written_at(output)
    with stopped_by_signals():
        rows = run(
            _read(given),
            _backend(given),
            output,
            settings=SamplingSettings(**{name: given[name] for name in settings}),
            progress=not given["quiet"],
            edit_format=None if given["plain"] else given["edit_format"],
            **{name: given[name] for name in ("keep_columns", "overwrite")},
            **_columns(given),
        )
    if given["quiet"]:
        return
    if _written_at(output) == before:
        say(f"{output}: finished before, nothing to do")
        return
    say(f"{len(rows):,} samples written to {output}: {_reasons(rows)}")


# A run that was finished before leaves its file as it is.
def _written_at(output: Path) -> int | None:
    return output.stat().st_mtime_ns if output.exists() else None


def _read(given: dict[str, Any]) -> Any:
    from lintseq_datasets.files.sources import read_source

    names = ("split", "config_name", "revision")
    rows: Any = read_source(given["prompts"], **{name: given[name] for name in names}).dataset
    if given["limit"]:
        rows = rows.select(range(min(given["limit"], len(rows))))
    if given["benchmark"] is None:
        if given["form"]:
            raise click.UsageError("--form is for a --benchmark: name one, or leave it out.")
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
            raise click.UsageError(
                "--chat and --api-key-env are for a server: name its --endpoint, or leave them out."
            )
        options = {name: given[name] for name in ("device", "dtype", "batch_size")}
        options |= {"revision": given["model_revision"], "progress": not given["quiet"]}
        return LocalModel.load(given["model"], **options)
    options = {name: given[name] for name in ("chat", "concurrency", "timeout", "refused")}
    key = key_from(given["api_key_env"])
    return Endpoint(given["endpoint"], given["model"], api_key=key, **options)


def _reasons(rows: Any) -> str:
    from collections import Counter

    counts = Counter(rows["finish_reason"])
    # As JSON, because a server may say anything, and this is one line.
    return ", ".join(f"{count:,} {json.dumps(name)[1:-1]}" for name, count in counts.most_common())
