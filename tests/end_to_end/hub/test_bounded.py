"""Gigantic rows and bombs on the Hub are refused, streamed or not."""

from __future__ import annotations

import gzip
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.end_to_end.hub.conftest import Client
from tests.faults.hub import Hub, store

READ = """
from lintseq_datasets.files import bounds
from lintseq_datasets.files.sources import read_source
bounds.MOST_ROW_BYTES, bounds.MOST_GROUP_BYTES, bounds.LEAST_BOMB = 2_000_000, 9_000_000, 9_000_000
result = sum(1 for _ in read_source("me/rows", streaming={}).dataset)
"""


def parquet(texts: list[str]) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"code": texts}), buffer)
    return buffer.getvalue()


LINE = json.dumps({"code": "x = 1\n" * 100}).encode() + b"\n"
CSV = b'code,n\n"x = ""1""\n",5" pipe\n' * 10
BAD = {
    "rows.jsonl": (LINE * 3 + b'{"code": "' + b"x" * 3_000_000 + b'"}\n', "line 4: a row of"),
    "rows.jsonl.gz": (gzip.compress(LINE * 20_000), "unfolds to more than 200 times"),
    "list.jsonl": (b"[" + b",".join([LINE] * 16_000) + b"]", "is one text of more than"),
    "broken.jsonl": (LINE * 16_000 + b"{\n", "JSON parse error"),  # and is not read as a whole
    "rows.csv": (CSV + b'"x\n' + b"y,1\n" * 800_000, "line 31: a row of more than"),
    "rows.parquet": (parquet(["x" * 1_900_000] * 9), "row group 0 is of"),
    "long.parquet": (parquet(["x", "y" * 2_100_000]), "row group 0, row 1: a row of"),
}


@pytest.mark.parametrize("is_streaming", [True, False])
def test_bounds(hub: Hub, client: Client, is_streaming: bool) -> None:
    for name, (content, problem) in BAD.items():
        store(hub, hub.make("me/rows", {name: content}))
        kind, _, message = client.fails(READ.format(is_streaming))
        assert problem in message, name
        if name != "broken.jsonl":
            assert kind == "ConfigError"
            assert name in message


@pytest.mark.parametrize("is_streaming", [True, False])
def test_what_is_within_bounds(hub: Hub, client: Client, is_streaming: bool) -> None:
    texts = ["x = 1\n" * 100] * 500
    good = {
        "rows.jsonl": LINE * 500,
        "rows.jsonl.gz": gzip.compress(LINE * 500),
        "rows.json": b"[" + b",".join([LINE] * 500) + b"]",
        "rows.csv": b"code,n\n" + b'"x = ""1""\n",5" pipe\n' * 500,
        "rows.parquet": parquet(texts),
    }
    for name, content in good.items():
        store(hub, hub.make("me/rows", {name: content}))
        assert client.run(READ.format(is_streaming)) == 500, name
