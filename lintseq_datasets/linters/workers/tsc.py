"""tsc: the compiler of TypeScript 7 or newer, an executable of its own, as a language server.

Its npm package brings it; nothing of Node is needed to run it. It is looked for where the
environment variable ``LINTSEQ_TYPESCRIPT`` says (the executable, or a folder with
``node_modules``), then beside a ``tsc`` or ``tsgo`` on ``PATH``, then in the ``node_modules`` of
this Python's environment; never in the working directory.

Each text is a file by itself with the options that ``tsc FILE`` has. What it imports is never
read, and is an error of its line.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from lintseq_datasets.errors import ConfigError, MissingExtraError
from lintseq_datasets.linters.launch import Launch
from lintseq_datasets.linters.speech import LanguageServer

MISSING_RETURNS = ("TS2355", "TS2366", "TS7030")
"""Errors that point at the header of a function: its body could never be deleted line by line."""

SYNTAX_IDS = re.compile(
    # The numbers of its grammar, and what else it says of a text that does not parse.
    r"TS(?:1\d{3}|2657|2754|2809|6188|6189|17002|17006|17007|17008|17014|17015|17019|17020|17021"
    r"|18009|18016|18026|18029|18030)"
)
SILENCERS = re.compile(
    r"@(?:ts-(?:nocheck|ignore|expect-error|check|types|self-types)|deno-types)"
    r"|///[^\S\r\n]*<(?:reference|amd-module|amd-dependency)",
    re.IGNORECASE,
)
"""Directives in comments, which change what is checked, and how."""

# No import is followed, and no package of types is taken from a `node_modules` further up.
_OPTIONS = {
    "compilerOptions": {"noResolve": True, "types": [], "singleThreaded": True},
    "files": ["main.ts"],
}
_QUIET = (("custom/setLogVerbosity", {"verbosity": 5}),)  # only errors: each line costs time
_VARIABLE = "LINTSEQ_TYPESCRIPT"
_NAMES = ("tsc", "tsgo")
# The package of a platform stands beside that of TypeScript, or within it, or in the store of pnpm.
_PLACES = tuple(
    f"{store}@typescript/{package}-{sys.platform}-*/lib/{name}"
    for store in ("", "*/node_modules/", "@typescript/*/node_modules/", ".pnpm/*/node_modules/")
    for package, name in (("typescript", "tsc"), ("native-preview", "tsgo"))
)


def launch() -> Launch:
    """How the language server is started.

    Raises:
        MissingExtraError: There is no native TypeScript.
        ConfigError: There is none where the environment variable says.
    """
    server = LanguageServer(
        name="tsc",
        document="main.ts",
        language="typescript",
        prefix="TS",
        sources=frozenset({"ts"}),
        syntax=SYNTAX_IDS,
        silencers=SILENCERS,
        at_start=_QUIET,
    )
    return Launch(
        (find(), "--lsp", "--stdio"),
        # It is a program in Go, whose garbage is collected only where memory comes near the limit.
        {"GOGC": "off", "GOMAXPROCS": "2", "GOMEMLIMIT": "300MiB"},
        files={"tsconfig.json": json.dumps(_OPTIONS).encode()},
        server=server,
        left_out=MISSING_RETURNS,
    )


def find() -> str:
    """The absolute path of the executable.

    Raises:
        MissingExtraError: There is none.
        ConfigError: There is none where the environment variable says.
    """
    if named := os.environ.get(_VARIABLE):
        if not os.path.isabs(named):
            raise ConfigError(_VARIABLE, f"{named!r} is a relative path: name it absolutely")
        path = Path(named)
        found = next((one for place in (path, path / "node_modules") for one in _near(place)), None)
        if found is None:
            raise ConfigError(
                _VARIABLE,
                f"there is no native TypeScript in {named}: name that of version 7",
            )
        return found
    for place in _usual_places():
        for found in _near(place):
            return found
    command = f"npm install --prefix {sys.prefix} typescript@7"
    raise MissingExtraError("TypeScript 7 (from npm)", "typescript", command)


def _usual_places() -> Iterator[Path]:
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    searched = os.pathsep.join(filter(os.path.isabs, folders))
    for name in _NAMES:
        if path := shutil.which(name, path=searched):
            yield Path(path)
            # What npm puts on the path is a link into the package.
            yield Path(os.path.realpath(path))
    yield Path(sys.prefix, "node_modules")
    yield Path(sys.prefix, "lib", "node_modules")


def _near(place: Path) -> Iterator[str]:
    """Executables at a place: itself, or in the folder of packages that it is in."""
    # The native compiler stands beside its libraries. The script of older versions does not.
    if place.is_file() and (place.parent / "lib.d.ts").is_file():
        yield str(place)
    for folder in (place, *place.parents):
        if folder.name == "node_modules":
            for pattern in _PLACES:
                yield from map(str, sorted(folder.glob(pattern)))
