# ruff: noqa: E501  (programs as they are)
"""Small programs of other languages, and the stock tools that judge their states."""

from __future__ import annotations

import subprocess
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
    stock: tuple[str, ...]  # says by its exit status whether a file is a program


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
        "  return Math.sqrt(x * x + y * y);\n}",
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
        "class A { int f( }", "class A { int f() { return x; } }", ".java", (),
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


def linter_of(language: str) -> Linter:
    """The default linter of a language; the test is skipped where it is not installed."""
    try:
        linter = load_linter(load_language(language).linters[0], language=language)
        load_language(language).snippets.is_program(EXAMPLES[language].program)
    except MissingExtraError as missing:
        pytest.skip(str(missing))
    return linter


def accepts(language: str, text: str, folder: Path) -> bool:
    """Whether the stock tool accepts a text."""
    example = EXAMPLES[language]
    path = folder / f"text{example.suffix}"
    path.write_text(text, encoding="utf-8")
    done = subprocess.run([*example.stock, str(path)], capture_output=True, check=False)
    return done.returncode == 0
