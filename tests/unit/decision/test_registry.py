"""Which packs are installed, and how one is chosen."""

import pytest

from decision.facts import InvalidCaseError
from decision.pack import DomainPack
from decision.registry import choose, packs


def test_finds_the_packs_that_are_installed() -> None:
    installed = packs()
    assert {"passenger_rights", "policy", "real_estate", "reservation"} <= set(installed)
    assert all(pack.name == name for name, pack in installed.items())


def test_chooses_by_name_and_suggests_the_nearest(library: DomainPack) -> None:
    assert choose({"library": library}, "library") is library
    with pytest.raises(InvalidCaseError, match=r"domain: expected one of library; .*; did you mean 'library'"):
        choose({"library": library}, "libary")
    with pytest.raises(InvalidCaseError, match="one of none"):
        choose({}, "library")
