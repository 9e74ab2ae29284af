"""How to install what is missing: which packages, and the command for this Python.

Imports run from here to nothing. Never here: installing anything, or looking at a network.
"""

from __future__ import annotations

import os
import sys


def requirements_of(extra: str) -> list[str]:
    """What an extra of this library brings, by the metadata of what is installed.

    An error names these packages and not the extra: they can be installed whether the library
    came from a checkout, which may be gone, from a wheel or from an index.
    """
    from importlib.metadata import PackageNotFoundError, requires

    from packaging.requirements import Requirement

    try:
        found = [Requirement(text) for text in requires("lintseq-datasets") or ()]
    except PackageNotFoundError:
        found = []
    mine = [one for one in found if one.marker and one.marker.evaluate({"extra": extra})]
    checkout = os.path.dirname(os.path.dirname(__file__))  # which alone has no, or old, metadata
    return [f"{one.name}{one.specifier}" for one in mine] or [f"{checkout}[{extra}]"]


def install_command(*packages: str) -> str:
    """The command that installs packages where this Python will find them, as it can be typed.

    >>> install_command("matplotlib>=3.8").endswith("pip install 'matplotlib>=3.8'")
    True
    """
    import shlex
    import shutil
    from importlib.util import find_spec

    # What `pip` means in a shell may be the pip of another Python.
    if "ipykernel" in sys.modules:  # in a notebook, this is the one of its kernel
        pip = "%pip install"
    elif find_spec("pip") is None:  # as in environments that uv makes
        pip = f"uv pip install --python {shlex.quote(sys.executable)}"
    elif os.path.dirname(shutil.which("pip") or "") == os.path.dirname(sys.executable):
        pip = "pip install"
    else:
        pip = f"{shlex.quote(sys.executable)} -m pip install"
    return f"{pip} {shlex.join(packages)}"
