"""Names that are neither a path here nor, as far as can be seen, on the Hub."""

from __future__ import annotations

import json
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

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


class Refusing(BaseHTTPRequestHandler):
    """A Hub that refuses every request."""

    def do_GET(self) -> None:
        self.send_error(401)

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Nothing."""


def test_where_the_hub_refuses(run_python: RunPython, tmp_path: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        env = {
            "HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}", "NO_PROXY": "*",
            "HF_HOME": str(tmp_path / "home"), "HF_DATASETS_OFFLINE": "0",
        }  # fmt: skip
        said = json.loads(run_python(SCRIPT, "nope", "user/nope", env=env, cwd=tmp_path))
        server.shutdown()
    for text, _ in said:
        assert "there is no such file or folder here, and as an id on the Hub: " in text
        assert "401" in text


IN_CACHE = """
import os, sys, datasets
from datasets.arrow_writer import ArrowWriter
from lintseq_datasets.files.sources import read_source
folder = os.path.join(datasets.config.HF_DATASETS_CACHE, "rows", "default", "0.0.0", "0" * 40)
os.makedirs(folder)
features = datasets.Features({"code": datasets.Value("string")})
with ArrowWriter(features=features, path=os.path.join(folder, "rows-train.arrow")) as writer:
    writer.write({"code": "a = 1"})
    size = writer.finalize()[1]
split = {"name": "train", "num_bytes": size, "num_examples": 1, "dataset_name": "rows"}
datasets.DatasetInfo(features=features, builder_name="parquet", dataset_name="rows",
    config_name="default", version="0.0.0", splits={"train": split}).write_to_directory(folder)
import logging
logging.basicConfig(stream=sys.stdout, format="%(message)s")
print(list(read_source("rows").dataset))
"""


def test_a_dataset_in_the_cache_is_said_to_be_from_there(
    run_python: RunPython, tmp_path: Path
) -> None:
    for offline in ("0", "1"):
        home = str(tmp_path / offline)
        env = {"HF_ENDPOINT": "http://127.0.0.1:9", "NO_PROXY": "*", "HF_HOME": home}
        env |= {"HF_HUB_OFFLINE": offline, "HF_DATASETS_OFFLINE": offline}
        printed = run_python(IN_CACHE, env=env, cwd=tmp_path)
        assert "rows: the Hub was not asked, or gave no answer: read from the cache" in printed
        assert "[{'code': 'a = 1'}]" in printed


def test_asked_to_stay_offline(run_python: RunPython, tmp_path: Path) -> None:
    env = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path / "home")}
    ((text, waited),) = json.loads(run_python(SCRIPT, "nope", env=env, cwd=tmp_path))
    assert "there is no such file or folder here" in text
    assert waited == 0
