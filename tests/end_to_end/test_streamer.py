"""Program states while transformers streams a generation."""

from __future__ import annotations

from typing import Any

import pytest

from lintseq_datasets import DIFF_TOKEN
from lintseq_datasets.edits.reading import resolve_generation, resolve_stream
from lintseq_datasets.edits.sequence import EditSequence
from tests.unit.edits.reading.test_tolerant import real_texts

transformers = pytest.importorskip("transformers")
torch = pytest.importorskip("torch")


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    """Bytes, and the diff token as one token."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    model = models.BPE(vocab={piece: number for number, piece in enumerate(alphabet)}, merges=[])
    raw = Tokenizer(model)
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    made = transformers.PreTrainedTokenizerFast(tokenizer_object=raw, eos_token="</s>")
    made.add_tokens([AddedToken(DIFF_TOKEN, normalized=False, special=False)])
    return made


@pytest.mark.parametrize("skips", [True, False])
def test_states_come_with_the_tokens(tokenizer: Any, skips: bool) -> None:
    text, program = max(real_texts(), key=lambda pair: pair[0].count(DIFF_TOKEN))
    streamer = transformers.TextIteratorStreamer(
        tokenizer, skip_prompt=True, skip_special_tokens=skips
    )
    streamer.put(tokenizer("Write it.\n", return_tensors="pt")["input_ids"])
    for token in tokenizer(text + tokenizer.eos_token)["input_ids"]:
        streamer.put(torch.tensor([token]))
    streamer.end()
    stream, states = resolve_stream(streamer), []
    while True:
        try:
            states.append(next(stream))
        except StopIteration as end:
            done = end.value
            break
    assert len(states) > 3
    assert states == list(EditSequence.from_text(text).states())
    assert (done.program, done.report.is_clean, done.report.eos_seen) == (program, True, not skips)
    assert done == resolve_generation(text + ("" if skips else "</s>"))
