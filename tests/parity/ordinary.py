"""Programs as they are found in instruction data: a little of everything."""

from __future__ import annotations

PROGRAMS = {
    "a documented class": """\
import math


class Disc:
    \"\"\"A disc.\"\"\"

    def __init__(self, r):
        self.r = r

    @property
    def area(self):
        # of the disc
        return math.pi * self.r ** 2


disc = Disc(2)
print(disc.area)
""",
    "inheritance": """\
class A:
    def __init__(self):
        self.x = 1


class B(A):
    def __init__(self):
        super().__init__()
        self.y = self.x


b = B()
print(b.x, b.y)
""",
    "functions": """\
def double(x):
    y = x * 2
    return y


def show(x):
    z = double(x)
    if z > 3:
        print(z)
    else:
        print(-z)


show(1)
show(3)
""",
    "own errors": """\
import not_installed_anywhere as n

x = n.f(missing)
for i in x:
    print(i)
y = 3
""",
    "two spaces": """\
def f(x):
  if x:
    y = 1
  else:
    y = 2
  return y


print(f(1))
""",
    "tabs": """\
total = 0
for i in range(3):
	if i:
		total += i
	print(i)
print(total)
""",
    "a file that is read": """\
import json
import sys

try:
    with open(sys.argv[1]) as file:
        data = json.load(file)
except (OSError, ValueError) as error:
    print(error)
    data = {}
finally:
    print('done')
print(data)
""",
    "decorators and strings": """\
import functools

TEXT = f\"\"\"
{functools.__name__}
  # no comment
\"\"\"


@functools.lru_cache(
    maxsize=None,
)
# why
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


print(TEXT, fib(9))
""",
    "pragmas": """\
# pylint: disable=all
import os
x = os.sep
y = x  # pylint: disable=E0602
print(y)
print(x)
""",
    "inferred": """\
class P:
    kind = 'p'

    def name(self):
        return self.kind.upper()


def make():
    p = P()
    return p


q = make()
print(q.name(), q.kind)
a, b = (1, 2)
print(a[0] if not a else b)
""",
    "generator": """\
def count(n):
    while n:
        yield n
        n -= 1


squares = {k: k ** 2 for k in count(3)}
print(*squares.items(), sep='\\n')
""",
}
PROGRAMS = {name: text.rstrip("\n") for name, text in PROGRAMS.items()}
