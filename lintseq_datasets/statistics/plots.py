"""Figures: statistics of edit-sequence datasets, and coverage of models.

Several datasets or models are drawn beside each other. The colours are those of Okabe and Ito,
which people with any kind of colour vision can tell apart. Lines also differ in their dashes, and
bars in their hatches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from lintseq_datasets.errors import ConfigError, MissingExtraError
from lintseq_datasets.statistics import GROWTH_STEPS, Coverage, Distribution, Statistics

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Datasets: TypeAlias = Statistics | Mapping[str, Statistics]
"""Statistics of one dataset, or of several by the names that stand in the legend."""

_Drawn = TypeVar("_Drawn")
_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_DASHES = ("-", "--", "-.", ":")
_MARKS = ("o", "s", "^", "D", "v", "P")
_MOST_BARS = 20
_LONGEST_NAME = 60
_STYLE: dict[Any, Any] = {
    "axes.axisbelow": True, "axes.grid": True, "axes.spines.right": False,
    "axes.spines.top": False, "axes.titlelocation": "left", "axes.titlesize": 14, "font.size": 12,
    "grid.alpha": 0.3, "legend.frameon": False, "savefig.dpi": 150,
    # Names of datasets may hold a "$", which would begin a formula, and fail if it is none.
    "text.parse_math": False,
    "svg.hashsalt": "lintseq-datasets",  # ids that are the same each time
}  # fmt: skip


# --- the figures ---------------------------------------------------------------------


def plot_lines(datasets: Datasets) -> Figure:
    """Lines per example before and after (paper figure 3, left).

    Args:
        datasets: Statistics, or several by name.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    found = _named(datasets)

    def draw(axes: Axes) -> None:
        programs = [one.lines_before for one in found.values()]
        is_same = len(found) > 1 and all(one == programs[0] for one in programs)
        if is_same:  # datasets of the same programs: one curve would hide the other
            _curve(axes, programs[0], "program", color="0.35", linestyle="--")
        for name, one, color in _colored(found):
            size = _size(one.num_sequences)
            if not is_same:
                _curve(axes, one.lines_before, _join(name, "program"), color=color, linestyle="--")
            label = _join(name, f"training text ({size})")
            _curve(axes, one.lines_after, label, color=color, linestyle="-")
        title = "Lines per example, before and after (cumulative)"
        _axes(axes, title, "lines", "examples with at most so many lines")
        last = max(one.lines_after.quantile(0.99) for one in found.values())
        axes.set_xlim(0, last + 1)
        axes.xaxis.set_major_locator(_whole_numbers())
        axes.set_ylim(0, 1.02)
        axes.yaxis.set_major_formatter(_percent())

    return _figure(draw)


def plot_edits(datasets: Datasets) -> Figure:
    """Edits per sequence (paper figure 3, right).

    Args:
        datasets: Statistics, or several by name.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    found = {name: one.edits for name, one in _named(datasets).items()}
    return _figure(
        lambda axes: _bars(axes, found, "Edits per sequence", "edits", "share of sequences")
    )


def plot_edit_lines(datasets: Datasets) -> Figure:
    """Lines that an edit writes.

    Args:
        datasets: Statistics, or several by name.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    found = {name: one.edit_lines for name, one in _named(datasets).items()}
    return _figure(lambda axes: _bars(axes, found, "Lines per edit", "lines", "share of edits"))


def plot_growth(datasets: Datasets) -> Figure:
    """How a program grows over its edits: median, and the middle half of the sequences.

    Args:
        datasets: Statistics, or several by name.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """

    def draw(axes: Axes) -> None:
        times = [100 * step / GROWTH_STEPS for step in range(GROWTH_STEPS + 1)]
        colored = _colored(_named(datasets))
        for (name, one, color), dashes in zip(colored, cycle(_DASHES), strict=False):
            low, middle, high = (
                [step.quantile(share) for step in one.growth] for share in (0.25, 0.5, 0.75)
            )
            axes.fill_between(times, low, high, color=color, alpha=0.18, linewidth=0)
            label = _join(name, f"median and middle half ({_size(one.num_sequences)})")
            axes.plot(times, middle, color=color, linestyle=dashes, label=label)
        axes.plot(
            [0, 100], [0, 100], color="0.5", linewidth=0.8, linestyle=":", label="even growth"
        )
        title = "Growth of a program over its edits"
        _axes(axes, title, "edits made (%)", "lines of the program written (%)")
        axes.set_xlim(0, 100)
        axes.set_ylim(0, 101)

    return _figure(draw)


def plot_coverage(curves: Coverage | Mapping[str, Coverage]) -> Figure:
    """Coverage against cumulative test-time FLOPs (paper appendix F.4).

    Points stand at 1, 2, 4, 8, … samples, and at the last number; the band is one standard
    error wide on either side.

    Args:
        curves: What `lintseq_datasets.statistics.coverage_curve` gives, or several by name.

    Raises:
        ConfigError: There is nothing to draw.
        MissingExtraError: matplotlib is not installed.
    """
    found = {"": curves} if isinstance(curves, Coverage) else curves
    if not found:
        raise ConfigError("curves", "there is none: give at least one")

    def draw(axes: Axes) -> None:
        looks = zip(cycle(_DASHES), cycle(_MARKS), strict=False)
        for (name, one, color), (dashes, mark) in zip(_colored(found), looks, strict=False):
            errors = [error or 0.0 for error in one.standard_error]
            low = [max(y - error, 0) for y, error in zip(one.coverage, errors, strict=True)]
            high = [min(y + error, 1) for y, error in zip(one.coverage, errors, strict=True)]
            axes.fill_between(one.flops, low, high, color=color, alpha=0.15, linewidth=0)
            # A power of 2 has no bit in common with the number before it: 8 is 1000, and 7 is 0111.
            shown = [at for at, k in enumerate(one.k) if not k & (k - 1) or k == one.k[-1]]
            style: dict[str, Any] = {"color": color, "linestyle": dashes, "marker": mark}
            label = f"{name} ({_samples(one)})" if name else _samples(one)
            axes.plot(
                one.flops, one.coverage, markersize=4.5, markevery=shown, label=label, **style
            )
        axes.set_xscale("log")
        title = "Coverage against test-time compute"
        _axes(axes, title, "FLOPs per task, cumulative", "tasks solved by some sample")
        axes.set_ylim(0, 1.02)
        axes.yaxis.set_major_formatter(_percent())

    return _figure(draw)


def _samples(curve: Coverage) -> str:
    first, last = curve.k[0], curve.k[-1]
    samples = f"{first} to {last} samples" if first < last else f"k = {last}"
    return f"{samples}, {_size(curve.num_tasks)} tasks"


_FIGURES: dict[str, tuple[str, Callable[[Datasets], Any]]] = {
    "lines": ("Lines per example before and after, cumulative: examples of at most so many lines",
              plot_lines),
    "edits": ("Edits per sequence", plot_edits),
    "edit-lines": ("Lines per edit", plot_edit_lines),
    "growth": ("Growth of a program over its edits: median and middle half of the sequences",
               plot_growth),
}  # fmt: skip


def save_figures(datasets: Datasets, directory: str | Path) -> dict[str, Path]:
    """Draw all figures into a directory, each as a PNG file and beside it as SVG.

    Args:
        datasets: Statistics, or several by name; those of an empty dataset are left out.
        directory: Where to; it is made where there is none.

    Returns:
        The PNG files by the texts that describe them; none if there is nothing to draw.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    found = {name: one for name, one in _named(datasets).items() if one.num_sequences}
    if not found:
        return {}
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    saved = {}
    for name, (text, plot) in _FIGURES.items():
        saved[text] = directory / f"{name}.png"
        save_figure(plot(found), saved[text])
    return saved


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure as a PNG file, and beside it as SVG.

    Without versions and dates in them, the same figure gives the same files.

    Args:
        figure: What one of the functions here gave.
        path: The PNG file; the other one differs in its suffix.
    """
    from matplotlib import rc_context

    with rc_context(_STYLE):  # again, because some of it holds only while a figure is written
        figure.savefig(path, format="png", metadata={"Software": None})
        svg = path.with_suffix(".svg")
        figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})


# --- what they share -----------------------------------------------------------------


def _figure(draw: Callable[[Axes], None]) -> Figure:
    """One figure; without pyplot, which keeps figures and looks for a window."""
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("matplotlib", "plots") from None
    with rc_context(_STYLE):
        figure = Figure(layout="constrained")
        axes = figure.add_subplot()
        draw(axes)
        names = axes.get_legend_handles_labels()[1]
        figure.set_size_inches(9, max(5, 4.1 + 0.3 * len(names)))  # the axes keep their room
        figure.legend(loc="outside lower left")  # below, where it hides nothing
    return figure


def _named(datasets: Datasets) -> Mapping[str, Statistics]:
    return {"": datasets} if isinstance(datasets, Statistics) else datasets


def _join(name: str, label: str) -> str:
    return f"{name}: {label}" if name else label


def _size(count: int) -> str:
    return f"n = {count:,}"


def _colored(datasets: Mapping[str, _Drawn]) -> Iterator[tuple[str, _Drawn, str]]:
    for (name, one), color in zip(datasets.items(), cycle(_COLORS), strict=False):
        shown = name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"
        yield shown, one, color


def _axes(axes: Axes, title: str, x: str, y: str) -> None:
    axes.set_title(title)
    axes.set_xlabel(x)
    axes.set_ylabel(y)


def _percent() -> Any:
    from matplotlib.ticker import PercentFormatter

    return PercentFormatter(1, decimals=0)


def _whole_numbers() -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(integer=True)


def _curve(axes: Axes, found: Distribution, label: str, **style: Any) -> None:
    """Draw the share of the numbers that are at most x, over x."""
    total, reached = found.total, 0
    shares = []
    numbers = sorted(found.counts)
    for number in numbers:
        reached += found.counts[number]
        shares.append(reached / total)
    end = numbers[-1] * 2 + 1  # beyond what is shown, so that the curve goes on at the top
    axes.plot([0, *numbers, end], [0.0, *shares, 1.0], label=label, drawstyle="steps-post", **style)


def _bars(axes: Axes, found: Mapping[str, Distribution], title: str, x: str, y: str) -> None:
    most = max(one.quantile(0.99) for one in found.values())
    last = min(max(most, 2), _MOST_BARS)  # the last bar also stands for all that is more
    is_cut = any(one.quantile(1) > last for one in found.values())
    width = 0.8 / len(found)
    for number, (name, one, color) in enumerate(_colored(found)):
        counts = [one.counts.get(value, 0) for value in range(1, last)]
        counts.append(one.total - sum(counts) - one.counts.get(0, 0))
        places = [value - 0.4 + width * (number + 0.5) for value in range(1, last + 1)]
        heights = [count / one.total for count in counts]
        hatch = ("", "///", "...", "xxx")[number % 4]
        label = f"{name} ({_size(one.total)})" if name else _size(one.total)
        axes.bar(places, heights, width, color=color, label=label, hatch=hatch, edgecolor="white")
    _axes(axes, title, x, y)
    axes.grid(visible=False, axis="x")
    axes.yaxis.set_major_formatter(_percent())
    if last <= 12:
        axes.set_xticks(range(1, last + 1))
    else:
        axes.set_xticks([1, *range(5, last + 1, 5)])
    if is_cut:
        ticks = [int(tick) for tick in axes.get_xticks() if 1 <= tick <= last]
        ticks = [*(tick for tick in ticks if tick < last), last]
        labels = [str(tick) for tick in ticks[:-1]] + [f"{last}+"]
        axes.set_xticks(ticks, labels)
