"""Programs of the kinds that a judge of parts of states got wrong, a few of each kind.

Their states are wrong where a verdict does not take the whole state into account, or where it
depends on what was judged before.
"""

from __future__ import annotations

_RETURNS_OR_NOT = """\
{head}


def area(shape, size):
    if shape == "square":
        found = size * size
    elif shape == "line":
        found = 0
    else:
        {ending}
    return found


print(area("line", 2))"""

_ENDINGS = {
    "assert False": ("SIZES = [1]", "assert False, shape"),
    "assert a constant": ("SIZES = [1]", "assert 0"),
    "assert_never": ("import typing", "typing.assert_never(shape)"),
    "assert_never of its own": (
        "def assert_never(value):\n    print(value)",
        "assert_never(shape)",
    ),
    "assert_never renamed": ("from typing import assert_never as no", "no(shape)"),
    "exit by its name": ("import sys", 'getattr(sys, "exit")(shape)'),
    "exit renamed": ("from sys import exit as leave", "leave(shape)"),
    "NoReturn": (
        "from typing import NoReturn\n\n\ndef stop(code) -> NoReturn:\n    print(code)",
        "stop(shape)",
    ),
    "NoReturn renamed": (
        "import typing as t\n\nNever = t.NoReturn\n\n\ndef stop(code) -> Never:\n    print(code)",
        "stop(shape)",
    ),
    "a function that raises": (
        "def stop(code):\n    print(code)\n    raise ValueError(code)",
        "stop(shape)",
    ),
    "a method that exits": (
        "import sys\n\n\nclass Way:\n    @staticmethod\n    def out(code):\n        sys.exit(code)",
        "Way.out(shape)",
    ),
    "an endless loop": ("SIZES = [1]", "while True:\n            print(shape)"),
    "os": ("import os", "os._exit(1)"),
}

# What `self` is known to be only by a method that goes.
_THROUGH_SELF = """\
class Shelf:
    def __init__(self, books):
        self.books = books

    def {method}:
        return {gives}

    def look(self, book):
        print("looking", book)
        {use}
        return book


shelf = Shelf([1])
print(shelf.look(2))"""

_PROTOCOLS = {
    "getitem": ("__getitem__(self, place)", "self.books[place]", "book = self[1]"),
    "iter": ("__iter__(self)", "iter(self.books)", "book = [one for one in self]"),
    "iter in a loop": ("__iter__(self)", "iter(self.books)", "for book in self: print(book)"),
    "unpacked": ("__iter__(self)", "iter(self.books)", "first, *book = self"),
    "starred": ("__iter__(self)", "iter(self.books)", "print(*self)"),
    "contains": ("__contains__(self, book)", "book in self.books", "book = book in self"),
    "setitem": ("__setitem__(self, place, book)", "None", "self[0] = book"),
    "delitem": ("__delitem__(self, place)", "None", "del self[0]"),
    "call": ("__call__(self, book)", "book", "book = self(book)"),
    "neg": ("__neg__(self)", "self.books", "book = -self"),
    "len": ("__len__(self)", "2", "book = len(self)"),
    "add": ("__add__(self, other)", "self", "book = self + 1"),
    "hash": ("__hash__(self)", "1", "book = {self: 1}"),
    "a mapping": (
        "keys(self):\n        return ['a']\n\n    def __getitem__(self, key)",
        "key",
        "book = dict(**self)",
    ),
    "enter": (
        "__exit__(self, *error):\n        print(error)\n\n    def __enter__(self)",
        "self",
        "with self: print(book)",
    ),
    "inherited": (
        "close(self):\n        print(1)\n\n    def __getitem__(self, place)",
        "self.books[place]",
        "book = self[0] + self[1]",
    ),
}

PROGRAMS = {
    **{
        name: _RETURNS_OR_NOT.format(head=head, ending=way)
        for name, (head, way) in _ENDINGS.items()
    },
    **{
        name: _THROUGH_SELF.format(method=method, gives=gives, use=use)
        for name, (method, gives, use) in _PROTOCOLS.items()
    },
    "TestCase.fail": """\
import unittest


class Checks(unittest.TestCase):
    def test_sum(self):
        if sum([1, 2]) == 3:
            word = "right"
        else:
            self.fail("wrong")
        print("so far")
        self.assertTrue(word)""",
    "bound again": """\
import csv


def show():
    print("all")
    for row in table:
        print(row)


table = csv.reader([])
table = sorted(table)
table = [row for row in table if row]
show()""",
    "counted up": """\
def bump():
    print(total)
    print("up")


total = 0
total += 1
total = total + 2
bump()""",
    "bound again in a loop": """\
def last():
    return word


word = "a"
for letter in "bc":
    word = word + letter
while len(word) < 9:
    word += word
print(last())""",
    "class in its own annotations": """\
class Money:
    def __init__(self, cents):
        self.cents = cents

    def plus(self, more: Money) -> Money:
        return Money(self.cents + more.cents)

    def minus(self, less: Money) -> Money:
        return Money(self.cents - less.cents)

    def times(self, count) -> Money:
        return Money(self.cents * count)""",
    "class in its own defaults": """\
class Node:
    kind = "node"

    def link(self, other=Node):
        print(other)
        return other.kind

    def cut(self, other=Node):
        return other

    root: Node = None


print(Node().link(1))""",
    "read before assigned": """\
class Counter:
    def __init__(self):
        self.clear()
        self.count = 0
        self.steps = self.count

    def clear(self):
        print("cleared")
        print(self.count)
        self.count = 1
        self.steps = 2

    def step(self):
        self.count = self.count + self.steps
        self.clear()""",
    "read before assigned, in one method": """\
class Timer:
    def __init__(self, start):
        self.restart()
        self.start = start

    def restart(self):
        print("restarted")
        self.start = 0
        print(self.start)

    def ticks(self):
        return self.start + 1""",
    "read before assigned, in a chain": """\
class Board:
    def __init__(self, size):
        self.size = size
        self.build()

    def build(self):
        print(self.size, "cells")
        self.fill()
        self.cells = self.cells + [0]

    def fill(self):
        self.cells = [1] * self.size
        print(self.cells)

    def show(self):
        print(self.cells)""",
    "options of a call": """\
def parse(line):
    if line:
        return {"width": len(line)}
    return None


def draw(**options):
    print("drawing", options)


draw(**parse("ab"))
draw(**parse(""))""",
    "arguments of a call": """\
def split(line):
    if line:
        return line.split()
    print("nothing")
    return None


def draw(*names):
    print(names)


draw(*split("a b"))
print(*split("c"))""",
    "raises and calls itself": """\
def walk(depth):
    if depth > 0:
        below = walk(depth - 1)
        print(below, depth)
    print("at", depth)
    raise ValueError(depth)


walk(2)""",
    "nothing but raises and calls itself": """\
def dig(depth):
    if depth:
        found = dig(depth - 1)
        return found
    raise NotImplementedError("too deep")


result = dig(3)
print(result)""",
    "guarded by an abstract method": """\
import abc


class Reader(abc.ABC):
    @abc.abstractmethod
    def read(self):
        raise NotImplementedError

    def both(self):
        first = self.read()
        return first, self.read()


class Lines(Reader):
    def read(self):
        return ["a"]


print(Lines().both())""",
    "slots": """\
class Point:
    __slots__ = ("x", "y")

    def __init__(self, x):
        self.x = x
        self.y = 0

    def move(self):
        self.y = self.x
        return self.y


class Named(Point):
    __slots__ = ("name",)

    def __init__(self, name):
        super().__init__(1)
        self.name = name


print(Named("a").move())""",
}
