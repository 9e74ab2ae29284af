from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from lintseq_datasets import lintseq_map
from lintseq_datasets.errors import ConfigError, ProgramError
from lintseq_datasets.languages.base import load_language
from lintseq_datasets.mapping.answers import (
    DONE,
    Answer,
    extract_program,
    read_answer,
)
from lintseq_datasets.mapping.choices import Fences
from lintseq_datasets.mapping.fences import find_fences

PYTHON = "Sure!\n```python\nprint(1)\n```\nIt prints 1."
F, G, FG = "def f():\n    return 1", "def g():\n    return 2", "def f(): ...\ndef g(): ..."


def fenced(*codes: str, label: str = "python") -> str:
    return "\nText.\n".join(f"```{label}\n{code}\n```" for code in codes)


def refused(text: str, **options: Any) -> tuple[str, str]:
    with pytest.raises(ProgramError) as caught:
        extract_program(text, **{"extract_code": "auto", **options})
    return caught.value.reason, caught.value.detail


@pytest.mark.parametrize(
    ("text", "program", "done"),
    [
        ("x = 1", "x = 1", {}),
        ("def f(:", "def f(:", {}),  # judged as a whole later
        (PYTHON, "print(1)", {}),
        ("```python\na\n```\nand\n```py\nb\n```", "a\n\nb", {"joined": 2}),
        ("```python\na()\n```\n```\nb()\n```\n```sh\nls\n```", "a()", {"other_languages": 1}),
        ("```\na = 1\n```", "a = 1", {}),
        ("```\n$ ls -l\n```\n```\na = 1\n```", "a = 1", {}),
        ("Text:\n```python\na = 1", "a = 1", {}),
        ("~~~python3\na\n~~~", "a", {}),
        # reasoning
        ("<think>\n```py\ny\n```\n</think>\n" + PYTHON, "print(1)", {"reasoning": 1}),
        ("<think>Hm.</think>\nprint(1)", "print(1)", {"reasoning": 1}),
        ("s = '''\n<think>\n'''", "s = '''\n<think>\n'''", {}),
        # output
        (fenced("x = 1\nprint(x)", "1", label=""), "x = 1\nprint(x)", {"outputs": 1}),
        (fenced("x = 1") + "\n" + fenced("[1, 2]"), "x = 1", {"outputs": 1}),
        (fenced("P(1)", "P(x=1)", label=""), "P(1)", {"outputs": 1}),
        ("```\nx = f()\n```\n**Output:**\n```\nx = 5\n```", "x = f()", {"outputs": 1}),
        ("```py\nf()\n```\nOutput:\n```py\nIt works!\n```", "f()", {"outputs": 1}),
        ("```py\nf()\n```\n```py\nHello to you\n```", "f()", {"outputs": 1}),
        # what continues the program
        (f"```py\n{F}\n```\n```\nf()\n```", f"{F}\n\nf()", {"joined": 2}),
        (f"```py\n{F}\n```\n```\ng()\n```", F, {}),
        # sessions and commands beside a program
        (fenced(F, ">>> f()\n1"), F, {"sessions": 1}),
        (fenced("!pip install x", F), F, {"commands": 1}),
        # alternatives
        (fenced(F, F.replace("1", "2")), F, {"alternatives": 1}),
        (fenced("x = f()", "x = f()"), "x = f()", {"alternatives": 1}),
        (fenced(F, G, "f()"), f"{F}\n\n{G}\n\nf()", {"joined": 3}),
        (fenced(F, G, FG), FG, {"alternatives": 2}),
        (fenced("import os", F, FG), f"import os\n\n{FG}", {"alternatives": 1, "joined": 2}),
        (fenced(FG, F), FG, {"alternatives": 1}),
        # comments and mistakes are part of it
        (fenced("# first", F), f"# first\n\n{F}", {"joined": 2}),
        (fenced("def h(:", F), f"def h(:\n\n{F}", {"joined": 2}),
    ],
)
def test_auto(text: str, program: str, done: Mapping[str, int]) -> None:
    answer = read_answer(text, "auto")
    assert answer == Answer((program,), done)
    assert set(done) <= set(DONE)
    assert extract_program(text, "auto") == program


@pytest.mark.parametrize(
    ("text", "reason", "detail"),
    [
        ("Yes", "no_program", "words or values, and nothing that is done"),
        ("<think>Hm.</think>\nYes", "no_program", "words or values, and nothing that is done"),
        ("<think>\nx = 1", "no_program", "reasoning that does not end"),
        ("```js\nlet a\n```", "no_program", "fences: js"),
        ("```python\n\n```", "empty_program", "the Python fence is empty"),
        ("```\n$ ls\n```\n```\n42\n```", "no_program", "fences: no label"),
        (">>> x = 1\n>>> x\n1", "interactive_session", "an interactive session, with its prompts"),
        (fenced(">>> x", label="pycon"), "interactive_session",
         "an interactive session, with its prompts"),
        ("%time f()\nx = 1", "notebook_magic", "commands of a notebook, which are no Python"),
        (fenced("!ls\nf()", "x = 1"), "notebook_magic",
         "commands of a notebook, which are no Python"),
        (fenced("%%bash\nls | wc"), "notebook_magic",
         "commands of a notebook, which are no Python"),
    ],
)  # fmt: skip
def test_what_is_refused(text: str, reason: str, detail: str) -> None:
    assert refused(text) == (reason, detail)
    assert extract_program(text, None) == text


def test_a_program_with_fences_in_its_strings_is_left_alone() -> None:
    text = 'HELP = """\n```python\na = 1\n```\n"""'
    assert extract_program(text, "auto") == text
    assert extract_program(text, "markdown") == "a = 1"


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("x = 1", "fences: none"),
        ("```js\na\n```\n```\n$ b\n```", "fences: js, no label"),
        ("```\n```", "fences: no label"),
    ],
)
def test_markdown_wants_a_fence(text: str, detail: str) -> None:
    assert refused(text, extract_code="markdown") == ("no_python_fence", detail)


@pytest.mark.parametrize("mode", ["auto", "markdown"])
def test_the_fence_is_not_trimmed(mode: Any) -> None:
    text = "Text\n```python\n\n\na = 1  \n\n```"
    assert extract_program(text, mode) == "\n\na = 1  \n"


class TestWhichFences:
    TEXT = fenced("x = 1", "y = 12345", "broken (", "z = 1", "[1]")

    @pytest.mark.parametrize(
        ("fences", "programs"),
        [
            ("join", ["x = 1\n\ny = 12345\n\nbroken (\n\nz = 1"]),
            ("first", ["x = 1"]),
            ("last", ["z = 1"]),
            ("longest", ["y = 12345"]),
            ("each", ["x = 1", "y = 12345", "z = 1"]),
        ],
    )
    def test_choices(self, fences: Fences, programs: list[str]) -> None:
        assert list(read_answer(self.TEXT, "auto", fences).programs) == programs

    def test_alternatives_are_taken_when_asked_for(self) -> None:
        text = fenced(F, F.replace("1", "2"))
        assert extract_program(text, "auto", "last") == F.replace("1", "2")
        assert len(read_answer(text, "auto", "each").programs) == 2

    def test_one_beside_a_cell_of_a_notebook(self) -> None:
        assert extract_program(fenced("!ls\nf()", "x = 1"), "auto", "first") == "x = 1"
        assert refused(fenced("!ls\nf()"), fences="first")[0] == "notebook_magic"

    def test_without_one_that_parses(self) -> None:
        assert extract_program(fenced("a (", "b ("), "auto", "last") == "b ("

    def test_each_gives_a_row_for_each(self) -> None:
        batch = {"problem": ["a"], "answer": [fenced("x = 1\nx", "y = 2\ny")]}
        rows = lintseq_map(batch, linter="syntax", num_samples=2, fences="each")
        assert rows["program"] == ["x = 1\nx"] * 2 + ["y = 2\ny"] * 2
        with pytest.raises(ConfigError, match="did you mean 'first'"):
            lintseq_map(batch, fences="firs")  # type: ignore[arg-type]


HOSTILE = {
    "fences": "```\n",
    "openings": "```python\n",
    "openings behind text": "Here: ```python\n",
    "openings with code": "```python\nx = (\n",
    "open strings": '```python\n"""\n```\n',
    "ends on code": "x = (```\n",
    "quoted": "> ```python\n> x = 1\n",
    "Markdown": "```markdown\n```python\n",
    "tags": "<think>\n```\n",
}


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_parsed_grows_with_the_text_and_no_faster(
    piece: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lintseq_datasets.languages.python import snippets

    def parsed(count: int) -> int:
        sizes: list[int] = []
        monkeypatch.setattr(snippets, "is_program", lambda code: sizes.append(len(code)) or False)
        find_fences(piece * count, load_language("python"))
        return sum(sizes) + len(sizes)

    small, large = parsed(200), parsed(1600)
    assert large <= 10 * small + 1000  # eight times the text
