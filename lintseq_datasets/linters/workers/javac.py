"""javac: the compiler of an installed JDK, without code generation and annotation processors."""

from __future__ import annotations

from pathlib import Path

from lintseq_datasets.linters.executables import find_executable
from lintseq_datasets.linters.launch import Launch

_INSTALL = "apt-get install default-jdk-headless  # on Debian and Ubuntu; elsewhere its JDK"


def launch() -> Launch:
    """How the worker is started."""
    find_executable("javac", _INSTALL, "java")  # a runtime alone has no compiler
    java = find_executable("java", _INSTALL, "java")
    # Quick to compile rather than quick to run (TieredStopAtLevel): 1.8 s for sixty short texts,
    # where it was 2.3 s. No file with its statistics in /tmp (UsePerfData), as a worker may
    # write none. The export is for `JavacTaskPool`, which is no public part of the compiler.
    options = (
        "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-Xmx512m", "-Xss4m",
        "-Dfile.encoding=UTF-8", "--add-exports=jdk.compiler/com.sun.tools.javac.api=ALL-UNNAMED",
    )  # fmt: skip
    return Launch((java, *options, str(Path(__file__).with_name("Worker.java"))))
