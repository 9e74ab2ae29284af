"""Frozen configurations of the samplers: every choice that changes generated data."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Literal, TypeAlias, get_args

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.languages.base import Children, Comments, Unit, Weights
from lintseq_datasets.linters.base import Linter

ALGORITHM = 2
"""Number of the algorithm; it changes with any change of generated data."""

Start: TypeAlias = Literal["empty", "random_state", "given"]
"""Where edit sequences start: at the empty program, at a program state that is drawn among
those of the sequence, or at one that comes with the row."""


@dataclass(frozen=True, slots=True)
class RandSeqConfig:
    """The ablation without a linter ("RandSeq", paper section 3.4).

    Args:
        num_samples: Sequences drawn for each program (s in the paper).
        seed: Randomness is keyed by (seed, content of the program, sample index).
        unique: Whether the sequences of a program must differ; a program may then
            give fewer than ``num_samples``.
        epoch: Draws afresh when it changes, for transforms that are applied again in
            each epoch of a training run.
        start: Where the sequences start: ``"empty"``, the empty program;
            ``"random_state"``, a state between the edits, drawn uniformly;
            ``"given"``, the state that the row holds in its state column.
        max_lines: Programs of more lines are skipped as ``program_too_long``.
        max_characters: So are programs of more characters.
    """

    num_samples: int = 5
    seed: int = 0
    unique: bool = False
    epoch: int = 0
    start: Start = "empty"
    max_lines: int = 5000
    max_characters: int = 500_000

    def __post_init__(self) -> None:
        for name, least in (
            ("num_samples", 1),
            ("seed", 0),
            ("epoch", 0),
            ("max_lines", 1),
            ("max_characters", 1),
        ):
            _check_int(self, name, least)
        _check_bool(self, "unique")
        _check_choice(self, "start", get_args(Start))


@dataclass(frozen=True, slots=True)
class LintSeqConfig:
    """Backward sampling with a linter (paper section 2.2).

    The defaults are the paper's algorithm on code atoms; `reference` is what the
    published code does. ``docs/deviations.md`` gives the reasons.

    Args:
        num_samples: Sequences drawn for each program (s in the paper).
        seed: Randomness is keyed by (seed, content of the program, sample index).
        unique: Whether the sequences of a program must differ; a program may then
            give fewer than ``num_samples``.
        epoch: Draws afresh when it changes, for transforms that are applied again in
            each epoch of a training run.
        start: Where the sequences start: ``"empty"``, the empty program;
            ``"random_state"``, a state between the edits, drawn uniformly;
            ``"given"``, the state that the row holds in its state column.
        linter: ``"pylint"``, ``"prylint"``, ``"ruff"``, ``"pyflakes"``, ``"syntax"``, or a
            `Linter` of your own that can be pickled.
        errors: Message ids that count as errors, or prefixes of such ids; None for
            the linter's default set (pylint: ``E``, ``F``, ``W0311``, ``W0231``).
        imports: What imported names resolve to for pylint, ``"stdlib"`` or
            ``"environment"``.
        audit: Share of the programs, from 0 to 1, whose states pylint judges too, as a
            measure of what another linter misses; they are drawn by their content and the
            seed. None: 0.02 for ``"prylint"`` and other linters that stand in for one,
            otherwise 0.
        forgive_own_errors: Whether errors that the program itself has are no reason
            to delete a line.
        unit: What is drawn, ``"atom"`` or ``"line"``; see `python_structure`, also
            for the next four.
        comments: ``"ride"``, ``"draw"`` or ``"first_edit"``.
        children: ``"block"``, ``"indentation"`` or ``"none"``.
        weights: ``"uniform"`` or ``"indentation"``.
        draw_constants: Whether inner lines of multi-line upper-case definitions are drawn.
        max_lines: Programs of more lines are skipped as ``program_too_long``. What a program
            costs grows with the square of its length.
        max_characters: So are programs of more characters.
        max_lints: Program states that may be judged for one program, past which it
            fails as ``lint_budget``.
        time_limit: The last resort, for what these bounds do not see: processor seconds for
            all sequences of one program, past which it fails as ``time_budget``. For
            ruff and prylint, which judge many programs in one call: for each text.
    """

    num_samples: int = 5
    seed: int = 0
    unique: bool = False
    epoch: int = 0
    start: Start = "empty"
    linter: str | Linter = "pylint"
    errors: tuple[str, ...] | None = None
    imports: Literal["stdlib", "environment"] = "stdlib"
    audit: float | None = None
    forgive_own_errors: bool = True
    unit: Unit = "atom"
    comments: Comments = "ride"
    children: Children = "block"
    weights: Weights = "uniform"
    draw_constants: bool = True
    max_lines: int = 1000
    max_characters: int = 100_000
    max_lints: int = 20_000
    time_limit: float = 600.0

    def __post_init__(self) -> None:
        for name, least in (
            ("num_samples", 1), ("seed", 0), ("epoch", 0), ("max_lines", 1),
            ("max_characters", 1), ("max_lints", 1),
        ):  # fmt: skip
            _check_int(self, name, least)
        for name in ("unique", "forgive_own_errors", "draw_constants"):
            _check_bool(self, name)
        for name, choices in (
            ("start", get_args(Start)),
            ("imports", ("stdlib", "environment")),
            ("unit", get_args(Unit)),
            ("comments", get_args(Comments)),
            ("children", get_args(Children)),
            ("weights", get_args(Weights)),
        ):
            _check_choice(self, name, choices)
        _check_seconds(self, "time_limit")
        _check_share(self, "audit")
        if self.errors is not None:
            object.__setattr__(self, "errors", _message_ids(self.errors))

    @classmethod
    def reference(cls, **options: Any) -> LintSeqConfig:
        """The choices of the published code, `pylintseq` 0.0.2, for people who want that data.

        Only lines that are neither blank nor a comment are drawn, outside of multi-line
        upper-case definitions, weighted by indentation; more deeply indented lines go
        with the line above them; errors of the program itself are not forgiven, so that
        imports are looked up among the installed packages, as there.

        Args:
            **options: Other fields to set, for example ``num_samples`` or ``seed``.
        """
        return cls(
            **{
                "imports": "environment",
                "forgive_own_errors": False,
                "unit": "line",
                "comments": "first_edit",
                "children": "indentation",
                "weights": "indentation",
                "draw_constants": False,
                **options,
            }
        )


def with_options(
    config: LintSeqConfig | RandSeqConfig, options: dict[str, Any]
) -> LintSeqConfig | RandSeqConfig:
    """A copy of a configuration with some options changed.

    Raises:
        ConfigError: There is no such option, or it has no usable value.
    """
    known = [field.name for field in fields(config)]
    unknown = [name for name in options if name not in known]
    if unknown:
        problem = f"no such option of {type(config).__name__}; there are: {', '.join(known)}"
        raise ConfigError(unknown[0], problem)
    return replace(config, **options)


def _check_int(config: object, name: str, least: int) -> None:
    value = getattr(config, name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ConfigError(name, f"{value!r} is no whole number")
    if value < least:
        raise ConfigError(name, f"{value} is less than {least}")


def _check_bool(config: object, name: str) -> None:
    value = getattr(config, name)
    if not isinstance(value, bool):
        raise ConfigError(name, f"{value!r} is neither True nor False")


def _check_choice(config: object, name: str, choices: tuple[str, ...]) -> None:
    value = getattr(config, name)
    if value not in choices:
        raise ConfigError(name, f"{value!r} is none of {', '.join(map(repr, choices))}")


def _check_seconds(config: object, name: str) -> None:
    value = getattr(config, name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        raise ConfigError(name, f"{value!r} is no positive number of seconds")


def _check_share(config: object, name: str) -> None:
    value = getattr(config, name)
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ConfigError(name, f"{value!r} is no share between 0 and 1")


def _message_ids(value: object) -> tuple[str, ...]:
    if isinstance(value, (list, tuple)) and value and all(isinstance(e, str) and e for e in value):
        return tuple(value)
    raise ConfigError("errors", f"{value!r} is no list of message ids or prefixes of ids")
