"""Go on training a model on rewards for its edits: well formed, and clean in every state.

    pip install '.[train,ruff]'
    python examples/train_grpo.py edits --model model --output model-grpo --linter ruff

The rows are an output of `lintseq-datasets generate`; the model was trained on such rows. The
reward does not run programs and says nothing of whether they do what was asked: for that, add a
reward that runs tests, in a sandbox.
"""

from __future__ import annotations

import argparse
from typing import Any

import torch
from datasets import Dataset, load_dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import GRPOConfig, GRPOTrainer

from lintseq_datasets import DIFF_TOKEN
from lintseq_datasets.training import add_diff_token
from lintseq_datasets.training.rewards import EditReward


def main() -> None:
    args = parse_arguments()
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    model = AutoModelForCausalLM.from_pretrained(args.model)
    add_diff_token(tokenizer, model)
    rows = load_dataset(args.data, split=args.split)
    trainer = make_trainer(model, tokenizer, rows, args.output, args.linter, args.max_steps)
    trainer.train()
    trainer.save_model(args.output)


def make_trainer(
    model: Any, tokenizer: Any, rows: Dataset, output: str, linter: str, max_steps: int,
    **options: Any,
) -> GRPOTrainer:  # fmt: skip
    """A trainer on the prompts of rows; each row's program is the reference."""
    config = GRPOConfig(
        output,
        max_steps=max_steps,
        # Prompts must not be cut, and the end of the sequence ends a completion.
        **{"max_completion_length": 512, "num_generations": 8, "temperature": 1.0, "top_p": 0.95,
           "bf16": torch.cuda.is_available() and torch.cuda.is_bf16_supported(),
           "report_to": "none", **options},
    )  # fmt: skip
    return GRPOTrainer(
        model,
        reward_funcs=EditReward(linter=linter),
        args=config,
        train_dataset=grpo_rows(rows),
        processing_class=tokenizer,
    )


def grpo_rows(rows: Dataset) -> Dataset:
    """One row for each program, with the token that begins the first edit in its prompt."""
    kept = rows.filter(lambda row: row["status"] == "ok" and row["sample_index"] == 0)
    kept = kept.select_columns(["prompt", "program"])
    return kept.map(lambda row: {"prompt": row["prompt"] + DIFF_TOKEN})


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("data", help="output of `lintseq-datasets generate`, or an id on the Hub")
    parser.add_argument("--split", default="train")
    parser.add_argument("--model", required=True)
    parser.add_argument("--output", required=True, help="folder for the model")
    parser.add_argument("--linter", default="pylint")
    parser.add_argument("--max-steps", type=int, default=500)
    return parser.parse_args()


if __name__ == "__main__":
    main()
