"""Pushing and loading again, with the real clients over HTTP."""

from __future__ import annotations

from tests.end_to_end.hub.conftest import Client
from tests.end_to_end.hub.server import Hub

ID = "me/edits"


def test_push_and_load(hub: Hub, client: Client) -> None:
    client.run(f'info = push(lintseq, "{ID}")\nresult = info.oid')
    files = hub.files(ID)
    assert "data/train-00000-of-00001.parquet" in files
    assert (
        client.run(f"""
loaded = load("{ID}", split="train")
assert loaded.to_list() == lintseq.to_list()
assert loaded.features == lintseq.features
stream = list(load("{ID}", split="train", streaming=True))
assert stream == lintseq.to_list()
assert provenance(loaded) == provenance(lintseq) != None
assert provenance(load("{ID}", split="train", streaming=True)) == provenance(lintseq)
result = loaded.num_rows
""")
        == 25
    )
