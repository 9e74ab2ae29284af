from __future__ import annotations

import pytest

from lintseq_datasets.languages.base import load_language
from lintseq_datasets.mapping.fences import find_fences, language_of

PYTHON = load_language("python")


@pytest.mark.parametrize(
    ("text", "fences"),
    [
        ("no fence", []),
        ("```python\na\n```", [("python", "a", True)]),
        ("```Python\na\n\nb\n```\n", [("python", "a\n\nb", True)]),
        ("``` py \na\n```  ", [("python", "a", True)]),
        ("```python title=x\na\n```", [("python", "a", True)]),
        ("~~~\na\n```\nb\n~~~", [("", "a\n```\nb", True)]),
        ("````\n```sh\na\n```\n````", [("", "```sh\na\n```", True)]),
        ("```\na\n`````", [("", "a", True)]),
        ("```python\na", [("python", "a", False)]),
        ("```python\n```", [("python", "", True)]),
        ("```a```", []),  # code in a line
        ("```js\na\n``` not a fence\n```", [("js", "a\n``` not a fence", True)]),
        ("```\na\n```\n```sh\nb\n```", [("", "a", True), ("sh", "b", True)]),
        ("  ```python\n  if a:\n      b\n c\n  ```", [("python", "if a:\n    b\nc", True)]),
        ("1. Run:\n\n   ```python\n   a\n   ```", [("python", "a", True)]),
        ("- ```python\n  a\n  ```", [("python", "a", True)]),
        ("- ```python\nif a:\n  b\n```", [("python", "if a:\n  b", True)]),
        ("> ```python\n> if a:\n>     b\n> ```", [("python", "if a:\n    b", True)]),
        (">> ```py\n>> a\n>> ```", [("python", "a", True)]),
        ("> ```python\n> a\nText.\n```js\nb\n```", [("python", "a", True), ("js", "b", True)]),
        ("\u200b```python\na\n\ufeff```", [("python", "a", True)]),
        ("Here: ```python\nx = 1\n```\nDone.", [("python", "x = 1", True)]),
        ("Write ```python\nat the start.", []),
        ("Use ``` for it.", []),
        ("Say ```\nYes\n```\nx = 1\n```", [("", "x = 1", True)]),
        ("```python\nx = 1\nf(x)```\nDone.", [("python", "x = 1\nf(x)", True)]),
        ('```python\ns = """```"""\nx = 1\n```', [("python", 's = """```"""\nx = 1', True)]),
        (
            '```python\ns = """\n```\nx\n```\n"""\n```\n```js\nb\n```',
            [("python", 's = """\n```\nx\n```\n"""', True), ("js", "b", True)],
        ),
        (
            "```python\nx = 1\n\n```python\ny = 2\n```",
            [("python", "x = 1\n", False), ("python", "y = 2", True)],
        ),
        (
            "```\nText.\n\n```python\nx = 1\n```",
            [("", "Text.\n", False), ("python", "x = 1", True)],
        ),
        (
            "```markdown\n# T\n```python\nx\n```\n```\n```py\ny\n```",
            [("markdown", "# T\n```python\nx\n```", True), ("python", "y", True)],
        ),
        ("```md\nx\n```\n```py\ny\n```", [("md", "x", True), ("python", "y", True)]),
    ],
)
def test_blocks(text: str, fences: list[tuple[str, str, bool]]) -> None:
    assert [fence[:3] for fence in find_fences(text, PYTHON)] == fences


def test_a_block_knows_its_lines_and_the_text_before_it() -> None:
    _, found = find_fences("```sh\nls\n```\nOutput:\n\n```\n1\n```\nEnd.", PYTHON)
    assert (found.first, found.end, found.heading) == (5, 8, "Output:")


@pytest.mark.parametrize(
    "info",
    ["python", "Python 3", "py", "py3", "python2", "python3.11", "{.python}", "{.python .numbered}",
     "{python}", "python:main.py", "python title='x'", "python copy", "python,linenos", "jupyter",
     "ipython", "ipython3", "pycon", "python-repl", "language-python", "main.py", "src/app.py",
     "\u200bpython", "python (main.py)"],
)  # fmt: skip
def test_labels_of_python(info: str) -> None:
    assert language_of(info, PYTHON) == "python"


@pytest.mark.parametrize(
    ("info", "language"),
    [("", ""), ("  ", ""), ("JS", "js"), ("cython", "cython"), ("pyrex", "pyrex"), ("c++", "c++"),
     ("{.r}", "r"), ("python-like", "python-like"), ("pythonic", "pythonic"), ("text", "text")],
)  # fmt: skip
def test_other_labels(info: str, language: str) -> None:
    assert language_of(info, PYTHON) == language
