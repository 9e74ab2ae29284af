"""How Sphinx makes the site; `build.py` gathers its pages and calls it."""

import inspect
import re
import typing
from pathlib import Path
from typing import Any

from docutils import nodes

import lintseq_datasets

project = "lintseq-datasets"
author = "The lintseq-datasets authors"
copyright = "the lintseq-datasets authors"
version = release = lintseq_datasets.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "pydata_sphinx_theme"
html_title = f"lintseq-datasets {release}"
templates_path = ["templates"]
html_static_path = ["static"]
html_css_files = ["site.css"]
html_search_scorer = str(Path(__file__).with_name("scorer.js"))
html_theme_options = {
    "logo": {"text": "lintseq-datasets"},
    "header_links_before_dropdown": 6,
    "show_version_warning_banner": False,
    "navbar_end": ["versions", "theme-switcher"],
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "show_prev_next": True,
    "navigation_depth": 3,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_show_sourcelink = False
html_copy_source = False

# Headings are linked to as on a host of repositories.
myst_heading_anchors = 4
nb_execution_mode = "off"  # the outputs are stored with the notebook, and tested
suppress_warnings = [
    "myst.header",  # a page may begin below its first level
    "misc.highlighting_failure",  # snippets of a shell with output, programs with errors
]

default_role = "py:obj"  # what stands in single backticks in docstrings
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
napoleon_numpy_docstring = False
napoleon_use_rtype = False
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 80

_TOKEN = re.compile(r"(``.*?``)|<\|\w+\|>")


def _for_sphinx(_: Any, what: str, name: str, value: Any, __: Any, lines: list[str]) -> None:
    """Bring a docstring into the form that Sphinx takes."""
    if what in ("data", "class") and not isinstance(value, type):
        kind = typing.get_origin(value) or type(value)
        if inspect.cleandoc(kind.__doc__ or "").split("\n", 1)[0] == "".join(lines[:1]).strip():
            lines.clear()  # that of its type, for want of one of its own
    if what == "module":
        lines[:] = _with_examples(lines)
    # a letter after `Name` ends no markup there, as in "`Edit`s"
    lines[:] = [re.sub(r"(?<!`)(`[\w.]+`)(?=\w)", r"\1\\ ", line) for line in lines]


def _with_examples(lines: list[str]) -> list[str]:
    """The text at the head of a module, in which what is indented is an example."""
    found: list[str] = []
    inside = False
    for line in lines:
        if line.strip() and line.startswith("  ") != inside:
            inside = not inside
            said = "".join(found[-2:]).rstrip().endswith("::")
            found += ["", "::", ""] if inside and not said else [""]
        found.append(line if inside else _TOKEN.sub(lambda m: m[1] or f"``{m[0]}``", line))
    return found


def _end_at_text(_: Any, page: nodes.document) -> None:
    """Leave out the empty line that ends an example for doctest."""
    for block in page.findall(nodes.literal_block):
        text = block.astext()
        if block.rawsource == text:  # code, without markup of its own
            block.rawsource = text.rstrip("\n")
            block[:] = [nodes.Text(block.rawsource)]


def _to_be_parsed(*arguments: Any) -> tuple[str | None, str | None]:
    """Make a signature one of Python: there are no defaults such as `<factory>`."""
    signature, returned = arguments[-2:]
    return signature and re.sub(r"<(?:\w+|class '[\w.]+')>", "...", signature), returned


def setup(app: Any) -> None:
    app.connect("autodoc-process-docstring", _for_sphinx)
    app.connect("autodoc-process-signature", _to_be_parsed)
    app.connect("doctree-read", _end_at_text)
