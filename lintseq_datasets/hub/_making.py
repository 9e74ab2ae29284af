"""How the rows of a configuration were made, and what became of those that came in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lintseq_datasets.hub._markdown import code, facts, fenced, shares, table
from lintseq_datasets.hub.facts import Facts, name_of_source
from lintseq_datasets.mapping.accounting import Accounting
from lintseq_datasets.mapping.answers import DONE
from lintseq_datasets.mapping.choices import OutputFormat
from lintseq_datasets.mapping.made_with import in_few_words, language_in
from lintseq_datasets.mapping.options import Reading, as_options
from lintseq_datasets.mapping.outputs import OUTPUT_FORMATS, format_of
from lintseq_datasets.mapping.provenance import MadeRun

_METHODS = {
    "lintseq": "LintSeq: backward sampling, where a linter judges every program state "
    "(paper section 2.2)",
    "randseq": "RandSeq: random deletions without a linter (the ablation of paper section 3.4)",
    "revision": "paths between two versions: changes are undone backwards, where a linter judges "
    "every program state",
    "random_revision": "paths between two versions: changes are undone at random, without a linter",
}
_REVISIONS = ("revision", "random_revision")
_STARTS = {
    "empty": "the empty program",
    "random_state": "a program state, drawn uniformly among those between the edits of a sequence "
    "(the empty program where there is none)",
    "segment": "a program state, and end at a later one: any two of a sequence with the same "
    "probability, the empty program and the whole one among them",
    "given": "a program state that came with the row of the source",
}
_READING = {
    "extract_code": "programs are read from answers",
    "fences": "of several fences of an answer",
    "turns": "of the turns of a conversation",
    "history": "the prompt holds the turns before",
    "solutions": "of several solutions",
}
_WRITING = {
    "tools": "tools that are called",
    "tool_answers": "what a tool answers",
    "file_name": "name of the file",
    "done": "what is said when the program is complete",
    "edits_per_row": "edits in a row",
    "edits_so_far": "the prompt holds the edits before",
    "conversational": "prompt and completion are messages",
    "fim_markers": "markers of",
}
_UNNAMED = "not known: neither rows in memory nor files read by `load_dataset` keep a name"
_MOST_RUNS = 10


def methods_of(found: Facts) -> list[str]:
    """The methods that the rows name."""
    # Of "lintseq, pylint 4.0.5", the method is what stands in front of the comma.
    return sorted({name.partition(",")[0] for name in found.statistics.sources})


def render_making(found: Facts) -> Iterator[str]:
    """The paragraphs that say how rows were made."""
    if found.is_known:
        yield from _runs(found)
    else:
        yield _unknown(found)


def _runs(found: Facts) -> Iterator[str]:
    runs = found.runs
    if len(runs) > 1 or found.unknown:
        yield _shares_of_runs(found)
    for number, run in enumerate(runs[:_MOST_RUNS], start=1):
        if len(runs) > 1:
            yield f"**Run {number}**"
        yield facts([*_sources(run, found), *_run(run, format_of(found.columns))])
        # In paragraphs of their own: between empty lines, what stands in the tag is Markdown again.
        yield "<details><summary>The whole configuration</summary>"
        values = json.dumps(run.how["config"], indent=2, sort_keys=True, ensure_ascii=False)
        yield fenced(values, "json")
        yield "</details>"


def _shares_of_runs(found: Facts) -> str:
    """Of how many runs the rows are, and how many are of each, where they say so."""
    count = len(found.runs)
    head = f"The rows come from {count:,} run{'s' if count > 1 else ''}."
    # Rows without the column `made_with` do not say which run they are of.
    if any(run.rows is None for run in found.runs):
        return head
    rows = [
        (f"run {number}: {code(in_few_words(run.how))}", run.rows or 0)
        for number, run in enumerate(found.runs[:_MOST_RUNS], start=1)
    ]
    if rest := found.runs[_MOST_RUNS:]:
        rows.append((f"{len(rest):,} more runs", sum(run.rows or 0 for run in rest)))
    if found.unknown:
        rows.append(("not known how", found.unknown))
        head = head.replace("The rows come", "Not all rows say how they were made. The others come")
    return f"{head}\n\n{shares(('made with', 'rows', 'share'), rows, found.num_rows)}"


def _unknown(found: Facts) -> str:
    why = (
        "The dataset holds rows that its provenance does not account for."
        if any(found.provenances.values())
        else "The dataset does not say it."
    )
    named = " and ".join(code(name) for name in sorted(found.statistics.sources))
    says = f" The rows themselves name {named}." if named else ""
    return f"How these rows were made is not known. {why}{says}"


def _run(run: MadeRun, output_format: OutputFormat) -> Iterator[tuple[str, str]]:
    config, versions, options = (run.how[name] for name in ("config", "versions", "options"))
    method, linter = run.how["method"], run.how["linter"]
    names = ", ".join(f"{what} from {code(name)}" for what, name in run.columns.items() if name)
    yield "columns of the source", names
    yield "method", _METHODS.get(method) or code(method)
    language = language_in(run.how)
    yield "language of the programs", language.title
    yield "linter", code(linter) if linter else "none"
    yield "sequences drawn for each program (s)", code(config.get("num_samples", ""))
    yield "repetitions", "excluded" if config.get("unique") else "allowed"
    yield "seed", code(config.get("seed", ""))
    start = config.get("start", "empty")
    begin = _STARTS.get(str(start), code(start))
    yield "sequences start from", "the version before" if method in _REVISIONS else begin
    if OUTPUT_FORMATS[output_format].tells_edit_format:
        yield "form of the edits in the training text", code(options.get("edit_format", "diff"))
    yield from _writing(options, output_format)
    if "imports" in language.options:
        yield "imports resolve to", code(config.get("imports", ""))
    if (audit := config.get("audit")) is not None:
        yield "programs audited by pylint (share)", code(audit)
    yield "rows without a sequence", code(options.get("on_error", ""))
    for name in ("lintseq-datasets", "algorithm", "python"):
        yield f"version of {name}", code(versions.get(name, ""))
    if (described := run.descriptions) is not None:
        yield "descriptions", _described(described)
    yield from _reading(options)


def _described(counts: Mapping[str, Any]) -> str:
    described, missing = (int(counts.get(name, 0)) for name in ("described", "missing"))
    failed = sum(dict(counts.get("failed", {})).values())
    models = ", ".join(code(name) for name in counts.get("models", {}) if name)
    text = f"{described:,} of {described + missing + failed:,} {counts.get('per', 'edit')}s"
    return f"{text}, by {models}" if models else text


def _writing(options: Mapping[str, Any], output_format: OutputFormat) -> Iterator[tuple[str, str]]:
    """What was chosen of the options that belong to the output format."""
    if own := OUTPUT_FORMATS[output_format].own_options:
        yield "output format", code(output_format)
    for name in own:
        if value := options.get(name, ""):
            yield _WRITING[name], code(value)


def _reading(options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """How programs were found in the rows, where that is not as usual."""
    usual = as_options(Reading())
    for name, what in _READING.items():
        if name in options and options[name] != usual[name]:
            yield what, code(options[name])


def _sources(run: MadeRun, found: Facts) -> Iterator[tuple[str, str]]:
    """What the rows come from, as the user says it and as it was recorded."""
    recorded = [name_of_source(source) for source in run.sources] or [""]
    said = found.said_sources
    if not said and "source" not in found.origins and "" in recorded:
        yield "source", _UNNAMED
    yield "source", ", ".join(code(name) for name in said if name not in recorded)
    # Where there is no source, `recorded` has one empty name.
    for source, name in zip(run.sources, recorded, strict=False):
        yield from _source(source, "source" if not said or name in said else "rows were read from")


def _source(source: Mapping[str, Any], what: str) -> Iterator[tuple[str, str]]:
    """What is recorded of a source; a file has no configurations and no splits."""
    yield what, code(name_of_source(source))
    if source.get("repository"):
        yield "configuration of the source", code(source.get("config") or "")
        yield "split of the source", code(source.get("split") or "")
    for name in ("revision", "license", "license_file"):
        yield f"{name.replace('_', ' ')} of the source", code(source.get(name) or "")


def render_accounting(found: Facts) -> Iterator[str]:
    """The paragraphs that say what became of the rows that came in."""
    whole, counted = found.accounting, found.statistics.accounting
    if whole is not None:
        yield _account(whole)
        here = found.statistics.num_sequences
        if here != whole.num_sequences:
            yield (
                f"This is the accounting of the whole run. The dataset was changed since: it holds "
                f"{here:,} of the {whole.num_sequences:,} sequences."
            )
    elif counted is not None:
        yield _account(counted)
        yield "Counted from the rows; those that were left out are not among them."
    else:
        yield "It is not recorded what became of the rows that came in."


def _account(whole: Accounting) -> str:
    rows = [("rows in", f"{whole.rows_in:,}"), ("sampled", f"{whole.sampled:,}")]
    for name, reasons in (("skipped", whole.skipped), ("failed", whole.failed)):
        rows.append((name, f"{sum(reasons.values()):,}"))
        counts = _by_count(reasons)
        rows += [(f"{name}: {code(reason)}", f"{count:,}") for reason, count in counts]
    for name, count in _by_count(whole.answers):
        rows.append((f"in answers, {DONE.get(name) or code(name)}", f"{count:,}"))
    rows.append(("edit sequences", f"{whole.num_sequences:,}"))
    if whole.audited:
        rows.append(("audit: program states that pylint judged as well", f"{whole.audited:,}"))
        share = f"{whole.rejected:,} ({whole.rejected_share:.2%})"
        rows.append(("audit: states in which pylint sees a new error", share))
    return table(("what became of the rows of the source", "rows"), rows)


def _by_count(reasons: Mapping[str, int]) -> Sequence[tuple[str, int]]:
    return sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
