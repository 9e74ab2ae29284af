"""The steps that tasks are composed of: what each does, in words, and in several styles of code.

A style is code in which ``{x}`` is the variable that comes in, ``{y}`` the one that goes out and
``{k}`` a number. A style of one line is an expression; of others, ``{y}`` must differ from ``{x}``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

NUMBERS, NUMBER, WORDS, TEXT = "numbers", "number", "words", "text"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a task.

    Args:
        name: Its name, which is part of the composition.
        takes: Kind of value that comes in.
        gives: Kind of value that goes out.
        phrase: What it does, in words.
        run: What it does.
        styles: How it is written.
        numbers: What ``{k}`` is drawn from.
    """

    name: str
    takes: str
    gives: str
    phrase: str
    run: Callable[[Any, int], Any]
    styles: tuple[str, ...]
    numbers: tuple[int, ...] = (0,)


def _filter(name: str, kind: str, phrase: str, condition: str, run: Any, *numbers: int) -> Step:
    one = "n" if kind == NUMBERS else "w"
    styles = (
        f"[{one} for {one} in {{x}} if {condition}]",
        f"list(filter(lambda {one}: {condition}, {{x}}))",
        f"{{y}} = []\nfor {one} in {{x}}:\n    if {condition}:\n        {{y}}.append({one})",
    )
    return Step(name, kind, kind, phrase, lambda v, k: [n for n in v if run(n, k)], styles,
                numbers or (0,))  # fmt: skip


def _map(
    name: str, takes: str, gives: str, phrase: str, made: str, run: Any, *numbers: int
) -> Step:
    one = "n" if takes == NUMBERS else "w"
    styles = (
        f"[{made} for {one} in {{x}}]",
        f"list(map(lambda {one}: {made}, {{x}}))",
        f"{{y}} = []\nfor {one} in {{x}}:\n    {{y}}.append({made})",
    )
    return Step(name, takes, gives, phrase, lambda v, k: [run(n, k) for n in v], styles,
                numbers or (0,))  # fmt: skip


def _chars(name: str, phrase: str, condition: str, run: Any) -> Step:
    styles = (
        f'"".join(c for c in {{x}} if {condition})',
        f'{{y}} = ""\nfor c in {{x}}:\n    if {condition}:\n        {{y}} += c',
    )
    return Step(name, TEXT, TEXT, phrase, lambda v, k: "".join(c for c in v if run(c)), styles)


def _running(values: list[int], _: int) -> list[int]:
    return [sum(values[: at + 1]) for at in range(len(values))]


def _product(values: list[int], _: int) -> int:
    result = 1
    for value in values:
        result *= value
    return result


VOWELS = "aeiou"

STEPS: tuple[Step, ...] = (
    _filter("even", NUMBERS, "keep the even numbers", "n % 2 == 0", lambda n, k: n % 2 == 0),
    _filter("odd", NUMBERS, "keep the odd numbers", "n % 2 == 1", lambda n, k: n % 2 == 1),
    _filter("above", NUMBERS, "keep the numbers above {k}", "n > {k}", lambda n, k: n > k, 0, 2, 5),
    _filter("below", NUMBERS, "keep the numbers below {k}", "n < {k}", lambda n, k: n < k, 4, 9),
    _filter("drop_multiples", NUMBERS, "drop the multiples of {k}", "n % {k} != 0",
            lambda n, k: n % k != 0, 3, 4, 5),
    _map("plus", NUMBERS, NUMBERS, "add {k} to each number", "n + {k}", lambda n, k: n + k, 1, 3),
    _map("times", NUMBERS, NUMBERS, "multiply each number by {k}", "n * {k}",
         lambda n, k: n * k, 2, 3, 10),
    _map("square", NUMBERS, NUMBERS, "square each number", "n * n", lambda n, k: n * n),
    _map("negate", NUMBERS, NUMBERS, "negate each number", "-n", lambda n, k: -n),
    _map("absolute", NUMBERS, NUMBERS, "take absolute values", "abs(n)", lambda n, k: abs(n)),
    _map("modulo", NUMBERS, NUMBERS, "take each number modulo {k}", "n % {k}",
         lambda n, k: n % k, 3, 5, 7),
    _map("cap", NUMBERS, NUMBERS, "cap each number at {k}", "min(n, {k})",
         min, 6, 8, 10),
    Step("sort", NUMBERS, NUMBERS, "sort the numbers", lambda v, k: sorted(v),
         ("sorted({x})", "{y} = list({x})\n{y}.sort()")),
    Step("descend", NUMBERS, NUMBERS, "sort the numbers in descending order",
         lambda v, k: sorted(v, reverse=True),
         ("sorted({x}, reverse=True)", "{y} = list({x})\n{y}.sort(reverse=True)")),
    Step("reverse", NUMBERS, NUMBERS, "reverse the list", lambda v, k: v[::-1],
         ("{x}[::-1]", "list(reversed({x}))",
          "{y} = []\nfor n in {x}:\n    {y}.insert(0, n)")),
    Step("unique", NUMBERS, NUMBERS, "drop repeated numbers", lambda v, k: list(dict.fromkeys(v)),
         ("list(dict.fromkeys({x}))",
          "{y} = []\nfor n in {x}:\n    if n not in {y}:\n        {y}.append(n)")),
    Step("first", NUMBERS, NUMBERS, "take the first {k}", lambda v, k: v[:k],
         ("{x}[:{k}]", "{y} = []\nfor n in {x}:\n    if len({y}) < {k}:\n        {y}.append(n)"),
         (2, 3, 4)),
    Step("skip", NUMBERS, NUMBERS, "skip the first {k}", lambda v, k: v[k:], ("{x}[{k}:]",),
         (1, 2)),
    Step("every_other", NUMBERS, NUMBERS, "take every second one", lambda v, k: v[::2],
         ("{x}[::2]", "[n for i, n in enumerate({x}) if i % 2 == 0]",
          "{y} = []\nfor i in range(0, len({x}), 2):\n    {y}.append({x}[i])")),
    Step("running", NUMBERS, NUMBERS, "take running sums", _running,
         ("[sum({x}[: i + 1]) for i in range(len({x}))]",
          "{y} = []\ntotal = 0\nfor n in {x}:\n    total += n\n    {y}.append(total)")),
    Step("differences", NUMBERS, NUMBERS, "take differences of neighbours",
         lambda v, k: [b - a for a, b in pairwise(v)],
         ("[b - a for a, b in zip({x}, {x}[1:])]",
          "{y} = []\nfor i in range(len({x}) - 1):\n    {y}.append({x}[i + 1] - {x}[i])")),
    Step("sum", NUMBERS, NUMBER, "return the sum", lambda v, k: sum(v),
         ("sum({x})", "{y} = 0\nfor n in {x}:\n    {y} += n")),
    Step("product", NUMBERS, NUMBER, "return the product", _product,
         ("{y} = 1\nfor n in {x}:\n    {y} *= n",)),
    Step("largest", NUMBERS, NUMBER, "return the largest or 0", lambda v, k: max(v, default=0),
         ("max({x}, default=0)", "max({x}) if {x} else 0")),
    Step("smallest", NUMBERS, NUMBER, "return the smallest or 0", lambda v, k: min(v, default=0),
         ("min({x}, default=0)", "min({x}) if {x} else 0")),
    Step("count", NUMBERS, NUMBER, "return how many there are", lambda v, k: len(v),
         ("len({x})", "{y} = 0\nfor _ in {x}:\n    {y} += 1")),
    Step("join_numbers", NUMBERS, TEXT, "join them with commas",
         lambda v, k: ",".join(str(n) for n in v),
         ('",".join(str(n) for n in {x})', '",".join(map(str, {x}))')),
    _chars("drop_vowels", "drop the vowels", 'c not in "aeiou"', lambda c: c not in VOWELS),
    _chars("letters", "keep the letters", "c.isalpha()", str.isalpha),
    Step("upper", TEXT, TEXT, "change it to upper case", lambda v, k: v.upper(), ("{x}.upper()",)),
    Step("reverse_text", TEXT, TEXT, "reverse the text", lambda v, k: v[::-1],
         ("{x}[::-1]", '"".join(reversed({x}))', '{y} = ""\nfor c in {x}:\n    {y} = c + {y}')),
    Step("double", TEXT, TEXT, "double each character", lambda v, k: "".join(c * 2 for c in v),
         ('"".join(c * 2 for c in {x})', '{y} = ""\nfor c in {x}:\n    {y} += c * 2')),
    Step("head", TEXT, TEXT, "take the first {k} characters", lambda v, k: v[:k], ("{x}[:{k}]",),
         (4, 6, 8)),
    Step("split", TEXT, WORDS, "split it into words", lambda v, k: v.split(), ("{x}.split()",)),
    Step("vowels", TEXT, NUMBER, "return the number of vowels",
         lambda v, k: sum(c in VOWELS for c in v),
         ('sum(c in "aeiou" for c in {x})',
          '{y} = 0\nfor c in {x}:\n    if c in "aeiou":\n        {y} += 1')),
    Step("length", TEXT, NUMBER, "return the length", lambda v, k: len(v), ("len({x})",)),
    _filter("longer", WORDS, "keep words longer than {k}", "len(w) > {k}",
            lambda w, k: len(w) > k, 2, 3, 4),
    _filter("without", WORDS, 'keep words without "a"', '"a" not in w', lambda w, k: "a" not in w),
    _map("reverse_words", WORDS, WORDS, "reverse each word", "w[::-1]", lambda w, k: w[::-1]),
    _map("capitalize", WORDS, WORDS, "capitalize each word", "w.capitalize()",
         lambda w, k: w.capitalize()),
    _map("start", WORDS, WORDS, "cut each word to {k} characters", "w[:{k}]",
         lambda w, k: w[:k], 2, 3),
    _map("lengths", WORDS, NUMBERS, "take the length of each word", "len(w)", lambda w, k: len(w)),
    Step("sort_words", WORDS, WORDS, "sort the words", lambda v, k: sorted(v),
         ("sorted({x})", "{y} = list({x})\n{y}.sort()")),
    Step("by_length", WORDS, WORDS, "sort the words by length", lambda v, k: sorted(v, key=len),
         ("sorted({x}, key=len)", "{y} = list({x})\n{y}.sort(key=len)")),
    Step("flip", WORDS, WORDS, "reverse the order of the words", lambda v, k: v[::-1],
         ("{x}[::-1]", "list(reversed({x}))")),
    Step("join_words", WORDS, TEXT, "join them with dashes", lambda v, k: "-".join(v),
         ('"-".join({x})', '{y} = ""\nfor i, w in enumerate({x}):\n    if i > 0:\n'
          '        {y} += "-"\n    {y} += w')),
    Step("initials", WORDS, TEXT, "join the first letters", lambda v, k: "".join(w[:1] for w in v),
         ('"".join(w[:1] for w in {x})', '{y} = ""\nfor w in {x}:\n    {y} += w[:1]')),
)  # fmt: skip
