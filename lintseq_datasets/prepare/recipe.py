"""Recipes: files that say what to prepare a source from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.prepare.specs import Benchmark, Source, as_spec

OPTIONS: dict[str, tuple[type, ...]] = {
    "language": (str,),
    "keep_columns": (list, str, bool, type(None)),
    "duplicates": (str, type(None)),
    "check_syntax": (bool,),
    "ngram": (int, type(None)),
    "ngram_solutions": (bool,),
    "prompt_substring": (bool,),
    "solution_substring": (bool,),
    "test_substring": (bool,),
    "min_words": (int,),
}
"""Options of `prepare` that a recipe may hold, and the types of their values."""


def load_recipe(path: str | Path) -> dict[str, Any]:
    """Read a recipe, for ``prepare(**load_recipe(path))``.

    Args:
        path: A file in YAML (or JSON, which is YAML): ``sources`` and ``benchmarks``, lists
            of paths or of mappings with the fields of `Source` and `Benchmark`, and options
            of `prepare`. Paths in it count from the working directory.

    Returns:
        Arguments of `prepare`.

    Raises:
        ConfigError: The file cannot be read, or holds an unknown name or value.
    """
    # PyYAML comes with `datasets`. Only recipes need it, so nothing else waits for it.
    import yaml

    try:
        found = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        problem = " ".join(str(error).split())
        raise ConfigError("recipe", f"cannot read {str(path)!r}: {problem}") from error
    if not isinstance(found, dict):
        raise ConfigError(
            "recipe",
            f"{str(path)!r} holds no mapping with 'sources': see examples/paper_sources.yaml",
        )
    for name, value in found.items():
        _check(name, value)
    kinds = {"sources": Source, "benchmarks": Benchmark}
    specs = {
        # A key with nothing behind it, as in "benchmarks:", is None in YAML.
        name: [as_spec(value, kind) for value in found.get(name) or []]
        for name, kind in kinds.items()
    }
    return {**found, **specs}


def _check(name: Any, value: Any) -> None:
    if name in ("sources", "benchmarks"):
        if not isinstance(value, list | None):
            raise ConfigError(str(name), "is no list: begin each entry with -")
    elif name not in OPTIONS:
        raise ConfigError(str(name), f"a recipe has sources, benchmarks, {', '.join(OPTIONS)}")
    elif type(value) not in OPTIONS[name]:  # `isinstance` would take True for a number
        raise ConfigError(
            str(name), f"{value!r} is no usable value: see lintseq-datasets prepare --help"
        )
