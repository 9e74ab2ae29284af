"""What the tests of training share: rows, and what the real trainer makes of them."""

from __future__ import annotations

import tempfile
from functools import cache
from typing import Any

from datasets import Dataset

from lintseq_datasets import refactor
from lintseq_datasets.training import RECIPES, add_diff_token, training_rows
from tests.end_to_end.rows import ROWS
from tests.tiny import CHAT_TEMPLATE, tiny_model, tiny_tokenizer


def edits(**options: Any) -> Dataset:
    return refactor(Dataset.from_list(ROWS), num_samples=2, linter="syntax", **options)


def with_token() -> Any:
    tokenizer = tiny_tokenizer()
    add_diff_token(tokenizer)
    return tokenizer


def trainer_of(tokenizer: Any, model: Any, rows: Dataset, **options: Any) -> Any:
    from trl import SFTConfig, SFTTrainer

    config = RECIPES["tinycodelm-150m"].sft_options(
        tempfile.mkdtemp(), save_strategy="no", **options
    )
    return SFTTrainer(
        model, args=SFTConfig(**config), train_dataset=rows, processing_class=tokenizer
    )


@cache
def prepared(**options: Any) -> Any:
    """Rows, and what the real trainer makes of them."""
    tokenizer = tiny_tokenizer()
    tokenizer.chat_template = CHAT_TEMPLATE
    model = tiny_model(tokenizer)
    add_diff_token(tokenizer, model)
    output_format = options.pop("output_format", "default")
    rows, _ = training_rows(edits(output_format=output_format))
    trainer = trainer_of(tokenizer, model, rows, **options)
    return rows, tokenizer, trainer.train_dataset
