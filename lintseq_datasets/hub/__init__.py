"""Cards with provenance, and pushing to the Hugging Face Hub.

Imports run from here to `lintseq_datasets.statistics`, `lintseq_datasets.display`,
`lintseq_datasets.mapping` and what is above them. `card` only renders; never here: the network
outside of `push`, or a token in a message.
"""
