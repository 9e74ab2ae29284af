"""A dataset and its card to the Hub, in one commit.

Somebody else may commit meanwhile. For example, in a push of the configuration ``b``:

    look at commit 1       README.md names the configuration a; ours is merged into it
    commit on top of 1     the Hub refuses: commit 2 came first
    look at commit 2       README.md names c, too, and ours is merged into that
    commit on top of 2     it is commit 3
    read commit 3 back     what was sent is there, and nothing else has changed
"""

from __future__ import annotations

import contextlib
import json
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lintseq_datasets.errors import HubError
from lintseq_datasets.files.output import SHARD_BYTES
from lintseq_datasets.hub._arguments import (
    check_names,
    check_splits,
    config_name_of,
    find_token,
    wants_figures,
)
from lintseq_datasets.hub._client import ATTEMPTS, Client, ConflictError, LostError, wait
from lintseq_datasets.hub._creation import create
from lintseq_datasets.hub._fields import Contribution, contribute, read_contributions
from lintseq_datasets.hub._metadata import (
    SplitFiles,
    check_formats,
    data_directory,
    update_configs,
    update_infos,
)
from lintseq_datasets.hub._readback import check_pushed
from lintseq_datasets.hub._repository import Repository, Snapshot
from lintseq_datasets.hub.card import render_card
from lintseq_datasets.hub.facts import Facts, as_splits, gather
from lintseq_datasets.hub.readme import Readme
from lintseq_datasets.samplers.option_checks import check_text
from lintseq_datasets.statistics import Statistics
from lintseq_datasets.statistics.counting import count_dataset

if TYPE_CHECKING:
    from huggingface_hub import CommitInfo

_STATISTICS = "statistics.json"
_COMMIT_ID = re.compile(r"[0-9a-fA-F]{40}")


def push(
    dataset: Any,
    repo_id: str,
    *,
    config_name: str | None = None,
    config: str | None = None,
    split: str | None = None,
    private: bool | None = None,
    token: str | None = None,
    revision: str | None = None,
    create_pr: bool = False,
    commit_message: str | None = None,
    commit_description: str | None = None,
    license: str | None = None,
    source: str | Iterable[str] | None = None,
    language: str | Sequence[str] = "code",
    pretty_name: str | None = None,
    statistics: Statistics | None = None,
    tokenizer: Any = None,
    max_length: int | None = None,
    figures: bool | None = None,
) -> CommitInfo:
    """Push an edit-sequence dataset to the Hub, with a card that says how it was made.

    Data, card and figures go in a single commit, on top of the one that was looked at:
    what dies before leaves the repository as it was, and may be run again. The text and
    the metadata that are in the card stay, as do other configurations and other splits.
    Calls that fail for a while are repeated; after a commit of somebody else the card is
    read again.

    Args:
        dataset: An edit-sequence dataset of any output format, or its splits by name.
        repo_id: ``"user/name"``; the repository is made where there is none.
        config_name: Name of the configuration in the repository, ``"default"`` by default.
        config: The same.
        split: Name of the split, if ``dataset`` is one; by default its own, or ``"train"``.
        private: Whether a repository that is made is private.
        token: Of a user with the right to write; by default that of ``hf auth login`` or
            the variable HF_TOKEN.
        revision: Branch to push to; made where there is none.
        create_pr: Whether to open a pull request instead.
        commit_message: Of the commit.
        commit_description: Of the commit.
        license: License of the dataset; by default that of the source, where it is recorded.
        source: What the programs come from: ids on the Hub, or names such as that of a file; by
            default as recorded.
        language: Value of the field ``language``.
        pretty_name: Title of the dataset; by default the name of the repository.
        statistics: What `count_dataset` gives, where it is known already.
        tokenizer: Counts the tokens of the examples; see `count_dataset`.
        max_length: Tokens beyond which the user of the dataset will truncate.
        figures: Whether to draw figures; by default where matplotlib is installed.

    Returns:
        The commit, as `huggingface_hub` describes it.

    Raises:
        ColumnError: The columns are those of no output format.
        ConfigError: An argument has no usable value.
        HubError: There is no token, it has not the right, the Hub cannot be reached, or
            the card that is there cannot be edited.
        MissingExtraError: ``figures=True`` without matplotlib.
    """
    name = config_name_of(config_name, config)
    splits = as_splits(dataset, split)
    check_text("repo_id", repo_id, "the name of a repository, such as 'user/name'")
    check_names(repo_id, name, list(splits))
    client = Client(repo_id, find_token(repo_id, token))
    check_splits(splits)
    if statistics is None:
        statistics = count_dataset(splits, tokenizer)
    facts = gather(splits, statistics, source)
    draws = wants_figures(figures)
    # Nothing was sent so far: what is wrong with the dataset or the arguments leaves no repository
    # behind that nobody wanted.
    repository = create(client, repo_id, private=private, revision=revision)
    with tempfile.TemporaryDirectory(prefix="lintseq-push-") as directory:
        planned = _Push(
            repository, name, facts, next(iter(splits.values())).features,
            contribute(facts, license=license, language=language),
            Path(directory), create_pr, draws, max_length, pretty_name,
            commit_message or f"Upload {name} with lintseq-datasets", commit_description,
        )  # fmt: skip
        planned.write_data(splits)
        planned.figures = planned.draw(f"figures/{name}", {name: facts.statistics})
        return _commit(client, planned)


# --- one push ------------------------------------------------------------------------


@dataclass(slots=True)
class _Push:
    """What is pushed, as files in a directory and as what the card needs."""

    repository: Repository
    config_name: str
    facts: Facts
    features: Any
    own: Contribution
    directory: Path
    create_pr: bool
    wants_figures: bool
    max_length: int | None
    pretty_name: str | None
    message: str
    description: str | None
    splits: dict[str, SplitFiles] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)  # by path in the repository
    figures: dict[str, str] = field(default_factory=dict)  # path in the repository by text

    def write_data(self, splits: Mapping[str, Any]) -> None:
        """Write the splits as Parquet files."""
        target = data_directory(self.config_name)
        for name, part in splits.items():
            # Rows that were selected share the table of all rows, which tells for them together.
            size = int(part.data.nbytes * len(part) / max(1, part.data.num_rows))
            count = 1 + size // SHARD_BYTES
            for number in range(count):
                file = f"{name}-{number:05d}-of-{count:05d}.parquet"
                path = self.directory / f"{target}-{file}"
                # Or the rows would be dealt out to the shards in turn, and change their order.
                shard = part.shard(count, number, contiguous=True) if count > 1 else part
                shard.to_parquet(str(path))
                self.files[f"{target}/{file}"] = path
            self.splits[name] = SplitFiles(f"{target}/{name}-*", len(part), size)

    def draw(self, folder: str, statistics: Mapping[str, Statistics]) -> dict[str, str]:
        """Draw figures for a folder of the repository; returns their paths by text."""
        if not self.wants_figures or not any(one.num_sequences for one in statistics.values()):
            return {}
        from lintseq_datasets.statistics.plots import save_figures

        drawn = save_figures(statistics, self.directory / folder.replace("/", "-"))
        # The card shows the PNG; the SVG beside it is for papers and slides.
        paths = [one for path in drawn.values() for one in (path, path.with_suffix(".svg"))]
        self.files.update({f"{folder}/{path.name}": path for path in paths})
        if list(statistics) == [self.config_name]:  # for figures that compare, later
            path = self.directory / _STATISTICS
            path.write_text(json.dumps(self.facts.statistics.as_dict()) + "\n", encoding="utf-8")
            self.files[f"{folder}/{_STATISTICS}"] = path
        return {text: f"{folder}/{path.name}" for text, path in drawn.items()}

    def compare(self, readme: Readme, head: str) -> dict[str, str]:
        """Draw all configurations beside each other, where there are others of ours."""
        others = set(read_contributions(readme.section("about"))) - {self.config_name}
        if not others or not self.wants_figures:
            return {}
        statistics = {self.config_name: self.facts.statistics}
        for name in others:
            # Of a configuration whose file is gone, or was edited, there is no curve: the push of
            # this one is not to fail for it.
            content = self.repository.read(head, f"figures/{name}/{_STATISTICS}")
            with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
                statistics[name] = Statistics.from_dict(json.loads(content or b""))
        if len(statistics) == 1:
            return {}
        return self.draw("figures/comparison", dict(sorted(statistics.items())))


def _commit(client: Client, planned: _Push) -> CommitInfo:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _commit_once(client, planned)
        except ConflictError as conflict:
            if attempt == ATTEMPTS:
                problem = f"other commits came first {ATTEMPTS} times; try again later ({conflict})"
                raise HubError("unreachable", planned.repository.repo_id, problem) from None
            wait(attempt, None, "committing on top of another commit")
        except LostError:
            problem = "the connection was lost: look whether the pull request was opened"
            raise HubError("unreachable", planned.repository.repo_id, problem) from None
    raise AssertionError("unreachable")


def _commit_once(client: Client, planned: _Push) -> CommitInfo:
    """Look at the repository, commit on top of what is there, and read it back."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    repository = planned.repository
    target = data_directory(planned.config_name)
    there = repository.look(target)
    if target in there.files:
        raise HubError(
            "name",
            repository.repo_id,
            f"there is a file called {target!r}: choose another config_name",
        )
    # Other splits stay. Of ours, shards of a push with other numbers of them go: beside the new
    # ones they would be loaded as well.
    stays = {path: one for path, one in there.files.items() if path.startswith(f"{target}/")}
    ours = tuple(f"{target}/{name}-" for name in planned.splits)
    outdated = [path for path in stays if path.startswith(ours) and path not in planned.files]
    size = sum(path.stat().st_size for path in planned.files.values() if path.suffix == ".parquet")
    size += sum(one.size for path, one in stays.items() if not path.startswith(ours))
    before = Readme.from_text(repository.readme(there))
    comparison = planned.compare(before, there.head)
    readme = _readme(planned, before, comparison, there, size)
    files: dict[str, Path | bytes] = {**planned.files, "README.md": readme.text.encode("utf-8")}
    operations: list[Any] = [CommitOperationDelete(path_in_repo=path) for path in outdated]
    operations += [  # made afresh for each attempt: they remember what the Hub had
        CommitOperationAdd(path_in_repo=name, path_or_fileobj=made)
        for name, made in sorted(files.items(), key=lambda file: file[0])
    ]
    commit = client.call(
        "committing",
        client.api.create_commit,
        repository.repo_id,
        operations,
        commit_message=planned.message,
        commit_description=planned.description,
        repo_type="dataset",
        revision=repository.revision,
        create_pr=planned.create_pr,
        # The Hub refuses it when another commit came since: the card was merged into this one.
        # It has no commit where the Hub does not say one; the client takes the name of a branch for
        # a mistake.
        parent_commit=there.head if _COMMIT_ID.fullmatch(there.head) else None,
        commits=True,
        # To a branch, the same files can be pushed twice; a pull request would be there twice.
        once=planned.create_pr,
    )
    check_pushed(repository, commit.oid, there, files, outdated, planned.splits)
    return commit


def _readme(
    planned: _Push, readme: Readme, comparison: Mapping[str, str], there: Snapshot, size: int
) -> Readme:
    fields = readme.fields()
    configs = fields.get("configs")
    if not configs and planned.config_name != "default":
        configs = planned.repository.unnamed_files(there) or configs
    check_formats(configs, planned.config_name)
    provenances = planned.facts.provenances if planned.facts.is_known else {}
    readme = render_card(
        readme, planned.facts, planned.own, planned.repository.repo_id, planned.config_name,
        max_length=planned.max_length, figures=planned.figures, comparison=comparison,
        pretty_name=planned.pretty_name,
    )  # fmt: skip
    return readme.with_fields(
        {
            "configs": update_configs(configs, planned.config_name, planned.splits),
            "dataset_info": update_infos(
                fields.get("dataset_info"),
                planned.config_name,
                planned.features,
                planned.splits,
                size,
                provenances,
            ),
        }
    )
