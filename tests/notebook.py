"""The notebook in examples/: how it is run, and how it is stored with what it shows.

    python -m tests.notebook

runs it in a fresh kernel and stores its outputs, which is to be done after any change of it.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from tests.conftest import PYTHONPATH, ROOT

NOTEBOOK = ROOT / "examples" / "end_to_end.ipynb"

# Where any request of a package would go: nothing listens there.
_NOWHERE = "http://127.0.0.1:9"


def read_notebook() -> dict[str, Any]:
    """The notebook as it is stored."""
    found: dict[str, Any] = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    return found


def code_digest(notebook: dict[str, Any]) -> str:
    """Tells whether outputs were made by the code beside them."""
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    sources = [[cell["id"], "".join(cell["source"])] for cell in cells]
    return hashlib.sha256(json.dumps(sources).encode()).hexdigest()


def run_notebook(notebook: dict[str, Any], folder: Path, home: Path) -> dict[str, Any]:
    """Run a notebook in a fresh kernel of this interpreter, without a network.

    Args:
        notebook: What to run; its outputs are ignored.
        folder: The working directory.
        home: Where caches and settings go.

    Returns:
        The notebook with its outputs.

    Raises:
        CellExecutionError: A cell raised.
    """
    import nbformat
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    # Without any folder of installed kernels, "python3" is the interpreter that runs this.
    kernel = AsyncKernelManager(
        kernel_name="python3",
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
        connection_file=str(home / "kernel.json"),
    )
    node = nbformat.reads(json.dumps(notebook), as_version=4)
    client = NotebookClient(
        node,
        km=kernel,
        resources={"metadata": {"path": str(folder)}},
        timeout=600,
        coalesce_streams=True,
        record_timing=False,
    )
    client.execute(env=_environment(home))
    done: dict[str, Any] = json.loads(nbformat.writes(node))
    return done


def _environment(home: Path) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": PYTHONPATH,
        "HF_HOME": str(home / "cache"),
        "IPYTHONDIR": str(home / "ipython"),
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HTTP_PROXY": _NOWHERE,
        "HTTPS_PROXY": _NOWHERE,
        "CUDA_VISIBLE_DEVICES": "",
        "OMP_NUM_THREADS": "1",
    }


def main() -> None:
    notebook = read_notebook()
    with tempfile.TemporaryDirectory() as home:
        done = run_notebook(notebook, NOTEBOOK.parent, Path(home))
    # What a kernel adds, such as the version of Python, is none of the notebook's.
    done["metadata"] = {**notebook["metadata"], "code_digest": code_digest(done)}
    text = json.dumps(done, ensure_ascii=False, indent=1) + "\n"
    NOTEBOOK.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
