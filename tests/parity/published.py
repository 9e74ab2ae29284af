"""Runs the published code, `pylintseq` 0.0.2, without importing its package.

The package imports its command line, which changes the start method of the process; the
algorithm is in a module beside it. Run as a script, it samples programs and prints what
it found, so that its linter does not share a process with ours.
"""

from __future__ import annotations

import gc
import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

REFERENCE: dict[str, Any] = {  # as its command line calls it
    "children_per_round": 1,
    "top_k": 1,
    "max_population_size": 1,
    "indent_bias_sampling_factor": 1,
    "ignore_imports": False,
    "ignore_comments": True,
    "ignore_global_defs": True,
    "ignore_init_errors": False,
}


def load_utils() -> ModuleType:
    package = importlib.util.find_spec("pylintseq")
    assert package is not None
    assert package.origin is not None
    path = Path(package.origin).with_name("utils.py")
    spec = importlib.util.spec_from_file_location("published_utils", path)
    assert spec is not None
    assert spec.loader is not None
    utils = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(utils)
    return utils


def sample(utils: ModuleType, program: str) -> list[str] | None:
    """Printed edits of one sequence; None if there is nothing to draw."""
    found = utils.lintseq_backward_sampling_pythonic(program, max_depth=512, **REFERENCE)
    if found is None:
        return None
    edits: list[str] = utils.inflate_edit_path(program, found[0][0])[1]
    return edits


def first_draw(utils: ModuleType, program: str, line: int) -> tuple[list[float], list[int]]:
    """How likely each line is drawn first, and what goes with a line if no linter complains."""
    import numpy as np

    seen: list[list[float]] = []

    def choice(_lines: Any, _size: Any, p: Any, replace: bool) -> Any:
        assert not replace
        seen.append(list(p))
        return np.array([line])

    real = utils.np, utils.file_linter
    utils.np = SimpleNamespace(
        array=np.array, arange=np.arange, random=SimpleNamespace(choice=choice)
    )
    utils.file_linter = lambda *_args, **_kwargs: []
    try:
        found = utils.lintseq_backward_sampling_pythonic(program, max_depth=1, **REFERENCE)
    finally:
        utils.np, utils.file_linter = real
    return seen[0], sorted(found[0][0][0])


def main() -> None:
    job = json.loads(sys.argv[1])
    utils = load_utils()
    gc.disable()  # a sixth of the time
    utils.set_seed_everywhere(job["seed"])
    found = [
        [sample(utils, program) for _ in range(job["num_samples"])] for program in job["programs"]
    ]
    print(json.dumps(found))


if __name__ == "__main__":
    main()
