"""Finetune a model on edit sequences with TRL, with the settings of the paper.

    pip install '.[lora]'
    lintseq-datasets generate programs.jsonl --output edits --num-samples 5
    python examples/train_trl.py edits --recipe tinycodelm-150m --output model

On several GPUs, with the weights spread over them (DeepSpeed ZeRO-3):

    accelerate launch --config_file examples/accelerate/zero3.yaml --num_processes 2 \\
        examples/train_trl.py edits --recipe llama-3.1-8b --output model

The same command goes on from the last checkpoint with --resume.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset, load_dataset, load_from_disk
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.trainer_utils import get_last_checkpoint
from trl import SFTConfig, SFTTrainer

from lintseq_datasets.training import (
    RECIPES,
    add_diff_token,
    add_lora,
    filter_by_length,
    length_report,
    training_rows,
)


def main() -> None:
    args = parse_arguments()
    recipe = RECIPES[args.recipe]
    if args.batch_size:
        recipe = dataclasses.replace(recipe, total_batch_size=args.batch_size)
    # First of all: with ZeRO-3, this makes models be loaded in pieces.
    config = SFTConfig(
        **recipe.sft_options(args.output, num_samples=args.num_samples, **overrides(args))
    )

    tokenizer = AutoTokenizer.from_pretrained(args.model or recipe.model)
    model = AutoModelForCausalLM.from_pretrained(
        args.model or recipe.model,
        # AdamW loses small steps in bfloat16 weights; weights that LoRA leaves may be so.
        dtype=torch.bfloat16 if args.lora and config.bf16 else torch.float32,
    )
    add_diff_token(tokenizer, model)
    if args.lora:
        model = add_lora(model, tokenizer)

    with config.main_process_first(desc="reading the data"):
        dataset = load_rows(args.data, args.split)
        rows, count = training_rows(dataset)
        report = length_report(rows, tokenizer, config.max_length)
        if not args.keep_long:
            rows, fitting = filter_by_length(rows, tokenizer, config.max_length, report=report)
            count = count.then(fitting)
    if config.process_index == 0:
        print(report, f"\n{count}\n", sep="\n")
    if not len(rows):
        raise SystemExit("There is no row to train on.")

    trainer = SFTTrainer(model, args=config, train_dataset=rows, processing_class=tokenizer)
    goes_on = args.resume and Path(args.output).is_dir()
    checkpoint = get_last_checkpoint(args.output) if goes_on else None
    trainer.train(resume_from_checkpoint=checkpoint)
    trainer.save_model(args.output)  # and the tokenizer
    trainer.save_state()


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("data", help="output of `lintseq-datasets generate`, or an id on the Hub")
    parser.add_argument("--output", required=True, help="folder for the model and checkpoints")
    parser.add_argument("--recipe", choices=RECIPES, default="tinycodelm-150m")
    parser.add_argument("--model", help="another model than that of the recipe: folder or id")
    parser.add_argument("--split", default="train")
    parser.add_argument(
        "--num-samples", type=int, default=5, help="sequences per program in the data (s)"
    )
    parser.add_argument("--lora", action="store_true", help="train low-rank adapters only")
    parser.add_argument("--max-length", type=int, help="tokens of a row at most")
    parser.add_argument(
        "--keep-long", action="store_true", help="cut rows that are longer instead of dropping them"
    )
    parser.add_argument("--batch-size", type=int, help="rows in a step, over all devices")
    parser.add_argument("--per-device-batch-size", type=int)
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--epochs", type=float, help="passes over the rows")
    parser.add_argument("--max-steps", type=int)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--report-to", default="none", help="wandb, tensorboard, trackio, …")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    return parser.parse_args()


def overrides(args: argparse.Namespace) -> dict[str, Any]:
    """What was given on the command line, by the names of SFTConfig."""
    given = {
        "max_length": args.max_length,
        "per_device_train_batch_size": args.per_device_batch_size,
        "learning_rate": args.learning_rate,
        "num_train_epochs": args.epochs,
        "max_steps": args.max_steps,
        "seed": args.seed,
        "report_to": args.report_to,
    }
    return {name: value for name, value in given.items() if value is not None}


def load_rows(source: str, split: str) -> Dataset:
    path = Path(source)
    if path.suffix in (".parquet", ".jsonl"):
        reader = {".parquet": "parquet", ".jsonl": "json"}[path.suffix]
        return load_dataset(reader, data_files=source, split="train")
    if (path / "state.json").exists():  # generate --saved
        return load_from_disk(source)
    return load_dataset(source, split=split)


if __name__ == "__main__":
    main()
