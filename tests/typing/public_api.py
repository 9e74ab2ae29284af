"""Uses of the public names as a type checker sees them; checked, never run."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from datasets import Dataset

from lintseq_datasets import (
    ALGORITHM,
    DIFF_TOKEN,
    Edit,
    EditSequence,
    Hunk,
    IncrementalResolver,
    LintSeqConfig,
    LintSeqError,
    Program,
    RandSeqConfig,
    edit_prompt,
    lintseq_map,
    lintseq_transform,
    randseq_map,
    refactor,
    resolve,
    resolve_generation,
    revision_map,
)
from lintseq_datasets.linters.base import Linter, LintMessage, LintResult


def sequences(text: str) -> Iterator[str]:
    sequence: EditSequence = EditSequence.from_text(text)
    edits: tuple[Edit, ...] = sequence.edits
    hunks: tuple[Hunk, ...] = edits[0].hunks
    states: list[Program] = list(sequence.states())
    yield from (state.text for state in states)
    yield sequence.resolve().text + sequence.to_text() + DIFF_TOKEN
    yield from hunks[0].added


def resolving(text: str, edits: list[str]) -> list[str]:
    return [resolve(text), resolve(edits, strict=False)]


def generations(pieces: Iterator[str]) -> Iterator[str]:
    resolver = IncrementalResolver(policy="stop", start=Program(()), eos=("</s>",))
    for piece in pieces:
        yield from (state.text for state in resolver.feed(piece))
    done = resolve_generation(edit_prompt("Go on.", resolver.result.edits, after_line=0))
    yield done.program + str(sum([done.report], done.report).counts)


def mapping(batch: dict[str, list[Any]]) -> dict[str, list[Any]]:
    config = LintSeqConfig(num_samples=3, linter="ruff", unique=True)
    lintseq_map(batch, num_samples=5, seed=0, on_error="skip", output_format="pylintseq")
    lintseq_map(batch, [0, 1], config=config, instruction_column=None, extract_code="markdown")
    randseq_map(batch, config=RandSeqConfig(seed=2), program_column="code")
    randseq_map(batch, start="given", state_column="state")
    revision_map(batch, language="python", linter=None, before_column="before")
    return lintseq_map(batch, config=LintSeqConfig.reference(seed=1))


def whole(dataset: Dataset) -> Dataset:
    return refactor(dataset, num_samples=2, linter="ruff", on_error="skip", desc="x")


def transforming(row: dict[str, Any]) -> dict[str, Any]:
    transform = functools.partial(lintseq_transform, epoch=ALGORITHM)
    return transform(row)


class MyLinter:
    name = "mine 1"

    def lint(self, texts: list[str] | tuple[str, ...] | Any) -> list[LintResult]:
        return [(LintMessage("M1", 1, 0),) for _ in texts]


def own_linter() -> LintSeqConfig:
    linter: Linter = MyLinter()
    return LintSeqConfig(linter=linter)


def failing(text: str) -> str:
    try:
        return resolve(text)
    except LintSeqError as error:
        return str(error)
