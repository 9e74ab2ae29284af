"""Cards: pure rendering, beside what a person wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datasets
import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lintseq_datasets import RandSeqConfig, RevisionConfig, build_card, only_ok, push, refactor
from lintseq_datasets.errors import ColumnError, ConfigError, HubError
from lintseq_datasets.files.sources import read_source
from lintseq_datasets.hub.readme import Readme
from lintseq_datasets.mapping.origin import source_of
from lintseq_datasets.statistics.counting import count_dataset

SOURCE = datasets.Dataset.from_dict(
    {
        "instruction": ["Add.", "Broken.", "Say."],
        "code": ["a = 1\nb = a\nprint(a + b)\n", "def (", "print('hello')\nprint('you')"],
    }
)


@pytest.fixture(scope="module")
def lintseq() -> datasets.Dataset:
    return refactor(SOURCE, linter="syntax", num_samples=2, seed=7)


@pytest.fixture(scope="module")
def randseq() -> datasets.Dataset:
    return refactor(SOURCE, RandSeqConfig(num_samples=2))


def metadata(card: str) -> dict[str, Any]:
    return Readme.from_text(card).fields()


def outside_of_fences(text: str) -> Iterator[str]:
    """Lines of Markdown that are no code (CommonMark: a fence ends at one as long or longer)."""
    fence = ""
    for line in text.split("\n"):
        mark = re.match(r" {0,3}(`{3,})([^`]*)$", line)
        if fence:
            if mark and len(mark[1]) >= len(fence) and not mark[2].strip():
                fence = ""
        elif mark:
            fence = mark[1]
        else:
            yield line
    assert not fence


# --- what it says --------------------------------------------------------------------


def test_a_card_says_what_a_stranger_asks(lintseq: datasets.Dataset) -> None:
    card = build_card(lintseq, "me/edits", config_name="lintseq", license="mit", source="a/b")
    found = metadata(card)
    assert found["license"] == "mit"
    assert found["source_datasets"] == ["a/b"]
    assert found["task_categories"] == ["text-generation"]
    assert found["annotations_creators"] == ["machine-generated"]
    assert found["size_categories"] == ["n<1K"]
    assert found["language"] == ["code"]
    assert {"synthetic", "lintseq", "lintseq-datasets"} <= set(found["tags"])
    record = lintseq[0]
    for words in (
        "# edits\n",
        "| method | LintSeq: backward sampling",
        f"| linter | `{record['linter']}` |",
        "| sequences drawn for each program (s) | `2` |",
        "| seed | `7` |",
        "| version of algorithm | `",
        '"forgive_own_errors": true',
        "| rows in | 3 |",
        "| skipped: `syntax_error` | 1 |",
        "| edit sequences | 4 |",
        "| edits per sequence |",
        "| distinct sequences per program |",
        "| `completion` | `string` |",
        'edits = load_dataset("me/edits", "lintseq", split="train")',
        "SFTTrainer(",
        "## Limitations",
        "Piterbarg, Ulyana",
    ):
        assert words in card, words
    assert lintseq[0]["program"] in card


def test_what_a_reader_needs_comes_first(lintseq: datasets.Dataset) -> None:
    card = build_card(lintseq, "me/edits", figures={"A text": "a.png"}, license="mit")
    parts = (
        "Each row is a program", "### A sample", "### Load", "### Train", "add_diff_token(",
        "### Accounting", "### Statistics", "![A text](a.png)", "### Columns",
        "### How it was made", "<details><summary>The whole configuration</summary>\n\n```json\n{",
        "```\n\n</details>",
        "## Limitations", "## Citation",
    )  # fmt: skip
    places = [card.index(part) for part in parts]
    assert places == sorted(places)
    assert "resize_token_embeddings" not in card


def test_nothing_is_said_of_what_is_not_there(
    lintseq: datasets.Dataset, randseq: datasets.Dataset
) -> None:
    card = build_card(lintseq, "me/edits")
    for absent in ("state`", "randseq", "revision", "audit:", "not recorded", "Licenses"):
        assert absent not in card, absent
    assert "no linter" not in card
    assert "was judged by no linter" not in card
    at_random = build_card(randseq, "me/edits")
    assert "the method `randseq` were judged by no linter" in at_random
    assert "A linter judged" not in at_random
    both = build_card(datasets.concatenate_datasets([only_ok(lintseq), only_ok(randseq)]))
    said = " ".join(both.split())
    assert "does not have. Not so in rows of the method `randseq`: the lines were drawn" in said
    pairs = datasets.Dataset.from_dict({"before": ["a = 1"], "after": ["a = 2\nprint(a)"]})
    changes = build_card(refactor(pairs, RevisionConfig(linter=None, num_samples=1)))
    assert "Rows of the method `random_revision` are programs that change" in changes
    assert "A linter judged" not in changes
    started = build_card(refactor(SOURCE, linter="syntax", start="random_state"))
    assert "The edits start from the program in `state`" in started
    whole = build_card(only_ok(lintseq))
    assert "edits.filter(" not in whole
    assert 'edits.filter(lambda row: row["status"] == "ok")' in card


def test_the_audit_is_on_the_card() -> None:
    source = datasets.Dataset.from_dict({"code": ["n = 4\nprint(n)\nprint('done')"]})
    audited = refactor(source, linter="syntax", audit=1.0, num_samples=3)
    card = build_card(audited)
    assert "| audit: program states that pylint judged as well | 6 |" in card
    assert "| audit: states in which pylint sees a new error | 4 (66.67%) |" in card


def test_a_source_is_named_truly(tmp_path: Path) -> None:
    """By its file, not by what reads files; also where the cache was made for another name."""
    for name in ("mine.jsonl", "yours.jsonl", "yours.parquet"):
        path = str(tmp_path / name)
        (SOURCE.to_json if name.endswith("jsonl") else SOURCE.to_parquet)(path)
        for streaming in (False, True):
            source = read_source(path, streaming=streaming).dataset
            made = source_of(source)
            assert made["name"] == name, streaming
        card = build_card(refactor(read_source(path).dataset, RandSeqConfig()))
        assert f"| source | `{name}` |\n| columns of the source | instruction from" in card
        assert str(tmp_path) not in card


def test_a_source_that_datasets_has_loaded_itself(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A stream still knows its files; a cache knows no names, and then the card says so."""
    files = [str(tmp_path / name) for name in ("mine.jsonl", "yours.jsonl")]
    for file in files:
        SOURCE.to_json(file)
    options: dict[str, Any] = {"split": "train", "cache_dir": str(tmp_path)}
    stream = datasets.load_dataset("json", data_files=files, streaming=True, **options)
    assert source_of(stream.shuffle(seed=1))["name"] == "mine.jsonl, yours.jsonl"
    loaded = datasets.load_dataset("json", data_files=files[0], **options)
    made = refactor(loaded, RandSeqConfig())
    caplog.clear()
    card = build_card(made)
    assert "| source | not known: neither rows in memory nor files" in card
    assert "say it with source=, or --source-dataset" in caplog.text
    caplog.clear()
    card = build_card(made, source=["mine.jsonl", "me/programs"])
    assert "| source | `mine.jsonl`, `me/programs` |" in card
    assert "\nsource_datasets:\n- me/programs\n" in card
    assert not caplog.text
    assert str(tmp_path) not in card


def test_a_source_that_the_user_names_stands_beside_what_was_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    SOURCE.to_json(str(path))
    made = refactor(read_source(str(path)).dataset, RandSeqConfig())
    card = build_card(made, source="me/programs")
    assert "| source | `me/programs` |\n| rows were read from | `mine.jsonl` |" in card


def test_comments_are_short(lintseq: datasets.Dataset) -> None:
    ends = [line for line in build_card(lintseq).split("\n") if "lintseq-datasets: end" in line]
    assert len(ends) == 3
    assert max(map(len, ends)) < 260


def test_default_configurations_load_without_a_name(randseq: datasets.Dataset) -> None:
    card = build_card({"train": randseq, "test": randseq.select([0])}, "me/edits")
    assert 'load_dataset("me/edits", split="train")' in card
    assert "| `test` | 1 |" in card
    assert "| linter | none |" in card


def test_snippets_parse(lintseq: datasets.Dataset) -> None:
    published = refactor(SOURCE, RandSeqConfig(), output_format="pylintseq")
    for dataset in (lintseq, published):
        blocks = re.findall(r"^```python\n(from .*?)^```", build_card(dataset), re.S | re.M)
        assert len(blocks) == 2
        for block in blocks:
            compile(block, "card", "exec")


def test_the_snippet_for_the_published_format_gives_what_trl_wants() -> None:
    published = refactor(SOURCE, RandSeqConfig(), output_format="pylintseq")
    (text,) = re.findall(r"^(def as_pair.*?)^```", build_card(published), re.S | re.M)
    names: dict[str, Any] = {"edits": published}
    exec(text, names)
    default = refactor(SOURCE, RandSeqConfig())
    wanted = default.select_columns(["prompt", "completion"]).to_list()
    assert names["edits"].to_list() == wanted


def test_a_card_says_that_it_cannot_tell(
    lintseq: datasets.Dataset, randseq: datasets.Dataset
) -> None:
    lintseq, randseq = (made.remove_columns("made_with") for made in (lintseq, randseq))
    bare = datasets.Dataset.from_list(lintseq.to_list(), features=lintseq.features)
    card = build_card(bare)
    assert "How these rows were made is not known. The dataset does not say it" in card
    assert f"`lintseq, {lintseq[0]['linter']}`" in card
    assert "| skipped: `syntax_error` | 1 |" in card
    added = datasets.concatenate_datasets([lintseq.select([0]), bare.select([0, 1])])
    assert "is not known" not in build_card(added)  # as many as the run gave: nothing shows
    foreign = datasets.Dataset.from_list(randseq.to_list(), features=lintseq.features)
    added = datasets.concatenate_datasets([lintseq.select([0]), foreign.select([0])])
    assert "holds rows that its provenance does not account for" in build_card(added)


def test_a_card_of_several_runs(lintseq: datasets.Dataset, randseq: datasets.Dataset) -> None:
    card = build_card(datasets.concatenate_datasets([lintseq, randseq]))
    assert "The rows come from 2 runs." in card
    assert "| rows in | 6 |" in card
    assert "**Run 2**" in card
    name = f"lintseq, {lintseq[0]['linter']}, s = 2, seed = 7"
    assert f"| run 2: `{name}` | 5 | 45.5% |" in card


def test_a_card_of_rows_that_say_how_they_were_made(
    lintseq: datasets.Dataset, randseq: datasets.Dataset
) -> None:
    """Whatever became of the dataset, its rows say it; what they cannot say is counted."""
    bare = datasets.Dataset.from_list([*lintseq.to_list(), *randseq.to_list()])
    card = build_card(bare)
    assert "| run 1: `randseq, s = 2, seed = 0` | 6 | 54.5% |" in card
    assert "| columns of the source | instruction from `instruction`, program from `code` |" in card
    assert "| skipped: `syntax_error` | 1 |" in card
    assert "Counted from the rows; those that were left out are not among them." in card
    strange = bare.map(lambda row: {"made_with": None if row["method"] == "randseq" else "{"})
    assert "How these rows were made is not known." in build_card(strange)
    half = datasets.concatenate_datasets([bare, strange])
    card = build_card(half)
    assert "Not all rows say how they were made. The others come from 2 runs." in card
    assert "| not known how | 11 | 50.0% |" in card


def test_a_dataset_that_was_changed_since(lintseq: datasets.Dataset) -> None:
    card = build_card(lintseq.filter(lambda row: row["sample_index"] == 0))
    assert "it holds 2 of the 4 sequences" in card


def test_tokens_and_figures(lintseq: datasets.Dataset) -> None:
    card = build_card(
        lintseq, statistics=count_dataset(lintseq, len), max_length=10, figures={"A text": "a.png"}
    )
    assert "| tokens per example |" in card
    assert "| examples of more than 10 tokens | 100.0% |" in card
    assert "![A text](a.png)" in card


def test_no_sequences() -> None:
    nothing = refactor(SOURCE.select([1]), linter="syntax")
    assert "There is no edit sequence." in build_card(nothing)
    assert "### A sample" not in build_card(nothing)


def test_what_is_no_dataset(lintseq: datasets.Dataset) -> None:
    for wrong in (None, [], {}, lintseq.to_iterable_dataset(), {"train": 1}):
        with pytest.raises(ConfigError):
            build_card(wrong)
    with pytest.raises(ColumnError):
        build_card(SOURCE)


def test_sizes_count_the_rows_of_other_configurations(lintseq: datasets.Dataset) -> None:
    own = len(lintseq)
    for rows, expected in (
        (999, "n<1K"), (1000, "1K<n<10K"), (10**6, "1M<n<10M"), (10**9, "1B<n<10B"),
        (5 * 10**10, "10B<n<100B"), (10**12, "n>1T"),
    ):  # fmt: skip
        split = f"{{name: train, num_examples: {rows - own}}}"
        readme = f"---\ndataset_info: [{{config_name: other, splits: [{split}]}}]\n---\n"
        assert metadata(build_card(lintseq, readme=readme))["size_categories"] == [expected]


# --- beside what a person wrote ------------------------------------------------------


def test_every_order_gives_the_same_words(
    lintseq: datasets.Dataset, randseq: datasets.Dataset
) -> None:
    def push(card: str, name: str) -> str:
        dataset = {"lintseq": lintseq, "randseq": randseq}[name]
        return build_card(dataset, "me/edits", config_name=name, readme=card)

    mine = "---\nlicense: mit\n---\nBefore.\n"
    one = push(push(mine, "lintseq"), "randseq")
    assert push(push(one, "lintseq"), "randseq") == one
    other = push(push(mine, "randseq"), "lintseq")
    assert sorted(one.split("\n")) == sorted(other.split("\n"))
    assert one.count("\nBefore.\n") == 1
    assert metadata(one)["license"] == "mit"


WORDS = st.text(alphabet=st.sampled_from("ab \n#-`|<>![]():'\"\té"), max_size=60)


@given(WORDS, WORDS, st.integers(0, 10_000))
def test_no_word_of_a_person_is_lost(before: str, inside: str, place: int) -> None:
    old = Readme.from_text(before).with_sections({"about": "One.\n\nTwo.", "notes": "Three."})
    lines = old.text.split("\n")
    at = place % (len(lines) + 1)
    edited = "\n".join([*lines[:at], inside, *lines[at:]])
    new = Readme.from_text(edited).with_sections({"about": "Other.", "config:a": "A", "notes": "x"})
    for line in [*before.split("\n"), *inside.split("\n")]:
        assert line in new.text
    again = Readme.from_text(new.text).with_sections({"about": "Other.", "config:a": "A"})
    assert sorted(again.text.split()) == sorted(new.text.split())


def test_lines_inside_a_section_move_below_it() -> None:
    readme = Readme().with_sections({"about": "One.\nTwo.", "notes": "N"})
    text = readme.text.replace("One.\n", "One, changed.\n\n```\ncode\n\n```\n")
    now = Readme.from_text(text).with_sections({"about": "One.\nTwo.\nThree."}).text
    assert "about -->\n\nOne.\nTwo.\nThree.\n\n<!--" in now
    assert "\n\nOne, changed.\n\n```\ncode\n\n```\n" in now
    assert now.index("One, changed") < now.index("begin notes")
    assert Readme.from_text(now).with_sections({"about": "One.\nTwo.\nThree."}).text == now


def test_a_line_in_a_block_of_ours_moves_below_it(lintseq: datasets.Dataset) -> None:
    """Of a block that a person has put a line into, the line is theirs and the others are ours."""
    card = build_card(lintseq, "me/edits")
    for ours, theirs in (
        ("| `status` | `string` |", "| `mine` | `string` | my column |"),
        ("- Errors that a whole program has", "- And mine."),
        ("rows, count = training_rows(edits)", "print(count)  # mine"),
        ("# edits", "A title, and a line at once."),
    ):
        (line,) = [line for line in card.split("\n") if line.startswith(ours)]
        edited = card.replace(f"{line}\n", f"{line}\n{theirs}\n")
        again = build_card(lintseq, "me/edits", readme=edited)
        assert again.count(theirs) == 1
        assert again.count(line) == card.count(line)
        assert build_card(lintseq, "me/edits", readme=again) == again


def test_comments_of_ours_that_are_damaged_become_text() -> None:
    readme = Readme().with_sections({"about": "One.", "notes": "N"}).text
    lines = readme.split("\n")
    for number, line in enumerate(lines):
        if line.startswith("<!--"):
            damaged = "\n".join(lines[:number] + lines[number + 1 :])
            now = Readme.from_text(damaged).with_sections({"about": "One.", "notes": "N"})
            assert Readme.from_text(now.text).sections() == now.sections()
            assert {"about", "notes"} == set(now.sections())


def test_line_ends_stay() -> None:
    text = "---\r\nlicense: mit\r\n---\r\n# Mine\r\n\r\nText.\r\n"
    now = Readme.from_text(text).with_fields({"tags": ["a"]}).with_sections({"about": "A"}).text
    assert now.count("\n") == now.count("\r\n")
    assert now.startswith("---\r\nlicense: mit\r\ntags:\r\n- a\r\n---\r\n# Mine\r\n\r\nText.\r\n")
    mixed = "# Mine\r\nText.\nMore.\r\n"
    assert Readme.from_text(mixed).with_sections({"about": "A"}).text.startswith(mixed)


@pytest.mark.parametrize(
    "text",
    ["", "# Title\n", "\ufeff# Title\n", "---\n---\n# Title\n",
     "---\nJust a ruler above.\n---\nText\n", "---\n", "no newline", "---\nlicense: mit\n---"],
)  # fmt: skip
def test_unusual_readmes(text: str, lintseq: datasets.Dataset) -> None:
    card = build_card(lintseq, readme=text)
    assert metadata(card)["tags"][0] == "synthetic"
    for line in text.removeprefix("\ufeff").split("\n"):
        assert line in card
    assert build_card(lintseq, readme=card) == card
    data = yaml.safe_load(card.split("---\n")[1])
    assert data == metadata(card)


def test_fields_that_do_not_change_stay_as_written() -> None:
    text = (
        "---\n# one\nlicense: 'mit' # two\n\nlanguage: [no, en]\ntags:\n  # three\n"
        "  - a # four\n  - no\nversion: 1.0\nanchors: &x {a: 1}\n---\n"
    )
    now = Readme.from_text(text).with_fields({"tags": ["a", False, "b"], "size": "s"})
    assert now.text == text.replace("  - no\n", "  - no\n  - b\n").replace(
        "anchors: &x {a: 1}\n", "anchors: &x {a: 1}\nsize: s\n"
    )
    gone = Readme.from_text(text).with_fields({"tags": [False, "b"]})
    assert "tags:\n- 'no'\n- b\n" in gone.text
    assert "  # three\n" in gone.text


def test_metadata_that_only_yaml_understands() -> None:
    text = "---\na: &x [1]\nb: *x\n? c\n: d\n---\n"
    now = Readme.from_text(text).with_fields({"e": 2})
    assert now.fields() == {"a": [1], "b": [1], "c": "d", "e": 2}


@pytest.mark.parametrize("wrong", ["a: b: c", "a: [", "\t- x", "d: 2020-13-45"])
def test_metadata_that_are_wrong(wrong: str, lintseq: datasets.Dataset) -> None:
    with pytest.raises(HubError, match="metadata") as caught:
        build_card(lintseq, readme=f"---\n{wrong}\n---\nText\n")
    assert caught.value.reason == "card"


def test_our_values_change_and_those_of_a_person_stay(lintseq: datasets.Dataset) -> None:
    card = build_card(lintseq, license="mit", source="a/b", language="en")
    card = card.replace("tags:\n", "tags:\n- mine\n")
    now = metadata(build_card(lintseq, readme=card, license="bsd", source="c/d", language="fr"))
    assert (now["license"], now["source_datasets"], now["language"]) == ("bsd", ["c/d"], ["fr"])
    assert now["tags"][0] == "mine"
    card = card.replace("license: mit", "license: gpl").replace("- en\n", "- en\n- de\n")
    now = metadata(build_card(lintseq, readme=card, license="bsd", language="fr"))
    assert (now["license"], now["language"]) == ("gpl", ["en", "de"])


# --- hostile rows --------------------------------------------------------------------

HOSTILE = [
    "</td></pre><script>alert(1)</script>",
    "```\n# not a heading\n~~~\n````````\n---\nlicense: evil\n---",
    "<!-- lintseq-datasets: begin about -->\nx\n<!-- lintseq-datasets: end config:default  -->",
    "<!-- lintseq-datasets: end about e3b0c4 -->\n"
    '<!-- fields set by lintseq-datasets: {"default": {"license": "evil"}} -->',
    "| a | b |\r|---|---|\r\x1b[31m\u202e\u2028# x",
    "- !!python/object/apply:os.system [ls]\n--- \n...\n",
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_rows_break_no_card(hostile: str) -> None:
    source = datasets.Dataset.from_dict(
        {"instruction": [hostile], "code": [f'x = """{hostile}"""\ny = x\nz = x\nprint(x)']}
    )
    source.info.dataset_name = hostile
    made = refactor(source, RandSeqConfig(num_samples=2))
    calm = build_card(refactor(SOURCE.select([0]), RandSeqConfig(num_samples=2)), license="mit")
    card = build_card(made, license="mit")
    readme = Readme.from_text(card)
    assert readme.sections() == ["about", "config:default", "notes"]
    assert readme.fields() == metadata(calm)
    assert build_card(made, readme=card, license="mit") == card
    known = set(outside_of_fences(calm))
    strange = [line for line in outside_of_fences(card) if line not in known]
    for line in strange:
        assert re.match(r"\| |- `default`: |<!-- (lintseq-datasets|fields)|The training text", line)
        bare = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", line)
        assert "<script" not in bare
    assert all(character.isprintable() or character == "\n" for character in card)


def test_hostile_values_of_columns(randseq: datasets.Dataset) -> None:
    rows = [{**row, "method": "`|\n# x", "linter": "<b>|``"} for row in randseq.to_list()]
    rows += [{**rows[0], "sample_index": -1, "status": "skipped:a|b`\n\n# c"}]
    card = build_card(datasets.Dataset.from_list(rows))
    assert not [line for line in outside_of_fences(card) if line.startswith("# x")]
    for line in card.split("\n"):
        if line.startswith("|"):
            bare = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", line)
            assert "<b>" not in bare


def around_code(rows: list[dict[str, Any]]) -> list[str]:
    """The lines of a card outside of blocks of code, without the code in them."""
    lines = outside_of_fences(build_card(datasets.Dataset.from_list(rows)))
    return [re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", line) for line in lines]


@settings(max_examples=50)
@example("\n````\n# no heading\n```\n`|`")
@given(st.text() | st.text("`~|\n\\ <x"))
def test_code_stays_code(randseq: datasets.Dataset, text: str) -> None:
    """Whatever stands in a cell or in a block of code, the page around it stays."""
    row = randseq[0]
    calm = around_code([{**row, "method": "x", "linter": "x", "prompt": "x"}])
    wild = {"method": f"x{text}", "linter": f"{text}x", "prompt": f"x{text}"}
    for line, before in zip(around_code([{**row, **wild}]), calm, strict=True):
        assert line == before or line.startswith("<!--")


# --- names ---------------------------------------------------------------------------


def test_names(lintseq: datasets.Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bad ones are refused before anything else; with good ones a token is wanted."""
    for name in ("me/edits", "edits", "me/e-d.i_ts", "0a/b"):
        with pytest.raises(HubError, match="no token"):
            push({"a.b": lintseq}, name, config_name="a-b_c.d", token=False)
    for name in ("", "/", "a/", "/b", "a//b", "a/b/c", "a/b.git", "a b", "a/-b", "é/x"):
        with pytest.raises(ConfigError, match="repo_id"):
            push(lintseq, name, token=False)


# --- licenses and sources ------------------------------------------------------------


def test_licenses_and_sources_are_those_of_the_rows() -> None:
    prepared = datasets.Dataset.from_dict({
        "instruction": ["a", "b", "c", "d"],
        "program": ["a = 1", "b = 2", "c = 3", "def ("],
        "license": ["MIT", "my | own", None, "gpl-3.0"],
        "source": ["me/one", "me/one", "rows/two.jsonl", "me/three"],
        "source_id": ["0", "1", "0", "0"],
    })  # fmt: skip
    made = refactor(prepared, RandSeqConfig(num_samples=1)).filter(lambda row: row["program"] != "")
    card = build_card(only_ok(made).select([0, 1, 2]))
    found = metadata(card)
    assert found["license"] == ["mit", "other", "unknown"]
    assert found["source_datasets"] == ["me/one"]
    for name in ("MIT", "my \\| own", "unknown", "rows/two.jsonl"):
        assert f"| `{name}` | 1 | 33.3% |" in card, name
    assert "| `me/one` | 2 | 66.7% |" in card
    assert metadata(build_card(made, license="mit", source="a/b"))["license"] == "mit"
    odd = made.remove_columns("license").add_column("license", [1] * len(made))
    assert metadata(build_card(odd))["license"] == "unknown"
    listed = made.remove_columns("license").add_column("license", [["mit", "isc"]] * len(made))
    assert metadata(build_card(listed))["license"] == ["isc", "mit"]


def test_what_was_done_to_answers_is_said() -> None:
    answer = "One:\n```python\na = 1\n```\nTwo:\n```python\nb = a\n```\n```js\nx\n```"
    made = refactor(datasets.Dataset.from_dict({"prompt": ["p"], "completion": [answer]}),
                    RandSeqConfig(num_samples=1))  # fmt: skip
    card = build_card(made)
    assert "| in answers, several fences were joined | 1 |" in card
    assert "| in answers, other languages were left out | 1 |" in card


@pytest.mark.parametrize("source", ["", " ", ["me/x", None], 5])
def test_a_source_without_a_name_is_refused(source: Any) -> None:
    made = refactor(SOURCE.select([0]), RandSeqConfig(num_samples=1))
    with pytest.raises(ConfigError, match="is no name"):
        build_card(made, source=source)
    assert build_card(made, source=["rows.csv", "rows.csv"]).count("`rows.csv`") == 1
