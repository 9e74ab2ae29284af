"""The comparison in examples/compare, at a size that says nothing but that it works."""

from __future__ import annotations

import importlib.metadata
import json
from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
try:
    importlib.metadata.distribution("prylint")
except importlib.metadata.PackageNotFoundError:
    pytest.skip("the extra 'prylint' is not installed", allow_module_level=True)
pytest.importorskip("matplotlib")

from examples.compare.__main__ import run  # noqa: E402
from examples.compare.grading import grade  # noqa: E402
from examples.compare.page import write_page  # noqa: E402
from examples.compare.settings import ARMS, SETTINGS  # noqa: E402
from examples.compare.tasks import Task, held_out_tasks, training_tasks  # noqa: E402

STEPS = (4, 6)


def problems_of(tasks: list[Task], path: Path) -> Path:
    rows = [
        {"task_id": one.task_id, "prompt": "", "entry_point": "solve", "test": one.test}
        for one in tasks
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_tasks_are_what_they_should_be() -> None:
    train, held_out = training_tasks(300, STEPS, 0), held_out_tasks(30, STEPS, 0)
    assert train == training_tasks(300, STEPS, 0)
    assert train != training_tasks(300, STEPS, 1)
    assert len({one.program for one in train}) == 300
    compositions = {one.composition for one in held_out}
    assert len(compositions) == 30
    assert not compositions & {one.composition for one in train}
    assert all(5 <= one.program.count("\n") + 1 <= 15 for one in train + held_out)


def test_programs_run_with_limits(tmp_path: Path) -> None:
    tasks = [*training_tasks(40, STEPS, 0)[::5], *held_out_tasks(4, STEPS, 0)]
    outside = tmp_path / "outside"
    hostile = ["while True: pass", "x = 'a' * 2**34", "import os\nos._exit(0)", "exit()", "",
               f"open({str(outside)!r}, 'w').write('a' * 2**22)"]  # fmt: skip
    wrong = "def solve(value):\n    return None"
    rows = [{"task_id": one.task_id, "program": one.program} for one in tasks]
    rows += [{"task_id": one.task_id, "program": wrong} for one in tasks[:2]]
    rows += [{"task_id": tasks[0].task_id, "program": program} for program in hostile]
    programs = tmp_path / "programs.jsonl"
    programs.write_text("".join(json.dumps(row) + "\n" for row in rows))
    grade(programs, problems_of(tasks, tmp_path / "problems.jsonl"), tmp_path / "results.jsonl")
    lines = (tmp_path / "results.jsonl").read_text().splitlines()
    passed = [json.loads(line)["passed"] for line in lines]
    assert passed == [True] * len(tasks) + [False] * (2 + len(hostile))
    assert not outside.exists() or outside.stat().st_size <= 2**20


def test_the_whole_in_small(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.set_num_threads(1)
    setting = replace(SETTINGS["toy"], programs=12, tasks=2, optimizer_steps=3)
    for seed, arms in ((0, ARMS[:1]), (0, ARMS), (1, ARMS[:2])):
        folder = tmp_path / f"seed-{seed}"
        folder.mkdir(exist_ok=True)
        run(folder, setting, list(arms), seed, "cpu")
    assert "plain: finished before" in capsys.readouterr().out
    write_page(tmp_path, setting)
    page = (tmp_path / "page.md").read_text()
    assert "2 seeds" in page
    assert "**This says nothing about edit sequences:** plain programs solve 0%" in page
    assert all(f"| {arm.name} |" in page for arm in ARMS)
    assert "| plain | 0.0 ± 0.0 |" in page  # it cannot have learnt anything
    assert (tmp_path / "coverage.png").read_bytes().startswith(b"\x89PNG")
    figures = json.loads((tmp_path / "seed-0" / "lintseq" / "figures.json").read_text())
    assert len(figures["pass_at_k"]) == setting.samples
    assert figures["rows"] == 24
    assert figures["trained_tokens"] > 0
    assert "| lintseq - plain | 0.0 ± 0.0 |" in page
    assert 0 <= figures["search"]["kept"] <= 1
    assert figures["search"]["tokens"] >= 1  # all that sampling took was spent, and no round more


def test_training_goes_on_where_it_was(tmp_path: Path) -> None:
    from examples.compare.rows import encode, make_tokenizer
    from examples.compare.training import new_model, train

    torch.set_num_threads(1)
    setting = SETTINGS["toy"]
    tasks = training_tasks(12, STEPS, 0)
    texts = [one.instruction + one.program for one in tasks]
    tokenizer = make_tokenizer(texts, setting)
    rows = encode(
        [{"prompt": one.instruction, "completion": one.program} for one in tasks], tokenizer
    )
    whole = new_model(tokenizer, setting, 0)
    found = train(whole, rows, setting, 0, tmp_path / "whole.pt", "cpu")

    def step(_: object) -> None:
        calls.append(1)
        if len(calls) == 5:
            raise KeyboardInterrupt

    calls: list[int] = []
    first = new_model(tokenizer, setting, 0)
    handle = first.register_forward_pre_hook(lambda module, _: step(module))
    with pytest.raises(KeyboardInterrupt):
        train(first, rows, setting, 0, tmp_path / "parts.pt", "cpu")
    handle.remove()
    second = new_model(tokenizer, setting, 0)
    again = train(second, rows, setting, 0, tmp_path / "parts.pt", "cpu")
    assert again["loss"] == found["loss"]
    assert again["trained_tokens"] == found["trained_tokens"]
    for one, other in zip(whole.parameters(), second.parameters(), strict=True):
        assert torch.equal(one, other)
