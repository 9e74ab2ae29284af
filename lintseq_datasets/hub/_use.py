"""How the rows of a configuration are loaded, and how a model is trained on them."""

from __future__ import annotations

from collections.abc import Iterator

from lintseq_datasets.hub._markdown import fenced
from lintseq_datasets.hub.facts import Facts

_USUAL_LENGTH = 2048  # tokens


def render_use(
    found: Facts, repo_id: str, config_name: str, max_length: int | None
) -> Iterator[str]:
    """The paragraphs about loading and training; see `build_card` for the arguments."""
    yield "### Load"
    yield fenced("\n".join(_load(found, repo_id, config_name)), "python", max_lines=100)
    yield "### Train"
    options = f"max_length={max_length or _USUAL_LENGTH}"
    if "messages" in found.columns:
        said, lines = _ON_CALLS, [_MODEL, _CALLS]
        options += ", assistant_only_loss=True"
    elif "hunk_index" in found.columns:  # the markers are those of the model
        said, lines = _ON_COMPLETIONS, [_OURS.format("training_rows"), _MODEL, _ROWS]
    else:
        said = f"{_ON_COMPLETIONS} {_TOKEN}"
        lines = [_OURS.format("add_diff_token, training_rows"), _MODEL, _ADD, _ROWS]
    text = "".join([*lines, _TRAINER.format(options=options)])
    yield f"{said} {_CUTS}"
    yield fenced(text, "python", max_lines=100)


def _load(found: Facts, repo_id: str, config_name: str) -> Iterator[str]:
    config = "" if config_name == "default" else f', "{config_name}"'
    split = next(iter(found.rows))
    yield from ("from datasets import load_dataset", "")
    yield f'edits = load_dataset("{repo_id}"{config}, split="{split}")'
    if found.lacks_sequences:
        yield 'edits = edits.filter(lambda row: row["status"] == "ok")'
    if "edit_path" in found.columns:
        yield _AS_PAIRS


_ON_COMPLETIONS = (
    "With [TRL](https://huggingface.co/docs/trl) and the library `lintseq-datasets`. The trainer "
    "computes the loss on the completion, and adds the end-of-sequence token."
)
_TOKEN = "`add_diff_token` makes `<|diff|>`, which heads each edit, a token that can be learned."
_ON_CALLS = (
    "With [TRL](https://huggingface.co/docs/trl), and a model whose chat template knows tools and "
    "marks what the assistant says (`{% generation %}`): the loss is computed on that alone."
)
_CUTS = "What is longer than `max_length` is cut, so choose it by the lengths below."
_AS_PAIRS = """\

def as_pair(row):
    completion = "\\n".join("<|diff|>" + edit for edit in row["edit_path"])
    return {"prompt": row["source_instruction"] + "\\n", "completion": completion}

edits = edits.map(as_pair, remove_columns=edits.column_names)"""

_OURS = "from lintseq_datasets.training import {}\n"
_MODEL = """\
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import SFTConfig, SFTTrainer

tokenizer = AutoTokenizer.from_pretrained("your/model")
model = AutoModelForCausalLM.from_pretrained("your/model")
"""
_ADD = "add_diff_token(tokenizer, model)\n"
_ROWS = "rows, count = training_rows(edits)\n"
_CALLS = 'rows = edits.select_columns(["messages", "tools"])\n'
_TRAINER = """\
config = SFTConfig("model", {options})
SFTTrainer(model, args=config, train_dataset=rows, processing_class=tokenizer).train()"""
