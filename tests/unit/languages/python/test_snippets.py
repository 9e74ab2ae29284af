from __future__ import annotations

import pytest

from lintseq_datasets.languages.python.snippets import (
    bound_names,
    defined_names,
    is_printed,
    is_prose,
    kind_of,
    used_names,
)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("x = 1", "program"),
        ("f()", "program"),
        ("import os", "program"),
        ("[x for x in y]", "program"),
        ("assert a == b", "program"),
        ("pass", "program"),
        ("x: int = 1", "program"),
        ("# why", "comments"),
        ("", "comments"),
        ("42", "values"),
        ("hello", "values"),
        ("[1, 2]\n{'a': -1}\nTrue", "values"),
        ("Sum: 3", "values"),
        ("ls -l", "values"),
        (">>> x = 1\n>>> x\n1", "session"),
        ("In [1]: x = 1", "session"),
        ("def f():\n    '''\n    >>> f()\n    '''", "program"),
        ("def f(:\n    '''\n    >>> f()\n    '''", "unparsed"),
        ("%matplotlib inline\nimport os", "magic"),
        ("!pip install x\nimport x", "magic"),
        ("files = !ls\nprint(files)", "magic"),
        ("if a:\n    %time f()", "magic"),
        ("%%time\nf()", "magics"),
        ("%%bash\nls -l | wc", "magics"),
        ("!pip install x", "magics"),
        ("# why\npip install x", "magics"),
        ("x = (a\n    %b)\ny = a != b", "program"),
        ("x = (a\n%b\n", "unparsed"),
        ("$ ls", "unparsed"),
        ("+---+\n| a |\n+---+", "unparsed"),
        ("(" * 5000, "unparsed"),
    ],
)
def test_kinds(code: str, kind: str) -> None:
    assert kind_of(code) == kind


@pytest.mark.parametrize(
    ("text", "prose"),
    [
        ("Yes", True),
        ("None", True),
        ("42", True),
        ("'quoted'", True),
        ("yes and no", True),
        ("not applicable", True),
        ("Note: important", True),
        ("global warming", True),
        ("raise awareness", True),
        ("Yes\nNo", True),
        ("See above", True),
        ("I cannot help with that.", True),
        ("print(1)", False),
        ("x = 1", False),
        ("import os", False),
        ("pass", False),
        ('"""A module."""', False),
        ("# why", False),
        ("", False),
        ("import", False),
        ("x = (", False),
        ("print 'hello'", False),
        ("while True:\n    go on", False),
    ],
)
def test_prose(text: str, prose: bool) -> None:
    assert is_prose(text) is prose


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        ("1\n[2, 3]", True),
        ("Point(x=1, y=[2])", True),
        ("array([1., 2.])", True),
        ("Counter({'a': 1})", True),
        ("f(1)", False),
        ("App()", False),
        ("App(run())", False),
        ("x = 1", False),
        ("$ ls", False),
    ],
)
def test_printed(code: str, printed: bool) -> None:
    assert is_printed(code) is printed


def test_names() -> None:
    code = (
        "import os.path as p, sys\nx, (y, z) = a\nfor i in b:\n    pass\n"
        "if c:\n    def f(u):\n        v = u\n    class C:\n        w = 1\n"
    )
    assert defined_names(code) == {"f", "C"}
    assert bound_names(code) == {"p", "sys", "x", "y", "z", "i", "f", "C"}
    assert used_names("f(a.b)\nc = 1") == {"f", "a"}
    assert not defined_names("(") | bound_names("(") | used_names("(")
