"""A campaign of faults: how many were tried, and what became of the rows.

    python -m benchmarks.faults [--kind KIND] [--rounds 5] [--step 1] [--stop-seconds 5]

Whatever happens, a job has to end with the rows of an undisturbed run, or with a clear error that
changes nothing; a push with what was pushed, or with an error and a repository as it was. Anything
else is wrong, is shown, and makes the exit status 1. Faults are those of `tests/faults/`, and
signals, clocks and full disks of real processes.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.measure import print_table, print_versions
from lintseq_datasets.errors import LintSeqError
from tests.end_to_end.hub.conftest import SETUP, Client
from tests.end_to_end.hub.test_push import HAND_WRITTEN, ID, injure, prepare
from tests.end_to_end.jobs.crashes import crash_everywhere, job
from tests.end_to_end.jobs.processes import assert_no_workers, finish, programs, start
from tests.end_to_end.jobs.test_crashes import content
from tests.faults.files import HARMS, FileFaults, Stop
from tests.faults.hub import Hub
from tests.faults.workers import no_processes

OUTPUTS = ("out", "out.jsonl", "out.parquet", "saved")
Result = str  # "rows", "error" or what is wrong


def attempt(output: Path, calm: Any) -> Result:
    """Run the job, and again with --overwrite if it says so."""
    try:
        job(output)
    except LintSeqError as error:
        if "--overwrite" not in str(error):
            return f"{output}: {error}"
        job(output, overwrite=True)
        return "error" if content(output) == calm else f"{output}: other rows after an error"
    return "rows" if content(output) == calm else f"{output}: other rows"


# --- files, in this process ----------------------------------------------------------


def crashes(folder: Path, _: argparse.Namespace) -> Iterator[Result]:
    for name in OUTPUTS:
        place = folder / f"crashes-{name}"
        place.mkdir()
        *crashed, calm = crash_everywhere(place, name)
        for output in crashed:
            yield "rows" if content(output) == content(calm) else f"{output}: other rows"


def harmed_files(folder: Path, args: argparse.Namespace) -> Iterator[Result]:
    for name in OUTPUTS:
        calm = folder / f"calm-{name}" / name
        job(calm)
        number, stopped = 0, True
        while stopped:
            number += args.step
            before = folder / f"stopped-{name}-{number}" / name
            before.parent.mkdir()
            faults = FileFaults(before.parent, "stop", number, 10_000)
            with faults.installed(), contextlib.suppress(Stop):
                job(before)
                stopped = False
            yield from harm_each(before, content(calm))


def harm_each(before: Path, calm: Any) -> Iterator[Result]:
    for path in sorted(before.parent.rglob("*")):
        if not path.is_file() or path.name == "lock":
            continue
        for harm, do in HARMS.items():
            place = before.parent.with_name("harmed")
            shutil.copytree(before.parent, place)
            target = place / path.relative_to(before.parent)
            if target.stat().st_size:
                do(target)  # there is something to harm
                found = attempt(place / before.name, calm)
                yield found
                if found not in ("rows", "error"):
                    print(harm, path, file=sys.stderr)
            shutil.rmtree(place)


def disks(folder: Path, _: argparse.Namespace) -> Iterator[Result]:
    kinds: tuple[Any, ...] = ("full", "broken", "flips", "cuts")
    for name in OUTPUTS:
        calm = folder / name / "calm" / name
        job(calm)
        for kind in kinds:
            number, count = 0, 1
            while number < count:
                number += 1
                output = folder / name / f"{kind}-{number}" / name
                faults = FileFaults(folder, kind, number)
                with faults.installed(), contextlib.suppress(LintSeqError):
                    job(output)
                count = faults.count
                yield attempt(output, content(calm))


def small_disks(folder: Path, _: argparse.Namespace) -> Iterator[Result]:
    """A real file system that is full (root on Linux only)."""
    calm, disk = folder / "calm" / "out", folder / "disk"
    job(calm)
    disk.mkdir()
    for kilobytes in range(4, 104, 4):
        options = ["-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(disk)]
        if subprocess.run(["mount", *options], capture_output=True, check=False).returncode:
            return
        try:
            try:
                job(disk / "out")
            except LintSeqError as error:
                if "cannot write" not in str(error):
                    yield str(error)
            subprocess.run(["mount", "-o", "remount,size=10m", str(disk)], check=True)
            yield attempt(disk / "out", content(calm))
        finally:
            subprocess.run(["umount", str(disk)], check=True)


# --- real processes ------------------------------------------------------------------

COMMAND = ("--linter", "syntax", "--num-samples", 12, "--num-proc", 2, "--part-rows", 15,
           "--batch-size", 5, "-o")  # fmt: skip


def rows_of(output: Path) -> bytes:
    return output.read_bytes()


def source(folder: Path) -> Path:
    import json

    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in programs(300, lines=10)))
    code, _, errors = finish(start(folder, "generate", path, *COMMAND, "calm.jsonl"))
    assert code == 0, errors
    return path


def kills(folder: Path, args: argparse.Namespace) -> Iterator[Result]:
    path, chance = source(folder), random.Random(1)
    for number in range(args.rounds):
        output, code = folder / f"killed-{number}.jsonl", 1
        while code:
            process = start(folder, "generate", path, *COMMAND, output.name)
            time.sleep(chance.uniform(0.5, 5))
            if process.poll() is None:
                process.send_signal(chance.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGINT]))
            code, _, errors = finish(process)
            assert_no_workers(process.pid)
            if code in (1, 2):
                yield errors
            elif code:
                yield "rows"  # what becomes of it is compared below
        same = rows_of(output) == rows_of(folder / "calm.jsonl")
        yield "rows" if same else f"{output}: other rows"


def stops(folder: Path, args: argparse.Namespace) -> Iterator[Result]:
    """Stopped for a while, with its workers, at moments of its whole life."""
    path = source(folder)
    for number in range(args.rounds):
        output = folder / f"stopped-{number}.jsonl"
        process = start(folder, "generate", path, *COMMAND, output.name)
        time.sleep(0.7 * (number + 1))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGSTOP)
            time.sleep(args.stop_seconds)
            os.killpg(process.pid, signal.SIGCONT)
        code, _, errors = finish(process, 600)
        same = code == 0 and rows_of(output) == rows_of(folder / "calm.jsonl")
        yield "rows" if same else f"{code}: {errors}"


def clocks(folder: Path, args: argparse.Namespace) -> Iterator[Result]:
    """The clock on the wall jumps, mostly backwards, in every process."""
    path = source(folder)
    code = "import random, time\nreal = time.time\n"
    code += "time.time = lambda: real() - random.choice([0, 1, 3600, 1e6, -50])\n"
    (folder / "clock").mkdir()
    (folder / "clock/sitecustomize.py").write_text(code)
    before = os.environ.get("PYTHONPATH", "")
    for number in range(args.rounds):
        output = folder / f"clock-{number}.jsonl"
        command = [sys.executable, "-m", "lintseq_datasets.cli", "generate", str(path)]
        done = subprocess.run(
            [*command, *map(str, COMMAND), output.name],
            cwd=folder, capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": f"{folder / 'clock'}:{os.getcwd()}:{before}",
                 "HF_HOME": str(folder / "hf")},
        )  # fmt: skip
        same = done.returncode == 0 and rows_of(output) == rows_of(folder / "calm.jsonl")
        yield "rows" if same else done.stderr


def two_at_once(folder: Path, args: argparse.Namespace) -> Iterator[Result]:
    path, chance = source(folder), random.Random(2)
    for number in range(args.rounds):
        output = folder / f"two-{number}.jsonl"
        both = [start(folder, "generate", path, *COMMAND, output.name)]
        time.sleep(chance.uniform(0, 4))
        both.append(start(folder, "generate", path, *COMMAND, output.name))
        found = [finish(process) for process in both]
        for code, _, errors in found:
            if code and "another process is working on this job" not in errors:
                yield errors
        same = rows_of(output) == rows_of(folder / "calm.jsonl")
        yield "rows" if same else f"{output}: other rows"


DATATROVE = """
import sys
from datatrove.executor.local import LocalPipelineExecutor
from datatrove.pipeline.readers import ParquetReader
from lintseq_datasets.jobs.datatrove import LintSeqStep, edits_writer, read_row
if __name__ == "__main__":
    step = LintSeqStep(num_samples=12, linter="syntax")
    reader = ParquetReader(sys.argv[1], adapter=read_row)
    LocalPipelineExecutor([reader, step, edits_writer(sys.argv[2] + "/edits")],
                          tasks=4, logging_dir=sys.argv[2] + "/logs").run()
"""


def datatrove(folder: Path, args: argparse.Namespace) -> Iterator[Result]:
    """Pipelines of datatrove that are ended while they write, and started again."""
    import datasets
    import pyarrow.parquet as pq

    (folder / "in").mkdir()
    for number in range(4):
        rows = datasets.Dataset.from_list(programs(400, lines=10)[number::4])
        rows.to_parquet(str(folder / "in" / f"{number}.parquet"))
    (folder / "script.py").write_text(DATATROVE)
    chance = random.Random(3)

    def begin(name: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, str(folder / "script.py"), str(folder / "in"), str(folder / name)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
            env={**os.environ, "PYTHONPATH": os.getcwd()},
        )  # fmt: skip

    def made(name: str) -> list[Any]:
        return [pq.read_table(p).to_pylist() for p in sorted((folder / name / "edits").glob("*"))]

    assert begin("calm").wait() == 0
    for number in range(args.rounds):
        name, code = f"killed-{number}", 1
        while code:
            process = begin(name)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(chance.uniform(2, 8))
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            if code := process.wait():
                yield "rows"
        yield "rows" if made(name) == made("calm") else f"{name}: other rows"


# --- the Hub -------------------------------------------------------------------------


def connected(folder: Path, hub: Hub, count: int = 1) -> list[Client]:
    clients = []
    for number in range(count):
        (folder / f"client-{number}").mkdir()
        clients.append(Client(hub.endpoint, folder / f"client-{number}"))
        clients[-1].run(SETUP)
    return clients


def strange_answers(folder: Path, _: argparse.Namespace) -> Iterator[Result]:
    hub = Hub()
    (client,) = connected(folder, hub)
    strange: list[dict[str, Any]] = [
        {"status": None}, {"status": None, "late": True}, {"status": 503}, {"status": 412},
        {"status": 404}, {"status": 404, "headers": {"X-Error-Code": "EntryNotFound"}},
    ]  # fmt: skip
    bodies = (b"", b"[]", b"{}", b"null", b'"x"', b"<html>")
    strange += [{"status": 200, "body": body} for body in bodies]
    for options in strange:
        for times in (1, 10_000):
            number, went_wrong = 0, True
            while went_wrong:
                before = prepare(hub, client)
                injure(hub, number, times=times, **options)
                answer = client.try_(f'push(lintseq, "{ID}", config_name="lintseq")')
                went_wrong = len(hub.requests) > number + 1
                hub.faults.clear()
                number += 1
                yield judge(hub, before, answer, f"{options} {times} at {number}")
    client.process.kill()
    hub.close()


def judge(hub: Hub, before: dict[str, bytes], answer: dict[str, Any], what: str) -> Result:
    if HAND_WRITTEN.split("---\n", 2)[2] not in hub.readme(ID):
        return f"{what}: the text of a person is lost"
    if "error" in answer:
        is_said = "commit" in answer["message"]
        is_clear = answer["error"] == "HubError" and (hub.files(ID) == before or is_said)
        return "error" if is_clear else f"{what}: {answer['trace']}"
    names = {name.split("/")[0] for name in hub.files(ID) if name.endswith(".parquet")}
    return "rows" if names == {"lintseq", "randseq"} else f"{what}: {names}"


def two_that_push(folder: Path, args: argparse.Namespace) -> Iterator[Result]:
    hub = Hub()
    clients = connected(folder, hub, 2)
    for _ in range(args.rounds):
        hub.repositories.clear()
        names = ("lintseq", "randseq")
        codes = [f'push({name}, "{ID}", config_name="{name}")' for name in names]
        threads = [
            threading.Thread(target=client.run, args=(code,))
            for client, code in zip(clients, codes, strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        loaded = [
            f'load("{ID}", "{name}", split="train").to_list() == {name}.to_list()' for name in names
        ]
        yield "rows" if clients[0].run(f"result = {' and '.join(loaded)}") else "other rows"
    for client in clients:
        client.process.kill()
    hub.close()


KINDS: dict[str, tuple[str, Callable[[Path, argparse.Namespace], Iterator[Result]], bool]] = {
    "crashes": ("the process ends at a change of the file system, each in turn", crashes, True),
    "harmed": (
        "a file of a job that is stopped is harmed, each at each change",
        harmed_files,
        True,
    ),
    "disks": ("a write fails (ENOSPC, EIO) or keeps something else, each in turn", disks, True),
    "full": ("a real file system of 4 to 100 kB", small_disks, True),
    "kills": ("SIGKILL, SIGTERM or SIGINT at random moments", kills, False),
    "stops": ("SIGSTOP for a while, with the workers", stops, False),
    "clocks": ("the clock jumps at every look, mostly backwards", clocks, False),
    "two": ("two processes generate the same output", two_at_once, False),
    "datatrove": ("SIGKILL to all of a pipeline of datatrove, and again", datatrove, False),
    "answers": ("a request to the Hub gets a strange answer, each in turn", strange_answers, False),
    "pushes": ("two processes push to the same repository", two_that_push, False),
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kind", choices=KINDS, action="append")
    parser.add_argument("--rounds", type=int, default=5, help="of each kind with processes")
    parser.add_argument("--step", type=int, default=1, help="of the moments of harmed files")
    parser.add_argument("--stop-seconds", type=float, default=5)
    args = parser.parse_args()
    logging.disable(logging.CRITICAL)  # what is said of each of hundreds of faults
    os.environ["HF_DATASETS_DISABLE_PROGRESS_BARS"] = "1"
    print_versions()
    table, wrong = [], 0
    for kind in args.kind or KINDS:
        what, campaign, in_process = KINDS[kind]
        with tempfile.TemporaryDirectory() as folder:
            if in_process:
                with no_processes():
                    results = list(campaign(Path(folder), args))
            else:
                results = list(campaign(Path(folder), args))
        counts = Counter(one if one in ("rows", "error") else "wrong" for one in results)
        for one in results:
            if one not in ("rows", "error"):
                print(one, file=sys.stderr)
        wrong += counts["wrong"]
        row = [what, len(results), counts["rows"], counts["error"], counts["wrong"]]
        table.append([str(cell) for cell in row])
        print(" | ".join(table[-1]), file=sys.stderr, flush=True)
    print_table(["fault", "tried", "same rows", "clear error", "wrong"], table)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
