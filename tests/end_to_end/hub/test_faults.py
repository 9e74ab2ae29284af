"""A Hub that lies, breaks off or points elsewhere: an error with a reason, and nothing is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.end_to_end.hub.conftest import Client
from tests.end_to_end.hub.test_push import HAND_WRITTEN, ID, check_both, injure, metadata, prepare
from tests.faults.hub import WRITER, Fault, Hub, store

PUSH = f'push(lintseq, "{ID}", config_name="lintseq")'
DEEP = "".join(f"\n{'  ' * depth}a:" for depth in range(100))
LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "\n".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)
)


# --- what is not there ---------------------------------------------------------------


@pytest.mark.parametrize("path", ["/tree/", "README.md", "/revision/|datasets/me/edits$"])
@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (404, {}, None),
        (404, {"X-Error-Code": "EntryNotFound"}, None),
        (200, {}, b"[]"),
        (200, {}, b"null"),
        (200, {}, b'"x"'),
        (200, {}, b"<html>"),
        (200, {}, b""),
    ],
)
@pytest.mark.parametrize("times", [1, 10_000])
def test_what_is_there_is_never_taken_for_absent(
    hub: Hub,
    client: Client,
    path: str,
    status: int,
    headers: dict[str, str],
    body: bytes,
    times: int,
) -> None:
    before = prepare(hub, client)
    hub.fault("GET", path, status=status, headers=headers, body=body, times=times)
    answer = client.try_(f'push(lintseq, "{ID}", config_name="randseq")')
    hub.faults.clear()
    if "error" in answer:
        assert answer["error"] == "HubError", answer["trace"]
        is_pushed = "push" in answer["message"].lower() and "commit" in answer["message"]
        assert hub.files(ID) == before or is_pushed, answer["message"]
    now = hub.readme(ID)
    assert HAND_WRITTEN.split("---\n", 2)[2] in now
    client.run(PUSH)
    assert {one["config_name"] for one in metadata(hub.readme(ID))["configs"]} == {
        "lintseq", "randseq",
    }  # fmt: skip
    names = [name for name in hub.files(ID) if name.startswith("randseq/")]
    assert len(names) == 1


@pytest.mark.parametrize("headers", [{}, {"X-Error-Code": "EntryNotFound"}])
def test_old_shards_go_though_a_listing_was_not_found(
    hub: Hub, client: Client, headers: dict[str, str]
) -> None:
    client.run(f"""
import sys
module = sys.modules["lintseq_datasets.hub.push"]
size, module.SHARD_BYTES = module.SHARD_BYTES, 3000
push(lintseq, "{ID}")
module.SHARD_BYTES = size
""")
    assert sum(name.endswith(".parquet") for name in hub.files(ID)) > 2
    hub.fault("GET", "/tree/", status=404, headers=headers)
    client.run(f"""
push(randseq, "{ID}")
assert load("{ID}", split="train").to_list() == randseq.to_list()
""")
    assert not hub.faults
    assert sum(name.endswith(".parquet") for name in hub.files(ID)) == 1


def test_one_strange_answer_to_any_request(hub: Hub, client: Client) -> None:
    """One of every kind, in turn, so that each request meets some of them."""
    strange: list[dict[str, Any]] = [
        {"status": 404}, {"status": 200, "body": b"[]"}, {"status": 200, "body": b"{}"},
        {"status": 200, "body": b"<html>"}, {"status": 404, "headers": {"X-Error-Code": "x"}},
    ]  # fmt: skip
    for number in range(40):
        before = prepare(hub, client)
        injure(hub, number, **strange[number % len(strange)])
        answer = client.try_(PUSH)
        went_wrong = not hub.faults
        hub.faults.clear()
        readme = hub.readme(ID)
        assert HAND_WRITTEN.split("---\n", 2)[2] in readme
        if "error" in answer:
            assert answer["error"] == "HubError", (number, answer["trace"])
            is_said = "commit" in answer["message"]
            assert hub.files(ID) == before or is_said, (number, answer["message"])
        client.run(PUSH)
        assert len(metadata(hub.readme(ID))["configs"]) == 2
        if not went_wrong:
            break
    assert 8 <= number < 39
    check_both(client)


# --- what was pushed -----------------------------------------------------------------


def lose(name: str) -> Callable[[dict[str, bytes]], None]:
    return lambda files: files.pop(name, None) and None


def spoil(name: str) -> Callable[[dict[str, bytes]], None]:
    return lambda files: files.update({name: files[name][:-1] + b"?"})


@pytest.mark.parametrize(
    ("lie", "said"),
    [
        (lose("lintseq/train-00000-of-00001.parquet"), "train-00000-of-00001.parquet is gone"),
        (lose("randseq/train-00000-of-00001.parquet"), "train-00000-of-00001.parquet is gone"),
        (spoil("lintseq/train-00000-of-00001.parquet"), "is another file"),
        (spoil("README.md"), "README.md is another text"),
        (lambda files: files.update({"more.txt": b""}), "more.txt came from nowhere"),
    ],
)
def test_a_commit_that_holds_something_else(
    hub: Hub, client: Client, lie: Callable[[dict[str, bytes]], None], said: str
) -> None:
    prepare(hub, client)
    hub.on_commit = lie
    error, reason, message = client.fails(PUSH)
    assert (error, reason) == ("HubError", "differs")
    assert said in message
    assert "Push again, or go back to the commit " in message
    client.run(PUSH)
    client.run(f'assert load("{ID}", "lintseq", split="train").to_list() == lintseq.to_list()')


def test_rows_that_the_storage_has_lost(hub: Hub, client: Client) -> None:
    hub.make(ID)
    client.run("small = lintseq.select(range(3))")
    client.run(f'push(small, "{ID}-other")')
    (content,) = (c for n, c in hub.files(f"{ID}-other").items() if n.endswith(".parquet"))
    hub.fault("GET", "/storage/", status=206, body=content)
    error, reason, message = client.fails(PUSH)
    assert (error, reason) == ("HubError", "differs")
    assert "the split train has 3 rows instead of 25" in message


# --- cards that nobody can edit ------------------------------------------------------


@pytest.mark.parametrize(
    ("readme", "said"),
    [
        (b"---\na: &a [*a]\n---\n", "hold themselves"),
        (b"---\na: &a\n  b: *a\n---\n", "hold themselves"),
        (b"---" + DEEP.encode() + b" 1\n---\n", "too deep"),
        (b"---\na: " + b"[" * 3000 + b"]" * 3000 + b"\n---\n", "too deep"),
        (b"---\n" + LAUGHS.encode() + b"\n---\n", "too many"),
        (b"---\na: b\n---\n# \xff\xfe\n", "is no UTF-8 text (invalid start byte at byte 15"),
        ("---\nlicense: mit\n---\n# ä".encode("latin-1"), "is no UTF-8 text"),
        (b"---\n- a\n- b\n---\n", ""),
        (b"---\nconfigs: 7\n---\n", "configs"),
        (b"---\ndataset_info: [7]\n---\n", "dataset_info"),
        (b"---\nconfigs: &c\n- config_name: a\n  data_files: *c\n---\n", "hold themselves"),
    ],
)  # fmt: skip
def test_cards(hub: Hub, client: Client, readme: bytes, said: str) -> None:
    hub.make(ID, {"README.md": readme})
    before = hub.files(ID)
    if not said:  # text between two rulers
        client.run(PUSH)
        assert hub.readme(ID).endswith(readme.decode()) or readme.decode() in hub.readme(ID)
        return
    error, reason, message = client.fails(PUSH)
    assert (error, reason) == ("HubError", "card")
    assert said in message
    assert hub.files(ID) == before


@pytest.mark.parametrize(
    "call",
    [
        f'push(lintseq, "{ID}", config_name="README.md")',
        f'push(lintseq, "{ID}", config_name="readme.MD")',
        f'push(lintseq, "{ID}", config_name="notes.txt")',
        f'push(lintseq, "{ID}", config_name="x" * 300)',
        f'push(lintseq, "{ID}", split="x" * 300)',
        f'push({{"x" * 300: lintseq}}, "{ID}")',
        'push(lintseq, "me/" + "x" * 300)',
    ],
)
def test_names(hub: Hub, client: Client, call: str) -> None:
    hub.make(ID, {"notes.txt": b"mine"})
    before = hub.files(ID)
    error, reason, message = client.fails(call)
    assert (error, reason) == ("HubError", "name")
    assert len(message) < 200
    assert hub.files(ID) == before
    assert list(hub.repositories) == [ID]


# --- another host --------------------------------------------------------------------


@pytest.fixture
def stranger() -> Iterator[list[str | None]]:
    """A second server, and the headers with a token that it got."""
    seen: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            seen.append(self.headers.get("Authorization"))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"[]")

        do_GET = do_HEAD = do_POST = do_PUT = _serve  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    seen.append(str(server.server_address[1]))
    yield seen
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("how", ["301", "302", "307", "308", "pages", "verify"])
def test_the_token_goes_nowhere_else(
    hub: Hub, client: Client, stranger: list[str | None], host: str, how: str
) -> None:
    hub.make(ID, {"README.md": b"# Mine\n"})
    there = f"http://{host}:{stranger.pop()}"
    if how == "verify":
        hub.verify_at = there
    elif how == "pages":
        hub.fault(
            "GET", "/tree/", status=200, body=b"[]", headers={"Link": f'<{there}/2>; rel="next"'}
        )
    else:
        hub.faults.append(
            Fault(lambda _m, p: "/storage/" not in p, int(how), 10_000, headers={"Location": there})
        )
    client.try_(f"import lintseq_datasets\n{PUSH}")
    hub.faults.clear()
    assert stranger, "nothing went there"
    assert not any(WRITER in (header or "") for header in stranger), stranger


def test_an_upload_that_is_sent_elsewhere(hub: Hub, client: Client) -> None:
    before = prepare(hub, client)
    hub.fault("PUT", "/storage/", status=307, headers={"Location": f"{hub.endpoint}/no"}, body=b"")
    hub.faults[-1].times = 10_000
    kind, reason, _ = client.fails(PUSH)
    assert (kind, reason) == ("HubError", "unreachable")
    assert hub.files(ID) == before


@pytest.mark.parametrize(
    "strange",
    [{"status": None}, {"status": 200, "body": b"[]"}, {"status": 200, "body": b"<html>"}],
)
def test_reading_from_a_hub_that_lies(hub: Hub, client: Client, strange: dict[str, Any]) -> None:
    store(hub, hub.make("me/rows", {"rows.jsonl": b'{"code": "x = 1"}\n'}))
    code = "from lintseq_datasets.files.sources import read_source\n"
    code += 'result = read_source("me/rows", streaming=True) is not None'
    assert client.run(code)
    for number in range(len(hub.requests)):
        injure(hub, number, times=10_000, **strange)
        answer = client.try_(code)
        hub.faults.clear()
        assert answer.get("error", "ConfigError") == "ConfigError", answer["trace"]


def test_a_name_that_may_be_a_path_with_a_slip(hub: Hub, client: Client) -> None:
    """The Hub is asked once whether it is there; if not, what was read before is still found."""
    store(hub, hub.make("me/rows", {"rows.jsonl": b'{"code": "x = 1"}\n'}))
    code = "import os\nfrom lintseq_datasets.files.sources import read_source\n"
    code += 'os.makedirs("me", exist_ok=True)\n'  # so that me/rows could be a file in it
    read = 'result = list(read_source("me/rows").dataset)'
    assert client.run(code + read) == [{"code": "x = 1"}]
    error, _, message = client.fails('read_source("me/nothing")')
    assert error == "ConfigError"
    assert "no such file or folder here, and as an id on the Hub: Dataset 'me/nothing'" in message
    away = "usual, datasets.config.HF_ENDPOINT = datasets.config.HF_ENDPOINT, 'http://127.0.0.1:1'"
    client.run(away)
    try:
        before = len(hub.requests)
        assert client.run(read) == [{"code": "x = 1"}]
        assert "127.0.0.1:1 cannot be reached" in client.fails('read_source("me/nothing")')[2]
        assert len(hub.requests) == before
    finally:
        client.run("datasets.config.HF_ENDPOINT = usual\nos.rmdir('me')")
