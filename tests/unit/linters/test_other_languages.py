"""What holds for the linters of all languages but Python."""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lintseq_datasets import EditSequence, lintseq_map
from lintseq_datasets.errors import ConfigError, LinterError, MissingExtraError
from lintseq_datasets.linters import load_linter
from lintseq_datasets.linters.base import first_syntax_error
from lintseq_datasets.linters.worker import WorkerLinter
from tests.conftest import RunPython
from tests.languages import EXAMPLES, accepts, linter_of

WORKERS = {"go": "go", "java": "javac", "php": "php", "ruby": "ruby"}
languages = pytest.mark.parametrize("language", list(EXAMPLES))
with_worker = pytest.mark.parametrize("language", list(WORKERS))


@languages
def test_verdicts(language: str) -> None:
    linter, example = linter_of(language), EXAMPLES[language]
    fine, broken, undefined = linter.lint([example.program, example.broken, example.undefined])
    assert fine == ()
    assert isinstance(broken, tuple)
    assert first_syntax_error(linter, broken)
    if example.undefined:
        assert isinstance(undefined, tuple)
        assert undefined
        assert not first_syntax_error(linter, undefined)
    assert linter.lint([]) == []
    assert pickle.loads(pickle.dumps(linter)) == linter
    assert any(letter.isdigit() for letter in linter.name)


@languages
def test_sequences(language: str, tmp_path: Path) -> None:
    linter, example = linter_of(language), EXAMPLES[language]
    answer = f"Sure:\n\n```{language}\n{example.program}\n```\nThat is `all`."
    out = lintseq_map(
        {"prompt": ["Go.", "Go.", "Go."], "completion": [answer, example.program, example.broken]},
        language=language, num_samples=3,
    )  # fmt: skip
    assert out["status"] == ["ok"] * 6 + ["skipped:syntax_error"]
    assert out["program"][:6] == [example.program] * 6
    assert out["edits"][:3] == out["edits"][3:6]
    assert sum(out["num_edits"]) > 12
    states = {
        state.text
        for edits in out["edits"][:3]
        for state in EditSequence.from_edits(edits).states()
        if state.lines
    }
    assert set(linter.lint(sorted(states))) == {()}
    if example.stock and shutil.which(example.stock[0]):
        assert all(accepts(language, state, tmp_path) for state in states)


@languages
def test_prose_is_no_program(language: str) -> None:
    linter_of(language)
    rows = {"code": ["I cannot do that for you.", "Here's a word:\n\n```text\nword\n```\n"]}
    out = lintseq_map(rows, language=language, num_samples=1)
    assert not {"ok", "skipped:syntax_error"} & set(out["status"])


@languages
def test_the_working_directory_has_no_effect(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    linter, example = linter_of(language), EXAMPLES[language]
    before = linter.lint([example.undefined or example.broken])
    names = (
        ".oxlintrc.json",
        ".eslintrc.json",
        "package.json",
        "php.ini",
        "tsconfig.json",
    )
    for name in names:
        (tmp_path / name).write_text('{"rules": {"no-undef": "off"}}', encoding="utf-8")
    (tmp_path / ".gitignore").write_text("*\n", encoding="utf-8")
    (tmp_path / "x.rb").write_text("puts 'run'", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RUBYOPT", "-rx")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert linter_of(language).lint([example.undefined or example.broken]) == before


SILENT = {
    "javascript": (
        "/* eslint-disable */\nfoo();", "foo(); // eslint-disable-line", "/* global foo */\nfoo();",
        "// oxlint-disable\nfoo();", "/* eslint no-undef: 0 */ foo();",
    ),
    "typescript": ("// @ts-nocheck\nfoo();", "/* eslint-disable no-undef */\nfoo();"),
    "go": (
        "package main\n//nolint\nfunc f() { x() }",
        "package main\n//line a.go:900\nfunc f() { x() }",
    ),
    "java": ('@SuppressWarnings("all") class A { int f() { return x; } }',),
    "php": ("<?php // @phpstan-ignore-line\nf(;", "<?php /* phpcs:disable */ f(;"),
    "ruby": ("# rubocop:disable all\nputs missing",),
}  # fmt: skip


@languages
def test_comments_do_not_silence(language: str) -> None:
    texts = SILENT[language]
    for text, result in zip(texts, linter_of(language).lint(texts), strict=True):
        assert isinstance(result, tuple)
        assert result, text
        assert all(message.line <= text.count("\n") + 1 for message in result), text


def test_line_ends_that_are_none_here() -> None:
    linter = linter_of("javascript")
    (messages,) = linter.lint(["let a = '\u2028\u2028';\nfoo(a);"])
    assert isinstance(messages, tuple)
    assert [message[:3] for message in messages] == [("no-undef", 2, 0)]


def test_oxlint_leaves_no_text_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    linter_of("javascript")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("*.js\n", encoding="utf-8")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    results = load_linter("oxlint").lint(["foo();", "let a = 1;"])
    assert [bool(result) for result in results] == [True, False]
    with pytest.raises(ConfigError, match="errors"):
        load_linter("oxlint", errors=("no-such-rule",))


# --- workers -----------------------------------------------------------------------------


@with_worker
def test_hostile_texts(language: str) -> None:
    linter, program = linter_of(language), EXAMPLES[language].program
    deep = {"php": "<?php $a = ", "go": "package main\nvar a = "}.get(language, "")
    deep += "(" * 20_000 + "1" + ")" * 20_000
    texts = ["\x00\ud7ff\x7f", deep, "\u2028" * 9, '"' * 9_999, "x" * 99_999, program]
    results = linter.lint(texts)
    assert len(results) == len(texts)
    assert results[-1] == ()
    assert all(isinstance(result, tuple | LinterError) for result in results)


@with_worker
def test_nothing_is_run(language: str, tmp_path: Path) -> None:
    linter = linter_of(language)
    mark = tmp_path / "mark"
    texts = {
        "php": f"<?php file_put_contents('{mark}', 'x');",
        "ruby": f"BEGIN {{ File.write('{mark}', 'x') }}",
        "java": f'class A {{ static {{ new java.io.FileWriter("{mark}"); }} }}',
        "go": f'package main\nimport "os"\nfunc init() {{ os.Create("{mark}") }}',
    }
    linter.lint([texts[language]])
    assert not mark.exists()


@with_worker
def test_a_worker_that_is_killed_loses_nothing(language: str) -> None:
    linter, program = linter_of(language), EXAMPLES[language].program
    assert linter.lint([program]) == [()]
    for pid in children():
        os.kill(pid, signal.SIGKILL)
    assert linter.lint([program] * 3) == [()] * 3


def children() -> list[int]:
    done = subprocess.run(["ps", "-o", "pid=", "--ppid", str(os.getpid())], capture_output=True)
    running = [int(word) for word in done.stdout.split()]
    return [pid for pid in running if "worker" in command_of(pid).lower()]


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
    except OSError:
        return ""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.parametrize("language", ["php", "ruby"])
def test_after_a_fork(language: str, run_python: RunPython) -> None:
    linter_of(language)
    program = EXAMPLES[language].program
    script = (
        "import os\nfrom lintseq_datasets.linters import load_linter\n"
        f"linter = load_linter({language!r})\n"
        f"assert linter.lint([{program!r}]) == [()]\n"
        "pid = os.fork()\n"
        f"assert linter.lint([{program!r}] * 50) == [()] * 50\n"
        "if not pid:\n    os._exit(0)\n"
        "print(os.waitpid(pid, 0)[1])"
    )
    assert run_python(script).split()[-1] == "0"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at /proc")
def test_no_worker_outlives_its_parent() -> None:
    linter_of("php")
    script = (
        "import os, time\nfrom lintseq_datasets.linters import load_linter\n"
        "load_linter('php').lint(['<?php'])\n"
        "pid = os.getpid()\n"
        "print(open(f'/proc/{pid}/task/{pid}/children').read().split()[-1], flush=True)\n"
        "time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert "worker.php" in command_of(pid)
        parent.kill()
    end = time.monotonic() + 30
    while "worker.php" in command_of(pid) and time.monotonic() < end:
        time.sleep(0.05)
    assert "worker.php" not in command_of(pid)


FAKE = """#!{python}
import json, os, sys, time
print(json.dumps({{"hello": "php", "version": "1.0", "problem": {problem}}}), flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    text = asked["text"]
    if "DIE" in text: os.abort()
    if "SPIN" in text:
        while True: pass
    if "NOISE" in text: print("noise", flush=True); continue
    if "OTHER" in text: asked["id"] += 1
    print(json.dumps({{"id": asked["id"], "errors": []}}), flush=True)
"""


def fake(folder: Path, monkeypatch: pytest.MonkeyPatch, problem: str = "None") -> WorkerLinter:
    """A php that is none, in front of all others."""
    path = folder / "php"
    path.write_text(FAKE.format(python=sys.executable, problem=problem), encoding="utf-8")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return WorkerLinter("php", time_limit=1)


def test_one_text_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    linter = fake(tmp_path, monkeypatch)
    texts = ["a", "DIE", "b", "NOISE", "c", "OTHER", "d", "SPIN", "e" * 200_000]
    results = linter.lint(texts)
    reasons = [result.reason if isinstance(result, LinterError) else "" for result in results]
    crash = "linter_crash"
    assert reasons == ["", crash, "", crash, "", crash, "", "time_budget", ""]


def test_a_tool_that_does_not_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    linter = fake(tmp_path, monkeypatch, problem="'no parser'")
    with pytest.raises(ConfigError, match="does not work: no parser"):
        _ = linter.name


def test_a_tool_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(MissingExtraError, match=r"php is not installed\. Run: apt-get install"):
        load_linter("php")
