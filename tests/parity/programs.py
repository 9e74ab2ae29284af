"""Short programs on which the published code is compared with ours."""

from __future__ import annotations

PROGRAMS = {
    "nested": (
        "def f(n):\n    total = 0\n    for i in range(n):\n        if i % 2:\n"
        "            total += i\n    return total\nprint(f(4))"
    ),
    "comments": "# a sum\n\na = 1\n# more\nb = 2\n\n# both\nc = a + b\nprint(c)",
    "constants": "TABLE = [\n    1,\n    2,\n]\nfor row in TABLE:\n    print(row)",
    "two spaces": "def f(x):\n  y = x\n  return y\nprint(f(1))",
    "own error": "import os\nx = missing\ny = 2\nprint(os.sep, y)",
    "class": (
        "class A:\n    def __init__(self, x):\n        self.x = x\n\n    def get(self):\n"
        "        return self.x\n\nprint(A(1).get())"
    ),
    "script": "a = 1\nb = 2\nc = a + 1\nd = 4\nprint(b)",
    "try": (
        "import sys\ntry:\n    value = int(sys.argv[1])\nexcept ValueError:\n    value = 0\n"
        "print(value)"
    ),
    "decorator": (
        "import functools\n\n@functools.lru_cache\ndef f(x):\n    return x\n\nprint(f(1))\nprint(2)"
    ),
    "string": 'text = """\nfirst\n  second\n"""\nprint(text)\nprint(1)',
    "tabs": "x = 3\nwhile x:\n\tx -= 1\nprint(x)",
    "brackets": "values = [\n    1,\n    2,\n]\nprint(sum(values))\nprint(3)",
    "installed package": "import numpy as np\nx = np.zeros(3)\ny = 2\nprint(x)\nprint(y)",
    "functions": (
        "def f(x):\n    return x\n\n\ndef g(x):\n    y = f(x)\n    return y\n\n\nprint(g(1))"
    ),
}
