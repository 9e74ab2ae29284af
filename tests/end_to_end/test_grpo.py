"""GRPO with rewards for edits, on a tiny model with the real trainer."""

from __future__ import annotations

from pathlib import Path

import pytest
from datasets import Dataset

pytest.importorskip("trl")

from lintseq_datasets import DIFF_TOKEN, refactor
from lintseq_datasets.training import add_diff_token
from tests.tiny import EXAMPLES, tiny_model, tiny_tokenizer


@pytest.mark.usefixtures("still_heap")
def test_a_step_of_grpo(tmp_path: Path) -> None:
    from examples.train_grpo import grpo_rows, make_trainer  # seconds, for each worker of the tests

    tokenizer = tiny_tokenizer()
    model = tiny_model(tokenizer)
    add_diff_token(tokenizer, model)
    rows = refactor(Dataset.from_list(EXAMPLES[:6]), num_samples=2, linter="syntax")
    kept = grpo_rows(rows)
    assert set(kept.column_names) == {"prompt", "program"}
    assert len(kept) == len({row["program"] for row in rows if row["status"] == "ok"})
    assert all(prompt.endswith(DIFF_TOKEN) for prompt in kept["prompt"])
    trainer = make_trainer(
        model, tokenizer, rows, str(tmp_path), "syntax", 1,
        per_device_train_batch_size=4, num_generations=4, max_completion_length=12, use_cpu=True,
        logging_steps=1, save_strategy="no", bf16=False, disable_tqdm=True,
    )  # fmt: skip
    trainer.train()
    (logged,) = [step for step in trainer.state.log_history if "reward" in step]
    (name,) = [key for key in logged if key.startswith("rewards/") and key.endswith("/mean")]
    assert 0 <= logged[name] <= 1
