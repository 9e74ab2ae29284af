from __future__ import annotations

import importlib.metadata
import inspect
import pickle
import platform

import pytest

import lintseq_datasets
from lintseq_datasets.mapping import mappers, versions
from lintseq_datasets.mapping.versions import VersionedFunction, data_versions
from lintseq_datasets.samplers.config import ALGORITHM


def plain(value: int, *, factor: int = 2) -> int:
    """Multiply."""
    return value * factor


twice = VersionedFunction(plain)


def test_data_versions() -> None:
    found = dict(data_versions())
    assert found["algorithm"] == str(ALGORITHM)
    assert found["python"] == platform.python_version()
    for package in ("pylint", "astroid"):
        assert found[package] == importlib.metadata.version(package)


def test_missing_packages_have_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", missing)
    found = dict(data_versions.__wrapped__())
    assert found["prylint"] == found["pylint"] == ""


class TestVersionedFunction:
    def test_is_the_function(self) -> None:
        assert twice(3) == 6
        assert twice(3, factor=5) == 15
        assert twice.__name__ == "plain"
        assert twice.__doc__ == "Multiply."
        assert inspect.signature(twice) == inspect.signature(plain)

    @pytest.mark.parametrize("name", ["lintseq_map", "randseq_map", "lintseq_transform"])
    def test_mappers_come_back_by_name(self, name: str) -> None:
        function = getattr(lintseq_datasets, name)
        assert isinstance(function, VersionedFunction)
        assert pickle.loads(pickle.dumps(function)) is function
        assert name in repr(function)

    def test_the_pickled_state_changes_with_the_versions(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = pickle.dumps(mappers.lintseq_map)
        assert pickle.dumps(mappers.lintseq_map) == before
        monkeypatch.setattr(versions, "data_versions", lambda: (("algorithm", "next"),))
        changed = pickle.dumps(mappers.lintseq_map)
        assert changed != before
        assert pickle.loads(changed) is mappers.lintseq_map
