"""How pages look: measures, and colours for light and for dark.

Notebooks and documentation have a switch of their own for the dark. Where they say what it is,
that counts, and what the system wants elsewhere.
"""

from __future__ import annotations

LIGHT = {
    "text": "#1b1b1b", "paper": "#ffffff", "line": "#cccccc", "dim": "#5c5c5c",
    "added": "#d6f5dc", "removed": "#ffdfdc", "own": "#8a4b00",
    "comment": "#57606a", "keyword": "#a0111f", "string": "#0a3069", "number": "#0550ae",
    "name": "#6639ba",
}  # fmt: skip
DARK = {
    "text": "#e6e6e6", "paper": "#161b22", "line": "#444444", "dim": "#a3a3a3",
    "added": "#12402a", "removed": "#5a1e1e", "own": "#ffbd66",
    "comment": "#a5b0bb", "keyword": "#ff9e9c", "string": "#a5d6ff", "number": "#8ac6ff",
    "name": "#d8b4ff",
}  # fmt: skip
KINDS = ("comment", "keyword", "string", "number", "name")
"""What `HighlightedText.kind` can be, and a name of a colour."""

# As JupyterLab, VS Code and the theme of our documentation say it.
_IN_THE_DARK = ('[data-jp-theme-light="false"]', ".vscode-dark", '[data-theme="dark"]')
_IN_THE_LIGHT = ('[data-jp-theme-light="true"]', ".vscode-light", '[data-theme="light"]')

# No cell but that of the text may break, and that one wherever it must: a page is as wide as
# its window.
# Buttons are there and not seen: what is not displayed cannot have the keyboard. Numbers and signs
# cannot be selected, so that what is copied is code.
_MEASURES = """\
#ID{font:14px/1.5 system-ui,sans-serif;color:var(--text);background:var(--paper);padding:.6em;
border:1px solid var(--line);border-radius:6px;max-width:70em;box-sizing:border-box;
overflow-wrap:anywhere;position:relative}
#ID input{position:absolute;opacity:0;width:1px;height:1px}
#ID .steps{display:flex;flex-wrap:wrap;gap:.25em;margin-bottom:.6em}
#ID label{cursor:pointer;border:1px solid var(--dim);border-radius:4px;padding:0 .5em;
min-width:1em;text-align:center;user-select:none;white-space:nowrap}
#ID .state{display:none}
#ID .head{display:flex;flex-wrap:wrap;gap:.3em .6em;align-items:baseline;margin-bottom:.4em}
#ID table{border-collapse:collapse;font:13px/1.45 ui-monospace,monospace;width:100%;margin:0}
#ID td{padding:0 .5em;white-space:pre-wrap;border:0;text-align:left;vertical-align:top;
background:none;color:inherit}
#ID pre{display:inline;margin:0;padding:0;border:0;font:inherit;white-space:inherit;
background:none;color:inherit}
#ID td:nth-child(1){color:var(--dim);text-align:right}
#ID td:nth-child(-n+2){user-select:none;width:1%;white-space:nowrap;overflow-wrap:normal}
#ID td:nth-child(2){font-weight:bold}
#ID tr{background:none}
#ID tr.added{background:var(--added)}
#ID tr.removed{background:var(--removed)}
#ID tr.folded td{color:var(--dim)}
#ID .own{color:var(--own);font-style:italic}
"""

PAGE_STYLE = """\
:root{color-scheme:light dark}
body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:72em;padding:0 1em;
overflow-wrap:anywhere}
body.many{max-width:160em}
h1{font-size:1.3em}
h2{font-size:1em;margin:0 0 .4em}
body>table{margin-bottom:1em}
body>table th{text-align:left;padding-right:1em;font-weight:600;vertical-align:top;
overflow-wrap:normal}
body>pre{white-space:pre-wrap;border-left:4px solid #0072b2;padding-left:1em}
.samples{display:grid;gap:1em;grid-template-columns:repeat(auto-fit,minmax(min(100%,26em),1fr));
align-items:start}
.samples>div{min-width:0}
.keys{font-size:.9em;opacity:.8}
"""


def style_of(name: str) -> str:
    """The style of one sequence, whose element has this id."""
    kinds = "".join(f"#ID .{kind}{{color:var(--{kind})}}\n" for kind in KINDS)
    # What a page says comes last and is more specific than what the system wants: so it wins.
    themes = (
        f"#ID{{{_variables(LIGHT)}}}\n"
        f"@media (prefers-color-scheme:dark){{#ID{{{_variables(DARK)}}}}}\n"
        f"{_within(_IN_THE_LIGHT)}{{{_variables(LIGHT)}}}\n"
        f"{_within(_IN_THE_DARK)}{{{_variables(DARK)}}}\n"
    )
    return (_MEASURES + kinds + themes).replace("ID", name)


def _within(places: tuple[str, ...]) -> str:
    return ",".join(f"{place} #ID" for place in places)


def _variables(colors: dict[str, str]) -> str:
    return ";".join(f"--{name}:{value}" for name, value in colors.items())
