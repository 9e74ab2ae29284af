"""What goes along in languages that are read with a grammar."""

from __future__ import annotations

import pytest

from lintseq_datasets.edits.program import mask_lines
from lintseq_datasets.errors import MissingExtraError, ProgramError
from lintseq_datasets.languages.base import Structure, StructureRules, load_language
from tests.languages import EXAMPLES


def structure(language: str, text: str, **options: str) -> Structure:
    spoken = load_language(language)
    try:
        return spoken.structure(spoken.read(text), StructureRules(**options))  # type: ignore[arg-type]
    except MissingExtraError as missing:
        pytest.skip(str(missing))


def takes(found: Structure, line: int) -> list[int]:
    return list(mask_lines(found.takes[line]))


@pytest.mark.parametrize("language", list(EXAMPLES))
@pytest.mark.parametrize("unit", ["atom", "line"])
@pytest.mark.parametrize("children", ["block", "indentation", "none"])
@pytest.mark.parametrize("comments", ["ride", "draw", "first_edit"])
def test_every_line_takes_itself(language: str, unit: str, children: str, comments: str) -> None:
    program = EXAMPLES[language].program
    found = structure(language, program, unit=unit, children=children, comments=comments)
    assert found.num_lines == program.count("\n") + 1
    assert all(mask >> line & 1 for line, mask in enumerate(found.takes))
    assert all(mask >> found.num_lines == 0 for mask in found.takes)
    assert sorted(set(found.drawable)) == list(found.drawable)


def test_the_example_at_the_head_of_the_module() -> None:
    text = "function f(a) {\n  // Why.\n  if (a)\n    return `x\ny`;\n  else {\n    g();\n  }\n}"
    found = structure("javascript", text)
    assert found.drawable == (0, 2, 6)
    assert takes(found, 0) == list(range(9))
    assert takes(found, 2) == [1, 2, 3, 4, 5, 6, 7]
    assert takes(found, 6) == [6]
    assert found.silent == 1 << 1


def test_arms_cases_and_closing_lines() -> None:
    text = "if (a) {\n  b();\n} else {\n  c();\n}\nswitch (a) {\n  case 1:\n    b();\n}"
    found = structure("javascript", text)
    assert takes(found, 0) == [0, 1, 2, 3, 4]
    assert takes(found, 2) == [2, 3]
    assert takes(found, 4) == [0, 1, 2, 3, 4]
    assert takes(found, 6) == [6, 7]
    assert 4 not in found.drawable


@pytest.mark.parametrize(
    ("language", "text", "atoms"),
    [
        ("javascript", "a\n  .b()\n  .c();\nd();", [0, 3]),
        ("javascript", "f(\n  a,\n  b,\n);", [0, 1, 2]),
        ("java", "class A\n{\n  int a;\n}", [0, 2]),
        ("go", "package main\n\nvar a = `x\ny`\nvar b = 1", [2, 4]),
        ("go", 'package main\nimport (\n\t// Why.\n\t"os"\n)\nvar a = os.Args', [1, 5]),
        ("go", 'package main\nimport (\n\t"os"\n\t"fmt"\n)\nvar a = 1', [1, 2, 3, 5]),
        ("go", "package main\nconst (\n\ta = f(\n\t\t1,\n\t)\n)", [1, 3]),
        ("php", "<?php\n$a = <<<X\n b\nX;\n$c = 1;", [1, 4]),
        ("php", "<?php declare(strict_types=1);\nnamespace A;\n$c = 1;", [2]),
        ("php", "<?php $a = 1; ?>", [0]),
        ("php", "<?php\nnamespace A;\n$c = 1;", [2]),
        ("php", "<?php\nnamespace A {\n$c = 1;\n}", [1, 2]),
        ("ruby", "a = <<~X\n b\nX\nc = 1", [0, 3]),
        ("ruby", "def f\n  a\n  b\nend", [0, 1, 2]),
        ("typescript", "type A = {\n  b: string;\n};", [0, 1]),
    ],
)
def test_what_is_drawn(language: str, text: str, atoms: list[int]) -> None:
    found = structure(language, text)
    assert list(found.drawable) == atoms


def test_a_tree_with_errors_is_no_reason_to_skip() -> None:
    found = structure("javascript", "let a = ;\nlet b = 1;\n%%%")
    assert found.drawable


def test_what_has_no_code() -> None:
    with pytest.raises(ProgramError, match="no_code"):
        structure("javascript", "// nothing\n\n/* at\nall */")
    with pytest.raises(ProgramError, match="no_php_tag"):
        structure("php", "function f() {}")


def test_deep_nesting() -> None:
    found = structure("javascript", "(" * 20_000 + "\n1\n" + ")" * 20_000)
    assert found.num_lines == 3


@pytest.mark.parametrize(
    ("language", "text", "is_program"),
    [
        ("javascript", "Sure:\n```js\nf()\n```", False),
        ("javascript", "```js\nf()\n```", False),
        ("javascript", "/**\n * ```js\n * f()\n * ```\n */\nfunction f() {}", True),
        ("javascript", "const a = `\n```js\n`;", False),
        ("go", "package main\n\n/*\n```go\nf()\n```\n*/\nfunc f() {}", True),
        ("ruby", "Here's it:\n```ruby\nputs 'x'\n```", False),
        ("php", "See:\n```php\n<?php f();\n```", False),
        ("java", "Here is the class that you wanted, I hope.", False),
    ],
)
def test_what_is_a_program_as_a_whole(language: str, text: str, is_program: bool) -> None:
    structure(language, EXAMPLES[language].program)  # or it is skipped
    assert load_language(language).snippets.is_program(text) is is_program
