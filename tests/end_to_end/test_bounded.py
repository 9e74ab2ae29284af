"""A worker neither grows without bound nor hangs nor dies."""

from __future__ import annotations

import json
import sys

import pytest

from lintseq_datasets import lintseq_map
from tests.conftest import RunPython

GROWTH = """
import json, sys
import psutil
from lintseq_datasets import lintseq_map

PROGRAMS = json.loads(sys.argv[1])
process, found = psutil.Process(), []
for start in range(0, int(sys.argv[2]), 15):
    rows = []
    for number in range(start, start + 15):
        text = PROGRAMS[number % len(PROGRAMS)]
        rows.append(f"{text}\\nvalue_{number} = {number}\\nprint(value_{number})")
    out = lintseq_map({"response": rows}, num_samples=1, extract_code=None)
    assert set(out["status"]) == {"ok"}, out["status"]
    # What pylint dies of makes its checkers anew, as thousands of lints do.
    lost = lintseq_map({"response": [sys.argv[3]]}, num_samples=1, extract_code=None)
    assert lost["status"] == ["failed:linter_recursion"]
    found.append(process.memory_info().rss / 2**20)
print(json.dumps(found))
"""

PROGRAMS = [
    "import json\n\n\ndef load(text):\n    data = json.loads(text)\n    return data\n\n\nload('1')",
    "import argparse\np = argparse.ArgumentParser()\np.extra = 1\nprint(p.parse_args(), p.extra)",
    (
        "class Node:\n    def __init__(self, value):\n        self.value = value\n"
        "        self.next = None\n\n    def last(self):\n        node = self\n"
        "        while node.next:\n            node = node.next\n        return node\n\n\n"
        "print(Node(1).last().value)"
    ),
    "from collections import namedtuple\nP = namedtuple('P', 'x y')\np = P(1, 2)\nprint(p.x, p.z)",
    "def f(x):\n  if x:\n    y = 1\n  return y\nf(1)",
    "from not_there import *\nimport os.path as p\nprint(p.join('a', name))",
    "import threading\nt = threading.Thread(target=print)\nt.tag = 'x'\nt.start()\nt.nothing()",
]


EASY = "def double(x):\n    y = x * 2\n    return y\n\n\nprint(double(2))"


def chain(levels: int) -> str:
    """Classes that take inference exponential time to look through."""
    code = ["class C0:", "    def get(self):", "        return self"]
    for level in range(1, levels):
        code += [
            f"class C{level}(C{level - 1}):",
            "    def get(self):",
            f"        if self.x: return C{level - 1}().get()",
            f"        return C{level - 1}().get().other",
        ]
    return "\n".join([*code, f"print(C{levels - 1}().get().missing)"])


HOSTILE = {
    "hangs": (chain(40), {"failed:time_budget"}),
    "deep sum": ("x = 1\ny = " + " + ".join(["x"] * 900), {"failed:linter_recursion"}),
    "deep attributes": ("import os\nx = os" + ".y" * 900, {"failed:linter_recursion"}),
    "deep branches": (
        "x = 3\nif x == 0:\n    pass\n"
        + "".join(f"elif x == {n}:\n    pass\n" for n in range(1, 900))
        + "print(x)",
        {"failed:linter_recursion", "skipped:syntax_error"},
    ),
    "deep brackets": ("x = " + "(" * 150 + "1" + ")" * 150, {"skipped:syntax_error", "ok"}),
}


@pytest.mark.slow
def test_memory_is_flat(run_python: RunPython) -> None:
    pytest.importorskip("psutil", reason="comes with the extra 'benchmark'")
    deep = HOSTILE["deep attributes"][0]
    megabytes = json.loads(run_python(GROWTH, json.dumps(PROGRAMS), "600", deep))
    assert len(megabytes) == 40
    assert max(megabytes[-10:]) < 1.03 * max(megabytes[4:10]), megabytes
    assert max(megabytes) < 400, megabytes


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_the_worker_lives_on(name: str) -> None:
    text, statuses = HOSTILE[name]
    rows = [EASY, text, EASY.replace("double", "twice")]
    options = {"num_samples": 1, "extract_code": None, "max_lines": 5000}
    out = lintseq_map({"response": rows}, **options, time_limit=2.0)
    assert out["status"][1] in statuses
    assert out["status"][::2] == ["ok", "ok"]
    before = lintseq_map({"response": [EASY]}, num_samples=1, extract_code=None)
    assert before["edits"] == [out["edits"][0]]


def test_the_budget_of_lints() -> None:
    rows = {"response": [PROGRAMS[2], EASY]}
    out = lintseq_map(rows, num_samples=5, extract_code=None, max_lints=3)
    assert out["status"][0] == "failed:lint_budget"
    assert set(out["status"][1:]) == {"ok"}


@pytest.mark.slow
def test_verdicts_are_the_same_after_a_hang() -> None:
    """What was interrupted in the middle leaves nothing behind that another row can see."""
    rows = PROGRAMS * 2
    options = {"num_samples": 3, "extract_code": None}
    before = lintseq_map({"response": rows}, **options)
    for _ in range(2):
        lintseq_map({"response": [chain(40)]}, num_samples=1, time_limit=0.7, extract_code=None)
    assert lintseq_map({"response": rows}, **options) == before


BOMBS = [
    "x0 = 'ab'\n" + "\n".join(f"x{n + 1} = f'{{x{n}}}{{x{n}}}'" for n in range(30)) + "\nx30.bar",
    "x0 = (1, 2)\n" + "\n".join(f"x{n + 1} = (*x{n}, *x{n})" for n in range(40)) + "\nx40.bar",
    "class A:\n    __slots__ = ('a',) * 10**8\n\n    def f(self):\n        self.b = 1\n",
    "__all__ = ['a'] * 10**8\na = 1\nprint(a)",
]
MAP_BOMBS = r"""
import json, re, resource, sys
import datasets
from lintseq_datasets import FEATURES, lintseq_map

if __name__ == "__main__":
    rows = json.loads(sys.argv[1])
    mapped = datasets.Dataset.from_dict({"code": rows}).map(
        lintseq_map, batched=True, batch_size=4, num_proc=2, remove_columns=["code"],
        features=FEATURES, fn_kwargs={"num_samples": 2, "extract_code": None},
    )
    # not getrusage: that counts what the process was before it became this program
    mine = int(re.search(r"VmHWM:\s+(\d+) kB", open("/proc/self/status").read())[1])
    workers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(json.dumps([mapped["status"][:], [mine // 1024, workers // 1024]]))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured in the units of Linux")
def test_bombs_for_the_memory_cost_nobody_a_row(run_python: RunPython) -> None:
    rows = [row for bomb in BOMBS for row in (EASY, bomb, EASY.replace("double", "twice"))]
    statuses, megabytes = json.loads(run_python(MAP_BOMBS, json.dumps(rows)).splitlines()[-1])
    expected = ["ok", "ok", "failed:memory_budget", "ok", "ok"] * len(BOMBS)
    assert statuses == expected
    assert max(megabytes) < 400, megabytes
