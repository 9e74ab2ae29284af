"""JavaScript in two versions: every state, followed edit by edit, is judged by a stock oxlint."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

from lintseq_datasets import refactor, revision_map
from lintseq_datasets.samplers.config import RevisionConfig

if importlib.util.find_spec("tree_sitter_javascript") is None:
    pytest.skip("the extra javascript is not installed", allow_module_level=True)

BEFORE = """\
// The sum of some numbers.
const total = (values) => {
  let sum = 0;
  for (const value of values) {
    sum += value;
  }
  return sum;
};

function legacy(values) {
  return missing(values);
}

module.exports = { total, legacy };
"""
AFTER = """\
const isNumber = (value) => typeof value === 'number';

// The sum of those values that are numbers.
const totalOf = (values) => {
  const numbers = values.filter(isNumber);
  return numbers.reduce((sum, value) => sum + value, 0);
};

function mean(values) {
  const numbers = values.filter(isNumber);
  if (!numbers.length) {
    return NaN;
  }
  return totalOf(numbers) / numbers.length;
}

module.exports = { totalOf, mean };
"""
MOVED = re.sub(r"(?s)(function mean.*?\n}\n)\n(.*)", r"\2\n\1", AFTER)
MORE = BEFORE + AFTER[: AFTER.index("\n")]
PAIRS = [(BEFORE, AFTER), (AFTER, BEFORE), (AFTER, MOVED), ("", AFTER), (BEFORE, MORE)]
_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")

Line = tuple[str, int | None, object]  # the text, the line of the version before, which one it is


def applied(edit: str, lines: list[Line]) -> list[Line]:
    """What a unified diff without context makes of lines, by the numbers in its headers alone."""
    found: list[Line] = []
    done = 0
    body = iter(edit.split("\n"))
    for header in body:
        parts = _HUNK.fullmatch(header)
        assert parts
        removed, added = (1 if part is None else int(part) for part in (parts[2], parts[4]))
        first = int(parts[1]) - (removed > 0)
        found += lines[done:first]
        for number in range(first, first + removed):
            assert next(body) == f"-{lines[number][0]}"
        found += [(next(body).removeprefix("+"), None, object()) for _ in range(added)]
        done = first + removed
    return found + lines[done:]


def judged(texts: list[str], folder: Path) -> list[set[tuple[str, int]]]:
    """The rules that a stock run of oxlint finds broken in each text, and in which line."""
    for number, text in enumerate(texts):
        (folder / f"{number}.js").write_text(text + "\n", encoding="utf-8")
    rules = dict.fromkeys(("no-undef", "no-const-assign", "no-dupe-keys"), "error")
    config = {
        "plugins": [],
        "categories": {},
        "rules": rules,
        "env": {"node": True, "es2024": True},
    }
    (folder / "rules.json").write_text(json.dumps(config), encoding="utf-8")
    beside = str(Path(sysconfig.get_path("scripts")) / "oxlint")
    run = [shutil.which(beside) or "oxlint", "-c", "rules.json", "-A", "all", "--format=json"]
    run += [f"-D{name}" for name in rules]
    names = [f"{number}.js" for number in range(len(texts))]
    done = subprocess.run([*run, *names], cwd=folder, capture_output=True, text=True, check=False)
    found: list[set[tuple[str, int]]] = [set() for _ in texts]
    for message in json.loads(done.stdout)["diagnostics"]:
        line = message["labels"][0]["span"]["line"]
        found[int(message["filename"].removesuffix(".js"))].add((message.get("code", ""), line))
    return found


def test_every_state(tmp_path: Path) -> None:
    columns = {"before": [one for one, _ in PAIRS], "after": [other for _, other in PAIRS]}
    made = revision_map(columns, language="javascript", linter="oxlint", num_samples=3)
    assert set(made["status"]) == {"ok"}
    texts: dict[str, int] = {}
    states: list[tuple[list[Line], int, int]] = []
    for before, edits, after in zip(made["state"], made["edits"], made["program"], strict=True):
        lines: list[Line] = [(text, n, object()) for n, text in enumerate(before.split("\n"))]
        lines = lines if before else []
        ends = [texts.setdefault(text, len(texts)) for text in (before, after)]
        of_row = []
        for edit in edits:
            lines = applied(edit, lines)
            texts.setdefault("\n".join(text for text, _, _ in lines), len(texts))
            of_row.append(lines)
        assert "\n".join(text for text, _, _ in lines) == after
        later = {id(line[2]): number for number, line in enumerate(lines)}
        states += [
            ([(text, old, later.get(id(which))) for text, old, which in state], *ends)
            for state in of_row
        ]
    found = judged(list(texts), tmp_path)
    assert len(states) > 40
    assert any(found)  # `missing` is not defined
    for state, before, after in states:
        for rule, line in found[texts["\n".join(text for text, _, _ in state)]]:
            _, old, new = state[line - 1]
            assert (old is not None and (rule, old + 1) in found[before]) or (
                isinstance(new, int) and (rule, new + 1) in found[after]
            )


def test_the_ablation_and_the_prompt() -> None:
    from datasets import Dataset

    pairs = Dataset.from_dict({"before": [BEFORE], "after": [AFTER]})
    random = refactor(pairs, RevisionConfig(language="javascript", linter=None, num_samples=3))
    assert set(random["method"]) == {"random_revision"}
    assert "```javascript\n" in random["prompt"][0]
