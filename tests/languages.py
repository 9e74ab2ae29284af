# ruff: noqa: E501  (programs as they are)
"""Small programs of other languages, and the stock tools that judge their states."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from lintseq_datasets.errors import MissingExtraError
from lintseq_datasets.languages.base import load_language
from lintseq_datasets.linters import Linter, load_linter


class Example(NamedTuple):
    """A program, what is wrong in parts of it, and how the stock tool is called."""

    program: str
    broken: str  # does not parse
    undefined: str  # parses, and has an error, as far as the linter sees any
    suffix: str
    stock: tuple[str, ...]  # says by its exit status whether a file is a program, if one does


EXAMPLES = {
    "javascript": Example(
        "// Count.\nconst count = (words, wanted) => {\n  let found = 0;\n"
        "  for (const word of words) {\n    if (word === wanted) {\n      found += 1;\n"
        "    } else {\n      skip(word);\n    }\n  }\n  return found;\n};\n\n"
        "function skip(word) {\n  switch (word) {\n    case 'a':\n      return 1;\n"
        "    default:\n      return 2;\n  }\n}\n\nmodule.exports = { count };",
        "let a = (;", "print(missing);", ".js", ("node", "--check"),
    ),
    "typescript": Example(
        "interface Point {\n  x: number;\n  y: number;\n}\n\n"
        "export function norm(point: Point): number {\n  const { x, y } = point;\n"
        "  if (x === 0) {\n    return Math.abs(y);\n  }\n  let total: number = x * x;\n"
        "  total += y * y;\n  return Math.sqrt(total);\n}\n\n"
        "export const unit: Point = {\n  x: 1,\n  y: norm({ x: 0, y: 1 }),\n};",
        "let a: = 1;", "print(missing);", ".ts", (),
    ),
    "go": Example(
        'package main\n\nimport (\n\t"fmt"\n\t"strings"\n)\n\n// Shout is loud.\n'
        "func Shout(words []string) string {\n\tloud := []string{}\n"
        "\tfor _, word := range words {\n\t\tloud = append(loud, strings.ToUpper(word))\n\t}\n"
        '\treturn strings.Join(loud, " ")\n}\n\nfunc main() {\n'
        '\tfmt.Println(Shout([]string{"a"}))\n}',
        "package main\nfunc {", "package main\nfunc f() int { return x }", ".go", (),
    ),
    "java": Example(
        "import java.util.*;\n\npublic class Words {\n    /** Why. */\n"
        "    public int count(List<String> words, String wanted) {\n        int found = 0;\n"
        "        for (String word : words) {\n            if (word.equals(wanted)) {\n"
        "                found++;\n            }\n        }\n        return found;\n    }\n}",
        "class A { int f( }", "class A { int f() { return x; } }", ".java",
        ("javac", "-proc:none", "-d", "out"),
    ),
    "php": Example(
        "<?php\n\n/** Count. */\nfunction count_words($words, $wanted) {\n    $found = 0;\n"
        "    foreach ($words as $word) {\n        if ($word === $wanted) {\n            $found++;\n"
        "        } elseif ($word) {\n            continue;\n        }\n    }\n    return $found;\n}",
        "<?php f(", "", ".php", ("php", "-l"),
    ),
    "ruby": Example(
        "# Count.\nclass Words\n  attr_reader :words\n\n  def initialize(words)\n"
        "    @words = words\n  end\n\n  def count(wanted)\n    found = 0\n"
        "    words.each do |word|\n      if word == wanted\n        found += 1\n      else\n"
        "        next\n      end\n    end\n    found\n  end\nend\n\nputs Words.new(['a']).count('a')",
        "def f(", "puts missing", ".rb", ("ruby", "-c"),
    ),
}  # fmt: skip


LANGUAGE_OF = {
    "oxlint": "javascript", "tsc": "typescript", "deno": "typescript", "go": "go",
    "javac": "java", "php": "php", "ruby": "ruby",
}  # fmt: skip
"""A language that each linter judges."""


def linter_of(language: str) -> Linter:
    """The default linter of a language; the test is skipped where it is not installed."""
    return linter_named(load_language(language).linters[0], language)


def linter_named(tool: str, language: str | None = None) -> Linter:
    """A linter; the test is skipped where it is not installed."""
    language = language or LANGUAGE_OF[tool]
    try:
        linter = load_linter(tool, language=language)
        load_language(language).snippets.is_program(EXAMPLES[language].program)
    except MissingExtraError as missing:
        pytest.skip(str(missing))
    return linter


def refused(language: str, texts: Sequence[str], folder: Path) -> list[str]:
    """The texts that the stock tool of a language refuses, in processes that know nothing.

    Some tools are given one text at a time, in a file that has the name of its class where that
    matters; others all of them, each in a package or module of its own.
    """
    if language == "go":
        return _refused_by_go(texts, folder)
    if language == "typescript":
        return _refused_by_tsc(texts, folder)
    path = folder / f"Words{EXAMPLES[language].suffix}"
    found = []
    for text in texts:
        path.write_text(text, encoding="utf-8")
        command = [*EXAMPLES[language].stock, str(path)]
        if subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode:
            found.append(text)
    return found


def _refused_by_go(texts: Sequence[str], folder: Path) -> list[str]:
    from lintseq_datasets.linters.workers.go import go_root

    (folder / "go.mod").write_text("module texts\n", encoding="utf-8")
    for number, text in enumerate(texts):
        (folder / f"s{number}").mkdir()
        (folder / f"s{number}" / "main.go").write_text(text, encoding="utf-8")
    command = [str(go_root() / "bin" / "go"), "vet", "./..."]
    settings = {"CGO_ENABLED": "0", "GOPROXY": "off", "GOFLAGS": "", "GOTOOLCHAIN": "local"}
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **settings}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    named = {int(number) for number in re.findall(r"\bs(\d+)/main\.go:", done.stderr)}
    assert bool(named) == bool(done.returncode), done.stderr
    return [texts[number] for number in sorted(named)]


def _refused_by_tsc(texts: Sequence[str], folder: Path) -> list[str]:
    from lintseq_datasets.linters.workers.tsc import MISSING_RETURNS, find

    for number, text in enumerate(texts):
        (folder / f"{number}.ts").write_text(text, encoding="utf-8")
    # So that they are modules, which know nothing of each other.
    options = ("--noEmit", "--moduleDetection", "force", "--pretty", "false")
    command = [find(), *options, *(f"{number}.ts" for number in range(len(texts)))]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    said = re.findall(r"^(\d+)\.ts\(.*?\): error (\w+):", done.stdout, re.MULTILINE)
    assert bool(said) == bool(done.returncode), done.stdout
    return [
        texts[number]
        for number in sorted({int(number) for number, name in said if name not in MISSING_RETURNS})
    ]
