"""Names that are neither a path here nor, as far as can be seen, on the Hub."""

from __future__ import annotations

import json
import socket
from pathlib import Path

from tests.conftest import RunPython

SCRIPT = """
import json, logging, sys, time
from lintseq_datasets.errors import ConfigError
from lintseq_datasets.files.sources import read_source
said, waits = [], []
time.sleep = waits.append
for name in sys.argv[1:]:
    try:
        read_source(name)
    except ConfigError as error:
        said.append([str(error), sum(waits)])
    waits.clear()
print(json.dumps(said))
"""


def test_where_the_hub_cannot_be_reached(run_python: RunPython, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    names = (
        "nope",
        "data/nope",
        "user/nope",
        "my data",
        "./nope",
        "a/b/nope",
        "nope/",
        "no.parquet",
    )
    with socket.socket() as closed:  # bound, and so nobody else's; nothing listens
        closed.bind(("127.0.0.1", 0))
        env = {
            "HF_ENDPOINT": f"http://127.0.0.1:{closed.getsockname()[1]}", "NO_PROXY": "*",
            "HF_HOME": str(tmp_path / "home"), "HF_DATASETS_OFFLINE": "0",
        }  # fmt: skip
        said = json.loads(run_python(SCRIPT, *names, env=env, cwd=tmp_path))
    for name, (text, waited) in zip(names[:2], said[:2], strict=True):
        assert f"cannot read {name!r}: there is no such file or folder here, and the Hub" in text
        assert f"{env['HF_ENDPOINT']} cannot be reached" in text
        assert waited == 0
    text, waited = said[2]  # an id: the client tries again and again
    assert "cannot read 'user/nope': there is no such file or folder here, and as an id" in text
    assert waited > 1
    text, waited = said[3]
    assert "there is no such file or folder here, and as an id on the Hub: Repo id must" in text
    assert waited == 0
    for name, (text, waited) in zip(names[4:], said[4:], strict=True):
        assert f"there is no file {name!r}: check the path" in text
        assert waited == 0


def test_asked_to_stay_offline(run_python: RunPython, tmp_path: Path) -> None:
    env = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path / "home")}
    ((text, waited),) = json.loads(run_python(SCRIPT, "nope", env=env, cwd=tmp_path))
    assert "there is no such file or folder here" in text
    assert waited == 0
