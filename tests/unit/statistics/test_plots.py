"""Figures: that they are drawn and say what they show; how they look is for eyes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import datasets
import pytest

from lintseq_datasets import RandSeqConfig, refactor
from lintseq_datasets.errors import ConfigError
from lintseq_datasets.statistics import Distribution, Statistics, coverage_curve
from lintseq_datasets.statistics.counting import count_dataset
from lintseq_datasets.statistics.plots import (
    plot_coverage,
    plot_edit_lines,
    plot_edits,
    plot_growth,
    plot_lines,
    save_figures,
)

pytest.importorskip("matplotlib", reason="matplotlib is not installed (extra plots)")


@pytest.fixture(scope="module")
def two() -> dict[str, Statistics]:
    source = datasets.Dataset.from_dict(
        {"code": ["\n".join(f"a{n} = {n}" for n in range(size)) for size in range(1, 30)]}
    )
    return {
        "lintseq": count_dataset(refactor(source, linter="syntax")),
        "a $name$ with _marks_": count_dataset(refactor(source, RandSeqConfig())),
    }


def test_every_figure_is_labelled(two: dict[str, Statistics]) -> None:
    for plot in (plot_lines, plot_edits, plot_edit_lines, plot_growth):
        (axes,) = plot(two).axes
        assert axes.get_title(loc="left")
        assert axes.get_xlabel()
        assert axes.get_ylabel()
        labels = " ".join(axes.get_legend_handles_labels()[1])
        assert "lintseq" in labels
        assert "a $name$ with _marks_" in labels


def test_one_dataset_needs_no_name(two: dict[str, Statistics]) -> None:
    for plot in (plot_lines, plot_edits, plot_edit_lines, plot_growth):
        (axes,) = plot(two["lintseq"]).axes
        assert any("n = " in label for label in axes.get_legend_handles_labels()[1])
        assert not any(":" in label for label in axes.get_legend_handles_labels()[1])


def test_legends_say_how_many(two: dict[str, Statistics]) -> None:
    one = two["lintseq"]
    for plot, size in ((plot_edits, one.num_sequences), (plot_edit_lines, one.edit_lines.total)):
        (axes,) = plot(two).axes
        assert axes.get_legend_handles_labels()[1][0] == f"lintseq (n = {size:,})"
    (axes,) = plot_lines(two).axes
    assert "cumulative" in axes.get_title(loc="left")


def test_bars_hold_everything(two: dict[str, Statistics]) -> None:
    for plot in (plot_edits, plot_edit_lines):
        (axes,) = plot(two).axes
        for bars in axes.containers:
            assert sum(bar.get_height() for bar in bars) == pytest.approx(1)
    (axes,) = plot_edits({"long": Statistics(edits=Distribution({1: 1, 500: 1}))}).axes
    assert axes.get_xticklabels()[-1].get_text() == "20+"
    assert axes.containers[0][-1].get_height() == 0.5


def test_curves_end_at_everything(two: dict[str, Statistics]) -> None:
    (axes,) = plot_lines(two).axes
    assert len(axes.lines) == 3  # the programs are the same
    for line in axes.lines:
        assert line.get_ydata()[-1] == pytest.approx(1)
    (axes,) = plot_growth(two).axes
    for line in axes.lines:
        assert (line.get_ydata()[0], line.get_ydata()[-1]) == (0, 100)


def test_coverage_is_drawn_as_it_was_measured() -> None:
    edits = coverage_curve(8, [1, 8, 0], flops_per_token=3e8, completion_tokens=200)
    programs = coverage_curve(2, [1, 0, 0], flops_per_token=3e8, completion_tokens=100)
    (axes,) = plot_coverage({"edits": edits, "$programs$": programs}).axes
    assert axes.get_xscale() == "log"
    assert axes.get_title(loc="left")
    assert "FLOPs" in axes.get_xlabel()
    labels = axes.get_legend_handles_labels()[1]
    assert labels == [
        "edits (1 to 8 samples, n = 3 tasks)",
        "$programs$ (1 to 2 samples, n = 3 tasks)",
    ]
    for line, curve in zip(axes.lines, (edits, programs), strict=True):
        assert tuple(line.get_xdata()) == curve.flops
        assert tuple(line.get_ydata()) == curve.coverage
    assert [edits.k[at] for at in axes.lines[0].get_markevery()] == [1, 2, 4, 8]
    (axes,) = plot_coverage(
        {"one": coverage_curve(1, [1], flops_per_token=1, completion_tokens=1)}
    ).axes
    assert axes.lines[0].get_label() == "one (k = 1, n = 1 tasks)"
    (axes,) = plot_coverage(edits).axes
    assert axes.get_legend_handles_labels()[1] == ["1 to 8 samples, n = 3 tasks"]
    with pytest.raises(ConfigError, match="curves"):
        plot_coverage({})


def test_long_legends_leave_room(two: dict[str, Statistics]) -> None:
    one = two["lintseq"]
    few, many = plot_lines(two), plot_lines({f"dataset {number}": one for number in range(12)})
    for figure in (few, many):
        figure.draw_without_rendering()
    heights = [figure.axes[0].get_window_extent().height for figure in (few, many)]
    assert heights[1] > 0.9 * heights[0]


def test_files(two: dict[str, Statistics], tmp_path: Path) -> None:
    saved = save_figures({**two, "empty": Statistics()}, tmp_path / "new" / "folder")
    assert len(saved) == 4
    first = {path.name: path.read_bytes() for path in saved.values()}
    assert all(content.startswith(b"\x89PNG") for content in first.values())
    save_figures(two, str(tmp_path / "again"))
    for path in saved.values():
        for one in (path, path.with_suffix(".svg")):
            assert one.read_bytes() == (tmp_path / "again" / one.name).read_bytes()
        assert b"<svg" in path.with_suffix(".svg").read_bytes()
    assert save_figures({"empty": Statistics()}, tmp_path / "none") == {}


def test_without_matplotlib(two: dict[str, Statistics]) -> None:
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "from lintseq_datasets.statistics.plots import plot_edits\n"
        "try: plot_edits({})\n"
        "except ImportError as error: print(error)"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    assert "pip install 'matplotlib<4,>=3.8'" in printed
