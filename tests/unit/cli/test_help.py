"""The help of every command fits a terminal, and is in groups where there is much of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

import click
import pytest
from click.testing import CliRunner

from lintseq_datasets.cli import main
from lintseq_datasets.mapping.options import Reading, RevisionReading
from lintseq_datasets.mapping.writing import Writing
from lintseq_datasets.samplers.config import LintSeqConfig, RandSeqConfig, RevisionConfig


def commands(group: click.Group, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)


COMMANDS = dict(commands(main))


@pytest.mark.parametrize("path", [(), *COMMANDS], ids=" ".join)
def test_help_fits(path: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(main, [*path, "--help"], prog_name="lintseq-datasets")
    lines = shown.stdout.splitlines()
    assert lines[0].startswith(f"Usage: {' '.join(('lintseq-datasets', *path))} ")
    assert not [line for line in lines if len(line) > 80]


@pytest.mark.parametrize("path", [path for path, one in COMMANDS.items() if len(one.params) > 9])
def test_much_help_is_in_groups_and_has_an_example(path: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(main, [*path, "--help"]).stdout
    headings = [line for line in shown.splitlines() if line.endswith(":") and line[0] != " "]
    assert len(headings) > 2
    assert f"    lintseq-datasets {' '.join(path)} " in shown


def test_examples_are_commands_that_there_are() -> None:
    for path, command in COMMANDS.items():
        shown = CliRunner().invoke(main, [*path, "--help"]).stdout
        for line in shown.replace("\\\n", " ").splitlines():
            words = line.split()
            if words[:1] != ["lintseq-datasets"]:
                continue
            assert tuple(words[1 : 1 + len(path)]) == path
            options = {name for one in command.params for name in one.opts}
            assert {word for word in words if word.startswith("-")} <= options, line


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("generate", (LintSeqConfig, Reading, Writing)),
        ("randomize", (RandSeqConfig, Reading, Writing)),
        ("revise", (RevisionConfig, RevisionReading, Writing)),
    ],
)
def test_defaults_are_those_of_python(name: str, kinds: tuple[type, ...]) -> None:
    usual = {field.name: field.default for kind in kinds for field in fields(kind)}
    said = COMMANDS[name,].make_context(name, ["source", "-o", "out"]).params
    # Without a default, an option leaves it to Python.
    shared = {key: value for key, value in said.items() if key in usual and value not in (None, ())}
    assert shared == {key: usual[key] for key in shared}
    assert len(shared) > 15
