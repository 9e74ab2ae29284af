"""Time of reading the text of a model, by its length and by how it is cut."""

from __future__ import annotations

import random
from collections.abc import Callable

from benchmarks.measure import print_table, print_versions, processor_seconds
from lintseq_datasets.edits.reading import IncrementalResolver, resolve, resolve_generation

_LINE = "    value = compute(value, {})"


def many_edits(count: int) -> str:
    """As many edits, each of one line at a random place."""
    rng = random.Random(0)
    places = [rng.randint(0, number) for number in range(count)]
    return "\n".join(
        f"<|diff|>@@ -{place},0 +{place + 1} @@\n+{_LINE.format(number)}"
        for number, place in enumerate(places)
    )


def one_edit(count: int) -> str:
    """One edit of as many lines."""
    lines = "\n".join("+" + _LINE.format(number) for number in range(count))
    return f"<|diff|>@@ -0,0 +1,{count} @@\n{lines}"


def junk(count: int) -> str:
    """As many lines that belong nowhere, each below a header that is none."""
    return "<|diff|>" + "\n".join(f"@@ {number} @@\n{_LINE}" for number in range(count))


def in_pieces(text: str, size: int) -> None:
    """Read a text in pieces of some characters, with all states."""
    resolver = IncrementalResolver()
    for start in range(0, len(text), size):
        resolver.feed(text[start : start + size])
    resolver.close()


def seconds(call: Callable[[], object]) -> str:
    """Processor seconds of a call."""
    started = processor_seconds()
    call()
    return f"{processor_seconds() - started:.2f}"


def main() -> None:
    """Print a table of processor seconds."""
    print_versions()
    rows = []
    for name, make in (("many edits", many_edits), ("one edit", one_edit), ("junk", junk)):
        for count in (4_000, 16_000):
            text = make(count)
            exact = seconds(lambda text=text: resolve(text)) if make is not junk else "-"
            whole = seconds(lambda text=text: resolve_generation(text))
            pieces = [seconds(lambda text=text, n=n: in_pieces(text, n)) for n in (4, 1)]
            rows.append([name, f"{len(text):,}", exact, whole, *pieces])
    head = ["text", "characters", "exact", "tolerant", "in pieces of 4", "of 1"]
    print_table(head, rows)


if __name__ == "__main__":
    main()
