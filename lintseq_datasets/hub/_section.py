"""The section of a card about one configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lintseq_datasets.edits.training_text import DIFF_TOKEN
from lintseq_datasets.hub._making import methods_of, render_accounting, render_making
from lintseq_datasets.hub._markdown import code, fenced, paragraphs, shares, table
from lintseq_datasets.hub._use import render_use
from lintseq_datasets.hub.facts import Facts
from lintseq_datasets.mapping.made_with import language_in
from lintseq_datasets.mapping.outputs import OUTPUT_FORMATS, RowFormat, format_of


def render_configuration(
    found: Facts,
    repo_id: str,
    config_name: str,
    max_length: int | None,
    figures: Mapping[str, str],
) -> str:
    """The section about one configuration; see `build_card` for the arguments.

    What a reader needs to use the rows comes first, how they were made comes last.
    """
    return paragraphs(
        [
            f"## Configuration `{config_name}`",
            _splits(found),
            *_shape(found),
            *_sample(found),
            *render_use(found, repo_id, config_name, max_length),
            "### Accounting",
            *render_accounting(found),
            "### Statistics",
            *_statistics(found, max_length),
            *(f"![{text}]({path})" for text, path in figures.items()),
            "### Columns",
            _columns(found),
            *_origins(found),
            "### How it was made",
            *render_making(found),
        ]
    )


def _splits(found: Facts) -> str:
    rows = [(code(name), f"{count:,}") for name, count in found.rows.items()]
    return table(("split", "rows"), rows)


def _shape(found: Facts) -> Iterator[str]:
    """What a row holds, if that is not a whole sequence, from the empty to the whole program."""
    if shape := _format(found).shape:
        yield shape
    elif "end_state" in found.columns:
        yield "The edits lead from the program in `state`, which the prompt holds, to `end_state`."
    elif "state" in found.columns:
        yield "The edits start from the program in `state`, which the prompt holds."


_ORIGINS = {
    "license": "Licenses",
    "source": "Sources",
    "description_model": "Models that described the edits",
}
_MOST_ORIGINS = 20


def _origins(found: Facts) -> Iterator[str]:
    """The licenses and sources of rows by their shares of the edit sequences."""
    for name, counts in sorted(found.origins.items()):
        yield f"### {_ORIGINS[name]}"
        ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
        rows = [(code(value), count) for value, count in ordered[:_MOST_ORIGINS]]
        if rest := [count for _, count in ordered[_MOST_ORIGINS:]]:
            rows.append((f"{len(rest):,} others", sum(rest)))
        yield shares((f"`{name}`", "edit sequences", "share"), rows, sum(counts.values()))


# --- what is in it -------------------------------------------------------------------


def _statistics(found: Facts, max_length: int | None) -> Iterator[str]:
    statistics = found.statistics
    if not statistics.num_sequences:
        yield "There is no edit sequence."
        return
    yield table(("", "mean", "median", "5%", "95%", "maximum"), statistics.rows())
    yield table(("", "value"), statistics.facts(max_length))
    yield (
        "The training text is longer than the program, as it says where the edits go. Programs are "
        "counted once for each of their sequences, training texts and tokens once for each row."
    )


# In a table, as bars are escaped: one would end the cell.
_MEANINGS = {
    "prompt": "the instruction, ended by a newline; empty if there is none",
    "completion": "the training text: the edits, each headed by `<\\|diff\\|>`",
    "edits": "one unified diff for each edit",
    "program": "the program that the edits write, or that they are a part of",
    "program_id": "SHA-256 of the program",
    "sample_index": "which of the samples of the program, from 0; -1 without a sequence",
    "num_edits": "number of edits",
    "status": "`ok`, or why there is no sequence",
    "linter": "name and version of the linter; empty if there was none",
    "audited_states": "states of the sequence that pylint judged, too; 0 without an audit",
    "rejected_states": "how many of them it rejects",
    "made_with": "how the row was made, as JSON; the same in all rows of a run",
    "state": "the program that the edits start from; empty for the empty program",
    "end_state": "the program that the edits lead to",
    "description": "what each edit does, or all of them together, in words of a language model",
    "description_model": "the language model that wrote them",
    "license": "the license of the row",
    "source": "the dataset that the row comes from",
    "source_id": "name of the row there, or its number",
}


def _format(found: Facts) -> type[RowFormat]:
    return OUTPUT_FORMATS[format_of(found.columns)]


def _columns(found: Facts) -> str:
    lines = ["| column | type | content |", "|---|---|---|"]
    # The format comes last: what `completion` holds, for example, differs between them.
    meanings = {**_MEANINGS, "method": _method(found), **_format(found).meanings}
    for name, kind in found.columns.items():
        lines.append(f"| {code(name)} | {code(kind)} | {meanings.get(name, '')} |")
    return "\n".join(lines)


def _method(found: Facts) -> str:
    return "how it was taken apart: " + " or ".join(map(code, methods_of(found)))


def _sample(found: Facts) -> Iterator[str]:
    sample = found.sample
    if sample is None:
        return
    yield "### A sample"
    if sample.prompt.strip():
        yield "The prompt:" if sample.has_state or sample.is_part else "The instruction:"
        yield fenced(sample.prompt.strip("\n"), "text", max_lines=20)
    edits = "one edit" if sample.num_edits == 1 else f"{sample.num_edits} edits"
    yield f"The training text, {edits}:"
    yield fenced(sample.completion, "diff" if DIFF_TOKEN in sample.completion else "text")
    yield f"The program that it {'is a part of' if sample.is_part else 'writes'}:"
    yield fenced(sample.program, language_in(found.runs[0].how if found.runs else None).label)
