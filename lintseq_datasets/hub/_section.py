"""The section of a card about one configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lintseq_datasets.edits.sequence import DIFF_TOKEN
from lintseq_datasets.hub._making import render_making
from lintseq_datasets.hub._markdown import code, fenced, paragraphs, shares, table
from lintseq_datasets.hub.facts import Facts
from lintseq_datasets.mapping.made_with import language_in


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
            *render_making(found),
            *_origins(found),
            "### Statistics",
            *_statistics(found, max_length),
            *(f"![{text}]({path})" for text, path in figures.items()),
            "### Columns",
            _columns(found),
            *_sample(found),
            "### Load and train",
            *_snippets(found, repo_id, config_name),
        ]
    )


def _splits(found: Facts) -> str:
    rows = [(code(name), f"{count:,}") for name, count in found.rows.items()]
    return table(("split", "rows"), rows)


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
        "Lines and characters of the program are counted once for each of its sequences, those of "
        "the training text and tokens once for each row. The training text is longer by what says "
        "the places of the edits."
    )


_MEANINGS = {
    "prompt": "the instruction, ended by a newline; empty if there is none",
    "completion": "the training text: the edits, each headed by `<\\|diff\\|>`",
    "edits": "one unified diff for each edit",
    "program": "the program that the edits write, or that they are a part of",
    "program_id": "SHA-256 of the program",
    "sample_index": "which of the samples of the program, from 0; -1 without a sequence",
    "num_edits": "number of edits",
    "status": "`ok`, or why there is no sequence",
    "method": "`lintseq` or `randseq`",
    "linter": "name and version of the linter; empty without one",
    "audited_states": "states of the sequence that pylint judged, too; 0 without an audit",
    "rejected_states": "how many of them it rejects",
    "made_with": "how the row was made, as JSON; the same in all rows of a run",
    "state": "the program that the edits start from; empty for the empty program",
    "edit_index": "number of the first edit of the row in its sequence, from 0; -1 without one",
    "is_last": "whether the row is the last one of its sequence",
    "hunk_index": "number of the hunk in its edit, from 0; -1 without a sequence",
    "num_hunks": "number of hunks of the edit",
    "messages": "the instruction, and for each edit the call of a tool and its answer",
    "tools": "the tools that there are, as JSON schemas",
    "instruction": "the instruction",
    "end_state": "the program that the edits lead to",
    "description": "what each edit does, or all of them together, in words of a language model",
    "description_model": "the language model that wrote them",
    "license": "the license of the row",
    "source": "the dataset that the row comes from",
    "source_id": "name of the row there, or its number",
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


def _sample(found: Facts) -> Iterator[str]:
    sample = found.sample
    if sample is None:
        return
    yield "### A sample"
    if sample.prompt.strip():
        yield "The prompt:" if sample.has_state or sample.is_part else "The instruction:"
        yield fenced(sample.prompt.strip("\n"), "text", max_lines=20)
    edits = "one edit" if sample.num_edits == 1 else f"{sample.num_edits} edits"
    yield f"The training text, of {edits}:"
    yield fenced(sample.completion, "diff" if DIFF_TOKEN in sample.completion else "text")
    yield f"The program that it {'is a part of' if sample.is_part else 'writes'}:"
    yield fenced(sample.program, language_in(found.runs[0].how if found.runs else None).label)


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
    is_chat = "messages" in found.columns
    loss = "calls alone" if is_chat else "completion and adds the end-of-sequence token"
    how = "with a chat template that has tools and `{% generation %}`; " if is_chat else ""
    yield (
        "Fine-tuning with [TRL](https://huggingface.co/docs/trl), which computes the loss on the "
        f"{loss} ({how}choose a `max_length` that fits the lengths above):"
    )
    yield fenced(_training(found), "python", max_lines=100)


def _training(found: Facts) -> str:
    has_token = "messages" not in found.columns and "hunk_index" not in found.columns
    token, use, add = _WITH_TOKEN if has_token else ("", "", "")
    chat, pair = '("messages", "tools")', '("prompt", "completion")'
    read = chat if "messages" in found.columns else pair
    loss = ", assistant_only_loss=True" if "messages" in found.columns else ""
    return _TRAIN.format(token=token, use=use, add=add, read=read, loss=loss)


_AS_PAIRS = """\

def as_pair(row):
    completion = "\\n".join("<|diff|>" + edit for edit in row["edit_path"])
    return {"prompt": row["source_instruction"] + "\\n", "completion": completion}

edits = edits.map(as_pair, remove_columns=edits.column_names)"""

_WITH_TOKEN = (
    "from tokenizers import AddedToken\n",
    'tokenizer.add_tokens([AddedToken("<|diff|>", normalized=False, special=False)])\n',
    "model.resize_token_embeddings(len(tokenizer))\n",
)

_TRAIN = """\
{token}from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import SFTConfig, SFTTrainer

tokenizer = AutoTokenizer.from_pretrained("your/model")
{use}model = AutoModelForCausalLM.from_pretrained("your/model")
{add}columns = [name for name in edits.column_names if name not in {read}]
trainer = SFTTrainer(
    model,
    args=SFTConfig(output_dir="model", max_length=2048{loss}),
    train_dataset=edits.remove_columns(columns),
    processing_class=tokenizer,
)
trainer.train()"""
