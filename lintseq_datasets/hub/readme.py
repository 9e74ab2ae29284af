r"""The README of a repository as text that two write: a person and this library.

The README consists of metadata in YAML and of Markdown. Of the metadata, only the fields
that change are written again; everything else stays as it is, byte for byte. In the
Markdown, what we write stands in sections between two comments, which no reader sees:

    <!-- lintseq-datasets: begin about -->
    ...
    <!-- lintseq-datasets: end about 5e1f… -->

The second comment holds a short digest of each block that we wrote (lines without an empty one
between them), so that what a person has put between the comments is known; when the section is
written again it is moved below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lintseq_datasets.errors import HubError
from lintseq_datasets.hub._owned import Section, pieces_of, place_of

# ``??`` tries first with nothing between the dashes: empty metadata must not reach down to the next
# ruler of the text.
_METADATA = re.compile(r"\s*---[ \t\r]*\n(?:([\s\S]*?)\n)??---[ \t\r]*(?:\n|$)")
# A colon ends a name where white space follows. A name that holds one, as in ``a:b: c``, is not
# found; `_say_the_same` notices that, and all fields are written anew.
_FIELD = re.compile(r"([^\s#'\"-][^:]*|'[^']*'|\"[^\"]*\"):(?=\s|$)")
_DEEPEST = 50  # values in values; one that holds itself is deeper
_MOST_VALUES = 200_000
_TOO_DEEP = "its metadata are too deep, too many, or hold themselves"


@dataclass(frozen=True, slots=True)
class Readme:
    """A README in its parts.

    Args:
        metadata: The text of the metadata, without the lines of dashes.
        body: The Markdown below it.
        newline: How its lines end.
    """

    metadata: str = ""
    body: str = ""
    newline: str = "\n"

    @classmethod
    def from_text(cls, text: str) -> Readme:
        """Take a README apart; a byte order mark is left out."""
        text = text.removeprefix("\ufeff")
        # Only where all lines end so: in a mixture, each keeps its own end.
        newline = "\r\n" if text.count("\r\n") == text.count("\n") > 0 else "\n"
        text = text.replace("\r\n", "\n") if newline == "\r\n" else text
        match = _METADATA.match(text)
        if match and _is_metadata(match[1] or ""):
            return cls(match[1] or "", text[match.end() :], newline)
        return cls("", text, newline)

    @property
    def text(self) -> str:
        """The whole README."""
        metadata = f"---\n{self.metadata}\n---\n" if self.metadata else ""
        return (metadata + self.body).replace("\n", self.newline)

    def fields(self) -> dict[str, Any]:
        """The metadata as values.

        Raises:
            HubError: They are no YAML, or no fields.
        """
        return _load(self.metadata)

    def with_fields(self, values: Mapping[str, Any]) -> Readme:
        """The README with some fields of the metadata changed; others stay as written."""
        old = self.fields()
        changed = {
            name: value for name, value in values.items() if name not in old or old[name] != value
        }
        if not changed:
            return self
        blocks = list(_blocks(self.metadata))
        if not _say_the_same(blocks, old):  # anchors, say: only YAML knows what belongs together
            return Readme(_dump({**old, **changed}), self.body, self.newline)
        lines: list[str] = []
        for name, block in blocks:
            if name in changed:
                lines += _rewritten(name, block, changed.pop(name))
            else:
                lines += block
        if changed:
            lines.append(_dump(changed))
        return Readme("\n".join(lines), self.body, self.newline)

    def with_sections(self, sections: Mapping[str, str]) -> Readme:
        """The README with our sections written again, new ones at the end.

        Args:
            sections: Markdown by name. A name starts with the part before its colon; new
                sections follow those of the same part, in the order given.
        """
        pieces = list(pieces_of(self.body))
        names = [piece.name for piece in pieces]
        for piece in pieces:
            if piece.name in sections:
                piece.rewrite(sections[piece.name])
        for name in [name for name in sections if name not in names]:
            piece = Section(name)
            piece.rewrite(sections[name])
            place = place_of(pieces, name, list(sections))
            if place:
                pieces[place - 1].end_paragraph()
            pieces.insert(place, piece)
        return Readme(self.metadata, "".join(piece.text for piece in pieces), self.newline)

    def sections(self) -> list[str]:
        """The names of our sections, in order."""
        return [piece.name for piece in pieces_of(self.body) if piece.name]

    def section(self, name: str) -> str:
        """The text of one of our sections; empty if there is none."""
        return next((piece.text for piece in pieces_of(self.body) if piece.name == name), "")

    def foreign_text(self) -> str:
        """The Markdown without our sections."""
        return "".join(piece.text for piece in pieces_of(self.body) if not piece.name)


# --- metadata ------------------------------------------------------------------------


def _load(metadata: str) -> dict[str, Any]:
    import yaml

    try:
        values = yaml.safe_load(metadata)
    except RecursionError:
        raise HubError("card", "README.md", _TOO_DEEP) from None
    except (yaml.YAMLError, ValueError) as error:  # ValueError: an impossible date, say
        reason = " ".join(str(error).split())
        raise HubError("card", "README.md", f"its metadata are no YAML: {reason}") from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise HubError(
            "card",
            "README.md",
            "its metadata are no fields with values: mend them between the lines ---",
        )
    if not _is_plain(values):
        raise HubError("card", "README.md", _TOO_DEEP)
    return values


def _is_plain(values: Any) -> bool:
    """Whether values are not too deep and not too many, each counted wherever it is named."""
    # An anchor that is named ten times in one that is named ten times is a few bytes of YAML.
    count, todo = 0, [(values, 0)]
    while todo:
        value, depth = todo.pop()
        inside = [*value, *value.values()] if isinstance(value, dict) else value
        if isinstance(inside, (list, tuple, set)):
            count += len(inside)
            if depth == _DEEPEST or count > _MOST_VALUES:
                return False
            todo += [(one, depth + 1) for one in inside]
    return True


def _is_metadata(text: str) -> bool:
    """Whether this is no mere text between two rulers."""
    import yaml

    try:
        return isinstance(yaml.safe_load(text), dict | None)
    except (yaml.YAMLError, ValueError, RecursionError):
        return True  # meant as metadata; reading them says what is wrong


def _dump(values: Mapping[str, Any]) -> str:
    import yaml

    text: str = yaml.safe_dump(  # a long value stays in one line, as a person wrote it
        dict(values), sort_keys=False, allow_unicode=True, width=float("inf")
    )
    return text.rstrip("\n")


def _rewritten(name: str, block: list[str], value: Any) -> list[str]:
    """The lines of a field with another value; of a list, the items that stay are not touched."""
    old = _load("\n".join(block))[name]
    if isinstance(old, list) and isinstance(value, list) and value[: len(old)] == old:
        start = next((line for line in block[1:] if line.lstrip().startswith("- ")), "")
        indent = start[: len(start) - len(start.lstrip())]
        more = [indent + line for line in _dump_items(value[len(old) :])]
        # Read back before it is taken: in a list such as ``[a, b]``, or in one with lines of its
        # own between the items, more items cannot simply follow.
        if start and _load("\n".join([*block, *more])) == {name: value}:
            return [*block, *more]
    # What YAML takes for a truth or a number may have been meant as a word, such as "no".
    words = _load_words("\n".join(block))[name]
    if isinstance(words, list) and isinstance(old, list) and isinstance(value, list):
        meant = [word for word in words if isinstance(word, str)]
        if len(meant) == len(old):
            value = [meant[old.index(one)] if one in old else one for one in value]
    comments = [line for line in block if line.lstrip().startswith("#")]
    return [*comments, _dump({name: value})]


def _dump_items(items: list[Any]) -> list[str]:
    import yaml

    text: str = yaml.safe_dump(items, sort_keys=False, allow_unicode=True, width=float("inf"))
    return text.rstrip("\n").split("\n") if items else []


def _load_words(text: str) -> dict[str, Any]:
    import yaml

    words: dict[str, Any] = yaml.load(text, Loader=yaml.BaseLoader)
    return words


def _blocks(metadata: str) -> Iterator[tuple[str | None, list[str]]]:
    """The lines of each field; comments and empty lines between fields have no name."""
    name: str | None = None
    block: list[str] = []
    for line in metadata.split("\n") if metadata else []:
        if match := _FIELD.match(line):
            yield from _block(name, block)
            name, block = match[1].strip("'\""), [line]
        else:
            block.append(line)
    yield from _block(name, block)


def _block(name: str | None, block: list[str]) -> Iterator[tuple[str | None, list[str]]]:
    """A block, and what stands between it and the next one."""
    # A comment right above a field is about that field, though it stands below the one before.
    end = len(block)
    while end > 1 and (not block[end - 1].strip() or block[end - 1].startswith("#")):
        end -= 1
    if block:
        yield name, block[:end]
    if block[end:]:
        yield None, block[end:]


def _say_the_same(blocks: list[tuple[str | None, list[str]]], values: dict[str, Any]) -> bool:
    found: dict[str, Any] = {}
    for _, block in blocks:
        try:
            found.update(_load("\n".join(block)))
        except HubError:
            return False
    names = [name for name, _ in blocks if name is not None]
    # The names as well: of a field that is there twice, YAML takes the last, and a change of the
    # first would change nothing.
    return found == values and names == list(values)
