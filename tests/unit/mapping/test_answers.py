from __future__ import annotations

from typing import Any

import pytest

from lintseq_datasets.errors import ProgramError
from lintseq_datasets.mapping.answers import Fence, extract_program, find_fences

PYTHON = "Sure!\n```python\nprint(1)\n```\nIt prints 1."


class TestFindFences:
    @pytest.mark.parametrize(
        ("text", "fences"),
        [
            ("no fence", []),
            ("```python\na\n```", [Fence("python", "a", True)]),
            ("```Python\na\n\nb\n```\n", [Fence("python", "a\n\nb", True)]),
            ("``` py \na\n```  ", [Fence("py", "a", True)]),
            ("```python title=x\na\n```", [Fence("python", "a", True)]),
            ("~~~\na\n```\nb\n~~~", [Fence("", "a\n```\nb", True)]),
            ("````\n```python\na\n```\n````", [Fence("", "```python\na\n```", True)]),
            ("```\na\n`````", [Fence("", "a", True)]),
            ("```python\na", [Fence("python", "a", False)]),
            ("```python\n```", [Fence("python", "", True)]),
            ("```a```", []),  # code in a line
            ("```python\na\n``` not a fence\n```", [Fence("python", "a\n``` not a fence", True)]),
            ("```\na\n```\n```sh\nb\n```", [Fence("", "a", True), Fence("sh", "b", True)]),
            (
                "  ```python\n  if a:\n      b\n c\n  ```",
                [Fence("python", "if a:\n    b\nc", True)],
            ),
            ("1. Run:\n\n   ```python\n   a\n   ```", [Fence("python", "a", True)]),
        ],
    )
    def test_blocks(self, text: str, fences: list[Fence]) -> None:
        assert list(find_fences(text)) == fences


class TestExtractProgram:
    @pytest.mark.parametrize(
        ("text", "program"),
        [
            ("x = 1", "x = 1"),
            ("no code here", "no code here"),  # nothing to take: judged as a whole later
            (PYTHON, "print(1)"),
            ("```python\na\n```\nand\n```py\nb\n```", "a\n\nb"),
            ("```python\na\n```\n```\nb\n```\n```sh\nls\n```", "a"),
            ("```\na = 1\n```", "a = 1"),
            ("```\n$ ls -l\n```\n```\na = 1\n```", "a = 1"),
            ("```\n$ ls -l\n```", "```\n$ ls -l\n```"),
            ("```js\nlet a\n```", "```js\nlet a\n```"),
            ("Text:\n```python\na = 1", "a = 1"),
            ("~~~python3\na\n~~~", "a"),
        ],
    )
    def test_auto(self, text: str, program: str) -> None:
        assert extract_program(text, "auto") == program

    def test_auto_leaves_a_program_with_fences_in_its_strings_alone(self) -> None:
        text = 'HELP = """\n```python\na = 1\n```\n"""'
        assert extract_program(text, "auto") == text
        assert extract_program(text, "markdown") == "a = 1"

    def test_none_takes_the_text_as_it_is(self) -> None:
        assert extract_program(PYTHON, None) == PYTHON

    @pytest.mark.parametrize(
        ("text", "detail"),
        [
            ("x = 1", "fences: none"),
            ("```js\na\n```\n```\n$ b\n```", "fences: js, no label"),
            ("```\n```", "fences: no label"),
        ],
    )
    def test_markdown_wants_a_fence(self, text: str, detail: str) -> None:
        with pytest.raises(ProgramError) as caught:
            extract_program(text, "markdown")
        assert (caught.value.reason, caught.value.detail) == ("no_python_fence", detail)

    @pytest.mark.parametrize("mode", ["auto", "markdown"])
    def test_the_fence_is_not_trimmed(self, mode: Any) -> None:
        text = "Text\n```python\n\n\na = 1  \n\n```"
        assert extract_program(text, mode) == "\n\na = 1  \n"
