"""Any command as a linter, with commands written for this."""

from __future__ import annotations

import json
import pickle
import sys
from pathlib import Path
from typing import Any

import pytest

from lintseq_datasets import lintseq_map
from lintseq_datasets.errors import ConfigError, LinterError, MissingExtraError
from lintseq_datasets.linters import CommandLinter

# Says of each line that holds a bracket or a Q that it is wrong.
TOOL = r"""#!{python} -S
import json, os, sys
form, *names = sys.argv[1:]
if form == "--version":
    print("Tool, the", "tool version 4.2.1 (build 7)", sep="\n")
    sys.exit()
found = {{}}
for name in names:
    text = open(name, encoding="utf-8").read()
    if "STOP" in text:
        break
    if "SKIP" in text:
        continue
    if "DIE" in text:
        os.abort()
    if "ELSEWHERE" in text:
        print("/etc/passwd:1:1: wrong")
    if "SPIN" in text:
        while True: pass
    lines = text.split("\n")
    found[name] = [
        (n, line.index(c) + 1, "silent" not in text and i) for n, line in enumerate(lines, 1)
        for c, i in ((")", "syntax"), ("Q", "Q1")) if c in line and "silent" not in text
    ]
if form == "lines":
    for name, errors in found.items():
        for line, column, i in errors:
            print(f"{{os.path.abspath(name)}}:{{line}}:{{column}}: wrong [{{i}}]", file=sys.stderr)
elif form == "json":
    print(json.dumps([
        {{"filePath": n, "messages": [{{"ruleId": i, "line": a, "column": b, "message": "wrong"}}
                                      for a, b, i in e]}} for n, e in found.items()]))
elif form == "sarif":
    print(json.dumps({{"runs": [{{"results": [
        {{"ruleId": i, "message": {{"text": "wrong"}}, "locations": [{{"physicalLocation": {{
            "artifactLocation": {{"uri": "file:///x/" + n}},
            "region": {{"startLine": a, "startColumn": b}}}}}}]}}
        for n, e in found.items() for a, b, i in e]}}]}}))
elif form == "checkstyle":
    print("<checkstyle>" + "".join(f'<file name="{{n}}">' + "".join(
        f'<error line="{{a}}" column="{{b}}" source="{{i}}" message="wrong"/>' for a, b, i in e
    ) + "</file>" for n, e in found.items()) + "</checkstyle>")
elif form == "env":
    print(f"{{names[0]}}:1:1: {{sorted(os.environ)}} {{sorted(os.listdir('.'))}}")
sys.exit(1 if any(found.values()) else 0)
"""


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("tool") / "tool"
    path.write_text(TOOL.format(python=sys.executable), encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def ids(results: Any) -> list[Any]:
    return [
        result.reason if isinstance(result, LinterError) else [message.id for message in result]
        for result in results
    ]


@pytest.mark.parametrize("form", ["lines", "json", "sarif", "checkstyle"])
def test_each_form_of_an_answer(tool: str, form: Any) -> None:
    linter = CommandLinter([tool, form, "{files}"], format=form)
    results = linter.lint(["fine", "one\n two Q", ")\nQ"])
    assert results[0] == ()
    assert isinstance(results[1], tuple)
    assert [message[:3] for message in results[1]] == [("Q1", 2, 5)]
    assert ids(results) == [[], ["Q1"], ["syntax", "Q1"]]


@pytest.mark.parametrize("form", ["lines", "json", "sarif", "checkstyle"])
def test_fewer_files_than_asked_are_no_clean_ones(tool: str, form: Any) -> None:
    linter = CommandLinter([tool, form, "{files}"], format=form)
    assert ids(linter.lint(["a", "STOP", "Q", "b"])) == [[], "linter_crash", ["Q1"], []]


@pytest.mark.parametrize("form", ["json", "checkstyle"])
def test_a_file_that_is_left_out_where_all_are_named(tool: str, form: Any) -> None:
    linter = CommandLinter([tool, form, "{files}"], format=form)
    assert ids(linter.lint(["a", "SKIP", "Q"])) == [[], "linter_crash", ["Q1"]]


def test_a_death_and_an_endless_loop_are_of_one_text(tool: str) -> None:
    linter = CommandLinter([tool, "lines", "{files}"], time_limit=1)
    assert ids(linter.lint(["Q", "DIE", "a"])) == [["Q1"], "linter_crash", []]
    assert ids(linter.lint(["SPIN", "Q"])) == ["time_budget", ["Q1"]]
    assert ids(linter.lint(["ELSEWHERE", "Q"])) == ["linter_crash", ["Q1"]]


def test_one_file_at_a_time(tool: str) -> None:
    for argv in ([tool, "lines", "{file}"], [tool, "lines", "./{file}"]):
        assert ids(CommandLinter(argv).lint(["a", "Q", ")"])) == [[], ["Q1"], ["syntax"]]
    linter = CommandLinter([tool, "lines", "{files}"], batch=False)
    assert ids(linter.lint(["a", "Q"])) == [[], ["Q1"]]


def test_what_counts(tool: str) -> None:
    argv = [tool, "lines", "{files}"]
    assert ids(CommandLinter(argv, errors=["Q"]).lint(["Q", ")"])) == [["Q1"], []]
    linter = CommandLinter(argv, errors=["Q"], syntax_ids=["syntax"], silencers="silent")
    assert ids(linter.lint(["Q # silent", ")"])) == [["Q1"], ["syntax"]]
    rows = lintseq_map({"code": ["a\n)", "a\nQ"]}, linter=linter, language="lines", num_samples=1)
    assert rows["status"] == ["skipped:syntax_error", "ok"]


def test_exit_status(tool: str) -> None:
    argv = [tool, "lines", "{files}"]
    assert ids(CommandLinter(argv, ok_exit=[0]).lint(["a", "Q"])) == [[], "linter_crash"]
    unread = CommandLinter(argv, pattern=r"^(?P<path>\d+) (?P<line>\d+)$")
    assert ids(unread.lint(["a", "Q"])) == [[], "linter_crash"]


def test_the_working_directory_and_the_environment(
    tool: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "tool"
    fake.write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    fake.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SECRET", "x")
    monkeypatch.setenv("PATH", f":.:{Path(tool).parent}:/usr/bin:/bin")
    linter = CommandLinter(["tool", "lines", "{files}"])
    assert ids(linter.lint(["Q"])) == [["Q1"]]
    ((message,),) = CommandLinter(["tool", "env", "{file}"]).lint(["a"])  # type: ignore[misc]
    assert "SECRET" not in message.text
    assert "['0.txt']" in message.text
    with pytest.raises(ConfigError, match="relative path"):
        CommandLinter(["./tool", "{files}"])


def test_what_it_is_called(tool: str, tmp_path: Path) -> None:
    linter = CommandLinter([tool, "lines", "{files}"])
    assert linter.version == "4.2.1"
    assert linter.name.startswith("tool 4.2.1 [tool lines {files}] ")
    assert linter.name != CommandLinter([tool, "lines", "{files}"], suffix=".x").name
    copy = pickle.loads(pickle.dumps(linter))
    assert (copy, copy.name) == (linter, linter.name)
    moved = tmp_path / "tool"
    moved.write_text(Path(tool).read_text("utf-8"), encoding="utf-8")
    moved.chmod(0o755)
    assert CommandLinter([str(moved), "lines", "{files}"]).name == linter.name


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"argv": "tool {files}"}, "argv"),
        ({"argv": ["{tool}", "a"]}, "argv"),
        ({"argv": ["{tool}", "{file}", "{files}"]}, "argv"),
        ({"pattern": "("}, "pattern"),
        ({"pattern": r"(?P<path>.*)"}, "pattern"),
        ({"pattern": r"(?P<line>\d)"}, "pattern"),
        ({"format": "xml"}, "format"),
        ({"suffix": "/x"}, "suffix"),
        ({"errors": "E"}, "errors"),
    ],
)
def test_what_makes_no_sense(tool: str, options: dict[str, Any], problem: str) -> None:
    given = {"argv": ["{tool}", "lines", "{files}"], **options}
    if isinstance(given["argv"], list):
        given["argv"] = [word.replace("{tool}", tool) for word in given["argv"]]
    with pytest.raises(ConfigError) as found:
        CommandLinter(**given)
    assert found.value.option == problem


def test_a_command_that_is_not_there() -> None:
    with pytest.raises(MissingExtraError, match="no-such-tool is not found"):
        CommandLinter(["no-such-tool", "{files}"])


def test_no_answer_is_json(tool: str) -> None:
    linter = CommandLinter([tool, "lines", "{files}"], format="json")
    assert ids(linter.lint(["Q"])) == ["linter_crash"]
    assert json.dumps(linter.ok_exit) == "[0, 1]"
