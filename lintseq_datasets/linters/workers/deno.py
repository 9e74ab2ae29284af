"""deno: the TypeScript that Deno brings, as a language server; the package ``deno`` is all of it.

Its libraries are those of Deno and Node. Nothing is fetched, and no other file is read: every
import but those of Node's own modules is an error of its line.
"""

from __future__ import annotations

import json
import os
import re
from importlib.metadata import PackageNotFoundError, files

from lintseq_datasets.errors import MissingExtraError
from lintseq_datasets.linters.launch import Launch
from lintseq_datasets.linters.speech import LanguageServer
from lintseq_datasets.linters.workers.tsc import MISSING_RETURNS, SILENCERS, SYNTAX_IDS

_NOWHERE = "./nothing/"
# The imports are a map: what begins so is looked for where nothing is.
_CONFIG = {
    "lock": False,
    "nodeModulesDir": "none",
    "imports": {"file:///": _NOWHERE, "http://": _NOWHERE, "https://": _NOWHERE},
}
_ENVIRONMENT = {
    "DENO_NO_UPDATE_CHECK": "1",
    "NO_COLOR": "1",
    # Nobody listens there: what is asked of the network is refused at once.
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:1"),
    **dict.fromkeys(("NPM_CONFIG_REGISTRY", "JSR_URL"), "http://127.0.0.1:1"),
}


def launch() -> Launch:
    """How the language server is started.

    Raises:
        MissingExtraError: The package is not installed.
    """
    server = LanguageServer(
        name="deno",
        document="main.ts",
        language="typescript",
        prefix="TS",
        sources=frozenset({"deno-ts", "deno"}),
        syntax=SYNTAX_IDS,
        silencers=SILENCERS,
        breaks=re.compile("\r\n|[\n\r\u2028\u2029]"),
        settings={"enable": True, "lint": False, "cacheOnSave": False},
    )
    return Launch(
        (_executable(), "lsp"),
        _ENVIRONMENT,
        files={"deno.json": json.dumps(_CONFIG).encode()},
        server=server,
        space=64 << 30,  # its engine reserves far more than it uses
        left_out=MISSING_RETURNS,
    )


def _executable() -> str:
    """The executable that came with the package; never another one on the search path."""
    try:
        found = [path for path in files("deno") or () if path.name in ("deno", "deno.exe")]
    except PackageNotFoundError:
        found = []
    paths = [os.path.abspath(str(path.locate())) for path in found]
    path = next(filter(os.path.isfile, paths), None)
    if path is None:
        raise MissingExtraError("deno", "typescript")
    return path
