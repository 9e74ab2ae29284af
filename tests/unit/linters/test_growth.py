"""Small programs that ask for gigabytes; all of them in one process, whose memory is measured."""

from __future__ import annotations

import gc
import json
import sys

import pytest
from astroid import nodes

from lintseq_datasets.errors import LinterError
from lintseq_datasets.linters.pylint import PylintLinter
from tests.conftest import RunPython

MOST = 400  # MB


def doubling(first: str, step: str, times: int = 30) -> str:
    """A program each line of which makes something twice as large as the line before."""
    lines = [f"x{n + 1} = {step.format(f'x{n}')}" for n in range(times)]
    return "\n".join([f"x0 = {first}", *lines, f"print(x{times}.bar)"])


TOO_LARGE = {
    "doubling f-strings": doubling("'ab'", "f'{{{0}}}{{{0}}}'"),
    "doubling texts": doubling("'ab'", "{0} + {0}"),
    "doubling tuples": doubling("(1, 2)", "(*{0}, *{0})"),
    "doubling sets": doubling("{1, 2}", "{{*{0}, *{0}}}"),
    "products": doubling("10 ** 99999", "{0} * {0}"),
    "a repeated list": "x = [1] * 10**8\nprint(x.bar)",
    "repeated in place": "x = (1,)\nx *= 10**8\nprint(x.bar)",
    "a repeated text": "x = '\U0001f600' * 10**8\nprint(x.bar)",
    "repeated bytes": "x = 9**8 * b'a'\nprint(x.bar)",
    "a shift": "x = 1 << 10**8\nprint(x.bar)",
    "a padded f-string": "x = f'{1:>99999999}'\nprint(x.bar)",
    "old formatting": "x = '%99999999d' % 1\nprint(x.bar)",
    "old formatting, a star": "x = '%*d' % (99999999, 1)\nprint(x.bar)",
    "old formatting, a key": "x = '%(a)s%(a)99999999s' % {'a': 1}\nprint(x.bar)",
    "old formatting, many fields": "y = 'a' * 10**6\nx = '%s' * 3000 % ((y,) * 3000)\nprint(x.bar)",
    "new formatting": "x = '{:>99999999}'.format(1)\nprint(x.bar)",
    "new formatting, nested": "x = '{:>{}}'.format(1, 99999999)\nprint(x.bar)",
    "new formatting, many fields": f"y = 'a' * 10**6\nx = '{'{0}' * 3000}'.format(y)\nprint(x.bar)",
    "a list of a text": "x = list('x' * 10**7)\nprint(x.bar)",
    "an unpacked text": "a, b = 'x' * 10**7\nprint(a.bar)",
    "keys": "x = dict.fromkeys('x' * 10**7)\nprint(x.bar)",
    "compared lists": "a = [1] * 1000\nb = [a] * 1000\nc = [b] * 4\nprint((c == c).foo)",
    "a compared list": "x = [1] * 10**6\ny = x < x\nprint(y.foo)",
    "compared texts": "a = ['x' * 1000] * 10**6\nprint((a == a).foo)",
    "exported names": "__all__ = ['a'] * 10**8\na = 1",
    "messages": "__all__ = ['b'] * 10**6\na = 1",
    "slots": "class A:\n    __slots__ = ('a',) * 10**8\n    def f(self):\n        self.b = 1",
    "a named tuple": (
        "from collections import namedtuple\nA = namedtuple('A', 'a ' * 10**6, rename=True)\nA().b"
    ),
    "an enumeration": "import enum\nA = enum.Enum('A', ['a'] * 10**6)\nprint(A.b)",
}  # fmt: skip
ALLOWED = {
    "a sieve": "n = 10**6\nsieve = [True] * (n + 1)\nsieve[0] = False\nprint(sieve[n], sieve.bar)",
    "a ruler": "print('-' * 1000)\nx = '=' * 80 + '%20s' % 'a'\nprint(x.bar)",
    "numbers in a template": "x = 'call 999999999999 %s' % 'now'\nprint(x.bar)",
    "a large number": "x = '%d of %d' % (10**12, 2**64)\nprint(x.bar)",
    "a long display": f"x = [{'1, ' * 20_000}]\nprint(x.bar)",
    "letter by letter": "for a in ['a', 'b'] * 100:\n    print(a.bar)",
}

MEASURE = r"""
import json, re, sys
from lintseq_datasets.errors import LinterError
from lintseq_datasets.linters.pylint import PylintLinter
for text in json.loads(sys.argv[1]):
    before, found, after = PylintLinter().lint(["print(y)", text, "print(y)"])
    assert before == after, text
    reason = found.reason if isinstance(found, LinterError) else sorted({m.id for m in found})
    # not getrusage: that counts what the process was before it became this program
    most = int(re.search(r"VmHWM:\s+(\d+) kB", open("/proc/self/status").read())[1]) // 1024
    print(json.dumps([reason, most]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured in the units of Linux")
def test_memory_stays_bounded(run_python: RunPython) -> None:
    out = run_python(MEASURE, json.dumps(list(TOO_LARGE.values())))
    found = [json.loads(line) for line in out.splitlines()]
    reasons = dict(zip(TOO_LARGE, (reason for reason, _ in found), strict=True))
    assert reasons == dict.fromkeys(TOO_LARGE, "memory_budget")
    assert max(most for _, most in found) < MOST


@pytest.mark.parametrize("name", ALLOWED)
def test_what_programs_do_has_a_verdict(name: str) -> None:
    (found,) = PylintLinter().lint([ALLOWED[name]])
    assert not isinstance(found, LinterError)
    assert {message.id for message in found} == {"E1101"}


def test_a_text_without_a_verdict_is_let_go() -> None:
    def count() -> int:
        return sum(type(each) is nodes.List for each in gc.get_objects())

    lists = 5000
    large = "def f():\n" + "    x = [1]\n" * lists + "    x = [1] * 10**8\n    x.foo"
    linter = PylintLinter()
    linter.lint(["a = 1"])
    before = count()
    for number in range(3):
        (result,) = linter.lint([f"{large}  # {number}"])
        assert isinstance(result, LinterError)
    linter.lint(["a = 1"])
    assert count() - before < lists  # of none, as the checkers that were stopped in it are gone


def test_a_verdict_does_not_depend_on_what_was_built_before() -> None:
    text = "x = [True] * 10**6\n" * 12 + "print(x.bar)"
    first, *others = PylintLinter().lint([text] * 4)
    assert all(other == first for other in others)


def test_what_is_built_outside_of_a_lint_is_nobodys() -> None:
    import astroid

    PylintLinter().lint([ALLOWED["a sieve"]])
    node = astroid.extract_node("[1] * (3 * 10**6)")
    assert len(next(node.infer()).elts) == 3 * 10**6
