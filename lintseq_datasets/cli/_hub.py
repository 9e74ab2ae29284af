"""Commands for finished datasets: stats, card and push."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lintseq_datasets.cli._common_options import HUB_OPTIONS
from lintseq_datasets.cli._edit_formats import check_edit_formats
from lintseq_datasets.cli._help_groups import GroupedCommand, add_options, in_group
from lintseq_datasets.cli._printing import say
from lintseq_datasets.mapping.choices import EDIT_FORMATS

if TYPE_CHECKING:
    from datasets import Dataset

    from lintseq_datasets.statistics import Statistics
    from lintseq_datasets.statistics.form_lengths import FormLengths

_TOKENS = in_group(
    "Tokens",
    click.option(
        "--tokenizer", help="Also count tokens, by a tokenizer of transformers: its id or folder."
    ),
    click.option(
        "--max-length",
        type=click.IntRange(1),
        help="Tokens beyond which a trainer truncates; says how many rows are longer.",
    ),
)
_SOURCE = in_group(
    "Source",
    click.option("--split", help="Take only this split.  [default: all splits]"),
    # Not --config-name and --revision: those are of the repository that is pushed to.
    click.option("--source-config-name", help="Configuration to read, if SOURCE has several."),
    click.option("--source-revision", help="Revision to read, of a SOURCE on the Hub."),
)
_CARD = in_group(
    "Card",
    click.option(
        "--config-name",
        default="default",
        help="Name of the configuration that the rows are in the repository.",
    ),
    click.option("--license", help="License of the dataset.  [default: that of its source]"),
    click.option(
        "--source-dataset",
        "source_datasets",
        multiple=True,
        help="What the programs come from: an id on the Hub, or the name of a file; may be "
        "repeated.  [default: as recorded]",
    ),
    click.option(
        "--language", multiple=True, default=["code"], help="Languages in the card's metadata."
    ),
    click.option("--pretty-name", help="Title of the card.  [default: the repository's name]"),
)


# --- stats ---------------------------------------------------------------------------


@click.command(cls=GroupedCommand)
@add_options(
    *in_group(
        "Sources",
        click.argument("sources", nargs=-1, required=True, metavar="SOURCE..."),
        click.option("--split", help="Count only this split.  [default: all splits together]"),
        *HUB_OPTIONS,
    ),
    *in_group(
        "Output",
        click.option("--json", "as_json", is_flag=True, help="Print JSON, with all counts."),
        click.option(
            "--figures",
            type=click.Path(path_type=Path, file_okay=False),
            help="Draw figures, PNG and SVG, into this directory, with all SOURCEs in each.",
        ),
        click.option(
            "--edit-format",
            "edit_formats",
            callback=check_edit_formats,
            metavar="NAME,...",
            help=f"Also say how long the rows would be in these forms: {', '.join(EDIT_FORMATS)}.",
        ),
    ),
    *_TOKENS,
)
def stats(
    sources: tuple[str, ...],
    split: str | None,
    config_name: str | None,
    revision: str | None,
    as_json: bool,
    figures: Path | None,
    edit_formats: tuple[str, ...],
    tokenizer: str | None,
    max_length: int | None,
) -> None:
    """Count what is in edit-sequence datasets.

    SOURCE is an output of `generate`, `randomize` or `revise`, or such a dataset on the Hub.
    The tables of several follow one another.

    \b
    Examples:
      lintseq-datasets stats edits
      lintseq-datasets stats edits random --figures figures
      lintseq-datasets stats edits --tokenizer gpt2 --max-length 1024
    """  # noqa: D301
    from lintseq_datasets.files.sources import read_splits
    from lintseq_datasets.statistics.counting import count_dataset
    from lintseq_datasets.statistics.form_lengths import count_forms, forms_table

    found: dict[str, Statistics] = {}
    forms: dict[str, dict[str, FormLengths]] = {}
    # Whoever names one twice means it once.
    for source in dict.fromkeys(sources):
        splits = read_splits(source, split=split, config_name=config_name, revision=revision)
        found[source] = count_dataset(splits, tokenizer)
        forms[source] = count_forms(splits, edit_formats, tokenizer) if edit_formats else {}
    if figures is not None:
        from lintseq_datasets.statistics.plots import save_figures

        for path in save_figures(_in_words(found), figures).values():
            click.echo(f"figure written to {path}, and beside it as SVG", err=True)
    if as_json:
        values = {
            name: {**one.as_dict(max_length), **_forms_as_dict(forms[name])}
            for name, one in found.items()
        }
        only = next(iter(values.values()))
        click.echo(json.dumps(values if len(values) > 1 else only, indent=2))
        return
    tables = [
        "\n\n".join(
            [one.as_table(max_length), *([forms_table(forms[name])] if forms[name] else [])]
        )
        for name, one in found.items()
    ]
    if len(found) > 1:
        tables = [f"{name}\n\n{table}" for name, table in zip(found, tables, strict=True)]
    say("\n\n".join(tables))


def _forms_as_dict(forms: Mapping[str, FormLengths]) -> dict[str, Any]:
    return {"edit_formats": {name: one.as_dict() for name, one in forms.items()}} if forms else {}


def _in_words(found: Mapping[str, Statistics]) -> dict[str, Statistics]:
    """The same by how the rows were made, where that differs; else by the names of their files."""
    names = [_run_of(one) for one in found.values()]
    if not all(names) or len(set(names)) < len(names):
        names = [Path(name).stem for name in found]
    if len(set(names)) < len(names):
        names = list(found)
    return dict(zip(names, found.values(), strict=True))


def _run_of(found: Statistics) -> str:
    """How all rows were made, in a few words; empty if they do not say, or differ."""
    from lintseq_datasets.mapping.made_with import in_few_words, read_made_with

    how = [read_made_with(text) for text in found.runs]
    return in_few_words(how[0]) if len(how) == 1 and how[0] is not None else ""


# --- card and push -------------------------------------------------------------------


@click.command(cls=GroupedCommand)
@click.argument("source")
@click.argument("repo_id", default="user/name", metavar="[USER/NAME]")
@add_options(
    *in_group(
        "Output",
        click.option(
            "--output",
            "-o",
            type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
            help="File to write.  [default: standard output]",
        ),
    ),
    *_SOURCE,
    *_CARD,
    *_TOKENS,
)
def card(source: str, repo_id: str, **given: Any) -> None:
    """Render the card of a dataset.

    SOURCE is an output of `generate`, `randomize` or `revise`, and USER/NAME the repository
    that the card is for.

    If the --output exists, your own text and metadata in it are kept, and the sections of this
    configuration are updated.

    \b
    Examples:
      lintseq-datasets card edits
      lintseq-datasets card edits you/edits -o README.md --license mit
    """  # noqa: D301
    from lintseq_datasets.cli._checks import real_path
    from lintseq_datasets.files.whole_files import write_whole
    from lintseq_datasets.hub.card import build_card
    from lintseq_datasets.statistics.counting import count_dataset

    output: Path | None = None if str(given["output"]) == "-" else given["output"]
    old = ""
    if output is not None and output.exists():
        # What is not UTF-8 in a text of one's own stays as it is, byte for byte.
        old = output.read_bytes().decode("utf-8", "surrogateescape")
    splits = _splits(source, given)
    text = build_card(
        splits,
        repo_id,
        config_name=given["config_name"],
        readme=old,
        statistics=count_dataset(splits, given["tokenizer"]),
        max_length=given["max_length"],
        **_card_options(given),
    )
    if output is None:
        say(text.rstrip("\n"))
    else:
        content = text.encode("utf-8", "surrogateescape")
        # Of a link, the file that it leads to: the link stays.
        write_whole(real_path(output), lambda file: file.write(content))
        click.echo(f"card written to {output}", err=True)


@click.command(cls=GroupedCommand)
@click.argument("source")
@click.argument("repo_id", metavar="USER/NAME")
@add_options(
    *_SOURCE,
    *in_group(
        "Repository",
        click.option("--private", is_flag=True, help="Make the repository private, if it is new."),
        click.option(
            "--token", help="Access token.  [default: that of `hf auth login`, or HF_TOKEN]"
        ),
        click.option("--revision", help="Branch to push to.  [default: main]"),
        click.option("--create-pr", is_flag=True, help="Open a pull request."),
        click.option("--commit-message", help="Message of the commit."),
        click.option("--commit-description", help="Description of the commit."),
    ),
    *_CARD,
    *in_group(
        "Card",
        click.option(
            "--figures/--no-figures",
            default=None,
            help="Put figures on the card.  [default: if matplotlib is installed]",
        ),
    ),
    *_TOKENS,
)
def push(source: str, repo_id: str, **given: Any) -> None:
    """Push a dataset and its card to the Hub.

    SOURCE is an output of `generate`, `randomize` or `revise`. USER/NAME is the repository; it
    is made if there is none. What it holds stays: the text of its card, other configurations
    and other splits.

    \b
    Examples:
      lintseq-datasets push edits you/edits --private
      lintseq-datasets push random you/edits --config-name randseq --create-pr
    """  # noqa: D301
    from lintseq_datasets.hub.push import push as push_dataset

    names = ("config_name", "token", "revision", "create_pr", "commit_message",
             "commit_description", "figures", "tokenizer", "max_length")  # fmt: skip
    commit = push_dataset(
        _splits(source, given),
        repo_id,
        private=given["private"] or None,  # None leaves it to the settings of an organization
        **{name: given[name] for name in names},
        **_card_options(given),
    )
    click.echo(commit.pr_url or commit.commit_url)


def _splits(source: str, given: Mapping[str, Any]) -> dict[str, Dataset]:
    from lintseq_datasets.files.sources import read_splits

    return read_splits(
        source,
        split=given["split"],
        config_name=given["source_config_name"],
        revision=given["source_revision"],
    )


def _card_options(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "license": given["license"],
        "source": list(given["source_datasets"]) or None,
        "language": list(given["language"]),
        "pretty_name": given["pretty_name"],
    }
