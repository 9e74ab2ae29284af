"""The card of a dataset: pure rendering, nothing is read or sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import fill
from typing import Any

from lintseq_datasets.hub._fields import (
    Contribution,
    contribute,
    merge_fields,
    read_contributions,
    state_comment,
)
from lintseq_datasets.hub._markdown import code, paragraphs
from lintseq_datasets.hub._section import render_configuration
from lintseq_datasets.hub.facts import Facts, as_splits, gather
from lintseq_datasets.hub.readme import Readme
from lintseq_datasets.samplers.option_checks import check_text
from lintseq_datasets.statistics import Statistics

# ``# Title``, a line of equals signs below it, or HTML.
_H1 = re.compile(r"^# |^=+\s*$|<h1[ >]", re.MULTILINE)
_COMPARISON = re.compile(r"^!\[.*\]\(figures/comparison/.*\)$", re.MULTILINE)


def build_card(
    dataset: Any,
    repo_id: str = "user/name",
    *,
    config_name: str = "default",
    readme: str = "",
    statistics: Statistics | None = None,
    max_length: int | None = None,
    figures: Mapping[str, str] | None = None,
    license: str | None = None,
    source: str | Iterable[str] | None = None,
    language: str | Sequence[str] = "code",
    pretty_name: str | None = None,
) -> str:
    r"""The card of a dataset, rendered from its rows and their recorded provenance.

    Args:
        dataset: An edit-sequence dataset of any output format, or its splits by name.
        repo_id: Repository that the card is for.
        config_name: Name of the configuration that the dataset is in the repository.
        readme: The card that is there. Its text and metadata are kept; our sections and
            fields are updated, those of other configurations stay.
        statistics: What `count_dataset` gives, where it is known already, for example
            with tokens.
        max_length: Tokens beyond which the user of the dataset will truncate.
        figures: Paths of pictures in the repository, by the text that describes them.
        license: License of the dataset; by default that of the source, where it is recorded.
        source: What the programs come from: ids on the Hub, or names such as that of a file; by
            default as recorded.
        language: Value of the field ``language``.
        pretty_name: Title of the dataset; by default the name of the repository.

    Returns:
        The text of README.md. Without ``configs`` and ``dataset_info``, which describe
        files: `push` adds them.

    Raises:
        ColumnError: The columns are those of no output format.
        ConfigError: ``dataset`` is no dataset.
        HubError: The metadata of ``readme`` are no YAML.

    >>> from datasets import Dataset
    >>> from lintseq_datasets import refactor
    >>> rows = Dataset.from_dict({"code": ["a = 1\nprint(a)"]})
    >>> card = build_card(refactor(rows, linter="syntax"), "me/edits", license="mit")
    >>> "license: mit" in card, "# edits" in card
    (True, True)
    """
    check_text("repo_id", repo_id, "the name of a repository, such as 'user/name'")
    facts = gather(as_splits(dataset), statistics, source)
    own = contribute(facts, license=license, language=language)
    return render_card(
        Readme.from_text(readme), facts, own, repo_id, config_name,
        max_length=max_length, figures=figures or {}, pretty_name=pretty_name,
    ).text  # fmt: skip


def render_card(
    readme: Readme,
    facts: Facts,
    own: Contribution,
    repo_id: str,
    config_name: str,
    *,
    max_length: int | None = None,
    figures: Mapping[str, str] | None = None,
    comparison: Mapping[str, str] | None = None,
    pretty_name: str | None = None,
) -> Readme:
    """Write what is ours into a README; see `build_card`.

    Args:
        readme: The README that is there; may be empty.
        facts: What is known of the configuration.
        own: What the configuration adds to the metadata.
        repo_id: Repository that the card is for.
        config_name: Name of the configuration.
        max_length: Tokens beyond which the user of the dataset will truncate.
        figures: Paths of pictures in the repository, by the text that describes them.
        comparison: Those that compare the configurations; by default those that are there.
        pretty_name: Title of the dataset.
    """
    before = read_contributions(readme.section("about"))
    after = {**before, config_name: own}
    fields = readme.fields()
    title = pretty_name or str(fields.get("pretty_name") or repo_id.rpartition("/")[2])
    title = " ".join(title.split())
    readme = readme.with_fields(merge_fields(fields, before, after, pretty_name=title))
    # A person's own title stays the only one; a comment in a block of code looks like one.
    has_title = bool(_H1.search(_without_code(readme.foreign_text())))
    # Those that are there stay, where this push could draw none.
    pictures = [f"![{text}]({path})" for text, path in (comparison or {}).items()]
    pictures = pictures or _COMPARISON.findall(readme.section("about"))
    section = render_configuration(facts, repo_id, config_name, max_length, figures or {})
    return readme.with_sections(
        {
            "about": _about(title, after, has_title, pictures),
            f"config:{config_name}": section,
            "notes": _notes(after),
        }
    )


def _about(
    title: str, contributions: Mapping[str, Contribution], has_title: bool, pictures: Sequence[str]
) -> str:
    heading = "## About the edit sequences" if has_title else f"# {_plain(title)}"
    parts = [state_comment(contributions), heading, *_what(contributions)]
    parts.append(_configurations(contributions))
    return paragraphs([*parts, *pictures])


def _what(contributions: Mapping[str, Contribution]) -> Iterator[str]:
    """What the rows are: programs that are written, or programs that change."""
    methods = _methods(contributions)
    if methods - _REVISIONS or not methods:
        judged = _judged(methods - _REVISIONS, "randseq", _JUDGED, _AT_RANDOM)
        # A line that ends at a hyphen is read with a blank behind it: "edit- sequences".
        yield fill(f"{_WHAT} {judged}{_RESOLVED}", 100, break_on_hyphens=False)
    if changes := methods & _REVISIONS:
        judged = _judged(changes, "random_revision", _JUDGED_CHANGES, _CHANGES_AT_RANDOM)
        named = " or ".join(map(code, sorted(changes)))
        what = f"{_WHAT_CHANGES.replace('METHODS', named)} {judged}{_RESOLVED_CHANGES}"
        yield fill(what, 100, break_on_hyphens=False)


def _judged(methods: set[str], random: str, by_linter: str, at_random: str) -> str:
    """What judged the states of these rows, as far as it is known."""
    if not methods:
        return ""
    if random not in methods:
        return f"{by_linter} "
    if methods == {random}:
        return f"{at_random[0].upper()}{at_random[1:]} "
    return f"{by_linter} Not so in rows of the method {code(random)}: {at_random} "


def _methods(contributions: Mapping[str, Contribution]) -> set[str]:
    named = [part for own in contributions.values() for part in own["methods"].split("; ")]
    return {name.partition(" ")[0] for name in named if name}


def _notes(contributions: Mapping[str, Contribution]) -> str:
    at_random = sorted(_methods(contributions) & {"randseq", "random_revision"})
    names = " or ".join(map(code, at_random))
    unjudged = f" Sequences of the method {names} were judged by no linter." if at_random else ""
    return _NOTES.replace("UNJUDGED", unjudged)


def _configurations(contributions: Mapping[str, Contribution]) -> str:
    lines = [
        f"- `{name}`: {own['sequences']:,} edit sequences in {own['rows']:,} rows"
        + (f", {code(own['methods'])}" if own["methods"] else "")
        for name, own in sorted(contributions.items())
    ]
    head = "Configurations:" if len(lines) > 1 else "There is one configuration:"
    return "\n".join([head, "", *lines])


def _plain(text: str) -> str:
    """A text in a heading: nothing in it is markup."""
    return re.sub(r"([\\`*_{}\[\]<>#|~&])", r"\\\1", " ".join(text.split()))


def _without_code(text: str) -> str:
    return re.sub(r"^(```+|~~~+)[\s\S]*?^\1", "", text, flags=re.MULTILINE)


_REVISIONS = {"revision", "random_revision"}

_WHAT = """\
Each row is a program, written edit by edit. The programs were taken apart as in LintSeq
([Piterbarg, Pinto, Fergus, ICLR 2025](https://arxiv.org/abs/2410.02749)): lines are deleted step
by step until nothing is left, and read backwards the deletions are insertions that write the
program."""
_JUDGED = """\
A linter judged every program state between the edits: none has an error that the program itself
does not have."""
_AT_RANDOM = "the lines were drawn at random, and no linter was asked (RandSeq)."
_CHANGES_AT_RANDOM = "the changes were drawn at random, and no linter was asked."
_RESOLVED = """\
Resolving the edits one after the other gives the program, byte for byte. The order of the edits was
sampled; nobody typed it."""

_WHAT_CHANGES = """\
Rows of the method METHODS are programs that change, edit by edit: from the version in their
column `state`, which the prompt holds, to the one in `program`. What differs between the two was
cut into changes, and these were undone step by step, backwards."""
_JUDGED_CHANGES = """\
A linter judged every state between the versions: none has an error that neither of them has."""
_RESOLVED_CHANGES = """\
Such edits insert and delete lines. Resolving them one after the other gives the version after,
byte for byte."""

_NOTES = """\
## Limitations

- The sequences are sampled. They are not how a person wrote the programs.
- Programs were never run. That a linter finds no new error in a program state does not mean that
  the state, or the program, does what the instruction asks for.UNJUDGED
- Errors that a whole program has itself may occur in its states, too.
- Instructions and programs are those of the source dataset, with its mistakes, biases and
  licenses; nothing was added to them. Samples of the same program are similar to each other:
  keep them in the same split.

## Citation

The method is the work of the paper's authors:

```bibtex
@inproceedings{piterbarg2025training,
  title     = {Training Language Models on Synthetic Edit Sequences Improves Code Synthesis},
  author    = {Piterbarg, Ulyana and Pinto, Lerrel and Fergus, Rob},
  booktitle = {The Thirteenth International Conference on Learning Representations},
  year      = {2025},
  url       = {https://arxiv.org/abs/2410.02749}
}
```

The data were made with the library `lintseq-datasets`, an independent implementation. The sections
of this card between its comments are written by the library; text outside of them is kept."""
