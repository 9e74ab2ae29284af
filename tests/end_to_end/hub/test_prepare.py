"""Sources and benchmarks by their ids on the Hub, with the real clients over HTTP."""

from __future__ import annotations

import hashlib
import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.conftest import ROOT
from tests.end_to_end.hub.conftest import Client
from tests.end_to_end.standins import (
    HUMAN_EVAL,
    MAGICODER,
    MAGICODER_ID,
    MBPP,
    SELF_OSS,
    SELF_OSS_ID,
)
from tests.faults.hub import Hub

CARD = "---\nlicense: {}\nconfigs:\n- config_name: default\n  data_files:\n  - split: {}\n    path: {}\n---\n"  # noqa: E501


def lines(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def parquet(hub: Hub, rows: list[dict[str, Any]]) -> bytes:
    """The content of a file, which the storage has too."""
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), buffer)
    content = buffer.getvalue()
    hub.storage[hashlib.sha256(content).hexdigest()] = content
    return content


def fill(hub: Hub, license: str = "odc-by") -> None:
    card = CARD.format(license, "train", "data/train-*").encode()
    path = "data/train-00000-of-00001.parquet"
    hub.make(SELF_OSS_ID, {"README.md": card, path: parquet(hub, SELF_OSS)})
    card = CARD.format("mit", "train", "data.jsonl").encode()
    hub.make(MAGICODER_ID, {"README.md": card, "data.jsonl": lines(MAGICODER)})
    hub.make("openai/openai_humaneval", {"test.jsonl": lines(HUMAN_EVAL)})
    other = lines([{**MBPP[0], "task_id": 902}])
    mbpp = {"test.jsonl": lines(MBPP), "train.jsonl": other}
    hub.make("google-research-datasets/mbpp", mbpp)


def test_the_recipe_of_the_paper_by_ids(hub: Hub, client: Client) -> None:
    fill(hub)
    found = client.run(f"""
from lintseq_datasets.prepare import load_recipe, prepare
found = prepare(**load_recipe({str(ROOT / "examples" / "paper_sources.yaml")!r}))
result = [found.dataset.to_list(), found.report.as_dict()]
""")
    rows, report = found
    assert [row["source"] for row in rows] == [SELF_OSS_ID] * 3 + [MAGICODER_ID] * 2
    assert [row["license"] for row in rows] == ["odc-by"] * 3 + ["mit"] * 2
    for source, name in zip(report["sources"], (SELF_OSS_ID, MAGICODER_ID), strict=True):
        assert source["repository"] == name
        assert source["revision"] == hub.repositories[name].branches["main"]
    assert report["dropped"] == {"duplicate": 2, "other_language": 1}


def test_licenses_of_cards_and_benchmarks_by_ids(hub: Hub, client: Client) -> None:
    fill(hub, license="other\nlicense_name: mine")
    found = client.run(f"""
from lintseq_datasets.prepare import Source, prepare
found = prepare(
    [Source("{SELF_OSS_ID}", instruction_column="instruction", program_column="response"),
     Source("{MAGICODER_ID}", language="python")],
    ["openai/openai_humaneval", "google-research-datasets/mbpp"],
)
result = [found.dataset.to_list(), found.report.as_dict()]
""")
    rows, report = found
    assert [(row["program"], row["license"]) for row in rows] == [
        ("squares = [n * n for n in range(10)]\nprint(squares)", "mine"), ("print(1)", "mit"),
    ]  # fmt: skip
    assert [(one["benchmark"], one["tasks"]) for one in report["benchmarks"]] == [
        ("openai/openai_humaneval", 1), ("google-research-datasets/mbpp", 2),
    ]  # fmt: skip
    assert [one["source_id"] for one in report["contaminated"]] == ["0", "3"]


def test_the_command_by_ids(hub: Hub, client: Client) -> None:
    fill(hub)
    found = client.run(f"""
from click.testing import CliRunner
from lintseq_datasets.cli import main
done = CliRunner().invoke(main, ["prepare", "{MAGICODER_ID},split=train,language=python",
    "--benchmark", "google-research-datasets/mbpp,split=test", "-o", "by-ids.jsonl"])
result = [done.exit_code, done.output, open("by-ids.jsonl").read()]
""")
    assert found[0] == 0, found[1]
    rows = [json.loads(line) for line in found[2].splitlines()]
    assert [(row["source"], row["source_id"], row["license"]) for row in rows] == [
        (MAGICODER_ID, "0", "mit"), (MAGICODER_ID, "2", "mit"),
    ]  # fmt: skip


def test_what_is_not_on_the_hub(hub: Hub, client: Client) -> None:
    fill(hub)
    code = "from lintseq_datasets.prepare import prepare; prepare(['{}'], [{}])"
    error, _, message = client.fails(code.format("me/nothing", ""))
    assert (error, "me/nothing" in message) == ("ConfigError", True)
    error, _, message = client.fails(code.format(MAGICODER_ID, "'me/no-benchmark'"))
    assert (error, "me/no-benchmark" in message) == ("ConfigError", True)


def test_a_source_that_datasets_has_loaded_is_known(hub: Hub, client: Client) -> None:
    """`datasets` itself keeps neither the id nor the commit of what it has loaded."""
    fill(hub)
    found = client.run(f"""
from datasets import load_dataset
from lintseq_datasets.mapping.origin import source_of
result = [
    source_of(load_dataset(name, split="train", streaming=streaming).filter(lambda row: True))
    for name in ({MAGICODER_ID!r}, {SELF_OSS_ID!r})
    for streaming in (False, True)
]
""")
    for number, source in enumerate(found):
        name = (MAGICODER_ID, SELF_OSS_ID)[number // 2]
        assert source["repository"] == name
        assert source["revision"] == hub.repositories[name].branches["main"]
        assert source["license"] == ("mit", "odc-by")[number // 2]
