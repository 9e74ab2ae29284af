"""Programs that are easily judged wrongly: verdicts on a line depend on others far away."""

from __future__ import annotations

PROGRAMS = {
    "first use": """\
print(total)
total = 1
print(total)


def show():
    print(later)
    later = 2
    print(later)


show()
if total > 1:
    word = "a"
print(word)
print(word)
""",
    "hidden by a decorator": """\
import abc

run = abc.ABC


@run.register
def first():
    return 1


if __name__ == "__main__":
    run.register(first)
run = abc.ABC
run.register(int)
""",
    "cured by a deletion": """\
x = 0


def f():
    x = y = 1
    print(x)
    x = y


class A:
    def get(self):
        return 1

    def set(self):
        value = 2
        self.get = value


f()
A().get()
""",
    "quotes": """\
a = "x"; b = 'y'
text = '''one
# no comment
two'''
more = "it's" + 'a "quote"'
f = f"{a!r:>{len(b)}} {b}"
print(text, more, f)
joined = ("one"
          'two'
          f"{a}")
print(joined)
""",
    "deleted names": """\
x = 1
y = x
del x
print(y)


def f():
    z = 1
    del z
    return z


class A:
    b = 1
    del b


a = A()
a.c = 2
del a.c
print(f(), a.b, a.c)
x = 3
print(x)
""",
    "star imports": """\
from os.path import *
from not_there_anywhere import *
from math import *

print(join("a", "b"), sqrt(2))
print(surely_undefined, floor(1.5))
basename = 1
print(basename)
""",
    "attributes deleted in init": """\
class A:
    kind = 1

    def __init__(self, x):
        self.x = x
        self.y = 1
        self.z = self.y
        del self.y

    def total(self):
        return self.x + self.z + self.w

    def set_w(self):
        self.w = 2


a = A(1)
print(a.x, a.y, a.z, a.w, a.kind, a.total(), a.nothing)
a.set_w()
a.late = 1
print(a.late)
""",
    "decorators": """\
import functools
import contextlib


def twice(function):
    @functools.wraps(function)
    def inner(*args):
        function(*args)
        return function(*args)

    return inner


@twice
def hello(name):
    print("hello", name)


@contextlib.contextmanager
def opened(name):
    yield name


class A:
    @property
    def size(self):
        return 1

    @size.setter
    def size(self, value):
        self._size = value

    @staticmethod
    def make():
        return A()

    @classmethod
    def name(cls):
        return cls.__name__


hello("you")
with opened("x") as y:
    print(y.upper())
a = A.make()
a.size = 3
print(a.size, a.name(), a.size.real)
""",
    "abstract": """\
import abc


class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self):
        raise NotImplementedError

    @abc.abstractmethod
    def name(self):
        pass

    def describe(self):
        return self.name() + str(self.area())


class Square(Shape):
    def __init__(self, side):
        self.side = side

    def area(self):
        return self.side ** 2

    def name(self):
        return "square"


class Cube(Square):
    def __init__(self, side):
        super().__init__(side)
        self.depth = side

    def area(self):
        return 6 * super().area()


square = Square(2)
print(square.describe(), Cube(3).depth, Cube(1).side)
""",
    "never returns": """\
import sys
from typing import NoReturn


def fail(message) -> NoReturn:
    print(message)
    sys.exit(1)


def stop(code):
    sys.exit(code)


def pick(kind):
    if kind == 1:
        value = "one"
    elif kind == 2:
        value = "two"
    else:
        fail("no such kind")
    return value


def pick_again(kind):
    if kind:
        value = 1
    else:
        stop(2)
    print(value)


print(pick(1), pick_again(2))
leave = sys.exit
if len(sys.argv) > 1:
    name = sys.argv[1]
else:
    leave(3)
print(name)
""",
    "exits": """\
import os
import sys

if len(sys.argv) > 2:
    path = sys.argv[1]
elif len(sys.argv) > 1:
    sys.exit("usage")
else:
    exit()
print(path)


def main(kind):
    try:
        value = int(kind)
    except ValueError:
        sys.exit(2)
    if value:
        word = "x"
    else:
        os._exit(1)
    return value, word


print(main("3"))
""",
    "handlers": """\
import json

try:
    import not_there_anywhere
except ImportError:
    not_there_anywhere = None


def read(name):
    try:
        file = open(name)
        data = json.load(file)
    except (OSError, ValueError) as error:
        print(error)
        data = None
    except TypeError:
        raise
    else:
        print("read")
        size = len(data)
    finally:
        print("done", file)
    try:
        print(undefined_here)
    except NameError:
        pass
    return data, size, error


print(read("x"), not_there_anywhere)
for i in range(3):
    try:
        j = i
    finally:
        print(j)
        continue
""",
    "global and nonlocal": """\
count = 0
total = 0


def bump():
    global count, created
    count += 1
    created = count


def outer():
    n = 0
    m = 1

    def inner():
        nonlocal n
        n += 1
        return n + m

    inner()
    return n


def reset():
    global total
    total = 0
    return total


bump()
print(count, created, outer(), reset())
""",
    "nested and recursive": """\
def outer(x):
    def inner(y):
        if y == 0:
            return x
        return inner(y - 1)

    def unused():
        return missing_in_here

    class Local:
        z = x

        def get(self):
            return self.z

    value = inner(x)
    return value + Local().get()


def even(n):
    return True if n == 0 else odd(n - 1)


def odd(n):
    return False if n == 0 else even(n - 1)


def fact(n):
    if n < 2:
        return 1
    return n * fact(n - 1)


result = outer(2)
print(result, even(4), fact(5), [odd(k) for k in range(3)])
""",
    "hidden methods": """\
class A:
    def __init__(self):
        self.run = 1
        self.items = []

    def run(self):
        return 2

    def get(self):
        return self.items

    def get(self):
        return self.run


class B(A):
    def get(self, more):
        return more

    items = None

    def items(self):
        return 3


b = B()
print(b.run(), b.get(1), b.get(), b.items())
A.get = None
print(A().get)
""",
    "all": """\
__all__ = ["shown", "Also", "missing_from_here"]
__version__ = "1"


def shown():
    return __version__


class Also:
    pass


__all__ += ["later"]
later = shown()
__all__.append("last")
last = Also()
""",
    "type comments": """\
from typing import List, Optional

x = []  # type: List[int]


def f(a, b):
    # type: (int, Optional[str]) -> int
    y = a  # type: int
    for i in x:  # type: int
        y += i
    return y


print(f(1, "b"))
""",
    "async": """\
import asyncio


async def get(n):
    await asyncio.sleep(n)
    return n


async def count(n):
    for i in range(n):
        yield i


class Opened:
    async def __aenter__(self):
        return self

    async def __aexit__(self, *args):
        pass


async def main():
    x = await get(1)
    async for i in count(3):
        print(i, x)
    async with Opened() as o:
        print(o)
    return [j async for j in count(2)]


asyncio.run(main())
""",
    "walrus": """\
import re

if (m := re.match("a", "b")) is not None:
    print(m.group())
while chunk := input():
    print(chunk)
values = [y for x in range(3) if (y := x)]
print(y, m, chunk)


def f(data):
    if (n := len(data)) > 2:
        return n
    return n, data


print(f(values), (z := 3), z)
""",
    "only methods": """\
class A:
    def one(self):
        return 1

    def two(self):
        return self.one() + self.three()


class B(A):
    def three(self):
        return self.two()


class C:
    def alone():
        return 1

    def __len__(self):
        return "x"


print(B().three(), A().two(), C().alone(), len(C()))
""",
    "returns": """\
def nothing(x):
    print(x)


def something(x):
    y = x + 1
    print(y)
    return y


def early(x):
    if not x:
        return None
    return x


def pair():
    return 1, 2


def make():
    return [1, 2, 3]


a = something(1)
b = nothing(2)
c, d = pair()
e = early(c)
f = make()
print(a, b, d, e[0], f[1], f.missing, f())
""",
    "calls": """\
class P:
    def __init__(self, x, y=1):
        self.x = x
        self.y = y

    def move(self, dx):
        self.x += dx
        return self


def area(w, h, *, unit="m"):
    scale = 2
    return w * h * scale, unit


size = 3
p = P(1)
p.move(2).move(3)
print(area(1, size), area(1), area(1, 2, unit="k"), area(1, 2, kind=1), P())
print("%d %s" % (1, size), "{} {}".format(size), p.move())
p = None
print(p.x)
""",
    "same names": """\
name = "a"


def name_of(name):
    name = name.upper()
    return name


class name_holder:
    name = name

    def get(self):
        name = self.name
        return name


for name in ["b"]:
    print(name)
print(name, name_of(name), name_holder().get(), name_holder.name)
with open(name) as name:
    print(name.read())
[name for name in range(2)]
print(name.missing)
""",
    "indented by two": """\
def f(x):
  if x:
      y = 1
  else:
    y = 2
  return y


class A:
  z = 1

  def g(self):
        return self.z


print(f(1), A().g())
""",
    "nothing but one class": """\
class Node:
    def __init__(self, value):
        self.value = value
        self.next = None


class List:
    def __init__(self):
        self.head = None
        self.size = 0

    def add(self, value):
        node = Node(value)
        node.next = self.head
        self.head = node
        self.size += 1

    def find(self, value):
        node = self.head
        while node:
            if node.value == value:
                break
            node = node.next
        else:
            return None
        return node

    def __iter__(self):
        node = self.head
        while node:
            yield node.value
            node = node.next
""",
    "semicolons and one-liners": """\
import os; x = os.sep
def f(a): b = a; return b
class A: pass
if x: y = 1
else: y = 2
for i in x: print(i)
while y: y -= 1; break
try: z = 1
except ValueError: z = 2
print(f(x), A(), y, z); w = z
lambda: w
""",
    "continued": """\
x = 1 + \\
    2
def f(a,
      b=(1,
         2),
      ):
    return (a
            + x)
y = [
    f(1),
    # why
    f(2,
      3),
]
with open("a") as g, \\
        open("b") as h:
    print(g, h)
assert (x and
        y), "no"
""",
    "match": """\
import sys


class Point:
    __match_args__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y


def look(value):
    match value:
        case Point(x=0, y=b):
            found = b
        case [first, *rest]:
            found = first
            print(rest)
        case {"key": k, **others}:
            found = k
            print(others)
        case str() as text if text:
            found = text
        case _:
            sys.exit(1)
    return found


print(look(Point(0, 1)))
match sys.argv:
    case [only]:
        name = only
    case other:
        print(other)
print(name)
""",
}
PROGRAMS |= {
    "an attribute means more through a method": """\
class Foo:
    foo = 1


class A:
    def __init__(self):
        self.x = []

    def b(self):
        return self.x

    def u(self):
        self.x = Foo()
        y = self.b()
        print(1)
        return y.foo


values = []


def last():
    return values


if values:
    values = Foo()
    found = last()
    print(2)
    print(found.foo)
print(A().u())
""",
    "names of its own and of others": """\
def save(old, new):
    months = 0
    while old < new:
        old += 1
        months += 1
    return months


def count(column):
    counts = {}
    counts[column] += 1
    return counts


def first(values=data):
    data = 1
    return [item for item in values if item], data


def nested(item):
    def inner():
        return months

    other = inner()
    months = [other]
    return months


old = "1"
data = [2]
item = 3
months = save(1, 2)
counts = count(4)
print(months.x, counts[1], nested(5), first())
""",
    "nothing but bound": """\
import gone
from lost import thing


def show(a, b=1):
    if a:
        return None
    return a.b


def stop():
    gone.exit()


window = gone.open(thing, 1)
image = window.images[0].load
size = (1, 2)
count = 1
print(f"{count} of {size}", show(size), show(1, 2, 3))
show(count)
show(count).x
window.blit(image, (size, count))
while window.running:
    image = window.next()
    stop()
    for event in window.events(count):
        print(event.kind, sep=count)
        size = event
print(size, image.y)
print = show
print(1, 2, 3)
""",
    "parameters on lines of their own": """\
def trace(
    path: str = "a",
    *,
    limit=1,
    where: int = 2,
):
    if not path:
        print(limit)
    names = [path, where]
    print(names)
    for name in names:
        print(name, limit)
        break
    return names


class Tracer:
    def trace(
        self,
        path,
        limit=None,
    ):
        print(path)
        self.path = path
        print(limit)
        return self.path


trace("b")
Tracer().trace("c").upper()
""",
    "guarded by a test": """\
class Stream:
    def __init__(self):
        self.closed = None

    def open(self):
        if self.closed is None:
            self.emit(1)
            self.closed = False
        elif self.closed:
            print(2)
        else:
            print(3)

    def close(self):
        if self.closed is None:
            print(4)
        elif not self.closed:
            self.emit(5)
            self.closed = True


state = None
if state:
    print(state.real, Stream().gone)
    state = 1
if state is None:
    print(Stream().lost)
elif not state:
    print(Stream().missed)
Stream().open()
""",
    "what self is": """\
import argparse
from argparse import ArgumentParser as Base


class Parser(Base):
    def run(self):
        if not self.scripts:
            return None
        self.scripts = self.make(self.scripts)
        return super().parse_args()

    def make(self, scripts):
        print(self.prog.upper())
        return [self.gone, scripts]


class Open:
    kind = 1

    def __getattr__(self, name):
        return name

    def show(self):
        print(self.kind, self.other)
        return self.missing


Parser().run()
Open().show()
print(argparse)
""",
    "never asked": """\
class Shown:
    def __init__(self, x):
        self.x = x

    def __repr__(self):
        self.y = 1
        return self.name()

    def __eq__(self, other):
        return self.x == other.x

    def name(self):
        return f"{self.x} {self.y.real}"

    def say(self):
        text = self.__repr__()
        return text.upper(), text.gone


print({Shown(1)}, Shown(2) == Shown(3), Shown(4).say(), Shown(5).y.gone)
""",
    "sentences": """\
import collections

Point = collections.namedtuple("Point", "x y")
p = Point(1, 2)
print(p.x, p.z, getattr(p, "y"), "p is a point")


def far(p: "Point", q=1):
    \"\"\"Where p is.\"\"\"
    # p is near
    def near():
        \"\"\"No p here.\"\"\"
        return q

    return near


print(far(p).x)
x = "p and far"
""",
    "a guard": """\
DEBUG = False
x = 1
if DEBUG:
    print(x.foo)
    y = x.bar
DEBUG = True
def g():
    if DEBUG:
        return x.foo
    return None
r = g()
""",
    "results": """\
def f(a):
    if a:
        return 1
    return None
def g():
    return f(1)
x = f(2)
y = g()
f(3).bar
z = f(4) + g()
""",
    "ways": """\
def outer(n):
    total = 0
    for i in range(n):
        total += i
        if total > 3:
            last = i
    print(last)
    while total > 0:
        total -= 1
        step = total
        if step:
            break
    else:
        step = 3
    return step + last
outer(3)
""",
    "displays": """\
a = [1,
     2,
     3]
b, c, d = a
e = {
    "x": a,
    "y": [
        b,
        c,
    ],
    **dict(a=1),
}
e["x"].foo
f = "%s %s" % (
    a,
    b)
print(f.upper(), e.foo)
""",
    "gone or not": """\
import gone
screen = gone.make()
class Screen:
    def blit(self, a):
        self.screen = a
    def use(self):
        self.screen.foo
        return self.blit(1, 2)
def f(screen):
    screen.blit(1, 2)
def g():
    screen = Screen()
    screen.blit(1, 2)
    screen.foo()
s = Screen()
s.screen.bar
screen.blit(s.foo)
""",
    "members": """\
class B:
    limit = 3
    def __init__(self, n):
        self.n = n
        self.items = []
        self.limit += 1
    def add(self, x):
        self.items.append(x)
        self.total = self.n + x
        if self.total > self.limit:
            self.over = True
        return self.total
    def show(self):
        print(self.items, self.total.foo, self.over)
        self.n()
b = B(1)
b.add(2).foo
t = b.show()
print(b.limit, b.missing)
""",
    "else": """\
for i in range(3):
    if i == 1:
        found = i
        break
else:
    found = None
print(found)
with open("x") as fh:
    data = fh.read()
    n = len(data)
print(n, fh.foo)
try:
    val = int(data)
    other = val
except ValueError as err:
    print(err)
    val = 0
else:
    print(other)
finally:
    print("done")
print(val, other)
""",
    "optional": """\
try:
    import numpy as np
except ImportError:
    np = None
if np is not None:
    arr = np.zeros(3)
    arr.foo
print(np.x, arr)
def f():
    try:
        import json
    except ImportError:
        json = None
    json.foo
    return json
f().bar
""",
    "asking": """\
import logging
import random

KINDS = (int, 1)
WORDS = "{a} {b.gone}"
MODE = "wrong"


def roll(least, most):
    n = random.randint(least, most)
    return n


def game(a, b):
    s = roll(1, 6)
    if isinstance(s, KINDS) and s == a:
        t = s.gone
        return t
    u = WORDS.format(a=s, b=a)
    logging.info("%s %s", s)
    with open(u, MODE) as file:
        return file.read(b).gone
    return b


v = game(roll(1, 2), roll)
print(v.x if v == 1 else v.y, reversed(MODE), reversed({v}))
""",
}
PROGRAMS = {name: text.rstrip("\n") for name, text in PROGRAMS.items()}
