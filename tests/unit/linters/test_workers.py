"""Worker processes: they are kept, limited, started anew, and no surroundings have an effect."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from lintseq_datasets.errors import ConfigError, LinterError, MissingExtraError
from lintseq_datasets.linters import load_linter
from lintseq_datasets.linters.base import LintMessage, LintResult
from lintseq_datasets.linters.worker import WorkerLinter
from tests.conftest import RunPython, wait_until
from tests.languages import EXAMPLES, LANGUAGE_OF, linter_named, refused

WORKERS = ("tsc", "deno", "go", "javac", "php", "ruby")
with_worker = pytest.mark.parametrize("tool", WORKERS)
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at /proc")

NESTED = {
    "go": "package main\nvar a = {}", "php": "<?php $a = {};", "ruby": "a = {}",
    "tsc": "let a = {}", "deno": "let a = {}", "javac": "class A {{ int a = {}; }}",
}  # fmt: skip


@with_worker
def test_hostile_texts(tool: str) -> None:
    linter, program = linter_named(tool), EXAMPLES[LANGUAGE_OF[tool]].program
    # What is deeper, or has more errors, ends deno twice, which takes seconds each time.
    depth, quotes = (500, 999) if tool == "deno" else (20_000, 9_999)
    deep = NESTED[tool].format("(" * depth + "1" + ")" * depth)
    texts = ["\x00\ud7ff\x7f", deep, "\u2028" * 9, '"' * quotes, "x" * 9_999, program]
    results = linter.lint(texts)
    assert len(results) == len(texts)
    assert results[-1] == ()
    assert all(isinstance(result, tuple | LinterError) for result in results)


@pytest.mark.parametrize("tool", ["go", "javac", "php", "ruby"])
def test_nothing_is_run(tool: str, tmp_path: Path) -> None:
    linter = linter_named(tool)
    mark = tmp_path / "mark"
    texts = {
        "php": f"<?php file_put_contents('{mark}', 'x');",
        "ruby": f"BEGIN {{ File.write('{mark}', 'x') }}",
        "javac": f'class A {{ static {{ new java.io.FileWriter("{mark}"); }} }}',
        "go": f'package main\nimport "os"\nfunc init() {{ os.Create("{mark}") }}',
    }
    linter.lint([texts[tool]])
    assert not mark.exists()


def test_many_open_files(run_python: RunPython) -> None:
    # As those of a large dataset: the pipes of the worker then have numbers above 1,023.
    program = EXAMPLES["go"].program
    script = (
        "import resource\nfrom lintseq_datasets.linters import load_linter\n"
        "_, most = resource.getrlimit(resource.RLIMIT_NOFILE)\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))\n"
        "files = [open('/dev/null') for _ in range(1_100)]\n"
        f"print(load_linter('go').lint([{program!r}]))"
    )
    assert run_python(script).strip() == "[()]"


@linux
@pytest.mark.parametrize("tool", ["tsc", "go", "javac", "php", "ruby"])  # deno is ended below
def test_a_worker_that_is_killed_loses_nothing(tool: str) -> None:
    linter, program = linter_named(tool), EXAMPLES[LANGUAGE_OF[tool]].program
    assert linter.lint([program]) == [()]
    (pid,) = workers_of(tool)
    os.kill(pid, signal.SIGKILL)
    assert linter.lint([program] * 3) == [()] * 3
    assert pid not in workers_of(tool)


@linux
@pytest.mark.parametrize("tool", ["php", "ruby"])  # which start in less than a tick of their clock
def test_a_worker_that_is_stopped_loses_nothing(tool: str) -> None:
    linter, program = linter_named(tool), EXAMPLES[LANGUAGE_OF[tool]].program
    end_workers(tool)
    assert linter.lint([program]) == [()]
    (pid,) = workers_of(tool)
    os.kill(pid, signal.SIGSTOP)
    waker = threading.Timer(1.5, os.kill, (pid, signal.SIGCONT))
    waker.start()
    assert linter.lint([program]) == [()]
    assert workers_of(tool) == [pid]
    waker.join()


SIGNS = {
    "tsc": "--lsp", "deno": "deno lsp", "go": "go-worker-", "javac": "Worker",
    "php": "worker.php", "ruby": "worker.rb",
}  # fmt: skip
"""What the command line of each worker holds."""


def workers_of(tool: str) -> list[int]:
    me = os.getpid()
    children = Path(f"/proc/{me}/task/{me}/children").read_text(encoding="utf-8").split()
    return [pid for pid in map(int, children) if SIGNS[tool] in command_of(pid)]


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").replace("\0", " ")
    except OSError:
        return ""


HOSTILE_FILES = {
    "tsconfig.json": '{"compilerOptions": {"noCheck": true, "noLib": true}}',
    "deno.json": '{"workspace": ["./*"], "compilerOptions": {"strict": false, "noLib": true}}',
    "package.json": '{"workspaces": ["*"], "type": "commonjs"}',
    "node_modules/typescript/package.json": "{}",
    "node_modules/@types/node/index.d.ts": "declare var missing: any;",
    "node_modules/.bin/tsc": "#!/bin/sh\nexit 3\n",
    "globals.d.ts": "declare var missing: any;",
    "go.mod": "module example.org/x\n",
    "x.go": "package main\nvar x int\n",
    "fmt/fmt.go": "package fmt\n",
    "A.java": "class A { static int x; }",
    "java/util/List.java": "package java.util; class List {}",
    ".php.ini": "disable_functions=token_get_all",
    "php.ini": "auto_prepend_file=x.php\ndisable_functions=token_get_all",
    "x.php": "<?php exit(3);",
    "x.rb": "exit 3",
    "json.rb": "exit 3",
    "ripper.rb": "exit 3",
}
HOSTILE_VARIABLES = {
    "RUBYOPT": "-rx", "RUBYLIB": ".", "GOFLAGS": "-x", "GOROOT": ".", "CLASSPATH": ".",
    "JAVA_TOOL_OPTIONS": "-Xmx1m", "JDK_JAVA_OPTIONS": "-Xmx1m", "NODE_OPTIONS": "--require=./x.js",
    "PHPRC": ".", "PHP_INI_SCAN_DIR": ".", "DENO_DIR": ".",
}  # fmt: skip


@with_worker
def test_no_surroundings_have_an_effect(
    tool: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = EXAMPLES[LANGUAGE_OF[tool]]
    texts = [example.program, example.undefined or example.broken, example.broken]
    before = linter_named(tool).lint(texts)
    for name, text in HOSTILE_FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    for variable, value in HOSTILE_VARIABLES.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # so that the worker works within it
    monkeypatch.chdir(tmp_path)
    end_workers(tool)
    assert linter_named(tool).lint(texts) == before
    end_workers(tool)


def end_workers(tool: str) -> None:
    if sys.platform.startswith("linux"):
        for pid in workers_of(tool):
            os.kill(pid, signal.SIGKILL)


JAVA = (
    "class String {}", "class A { String a = 1; }", "class Object {}", "class java {}",
    "interface List<T> { int x(); }", "import java.util.*; class A { List<Integer> a; }",
    "class Exception extends Throwable {}", "class A { void f() throws Exception {} }",
    "class A { void f() throws Exception {} void g() { f(); } }", "class A extends B {}",
    "class B extends A {}", "class A { B b; }", "class A { foo.Bar b; }",
    "class foo { static class Bar {} }", "import foo.Bar; class A {}", "@interface Override {}",
    "class A { @Override public String toString() { return null; } }", "record R(int a) {}",
    "sealed interface S permits T {} final class T implements S {}", "class U implements S {}",
    "enum E { A, B; } class C { int f(E e) { return switch (e) { case A -> 1; case B -> 2; }; } }",
    "class A { void f() { class L {} Object o = new Object() {}; Runnable r = () -> {}; } }",
    "package foo; class Bar {}", "import foo.*; class A {}", "class A { R r; E e; T t; foo x; }",
    "package foo; import foo.*;", "package foo; import foo.Bar;", "package foo; class A { Bar b; }",
    "package foo.bar; class C { foo.Bar b; }", "import foo.bar.*; class foo {}",
    "import foo.bar.C;", "@Deprecated package foo;", "@Deprecated package foo; class A {}",
    "package bar; import foo.*; class A { Bar b; }", "package java.util; class List {}",
    "package foo; /* module */ class List { java.util.List l; }", "mod\\u0075le foo { }",
    "module m { } class A {}", "package java.lang; class String {}", "package foo.Bar; class A {}",
    "package p\\u0061r; class Bar {}", "import par.Bar; class A { String s = new String(); }",
)  # fmt: skip


STOCK_JAVAC = """
import java.io.*;
class Stock {
    public static void main(String[] files) throws Exception {
        for (String file : files) {
            StringWriter out = new StringWriter();
            int status = com.sun.tools.javac.Main.compile(
                new String[] {"-proc:none", "-XDrawDiagnostics", "-d", "out", file},
                new PrintWriter(out));
            System.out.println(status + " " + out.toString().replace("\\n", " "));
        }
    }
}
"""
"""The command, as it is, file after file: it makes a new compiler each time."""


def test_what_was_judged_before_has_no_effect_on_javac(tmp_path: Path) -> None:
    linter = linter_named("javac")
    names = [f"{number}.java" for number in range(len(JAVA))]
    for name, text in zip(["Stock.java", *names], [STOCK_JAVAC, *JAVA], strict=True):
        (tmp_path / name).write_text(text, encoding="utf-8")
    stock = subprocess.run(
        ["java", "-XX:TieredStopAtLevel=1", "Stock.java", *names],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    expected = [
        re.findall(r"\d\.java:(\d+):\d+: (compiler\.err\.[\w.-]*\w)", line)
        for line in stock.stdout.splitlines()
    ]
    assert {bool(found) for found in expected} == {True, False}
    for order in (1, -1, 1):
        results = linter.lint(JAVA[::order])[::order]
        assert [
            [(str(m.line), m.id.removeprefix("syntax ")) for m in messages_of(result)]
            for result in results
        ] == expected


def messages_of(result: LintResult) -> tuple[LintMessage, ...]:
    assert isinstance(result, tuple), result
    return result


PHP = (
    "<?php\nfunction f() { return 1; }\nclass A { function g() {} }",
    "<?php\nfunction f() { return 2; }\nclass A {}\nclass B extends A {}",
    "<?php\nfunction g() {\n  try { f(); }\n}", "<?php\nbreak;", "<?php\ngoto a;",
    "<?php\nfunction h() {}\nfunction h() {}", "<?php\n$a = 1;\nnamespace X;",
    "<?php\nclass C { abstract function x(); }", "<p>x</p><?php\nnamespace X;",
    "<?php\nabstract class P { abstract function a(); }\nclass Q extends P {}",
    "<?php\nnamespace A {\n f();\n}\nnamespace B {\n function k() {}\n}",
    "<?php declare(strict_types=1);\n\nnamespace A;\nfunction f(int $a): int { return $a; }",
    "<?php # x\n/* y */ namespace A; f(); __halt_compiler(); z",
    "#!/usr/bin/php\n<?php\nnamespace A;",
    "<?php\nfunction compile() {}\nclass ParseError {}", "<?php\nnamespace\\f();",
    "<?= f() ?>", "<?php",
)  # fmt: skip


def test_php_says_what_its_command_says(tmp_path: Path) -> None:
    linter = linter_named("php")
    marked = [
        f"<?php\n{head}file_put_contents('{tmp_path}/mark', 'x');"
        for head in ("", "namespace A; ", "declare(strict_types=1); namespace A { ")
    ]
    texts = [*PHP, *marked[:2], marked[2] + " }", f"<p>\n{marked[0]}", *PHP[::-1]]
    wrong = refused("php", texts, tmp_path)
    found = [text for text, result in zip(texts, linter.lint(texts), strict=True) if result]
    assert found == wrong
    assert len(set(found)) > 6
    assert not (tmp_path / "mark").exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@with_worker
def test_after_a_fork(tool: str, run_python: RunPython) -> None:
    linter_named(tool)
    program = EXAMPLES[LANGUAGE_OF[tool]].program
    script = (
        "import os\nfrom lintseq_datasets.linters import load_linter\n"
        f"linter = load_linter({tool!r})\n"
        f"assert linter.lint([{program!r}]) == [()]\n"
        "pid = os.fork()\n"
        f"assert linter.lint([{program!r}] * 50) == [()] * 50\n"
        "if not pid:\n    os._exit(0)\n"
        "print(os.waitpid(pid, 0)[1])"
    )
    assert run_python(script).split()[-1] == "0"


@linux
def test_a_forked_child_leaves_the_folder_of_the_worker(run_python: RunPython) -> None:
    linter_named("php")
    script = (
        "import os\nfrom lintseq_datasets.linters import load_linter\n"
        "load_linter('php').lint([''])\n"
        "me = os.getpid()\n"
        "worker = open(f'/proc/{me}/task/{me}/children').read().split()[-1]\n"
        "folder = os.readlink(f'/proc/{worker}/cwd')\n"
        "pid = os.fork()\nif not pid:\n    os._exit(0)\n"
        "os.waitpid(pid, 0)\nprint(os.path.isdir(folder))"
    )
    assert run_python(script).split() == ["True"]


@linux
@with_worker
def test_no_worker_outlives_its_parent(tool: str) -> None:
    linter_named(tool)
    script = (
        "import os, time\nfrom lintseq_datasets.linters import load_linter\n"
        f"load_linter({tool!r}).lint([''])\n"
        "pid = os.getpid()\n"
        "print(open(f'/proc/{pid}/task/{pid}/children').read().split()[-1], flush=True)\n"
        "time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert SIGNS[tool] in command_of(pid)
        parent.kill()
    wait_until(lambda: SIGNS[tool] not in command_of(pid))


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


@pytest.mark.parametrize(
    ("tool", "command"), [("php", "apt-get"), ("ruby", "apt-get"), ("javac", "apt-get")]
)
def test_a_tool_that_is_not_there(tool: str, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(MissingExtraError, match=rf"{tool} is not installed\. Run: {command}"):
        load_linter(tool)
