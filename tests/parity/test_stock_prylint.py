"""Program states through prylint, against a stock `pylint` in another process."""

from __future__ import annotations

import importlib.metadata
import random
from pathlib import Path

import pytest

from lintseq_datasets.linters import load_linter
from lintseq_datasets.linters.base import LintMessage
from lintseq_datasets.linters.syntax import is_python
from tests.parity.test_stock_pylint import PROGRAMS, stock_pylint, without_pragmas

try:
    importlib.metadata.distribution("prylint")
except importlib.metadata.PackageNotFoundError:
    pytest.skip("the extra 'prylint' is not installed", allow_module_level=True)

# None that writes into the library: a stock run over many files shows that to all of them.
MORE_PROGRAMS = (
    "class Account:\n    def __init__(self, owner):\n        self.owner = owner\n"
    "        self.balance = 0\n\n    def deposit(self, amount):\n        self.balance += amount\n"
    "        return self.balance\n\n    def close(self):\n        del self.owner\n\n\n"
    "account = Account('a')\nprint(account.deposit(3))\nprint(account.balance)\naccount.close()",
    "from enum import Enum\n\n\nclass Colour(Enum):\n    RED = 1\n    BLUE = 2\n\n"
    "    def label(self):\n        return self.name.lower()\n\n\n"
    "print(Colour.RED.label(), Colour.BLUE)",
    "def check(n):\n    if n < 0:\n        raise ValueError('%i' % n)\n"
    "    return n\n\n\n"
    "first, second = check(1), check(2)\nprint(first.bit_length() + second)",
)


def states_of(program: str, number: int) -> list[str]:
    """States that parse, of lines chosen at random."""
    chance = random.Random(program)
    lines = program.split("\n")
    states = dict.fromkeys([program])
    while len(states) < number:
        share = chance.random()
        state = "\n".join(line for line in lines if chance.random() < share)
        if is_python(state):
            states.setdefault(state)
    return list(states)


@pytest.mark.slow
def test_every_state_has_the_messages_of_pylint(tmp_path: Path) -> None:
    programs = (*PROGRAMS.values(), *MORE_PROGRAMS)
    states = [state for program in programs for state in states_of(program, 20)]
    folder = tmp_path / "states"
    folder.mkdir()
    for number, state in enumerate(states):
        text = without_pragmas(state) + "\n"
        (folder / f"zz_state_{number}.py").write_text(text, encoding="utf-8")
    errors = stock_pylint(folder, tmp_path)
    results = load_linter("prylint").lint(states)
    with_errors = 0
    for number, (state, result) in enumerate(zip(states, results, strict=True)):
        assert isinstance(result, tuple)
        ours = sorted(LintMessage(*message)[:3] for message in result)
        assert ours == sorted(errors.get(f"zz_state_{number}", [])), state
        with_errors += bool(ours)
    assert with_errors > len(states) // 5
