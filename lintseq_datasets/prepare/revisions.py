"""Versions before and after of files, from the history of a git checkout or from two folders.

A checkout is somebody else's: its configuration can name programs that git would run. So its
objects are read with dulwich, straight from where they are stored; neither git nor the
configuration is asked, and nothing of the work tree is read but the file of the license.
"""

from __future__ import annotations

import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from lintseq_datasets.errors import ConfigError, MissingExtraError
from lintseq_datasets.files.checkouts import git_folder, is_checkout, read_checkout
from lintseq_datasets.files.programs import files_in_folder, license_of_folder, read_program
from lintseq_datasets.mapping.accounting import Selection
from lintseq_datasets.mapping.cells import storable
from lintseq_datasets.prepare._git_objects import GitObjects, TooLargeObject
from lintseq_datasets.prepare.revision_filter import RevisionFilter

if TYPE_CHECKING:
    from dulwich.objects import Commit

REVISION_COLUMNS = (
    "instruction", "before", "after", "path", "commit", "source", "license",
)  # fmt: skip
_MOST_OBJECT_BYTES = 2**24  # of trees and commits, and of other files in a search for renames
_MOST_MESSAGE_BYTES = 2**16  # in an encoding of its own; some take quadratic time
_MOST_RENAMES = 50  # with more files on both sides, renames are found by equal content only


@dataclass(slots=True)
class RevisionCounts:
    """What became of commits and of the files that changed in them; filled while rows are read.

    Args:
        commits: How many commits were taken (``ok``) or dropped, by the reason.
        files: The same of files.
        commit: The commit that the history was read from; None for folders.
    """

    commits: Counter[str] = field(default_factory=Counter)
    files: Counter[str] = field(default_factory=Counter)
    commit: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        return {
            "commits": Selection.of(self.commits.elements()).as_dict(),
            "files": Selection.of(self.files.elements()).as_dict(),
        }


class _ChangedFile(NamedTuple):
    """A file that changed; None where there is no such version."""

    path: str
    before: bytes | None
    after: bytes | None


class _Dropped(Exception):  # noqa: N818
    """A file is left out, for a reason."""


def revisions_of(
    source: str | Path,
    new: str | Path | None = None,
    *,
    keep: RevisionFilter | None = None,
    counts: RevisionCounts | None = None,
) -> Iterator[dict[str, str | None]]:
    """Yield a row for each file that a commit changed, or that differs between two folders.

    Args:
        source: The top of a git checkout, whose history is read from the commit that is checked
            out, newest first; or the folder with the versions before.
        new: The folder with the versions after.
        keep: What is taken.
        counts: Where to count what became of commits and files.

    Yields:
        Rows with `REVISION_COLUMNS`: the commit's message (empty for folders), both versions, the
        path after the change, the commit, the name of the folder, the license by its file.

    Raises:
        ConfigError: There is no such folder, it is no checkout that can be read, or its
            license is not among those that were asked for.
        MissingExtraError: dulwich, which reads the history, is not installed.
    """
    keep = keep or RevisionFilter()
    counts = RevisionCounts() if counts is None else counts
    folder = Path(source)
    for each in (folder, Path(new) if new is not None else folder):
        if not each.is_dir():
            raise ConfigError("source", f"there is no folder {str(each)!r}: check the path")
    if new is None:
        return _from_history(folder, keep, counts)
    return _from_folders(folder, Path(new), keep, counts)


# --- from two folders ----------------------------------------------------------------


def _from_folders(
    old: Path, new: Path, keep: RevisionFilter, counts: RevisionCounts
) -> Iterator[dict[str, str | None]]:
    known = {**_known(new, keep), "commit": None}  # the license of what is taken
    for path in sorted({*files_in_folder(old), *files_in_folder(new)}):
        try:
            _check_suffix(path, keep)
            versions = [_file(folder / path, keep) for folder in (old, new)]
            before, after = _texts(_ChangedFile(path, *versions), keep)
        except _Dropped as dropped:
            counts.files[f"dropped:{dropped}"] += 1
            continue
        counts.files["ok"] += 1
        yield _row("", before, after, path, known)


def _file(path: Path, keep: RevisionFilter) -> bytes | None:
    if path.is_symlink():
        raise _Dropped("no_regular_file")
    if not path.exists():
        return None
    try:
        if path.stat().st_size > keep.max_bytes:
            raise _Dropped("too_large")
        return read_program(path)
    except (OSError, ValueError):
        raise _Dropped("unreadable") from None


# --- from the history ----------------------------------------------------------------


def _from_history(
    folder: Path, keep: RevisionFilter, counts: RevisionCounts
) -> Iterator[dict[str, str | None]]:
    try:
        from dulwich.objects import ObjectID
        from dulwich.walk import Walker
    except ImportError:
        raise MissingExtraError("dulwich", "git") from None
    if not is_checkout(folder):
        raise ConfigError("source", f"{str(folder)!r} is no git checkout; name two folders instead")
    head = read_checkout(folder).commit
    if head is None or len(head) != 40:
        problem = "has no commit, or its digests are not SHA-1"
        raise ConfigError("source", f"{str(folder)!r} {problem}")
    try:
        store = GitObjects(git_folder(folder) / "objects", max(keep.max_bytes, _MOST_OBJECT_BYTES))
    except (OSError, ValueError) as error:
        raise ConfigError("source", f"objects of git in {str(folder)!r}: {error}") from None
    known = _known(folder, keep)
    counts.commit = head
    try:
        walker = Walker(
            cast("Any", store),
            [ObjectID(head.encode())],
            get_parents=lambda commit: _parents(store, commit),
        )
        for entry in walker:
            status, changes = _look_at(store, entry.commit, keep)
            counts.commits[status] += 1
            yield from _of_commit(store, entry.commit, changes, keep, counts, known)
    except Exception as error:  # whatever the library raises of objects that are not whole
        problem = f"an object of git in {str(folder)!r} is damaged or missing ({error!r})"
        raise ConfigError("source", f"{problem}; 'git fsck' says more") from error
    finally:
        store.close()


def _parents(store: GitObjects, commit: Commit) -> list[Any]:
    # The oldest commits of a shallow clone name parents that are not there.
    return [parent for parent in commit.parents if parent in store]


def _look_at(store: Any, commit: Commit, keep: RevisionFilter) -> tuple[str, list[Any]]:
    """What becomes of a commit, and what it changed."""
    if len(commit.parents) > 1 and not keep.merges:
        return "dropped:merge", []
    if commit.parents and commit.parents[0] not in store:  # the end of a shallow clone
        return "dropped:parent_missing", []
    parent = store[commit.parents[0]].tree if commit.parents else None
    try:
        return "ok", _changes(store, parent, commit.tree, keep)
    except KeyError:  # of a partial clone
        return "dropped:object_missing", []
    except TooLargeObject:
        return "dropped:object_too_large", []


def _of_commit(
    store: Any,
    commit: Commit,
    changes: Sequence[Any],
    keep: RevisionFilter,
    counts: RevisionCounts,
    known: dict[str, str | None],
) -> Iterator[dict[str, str | None]]:
    message = storable(_message(commit).strip())
    digest = commit.id.decode()
    for change in changes:
        try:
            before, after = _texts(_blobs(store, change, keep), keep)
        except _Dropped as dropped:
            counts.files[f"dropped:{dropped}"] += 1
            continue
        counts.files["ok"] += 1
        path = change.new.path.decode("utf-8", "replace")
        yield _row(message, before, after, path, {**known, "commit": digest})


def _message(commit: Commit) -> str:
    """The message of a commit, which says in which encoding it is unless that is UTF-8."""
    message: bytes = commit.message
    named = commit.encoding if len(message) <= _MOST_MESSAGE_BYTES else None
    encoding = (named or b"utf-8").decode("ascii", "replace")
    try:
        return message.decode(encoding, "replace")
    except (LookupError, UnicodeError):  # one that Python does not know, or none of texts
        return message.decode("utf-8", "replace")


def _changes(store: Any, old: Any, new: Any, keep: RevisionFilter) -> list[Any]:
    """Changes between two trees, with renames where a file of ours came and one went."""
    from dulwich.diff_tree import RenameDetector, tree_changes

    found: list[Any] = list(tree_changes(store, old, new))
    # To look for renames reads files, so that is done only where one of ours can be one.
    ends = tuple(suffix.encode() for suffix in keep.suffixes)
    came = any(not each.old and each.new.path.endswith(ends) for each in found)
    went = any(not each.new and each.old.path.endswith(ends) for each in found)
    if not (came and went):
        return found
    detector = RenameDetector(store, max_files=_MOST_RENAMES)
    try:
        return list(tree_changes(store, old, new, rename_detector=detector))
    except TooLargeObject:  # some file, which may be another one than ours
        return found


def _blobs(store: Any, change: Any, keep: RevisionFilter) -> _ChangedFile:
    entry = change.new or change.old
    path = entry.path.decode("utf-8", "replace")
    _check_suffix(path, keep)
    old = None if change.type == "copy" else change.old  # a copy is a new file
    return _ChangedFile(path, _blob(store, old, keep), _blob(store, change.new, keep))


def _blob(store: Any, entry: Any, keep: RevisionFilter) -> bytes | None:
    if entry is None:
        return None
    if not stat.S_ISREG(entry.mode):
        raise _Dropped("no_regular_file")
    try:
        content: bytes = store[entry.sha].data
    except KeyError:
        raise _Dropped("object_missing") from None
    except TooLargeObject:
        raise _Dropped("too_large") from None
    if len(content) > keep.max_bytes:
        raise _Dropped("too_large")
    return content


# --- what is taken -------------------------------------------------------------------


def _known(folder: Path, keep: RevisionFilter) -> dict[str, str | None]:
    license = license_of_folder(folder)
    if keep.licenses and license not in keep.licenses:
        problem = f"the license of {str(folder)!r} is {license or 'not known'}"
        raise ConfigError("licenses", f"{problem}, none of {', '.join(keep.licenses)}")
    return {"source": storable(folder.resolve().name), "license": license}


def _check_suffix(path: str, keep: RevisionFilter) -> None:
    if not path.endswith(keep.suffixes):
        raise _Dropped("other_language")


def _texts(change: _ChangedFile, keep: RevisionFilter) -> tuple[str, str]:
    if change.after is None:
        raise _Dropped("deleted")
    if change.before is None and not keep.new_files:
        raise _Dropped("new_file")
    if change.before == change.after:  # its mode changed, or its name
        raise _Dropped("unchanged")
    before, after = _text(change.before or b""), _text(change.after)
    if change.before is not None and keep.max_change < 1:  # to compare takes time, so not for 1
        # Of long files, difflib passes over frequent lines (autojunk): two that differ in one line
        # may then have nothing in common.
        lines = SequenceMatcher(None, before.splitlines(), after.splitlines(), autojunk=False)
        if 1 - lines.ratio() > keep.max_change:
            raise _Dropped("large_change")
    return before, after


def _text(content: bytes) -> str:
    if b"\0" in content:
        raise _Dropped("binary")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise _Dropped("not_utf8") from None


def _row(
    message: str, before: str, after: str, path: str, known: dict[str, str | None]
) -> dict[str, str | None]:
    row = {"instruction": message, "before": before, "after": after, "path": storable(path)}
    return {name: (row | known)[name] for name in REVISION_COLUMNS}
