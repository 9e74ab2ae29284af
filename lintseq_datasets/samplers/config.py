"""Frozen configurations of the samplers: every choice that changes generated data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, Unpack, get_args

from lintseq_datasets.errors import ConfigError, did_you_mean
from lintseq_datasets.languages.base import (
    Children,
    Comments,
    Language,
    StructureRules,
    Unit,
    Weights,
    load_language,
)
from lintseq_datasets.linters.base import Imports, Linter
from lintseq_datasets.samplers.option_checks import (
    check_bool,
    check_choice,
    check_int,
    check_seconds,
    check_share,
    message_ids,
    names_checked,
)
from lintseq_datasets.samplers.option_types import LintSeqOptions, Start

ALGORITHM = 3
"""Number of the algorithm; it changes with any change of generated data."""


@names_checked
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
            ``"random_state"``, a state between the edits, drawn uniformly; ``"segment"``, a
            state of the sequence, and end at a later one, both drawn uniformly;
            ``"given"``, the state that the row holds in its state column.
        language: What the programs are written in, which says what of an answer is one:
            ``"python"``, ``"lines"`` for any other, or another name of
            `lintseq_datasets.languages.base.LANGUAGES`.
        max_lines: Programs of more lines are skipped as ``program_too_long``.
        max_characters: So are programs of more characters.
    """

    num_samples: int = 5
    seed: int = 0
    unique: bool = False
    epoch: int = 0
    start: Start = "empty"
    language: str = "python"
    max_lines: int = 5000
    max_characters: int = 500_000

    def __post_init__(self) -> None:
        _check_draws(self)
        load_language(self.language)

    @property
    def method(self) -> str:
        """``randseq``."""
        return "randseq"


@names_checked
@dataclass(frozen=True, slots=True)
class LintSeqConfig:
    """Backward sampling with a linter (paper section 2.2).

    The defaults are the paper's algorithm on code atoms; `reference` is what the
    published code does. ``docs/deviations.md`` gives the reasons.

    Args:
        num_samples: Sequences for each program.
        seed: Randomness is keyed by it.
        unique: Whether the sequences of a program must differ.
        epoch: Draws afresh when it changes.
        start: Where the sequences start, as for `RandSeqConfig`.
        language: What the programs are written in.
        linter: One of those of the language by its name, for Python ``"pylint"``,
            ``"prylint"``, ``"ruff"``, ``"pyflakes"`` or ``"syntax"``; or a `Linter` of your own
            that can be pickled. None: the first of the language.
        errors: Message ids that count as errors, or prefixes of such ids; None for
            the linter's default set (pylint: ``E``, ``F``, ``W0311``, ``W0231``).
        imports: What imported names resolve to for pylint, ``"stdlib"`` or
            ``"environment"``; for Python only.
        audit: Share of the programs, from 0 to 1, whose states the default linter of the
            language judges too, as a measure of what another linter misses; they are drawn
            by their content and the seed. None: 0.02 for ``"prylint"`` and other linters that
            stand in for one, otherwise 0.
        forgive_own_errors: Whether errors that the program itself has are no reason
            to delete a line.
        unit: What is drawn, ``"atom"`` or ``"line"``.
            `lintseq_datasets.languages.base.StructureRules` says what this and the options
            down to ``draw_constants`` mean.
        comments: ``"ride"`` with the next code, ``"draw"``, or leave to the ``"first_edit"``.
        children: What a line takes along: ``"block"``, ``"indentation"`` or ``"none"``.
        weights: Which lines are likely to be drawn: ``"uniform"`` or ``"indentation"``.
        draw_constants: Whether inner lines of multi-line upper-case definitions are drawn;
            for Python only.
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
    language: str = "python"
    linter: str | Linter | None = None
    errors: tuple[str, ...] | None = None
    imports: Imports = "stdlib"
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
        _check_draws(self)
        _check_linting(self)
        for name in ("forgive_own_errors", "draw_constants"):
            check_bool(name, getattr(self, name))
        for name, choices in (
            ("unit", Unit),
            ("comments", Comments),
            ("children", Children),
            ("weights", Weights),
        ):
            check_choice(name, getattr(self, name), get_args(choices))
        _check_language(self, load_language(self.language))

    @property
    def method(self) -> str:
        """``lintseq``."""
        return "lintseq"

    @property
    def judge(self) -> str | Linter:
        """The linter, or the first one of the language."""
        return load_language(self.language).linters[0] if self.linter is None else self.linter

    @property
    def structure_rules(self) -> StructureRules:
        """What is drawn, and what goes along."""
        return StructureRules(
            self.unit, self.comments, self.children, self.weights, self.draw_constants
        )

    @classmethod
    def reference(cls, **options: Unpack[LintSeqOptions]) -> LintSeqConfig:
        """The choices of the published code, `pylintseq` 0.0.2, for people who want that data.

        Only lines that are neither blank nor a comment are drawn, outside of multi-line
        upper-case definitions, weighted by indentation; more deeply indented lines go
        with the line above them; errors of the program itself are not forgiven, so that
        imports are looked up among the installed packages, as there.

        Args:
            **options: Other fields to set, for example ``num_samples`` or ``seed``.

        Raises:
            ConfigError: The language is not that of the published code.
        """
        language = load_language(options.get("language", cls().language))
        if "reference" not in language.options:
            problem = f"the published code knows no {language.name}"
            raise ConfigError("reference", problem)
        published: LintSeqOptions = {
            "imports": "environment",
            "forgive_own_errors": False,
            "unit": "line",
            "comments": "first_edit",
            "children": "indentation",
            "weights": "indentation",
            "draw_constants": False,
        }
        chosen: LintSeqOptions = {**published, **options}
        return cls(**chosen)


@names_checked
@dataclass(frozen=True, slots=True)
class RevisionConfig:
    """Backward sampling of the changes between two versions of a program.

    Args:
        num_samples: Sequences drawn for each pair.
        seed: Randomness is keyed by (seed, content of both versions, sample index).
        unique: Whether the sequences of a pair must differ.
        epoch: Draws afresh when it changes.
        language: What the programs are written in; see `RandSeqConfig`.
        linter: What judges the states, as for `LintSeqConfig`. ``"auto"`` is the first one of the
            language. None is the ablation without a linter, which draws how many changes to
            undo as `RandSeqConfig` draws how many lines to delete.
        errors: Message ids that count as errors.
        imports: What imported names resolve to.
        audit: Share of the pairs whose states pylint judges too.
        max_lines: Pairs with a version of more lines are skipped as ``program_too_long``.
        max_characters: So are those with one of more characters.
        max_lints: States that may be judged for one pair.
        time_limit: Processor seconds for all sequences of one pair.
    """

    num_samples: int = 5
    seed: int = 0
    unique: bool = False
    epoch: int = 0
    language: str = "python"
    linter: str | Linter | None = "auto"
    errors: tuple[str, ...] | None = None
    imports: Imports = "stdlib"
    audit: float | None = None
    max_lines: int = 2000
    max_characters: int = 200_000
    max_lints: int = 20_000
    time_limit: float = 600.0

    def __post_init__(self) -> None:
        _check_draws(self)
        _check_linting(self)
        language = load_language(self.language)
        if self.linter is not None:
            _check_language(self, language)
        elif self.audit:
            raise ConfigError("audit", "without a linter, no state is judged: leave it out")

    @property
    def method(self) -> str:
        """``revision``, or ``random_revision`` without a linter."""
        return "random_revision" if self.linter is None else "revision"

    @property
    def judge(self) -> str | Linter | None:
        """The linter; None if there is none."""
        return load_language(self.language).linters[0] if self.linter == "auto" else self.linter

    @property
    def start(self) -> Start:
        """``"given"``: the sequences start at the version before, which comes with the row."""
        return "given"


SamplerConfig: TypeAlias = LintSeqConfig | RandSeqConfig | RevisionConfig
"""A configuration of a sampler."""


def _check_draws(config: SamplerConfig) -> None:
    """Check the options that both configurations have."""
    for name, least in (
        ("num_samples", 1),
        ("seed", 0),
        ("epoch", 0),
        ("max_lines", 1),
        ("max_characters", 1),
    ):
        check_int(name, getattr(config, name), least)
    check_bool("unique", config.unique)
    check_choice("start", config.start, get_args(Start))


def _check_linting(config: LintSeqConfig | RevisionConfig) -> None:
    """Check the options that the configurations with a linter have."""
    check_int("max_lints", config.max_lints, 1)
    check_choice("imports", config.imports, get_args(Imports))
    check_seconds("time_limit", config.time_limit)
    check_share("audit", config.audit)
    # A tuple, whatever was given: linters with the same options are kept, and looked up by them.
    # The class is frozen, but nobody has seen the value yet.
    if config.errors is not None:
        object.__setattr__(config, "errors", message_ids(config.errors))


def _check_language(config: LintSeqConfig | RevisionConfig, language: Language) -> None:
    """Check the options that depend on the language."""
    # Such an option may be set to what it is by default: then it asks for nothing.
    usual = {"imports": "stdlib", "draw_constants": True}
    for name, value in usual.items():
        if name not in language.options and getattr(config, name, value) != value:
            raise ConfigError(name, f"there is no such option for {language.name}")
    linter, own = config.linter, language.linters
    # With revisions, None is the ablation, so that the default needs a name.
    if linter == "auto" and isinstance(config, RevisionConfig):
        linter = None
    if own and isinstance(linter, str) and linter not in own:
        near = did_you_mean(linter, own)
        problem = f"{linter!r} is no linter of {language.name}, which has {', '.join(own)}{near}"
        raise ConfigError("linter", problem)
    if not own and linter is None:
        problem = f"{language.name} has no linter of its own: pass one, such as a CommandLinter"
        raise ConfigError("linter", problem)
    if not own and config.audit:
        raise ConfigError("audit", f"{language.name} has no linter that could audit another one")
