"""Checks of pylint that find nothing that counts are switched off.

pylint leaves out a visit if none of its messages is enabled. But many visits run several
checks, and some of those infer values only to warn. A check is switched off here only
if none of the messages that it can give is enabled. For example, `_check_imports` can only warn of
unused imports (W0611, W0614), so it is replaced by nothing, and the other checks stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from astroid import nodes
from pylint.checkers import BaseChecker
from pylint.checkers.base.basic_checker import BasicChecker
from pylint.checkers.classes.class_checker import ClassChecker
from pylint.checkers.classes.special_methods_checker import SpecialMethodsChecker
from pylint.checkers.format import FormatChecker
from pylint.checkers.imports import ImportsChecker
from pylint.checkers.method_args import MethodArgsChecker
from pylint.checkers.stdlib import StdlibChecker
from pylint.checkers.variables import VariablesChecker

_CHECKS: dict[tuple[type[BaseChecker], str], tuple[str, ...]] = {
    (BasicChecker, "visit_call"): ("W0101", "W0122", "W0123"),
    (ClassChecker, "_check_bases_classes"): ("W0223",),
    (ClassChecker, "_check_typing_final"): ("W0239", "W0240"),
    (ClassChecker, "_check_unused_private_attributes"): ("W0238",),
    (ClassChecker, "_check_unused_private_functions"): ("W0238",),
    (ClassChecker, "_check_unused_private_variables"): ("W0238",),
    (ClassChecker, "_check_useless_super_delegation"): ("W0246",),
    (FormatChecker, "visit_default"): ("C0321",),
    (ImportsChecker, "_add_imported_module"): ("R0401", "W0406"),
    (ImportsChecker, "_check_position"): ("C0413",),
    (ImportsChecker, "compute_first_non_import_node"): ("C0413",),
    (MethodArgsChecker, "_check_missing_timeout"): ("W3101",),
    (SpecialMethodsChecker, "visit_functiondef"): (),
    (StdlibChecker, "check_deprecated_class_in_call"): ("W4904",),
    (StdlibChecker, "check_deprecated_method"): ("W4902", "W4903"),
    (VariablesChecker, "_check_globals"): ("W0612",),
    (VariablesChecker, "_check_imports"): ("W0611", "W0614"),
    (VariablesChecker, "_loopvar_name"): ("W0631",),
}
"""Methods of checkers, with the messages that they are for. A method that can give others, too,
has a replacement below. A test reads the source of each and compares."""


def trim(checkers: Iterable[BaseChecker], is_enabled: Callable[[str], bool]) -> None:
    """Switch off what gives no enabled message.

    Args:
        checkers: Checkers that are ready to be added to a walker.
        is_enabled: Whether a message id is enabled.
    """
    for checker in checkers:
        for (kind, name), messages in _CHECKS.items():
            if isinstance(checker, kind) and not any(map(is_enabled, messages)):
                setattr(checker, name, _replacement(checker, name))
                # Its second name is bound to the original function, not to the replacement.
                if isinstance(checker, SpecialMethodsChecker):
                    vars(checker)["visit_asyncfunctiondef"] = checker.visit_functiondef


def is_switched_off(callback: Callable[[nodes.NodeNG], None]) -> bool:
    """Whether a visit does nothing."""
    return callback is _nothing


def _replacement(checker: BaseChecker, name: str) -> Callable[..., Any]:
    # Two methods find errors beside what is only warned of; what finds these stays.
    if isinstance(checker, BasicChecker) and name == "visit_call":
        return lambda node: _visit_call(checker, node)
    if isinstance(checker, SpecialMethodsChecker):
        original = checker.visit_functiondef
        return lambda node: _visit_special(original, node)
    return _nothing


def _nothing(*_args: Any, **_options: Any) -> None:
    """Stands in for a check that is switched off."""


def _visit_call(checker: BasicChecker, node: nodes.Call) -> None:
    """The errors among what `BasicChecker.visit_call` finds; it infers every call to warn."""
    checker._check_misplaced_format_function(node)
    # As in the original: a program may have a `reversed` of its own.
    is_reversed = isinstance(node.func, nodes.Name) and node.func.name == "reversed"
    if is_reversed and "reversed" not in node.frame() and "reversed" not in node.root():
        checker._check_reversed(node)


def _visit_special(original: Callable[[nodes.FunctionDef], None], node: nodes.FunctionDef) -> None:
    """Look at special methods only; the check infers every method before it looks at the name."""
    if node.name.startswith("__"):
        original(node)
