"""Sources and benchmarks as they are written: in Python, in a recipe, on the command line."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.prepare.recipe import OPTIONS, load_recipe
from lintseq_datasets.prepare.specs import (
    Benchmark,
    Source,
    as_spec,
    name_of,
    parse_spec,
    with_data_files,
)


def test_a_source_in_three_spellings() -> None:
    options = {"split": "train", "program_column": "code", "license": "mit", "language": "python"}
    wanted = Source("user/name", **options)  # type: ignore[arg-type]
    assert as_spec({"path": "user/name", **options}, Source) == wanted
    text = "user/name,split=train,program_column=code,license=mit,language=python"
    assert parse_spec(text, Source) == wanted
    assert as_spec(wanted, Source) is wanted
    assert pickle.loads(pickle.dumps(wanted)) == wanted


def test_what_stands_for_a_source() -> None:
    dataset = Dataset.from_dict({"code": ["x = 1"]})
    assert as_spec("rows.jsonl", Source) == Source("rows.jsonl")
    assert as_spec(Path("rows.jsonl"), Source) == Source("rows.jsonl")
    assert as_spec(dataset, Source).path is dataset
    assert as_spec({"path": "b", "prompt_columns": "q"}, Benchmark).prompt_columns == ("q",)


def test_languages() -> None:
    assert Source("a").language == ()
    assert Source("a", language=["python", "py"]).language == ("python", "py")
    assert Source("a", language_column="lang").language == ()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("rows.jsonl", Source("rows.jsonl")),
        ("a,b.jsonl,license=mit", Source("a,b.jsonl", license="mit")),
        ("a,license=odc,by", Source("a", license="odc,by")),
        ("a,license=x=y", Source("a", license="x=y")),
        ("a,language=python,language=py", Source("a", language=("python", "py"))),
        ("a,extract_code=none", Source("a", extract_code=None)),
        ("a,name=b", Source("a", name="b")),
    ],
)
def test_options_behind_a_path(text: str, wanted: Source) -> None:
    assert parse_spec(text, Source) == wanted


def test_options_for_all_sources_hold_where_one_does_not_say_otherwise() -> None:
    found = parse_spec("a,split=test", Source, split="train", license="mit", revision=None)
    assert (found.split, found.license, found.revision) == ("test", "mit", None)
    assert parse_spec("a", Source, extract_code="none").extract_code is None


@pytest.mark.parametrize(
    ("given", "option"),
    [
        ({"path": "a", "splitt": "x"}, "splitt"),
        ({"pth": "a"}, "pth"),
        ({"split": "a"}, "path"),
        ({"path": ""}, "path"),
        ({"path": None}, "path"),
        ({"path": ["a"]}, "path"),
        ({"path": "a", "revision": 1}, "revision"),
        ({"path": "a", "language": [1]}, "language"),
        ({"path": "a", "split": ["train"]}, "split"),
        ({"path": "a", "extract_code": "fences"}, "extract_code"),
        (5, "path"),
        (None, "path"),
    ],
)
def test_what_is_no_source(given: Any, option: str) -> None:
    with pytest.raises(ConfigError) as caught:
        as_spec(given, Source)
    assert caught.value.option == option


def test_unknown_options_list_what_there_is() -> None:
    with pytest.raises(
        ConfigError, match="columns: is no option behind the path of a source; there are name,"
    ):
        parse_spec("a,columns=b", Source)
    with pytest.raises(ConfigError, match="path of a benchmark; there are name, data_files"):
        parse_spec("a,license=mit", Benchmark)
    with pytest.raises(ConfigError, match="path: is no option"):  # which of the two would it be?
        parse_spec("a.jsonl,path=b.jsonl", Source)


def test_names() -> None:
    assert name_of(Source("user/name")) == "user/name"
    assert name_of(Source("user/name", name="other")) == "other"
    assert name_of(Source(Dataset.from_dict({"code": []}))) == "dataset"


def test_other_files_for_a_source() -> None:
    sources = [Source("user/one", license="mit"), Source("user/two", name="two")]
    found = with_data_files(sources, {"user/one": "one.jsonl", "two": "two.jsonl"})
    assert [source.data_files for source in found] == ["one.jsonl", "two.jsonl"]
    assert (found[0].path, found[0].license) == ("user/one", "mit")
    assert with_data_files(sources, {"user/two": "two.jsonl"}) == sources


# --- recipes -------------------------------------------------------------------------


def recipe(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "recipe.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_recipe(tmp_path: Path) -> None:
    path = recipe(
        tmp_path,
        "sources:\n- a.jsonl\n- {path: b/c, language: python}\nbenchmarks: [d]\nngram: null\n",
    )
    assert load_recipe(path) == {
        "sources": [Source("a.jsonl"), Source("b/c", language="python")],
        "benchmarks": [Benchmark("d")],
        "ngram": None,
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no mapping with 'sources'"),
        ("- a", "holds no mapping with 'sources'"),
        ("sources: a", "sources: is no list"),
        ("source: [a]", "source: a recipe has sources, benchmarks, language, keep_columns"),
        ("sources: [a]\nngram: true", "ngram: True is no usable value"),
        ("sources: [a]\ncheck_syntax: 1", "check_syntax: 1 is no usable value"),
        ("sources: [{path: a, x: 1}]", "x: a source has path"),
        ("sources: [a", "recipe: cannot read"),
        ("sources: [!!python/object:os.system a]", "recipe: cannot read"),
    ],
)
def test_a_recipe_that_is_not_understood(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_recipe(recipe(tmp_path, text))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_recipe_that_is_not_there() -> None:
    with pytest.raises(ConfigError, match=r"cannot read 'no\.yaml'"):
        load_recipe("no.yaml")


def test_a_recipe_knows_the_options_of_prepare() -> None:
    import inspect

    from lintseq_datasets.prepare import prepare

    own = {"sources", "benchmarks", "num_proc", "batch_size"}
    assert set(OPTIONS) == set(inspect.signature(prepare).parameters) - own
