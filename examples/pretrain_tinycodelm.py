"""Pretrain TinyCodeLM from scratch on web text and Python, as in the paper.

    pip install '.[train]'
    accelerate launch --num_processes 4 examples/pretrain_tinycodelm.py \\
        --size 150M --output tinycodelm-150m

Without --web and --code, the paper's sources are streamed from the Hub: FineWeb's sample of
ten billion tokens, and the Python of The Stack, whose terms must be accepted there first.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import Any

from datasets import IterableDataset, load_dataset
from tinycodelm import (
    PRETRAINING_MIX,
    SHAPES,
    MixSource,
    PretrainingRecipe,
    pretraining_mix,
    tinycodelm_config,
)
from transformers import (
    AutoTokenizer,
    OlmoForCausalLM,
    Trainer,
    TrainingArguments,
    default_data_collator,
    set_seed,
)
from transformers.trainer_utils import get_last_checkpoint


def main() -> None:
    args = parse_arguments()
    given = {
        "block_size": args.block_size,
        "total_batch_size": args.batch_size,
        "per_device_batch_size": args.per_device_batch_size,
        "learning_rate": args.learning_rate,
        "warmup_steps": args.warmup_steps,
        "seed": args.seed,
    }
    recipe = dataclasses.replace(
        PretrainingRecipe(), **{name: value for name, value in given.items() if value is not None}
    )
    options: dict[str, Any] = {"max_steps": args.max_steps} if args.max_steps else {}
    config = TrainingArguments(**recipe.training_options(args.output, **options))

    tokenizer = AutoTokenizer.from_pretrained(args.tokenizer)
    set_seed(recipe.seed)
    shape = dict(change.split("=") for change in args.shape)
    model = OlmoForCausalLM(
        tinycodelm_config(
            args.size, tokenizer, **{name: int(value) for name, value in shape.items()}
        )
    )
    with config.main_process_first(desc="packing the data"):
        sources = [
            load_source(source, local, recipe.seed)
            for source, local in zip(PRETRAINING_MIX, (args.web, args.code), strict=True)
        ]
        blocks = pretraining_mix(
            sources, tokenizer, block_size=recipe.block_size, seed=recipe.seed
        ).map(with_labels, batched=True)
    if config.process_index == 0:
        print(f"{model.num_parameters():,} parameters, {config.max_steps:,} steps")

    trainer = Trainer(
        model,
        args=config,
        train_dataset=blocks,
        processing_class=tokenizer,
        data_collator=default_data_collator,
    )
    goes_on = args.resume and Path(args.output).is_dir()
    checkpoint = get_last_checkpoint(args.output) if goes_on else None
    trainer.train(resume_from_checkpoint=checkpoint)
    trainer.save_model(args.output)
    trainer.save_state()


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--output", required=True, help="folder for the model and checkpoints")
    parser.add_argument("--size", choices=SHAPES, default="150M")
    parser.add_argument("--web", help="JSON lines with web text in the column `text`")
    parser.add_argument("--code", help="JSON lines with Python in the column `content`")
    parser.add_argument("--tokenizer", default="upiter/TinyCodeLM-150M", help="folder or id")
    parser.add_argument(
        "--shape", nargs="*", default=[], metavar="NAME=NUMBER",
        help="another shape than that of the size, such as num_hidden_layers=2",
    )  # fmt: skip
    parser.add_argument("--block-size", type=int, help="tokens in a row")
    parser.add_argument("--batch-size", type=int, help="rows in a step, over all devices")
    parser.add_argument("--per-device-batch-size", type=int)
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--warmup-steps", type=int)
    parser.add_argument("--max-steps", type=int)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    return parser.parse_args()


def load_source(source: MixSource, local: str | None, seed: int) -> IterableDataset:
    # Streams in both cases, so that they can be mixed with each other.
    if local:
        dataset = load_dataset("json", data_files=local, split="train", streaming=True)
    else:
        dataset = load_dataset(source.dataset, split="train", streaming=True, **source.options)
    return dataset.shuffle(seed=seed, buffer_size=10_000)


def with_labels(batch: dict[str, list[list[int]]]) -> dict[str, list[list[int]]]:
    return {**batch, "labels": batch["input_ids"]}


if __name__ == "__main__":
    main()
