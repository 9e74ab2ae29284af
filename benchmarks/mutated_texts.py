"""Texts that models might have written, by mutation: none raises, and pieces make no difference.

    python -m benchmarks.mutated_texts --texts 100000

Sequences of the example programs are written in every edit format and damaged: lines go,
come, move, lose their signs, their indentation or a character; texts are cut, doubled, fenced,
mixed with prose and with other formats. For each text: reading it under ``skip`` raises nothing,
gives a program that its edits resolve to exactly, and is the same when the text comes in pieces;
the policies ``stop`` and ``raise`` agree with it about the first problem.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter
from pathlib import Path

from lintseq_datasets import EditSequence, randseq_map, resolve
from lintseq_datasets.edits.formats import FORMS
from lintseq_datasets.edits.reading import IncrementalResolver, Resolved, resolve_generation
from lintseq_datasets.errors import DiffError, ProgramError

_EXAMPLES = Path(__file__).parent.parent / "examples" / "programs.jsonl"
_JUNK = [
    "", " ", "Sure, here is the code:", "Done.", "```", "```python", "```diff", "~~~", "\r",
    "@@", "@@ ... @@", "@@ -1,2 +1,3 @@", "@@ -9,0 +10 @@ def f():", "@@ -1,",
    "--- a/x.py", "+++ b/x.py", "diff --git a/x.py b/x.py", "\\ No newline at end of file",
    "<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE",
    "*** Begin Patch", "*** End Patch", "*** Update File: x", "*** Add File: x", "*** End of File",
    "3a", "1,2d", "2,9c", ".", "s/.//", "a", "+x = 1", "-x = 1", " x = 1", "x = 1",
    "<|diff|>", "<|diff|><|diff|>", "<|di", "<|endoftext|>", "+a</s>",
]  # fmt: skip


def main() -> None:
    """Read mutated texts, and say what was found in them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    sequences = _sequences(options.seed)
    started = time.process_time()
    kinds: Counter[str] = Counter()
    clean = 0
    for number in range(options.texts):
        name = list(FORMS)[number % len(FORMS)]
        text, start = damaged_text(sequences, name, rng)
        done = check_text(text, start, name, rng)
        kinds.update(done.report.counts.keys())
        clean += done.report.is_clean
    print(f"{options.texts:,} texts, {clean:,} of them without a problem, none raised,")
    print(f"pieces made no difference; {time.process_time() - started:.0f} s")
    for kind, count in kinds.most_common():
        print(f"  {kind:<18}{count:>8,}")


def _sequences(seed: int) -> list[EditSequence]:
    rows = [json.loads(line) for line in _EXAMPLES.read_text(encoding="utf-8").splitlines()]
    out = randseq_map(
        {"response": [row["response"] for row in rows]}, num_samples=2, seed=seed, on_error="skip"
    )
    return [EditSequence.from_edits(edits) for edits in out["edits"]]


def damaged_text(
    sequences: list[EditSequence], edit_format: str, rng: random.Random
) -> tuple[str, str]:
    """A text of a sequence in a format, with damage, and the state that it starts from."""
    while True:
        sequence = rng.choice(sequences).after(0)
        try:
            text = sequence.to_text(edit_format)
        except ProgramError:
            continue
        for _ in range(rng.randrange(1, 6)):
            text = _mutate(text, rng)
        return text, rng.choice(["", "", rng.choice(sequences).resolve().text, "x = 1\nx = 1\n"])


def _mutate(text: str, rng: random.Random) -> str:
    return rng.choice([_mutate_line, _mutate_lines, _mutate_text])(text, rng)


def _mutate_line(text: str, rng: random.Random) -> str:
    lines = text.split("\n")
    at = rng.randrange(len(lines))
    line, place = lines[at], rng.randrange(len(lines[at]) + 1)
    lines[at] = rng.choice([
        line[1:],
        line + rng.choice(["\r", " ", "<|endoftext|>", "</s> more", "<|diff|>"]),
        line[:place] + rng.choice("+- @<=.`0\t#'\u2028") + line[place:],
        "".join(str(rng.randrange(20)) if one.isdigit() else one for one in line),
        rng.choice(_JUNK),
    ])  # fmt: skip
    return "\n".join(lines)


def _mutate_lines(text: str, rng: random.Random) -> str:
    lines = text.split("\n")
    at = rng.randrange(len(lines))
    if rng.random() < 0.4:
        del lines[at : at + rng.randrange(1, 4)]
    else:
        lines.insert(at, rng.choice([rng.choice(_JUNK), rng.choice(lines)]))
    return "\n".join(lines)


def _mutate_text(text: str, rng: random.Random) -> str:
    before = rng.choice(["Sure:\n", "```diff\n", "  ", "> ", "\n"])
    return rng.choice([
        text[: rng.randrange(len(text) + 1)],
        f"{before}{text}\n```\nDone.",
        text.replace("\n", "\r\n"),
        text.replace("<|diff|>", ""),
        "  " + text.replace("\n", "\n  "),
    ])  # fmt: skip


def check_text(text: str, start: str, edit_format: str, rng: random.Random) -> Resolved:
    """Read a text in all ways, and compare.

    Raises:
        AssertionError: Two ways differ.
    """
    done = resolve_generation(text, start=start, edit_format=edit_format)
    exact = resolve(list(map(str, done.edits.edits)), start=start)
    assert exact == done.program, ("edits", edit_format, text, start)
    resolver = IncrementalResolver(start=start, edit_format=edit_format)
    states = []
    place = 0
    while place < len(text):
        size = rng.choice([1, 3, 7, 40, 400])
        states += resolver.feed(text[place : place + size])
        place += size
    states += resolver.close()
    assert resolver.result == done, ("pieces", edit_format, text, start)
    assert states == list(done.edits.states()), ("states", edit_format, text, start)
    stopped = resolve_generation(text, start=start, edit_format=edit_format, policy="stop")
    assert stopped.report.num_stopped or stopped == done, ("stop", edit_format, text, start)
    first = [str(problem.as_error()) for problem in done.report.problems[:1]]
    assert _raised(text, start, edit_format) == first, ("raise", edit_format, text, start)
    return done


def _raised(text: str, start: str, edit_format: str) -> list[str]:
    try:
        resolve_generation(text, start=start, edit_format=edit_format, policy="raise")
    except DiffError as error:
        return [str(error)]
    return []


if __name__ == "__main__":
    main()
