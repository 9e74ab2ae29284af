"""A dozen small rows of the kinds that there are."""

from __future__ import annotations

from typing import Any

PROGRAMS = [
    "def add(a, b):\n    total = a + b\n    return total\n\nprint(add(1, 2))\n",
    "import math\n\n\ndef area(r):\n    # of a disc\n    return math.pi * r ** 2\n",
    (
        "class Stack:\n    def __init__(self):\n        self.items = []\n\n"
        "    def push(self, item):\n        self.items.append(item)\n\n"
        "    @property\n    def size(self):\n        return len(self.items)\n"
    ),
    "import numpy_that_is_not_installed as np\nx = np.zeros(3)\nprint(x)",  # an error of its own
    "Sure:\n```python\nfor i in range(3):\n    if i % 2:\n        print(i)\n```\nDone.",
    "def f(x):\n  y = x\n  return y",  # W0311 of its own
    "try:\n\tvalue = int('3')\nexcept ValueError:\n\tvalue = 0\nprint(value)",
    'def doc():\n    """One.\n\n    # no comment\n    """\n    return [\n        1,\n    ]\n',
    "x = 1\ny = x +\n",  # does not parse
    None,
    "# nothing to draw\n",
    "def add(a, b):\n    total = a + b\n    return total\n\nprint(add(1, 2))\n",  # again
]

ROWS: list[dict[str, Any]] = [
    {"instruction": f"Task {number}.", "response": text} for number, text in enumerate(PROGRAMS)
]

SKIPPED = {8: "skipped:syntax_error", 9: "skipped:no_program", 10: "skipped:no_code"}
"""Numbers of the rows that give no sequence."""
