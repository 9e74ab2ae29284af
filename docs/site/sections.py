"""What stands where on the site: its sections, and their pages in order.

Pages of `docs/` that are not named here stand at the end of the last section. A page that is named
and does not exist is an error of the build.
"""

from __future__ import annotations

from collections.abc import Iterable

SECTIONS = {
    "start": ("Start", ["README", "docs/life-of-a-program", "docs/faq"]),
    "guides": (
        "Guides",
        [
            "docs/prepare",
            "docs/linters",
            "docs/languages",
            "docs/revisions",
            "docs/descriptions",
            "docs/jobs",
            "docs/statistics",
            "docs/training",
            "docs/sampling",
            "docs/evaluation",
            "docs/hub",
        ],
    ),
    "gallery/index": (
        "Gallery",
        [
            "gallery/sequences",
            "examples/end_to_end",
            "docs/effect",
            "gallery/card",
            "examples/README",
        ],
    ),
    "look-up": (
        "Look it up",
        [
            "docs/api",
            "reference/index",
            "docs/data-format",
            "docs/source-rows",
            "docs/output-formats",
            "docs/model-text",
            "docs/edit-formats",
            "docs/glossary",
        ],
    ),
    "background": (
        "Background",
        [
            "docs/deviations",
            "docs/performance",
            "docs/extending",
            "CONTRIBUTING",
            "benchmarks/README",
            "CHANGELOG",
        ],
    ),
}
"""By address: the title of a section, and its pages."""


def sections(pages: Iterable[str]) -> dict[str, tuple[str, list[str]]]:
    """The sections, with all of these pages."""
    named = {page for _, listed in SECTIONS.values() for page in listed}
    found = {address: (title, list(listed)) for address, (title, listed) in SECTIONS.items()}
    found[next(reversed(found))][1].extend(page for page in sorted(pages) if page not in named)
    return found
