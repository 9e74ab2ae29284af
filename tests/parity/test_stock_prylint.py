"""Program states through prylint, against a stock `pylint` in another process."""

from __future__ import annotations

import importlib.metadata
import random

import pytest

from lintseq_datasets.languages.python.parsing import is_python
from lintseq_datasets.linters import load_linter
from tests.parity.ordinary import PROGRAMS
from tests.parity.stock import stock_errors

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
    "def check(n):\n    if n < 0:\n        raise ValueError('%d' % n)\n"
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
def test_every_state_has_the_messages_of_pylint() -> None:
    programs = (*PROGRAMS.values(), *MORE_PROGRAMS)
    states = [state for program in programs for state in states_of(program, 20)]
    results = load_linter("prylint").lint(states)
    for state, result, errors in zip(states, results, stock_errors(states), strict=True):
        assert isinstance(result, tuple)
        assert sorted((m.id, m.line, m.column) for m in result) == sorted(errors), state
    assert sum(map(bool, results)) > len(states) // 5
