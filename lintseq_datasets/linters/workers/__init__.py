"""Tools that judge in a worker process of their own: how each is started, and its program.

A module for each tool says what is to be run, in a `launch`; beside it stands the program that
runs there, in the language of the tool, unless the tool is a language server.

Imports run from here to what starts them (`launch`, `speech` and `executables` of the linters).
Never here: what the answers mean.
"""
