"""Build the documentation as a site.

    python docs/site/build.py [OUTPUT]

gathers the pages of the repository, makes those of the reference and the gallery, and lets Sphinx
render them into OUTPUT/VERSION. Any warning, such as a link that leads nowhere, is an error.
Other versions that stand in OUTPUT stay, and are listed.
"""

from __future__ import annotations

import argparse
import gc
import html
import re
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
COPIED = (
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "CITATION.bib",
    "LICENSE",
    "pyproject.toml",
)
FOREIGN = re.compile(
    r"<(?:script|img|iframe|source|video|audio)[^>]*\ssrc=\"(?:https?:)?//[^\"]*"
    r"|<link[^>]*rel=\"(?:stylesheet|preload|icon|preconnect)\"[^>]*href=\"(?:https?:)?//[^\"]*"
    r"|<link[^>]*href=\"(?:https?:)?//[^\"]*\"[^>]*rel=\"(?:stylesheet|preload|icon)"
    r"|@import[^;]*|url\((?:https?:)?//[^)]*"
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("output", nargs="?", default=str(ROOT / "build" / "site"))
    output = Path(parser.parse_args().output).resolve()
    sys.path.insert(0, str(HERE))
    gc.set_threshold(50_000, 20, 100)  # pages are large trees: fewer looks for garbage among them
    return build(output, output.parent / "site-source")


def build(output: Path, source: Path) -> int:
    """Build the site; 0 if nothing was wrong."""
    from sphinx.cmd.build import build_main

    import lintseq_datasets

    gather(source)
    place = output / lintseq_datasets.__version__
    failed = build_main(
        ["-q", "-W", "--keep-going", "-c", str(HERE), "-d", str(source) + ".doctrees",
         "-b", "html", str(source), str(place)]
    )  # fmt: skip
    shutil.rmtree(output / "jupyter_execute", ignore_errors=True)
    # Sphinx does not see the images of a <picture>.
    images = source / "docs" / "images"
    shutil.copytree(images, place / "docs" / "images", dirs_exist_ok=True)
    list_versions(output)
    foreign = foreign_addresses(place)
    for page, address in foreign:
        print(f"{page}: loads from elsewhere: {address}", file=sys.stderr)
    return failed or bool(foreign)


def gather(source: Path) -> None:
    """Lay out the pages as in the repository, so that their links lead where they do there."""
    import gallery
    import reference
    import sections

    shutil.rmtree(source, ignore_errors=True)
    ignored = shutil.ignore_patterns("site", "__pycache__", ".ipynb_checkpoints")
    for folder in ("docs", "examples", "benchmarks"):
        shutil.copytree(ROOT / folder, source / folder, ignore=ignored)
    for name in COPIED:
        shutil.copy2(ROOT / name, source / name)
    # The index of the site stands for that of the folder.
    (source / "docs" / "README.md").unlink()
    first = source / "README.md"
    first.write_text(first.read_text("utf-8").replace("(docs/README.md)", "(index.md)"), "utf-8")
    for folder, pages in (
        ("reference", reference.pages()),
        ("gallery", gallery.pages(ROOT / "examples" / "programs.jsonl")),
    ):
        (source / folder).mkdir()
        for name, text in pages:
            (source / folder / name).write_text(text, encoding="utf-8")
    # What the README begins with: what this is, and its picture.
    lead = first.read_text("utf-8").partition("\nThe method is ")[0].partition("\n\n")[2]
    found = sections.sections(f"docs/{path.stem}" for path in (source / "docs").glob("*.md"))
    whole = _tree("lintseq-datasets", list(found), 2, lead)
    (source / "index.md").write_text(whole, encoding="utf-8")
    for name, (title, pages) in found.items():
        (source / f"{name}.md").write_text(_tree(title, pages, 1), encoding="utf-8")


def _tree(title: str, pages: list[str], depth: int, lead: str = "") -> str:
    listed = "\n".join(f"/{page}" for page in pages)
    return f"# {title}\n\n{lead}\n```{{toctree}}\n:maxdepth: {depth}\n\n{listed}\n```\n"


def list_versions(output: Path) -> None:
    """Write the page that lists the versions, and one that leads to the newest."""
    found = [path.parent.name for path in output.glob("*/objects.inv")]
    found.sort(key=_version, reverse=True)
    links = "".join(
        f'<li><a href="{name}/index.html">{html.escape(name)}</a></li>' for name in found
    )
    head = '<!DOCTYPE html><html lang="en"><meta charset="utf-8">'
    head += '<meta name="viewport" content="width=device-width, initial-scale=1">'
    style = "<style>:root{color-scheme:light dark}body{font:1em system-ui;margin:2em}</style>"
    page = f"{head}<title>Versions</title>{style}<h1>Versions</h1><ul>{links}</ul>\n"
    (output / "versions.html").write_text(page, encoding="utf-8")
    lead = f'{head}<meta http-equiv="refresh" content="0; url={found[0]}/index.html">'
    page = f'{lead}<title>Documentation</title><a href="versions.html">Versions</a>\n'
    (output / "index.html").write_text(page, encoding="utf-8")


def _version(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in name.split(".")]


def foreign_addresses(place: Path) -> list[tuple[str, str]]:
    """What the pages would load from another place; links to read on are none of that."""
    return [
        (path.name, address)
        for path in sorted(place.rglob("*.html"))
        for address in FOREIGN.findall(path.read_text(encoding="utf-8"))
    ]


if __name__ == "__main__":
    sys.exit(main())
