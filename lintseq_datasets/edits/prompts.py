"""Prompts: the instruction, the program state to start from, the edit that is to come.

The prompt of a row that starts from a state, and the beginning of an answer::

    Add two numbers.
    ```python
    def add(a, b):
        return a
    ```
    <|diff|>@@ -1,0 +2

`prompt_of` writes all but the last line, `begin_edit` writes that one, and `edit_prompt` writes
both. A model that finds a header already begun goes on where the header says (paper A.3).
"""

from __future__ import annotations

from collections.abc import Sequence

from lintseq_datasets.edits.formats import edit_form
from lintseq_datasets.edits.program import Program, checked_text
from lintseq_datasets.edits.sequence import EditSequence, as_sequence
from lintseq_datasets.edits.styles import Style, check_style
from lintseq_datasets.edits.training_text import DIFF_TOKEN
from lintseq_datasets.errors import ConfigError

LABEL = "python"
"""Label of the block that holds a program state, unless another language is named."""


def prompt_of(
    instruction: str,
    style: Style = "default",
    *,
    state: str | None = None,
    label: str = LABEL,
    so_far: str = "",
) -> str:
    r"""The prompt of an instruction, and of the program state from which the edits start.

    The state stands below the instruction, unchanged, in a Markdown block. The block has three
    backticks, or one more than any line of the state begins with. An empty state has no block,
    unless the instruction itself ends in something that looks like one. So a prompt says exactly
    what its state is, and `split_prompt` is the inverse.

    Args:
        instruction: The instruction; may be empty.
        style: ``"default"`` puts a newline behind an instruction that has none, unless it
            is empty; ``"reference"`` leaves it as it is.
        state: The program state; empty for the empty program. None for the prompt of a
            dataset whose edits all start from the empty program: the instruction alone.
        label: Label of the block, which names the language.
        so_far: The training text of the edits that led to the state, which stands above it.

    Raises:
        ConfigError: There is no such style, or it has no form for a state.

    >>> prompt_of("Add two numbers.")
    'Add two numbers.\n'
    >>> print(prompt_of("Add two numbers.", state="def add(a, b):\n    return a"))
    Add two numbers.
    ```python
    def add(a, b):
        return a
    ```
    <BLANKLINE>
    """
    if check_style(style) == "reference":
        if state or so_far:
            raise ConfigError("style", "'reference' has no form for a program state: use 'default'")
        return instruction
    prompt = instruction if not instruction or instruction.endswith("\n") else instruction + "\n"
    prompt += f"{so_far}\n" if so_far else ""
    # An instruction that ends in such a block needs an empty one behind it: else that would be read
    # as the state.
    if state is None or (not state and _find_state(prompt, label) is None):
        return prompt
    lines = state.split("\n") if state else []
    # Longer than the backticks at the head of any line, so that none closes the block.
    fence = "`" * max([3, *(_leading_backticks(line) + 1 for line in lines)])
    return "\n".join([prompt + fence + label, *lines, fence, ""])


def split_prompt(prompt: str, label: str = LABEL) -> tuple[str, str]:
    r"""The prompt of the instruction, and the program state; the inverse of `prompt_of`.

    Args:
        prompt: What `prompt_of` wrote for a state, also an empty one; with or without the
            newline at its end.
        label: Label of the block.

    >>> split_prompt(prompt_of("Add two numbers.", state="def add(a, b):"))
    ('Add two numbers.\n', 'def add(a, b):')
    """
    found = _find_state(prompt, label)
    if found is None:
        return prompt, ""
    lines = prompt.removesuffix("\n").split("\n")
    before = lines[:found]
    return "\n".join([*before, ""]) if before else "", "\n".join(lines[found + 1 : -1])


def _find_state(prompt: str, label: str) -> int | None:
    """The 0-based line of a prompt that opens the block of the state at its end."""
    *lines, fence = prompt.removesuffix("\n").split("\n")
    if len(fence) < 3 or fence.strip("`"):
        return None
    # Upwards from the last line, as the instruction may hold blocks of its own. The state has no
    # line that begins so, hence the first one that does opens its block, or there is no state.
    for number in range(len(lines) - 1, -1, -1):
        if lines[number].startswith(fence):
            return number if lines[number] == fence + label else None
    return None


def _leading_backticks(line: str) -> int:
    return len(line) - len(line.lstrip("`"))


def begin_edit(
    edits: str | Sequence[str] | EditSequence = (),
    *,
    after_line: int | None = None,
    num_lines: int | None = None,
    start: Program | str | None = None,
    edit_format: str = "diff",
) -> str:
    r"""The training text so far and the beginning of the next edit, for a model to continue.

    This text and what the model writes make one training text: pass both together to
    `resolve_generation`.

    Args:
        edits: The edits so far: their training text, printed edits, or a sequence.
        after_line: Where the edit is to insert: after this line of the program so far, 1-based;
            0 for the top. The model chooses by default.
        num_lines: How many lines it is to insert there first. The model chooses by default.
            Only where the form has counts: ``"diff"`` and ``"context_diff"``, which needs it.
        start: The program before the first edit; by default that of the sequence, or the
            empty program.
        edit_format: The form of the edits: of those so far, where they are text, and of the
            next one.

    Raises:
        ConfigError: There is no such line in the program, or a number is none, or there is
            no such form.
        DiffError: The edits are malformed, or do not fit.
        ProgramError: ``marker_in_program``: the form cannot say an edit.

    >>> begin_edit("<|diff|>@@ -0,0 +1 @@\n+a = 1", after_line=1)
    '<|diff|>@@ -0,0 +1 @@\n+a = 1\n<|diff|>@@ -1,0 +2'
    >>> begin_edit(after_line=0, num_lines=3)
    '<|diff|>@@ -0,0 +1,3 @@\n'
    """
    sequence = as_sequence(edits, start, edit_format)
    texts = [sequence.to_text(edit_format)] if sequence.edits else []
    text = "\n".join([*texts, DIFF_TOKEN])
    if after_line is None:
        if num_lines is not None:
            raise ConfigError("num_lines", "needs to be told where: set after_line")
        return text
    _check_number("after_line", after_line)
    state = sequence.resolve()
    if not 0 <= after_line <= len(state):
        problem = f"{after_line} is no line of the program so far, which has {len(state)}"
        raise ConfigError("after_line", problem)
    if num_lines is not None:
        _check_number("num_lines", num_lines)
        if num_lines < 1:
            raise ConfigError(
                "num_lines", f"{num_lines} is less than 1: give how many lines the edit has"
            )
    return text + edit_form(edit_format).begin(state.lines, after_line, num_lines)


def _check_number(name: str, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ConfigError(name, f"{value!r} is no number of lines")


def edit_prompt(
    instruction: str,
    edits: str | Sequence[str] | EditSequence = (),
    *,
    after_line: int | None = None,
    num_lines: int | None = None,
    start: Program | str | None = None,
    label: str = LABEL,
    edit_format: str = "diff",
) -> str:
    r"""A prompt that asks for the next edit, if wanted at a chosen place (paper A.3).

    The header of a diff comes before its lines. So a model whose answer already begins with a
    header inserts where that header says. Stop at ``"\n<|diff|>"`` to get this one edit.

    Args:
        instruction: The instruction; may be empty.
        edits: The edits so far, as for `begin_edit`.
        after_line: Where the edit is to insert: after this line, 1-based; 0 for the top. The model
            chooses by default.
        num_lines: How many lines it is to insert there first.
        start: The program before the first edit, by default that of the sequence. It becomes
            part of the prompt: see `prompt_of`.
        label: Label of its block; see `prompt_of`, too.
        edit_format: The form of the edits; see `begin_edit`.

    Returns:
        The prompt of the instruction and of ``start``, and what `begin_edit` gives.

    Raises:
        ConfigError: There is no such line in the program, or a number is none, or a text.
        DiffError: The edits are malformed, or do not fit.

    >>> edit_prompt("Count to two.", ["@@ -0,0 +1 @@\n+print(1)"], after_line=1)
    'Count to two.\n<|diff|>@@ -0,0 +1 @@\n+print(1)\n<|diff|>@@ -1,0 +2'
    """
    sequence = as_sequence(edits, start, edit_format)
    state = None if start is None and not sequence.start.lines else sequence.start.text
    prompt = prompt_of(checked_text(instruction, "instruction"), state=state, label=label)
    return prompt + begin_edit(
        sequence, after_line=after_line, num_lines=num_lines, edit_format=edit_format
    )
