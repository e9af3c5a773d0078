"""What a decision is compared with when facts are tried is no other for being found in a shorter way."""

from collections.abc import Iterator

import pytest

from decision.cases import case_of, load_cases
from decision.engine import decide, grounded
from decision.facts import Case, DecisionError
from decision.pack import DomainPack, Outlines
from decision.registry import packs
from decision.ruling import Ruling, rule_on

_EVERY = 9


class WithoutOutline:
    """A pack that can only conclude as a whole."""

    def __init__(self, pack: DomainPack) -> None:
        self._pack = pack

    def __getattr__(self, name: str) -> object:
        if name == "outline":
            raise AttributeError(name)
        return getattr(self._pack, name)


def cases(pack: DomainPack) -> Iterator[Case]:
    for row in load_cases(pack):
        try:
            case = case_of(pack, row)
            grounded(pack, case, {})
        except DecisionError:
            continue
        yield case


@pytest.mark.parametrize("name", sorted(packs()))
def test_a_ruling_that_leans_on_another_is_the_same(name: str) -> None:
    pack, compared = packs()[name], 0
    last: dict[int, Ruling] = {}
    for case in cases(pack):
        rules, ground = grounded(pack, case, {})
        alone = rule_on(rules, ground)
        if (other := last.get(id(rules.period))) is not None:
            assert rule_on(rules, ground, other).outcomes == alone.outcomes
            compared += len(alone.outcomes)
        last[id(rules.period)] = alone
    assert compared > 100


@pytest.mark.parametrize("name", [name for name, pack in packs().items() if isinstance(pack, Outlines)])
def test_facts_are_worth_the_same_by_outlines_as_by_whole_conclusions(name: str) -> None:
    pack = packs()[name]
    whole: DomainPack = WithoutOutline(pack)  # pyright: ignore[reportAssignmentType] - it has all the rest
    assert not isinstance(whole, Outlines)
    for case in list(cases(pack))[::_EVERY]:
        assert decide(pack, case, {}) == decide(whole, case, {})
