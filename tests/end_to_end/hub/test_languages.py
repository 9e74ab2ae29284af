"""Several languages in one repository, by the commands that the documentation prints."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import yaml

from tests.conftest import ROOT
from tests.end_to_end.hub.conftest import Client
from tests.faults.hub import Hub
from tests.languages import EXAMPLES, linter_of

LANGUAGES = ("javascript", "php")  # of those that are printed: one by pip alone, one of the system


def printed_commands() -> list[list[str]]:
    """The commands of the loop, which `$language` stands in."""
    page = (ROOT / "docs" / "languages.md").read_text(encoding="utf-8")
    loop = re.search(r"```sh\nfor language in ([\w ]+); do\n(.*?)done\n```", page, re.DOTALL)
    assert loop is not None
    assert set(LANGUAGES) <= set(loop[1].split())
    lines = loop[2].replace("\\\n", " ").splitlines()
    return [
        [word.replace("$language", language) for word in shlex.split(line)]
        for language in LANGUAGES
        for line in lines
    ]


def test_one_configuration_for_each_language(hub: Hub, client: Client, tmp_path: Path) -> None:
    for language in LANGUAGES:
        linter_of(language)
    rows = [
        {"lang": language, "instruction": f"Count in {language}.", "code": example.program}
        for language, example in EXAMPLES.items()
    ]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "rows.jsonl").write_text(lines, encoding="utf-8")
    # No figures: they take time.
    commands = [
        [*words, "--no-figures"] if words[1] == "push" else words for words in printed_commands()
    ]
    assert [words[:2] for words in commands[:3]] == [
        ["lintseq-datasets", name] for name in ("prepare", "generate", "push")
    ]
    client.run(f"""
import os
from lintseq_datasets.cli import main
here = os.getcwd()
os.chdir({str(tmp_path)!r})
try:
    for words in {commands!r}:
        main.main(words[1:], standalone_mode=False)
finally:
    os.chdir(here)
""")
    card = hub.readme("me/edits")
    metadata = yaml.safe_load(card.split("---\n")[1])
    assert [one["config_name"] for one in metadata["configs"]] == list(LANGUAGES)
    assert set(LANGUAGES) < set(metadata["tags"])
    assert "python" not in metadata["tags"]
    for language in LANGUAGES:
        assert f"```{language}\n" in card
        report = (tmp_path / f"{language}.report.json").read_text(encoding="utf-8")
        assert f'"other_language": {len(EXAMPLES) - 1}' in report
        loaded = client.run(f'result = load("me/edits", "{language}", split="train").to_dict()')
        assert set(loaded["program"]) == {EXAMPLES[language].program}
        assert set(loaded["status"]) == {"ok"}
