from __future__ import annotations

import importlib.util
import multiprocessing
import pickle
from collections.abc import Callable
from typing import Any

import datasets
import pytest
from datasets.fingerprint import Hasher

from lintseq_datasets import LintSeqConfig, lintseq_transform
from lintseq_datasets.errors import ConfigError
from lintseq_datasets.mapping.epochs import EpochTransform

PROGRAM = "\n".join(f"x{line} = {line}" for line in range(8))
ROWS = [{"code": f"{PROGRAM}\ny = {number}"} for number in range(6)]
CONFIG = LintSeqConfig(num_samples=1, linter="syntax", seed=3)


def dataset(transform: Callable[..., Any]) -> datasets.Dataset:
    return datasets.Dataset.from_list(ROWS).with_transform(transform)


def drawn(epoch: int) -> list[Any]:
    rows = [lintseq_transform(row, config=CONFIG, epoch=epoch) for row in ROWS]
    return [row["edit_sequences"] for row in rows]


def test_each_epoch_draws_afresh_and_again_the_same() -> None:
    transform = EpochTransform(CONFIG)
    rows = dataset(transform)
    for epoch in (0, 1, 2, 0):
        transform.set_epoch(epoch)
        assert transform.epoch == epoch
        assert [row["edit_sequences"] for row in rows] == drawn(epoch)
    assert drawn(0) != drawn(1) != drawn(2)


def test_options() -> None:
    transform = EpochTransform(
        num_samples=2, linter="syntax", program_column="b", extract_code=None, status_column="why"
    )
    row = transform({"a": "x = 1", "b": "x ="})
    assert (row["edit_sequences"], row["why"]) == ([], "skipped:syntax_error")
    assert EpochTransform(CONFIG, epoch=5).epoch == 5
    with pytest.raises(ConfigError, match="epoch"):
        transform.set_epoch(-1)
    with pytest.raises(ConfigError, match="no such option"):
        EpochTransform(sed=1)


def test_a_copy_goes_its_own_way() -> None:
    transform = EpochTransform(CONFIG)
    copy = pickle.loads(pickle.dumps(transform))
    transform.set_epoch(4)
    assert (transform.epoch, copy.epoch) == (4, 0)
    assert pickle.loads(pickle.dumps(transform)).epoch == 4


def test_fingerprint() -> None:
    transform = EpochTransform(CONFIG)
    assert Hasher.hash(transform) == Hasher.hash(EpochTransform(CONFIG))
    assert Hasher.hash(transform) != Hasher.hash(EpochTransform(CONFIG, seed=4))
    before = Hasher.hash(transform)
    transform.set_epoch(1)
    assert Hasher.hash(transform) != before


def serve(transform: EpochTransform, requests: Any, answers: Any) -> None:
    for number in iter(requests.get, None):
        answers.put(transform(ROWS[number])["edit_sequences"])


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_running_workers_see_the_epoch(method: str) -> None:
    workers = multiprocessing.get_context(method)
    transform = EpochTransform(CONFIG)
    requests, answers = workers.SimpleQueue(), workers.SimpleQueue()
    process = workers.Process(target=serve, args=(transform, requests, answers), daemon=True)
    process.start()
    try:
        for epoch in (0, 1, 5, 1):
            transform.set_epoch(epoch)
            requests.put(2)
            assert answers.get() == drawn(epoch)[2]
    finally:
        requests.put(None)
        process.join(30)


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed")
@pytest.mark.parametrize(
    ("method", "persistent"), [("fork", False), ("fork", True), ("spawn", True)]
)
def test_data_loader(method: str, persistent: bool) -> None:
    from torch.utils.data import DataLoader

    transform = EpochTransform(CONFIG)
    loader: Any = DataLoader(
        dataset(transform), batch_size=2, num_workers=2, persistent_workers=persistent,
        multiprocessing_context=method, collate_fn=list,
    )  # fmt: skip
    for epoch in (0, 1, 2, 1):
        transform.set_epoch(epoch)
        rows = [row["edit_sequences"] for batch in loader for row in batch]
        assert rows == drawn(epoch)
