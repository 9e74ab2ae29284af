"""The section of a card about one configuration."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from lintseq_datasets.hub._markdown import code, facts, fenced, paragraphs, table
from lintseq_datasets.hub.facts import Facts, Sample
from lintseq_datasets.mapping.accounting import Accounting

_METHODS = {
    "lintseq": "LintSeq: backward sampling, where a linter judges every program state "
    "(paper section 2.2)",
    "randseq": "RandSeq: random deletions without a linter (the ablation of paper section 3.4)",
}


_STARTS = {
    "empty": "the empty program",
    "random_state": "a program state, drawn uniformly among those between the edits of a sequence "
    "(the empty program where there is none)",
    "given": "a program state that came with the row of the source",
}


def render_configuration(
    found: Facts,
    repo_id: str,
    config_name: str,
    max_length: int | None,
    figures: Mapping[str, str],
) -> str:
    """The section about one configuration; see `build_card` for the arguments."""
    return paragraphs(
        [
            f"## Configuration `{config_name}`",
            _splits(found),
            "### How it was made",
            *_provenance(found),
            "### Statistics",
            *_statistics(found, max_length),
            *(f"![{text}]({path})" for text, path in figures.items()),
            "### Columns",
            _columns(found),
            *_sample(found.sample),
            "### Load and train",
            *_snippets(found, repo_id, config_name),
        ]
    )


def _splits(found: Facts) -> str:
    rows = [(code(name), f"{count:,}") for name, count in found.rows.items()]
    return table(("split", "rows"), rows)


# --- how it was made -----------------------------------------------------------------


def _provenance(found: Facts) -> Iterator[str]:
    if not found.is_known:
        yield _unknown(found)
        if found.statistics.accounting is not None:
            yield "### Accounting"
            yield _account(found.statistics.accounting)
            yield "Counted from the rows; those that were left out are not among them."
        return
    runs = found.runs
    if len(runs) > 1:
        yield f"The rows come from {len(runs)} runs."
    for number, run in enumerate(runs, start=1):
        if len(runs) > 1:
            yield f"**Run {number}**"
        yield facts(_run(run))
        yield "The whole configuration:"
        yield fenced(
            json.dumps(run["config"], indent=2, sort_keys=True, ensure_ascii=False), "json"
        )
    yield "### Accounting"
    yield from _accounting(found, runs)


def _unknown(found: Facts) -> str:
    why = (
        "The dataset holds rows that its provenance does not account for."
        if found.runs
        else "The dataset does not say it."
    )
    named = " and ".join(code(name) for name in sorted(found.statistics.sources))
    says = f" The rows themselves name {named}." if named else ""
    return f"How these rows were made is not known. {why}{says}"


def _run(run: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    config, versions, options = run["config"], run["versions"], run["options"]
    method = _METHODS.get(run["method"])
    yield "method", method or code(run["method"])
    yield "linter", code(run["linter"]) if run["linter"] else "none"
    yield "sequences drawn for each program (s)", code(config.get("num_samples", ""))
    yield "repetitions", "excluded" if config.get("unique") else "allowed"
    yield "seed", code(config.get("seed", ""))
    start = config.get("start", "empty")
    yield "sequences start from", _STARTS.get(start, code(start))
    yield "form of the edits in the training text", code(options.get("edit_format", "diff"))
    yield "imports resolve to", code(config.get("imports", ""))
    if (audit := config.get("audit")) is not None:
        yield "programs audited by pylint (share)", code(audit)
    yield "rows without a sequence", code(options.get("on_error", ""))
    for name in ("lintseq-datasets", "algorithm", "python"):
        yield f"version of {name}", code(versions.get(name, ""))
    yield from _source(run["source"])


def _source(source: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "source dataset", code(source.get("repository") or source.get("name") or "not recorded")
    yield "configuration of the source", code(source.get("config") or "")
    taken = source.get("columns") or {}
    names = ", ".join(f"{what} from {code(name)}" for what, name in taken.items() if name)
    yield "columns of the source", names or "not recorded"
    yield "split of the source", code(source.get("split") or "")
    yield "revision of the source", code(source.get("revision") or "not recorded")
    yield "license of the source", code(source.get("license") or "not recorded")


def _accounting(found: Facts, runs: list[dict[str, Any]]) -> Iterator[str]:
    if any(run["accounting"] is None for run in runs):
        yield "The rows were streamed, so that the runs were not accounted for."
        return
    whole = sum((Accounting.from_dict(run["accounting"]) for run in runs), Accounting())
    yield _account(whole)
    here = found.statistics.num_sequences
    if here != whole.num_sequences:
        yield (
            f"This is the accounting of the whole run. The dataset was changed since: it holds "
            f"{here:,} of the {whole.num_sequences:,} sequences."
        )


def _account(whole: Accounting) -> str:
    rows = [("rows in", f"{whole.rows_in:,}"), ("sampled", f"{whole.sampled:,}")]
    for name, reasons in (("skipped", whole.skipped), ("failed", whole.failed)):
        rows.append((name, f"{sum(reasons.values()):,}"))
        by_count = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
        rows += [(f"{name}: {code(reason)}", f"{count:,}") for reason, count in by_count]
    rows.append(("edit sequences", f"{whole.num_sequences:,}"))
    if whole.audited:
        rows.append(("program states that pylint judged, too (the audit)", f"{whole.audited:,}"))
        share = f"{whole.rejected:,} ({whole.rejected_share:.2%})"
        rows.append(("of these, states with an error that pylint alone sees", share))
    return table(("what became of the rows of the source", "rows"), rows)


# --- what is in it -------------------------------------------------------------------


def _statistics(found: Facts, max_length: int | None) -> Iterator[str]:
    statistics = found.statistics
    if not statistics.num_sequences:
        yield "There is no edit sequence."
        return
    yield table(("", "mean", "median", "5%", "95%", "maximum"), statistics.rows())
    yield table(("", "value"), statistics.facts(max_length))
    yield (
        "Lines and characters of the program are counted once for each of its sequences; "
        "the training text is longer by the headers of the diffs."
    )


_MEANINGS = {
    "prompt": "the instruction, ended by a newline; empty if there is none",
    "completion": "the training text: the edits, each headed by `<\\|diff\\|>`",
    "edits": "one unified diff for each edit",
    "program": "the program that the edits write",
    "program_id": "SHA-256 of the program",
    "sample_index": "which of the samples of the program, from 0; -1 without a sequence",
    "num_edits": "number of edits",
    "status": "`ok`, or why there is no sequence",
    "method": "`lintseq` or `randseq`",
    "linter": "name and version of the linter; empty without one",
    "audited_states": "states of the sequence that pylint judged, too; 0 without an audit",
    "rejected_states": "how many of them it rejects",
    "state": "the program that the edits start from; empty for the empty program",
    "edit_path": "one unified diff for each edit",
    "index": "number of the row in the source",
    "source_file": "name of the source",
    "source_instruction": "the instruction",
    "source_response": "the program as it stood in the source",
}


def _columns(found: Facts) -> str:
    lines = ["| column | type | content |", "|---|---|---|"]
    for name, kind in found.columns.items():
        lines.append(f"| {code(name)} | {code(kind)} | {_MEANINGS.get(name, '')} |")
    return "\n".join(lines)


def _sample(sample: Sample | None) -> Iterator[str]:
    if sample is None:
        return
    yield "### A sample"
    if sample.prompt.strip():
        yield "The prompt:" if sample.has_state else "The instruction:"
        yield fenced(sample.prompt.strip("\n"), "text", max_lines=20)
    yield f"The training text, of {sample.num_edits} edits:"
    yield fenced(sample.completion, "diff")
    yield "The program that it writes:"
    yield fenced(sample.program, "python")


# --- how to use it -------------------------------------------------------------------


def _snippets(found: Facts, repo_id: str, config_name: str) -> Iterator[str]:
    config = "" if config_name == "default" else f', "{config_name}"'
    split = next(iter(found.rows))
    load = ["from datasets import load_dataset", ""]
    load.append(f'edits = load_dataset("{repo_id}"{config}, split="{split}")')
    if "status" in found.columns:
        load.append('edits = edits.filter(lambda row: row["status"] == "ok")')
    elif "edit_path" in found.columns:
        load += [_AS_PAIRS]
    yield fenced("\n".join(load), "python", max_lines=100)
    yield (
        "Fine-tuning with [TRL](https://huggingface.co/docs/trl), which computes the loss on the "
        "completion and adds the end-of-sequence token (choose a `max_length` that fits the "
        "lengths above):"
    )
    yield _TRAIN


_AS_PAIRS = """\

def as_pair(row):
    completion = "\\n".join("<|diff|>" + edit for edit in row["edit_path"])
    return {"prompt": row["source_instruction"] + "\\n", "completion": completion}

edits = edits.map(as_pair, remove_columns=edits.column_names)"""

_TRAIN = """\
```python
from tokenizers import AddedToken
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import SFTConfig, SFTTrainer

tokenizer = AutoTokenizer.from_pretrained("your/model")
tokenizer.add_tokens([AddedToken("<|diff|>", normalized=False, special=False)])
model = AutoModelForCausalLM.from_pretrained("your/model")
model.resize_token_embeddings(len(tokenizer))
columns = [name for name in edits.column_names if name not in ("prompt", "completion")]
trainer = SFTTrainer(
    model,
    args=SFTConfig(output_dir="model", max_length=2048),
    train_dataset=edits.remove_columns(columns),
    processing_class=tokenizer,
)
trainer.train()
```"""
