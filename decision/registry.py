"""Finds the domain packs that are installed, by their entry points in the group `toulmin.packs`."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Final, cast

from decision.facts import DecisionError, InvalidCaseError, Problem
from decision.pack import DomainPack
from decision.values import did_you_mean

GROUP: Final = "toulmin.packs"
"""Each entry point of this group names a domain and points at its pack, such as `decision.packs.policy:PACK`."""


@cache
def packs() -> Mapping[str, DomainPack]:
    """Load every installed pack, by the name of its domain; DecisionError when one cannot be loaded."""
    found = {entry.name: cast("DomainPack", entry.load()) for entry in entry_points(group=GROUP)}
    for name, pack in found.items():
        if pack.name != name:
            raise DecisionError(
                f"The entry point '{name}' of {GROUP} loads the pack '{pack.name}'; give both one name."
            )
    return MappingProxyType(dict(sorted(found.items())))


def load(name: str) -> DomainPack:
    """Load one installed pack by the name of its domain; DecisionError when there is none."""
    found = entry_points(group=GROUP, name=name)
    if not found:
        raise DecisionError(f"No pack is installed for the domain '{name}'.")
    return cast("DomainPack", found[name].load())


def choose(installed: Mapping[str, DomainPack], domain: str) -> DomainPack:
    """Give the pack of a domain; InvalidCaseError lists the installed ones when there is none."""
    if domain not in installed:
        known = ", ".join(installed) or "none"
        hint = did_you_mean(domain, list(installed))
        problem = Problem("domain", f"one of {known}", f"name one that is installed, not '{domain}'{hint}")
        raise InvalidCaseError((problem,))
    return installed[domain]
