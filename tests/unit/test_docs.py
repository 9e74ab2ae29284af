"""The documentation says what is: its examples run, its links and names lead somewhere."""

from __future__ import annotations

import ast
import doctest
import importlib
import re
import shlex
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import click
import pytest

import lintseq_datasets
from lintseq_datasets import DIFF_TOKEN, EditSequence, LintSeqConfig, RandSeqConfig, features_of
from lintseq_datasets.edits.reading import PROBLEMS, REPAIRED
from lintseq_datasets.edits.sequence import printed_edits
from lintseq_datasets.languages.base import LANGUAGES, load_language
from lintseq_datasets.linters import LINTERS
from tests.conftest import ROOT, RunPython

PAGES = [
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/**/*.md", "examples/*.md")
    for path in sorted(ROOT.glob(pattern))
]

_FENCE = re.compile(r" {0,3}(`{3,})(\w*)")
_LINK = re.compile(r"\]\(([^()\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")
_NAME = re.compile(r"lintseq_datasets(?:\.[A-Za-z_]\w*)+")
_SVG = "{http://www.w3.org/2000/svg}"
_FILES = (".json", ".jsonl")  # what looks like a name of ours and is a file


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def fences(text: str) -> Iterator[tuple[str, int, str]]:
    """Fenced blocks: label, 1-based line of the first line inside, content."""
    opening: re.Match[str] | None = None
    start, inside = 0, [""]
    for number, line in enumerate(text.split("\n"), 1):
        fence = _FENCE.fullmatch(line)
        if opening is None and fence:
            opening, start, inside = fence, number + 1, []
        elif opening and fence and not fence[2] and fence[1].startswith(opening[1]):
            yield opening[2], start, "\n".join(inside)
            opening = None
        else:
            inside.append(line)
    assert opening is None, f"the fence above line {start} is not closed"


def prose(text: str) -> str:
    """A page without its fenced blocks."""
    lines = text.split("\n")
    for _, start, content in fences(text):
        for number in range(start - 2, start + content.count("\n") + 1):
            lines[number] = ""
    return "\n".join(lines)


def section(page: str, heading: str) -> str:
    """What stands below a heading, up to the next one of any level."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", prose(read(page)), re.S | re.M)
    assert found, f"{page} has no heading {heading!r}"
    return found[1]


def first_column(table: str) -> list[str]:
    """The code in the first cell of each row of the tables in a text."""
    return [
        code for line in table.split("\n") if line.startswith("|") for code in
        _CODE.findall(re.split(r"(?<!\\)\|", line)[1])
    ]  # fmt: skip


# --- examples ------------------------------------------------------------------------


@pytest.mark.parametrize("page", [page for page in PAGES if ">>> " in read(page)])
def test_examples_run(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    examples: list[doctest.Example] = []
    for label, start, content in fences(read(page)):
        if label == "text":  # what stands there may look like a prompt
            continue
        found = doctest.DocTestParser().get_examples(content, page)
        for example in found:
            example.lineno += start - 1
        examples += found
    test = doctest.DocTest(examples, {}, page, page, 0, None)
    printed: list[str] = []
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=printed.append)
    assert result.attempted
    assert not result.failed, "".join(printed)


def test_python_in_fences_parses() -> None:
    for page in PAGES:
        for label, start, content in fences(read(page)):
            if label == "python" and ">>>" not in content:
                ast.parse("\n" * (start - 1) + content, page)


def test_training_texts_are_exact() -> None:
    blocks = [text for page in PAGES for _, _, text in fences(read(page))]
    shown = [text for text in blocks if text.startswith(DIFF_TOKEN)]
    assert shown
    assert all(EditSequence.from_text(text).resolve().lines for text in shown)


def test_blocks_that_no_example_can_print() -> None:
    """A marker of ``>`` would be a prompt of an example, so the page shows the text alone."""
    page = [text for _, _, text in fences(read("docs/edit-formats.md"))]
    (blocks,) = [text for text in page if text.startswith("<<<<<<< SEARCH")]
    found = re.search(r'from_text\("""\\\n(.*?)"""\)', "\n".join(page), re.S)
    assert found
    sequence = EditSequence.from_text(found[1].replace("... ", ""))
    assert printed_edits(sequence, "search_replace")[1] == blocks


@pytest.mark.slow
def test_the_python_of_the_readme(run_python: RunPython, tmp_path: Path) -> None:
    blocks = [(label, text) for label, _, text in fences(read("README.md"))]
    five, *others = [text for label, text in blocks if label == "python"]
    assert five.count("\n") + 1 == 5
    (shown,) = [text for _, text in blocks if text.startswith(DIFF_TOKEN)]
    env = {"HF_HOME": str(tmp_path / "cache")}
    count = "print(len(edits), set(edits['status']))"
    code = "\n".join([five, count, *others, count, "print(count)"])
    printed = run_python(code, env=env, cwd=ROOT)
    counted = "155 {'ok'}"
    assert printed.rstrip() == f"{shown}\n{counted}\n{counted}\n155 rows in, 155 kept, 0 dropped"


def test_ci_runs_the_command_of_the_readme() -> None:
    commands = [text for label, _, text in fences(read("README.md")) if label == "sh"]
    assert len(commands) == 2
    (tests,) = [text for text in commands if "pytest" in text]
    assert tests in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


def test_the_picture_of_the_readme_is_what_its_script_makes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("pygments", reason="the extra 'highlight' is not installed")
    monkeypatch.syspath_prepend(ROOT / "docs" / "site")
    script = importlib.import_module("picture")
    images = re.findall(r'<(?:source|img) .*?(?:srcset|src)="([^"]+)"', read("README.md"))
    assert [ROOT / image for image in images] == [script.NARROW, script.WIDE]

    for path, made in (
        (script.WIDE, script.picture()),
        (script.NARROW, script.picture(narrow=True)),
    ):
        assert path.read_text(encoding="utf-8") == made, "run docs/site/picture.py"
        drawn = ElementTree.fromstring(made)
        lines = ["".join(text.itertext()) for text in drawn.iter(f"{_SVG}text")]
        assert sum("edit" in line for line in lines) == 3
    assert float(drawn.attrib["width"]) < 340, "the narrow one does not fit on a telephone"


# --- links and names -----------------------------------------------------------------


def anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", prose(path.read_text(encoding="utf-8")), re.M)
    kept = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return {heading.replace(" ", "-") for heading in kept}


def test_links_lead_somewhere() -> None:
    links = [(page, link) for page in PAGES for link in _LINK.findall(prose(read(page)))]
    for page, link in links:
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = link.partition("#")
        path = (ROOT / page).parent / target if target else ROOT / page
        assert path.exists(), (page, link)
        assert not anchor or anchor in anchors(path), (page, link)


def test_every_page_is_listed_in_the_index() -> None:
    listed = set(_LINK.findall(read("docs/README.md")))
    assert {Path(page).name for page in PAGES if page.startswith("docs/")} - {"README.md"} <= listed


def test_names_exist() -> None:
    codes = [code for page in PAGES for code in _CODE.findall(prose(read(page)))]
    for code in codes:
        for name in _NAME.findall(code):
            if not code.endswith(_FILES):
                resolve_name(name)


def resolve_name(name: str) -> Any:
    parts = name.split(".")
    value: Any = lintseq_datasets
    for index, part in enumerate(parts[1:], 2):
        if not hasattr(value, part):
            importlib.import_module(".".join(parts[:index]))
        value = getattr(value, part)
    return value


def test_commands_have_the_options_that_are_shown() -> None:
    from lintseq_datasets.cli import main

    blocks = [(label, text) for page in PAGES for label, _, text in fences(read(page))]
    shell = [text for label, text in blocks if label in ("sh", "bash", "console")]
    for command in re.split(r"\n|&&|\|", "\n".join(shell).replace("\\\n", " ")):
        words = shlex.split(command, comments=True)
        if not words or Path(words[0]).name != "lintseq-datasets":
            continue
        known = {"--help", "--version"}
        if len(words) > 1 and not words[1].startswith("-"):
            chosen = main.commands[words[1]]
            chosen = chosen.commands[words[2]] if isinstance(chosen, click.Group) else chosen
            known |= {option for p in chosen.params for option in p.opts}
            known |= {option for p in chosen.params for option in p.secondary_opts}
        used = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
        assert used <= known, command


# --- tables and lists ----------------------------------------------------------------


@lru_cache(maxsize=1)
def statuses() -> frozenset[str]:
    """Every status that the package can give, found in its source."""
    kinds = {
        "ProgramError": "skipped", "problem_cell": "skipped", "Broken": "skipped",
        "LinterError": "failed",
    }  # fmt: skip
    found = {f"skipped:no_{language}_fence" for language in LANGUAGES}
    for path in Path(lintseq_datasets.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                reason = node.args[0]
                if node.func.id in kinds and isinstance(reason, ast.Constant):
                    found.add(f"{kinds[node.func.id]}:{reason.value}")
    return frozenset(found)


def test_every_status_is_explained() -> None:
    assert len(statuses()) > 10
    listed = first_column(section("docs/data-format.md", "Statuses"))
    assert sorted(listed) == sorted({"ok", *statuses()})


@pytest.mark.parametrize(
    ("page", "heading", "output_format"),
    [
        ("docs/data-format.md", "Columns", "default"),
        ("docs/output-formats.md", "The published package's columns", "pylintseq"),
        ("docs/output-formats.md", "Calls of tools", "tool_calls"),
        ("docs/output-formats.md", "Next edits", "next_edit"),
        ("docs/output-formats.md", "Fill in the middle", "fim"),
    ],
)
def test_every_column_is_explained(page: str, heading: str, output_format: Any) -> None:
    assert first_column(section(page, heading)) == list(features_of(output_format))


def test_every_kind_of_problem_is_explained() -> None:
    table = section("docs/model-text.md", "Reading it")
    listed = [kind for kind in first_column(table) if "`" not in kind]
    assert listed == list(PROBLEMS)
    marked = re.findall(r"^\| `(\w+)` ◦ \|", table, re.M)
    assert set(marked) == set(REPAIRED)


def test_every_linter_is_listed() -> None:
    of_python = load_language("python").linters
    assert first_column(section("README.md", "Which linter")) == list(of_python)
    table = section("docs/languages.md", "Languages")
    assert first_column(table) == list(LANGUAGES)
    assert all(f"`{linter}`" in table for linter in LINTERS)


def test_every_public_name_is_shown() -> None:
    page = read("docs/api.md")
    for name in lintseq_datasets.__all__:
        assert re.search(rf"`{name}\b", page), name


def test_every_option_is_explained() -> None:
    page = read("docs/api.md")
    for config in (LintSeqConfig, RandSeqConfig):
        for name in config.__dataclass_fields__:
            assert f"`{name}`" in page, name


def test_the_tree_of_modules() -> None:
    package = Path(lintseq_datasets.__file__).parent
    blocks = [text for _, _, text in fences(read("CONTRIBUTING.md"))]
    (tree,) = [text for text in blocks if text.startswith("lintseq_datasets/")]
    listed = dict(re.findall(r"^  ([\w./]+) +(.*)$", tree, re.M))
    for path in package.glob("*"):
        is_folder = path.is_dir() and any(path.glob("*.py"))
        if is_folder or (path.suffix == ".py" and path.name != "__init__.py"):
            assert (f"{path.name}/" if is_folder else path.name) in listed
    for name, comment in listed.items():
        assert (package / name).exists() or comment.endswith(("planned", "being written")), name


def test_preparing_is_explained() -> None:
    from lintseq_datasets.prepare import POOLED, STEPS, Benchmark, Source

    page = read("docs/prepare.md")
    reasons = first_column(section("docs/prepare.md", "Why a row is dropped"))
    assert reasons == [reason for some in STEPS.values() for reason in some]
    assert first_column(section("docs/prepare.md", "In short")) == list(POOLED)
    for kind in (Source, Benchmark):
        for name in set(kind.__dataclass_fields__) - {"path"}:
            assert f"`{name}`" in page, name
