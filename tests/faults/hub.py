"""A Hub on 127.0.0.1: enough of it for `datasets` and `huggingface_hub`, with faults on demand.

The host of the storage is `localhost`, that of the rest 127.0.0.1, because the clients treat
redirects to another host differently.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import itertools
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml

_numbers = itertools.count()
WRITER, READER = "hf_writerwriterwriter", "hf_readerreaderreader"


@dataclass
class Repository:
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    pull_requests: list[str] = field(default_factory=list)
    private: bool = False

    def commit(self, files: dict[str, bytes], branch: str, message: str = "") -> str:
        # no two alike, because the clients remember what a commit holds
        name = hashlib.sha1(f"commit {next(_numbers)}".encode()).hexdigest()
        self.commits[name] = files
        self.branches[branch] = name
        self.messages.append(message)
        return name

    def at(self, revision: str) -> str | None:
        revision = self.branches.get(revision, revision)
        return revision if revision in self.commits else None


@dataclass
class Fault:
    """What happens instead of an answer.

    Args:
        matches: Decides by method and path.
        status: Status to answer with; None cuts the connection.
        times: How often.
        late: Whether the request is carried out first, and only the answer is lost.
        headers: Of the answer.
        body: Of the answer.
    """

    matches: Callable[[str, str], bool]
    status: int | None = None
    times: int = 1
    late: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None


class Hub:
    """The state of the Hub."""

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        self.storage: dict[str, bytes] = {}
        self.requests: list[tuple[str, str]] = []
        self.faults: list[Fault] = []
        self.before_commit: Callable[[], None] | None = None
        self.on_commit: Callable[[dict[str, bytes]], None] | None = None
        """Changes the files of the next commit, as a Hub that lies."""
        self.verify_at: str | None = None
        """Another host at which uploads are to be confirmed."""
        self.lock = threading.RLock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def make(self, name: str, files: dict[str, bytes] | None = None) -> Repository:
        repository = self.repositories[name] = Repository()
        repository.commit({".gitattributes": b"", **(files or {})}, "main")
        return repository

    def files(self, name: str, branch: str = "main") -> dict[str, bytes]:
        repository = self.repositories[name]
        return repository.commits[repository.branches[branch]]

    def readme(self, name: str, branch: str = "main") -> str:
        return self.files(name, branch)["README.md"].decode()

    def fault(self, method: str, path: str, **options: Any) -> None:
        self.faults.append(Fault(lambda m, p: m == method and bool(re.search(path, p)), **options))

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def store(hub: Hub, repository: Repository) -> None:
    """Let the storage have the files of a repository that was made with them."""
    for files in repository.commits.values():
        hub.storage.update({_oid(content, True): content for content in files.values()})


class _AnswerError(Exception):
    def __init__(self, status: int, body: Any = b"", **headers: str) -> None:
        self.status = status
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:  # noqa: C901
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # or each answer takes 40 ms
        wbufsize = -1

        def log_message(self, *_: Any) -> None:
            pass

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self._chunks() if "chunked" in self.headers.get("Transfer-Encoding", "") else (
                self.rfile.read(length)
            )  # fmt: skip
            with hub.lock:
                hub.requests.append((self.command, self.path))
                fault = next((f for f in hub.faults if f.matches(self.command, self.path)), None)
                if fault is not None:
                    fault.times -= 1
                    if not fault.times:
                        hub.faults.remove(fault)
            if fault is not None and not fault.late:
                self._fail(fault)
                return
            try:
                route(hub, self.command, self.path, dict(self.headers), body)
                answer = _AnswerError(404, {"error": "no such route"})
            except _AnswerError as found:
                answer = found
            if fault is not None:
                self._fail(fault)
                return
            self._send(answer)

        do_GET = do_HEAD = do_POST = do_PUT = _serve  # noqa: N815

        def _chunks(self) -> bytes:
            parts = []
            while size := int(self.rfile.readline().strip() or b"0", 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            return b"".join(parts)

        def _fail(self, fault: Fault) -> None:
            if fault.status is None:
                self.close_connection = True
                self.connection.close()
            else:
                body = {"error": "injected"} if fault.body is None else fault.body
                self._send(_AnswerError(fault.status, body, **fault.headers))

        def _send(self, answer: _AnswerError) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if "Content-Length" not in answer.headers:
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        def finish(self) -> None:
            with contextlib.suppress(OSError, ValueError):  # the connection was cut
                super().finish()

    return Handler


# --- routes --------------------------------------------------------------------------


def route(hub: Hub, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
    """Answer a request by raising the answer."""
    parts = urlsplit(path)
    token = headers.get("authorization", headers.get("Authorization", "")).removeprefix("Bearer ")
    for wanted, pattern, function in _ROUTES:
        match = re.fullmatch(pattern, unquote(parts.path))
        if match and method in wanted.split():
            with hub.lock:
                function(hub, *match.groups(), query=parts.query, token=token, body=body,
                         headers=headers)  # fmt: skip


def _writable(token: str) -> None:
    if token == READER:
        raise _AnswerError(
            403, {"error": "you have no rights"}, X_Error_Message="you have no rights"
        )
    if token != WRITER:
        raise _AnswerError(401, {"error": "Invalid credentials"},
                      X_Error_Message="Invalid credentials in Authorization header")  # fmt: skip


def _repository(hub: Hub, name: str) -> Repository:
    if name not in hub.repositories:
        raise _AnswerError(404, {"error": "Repository not found"}, X_Error_Code="RepoNotFound")
    return hub.repositories[name]


def _at(hub: Hub, name: str, revision: str) -> tuple[Repository, str]:
    repository = _repository(hub, name)
    commit = repository.at(revision)
    if commit is None:
        raise _AnswerError(404, {"error": "Revision not found"}, X_Error_Code="RevisionNotFound")
    return repository, commit


def _info(hub: Hub, name: str, revision: str | None = None, **_: Any) -> None:
    repository, commit = _at(hub, name, revision or "main")
    siblings = [{"rfilename": path} for path in sorted(repository.commits[commit])]
    raise _AnswerError(200, {"id": name, "sha": commit, "private": repository.private,
                        "siblings": siblings, "tags": []})  # fmt: skip


def _create(hub: Hub, *, token: str, body: bytes, **_: Any) -> None:
    _writable(token)
    wanted = json.loads(body)
    name = f"{wanted.get('organization') or 'me'}/{wanted['name']}"
    url = f"{hub.endpoint}/datasets/{name}"
    if name in hub.repositories:
        raise _AnswerError(409, {"error": "You already created this dataset repo", "url": url})
    # the second is what older clients send
    private = wanted.get("visibility") == "private" or wanted.get("private", False)
    hub.make(name).private = private
    raise _AnswerError(200, {"url": url, "name": name})


def _branch(hub: Hub, name: str, branch: str, *, token: str, **_: Any) -> None:
    repository = _repository(hub, name)
    _writable(token)
    if branch in repository.branches:
        raise _AnswerError(409, {"error": "Reference already exists"})
    repository.branches[branch] = repository.branches["main"]
    raise _AnswerError(200, {})


def _preupload(hub: Hub, name: str, revision: str, *, token: str, body: bytes, **_: Any) -> None:
    repository, commit = _at(hub, name, revision)
    _writable(token)
    files = []
    for file in json.loads(body)["files"]:
        found = repository.commits[commit].get(file["path"])
        mode = "lfs" if file["path"].endswith((".parquet", ".png")) else "regular"
        oid = {} if found is None else {"oid": _oid(found, mode == "lfs")}
        files.append({"path": file["path"], "uploadMode": mode, "shouldIgnore": False, **oid})
    raise _AnswerError(200, {"files": files})


def _oid(content: bytes, is_lfs: bool) -> str:
    if is_lfs:
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _batch(hub: Hub, name: str, *, token: str, body: bytes, **_: Any) -> None:
    _repository(hub, name)
    _writable(token)
    objects = []
    for wanted in json.loads(body)["objects"]:
        actions = {
            "upload": {"href": f"http://localhost:{hub.port}/storage/{wanted['oid']}"},
            "verify": {"href": f"{hub.verify_at or hub.endpoint}/verify/{wanted['oid']}"},
        }
        known = wanted["oid"] in hub.storage
        objects.append({**wanted, **({} if known else {"actions": actions})})
    raise _AnswerError(200, {"transfer": "basic", "objects": objects})


def _put(hub: Hub, oid: str, *, body: bytes, headers: dict[str, str], **_: Any) -> None:
    assert not any(name.lower() == "authorization" for name in headers), "the token leaks"
    if hashlib.sha256(body).hexdigest() != oid:
        raise _AnswerError(400, {"error": "wrong content"})
    hub.storage[oid] = body
    raise _AnswerError(200, {})


def _verify(hub: Hub, oid: str, **_: Any) -> None:
    raise _AnswerError(200 if oid in hub.storage else 404, {})


def _tree(hub: Hub, name: str, revision: str, folder: str | None, *, query: str, **_: Any) -> None:
    repository, commit = _at(hub, name, revision)
    prefix = f"{folder.strip('/')}/" if folder else ""
    entries: dict[str, dict[str, Any]] = {}
    for path, content in sorted(repository.commits[commit].items()):
        if not path.startswith(prefix):
            continue
        parts = path.removeprefix(prefix).split("/")
        for depth in range(1, len(parts)):
            sub = prefix + "/".join(parts[:depth])
            if depth == 1 or "recursive=True" in query or "recursive=true" in query:
                entries[sub] = {"type": "directory", "oid": "0" * 40, "size": 0, "path": sub}
        if len(parts) == 1 or "recursive=True" in query or "recursive=true" in query:
            lfs = {"oid": _oid(content, True), "size": len(content), "pointerSize": 100}
            is_lfs = path.endswith((".parquet", ".png"))
            entries[path] = {"type": "file", "oid": _oid(content, False), "size": len(content),
                             "path": path, **({"lfs": lfs} if is_lfs else {})}  # fmt: skip
    if prefix and not entries:
        raise _AnswerError(404, {"error": "no such folder"}, X_Error_Code="EntryNotFound")
    raise _AnswerError(200, list(entries.values()))


def _paths(hub: Hub, name: str, revision: str, *, body: bytes, **_: Any) -> None:
    repository, commit = _at(hub, name, revision)
    wanted = json.loads(body)["paths"] if body.startswith(b"{") else []
    files = repository.commits[commit]
    raise _AnswerError(200, [
        {"type": "file", "oid": _oid(files[path], False), "size": len(files[path]), "path": path}
        for path in wanted if path in files
    ])  # fmt: skip


def _resolve(hub: Hub, name: str, revision: str, path: str, **_: Any) -> None:
    repository, commit = _at(hub, name, revision)
    content = repository.commits[commit].get(path)
    if content is None:
        raise _AnswerError(404, b"", X_Error_Code="EntryNotFound", X_Repo_Commit=commit)
    if not path.endswith((".parquet", ".png")):
        raise _AnswerError(200, content, X_Repo_Commit=commit, ETag=f'"{_oid(content, False)}"')
    oid = _oid(content, True)
    raise _AnswerError(302, b"", X_Repo_Commit=commit, X_Linked_ETag=f'"{oid}"',
                  X_Linked_Size=str(len(content)), ETag=f'"{oid}"',
                  Location=f"http://localhost:{hub.port}/storage/{oid}")  # fmt: skip


def _stored(hub: Hub, oid: str, *, headers: dict[str, str], **_: Any) -> None:
    content = hub.storage[oid]
    wanted = next((v for n, v in headers.items() if n.lower() == "range"), None)
    if wanted is None:
        raise _AnswerError(200, content, Accept_Ranges="bytes", ETag=f'"{oid}"')
    first, last = wanted.removeprefix("bytes=").split("-")
    start, end = int(first), min(int(last or len(content) - 1), len(content) - 1)
    raise _AnswerError(206, content[start : end + 1],
                  Content_Range=f"bytes {start}-{end}/{len(content)}")  # fmt: skip


def _validate(_: Hub, *, body: bytes, **__: Any) -> None:
    content = json.loads(body)["content"]
    try:
        values = yaml.safe_load(content.split("---\n")[1])
    except (yaml.YAMLError, IndexError) as error:
        raise _AnswerError(400, {"errors": [{"message": str(error)}], "warnings": []}) from None
    assert isinstance(values, dict)
    raise _AnswerError(200, {"errors": [], "warnings": []})


def _commit(
    hub: Hub, name: str, branch: str, *, query: str, token: str, body: bytes, **_: Any
) -> None:
    repository, commit = _at(hub, name, branch)
    _writable(token)
    if hub.before_commit is not None:
        first, hub.before_commit = hub.before_commit, None
        first()
        commit = repository.branches[branch]
    files = dict(repository.commits[commit])
    message = ""
    for line in body.splitlines():
        key, value = (entry := json.loads(line))["key"], entry["value"]
        if key == "header":
            message = value["summary"]
            if value.get("parentCommit") not in (None, commit):
                raise _AnswerError(412, {"error": "A commit has happened since"})
        elif key == "file":
            files[value["path"]] = base64.b64decode(value["content"])
        elif key == "lfsFile":
            files[value["path"]] = hub.storage[value["oid"]]
        elif key == "deletedFile":
            del files[value["path"]]
    if hub.on_commit is not None:
        lie, hub.on_commit = hub.on_commit, None
        lie(files)
    hub.storage.update({_oid(content, True): content for content in files.values()})
    number = len(repository.pull_requests) + 1
    target = f"refs/pr/{number}" if "create_pr=1" in query else branch
    made = repository.commit(files, target, message)
    url = f"{hub.endpoint}/datasets/{name}/discussions/{number}"
    if target != branch:
        repository.pull_requests.append(made)
    raise _AnswerError(200, {"success": True, "commitOid": made, "pullRequestUrl": url,
                        "commitUrl": f"{hub.endpoint}/datasets/{name}/commit/{made}"})  # fmt: skip


_ID = r"([\w.-]+/[\w.-]+)"
_API = rf"/api/datasets/{_ID}"
_ROUTES: list[tuple[str, str, Callable[..., None]]] = [
    ("POST", r"/api/repos/create", _create),
    ("POST", r"/api/validate-yaml", _validate),
    ("GET", rf"{_API}", _info),
    ("GET", rf"{_API}/revision/(.+)", _info),
    ("GET", rf"{_API}/tree/([^/]+)(/.*)?", _tree),
    ("POST", rf"{_API}/paths-info/([^/]+)", _paths),
    ("POST", rf"{_API}/branch/(.+)", _branch),
    ("POST", rf"{_API}/preupload/(.+)", _preupload),
    ("POST", rf"{_API}/commit/(.+)", _commit),
    ("POST", rf"/datasets/{_ID}\.git/info/lfs/objects/batch", _batch),
    ("PUT", r"/storage/(\w+)", _put),
    ("POST", r"/verify/(\w+)", _verify),
    ("GET HEAD", r"/storage/(\w+)", _stored),
    ("GET HEAD", rf"/datasets/{_ID}/resolve/([^/]+|refs/pr/\d+)/(.+)", _resolve),
]
