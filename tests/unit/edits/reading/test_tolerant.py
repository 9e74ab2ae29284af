"""Text that a model wrote: whatever it is, it is read, and what is wrong with it is said."""

from __future__ import annotations

import json
import pickle
import random
import time
from functools import lru_cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lintseq_datasets import lintseq_map
from lintseq_datasets.edits.edit import Edit, Hunk
from lintseq_datasets.edits.program import Program
from lintseq_datasets.edits.reading import (
    EOS_TOKENS,
    IncrementalResolver,
    Problem,
    ReadingReport,
    Resolved,
    resolve,
    resolve_generation,
    resolve_stream,
)
from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.edits.styles import encode
from lintseq_datasets.edits.training_text import DIFF_TOKEN
from lintseq_datasets.errors import ConfigError, DiffError
from tests.conftest import ROOT
from tests.property.strategies import programs_with_deletions

ONE = "<|diff|>@@ -0,0 +1 @@\n"  # the header of an edit of one line


def kinds(done: Resolved) -> list[str]:
    return [problem.kind for problem in done.report.problems]


# --- what is taken -------------------------------------------------------------------

CASES = [
    # where edits start
    ("Sure, here you are:\n\n<|diff|>@@ -0,0 +1 @@\n+a", "a", []),
    ("Write it. <|diff|>@@ -0,0 +1 @@\n+a", "a", []),
    ("Write it: <|diff|>\n@@ -0,0 +1 @@\n+a", "a", []),
    ("The token <|diff|> heads edits.\n<|diff|>@@ -0,0 +1 @@\n+a", "a", []),
    ("As in <|diff|> or <|diff|>@@ -0,0 +1 @@\n+a", "a", []),
    ("@@ -0,0 +1 @@\n+a\n<|diff|>@@ -1,0 +2 @@\n+b", "a\nb", []),
    ("\n@@ -0,0 +1 @@\n+a", "a", []),
    (" \n\n@@ -0,0 +1 @@\n+a", "a", []),
    ("Look:\n@@ -0,0 +1 @@\n+a", "a", []),
    (ONE + "+a<|diff|>@@ -1,0 +2 @@\n+b", "a<|diff|>@@ -1,0 +2 @@\nb", ["more_lines"]),
    ("<|diff|>\n<|diff|>\n@@ -0,0 +1 @@\n+a\n<|diff|>", "a", []),
    ("<|diff|><|diff|>@@ -0,0 +1 @@\n+a", "a", []),
    ("a = 1\nprint(a)", "", ["no_edit"]),
    ("", "", []),
    (" \n\n", "", []),
    # bodies that are not as long as promised
    ("<|diff|>@@ -0,0 +1,3 @@\n+a\n+b\n<|diff|>@@ -2,0 +3 @@\n+c", "a\nb\nc", ["fewer_lines"]),
    (ONE + "+a\n+b\n<|diff|>@@ -2,0 +3 @@\n+c", "a\nb\nc", ["more_lines"]),
    (
        "<|diff|>@@ -0,0 +1,2 @@\n+def f():\n\n+    return 1",
        "def f():\n    return 1",
        ["stray_text"],
    ),
    (ONE + "+a\nThat is all:\n+ one\n- two", "a", ["stray_text"]),
    (ONE + "+a\n\n\n", "a", []),
    # malformed hunks
    ("<|diff|>@@ nonsense @@\n+x\n@@ -0,0 +1 @@\n+a", "a\nx", ["bad_header"]),
    ("<|diff|>@@ -0,0 +1 @@ def f():\n+x\n<|diff|>@@ -0,0 +1 @@\n+a", "a\nx", ["header_form"]),
    ("<|diff|>+x\n@@ -0,0 +1 @@\n+a", "a", ["stray_text"]),
    ("<|diff|>@@ -0,0 +1 @@  \n+a", "a", ["header_form"]),
    ("<|diff|>@@ -0,0 +1,1 @@\n+a", "a", ["header_form"]),
    ("<|diff|> @@ -0,0 +1 @@\n+a\n<|diff|> @@ -1,0 +2 @@\n+b", "a\nb", ["header_form"] * 2),
    (" @@ -0,0 +1 @@\n+a", "a", ["indented"]),
    ("<|diff|>@@ -0,0 +1 @@\n+a\n @@ -1,0 +2 @@\n+b", "a", ["stray_text"]),
    ("<|diff|>@@ -0,0 +0,0 @@\n<|diff|>@@ -0,0 +1 @@\n+a", "a", ["empty_hunk"]),
    # positions
    (ONE.replace("-0", "-9") + "+a\n<|diff|>@@ -1,0 +2 @@\n+b", "a\nb", ["clipped_position"]),
    ("<|diff|>@@ -9,0 +10 @@\n+a\n<|diff|>@@ -7 +7 @@\n+b", "a\nb",
     ["clipped_position", "truncated", "clipped_position"]),
    ("<|diff|>@@ -0 +0 @@\n+a", "a", ["truncated", "clipped_position"]),
    (f"<|diff|>@@ -{'9' * 5000},0 +1 @@\n+a", "a", ["header_form", "clipped_position"]),
    ("<|diff|>@@ -0,0 +77,2 @@\n+a\n+c\n<|diff|>@@ -1,0 +99 @@\n+b", "a\nb\nc",
     ["new_position", "new_position"]),
    ("<|diff|>@@ -0,0 +1,2 @@\n+b\n+d\n<|diff|>@@ -1,0 +3 @@\n+c\n@@ -0,0 +1 @@\n+a",
     "a\nb\nc\nd", ["hunk_order"]),
    # deletions
    ("<|diff|>@@ -0,0 +1,2 @@\n+a\n+b\n<|diff|>@@ -1 +1 @@\n-a\n+c", "c\nb", []),
    ("<|diff|>@@ -0,0 +1,2 @@\n+a\n+b\n<|diff|>@@ -1 +1 @@\n+c\n-a", "c\nb", ["wrong_signs"]),
    ("<|diff|>@@ -0,0 +1,2 @@\n+a\n+b\n<|diff|>@@ -1 +1 @@\n-zzz\n+c", "c\na\nb",
     ["missing_line"]),
    ("<|diff|>@@ -0,0 +1 @@\n+a\n<|diff|>@@ -1,3 +0,0 @@\n-a\n-b\n-c", "",
     ["missing_line", "missing_line"]),
    ("<|diff|>@@ -0,0 +1,3 @@\n+a\n+b\n+d\n<|diff|>@@ -1,2 +0,0 @@\n-a\n-b\n@@ -1,0 +1 @@\n+c",
     "c\nd", ["clipped_position"]),
    # a text that was cut off
    ("<|diff|>@@ -0,0 +1,3 @@\n+a\n+    ret", "a\n    ret", ["truncated"]),
    ("<|diff|>@@ -0,0 +1,3 @@\n+a\n", "a", ["truncated"]),
    ("<|diff|>@@ -0,0 +1 @@", "", ["truncated"]),
    (ONE + "+a\n<|diff|>@@ -1,0 +", "a", ["truncated"]),
    (ONE + "+a\n<|diff|>@", "a", ["truncated"]),
    (ONE + "+a\n<|di", "a", ["truncated"]),
    (ONE + "+a\n<|diff|>@@ -x", "a", ["bad_header"]),
    ("<|diff|>@@ -0,0 +1,3 @@\n+a\nDone.", "a", ["stray_text", "fewer_lines"]),
    ("<|diff|>@@ -0,0 +1,3 @@\n+a<|endoftext|>", "a", ["fewer_lines"]),
    # no character is eaten
    ("<|diff|>@@ -0,0 +1,2 @@\n+\n+  x \t\n", "\n  x \t", []),
    (ONE + "+x\r\n", "x", ["crlf"]),
    (ONE + "+x\ry\n", "x\ry", []),
    (ONE + "+a\x0cb\x1c\x85\u2028\u2029 \x0b", "a\x0cb\x1c\x85\u2028\u2029 \x0b", []),
    ("<|diff|>@@ -0,0 +1,4 @@\n+@@ -1 +1 @@\n++ <|diff|>\n+-\n+++",
     "@@ -1 +1 @@\n+ <|diff|>\n-\n++", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "program", "problems"), CASES)
def test_skip(text: str, program: str, problems: list[str]) -> None:
    done = resolve_generation(text)
    assert (done.program, kinds(done)) == (program, problems)
    assert resolve(text, strict=False) == program
    assert done.report.is_clean == (not problems)


def test_problems_say_where() -> None:
    text = "\n".join(
        ["Sure!", "<|diff|>@@ -0,0 +1 @@", "+a", "+b", "junk", "more junk",
         "<|diff|>@@ what", "+x", "@@ -9,0 +3 @@", "-a", "+c"]
    )  # fmt: skip
    done = resolve_generation(text)
    assert done.program == "c\nb\nx"
    assert [(p.kind, p.edit, p.hunk, p.line) for p in done.report.problems] == [
        ("more_lines", 0, 0, 2),
        ("stray_text", 0, 0, 5),
        ("bad_header", 1, 0, 7),
        ("more_lines", 1, 1, 9),
        ("moved", 1, 1, 9),
    ]
    starts = [text[problem.offset :].partition("\n")[0] for problem in done.report.problems]
    assert starts == ["@@ -0,0 +1 @@", "junk", "@@ what", *["@@ -9,0 +3 @@"] * 2]
    assert done.report.preamble == len("Sure!\n")
    changed = Edit((Hunk(0, 0, ("c",), ("a",)), Hunk(2, 2, ("x",))))
    assert done.edits == EditSequence((Edit((Hunk(0, 0, ("a", "b")),)), changed))


def test_edits_of_a_list_may_be_malformed() -> None:
    edits = ["@@ -0,0 +1 @@\n+a", "", "nonsense", "@@ -1,0 +2 @@\n+b</s>"]
    assert resolve(edits, strict=False) == "a\nb</s>"  # a list has no end of its own
    assert resolve(edits, strict=False, eos="</s>") == "a\nb"
    with pytest.raises(DiffError, match="edit 2, hunk 0"):
        resolve(edits)


def test_a_sequence_that_does_not_fit() -> None:
    sequence = EditSequence((Edit((Hunk(5, 5, ("a",)),)),))
    assert resolve(sequence, strict=False) == "a"
    with pytest.raises(DiffError, match="edit 0, hunk 0"):
        resolve(sequence)


# --- policies ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "program", "kind"),
    [
        (ONE + "+a\n<|diff|>@@ -1,0 +2,2 @@\n+b", "a", "truncated"),
        (ONE + "+a\n<|diff|>@@ -1,0 +2,2 @@\n+b\n<|diff|>@@ -2,0 +3 @@\n+c", "a", "fewer_lines"),
        (ONE + "+a\n<|diff|>@@ -1,0 +2 @@\n+b\n+c\n<|diff|>@@ -2,0 +3 @@\n+d", "a", "more_lines"),
        (ONE + "+a\n<|diff|>@@ -1,0 +2 @@\n-b", "a", "wrong_signs"),
        (ONE + "+a\nDone.\n<|diff|>@@ -1,0 +2 @@\n+b", "a", "stray_text"),
        (ONE + "+a\n<|diff|>@@ -1,0 +2,2 @@\n+b\n\n+c", "a", "stray_text"),
        (ONE + "+a\n<|diff|>@@ oops\n+b\n<|diff|>@@ -1,0 +2 @@\n+c", "a", "bad_header"),
        (ONE + "+a\n<|diff|>@@ -1 +1 @@\n-z\n+b\n<|diff|>@@ -1,0 +2 @@\n+c", "a", "missing_line"),
        (ONE + "+a\n<|di", "a", "truncated"),
        (ONE + "+a\n<|diff|>@@ -1,", "a", "truncated"),
        # the hunks before it, of the same edit
        ("<|diff|>@@ -0,0 +1 @@\n+a\n@@ oops\n+b\n@@ -0,0 +2 @@\n+c", "a", "bad_header"),
        ("<|diff|>@@ -0,0 +1 @@\n+a\n@@ -0,0 +2,9 @@\n+b", "a", "truncated"),
        ("<|diff|>@@ -0,0 +1 @@\n+a\n@@ -0,0 +2,9 @@\n+b\njunk", "a", "stray_text"),
        ("<|diff|>@@ -0,0 +1 @@\n+a\njunk<|endoftext|>", "a", "stray_text"),
        ("<|diff|>@@ -0,0 +1,3 @@\n+a\njunk<|endoftext|>", "", "stray_text"),
        ("Sorry.", "", "no_edit"),
    ],
)
def test_stop_keeps_what_came_before(text: str, program: str, kind: str) -> None:
    done = resolve_generation(text, policy="stop")
    assert (done.program, kinds(done)) == (program, [kind])
    assert done.report.num_stopped == 1
    assert not done.report.eos_seen
    assert resolve(text, strict=False, policy="stop") == program


def test_stop_goes_on_after_what_can_be_put_right() -> None:
    text = (
        "<|diff|>@@ -9,0 +1,1 @@\n+b\n@@ -9,0 +0,0 @@\n<|diff|>@@ -1,0 +2 @@\n+c\n@@ -0,0 +7 @@\n+a"
    )
    done = resolve_generation(text, policy="stop")
    assert done.program == "a\nb\nc"
    assert set(kinds(done)) == {"clipped_position", "header_form", "empty_hunk", "hunk_order"}
    assert done.report.num_stopped == 0


def test_raise_says_which_edit_and_hunk() -> None:
    text = ONE + "+a\n<|diff|>@@ -1,0 +2 @@\n+b\n@@ -1,0 oops\n+c"
    with pytest.raises(DiffError) as caught:
        resolve(text, strict=False, policy="raise")
    assert (caught.value.edit, caught.value.hunk) == (1, 1)
    assert str(caught.value) == (
        "edit 1, hunk 1: '@@ -1,0 oops' is no hunk header (line 5 of the text)"
    )
    clean = "Sure!\n" + ONE + "+a<|endoftext|>"
    assert resolve(clean, strict=False, policy="raise") == "a"


def test_policies_and_tokens_that_do_not_exist() -> None:
    for options in ({"policy": "ignore"}, {"eos": [""]}, {"eos": [DIFF_TOKEN]}, {"eos": ["a\n"]}):
        for call in (resolve_generation, lambda text, **given: list(resolve_stream(text, **given))):
            with pytest.raises(ConfigError, match=next(iter(options))):
                call("", **options)  # type: ignore[operator]


# --- the end of the sequence ---------------------------------------------------------


@pytest.mark.parametrize("eos", EOS_TOKENS)
def test_a_text_ends_at_its_end_of_sequence(eos: str) -> None:
    again = "\n" + ONE + "+b"
    ends = [eos, "\n" + eos, eos + eos, eos + "<|pad|><pad>", eos + again, eos + "extra"]
    ends += ["\n" + eos + "extra" + again, eos + "\nUser: thanks", eos + " \r"]
    for end in ends:
        done = resolve_generation(ONE + "+return text" + end)
        assert (done.program, kinds(done), done.report.eos_seen) == ("return text", [], True)


@pytest.mark.parametrize(
    ("text", "program"),
    [
        # text of the program, as far as the lines tell
        (ONE + '+EOS = "<|endoftext|>"', 'EOS = "<|endoftext|>"'),
        (ONE + "+x = 1  # until <|endoftext|> comes", "x = 1  # until <|endoftext|> comes"),
        ("<|diff|>@@ -0,0 +1,2 @@\n+<s>old</s>\n+new", "<s>old</s>\nnew"),
        ("<|diff|>@@ -0,0 +1,2 @@\n+up to <eos> only\n+new", "up to <eos> only\nnew"),
        (ONE + "+up to <eos> only\n<|diff|>@@ -1,0 +2 @@\n+b", "up to <eos> only\nb"),
        (ONE + '+x = "</s>"</s>', 'x = "</s>"'),
        (ONE + "+<|endoftext |>", "<|endoftext |>"),
        (ONE + "+return tex<|endoftext|", "return tex<|endoftext|"),
        # the end
        (ONE + "+a <eos> b\nUser:", "a "),
        (ONE + "+a\n+b<eos>\n+c", "a\nb"),
        ("<|diff|>@@ -0,0 +1,3 @@\n+a\n+b<eos>\nUser:", "a\nb"),
        (ONE + "+b<eos>\n+c", "b"),
        (ONE + "+a<eos> \r\n<|diff|>@@ -1,0 +2 @@\n+b", "a"),
        (ONE + "+<eos>", ""),
        ("<|diff|>@@ -0,0 +1 @@<eos>\n+a", ""),
        ("<|diff|><eos>" + ONE + "+a", ""),
        # in front of the edits it is that of a prompt, or the beginning of a sequence
        ("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n" + ONE + "+a<|im_end|>", "a"),
        ("<|endoftext|>" + ONE + "+a<|endoftext|>", "a"),
    ],
)
def test_tokens_inside_of_a_program(text: str, program: str) -> None:
    assert resolve(text, strict=False) == program


def test_the_end_may_be_chosen() -> None:
    text = ONE + "+a</s>"
    assert resolve(text, strict=False, eos=()) == "a</s>"
    assert resolve(text, strict=False, eos=["<|endoftext|>"]) == "a</s>"
    assert resolve(ONE + "+a[END]", strict=False, eos="[END]") == "a"
    assert not resolve_generation(text, eos=()).report.eos_seen
    assert resolve(text) == "a</s>"  # strict: nothing is cut


@pytest.mark.parametrize(
    ("end", "program"),
    [("", "a"), ("<|begin|>b", "a"), ("'", "{all}'"), (" # b\n+c", "{all} # b\nc")],
)
def test_many_tokens_in_a_line_take_linear_time(end: str, program: str) -> None:
    for size in (20, 24, 20_000):  # the small ones fail before the large one would hang
        text = "a" + "<|endoftext|>" * size
        started = time.process_time()
        done = resolve_generation(ONE + "+" + text + end)
        assert time.process_time() - started < 60  # and not for hours
        assert done.program == program.replace("{all}", text)


def test_a_text_is_text() -> None:
    for value in (None, 3, b"+a", ["+a"]):
        with pytest.raises(ConfigError, match=f"text: is {type(value).__name__}, not text"):
            resolve_generation(value)  # type: ignore[arg-type]
        with pytest.raises(ConfigError, match=f"piece: is {type(value).__name__}, not text"):
            IncrementalResolver().feed(value)  # type: ignore[arg-type]


def test_a_token_in_front_of_the_edits_is_not_their_end() -> None:
    for text, seen in ((ONE + "+a", False), (ONE + "+a<eos>", True), ("Sorry.", True)):
        assert resolve_generation(f"Hi<eos>\n{text}").report.eos_seen == seen


def test_nothing_but_the_end_is_an_empty_program() -> None:
    for text in ("<|endoftext|>", "\n</s></s>"):
        done = resolve_generation(text)
        assert (done.program, done.report.is_clean, done.report.eos_seen) == ("", True, True)


# --- any text at all -----------------------------------------------------------------

FRAGMENTS = [
    "<|diff|>", "\n", "\n", "@@ -0,0 +1 @@", "@@ -3,2 +1 @@", "@@ -1,0 +2,2 @@", "@@", "@@ -1,",
    "+a", "-a", "+", "-", "x", " ", "\r", "</s>", "<|endoftext|>", "<|di", '"', "#", "\u2028",
    "<|diff|>@@ -0,0 +1,2 @@\n+a\n+b\n", "<|diff|>@@ -1,0 +2 @@\n+c\n", "@@ -0,0 +1 @@\n+a\n",
]  # fmt: skip
texts = st.lists(st.sampled_from(FRAGMENTS), max_size=30).map("".join)
starts = st.sampled_from(["", "a", "a\nb\n", "x\na\na"])


def cut(text: str, places: list[int]) -> list[str]:
    ends = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[a:b] for a, b in pairwise(ends)]


@settings(max_examples=500)
@given(texts, starts)
def test_skip_never_raises_and_invents_nothing(text: str, start: str) -> None:
    done = resolve_generation(text, start=start)
    written = [line[1:] for line in text.split("\n") if line.startswith("+")]
    known = start.split("\n")
    for line in done.program.split("\n") if done.program else []:
        assert line in known or any(found.startswith(line) for found in written)
    # what was applied is exact
    assert done.edits.resolve().text == done.program
    assert resolve(done.edits.to_text(), start=start) == done.program
    assert resolve_generation(done.edits.to_text(), start=start, eos=()).report.is_clean


@settings(max_examples=500)
@given(texts, starts)
def test_policies_agree(text: str, start: str) -> None:
    skipped = resolve_generation(text, start=start)
    stopped = resolve_generation(text, start=start, policy="stop")
    if skipped.report.is_clean:
        assert resolve_generation(text, start=start, policy="raise") == skipped == stopped
    else:
        with pytest.raises(DiffError) as caught:
            resolve_generation(text, start=start, policy="raise")
        assert str(caught.value) == str(skipped.report.problems[0].as_error())
    if not stopped.report.num_stopped:
        assert stopped == skipped
    assert stopped.edits.resolve().text == stopped.program
    assert len(stopped.edits) <= len(skipped.edits) + 1
    assert stopped.edits.edits[:-1] == skipped.edits.edits[: max(len(stopped.edits) - 1, 0)]


@settings(max_examples=500)
@given(texts, starts, st.lists(st.integers(0, 400), max_size=12), st.sampled_from(["skip", "stop"]))
def test_how_a_text_is_cut_makes_no_difference(
    text: str, start: str, places: list[int], policy: str
) -> None:
    options = {"start": start, "policy": policy}
    whole = resolve_generation(text, **options)  # type: ignore[arg-type]
    for pieces in (cut(text, places), list(text), [text], ["", text, ""]):
        resolver = IncrementalResolver(**options)  # type: ignore[arg-type]
        states = [state for piece in pieces for state in resolver.feed(piece)]
        states += resolver.close()
        assert resolver.result == whole
        assert states == list(whole.edits.states())
        assert resolver.has_ended
        assert resolver.close() == []


@settings(max_examples=200)
@given(programs_with_deletions(), st.lists(st.integers(0, 4000), max_size=8))
def test_a_clean_text_is_resolved_exactly(
    case: tuple[Program, list[list[int]]], places: list[int]
) -> None:
    sequence = EditSequence.from_deletions(*case)
    text = encode(sequence)
    done = resolve_generation(text, eos=())
    assert (done.program, done.edits, done.report.is_clean) == (case[0].text, sequence, True)
    assert list(resolve_stream(cut(text, places), eos=())) == list(sequence.states())
    assert resolve(text, strict=False, policy="raise", eos=()) == resolve(text)
    if not any(token in line for line in case[0].lines for token in EOS_TOKENS):
        assert resolve_generation(text) == done
        ended = resolve_generation(f"Of course.\n{text}<|endoftext|>")
        assert (ended.program, ended.edits) == (case[0].text, sequence)
        assert ended.report == ReadingReport(1, len(sequence), 1, preamble=len("Of course.\n"))


@lru_cache(maxsize=1)
def real_texts() -> list[tuple[str, str]]:
    """Training texts and programs of the example programs."""
    lines = (ROOT / "examples/programs.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    out = lintseq_map(
        {"response": [row["response"] for row in rows]}, linter="syntax", num_samples=2,
        on_error="skip",
    )  # fmt: skip
    return list(zip(out["completion"], out["program"], strict=True))


def test_real_texts() -> None:
    assert len(real_texts()) > 50
    for text, program in real_texts():
        done = resolve_generation(text)
        assert (done.program, done.report.is_clean) == (program, True)


def mutate(text: str, rng: random.Random) -> str:
    """One thing that goes wrong when a model writes a text."""
    lines = text.split("\n")
    at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    place = rng.randrange(len(text))
    choice = rng.randrange(8)
    if choice == 0:
        return text[:place]
    if choice == 1:
        return text[:place] + rng.choice("+-@ \n<,0129") + text[place:]
    if choice == 2:
        return text[:place] + text[place + 1 :]
    if choice == 3:
        del lines[at]
    elif choice == 4:
        lines.insert(at, rng.choice(["", "Now this:", "```", "@@", "+x", "-x", "<|diff|>", "\x0c"]))
    elif choice == 5:
        lines[at], lines[other] = lines[other], lines[at]
    elif choice == 6:
        lines[at] = lines[at].replace("@@ -", f"@@ -{rng.randrange(99)}")
    else:
        lines[at] = lines[at][1:]
    return "\n".join(lines)


@pytest.mark.parametrize("seed", range(4))
def test_mutations_of_real_texts(seed: int) -> None:
    rng = random.Random(seed)
    total = ReadingReport()
    for text, _ in real_texts():
        mutated = text
        for _ in range(rng.randrange(1, 6)):
            mutated = mutate(mutated, rng) or text
        done = resolve_generation(mutated)
        assert done.edits.resolve().text == done.program
        assert list(resolve_stream(mutated)) == list(done.edits.states())
        if done.report.is_clean:  # then nothing was put right
            assert resolve(done.edits.to_text()) == done.program
        stopped = resolve_generation(mutated, policy="stop")
        assert stopped.edits.resolve().text == stopped.program
        total += done.report
    assert 0 < total.num_clean < total.num_generations == len(real_texts())


# --- piece by piece ------------------------------------------------------------------


def test_a_state_is_there_as_soon_as_the_next_edit_starts() -> None:
    resolver = IncrementalResolver()
    assert resolver.feed(ONE + "+a\n<|diff") == []
    assert resolver.feed("|>") == [Program(("a",))]
    assert resolver.program == "a"
    assert resolver.feed("@@ -1,0 +2 @@\n+b") == []
    assert resolver.result.report.num_edits == 1
    assert resolver.feed("\n<|diff|>") == [Program(("a", "b"))]  # a token of the tokenizer
    assert resolver.feed("@@ -0,0 +1 @@\n+c") == []
    assert resolver.close() == [Program(("c", "a", "b"))]
    with pytest.raises(ConfigError, match="closed"):
        resolver.feed("more")


def test_a_model_may_be_stopped() -> None:
    taken = []

    def pieces() -> object:
        for piece in (ONE, "+a\n", "</s>\n", "never"):
            taken.append(piece)
            yield piece

    states = resolve_stream(pieces())  # type: ignore[arg-type]
    assert [state.text for state in states] == ["a"]
    assert taken[-1] == "</s>\n"


def test_a_stream_returns_what_it_came_to() -> None:
    def run() -> object:
        return (yield from resolve_stream([ONE, "+a</s>"]))

    stream = run()
    assert next(stream).text == "a"  # type: ignore[call-overload]
    with pytest.raises(StopIteration) as end:
        next(stream)  # type: ignore[call-overload]
    assert end.value.value == resolve_generation(ONE + "+a</s>")


def test_raise_piece_by_piece() -> None:
    resolver = IncrementalResolver(policy="raise")
    assert resolver.feed(ONE + "+a\n") == []
    with pytest.raises(DiffError, match="edit 0, hunk 0: 'junk' belongs to no hunk"):
        resolver.feed("junk\n")
    assert resolver.has_ended


# --- reports -------------------------------------------------------------------------


def test_reports_add_up() -> None:
    reports = [resolve_generation(text).report for text, _, _ in CASES]
    total = ReadingReport.merge(reports)
    assert total == sum(reports, ReadingReport())
    assert (reports[0] + reports[1]) + reports[2] == reports[0] + (reports[1] + reports[2])
    assert total.num_generations == len(CASES)
    assert total.num_clean == sum(report.is_clean for report in reports)
    assert [problem.generation for problem in total.problems] == [
        number for number, report in enumerate(reports) for _ in report.problems
    ]
    assert sum(total.counts.values()) == len(total.problems)
    assert json.loads(json.dumps(total.as_dict()))["counts"] == total.counts
    assert pickle.loads(pickle.dumps(total)) == total


def test_a_report_can_be_read() -> None:
    report = resolve_generation(ONE + "+a\njunk").report + ReadingReport(1, 1200, 1)
    assert str(report) == (
        "texts                                2\n"
        "  without a problem                  1\n"
        "  with an end-of-sequence token      1\n"
        "edits applied                    1,201\n"
        "problems                             1\n"
        "  stray_text                         1\n"
        "\n"
        "text 0, line 3: edit 0, hunk 0: stray_text: 'junk' belongs to no hunk"
    )
    assert "left at a problem" in str(resolve_generation("x", policy="stop").report)
    assert Problem("no_edit", "nothing", 1, 0).as_error().edit is None
