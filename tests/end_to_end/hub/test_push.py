"""Pushing and loading again, with the real clients over HTTP."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pytest
import yaml

from tests.end_to_end.hub.conftest import Client
from tests.faults.hub import READER, WRITER, Hub

ID = "me/edits"

HAND_WRITTEN = """\
---
# what the Hub shows
license: mit
language:
- no   # not the word, the country
tags:
  - mine
  - lintseq
pretty_name: "Mine: all mine"
odd_field: {a: 1, b: [x, y]}
---

# My dataset

Some *text* of mine.

```yaml
---
not: metadata
---
```

| a | b |
|---|---|
| 1 | 2 |

The end, without a newline"""


def metadata(readme: str) -> dict[str, Any]:
    found = yaml.safe_load(readme.split("---\n")[1])
    assert isinstance(found, dict)
    return found


def check_both(client: Client, name: str = ID) -> None:
    """Both configurations load, whole and streaming, and say how they were made."""
    client.run(f"""
for config, made in (("lintseq", lintseq), ("randseq", randseq)):
    whole = load("{name}", config, split="train")
    assert whole.to_list() == made.to_list(), config
    assert list(load("{name}", config, split="train", streaming=True)) == made.to_list(), config
    assert provenance(whole) == provenance(made) != None, config
""")


# --- push and load -------------------------------------------------------------------


def test_push_and_load(hub: Hub, client: Client) -> None:
    client.run(f'result = push(lintseq, "{ID}").oid')
    assert "data/train-00000-of-00001.parquet" in hub.files(ID)
    client.run(f"""
loaded = load("{ID}", split="train")
assert loaded.to_list() == lintseq.to_list()
assert loaded.features == lintseq.features
assert list(load("{ID}", split="train", streaming=True)) == lintseq.to_list()
assert provenance(loaded) == provenance(lintseq) != None
assert provenance(load("{ID}", split="train", streaming=True)) == provenance(lintseq)
assert provenance(loaded.filter(lambda row: row["num_edits"] > 2)) == provenance(lintseq)
more = datasets.concatenate_datasets([loaded, loaded])
assert provenance(more)["accounting"] is None
""")
    assert len(hub.repositories[ID].messages) == 2  # the empty one, and one commit for everything


def test_pushing_again_changes_nothing(hub: Hub, client: Client) -> None:
    client.run(f'push(lintseq, "{ID}", config_name="lintseq")')
    before = hub.files(ID)
    client.run(f'push(lintseq, "{ID}", config_name="lintseq")')
    assert hub.files(ID) == before
    assert len(hub.repositories[ID].messages) == 2


@pytest.mark.parametrize("order", ["lintseq randseq", "randseq lintseq randseq"])
def test_configurations_in_any_order(hub: Hub, client: Client, order: str) -> None:
    hub.make(ID, {"README.md": HAND_WRITTEN.encode()})
    for name in order.split():
        client.run(f'draw({name}, "{ID}", config_name="{name}")')
    check_both(client)
    readme = hub.readme(ID)
    found = metadata(readme)
    assert {one["config_name"] for one in found["configs"]} == {"lintseq", "randseq"}
    assert {one["config_name"] for one in found["dataset_info"]} == {"lintseq", "randseq"}
    assert found["license"] == "mit"
    assert found["tags"] == ["mine", "lintseq", "synthetic", "lintseq-datasets", "code", "python"]
    assert found["odd_field"] == {"a": 1, "b": ["x", "y"]}
    assert found["pretty_name"] == "Mine: all mine"
    assert found["size_categories"] == ["n<1K"]
    assert "# what the Hub shows" in readme
    assert "# not the word, the country" in readme
    body = HAND_WRITTEN.split("---\n", 2)[2]
    assert body in readme
    for line in HAND_WRITTEN.splitlines():
        assert line in readme
    assert readme.count("\n## Configuration `lintseq`") == 1
    assert readme.count("\n# ") == HAND_WRITTEN.count("\n# "), "a second title"
    assert "![Edits per sequence](figures/comparison/edits.png)" in readme
    pictures = re.findall(r"\]\((figures/[^)]*)\)", readme)
    assert len(set(pictures)) == 12
    for picture in pictures:
        assert hub.files(ID)[picture].startswith(b"\x89PNG")


def test_what_a_person_writes_between_pushes_stays(hub: Hub, client: Client) -> None:
    client.run(f'push(lintseq, "{ID}", config_name="lintseq")')
    readme = hub.readme(ID)
    readme = readme.replace("license: unknown", "license: apache-2.0")
    readme = readme.replace("## Limitations", "## Limitations\n\n- One that I found.", 1)
    notes = "<!-- lintseq-datasets: begin notes"
    readme = readme.replace(notes, f"My words.\n\n{notes}")
    readme += "\nMore of my words.\n"
    repository = hub.repositories[ID]
    repository.commit({**hub.files(ID), "README.md": readme.encode(), "notes.txt": b"mine"}, "main")
    for _ in range(2):
        client.run(f'push(randseq, "{ID}", config_name="randseq")')
        client.run(f'push(lintseq, "{ID}", config_name="lintseq", license="mit")')
    now = hub.readme(ID)
    assert metadata(now)["license"] == "apache-2.0"
    for words in ("- One that I found.", "My words.", "More of my words.", "## Limitations"):
        assert now.count(f"{words}\n") == 1 + (words == "My words.") * 0, words
    assert hub.files(ID)["notes.txt"] == b"mine"
    check_both(client)


def test_our_own_values_follow_the_data(hub: Hub, client: Client) -> None:
    client.run(f'push(lintseq, "{ID}", license="mit", source="a/b")')
    found = metadata(hub.readme(ID))
    assert (found["license"], found["source_datasets"]) == ("mit", ["a/b"])
    client.run(f'push(lintseq, "{ID}", license="apache-2.0", source="c/d")')
    found = metadata(hub.readme(ID))
    assert (found["license"], found["source_datasets"]) == ("apache-2.0", ["c/d"])
    client.run(f'push(randseq, "{ID}", config_name="randseq", license="mit", source="a/b")')
    found = metadata(hub.readme(ID))
    assert (found["license"], found["source_datasets"]) == (["apache-2.0", "mit"], ["c/d", "a/b"])


def test_a_card_of_another_tool_stays_whole(hub: Hub, client: Client) -> None:
    client.run(f"""
other = datasets.Dataset.from_dict({{"a": [1, 2]}})
other.push_to_hub("{ID}", "other")
push(lintseq, "{ID}", config_name="lintseq")
other.push_to_hub("{ID}", "third")
push(randseq, "{ID}", config_name="randseq")
for name in ("other", "third"):
    assert load("{ID}", name, split="train").to_list() == other.to_list()
""")
    check_both(client)
    assert len(metadata(hub.readme(ID))["dataset_info"]) == 4


def test_files_that_were_found_by_themselves_are_still_found(hub: Hub, client: Client) -> None:
    content = client.run("""
other = datasets.Dataset.from_dict({"a": [1, 2]})
other.to_parquet("other.parquet")
result = open("other.parquet", "rb").read().hex()
""")
    hub.make(ID, {"data/train.parquet": bytes.fromhex(content), "README.md": b"# Hand-made\n"})
    hub.storage[hashlib.sha256(bytes.fromhex(content)).hexdigest()] = bytes.fromhex(content)
    client.run(f"""
push(lintseq, "{ID}", config_name="lintseq")
push(randseq, "{ID}", config_name="randseq")
assert load("{ID}", split="train").to_list() == other.to_list()
""")
    check_both(client)


def test_files_of_other_formats(hub: Hub, client: Client) -> None:
    # `datasets` reads all configurations of a repository with one reader
    hub.make(ID, {"train.jsonl": b'{"a": 1}\n', "README.md": b"# Hand-made\n"})
    client.run(f'push(lintseq, "{ID}", config_name="lintseq")')
    assert "are found by their names only" in client.printed
    client.run(f'push(randseq, "{ID}", config_name="randseq")')
    check_both(client)
    named = b"---\nconfigs:\n- config_name: a\n  data_files: train.jsonl\n---\n# Hand-made\n"
    repository = hub.make(ID, {"train.jsonl": b'{"a": 1}\n', "README.md": named})
    error, reason, message = client.fails(f'push(lintseq, "{ID}", config_name="lintseq")')
    assert (error, reason) == ("HubError", "format")
    assert "the configuration 'a' is not of Parquet files" in message
    assert len(repository.messages) == 1


def test_a_second_default_configuration(hub: Hub, client: Client) -> None:
    client.run(f'push(randseq, "{ID}", config_name="a")')
    files = hub.files(ID)
    readme = (
        files["README.md"]
        .decode()
        .replace("config_name: a\n", "config_name: a\n  default: true\n", 1)
    )
    repository = hub.make(ID, {**files, "README.md": readme.encode()})
    error, reason, message = client.fails(f'push(lintseq, "{ID}")')
    assert (error, reason) == ("HubError", "card")
    assert "config_name=" in message
    assert len(repository.messages) == 1
    client.run(f"""
push(lintseq, "{ID}", config_name="lintseq")
assert load("{ID}", split="train").to_list() == randseq.to_list()
assert load("{ID}", "lintseq", split="train").to_list() == lintseq.to_list()
""")


# --- splits --------------------------------------------------------------------------


def test_a_stream_needs_no_cache_that_can_be_written(hub: Hub, client: Client) -> None:
    client.run(f'push(lintseq, "{ID}")')
    read = client.run(f"""
from huggingface_hub import constants
from lintseq_datasets.files.sources import read_source
usual, constants.HF_HUB_CACHE = constants.HF_HUB_CACHE, "/dev/null/nowhere"
try:
    stream = read_source("{ID}", split="train", streaming=True).dataset
    result = [row["completion"] for row in stream]
finally:
    constants.HF_HUB_CACHE = usual
""")
    assert len(read) == 25


def test_splits_come_and_go_by_themselves(hub: Hub, client: Client) -> None:
    client.run(f"""
both = datasets.DatasetDict(train=lintseq.select(range(20)), test=lintseq.select(range(20, 25)))
push(both, "{ID}")
push(lintseq, "{ID}", split="train")
push(lintseq.select([0]), "{ID}", split="validation")
found = load("{ID}")
assert set(found) == {{"train", "test", "validation"}}
assert found["train"].to_list() == lintseq.to_list()
assert found["test"].to_list() == both["test"].to_list()
for split, part in found.items():
    assert provenance(part) == provenance(lintseq), split
""")
    info = metadata(hub.readme(ID))["dataset_info"]
    assert {one["name"]: one["num_examples"] for one in info["splits"]} == {
        "test": 5, "train": 25, "validation": 1,
    }  # fmt: skip
    sizes = [len(c) for path, c in hub.files(ID).items() if path.endswith(".parquet")]
    assert info["download_size"] == sum(sizes)


def test_other_columns_need_all_splits(hub: Hub, client: Client) -> None:
    client.run(f'push(datasets.DatasetDict(train=lintseq, test=lintseq), "{ID}")')
    client.run(
        'chat = refactor(rows, linter="syntax", num_samples=1, output_format="conversational")'
    )
    before = hub.files(ID)
    error, reason, message = client.fails(f'push(chat, "{ID}", split="train")')
    assert (error, reason) == ("HubError", "features")
    assert "'default' has the splits test with other columns" in message
    assert hub.files(ID) == before
    client.run(f"""
push(datasets.DatasetDict(train=chat, test=chat), "{ID}")
assert load("{ID}", split="test").to_list() == chat.to_list()
""")


def test_old_shards_go(hub: Hub, client: Client) -> None:
    client.run(f"""
from lintseq_datasets.hub import push as module
import sys
module = sys.modules["lintseq_datasets.hub.push"]
size, module.SHARD_BYTES = module.SHARD_BYTES, 3000
push(lintseq, "{ID}")
module.SHARD_BYTES = size
assert load("{ID}", split="train").to_list() == lintseq.to_list()
""")
    assert sum(path.endswith(".parquet") for path in hub.files(ID)) > 2
    client.run(f"""
push(randseq, "{ID}")
assert load("{ID}", split="train").to_list() == randseq.to_list()
""")
    assert sum(path.endswith(".parquet") for path in hub.files(ID)) == 1


@pytest.mark.parametrize(
    "output_format", ["pylintseq", "conversational", "tool_calls", "next_edit", "fim"]
)
def test_other_formats(hub: Hub, client: Client, output_format: str) -> None:
    client.run(f"""
made = refactor(rows, linter="syntax", num_samples=2, output_format="{output_format}")
push(made, "{ID}")
assert load("{ID}", split="train").to_list() == made.to_list()
assert list(load("{ID}", split="train", streaming=True)) == made.to_list()
assert provenance(load("{ID}", split="train")) == provenance(made) != None
""")
    assert "### A sample" in hub.readme(ID)


# --- arguments -----------------------------------------------------------------------


def test_branches_and_pull_requests(hub: Hub, client: Client) -> None:
    client.run(f'push(lintseq, "{ID}", revision="dev", private=True, commit_message="Mine")')
    repository = hub.repositories[ID]
    assert repository.private
    assert set(hub.files(ID)) == {".gitattributes"}
    assert "README.md" in hub.files(ID, "dev")
    assert repository.messages[-1] == "Mine"
    assert client.run(f"""
assert load("{ID}", revision="dev", split="train").to_list() == lintseq.to_list()
result = push(lintseq, "{ID}", create_pr=True).pr_url
""").endswith(f"{ID}/discussions/1")
    assert set(hub.files(ID)) == {".gitattributes"}
    assert len(repository.pull_requests) == 1


@pytest.mark.parametrize("path", ["/api/repos/create", "/branch/"])
@pytest.mark.parametrize("status", [409, 503, None])
@pytest.mark.parametrize("late", [False, True])
def test_making_a_repository_and_a_branch(
    hub: Hub, client: Client, path: str, status: int | None, late: bool
) -> None:
    hub.fault("POST", path, status=status, late=late)
    client.run(f'push(lintseq, "{ID}", revision="dev")')
    assert not hub.faults
    assert "README.md" in hub.files(ID, "dev")


def test_hostile_rows(hub: Hub, client: Client) -> None:
    client.run(f"""
evil = ["</td><script>alert(1)</script>", "```\\n---\\nlicense: evil\\n---\\n# x",
        "<!-- lintseq-datasets: begin about -->\\n<!-- lintseq-datasets: end config:a  -->"]
made = refactor(datasets.Dataset.from_dict(dict(
    instruction=evil, response=["x = 1\\n# " + text.replace("\\n", " ") for text in evil],
)), RandSeqConfig())
for name in ("a", "b", "a"):
    push(made, "{ID}", config_name=name, license="mit")
for name in ("a", "b"):
    assert load("{ID}", name, split="train").to_list() == made.to_list()
""")
    readme = hub.readme(ID)
    assert metadata(readme)["license"] == "mit"
    assert len(re.findall("^<!-- lintseq-datasets: begin", readme, re.MULTILINE)) == 4


def test_the_command(hub: Hub, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    printed = client.run(f"""
from click.testing import CliRunner
from lintseq_datasets.cli import main
rows.to_json("rows.jsonl")
def call(*args):
    found = CliRunner().invoke(main, args)
    assert found.exit_code == 0, found.output
    return found.stdout
call("generate", "rows.jsonl", "-o", "made", "--linter", "syntax", "--num-samples", "2", "--quiet")
result = call("push", "made", "{ID}", "--config-name", "lintseq", "--token", "{WRITER}")
made = load("made", split="train")
assert load("{ID}", "lintseq", split="train").to_list() == made.to_list()
assert provenance(load("{ID}", "lintseq", split="train"))["accounting"]["rows_in"] == 13
found = CliRunner().invoke(main, ["push", "made", "{ID}", "--token", "{READER}"])
assert found.exit_code == 2, found.output
assert "no right" in found.stderr and "{READER}" not in found.output
""")
    assert printed.strip().startswith(f"{hub.endpoint}/datasets/{ID}/commit/")
    assert "| rows in | 13 |" in hub.readme(ID)


# --- what is refused -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "reason", "message"),
    [
        ('push(lintseq, "a/b/c")', "ConfigError", None, "repo_id: Repo id must be"),
        ('push(lintseq, "no good")', "ConfigError", None, "repo_id: Repo id must"),
        (f'push(lintseq, "{ID}", config_name="a/b")', "ConfigError", None, "config_name: 'a/b'"),
        (f'push(lintseq, "{ID}", config_name="data")', "ConfigError", None, "config_name: 'data'"),
        (f'push(lintseq, "{ID}", config="a", config_name="b")', "ConfigError", None, "config: is"),
        (f'push(lintseq, "{ID}", split="a-b")', "ConfigError", None, "split: 'a-b' is no name"),
        (f'push(lintseq.to_list(), "{ID}")', "ConfigError", None, "dataset: list is neither"),
        (f'push(lintseq.to_iterable_dataset(), "{ID}")', "ConfigError", None, "is a stream"),
        (f'push(lintseq.select([]), "{ID}")', "ConfigError", None, "'train' has no rows"),
        (f'push(rows, "{ID}")', "ColumnError", None, "not the columns of an edit-sequence"),
        (f'push(lintseq, "{ID}", token=False)', "HubError", "no_token", "there is no token"),
        (f'push(lintseq, "{ID}", token="hf_a b")', "ConfigError", None, "token: holds characters"),
        (f'push(lintseq, "{ID}", token="{READER}")', "HubError", "no_rights", "no right to write"),
        (f'push(lintseq, "{ID}", token="hf_unknown")', "HubError", "no_rights", "does not accept"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("exists", [False, True])
def test_clear_errors_before_any_upload(
    hub: Hub, client: Client, call: str, error: str, reason: str, message: str, exists: bool
) -> None:
    if exists:
        hub.make(ID)
    found = client.fails(call)
    assert found[:2] == (error, reason)
    assert message in found[2]
    assert "\n" not in found[2]
    assert not [path for method, path in hub.requests if method == "PUT" or "/commit/" in path]
    for secret in (READER, "hf_unknown", "hf_a b"):
        assert secret not in client.printed + found[2]


@pytest.mark.parametrize("status", [400, 413, 422])
def test_what_the_hub_refuses_is_not_tried_again(hub: Hub, client: Client, status: int) -> None:
    hub.make(ID)
    hub.fault("POST", "/commit/", status=status, headers={"X-Error-Message": f"not {WRITER}"})
    error, reason, message = client.fails(f'push(lintseq, "{ID}")')
    assert (error, reason) == ("HubError", "refused")
    assert "the Hub refuses" in message
    assert "again" not in message
    assert len([path for _, path in hub.requests if "/commit/" in path]) == 1


def test_figures_that_cannot_be_drawn(hub: Hub, client: Client) -> None:
    found = client.fails(f"""
import sys
before = sys.modules.get("matplotlib")
sys.modules["matplotlib"] = None
try:
    draw(lintseq, "{ID}", figures=True)
finally:
    del sys.modules["matplotlib"]
    if before is not None:
        sys.modules["matplotlib"] = before
""")
    assert found[0] == "MissingExtraError"
    assert hub.requests == []


def test_offline(hub: Hub, client: Client) -> None:
    found = client.fails(f"""
from huggingface_hub import constants
constants.HF_HUB_OFFLINE = True
try:
    push(lintseq, "{ID}")
finally:
    constants.HF_HUB_OFFLINE = False
""")
    assert found[:2] == ("HubError", "offline")
    assert hub.requests == []


def test_metadata_that_are_no_yaml_are_left_alone(hub: Hub, client: Client) -> None:
    hub.make(ID, {"README.md": b"---\nlicense: mit: no\n---\n# Mine\n"})
    before = hub.files(ID)
    found = client.fails(f'push(lintseq, "{ID}")')
    assert found[:2] == ("HubError", "card")
    assert "its metadata are no YAML" in found[2]
    assert hub.files(ID) == before


# --- faults --------------------------------------------------------------------------


def prepare(hub: Hub, client: Client) -> dict[str, bytes]:
    hub.repositories.clear()
    hub.storage.clear()
    hub.make(ID, {"README.md": HAND_WRITTEN.encode()})
    client.run(f'push(randseq, "{ID}", config_name="randseq")')
    hub.requests.clear()
    return hub.files(ID)


def injure(hub: Hub, number: int, **options: Any) -> None:
    """Let the request of a number go wrong, and those like it as long as `times` says."""
    start = len(hub.requests)
    hub.faults.clear()
    hub.fault("", "")
    (fault,) = hub.faults
    fault.matches = lambda _method, _path: len(hub.requests) - start > number
    for name, value in options.items():
        setattr(fault, name, value)


@pytest.mark.parametrize(
    ("status", "late"), [(None, False), (None, True), (503, False), (412, True)]
)
def test_every_request_in_turn_goes_wrong(
    hub: Hub, client: Client, status: int | None, late: bool
) -> None:
    prepare(hub, client)
    number = 0
    while True:
        injure(hub, number, status=status, late=late)
        part = f"lintseq.select(range({number + 1}))"
        answer = client.try_(f'push({part}, "{ID}", config_name="lintseq")')
        went_wrong = not hub.faults
        hub.faults.clear()
        assert "error" not in answer, (number, answer["trace"])
        readme = hub.readme(ID)
        assert HAND_WRITTEN.split("---\n", 2)[2] in readme
        assert len(metadata(readme)["configs"]) == 2
        assert metadata(readme)["dataset_info"][1]["splits"][0]["num_examples"] == number + 1
        if not went_wrong:
            break
        number += 1
    assert number >= 8
    client.run(f'push(lintseq, "{ID}", config_name="lintseq")')
    check_both(client)


@pytest.mark.parametrize("status", [409, 412, 429, 500, 502, 504])
def test_commits_are_tried_again(hub: Hub, client: Client, status: int) -> None:
    prepare(hub, client)
    hub.fault("POST", "/commit/", status=status, times=3)
    client.run(f'push(lintseq, "{ID}", config_name="lintseq")')
    assert not hub.faults
    check_both(client)


def test_a_push_that_dies_leaves_what_was_there_and_can_be_run_again(
    hub: Hub, client: Client
) -> None:
    before = prepare(hub, client)
    number = 0
    while True:
        injure(hub, number, status=None, times=10_000)
        answer = client.try_(f'push(lintseq, "{ID}", config_name="randseq")')
        hub.faults.clear()
        if "error" not in answer:
            break
        assert (answer["error"], answer["reason"]) == ("HubError", "unreachable"), answer["trace"]
        is_pushed = "which could not be read back" in answer["message"]
        assert (hub.files(ID) == before) != is_pushed, number
        number += 2
    assert number >= 8
    client.run(f"""
assert load("{ID}", "randseq", split="train").to_list() == lintseq.to_list()
""")


def test_a_commit_in_between_is_not_lost(hub: Hub, client: Client) -> None:
    prepare(hub, client)
    repository = hub.repositories[ID]

    def meanwhile() -> None:
        text = hub.readme(ID) + "\nWritten meanwhile.\n"
        repository.commit({**hub.files(ID), "README.md": text.encode()}, "main", "meanwhile")

    hub.before_commit = meanwhile
    client.run(f'push(lintseq, "{ID}", config_name="lintseq")')
    assert "\nWritten meanwhile.\n" in hub.readme(ID)
    ours = "Upload lintseq with lintseq-datasets"
    assert repository.messages[-2:] == ["meanwhile", ours]
    check_both(client)


def test_retry_after_is_honoured(hub: Hub, client: Client) -> None:
    hub.make(ID)
    hub.fault("POST", "/commit/", status=429, times=2, headers={"Retry-After": "77"})
    waits = client.run(f'push(lintseq, "{ID}")\nresult = list(waits)')
    assert waits.count(77.0) == 2


def test_waiting_grows_and_ends(hub: Hub, client: Client) -> None:
    hub.make(ID)
    hub.fault("POST", "/commit/", status=503, times=10_000)
    reason, message, waits = client.run(f"""
from lintseq_datasets.errors import HubError
try:
    push(lintseq, "{ID}")
except HubError as error:
    result = [error.reason, str(error), list(waits)]
""")
    assert reason == "unreachable"
    assert "failed 7 times" in message
    commits = [path for _, path in hub.requests if "/commit/" in path]
    assert len(commits) == 7
    # At random around half a second, and around twice as long each time.
    assert len(waits) == 6
    assert all(2**n / 4 <= seconds <= 2**n * 3 / 4 for n, seconds in enumerate(waits))


def test_a_pull_request_is_not_opened_twice(hub: Hub, client: Client) -> None:
    hub.make(ID)
    hub.fault("POST", "/commit/", late=True)
    error, reason, message = client.fails(f'push(lintseq, "{ID}", create_pr=True)')
    assert (error, reason) == ("HubError", "unreachable")
    assert "look whether the pull request was opened" in message
    assert len(hub.repositories[ID].pull_requests) == 1
    hub.fault("POST", "/preupload/")
    client.run(f'push(lintseq, "{ID}", create_pr=True)')
    assert len(hub.repositories[ID].pull_requests) == 2


def test_rows_that_went_through_other_programs(hub: Hub, client: Client) -> None:
    """Two runs of plain `map`, filtered, put together, through pandas, and back from the Hub."""
    client.run("""
import pandas
from lintseq_datasets import FEATURES, lintseq_map, randseq_map
told = {"batched": True, "remove_columns": rows.column_names, "features": FEATURES}
one = rows.map(lintseq_map, **told, fn_kwargs={"linter": "syntax", "num_samples": 2})
two = rows.map(randseq_map, **told, fn_kwargs={"num_samples": 1, "seed": 3})
both = datasets.concatenate_datasets([one.filter(lambda row: row["sample_index"] == 0), two])
both.to_pandas().to_parquet("both.parquet")
""")
    client.run(f'push(datasets.Dataset.from_parquet("both.parquet"), "{ID}")')
    card = hub.files(ID)["README.md"].decode()
    for words in (
        "The rows come from 2 runs.",
        "s = 1, seed = 3` | 13 | 52.0% |",
        "s = 2, seed = 0` | 12 | 48.0% |",
        "instruction from `instruction`, program from `response`",
    ):
        assert words in card, words
    client.run(f"""
loaded = load("{ID}", split="train")
assert provenance(loaded) is None
only = loaded.filter(lambda row: row["method"] == "randseq")
assert provenance(only)["config"]["seed"] == 3
""")
