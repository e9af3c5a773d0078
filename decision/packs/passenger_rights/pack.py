"""The passenger-rights pack: its facts and rules, and the code that derives and concludes."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final

from decision.decision import Conclusion, Derivation
from decision.facts import Case, Fact
from decision.pack import DomainPack, Findings, Found
from decision.packs.passenger_rights.conclusion import conclude, outline
from decision.packs.passenger_rights.derivation import derive
from decision.packs.passenger_rights.findings import POLICY_CANADA, POLICY_US
from decision.packs.passenger_rights.route import Side, place_at, value_of
from decision.packs.passenger_rights.territory import state_of
from decision.recovery.flights import FLIGHT
from decision.recovery.recommendation import recovery_queries
from decision.rules import Parameter, Parameters, PolicyRule, RuleBook, RulesInForce
from decision.schema import FactSchema
from retrieval.corpus import RecordKind
from retrieval.query import ClauseQuery, RecordQuery

_FOLDER: Final = Path(__file__).parent
_ONLY_IN: Final = {"US": POLICY_US, "CA": POLICY_CANADA}


class PassengerRights:
    """What passengers are owed for a disrupted journey by the law of the EU, UK, US and Canada, and by Montreal."""

    name: str = "passenger_rights"
    title: str = "Air passenger rights (EU261, UK261, United States, Canada, Montreal)"
    version: str = "1"
    folder: Path = _FOLDER
    record_kinds: tuple[RecordKind, ...] = (FLIGHT,)
    dated_by: str | None = "flight_date"

    def __init__(self) -> None:
        self.schema = FactSchema.load(_FOLDER / "facts.toml")
        self.rulebook = RuleBook.load(_FOLDER, self.schema)

    def queries(self, case: Case, parameters: Parameters) -> Mapping[str, ClauseQuery | RecordQuery]:
        """Flights that may be ways on; every claim cites the clause that its rule encodes, so no texts are searched."""
        del parameters
        return recovery_queries(case.facts)

    def derive(self, case: Case, facts: Mapping[str, Fact], evidence: Found, parameters: Parameters) -> Derivation:
        """Territories, distance and delay, and contradictions between them and what is stated."""
        del evidence
        return derive(case, facts, parameters, same_rules=self._same_rules(case, facts))

    def conclude(self, findings: Findings) -> Conclusion:
        """Regimes considered, entitlements, and a notice to the passenger."""
        return conclude(findings)

    def outline(self, findings: Findings) -> Conclusion:
        """Regimes and entitlements in the few words that decisions are compared by."""
        return outline(findings)

    def _same_rules(self, case: Case, facts: Mapping[str, Fact]) -> bool:
        flown = value_of(facts, "flight_date")
        if not isinstance(flown, date) or flown == case.as_of:
            return True
        abroad = _elsewhere(facts, flown)
        now, then = self.rulebook.on(case.as_of), self.rulebook.on(flown)
        return _entries(now, abroad) == _entries(then, abroad)


def _elsewhere(facts: Mapping[str, Fact], day: date) -> frozenset[str]:
    """Name the documents of laws that only matter where the journey touches their country, which it does not."""
    sides: tuple[Side, ...] = ("origin", "destination")
    countries = [place_at(side, facts, day).country for side in sides]
    if None in countries:
        return frozenset()
    states = {state_of(country) for country in countries if country is not None}
    return frozenset(document for state, document in _ONLY_IN.items() if state not in states)


def _entries(rules: RulesInForce, without: frozenset[str]) -> list[PolicyRule | Parameter]:
    entries = (*rules.rules, *rules.parameters.entries.values())
    return [entry for entry in entries if entry.clause.document_id not in without]


PACK: Final[DomainPack] = PassengerRights()
