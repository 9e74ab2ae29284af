"""What models write in each form: ordinary diffs, blocks, patches, scripts, whole programs."""

from __future__ import annotations

import random
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.mutated_texts import check_text, damaged_text
from lintseq_datasets.edits.formats import FORMS
from lintseq_datasets.edits.program import Program
from lintseq_datasets.edits.reading import (
    PROBLEMS,
    IncrementalResolver,
    Resolved,
    resolve,
    resolve_generation,
)
from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.edits.training_text import DIFF_TOKEN
from lintseq_datasets.errors import ProgramError
from tests.property.strategies import programs_with_deletions
from tests.unit.edits.reading.test_tolerant import CASES as DIFFS
from tests.unit.edits.reading.test_tolerant import real_texts

ABC = "a = 1\nb = 2\nc = 3"
S, D, R = "<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE"
BEGIN, UPDATE, END = "*** Begin Patch", "*** Update File: x.py", "*** End Patch"

CASES = [
    # headers
    ("diff", "<|diff|>@@ -1,0 +2 @@ def f():\n+x", "a = 1\nx\nb = 2\nc = 3", ["header_form"]),
    ("diff", "<|diff|>@@\n+x", ABC + "\nx", ["bad_header"]),
    ("diff", "<|diff|>@@ ... @@\n b = 2\n+x", "a = 1\nb = 2\nx\nc = 3", ["bad_header"]),
    ("diff", "<|diff|>@@ def f():\n-b = 2\n+x", "a = 1\nx\nc = 3", ["bad_header"]),
    ("diff", "<|diff|>@@ ... @@\n z\n+x", ABC, ["bad_header", "no_place"]),
    # context
    ("diff", "<|diff|>@@ -2,2 +2,3 @@\n b = 2\n+x\n c = 3", "a = 1\nb = 2\nx\nc = 3", []),
    ("diff", "<|diff|>@@ -1,2 +1,3 @@\n b = 2\n+x\n c = 3", "a = 1\nb = 2\nx\nc = 3", ["moved"]),
    ("diff", "<|diff|>@@ -2,2 +2,3 @@\n b  = 2\n+x\n c = 3", "a = 1\nb = 2\nx\nc = 3",
     ["inexact_place"]),
    ("diff", "<|diff|>@@ -2,2 +2,3 @@\n b = 2 \n+x\n c = 3", "a = 1\nb = 2\nx\nc = 3",
     ["inexact_place"]),
    ("diff", "<|diff|>@@ -1,3 +1,4 @@\n z = 1\n b = 2\n+x\n z = 3", "a = 1\nb = 2\nx\nc = 3",
     ["inexact_place"]),
    ("diff", "<|diff|>@@ -2,2 +2,3 @@\nb = 2\n+x\n c = 3", "a = 1\nb = 2\nx\nc = 3",
     ["missing_sign"]),
    ("diff", "<|diff|>@@ -3 +3 @@\n-b = 2\n+x", "a = 1\nx\nc = 3", ["moved"]),
    ("diff", "<|diff|>@@ -2 +2 @@\n-z\n+x", "a = 1\nx\nb = 2\nc = 3", ["missing_line"]),
    # signs
    ("diff", "<|diff|>@@ -3,0 +4,3 @@\n+def f():\n    pass\n+f()",
     ABC + "\ndef f():\n    pass\nf()", ["missing_sign"]),
    ("diff", "<|diff|>@@ -3,0 +4,2 @@\n+def f():\n    pass\n", ABC + "\ndef f():\n    pass",
     ["missing_sign"]),
    ("diff", "<|diff|>@@ -3,0 +4,2 @@\n+def f():\nDone.", ABC + "\ndef f():",
     ["stray_text", "fewer_lines"]),
    # what stands around
    ("diff", "--- a/x.py\n+++ b/x.py\n@@ -3,0 +4 @@\n+x\n\\ No newline at end of file",
     ABC + "\nx", []),
    ("diff", "<|diff|>--- a/x.py\n+++ b/x.py\n@@ -3,0 +4 @@\n+x", ABC + "\nx", ["file_header"] * 2),
    ("diff", "First:\n```diff\n@@ -3,0 +4 @@\n+x\n```\nThen:\n```diff\n@@ -4,0 +5 @@\n+y\n```",
     ABC + "\nx\ny", ["fence", "stray_text", "fence", "fence"]),
    ("diff", "```diff\n@@ -9 +9 @@\n-q\n+r\n```\n<|diff|>@@ -3,0 +4 @@\n+x", ABC + "\nx", []),
    ("diff", "  <|diff|>@@ -3,0 +4,2 @@\n  +x\n  +  y", ABC + "\nx\n  y", ["indented"]),
    ("diff", "<|diff|>@@ -3,0 +4,2 @@\r\n+x\r\n+y", ABC + "\nx\ny", ["crlf"]),
    # blocks
    ("search_replace", f"<|diff|>{S}\nb = 2\n{D}\nb = 2\nx\n{R}", "a = 1\nb = 2\nx\nc = 3", []),
    ("search_replace", f"Sure:\n```\n{S}\nb = 2\n{D}\n{R}\n```", "a = 1\nc = 3", ["fence"]),
    ("search_replace", f"<|diff|>{S}\nz\n{D}\nx\n{R}\n{S}\na = 1\n{D}\nx\n{R}", "x\nb = 2\nc = 3",
     ["no_place"]),
    ("search_replace", f"<|diff|>{S}\n  b = 2\n{D}\nx\n{R}", "a = 1\nx\nc = 3", ["inexact_place"]),
    ("search_replace", f"<|diff|>{S}\n{D}\nx\n{R}", ABC + "\nx", ["no_place"]),
    ("search_replace", f"<|diff|>{S}\nb = 2\n{D}\nx", "a = 1\nx\nc = 3", ["truncated"]),
    ("search_replace", f"<|diff|>{S}\nb = 2\n{D}\nx\n<|diff|>{S}\nx\n{D}\ny\n{R}",
     "a = 1\ny\nc = 3", ["missing_marker"]),
    ("search_replace", f"<|diff|>{S}\nb = 2\n{D}\nx\n{S}\nx\n{D}\ny\n{R}", "a = 1\ny\nc = 3",
     ["missing_marker"]),
    ("search_replace", f"<|diff|>{S}\nb = 2\n{R}\nx", ABC, ["missing_marker", "stray_text"]),
    ("search_replace", f"<|diff|>{S}\nb = 2\n{D}\nx\n{R}<|endoftext|>", "a = 1\nx\nc = 3", []),
    ("search_replace", f"<|diff|>{S}\nc = 3\n{D}\nx\n{R}\n{S}\na = 1\n{D}\ny\n{R}", "y\nb = 2\nx",
     []),
    ("search_replace", f"<|diff|><<<<<<<<< SEARCH\nb = 2\n=====\nx\n{R}", "a = 1\nx\nc = 3", []),
    ("search_replace", f"<|diff|>{S}\nb = 2\n{D}\nx\n>>>>>>>", "a = 1\nx\nc = 3", ["header_form"]),
    ("search_replace", f"<|diff|>{S}\nb = 2\n{D}\nx\n>>>>>>>\n{S}\nx\n{D}\ny\n>>>>>>> UPDATED",
     "a = 1\ny\nc = 3", ["header_form"] * 2),
    ("search_replace", f"<|diff|>{S}\nb = 2\n{D}\nx\n>>>>>>>\ny\n{R}",
     "a = 1\nx\n>>>>>>>\ny\nc = 3", []),
    ("search_replace", f"<|diff|>{S}\nb = 2\n{D}\nx\n```\ny\n{R}", "a = 1\nx\n```\ny\nc = 3", []),
    ("search_replace", f"```\n{S}\nb = 2\n{D}\nx\n```\nDone.\n{S}\nx\n{D}\ny\n{R}\n",
     "a = 1\ny\nc = 3", ["missing_marker", "stray_text"]),
    ("search_replace", f"<|diff|>{S}\nb = 2\n{D}\n```py\n```\nx\n```",
     "a = 1\n```py\n```\nx\nc = 3", ["missing_marker"]),
    ("search_replace", f"<|diff|>{S}\nb = 2\n{D}\nx\n{D}\ny\n{R}", "a = 1\nx\nc = 3",
     ["wrong_signs", "stray_text"]),
    ("search_replace", f"So:\n<<<<<<< ORIGINAL\nb = 2\n{D}\nx\n>>>>>>> UPDATED", "a = 1\nx\nc = 3",
     ["header_form"]),
    ("search_replace", f"<<<<<<<\nb = 2\n{D}\nx\n>>>>>>>\n<<<<<<<\nx\n{D}\ny\n>>>>>>>",
     "a = 1\ny\nc = 3", ["header_form"] * 2),
    ("search_replace", f"{S}\nb = 2\n{D}\nx\n>>>>>>>\n<<<<<<<\nx\n{D}\ny\n>>>>>>>",
     "a = 1\ny\nc = 3", ["header_form"] * 2),
    # patches
    ("apply_patch", f"So:\n{BEGIN}\n*** Delete File: x.py\n{END}", ABC, ["deleted_file"]),
    ("apply_patch", f"{BEGIN}\n*** Delete File: x.py\n*** Add File: x.py\n+x\n{END}", "x",
     ["deleted_file"]),
    ("apply_patch", f"<|diff|>{BEGIN}\n{UPDATE}\n@@\n b = 2\n+x\n{END}", "a = 1\nb = 2\nx\nc = 3",
     []),
    ("apply_patch", f"Look:\n{BEGIN}\n{UPDATE}\n@@ def f():\n-b = 2\n+x\n*** End of File\n{END}",
     "a = 1\nx\nc = 3", []),
    ("apply_patch", f"<|diff|>{BEGIN}\n*** Add File: y\n+x\n{END}", "x", []),
    ("apply_patch", f"<|diff|>{BEGIN}\n{UPDATE}\n@@\n+x", ABC + "\nx", ["truncated"]),
    ("apply_patch", f"<|diff|>{BEGIN}\n{UPDATE}\n@@\n q\n+x\n{END}", ABC, ["no_place"]),
    ("apply_patch", f"{BEGIN}\n{UPDATE}\n b = 2\n+x\n@@\n c = 3\n+y\n{END}",
     "a = 1\nb = 2\nx\nc = 3\ny", []),
    ("apply_patch", f"{BEGIN}\n{UPDATE}\n@@ b = 2\n+x\n{END}", "a = 1\nb = 2\nx\nc = 3", []),
    # anchors
    ("anchored", "<|diff|> b = 2\n+x\n@@\n a = 1\n+y", "a = 1\ny\nb = 2\nx\nc = 3", []),
    ("anchored", "<|diff|>+x", "x\n" + ABC, []),
    ("anchored", "<|diff|>b = 2\n+x", "a = 1\nb = 2\nx\nc = 3", ["missing_sign"]),
    ("anchored", "<|diff|>That:\n+x", "x\n" + ABC, ["stray_text"]),
    ("anchored", "<|diff|>@@ -2 +2,2 @@\n b = 2\n+x", "a = 1\nb = 2\nx\nc = 3", ["header_form"]),
    ("anchored", "<|diff|> b = 9\n+x\n@@\n c = 3\n+y", ABC + "\ny", ["no_place"]),
    ("anchored", "Sure\n```\n b = 2\n+x\n``` ", "a = 1\nb = 2\nx\nc = 3", ["fence"]),
    ("anchored", "I add x:\n b = 2\n+x\n@@\n c = 3\n+y", "a = 1\nb = 2\nx\nc = 3\ny", []),
    ("anchored", "Steps:\n  - one\n- two\n+ three\n\n+x", "x\n" + ABC, []),
    ("anchored", "So:\n```\n b = 2\n+x\n```\nand\n```\n x\n+y\n```", "a = 1\nb = 2\nx\ny\nc = 3",
     ["fence", "stray_text", "fence", "fence"]),
    ("anchored", "As is:\n```\nb = 2\n    c\n- d\n```\n---\n-> so", ABC, ["no_edit"]),
    ("anchored", "Not:\n b = 2\n+x\n<|diff|> c = 3\n+y", ABC + "\ny", []),
    # scripts
    ("numbered", "<|diff|>3a\ny\n.\n1a\nx\n.", "a = 1\nx\nb = 2\nc = 3\ny", []),
    ("numbered", "<|diff|>1a\nx\n.\n3a\ny\n.", "a = 1\nx\nb = 2\nc = 3\ny", ["hunk_order"]),
    ("numbered", "<|diff|>9a\nx\n.", ABC + "\nx", ["clipped_position"]),
    ("numbered", "<|diff|>2,9c\nx\n.", "a = 1\nx", ["clipped_position"]),
    ("numbered", "<|diff|>2d\nx\n", "a = 1\nc = 3", ["stray_text"]),
    ("numbered", "<|diff|>3a\nx\n<|diff|>4a\ny\n.<|endoftext|>", ABC + "\nx\ny",
     ["missing_marker"]),
    ("numbered", "<|diff|>3a\nx", ABC + "\nx", ["truncated"]),
    ("numbered", "<|diff|>0a\n..\n.\ns/.//\na\nx\n.", ".\nx\n" + ABC, []),
    ("numbered", "Sure:\n$a\ny\n.\n2i\nx\n.", "a = 1\nx\nb = 2\nc = 3\ny", ["header_form"] * 2),
    ("numbered", "<|diff|>2,$ d", "a = 1", ["header_form"]),
    ("numbered", "<|diff|>0i\nx\n.", "x\n" + ABC, ["header_form"]),
    # states
    ("whole", "<|diff|>```python\nx\n```", "x", []),
    ("whole", "Here:\n```\nx\n```\nAnd:\n```\ny\n```", "y", ["stray_text"]),
    ("whole", "<|diff|>x\ny", "x\ny", ["missing_marker"]),
    ("whole", "<|diff|>```\nx\n<|diff|>```\ny\n```", "y", ["missing_marker"]),
    ("whole", "<|diff|>```\nx", "x", ["truncated"]),
    ("whole", "<|diff|>````\n```\n````<|endoftext|>", "```", []),
    ("whole", "<|diff|>```\nx\n```\ny\n```", "x", ["more_lines", "truncated"]),
    ("whole", "```\nx\n```\ny\n```\n", "x", ["stray_text", "truncated"]),
    ("whole", "<|diff|>```\nx\n```\n<|diff|>```py", "x", ["truncated"]),
]  # fmt: skip
DOUBLED = "x\ny\nx\nz"


def kinds(done: Resolved) -> list[str]:
    return [problem.kind for problem in done.report.problems]


@pytest.mark.parametrize(("name", "text", "program", "problems"), CASES)
def test_what_is_taken(name: str, text: str, program: str, problems: list[str]) -> None:
    done = resolve_generation(text, start=ABC, edit_format=name)
    assert (done.program, kinds(done)) == (program, problems)
    resolver = IncrementalResolver(start=ABC, edit_format=name)
    for character in text:
        resolver.feed(character)
    resolver.close()
    assert resolver.result == done


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("search_replace", f"<|diff|>{S}\nx\n{D}\nx\nnew\n{R}"),
        ("anchored", "<|diff|> x\n+new"),
        ("apply_patch", f"<|diff|>{BEGIN}\n{UPDATE}\n@@\n x\n+new\n{END}"),
    ],
)
def test_lines_that_stand_there_twice(name: str, text: str) -> None:
    done = resolve_generation(text, start=DOUBLED, edit_format=name)
    assert (done.program, kinds(done)) == ("x\nnew\ny\nx\nz", ["ambiguous_place"])
    hinted = text.replace("@@", "@@ y")
    if name == "apply_patch":
        done = resolve_generation(hinted, start=DOUBLED, edit_format=name)
        assert (done.program, kinds(done)) == ("x\ny\nx\nnew\nz", [])


def test_the_end_of_the_file_says_a_place() -> None:
    text = f"{BEGIN}\n{UPDATE}\n@@\n x\n+y\n*** End of File\n{END}"
    done = resolve_generation(text, start="x\nx", edit_format="apply_patch")
    assert (done.program, kinds(done)) == ("x\nx\ny", [])


def test_headers_without_lines_that_stand_twice() -> None:
    text = f"{BEGIN}\n{UPDATE}\n@@ x\n+y\n{END}"
    done = resolve_generation(text, start="x\nx", edit_format="apply_patch")
    assert (done.program, kinds(done)) == ("x\ny\nx", ["ambiguous_place"])


def test_empty_lines_are_searched_in_the_empty_program() -> None:
    done = resolve_generation(f"{S}\n\n{D}\n\nx\n{R}", edit_format="search_replace")
    assert (done.program, kinds(done)) == ("\nx", ["inexact_place"])
    assert done.edits.resolve().text == done.program


def test_every_kind_of_problem_is_found() -> None:
    found = {kind for _, _, problems in DIFFS for kind in problems}
    found |= {kind for *_, problems in CASES for kind in problems}
    assert found | {"ambiguous_place"} == set(PROBLEMS)


# --- all forms -----------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMS)
@settings(max_examples=40, deadline=None)
@given(case=programs_with_deletions(), places=st.lists(st.integers(0, 4000), max_size=8))
def test_a_clean_text_is_resolved_exactly(
    name: str, case: tuple[Program, list[list[int]]], places: list[int]
) -> None:
    sequence = EditSequence.from_deletions(*case)
    try:
        text = sequence.to_text(name)
    except ProgramError:
        return
    done = resolve_generation(text, eos=(), edit_format=name)
    assert done.report.is_clean
    assert list(done.edits.states()) == list(sequence.states())
    resolver = IncrementalResolver(eos=(), edit_format=name)
    ends = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    states = [state for a, b in pairwise(ends) for state in resolver.feed(text[a:b])]
    assert [*states, *resolver.close()] == list(sequence.states())


@pytest.mark.parametrize("name", FORMS)
def test_real_texts(name: str) -> None:
    for text, program in real_texts():
        printed = EditSequence.from_text(text).to_text(name)
        done = resolve_generation(f"Of course.\n{printed}<|endoftext|>", edit_format=name)
        assert (done.program, kinds(done)) == (program, [])
        without = printed.removeprefix(DIFF_TOKEN)  # that of the prompt
        assert resolve(without, strict=False, edit_format=name) == program


@pytest.mark.parametrize("name", FORMS)
def test_mutated_texts(name: str) -> None:
    rng = random.Random(len(name))
    sequences = [EditSequence.from_text(text) for text, _ in real_texts()]
    for _ in range(150):
        text, start = damaged_text(sequences, name, rng)
        check_text(text, start, name, rng)


# --- time ----------------------------------------------------------------------------

_BODY = {
    "diff": "@@ -0,0 +1 @@\n+", "context_diff": "@@ -0,0 +1 @@\n+", "anchored": "+",
    "apply_patch": f"{BEGIN}\n{UPDATE}\n@@\n+", "search_replace": f"{S}\n{D}\n",
    "numbered": "0a\n", "whole": "```\n",
}  # fmt: skip
_PIECES = [
    "<|diff|>", "a<|diff|>", "<|endoftext|>", "a\n", "@@\n a\n+b\n", "@@ -1 +1,2 @@\n a\n+b\n", "+",
    f"{S}\na\n{D}\nb\na\n{R}\n", "3a\nb\n.\n", "..\n.\ns/.//\na\n", "```\na\n```\n", "@", "`", " ",
    "<|diff|>@@\n a\n+b\n", f"<|diff|>{S}\na\n{D}\nb\na\n{R}\n",
]  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_time_is_linear(name: str) -> None:
    body = f"<|diff|>{_BODY[name]}"
    texts = [piece * (400_000 // len(piece)) for piece in _PIECES if "\n" not in piece]
    texts += [body + text for text in texts[:3]]
    texts += [body + "a\n+" * 1000 + "\n" + piece * (8000 // len(piece)) for piece in _PIECES]
    started = time.process_time()
    for text in texts:
        resolve_generation(text, edit_format=name)
    # Some seconds; with the square of the length it would be minutes.
    assert time.process_time() - started < 60
