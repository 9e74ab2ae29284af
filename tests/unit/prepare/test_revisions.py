"""Versions before and after of files, from git and from folders."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import stat
import struct
import tracemalloc
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from click.testing import CliRunner
from dulwich.objects import Blob, Commit, Tree
from dulwich.pack import write_pack_index_v2
from dulwich.repo import Repo

from lintseq_datasets.cli import main
from lintseq_datasets.errors import ConfigError, MissingExtraError
from lintseq_datasets.prepare.revision_filter import RevisionFilter
from lintseq_datasets.prepare.revisions import RevisionCounts, revisions_of

LINES = "".join(f"x{number} = {number}\n" for number in range(20)).encode()


def commit(
    repo: Repo,
    files: dict[str, bytes],
    parents: list[bytes],
    time: int,
    digests: dict[str, bytes] | None = None,
) -> bytes:
    tree = Tree()
    for name, content in files.items():
        blob = Blob.from_string(content)
        repo.object_store.add_object(blob)
        digest = (digests or {}).get(name, blob.id)
        tree.add(name.encode(), 0o120000 if name == "link.py" else 0o100644, digest)
    repo.object_store.add_object(tree)
    made = Commit()
    made.tree, made.parents = tree.id, parents
    made.author = made.committer = b"A <a@b>"
    made.author_time = made.commit_time = time
    made.author_timezone = made.commit_timezone = 0
    made.message = b"Commit %d\n" % time
    repo.object_store.add_object(made)
    return made.id


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "LICENSE").write_text("MIT License\n")
    with Repo.init(str(folder)) as repo:
        one = commit(repo, {"a.py": LINES, "gone.py": b"y = 1\n", "n.txt": b"n"}, [], 1)
        two = commit(repo, {"b.py": LINES + b"z = 1\r\n", "link.py": b"b.py"}, [one], 2)
        side = commit(repo, {"b.py": LINES, "bad.py": b"\xff", "nul.py": b"\0"}, [two], 3)
        last = commit(repo, {"b.py": LINES}, [two, side], 4)
        repo.refs[b"HEAD"] = last
    return folder


def test_each_file_of_each_commit_is_a_row_or_counted(checkout: Path) -> None:
    counts = RevisionCounts()
    rows = list(revisions_of(checkout, counts=counts))
    found = [(row["instruction"], row["path"], row["before"]) for row in rows]
    text = LINES.decode()
    assert found == [
        ("Commit 3", "b.py", text + "z = 1\r\n"),
        ("Commit 2", "b.py", text),  # renamed
        ("Commit 1", "a.py", ""),
        ("Commit 1", "gone.py", ""),
    ]
    assert {(row["source"], row["license"]) for row in rows} == {("project", "mit")}
    assert counts.commits == {"ok": 3, "dropped:merge": 1}
    # the link came, and went again
    assert counts.files == {
        "ok": 4, "dropped:other_language": 2, "dropped:deleted": 1, "dropped:no_regular_file": 2,
        "dropped:not_utf8": 1, "dropped:binary": 1,
    }  # fmt: skip


@pytest.mark.parametrize("harm", [None, b"", b"junk", b"x\x9cK\xca\xc9O"])
def test_any_object_that_is_damaged_or_missing(checkout: Path, harm: bytes | None) -> None:
    whole = list(revisions_of(checkout))
    objects = [path for path in (checkout / ".git" / "objects").glob("??/*") if path.is_file()]
    assert len(objects) > 10
    refused = []
    for path in objects:
        content = path.read_bytes()
        path.unlink()
        if harm is not None:
            path.write_bytes(harm)
        try:
            assert all(row in whole for row in revisions_of(checkout))
        except ConfigError as error:
            refused.append(str(error))
        path.unlink(missing_ok=True)
        path.write_bytes(content)
    assert refused
    assert all("damaged or missing" in said for said in refused)


def of_bomb(folder: Path, kind: str) -> bytes:
    """The digest of a file of 64 MB in a few bytes, which is put among the objects."""
    objects = folder / ".git" / "objects"
    size, digest = 2**26, hashlib.sha1(kind.encode()).hexdigest()
    is_loose = kind in ("loose", "lying")
    packer = zlib.compressobj(9)
    pieces = [packer.compress(b"blob %d\0" % (9 if kind == "lying" else size))] * is_loose
    pieces += [packer.compress(bytes(2**24)) for _ in range(size // 2**24)]
    content = b"".join([*pieces, packer.flush()])
    if is_loose:
        (objects / digest[:2]).mkdir(exist_ok=True)
        (objects / digest[:2] / digest[2:]).write_bytes(content)
        return digest.encode()
    entries = [head_of(3, size) + content]
    if kind == "delta":  # 64 kB, copied again and again
        copies = b"\x80" * (size // 2**16)
        delta = little_endian(2**16) + little_endian(size) + copies
        base = head_of(3, 2**16) + zlib.compress(bytes(2**16))
        assert len(base) < 128
        entries = [base, head_of(6, len(delta)) + bytes([len(base)]) + zlib.compress(delta)]
    body = b"PACK" + struct.pack(">II", 2, len(entries)) + b"".join(entries)
    names = [hashlib.sha1(b"base").digest(), bytes.fromhex(digest)][-len(entries) :]
    places = [(name, 12 + n * len(entries[0]), 0) for n, name in enumerate(names)]
    path = objects / "pack" / f"pack-{'0' * 40}"
    path.with_suffix(".pack").write_bytes(body + hashlib.sha1(body).digest())
    with path.with_suffix(".idx").open("wb") as file:
        write_pack_index_v2(file, sorted(places), hashlib.sha1(body).digest())
    return digest.encode()


def head_of(kind: int, size: int) -> bytes:
    """The head of an object in a pack."""
    rest = size >> 4
    first = kind << 4 | size & 15 | (128 if rest else 0)
    return bytes([first]) + (little_endian(rest) if rest else b"")


def little_endian(number: int) -> bytes:
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number])


@pytest.mark.parametrize(
    ("encoding", "message"),
    [(b"ISO-8859-1", "caf\xe9"), (b"no-such-one", "caf\ufffd"), (b"rot13", "caf\ufffd")],
)
def test_messages_that_name_an_encoding(checkout: Path, encoding: bytes, message: str) -> None:
    with Repo(str(checkout)) as repo:
        made = repo[repo.head()].copy()
        made.parents, made.message, made.encoding = [repo.head()], b"caf\xe9", encoding
        made.tree = repo[commit(repo, {"a.py": b"x = 1\n"}, [], 5)].tree
        repo.object_store.add_object(made)
        repo.refs[b"HEAD"] = made.id
    assert next(revisions_of(checkout))["instruction"] == message


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
@pytest.mark.parametrize("name", ["info/alternates", "pack/pack-1.pack", "pack/pack-1.idx"])
def test_a_pipe_in_place_of_a_file_is_refused(checkout: Path, name: str) -> None:
    objects = checkout / ".git/objects"
    (objects / "pack/pack-1.pack").touch()
    (objects / "pack/pack-1.idx").touch()
    (objects / name).unlink(missing_ok=True)
    os.mkfifo(objects / name)
    with pytest.raises(ConfigError, match="is no file"):
        list(revisions_of(checkout))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_an_object_that_is_a_pipe_is_missing(checkout: Path) -> None:
    digest = Blob.from_string(LINES).id.decode()
    path = checkout / ".git/objects" / digest[:2] / digest[2:]
    path.unlink()
    os.mkfifo(path)
    counts = RevisionCounts()
    list(revisions_of(checkout, counts=counts))
    assert counts.files["dropped:object_missing"]


def test_objects_that_are_borrowed_from_others_that_borrow(checkout: Path, tmp_path: Path) -> None:
    expected = list(revisions_of(checkout))
    first, second, own = tmp_path / "1", tmp_path / "2", checkout / ".git/objects"
    own.rename(second)
    for folder, others in ((own, f"# from\n{first}\n"), (first, f"{second}\n{own}\n")):
        (folder / "info").mkdir(parents=True)
        (folder / "info/alternates").write_text(others)
    assert list(revisions_of(checkout)) == expected


@pytest.mark.parametrize("name", ["bomb.py", "bomb.bin"])
@pytest.mark.parametrize("kind", ["loose", "lying", "packed", "delta"])
def test_objects_that_grow_when_they_are_read(tmp_path: Path, kind: str, name: str) -> None:
    folder = tmp_path / "bomb"
    folder.mkdir()
    with Repo.init(str(folder)) as repo:
        digest = of_bomb(folder, kind)
        one = commit(repo, {"a.py": LINES, "gone.py": b"x"}, [], 1)
        files = {"b.py": LINES + b"y = 1\n", name: b""}
        repo.refs[b"HEAD"] = commit(repo, files, [one], 2, {name: digest})
    counts = RevisionCounts()
    tracemalloc.start()
    rows = list(revisions_of(folder, counts=counts))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**25
    assert [row["path"] for row in rows] == ["b.py", "a.py", "gone.py"]
    assert counts.files.get("dropped:too_large", 0) == (name == "bomb.py")


def test_filters(checkout: Path) -> None:
    keep = RevisionFilter(merges=True, new_files=False, max_change=0.01)
    counts = RevisionCounts()
    assert list(revisions_of(checkout, keep=keep, counts=counts)) == []
    assert counts.files["dropped:large_change"] == 3
    assert counts.files["dropped:new_file"] == 4
    counts = RevisionCounts()
    list(revisions_of(checkout, keep=RevisionFilter(max_bytes=10), counts=counts))
    assert counts.files["dropped:too_large"] == 3


def test_another_license_is_refused(checkout: Path) -> None:
    assert next(revisions_of(checkout, keep=RevisionFilter(licenses=("mit",))))
    with pytest.raises(ConfigError, match="is mit, none of isc"):
        next(revisions_of(checkout, keep=RevisionFilter(licenses=("isc",))))


def test_nothing_of_the_checkout_is_run(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    marker = checkout / "marker"
    program = checkout / ".git" / "evil"
    program.write_text(f"#!/bin/sh\ntouch {marker}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    with (checkout / ".git" / "config").open("a") as file:
        file.write(f'[core]\nfsmonitor = {program}\nhooksPath = .git\n[filter "x"]\n')
        file.write(f"smudge = {program}\nclean = {program}\n[diff]\nexternal = {program}\n")
    (checkout / ".gitattributes").write_text("*.py filter=x diff=x\n")

    def refuse(*_args: object, **_options: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr("subprocess.Popen.__init__", refuse)
    assert len(list(revisions_of(checkout))) == 4
    assert not marker.exists()


def test_two_folders_without_dulwich(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in (("old", "a = 1\n"), ("new", "a = 2\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.py").write_text(text)
    (tmp_path / "new" / "LICENSE").write_text("MIT License")
    (tmp_path / "new" / "link.py").symlink_to("a.py")
    monkeypatch.setitem(__import__("sys").modules, "dulwich.walk", None)
    counts = RevisionCounts()
    (row,) = revisions_of(tmp_path / "old", tmp_path / "new", counts=counts)
    assert (row["before"], row["after"], row["license"]) == ("a = 1\n", "a = 2\n", "mit")
    assert counts.files["dropped:no_regular_file"] == 1
    with pytest.raises(MissingExtraError, match="dulwich"):
        next(revisions_of(tmp_path / "old"))


def test_no_checkout(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no git checkout"):
        next(revisions_of(tmp_path))


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_the_command(checkout: Path, tmp_path: Path, suffix: str) -> None:
    import datasets

    output = tmp_path / f"pairs{suffix}"
    done = CliRunner().invoke(main, ["prepare", "--revisions", str(checkout), "-o", str(output)])
    assert done.exit_code == 0, done.output
    assert "4 kept" in done.output
    report = json.loads((tmp_path / "pairs.report.json").read_text())
    assert report["commits"]["dropped"] == {"merge": 1}
    assert report["commit"] == (checkout / ".git/refs/heads/master").read_text().strip()
    assert report["sources"] == [str(checkout)]
    assert report["options"]["max_bytes"] == 100_000
    assert report["versions"]["lintseq-datasets"]
    kind = {".jsonl": "json", ".parquet": "parquet"}[suffix]
    read = datasets.load_dataset(
        kind, data_files=str(output), split="train", cache_dir=str(tmp_path / "cache")
    )
    assert len(read) == 4
    again = CliRunner().invoke(main, ["prepare", "--revisions", str(checkout), "-o", str(output)])
    assert again.exit_code == 2


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--revisions", "--duplicates", "none"), "--duplicates: does not go with --revisions"),
        (("--revisions", "--no-check-syntax"), "does not go with --revisions"),
        (("--revisions", "--language", "javascript"), "name files by --suffix, such as .js"),
        (("--revisions", "--saved"), "--saved: does not go with --revisions"),
        (("--revisions", "--benchmark", "x.jsonl"), "--benchmark: does not go with --revisions"),
        (("--merges",), "--merges: needs --revisions"),
        (("--suffix", ".js"), "--suffix: needs --revisions"),
        (("--no-new-files",), "needs --revisions"),
    ],
)
def test_options_that_would_be_for_nothing(
    checkout: Path, tmp_path: Path, options: tuple[str, ...], problem: str
) -> None:
    words = ["prepare", str(checkout), "-o", str(tmp_path / "out.jsonl"), *options]
    done = CliRunner().invoke(main, words)
    assert (done.exit_code, problem in done.output) == (2, True), done.output
    assert not (tmp_path / "out.jsonl").exists()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_nothing_behind(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, status: int
) -> None:
    def interrupted(*args: object, **options: object) -> Iterator[object]:
        yield from islice(revisions_of(*args, **options), 2)  # type: ignore[arg-type]
        signal.raise_signal(number)

    monkeypatch.setattr("lintseq_datasets.prepare.revisions.revisions_of", interrupted)
    output = tmp_path / "out" / "pairs.jsonl"
    words = ["prepare", "--revisions", str(checkout), "-o", str(output)]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == status
    assert "Nothing was written; the same command begins again." in done.output
    assert list(output.parent.iterdir()) == []
    monkeypatch.undo()
    assert CliRunner().invoke(main, words).exit_code == 0
    assert len(output.read_text().splitlines()) == 4
