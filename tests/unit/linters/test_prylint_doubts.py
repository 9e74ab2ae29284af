"""Which texts prylint itself is given, and which ones pylint is asked about in its place."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from pathlib import Path

import pytest

try:
    importlib.metadata.distribution("prylint")
except importlib.metadata.PackageNotFoundError:
    pytest.skip("the extra 'prylint' is not installed", allow_module_level=True)

from lintseq_datasets.linters import load_linter
from tests.unit.linters.conftest import StandIn

SET = "class A:\n    def __init__(self):\n        self.x = 1\n"
METHOD = "class A:\n    def f(self):\n        {}\n"
CLASS_METHOD = "    @classmethod\n    def g(cls):\n        {}\n"


LEFT_TO_PRYLINT = [
    "",
    "import os\nprint(os.sep)\n",
    SET,
    SET + "    def f(self):\n        self.x += 1\n        del self.x\n",
    "class A:\n    x = 0\n    def f(self):\n        self.x += 1\n",
    "class A:\n    x = 0\n" + CLASS_METHOD.format("cls.x += 1"),
    METHOD.format("self.x, self.y = 1, 2"),
    METHOD.format("self.x = 1 + self.y"),
    METHOD.format("self.x: int = 1"),
    "def f(node):\n    node.next = 1\n",
    "def f(*, node):\n    node.next = 1\n",
    "f = lambda x: x.y\n",
    "import pygame\npygame.x = 1\nr = pygame.f().g[0]\nr.x = 1\ndel r.y.z\n",
    "from pygame import *\nimport pygame.a as p\nfor e in p.f():\n    e.x, y = 1, 2\n",
    "import pygame\nclass A:\n    def __init__(self):\n        self.a = pygame.A()\n"
    "    def f(self):\n        b = self.a.c()\n        b.d = 1\n        self.a.x.y = 2\n",
    "import pygame\nclass A(pygame.A):\n    def f(self):\n        self.a = pygame.A()\n"
    "        self.a.b = 1\n",
    "from .a import b\nwith b() as (c, d):\n    c.x = d\n",
    "def f(node):\n    node.a.b = 1\n",
    "class A:\n    def f(self, node):\n        node.a.b.c += 1\n",
    "def g():\n    def f(): pass\n    f.calls = 0\n    return f\n",
    "def f():\n    class A: pass\n    A.x = 1\n    return A\n",
    "def f(n):\n    if n:\n        raise ValueError('a')\n    return n\n",
    "def f():\n    raise NotImplementedError\n",
    "def f(a, b):\n    return a %b\n",
    "for a, b in []:\n    print(a, b)\n",
    "a = b = 1\n",
    "from tkinter import *\n",
    "import math\nprint(math.pi)\n",
    "__all__ = ['a']\n",
    "def _f(): pass\ndef _g(): pass\n",
    "class A:\n    def __init__(self): pass\nclass B:\n    def __init__(self): pass\n",
    "# never metaclass, enum, overload\nx = 'ctypes'\n",
    "with open('a') as f:\n    print(f)\n",
]


ASKED_OF_PYLINT = [
    METHOD.format("self.x += 1"),
    METHOD.format("del self.x"),
    METHOD.format("self.x = self.x + 1"),
    METHOD.format("self.x = g(self.x)"),
    METHOD.replace("self", "this").format("this.x += 1"),
    METHOD.format("def g():\n            self.x = 1"),
    SET + CLASS_METHOD.format("cls.x += 1"),
    SET + "class B:\n    def f(self):\n        self.x += 1\n",
    "import pygame, os\ndef f(r=1): pass\nr = pygame.Rect()\nr.x = 1\n",
    "import pygame, os\nr = pygame.Rect() or os\nr.x = 1\n",
    "import pygame\nfrom os import *\nr = pygame.Rect()\nr.x = 1\n",
    "import numpy\na = numpy.array([1])\na.x = 1\n",
    "import pygame\nclass A(pygame.A):\n    def f(self):\n        self.a.b = 1\n",
    "r = Rect()\nr.x = 1\n",
    "import pygame, io\nclass A(io.StringIO):\n    def f(self):\n        self.a = pygame.A()\n"
    "        self.a.b = 1\n",
    "import pygame, os\nclass A:\n    a = os\n    def f(self):\n        self.a = pygame.A()\n"
    "        self.a.b = 1\n",
    "import pygame, os\nclass A:\n    def f(self, b):\n        self.a = pygame.A()\n"
    "        self.a = os\n        self.a.b = 1\n",
    "import pygame, os\nclass A:\n    def f(self, b=os):\n        b.a = pygame.A()\n"
    "        b.a.b = 1\n",
    "import os\nos.foo = 1\n",
    "import os\nos.foo += 1\n",
    "import os\ndel os.foo\n",
    "import os\nfor os.foo in []: pass\n",
    "import os\ndef f(node=os):\n    node.foo = 1\n",
    "import os\ndef f(node):\n    node = os\n    node.foo = 1\n",
    "import os\ndef f(node):\n    import os as node\n    node.foo = 1\n",
    METHOD.format("self.a.b = 1"),
    "import os\nclass os: pass\nos.foo = 1\n",
    "import os\nf = os\nif f:\n    def f(): pass\n    f.foo = 1\n",  # cut between what binds `f`
    "def f(node=1):\n    node.a.b = 1\n",
    "class A:\n    len.x = 1\n",
    METHOD.format("self.__class__ = 1"),
    "def _f(): pass\ndef _f(): pass\n",
    "def _(): pass\ndef _(): pass\n",
    "class A:\n    def _f(self): pass\n    async def _f(self): pass\n",
    "from enum import Enum\nclass A(Enum):\n    B = 1\n",
    "import enum\nclass A(int, enum.IntFlag):\n    B = 1\n",
    "x = '''\ny\n'''\nimport os\nos.foo = x\n",  # cut within the string
    "x = " + "(" * 90 + ")" * 90 + "\nimport os\nos.foo = 1\n",
]


@pytest.fixture
def given(stand_in: StandIn, tmp_path: Path) -> Callable[[list[str]], list[str]]:
    """Judges texts; those of them that prylint was given."""

    def given(texts: list[str]) -> list[str]:
        folder = tmp_path / "given"
        folder.mkdir()
        stand_in("prylint", f"cp *.py {folder}")
        load_linter("prylint").lint(texts)
        read = (path.read_text(encoding="utf-8") for path in folder.iterdir())
        return sorted(text.removesuffix("\n#") for text in read)

    return given


def test_what_is_left_to_prylint(given: Callable[[list[str]], list[str]]) -> None:
    assert given(LEFT_TO_PRYLINT) == sorted(LEFT_TO_PRYLINT)


@pytest.mark.parametrize("end", ["", "# long" * 200], ids=["", "parts that are not remembered"])
def test_what_pylint_is_asked_about(given: Callable[[list[str]], list[str]], end: str) -> None:
    assert given([text + end for text in ASKED_OF_PYLINT]) == []
