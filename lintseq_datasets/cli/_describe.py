"""The command describe: requests for descriptions of edits, and their answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from lintseq_datasets.cli._common_options import (
    HUB_OPTIONS,
    SAVED_OPTION,
    output_option,
    overwrite_option,
    quiet_option,
    report_option,
    split_option,
)
from lintseq_datasets.cli._given import read_split
from lintseq_datasets.cli._help_groups import GroupedCommand, add_options, in_group
from lintseq_datasets.cli._printing import rows_written, say
from lintseq_datasets.cli._signals import stopped_by_signals
from lintseq_datasets.errors import ConfigError

_SOURCE = in_group(
    "Dataset",
    click.argument("source", metavar="DATASET"),
    split_option("dataset"),
    *HUB_OPTIONS,
    click.option(
        "--per",
        type=click.Choice(["edit", "segment"]),
        help="What is described: each edit, or each row as a whole.  [default: segment if the "
        "rows have a column end_state, else edit]",
    ),
)
_PLACE = in_group(
    "Output",
    overwrite_option(),
    quiet_option("counts at the end"),
)


@click.group()
def describe() -> None:
    """Have a language model describe edits, through files.

    `requests` writes what to ask, as a file for an OpenAI-compatible batch interface. `merge`
    puts the answers beside the edits. You send the file yourself: these commands send nothing.
    """


@describe.command(cls=GroupedCommand)
@add_options(
    *_SOURCE,
    *in_group("Output", output_option("The .jsonl file of requests.", is_file=True)),
    *_PLACE,
    *in_group(
        "Request",
        click.option(
            "--model", required=True, help="Name of the model, as the interface knows it."
        ),
        click.option(
            "--template",
            type=click.Path(path_type=Path, dir_okay=False, exists=True),
            help="File with a prompt to ask instead of ours; {instruction}, {language}, {before}, "
            "{edit}, {after} and {program} are filled in.",
        ),
        click.option(
            "--url",
            default="/v1/chat/completions",
            help="Address of the interface that each request names.",
        ),
        click.option(
            "--body",
            metavar="JSON",
            help='Further fields of each request, such as {"max_tokens": 100}.',
        ),
    ),
)
def requests(source: str, **given: Any) -> None:
    """Write a request for each edit or segment of a dataset.

    DATASET is an output of `generate`, `randomize` or `revise`. Edits that are equal in equal
    rows are asked for once, and those that have a description are left out.

    \b
    Example:
      lintseq-datasets describe requests edits -o requests.jsonl --model my-model
    """  # noqa: D301
    from lintseq_datasets.descriptions import TEMPLATE, write_requests

    output: Path = given["output"]
    if output.suffix.lower() != ".jsonl":
        raise ConfigError("--output", f"{str(output)!r} does not end with .jsonl: name such a file")
    _check_free([output], source, given)
    file: Path | None = given["template"]
    with stopped_by_signals():
        report = write_requests(
            read_split({**given, "source": source}).dataset,
            output,
            model=given["model"],
            template=TEMPLATE if file is None else _text_in(file),
            per=given["per"],
            url=given["url"],
            body=_json_in(given["body"]),
        )
    if not given["quiet"]:
        say(f"{report}; written to {output}")


@describe.command(cls=GroupedCommand)
# What is added first comes first on the command line: the dataset, and then the answers.
@add_options(*_SOURCE[:1])
@click.argument("answers", nargs=-1, required=True, metavar="ANSWERS...")
@add_options(
    *_SOURCE[1:],
    *in_group(
        "Output",
        output_option("A .parquet or .jsonl file, or a directory for load_dataset."),
        SAVED_OPTION,
    ),
    *_PLACE,
    *in_group("Output", report_option("the counts")),
    *in_group(
        "Rows",
        click.option(
            "--in-front",
            is_flag=True,
            help="Also put each description in front of its edit in the training text (not in "
            "rows of fim).",
        ),
    ),
)
def merge(source: str, answers: tuple[str, ...], **given: Any) -> None:
    """Put the answers into a column `description`.

    DATASET is what the requests were made from. ANSWERS are the files that the batch interface
    wrote, in any order. Missing, repeated, failed and unknown answers are counted, and the rows
    keep their order.

    \b
    Example:
      lintseq-datasets describe merge edits answers.jsonl -o described
    """  # noqa: D301
    from lintseq_datasets.cli._checks import check_output
    from lintseq_datasets.cli._prepare import report_of
    from lintseq_datasets.descriptions import merge_descriptions, save_described

    output: Path = given["output"]
    report = given["report"] or report_of(output)
    flags = {name: given[name] for name in ("saved", "overwrite")}
    # The answers are sources, too, which the output must not replace.
    for origin in (source, *answers):
        check_output(output, source=origin, **flags)
    _check_free([report], source, given)
    if given["quiet"]:
        from datasets import disable_progress_bars

        disable_progress_bars()
    with stopped_by_signals():
        dataset = read_split({**given, "source": source}).dataset
        options = {"per": given["per"], "in_front": given["in_front"]}
        described = merge_descriptions(dataset, list(answers), **options)
        save_described(described, output, report=report, saved=given["saved"])
    if not given["quiet"]:
        say(described.report.as_table())
        say(rows_written(len(described.dataset), f"{output}, report to {report}"))


def _check_free(outputs: list[Path], source: str, given: dict[str, Any]) -> None:
    from lintseq_datasets.cli._checks import real_path
    from lintseq_datasets.files.hub_names import local_path

    for output in outputs:
        if output.exists() and not given["overwrite"]:
            raise ConfigError("output", f"{str(output)!r} exists; --overwrite replaces it")
        # A file in the directory that is read might be read as a part of it the next time.
        origin = local_path(source)
        place = real_path(output)
        if origin.exists() and real_path(origin) in (place, *place.parents):
            raise ConfigError(
                "output", f"{str(output)!r} would stand in the source: name another path"
            )


def _text_in(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(
            "--template", f"{str(file)!r} is not in UTF-8 ({error.reason}): save it as UTF-8"
        ) from None


def _json_in(text: str | None) -> Any:
    try:
        return None if text is None else json.loads(text)
    except ValueError as error:
        raise ConfigError("--body", f'is no JSON such as {{"max_tokens": 100}}: {error}') from None
