"""Whose the output is that is at a place: this job's, another's, or nobody's.

There are three places to look. An unfinished job has a folder with a manifest. A finished
directory says in its provenance which job made it. A finished file has a receipt beside it, which
counts for that file alone: if the file was replaced, it belongs to nobody.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lintseq_datasets.errors import JobError, Remedy
from lintseq_datasets.files.output import read_provenance
from lintseq_datasets.jobs._receipt import Receipt, receipt_path
from lintseq_datasets.jobs.folder import JobFolder, differences
from lintseq_datasets.jobs.publication import folder_of, is_whole
from lintseq_datasets.mapping.accounting import Accounting


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Tells what is this job's from what is not.

    Args:
        job: Id of the job.
        identity: Everything that its rows depend on.
    """

    job: str
    identity: Mapping[str, Any]

    def other(self, output: Path) -> str | None:
        """What is at a place, unless it is this job, finished or not; for people.

        Args:
            output: The place.
        """
        try:
            manifest = JobFolder.read(folder_of(output))
        except JobError as damage:
            return f"{damage.problem}, and nothing says what is done"
        if manifest is not None:
            if manifest.get("job") == self.job:
                return None
            different = "; ".join(differences(self.identity, manifest))
            return f"holds an unfinished job that is another one: {different}"
        job, identity = self._maker(output)
        if job == self.job:
            return None
        if job is not None:
            different = "; ".join(differences(self.identity, identity))
            return f"exists and was made by another job: {different}"
        if not output.is_dir():
            return "exists" if output.exists() else None
        # A job folder without a manifest is one that was stopped before it started.
        return "exists" if set(output.iterdir()) - {folder_of(output)} else None

    def _maker(self, output: Path) -> tuple[str | None, Mapping[str, Any]]:
        """Id and identity of the job that a finished output is of; None if it is of none."""
        if output.is_dir():
            job = (read_provenance(output) or {}).get("job")
            return (job.get("id"), job.get("identity", {})) if isinstance(job, dict) else (None, {})
        receipt = Receipt.read(receipt_path(output))
        # A file that was replaced is nobody's. But if this job made the one before, `accounting`
        # says that it was changed, which helps more than that something is there.
        if receipt is None or not (receipt.job == self.job or receipt.is_of(output)):
            return None, {}
        return receipt.job, receipt.identity

    def accounting(self, output: Path) -> Accounting | None:
        """What became of the rows of this job, where it is finished; None if it is not.

        Args:
            output: The place.

        Raises:
            JobError: It was changed.
        """
        # A directory says it itself, and may have a receipt beside; a file has nothing else.
        made, receipt = read_provenance(output), self._receipt_at(output)
        if made is not None:
            # It is JSON that anybody may have edited: whatever is wrong, it was changed.
            with contextlib.suppress(KeyError, TypeError, ValueError, AttributeError):
                if is_whole(output, made):
                    return Accounting.from_dict(made["accounting"])
        elif receipt is not None and output.is_file():
            if receipt.is_of(output):
                return receipt.accounting
        else:
            return None
        problem = "files of this finished dataset are missing or changed"
        raise JobError(problem, str(output), Remedy("{} replaces them", ("overwrite=True",)))

    def _receipt_at(self, output: Path) -> Receipt | None:
        """The receipt of this job at a place."""
        receipt = Receipt.read(receipt_path(output))
        return receipt if receipt is not None and receipt.job == self.job else None

    def receipt(self, output: Path) -> Receipt | None:
        """The receipt of a finished file, if that is of this job and there.

        Args:
            output: The place.
        """
        receipt = self._receipt_at(output)
        return receipt if receipt is not None and receipt.is_of(output) else None
