"""From the rows of this library to a model that writes edits: helpers for Transformers and TRL.

Nothing here trains: `trl.SFTTrainer` does. The functions give it a tokenizer and a model that
know ``<|diff|>``, rows that it takes unchanged, and the settings of the paper. `rewards`, which is
imported by name, has a reward for `trl.GRPOTrainer`.

Imports run from here to `lintseq_datasets.statistics`, `lintseq_datasets.mapping` and what is
above them. Never here: a loop that trains. torch is imported only by the functions that need it.
"""

from lintseq_datasets.training._epoch_examples import EpochExamples
from lintseq_datasets.training._lengths import LengthReport, length_report
from lintseq_datasets.training._lora import add_lora, lora_config
from lintseq_datasets.training._recipes import RECIPES, FinetuningRecipe
from lintseq_datasets.training._selection import filter_by_length, training_rows
from lintseq_datasets.training._small_tokenizer import train_tokenizer
from lintseq_datasets.training._token import add_diff_token

__all__ = [
    "RECIPES",
    "EpochExamples",
    "FinetuningRecipe",
    "LengthReport",
    "add_diff_token",
    "add_lora",
    "filter_by_length",
    "length_report",
    "lora_config",
    "train_tokenizer",
    "training_rows",
]
