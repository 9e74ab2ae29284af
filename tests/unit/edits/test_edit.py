from __future__ import annotations

import pytest

from lintseq_datasets.edits.edit import Edit, Hunk, insertions, parse_hunk
from lintseq_datasets.errors import DiffError


class TestHunk:
    @pytest.mark.parametrize(
        ("hunk", "text"),
        [
            (Hunk(0, 0, ("a",)), "@@ -0,0 +1 @@\n+a"),
            (Hunk(0, 0, ("a", "b")), "@@ -0,0 +1,2 @@\n+a\n+b"),
            (Hunk(3, 5, ("",)), "@@ -3,0 +6 @@\n+"),
            (Hunk(3, 5, (), ("x",)), "@@ -4 +5,0 @@\n-x"),
            (Hunk(3, 5, ("y",), ("x",)), "@@ -4 +6 @@\n-x\n+y"),
            (Hunk(0, 0, ("y",), ("x", "z")), "@@ -1,2 +1 @@\n-x\n-z\n+y"),
            (Hunk(0, 0, (), ("x", "z")), "@@ -1,2 +0,0 @@\n-x\n-z"),
            (Hunk(0, 0, ("++ x", "@@ -1 +1 @@")), "@@ -0,0 +1,2 @@\n+++ x\n+@@ -1 +1 @@"),
        ],
    )
    def test_prints_and_parses(self, hunk: Hunk, text: str) -> None:
        assert str(hunk) == text
        assert Edit.from_text(text) == Edit((hunk,))

    def test_is_insertion(self) -> None:
        assert Hunk(0, 0, ("a",)).is_insertion
        assert not Hunk(0, 0, ("a",), ("b",)).is_insertion

    def test_parse_hunk_says_where_it_ends(self) -> None:
        lines = ["junk", "@@ -0,0 +1 @@", "+a", "more"]
        assert parse_hunk(lines, 1) == (Hunk(0, 0, ("a",)), 3)


class TestEdit:
    def test_empty(self) -> None:
        edit = Edit.from_text("")
        assert edit == Edit(())
        assert str(edit) == ""
        assert edit.is_insertion
        assert edit.num_added == 0
        assert edit.apply(["a"]) == ("a",)

    def test_counts(self) -> None:
        edit = Edit((Hunk(0, 0, ("a", "b")), Hunk(1, 3, ("c",), ("d",))))
        assert edit.num_added == 3
        assert not edit.is_insertion

    def test_applies_hunks_in_order(self) -> None:
        edit = Edit.from_text("@@ -1,2 +1 @@\n-a\n-b\n+A\n@@ -3,0 +3,2 @@\n+d\n+e")
        assert edit.apply(("a", "b", "c", "f")) == ("A", "c", "d", "e", "f")

    def test_applies_at_the_end(self) -> None:
        assert Edit.from_text("@@ -2,0 +3 @@\n+c").apply(["a", "b"]) == ("a", "b", "c")


PARSE_ERRORS = [
    ("junk", "is no hunk header"),
    ("@@ -0,0 +1 @@ def f():\n+a", "is no hunk header"),
    (" @@ -0,0 +1 @@\n+a", "is no hunk header"),
    ("@@ -0,0 +1 @@\n+a\n", "is no hunk header"),
    ("@@ -0,0 +1 @@\n+a\n+b", "is no hunk header"),
    ("--- a\n+++ b\n@@ -0,0 +1 @@\n+a", "is no hunk header"),
    ("@@ -0,0 +1,2 @@\n+a", "promises 2 '+' lines, 1 follow"),
    ("@@ -1,2 +0,0 @@\n-a", "promises 2 '-' lines, 1 follow"),
    ("@@ -0,0 +1 @@", "promises 1 '+' lines, 0 follow"),
    ("@@ -0,0 +1,2 @@\n+a\n b", "does not start with '+'"),
    ("@@ -0,0 +1 @@\n", "does not start with '+'"),
    ("@@ -1 +1 @@\n+a\n-b", "does not start with '-'"),
    ("@@ -0,0 +0 @@\n+a", "names line 0"),
    ("@@ -0 +0,0 @@\n-a", "names line 0"),
    ("@@ -0,0 +1,1234567890 @@\n+a", "impossible line"),
    ("@@ -9999999999,0 +1 @@\n+a", "impossible line"),
    ("@@ -0,0 +1,1 @@\n+a", "not written as"),
    ("@@ -0,0 +01 @@\n+a", "not written as"),
    ("@@ -0,0 +\u0661 @@\n+a", "not written as"),
    ("@@ -1,0 +1,0 @@", "changes nothing"),
]


@pytest.mark.parametrize(("text", "problem"), PARSE_ERRORS)
def test_parse_errors(text: str, problem: str) -> None:
    with pytest.raises(DiffError) as caught:
        Edit.from_text(text)
    assert problem in caught.value.problem
    assert caught.value.hunk is not None


def test_parse_error_names_the_hunk() -> None:
    with pytest.raises(DiffError) as caught:
        Edit.from_text("@@ -0,0 +1 @@\n+a\n@@ -1,0 +2 @@\n-b")
    assert caught.value.hunk == 1
    assert caught.value.edit is None


APPLY_ERRORS = [
    ("@@ -4,0 +5 @@\n+x", 0, "outside of lines 0 to 3"),
    ("@@ -2,0 +2 @@\n+x", 0, "its header puts it after new line 1, it is at 2"),
    ("@@ -1,0 +2 @@\n+x\n@@ -0,0 +3 @@\n+y", 1, "outside of lines 1 to 3"),
    ("@@ -1,2 +1 @@\n-a\n-b\n+x\n@@ -1,0 +2 @@\n+y", 1, "outside of lines 2 to 3"),
    ("@@ -1 +1 @@\n-z\n+x", 0, "does not have there"),
    ("@@ -3,2 +3 @@\n-c\n-d\n+x", 0, "does not have there"),
]


@pytest.mark.parametrize(("text", "hunk", "problem"), APPLY_ERRORS)
def test_apply_errors(text: str, hunk: int, problem: str) -> None:
    edit = Edit.from_text(text)
    with pytest.raises(DiffError) as caught:
        edit.apply(("a", "b", "c"))
    assert caught.value.hunk == hunk
    assert problem in caught.value.problem


def test_insertions_join_neighbours_and_nothing_else() -> None:
    lines = tuple("abcdefghijklmnopqrst")
    first, second = insertions(lines, [[*range(0, 20, 2)], [*range(1, 20, 2)]])
    assert str(first) == "@@ -0,0 +1,10 @@\n" + "\n".join(f"+{line}" for line in lines[1::2])
    assert [hunk.old_start for hunk in second.hunks] == list(range(10))
    assert [hunk.new_start for hunk in second.hunks] == list(range(0, 20, 2))
    assert second.apply(first.apply(())) == lines
