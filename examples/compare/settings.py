"""How large the comparison is, and what is compared."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Arm:
    """One way of writing the same programs.

    Args:
        name: How it is called on the page.
        sampler: ``"plain"`` for whole programs, ``"lintseq"`` or ``"randseq"`` for edits.
        edit_format: Form of the edits; None for programs.
        is_searched: Whether search in edit space is tried with its model.
    """

    name: str
    sampler: str
    edit_format: str | None = "diff"
    is_searched: bool = False


LINTER = "prylint"
"""Judges the states of LintSeq's rows, and those of a search."""

ARMS = (
    Arm("plain", "plain", None),
    Arm("lintseq", "lintseq", is_searched=True),
    Arm("lintseq-anchored", "lintseq", "anchored", is_searched=True),
    Arm("randseq", "randseq"),
    Arm("randseq-anchored", "randseq", "anchored"),
)
"""What is compared. The form of the edits may matter more than how they were drawn."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One size of the comparison.

    Args:
        programs: Programs to train on.
        tasks: Held-out tasks.
        steps_of_task: The least and the most steps of a task.
        sequences: Edit sequences for each program, *s* in the paper.
        vocabulary: Tokens of the tokenizer.
        shape: Of the model: arguments of `transformers.OlmoConfig`.
        batch: Rows in a step of the optimizer.
        optimizer_steps: Steps of the optimizer, the same for all arms.
        learning_rate: Its peak, reached after ``warmup`` steps; it falls to a tenth of that.
        warmup: See there.
        bfloat16: Whether training computes in that precision, as GPUs do fast.
        samples: Programs for each task, temperature 1, top-p 0.95.
        max_new_tokens: The most tokens of a sample.
        sample_batch: Samples at once.
        save_every: Steps after which training is saved.
    """

    programs: int
    tasks: int
    steps_of_task: tuple[int, int]
    shape: dict[str, int] = field(hash=False)
    batch: int
    optimizer_steps: int
    learning_rate: float
    warmup: int = 100
    bfloat16: bool = False
    sequences: int = 5
    vocabulary: int = 600
    samples: int = 50
    max_new_tokens: int = 320
    sample_batch: int = 250
    save_every: int = 250


SETTINGS = {
    # About 35 minutes on a processor with two cores, for one seed.
    "cpu": Setting(
        programs=1500,
        tasks=60,
        steps_of_task=(3, 4),
        shape={
            "hidden_size": 96,
            "intermediate_size": 384,
            "num_hidden_layers": 4,
            "num_attention_heads": 4,
        },
        batch=32,
        optimizer_steps=1600,
        learning_rate=5e-3,
        sample_batch=500,
    ),
    # Larger models and tasks, for one GPU: minutes for each arm.
    "gpu": Setting(
        programs=2000,
        tasks=80,
        steps_of_task=(4, 7),
        shape={
            "hidden_size": 320,
            "intermediate_size": 1280,
            "num_hidden_layers": 6,
            "num_attention_heads": 5,
        },
        batch=128,
        optimizer_steps=1200,
        learning_rate=1.2e-3,
        bfloat16=True,
        sample_batch=250,
    ),
    # Seconds: to see that it works. What it says means nothing.
    "toy": Setting(
        programs=30,
        tasks=3,
        steps_of_task=(3, 3),
        shape={
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
        },
        batch=4,
        optimizer_steps=6,
        learning_rate=2e-3,
        warmup=2,
        sequences=2,
        vocabulary=300,
        samples=4,
        max_new_tokens=24,
        sample_batch=8,
        save_every=2,
    ),
}
