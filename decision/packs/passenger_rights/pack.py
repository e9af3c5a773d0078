"""The passenger-rights pack: its facts and rules, and the code that derives and concludes."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final

from decision.decision import Conclusion, Derivation
from decision.facts import Case, Fact
from decision.pack import DomainPack, Findings, Found
from decision.packs.passenger_rights.conclusion import conclude
from decision.packs.passenger_rights.derivation import derive
from decision.packs.passenger_rights.route import value_of
from decision.recovery.flights import FLIGHT
from decision.recovery.recommendation import recovery_queries
from decision.rules import Parameters, RuleBook
from decision.schema import FactSchema
from retrieval.corpus import RecordKind
from retrieval.query import ClauseQuery, RecordQuery

_FOLDER: Final = Path(__file__).parent


class PassengerRights:
    """What passengers are owed when a flight is delayed, cancelled or refused to them, under EU261 and UK261."""

    name: str = "passenger_rights"
    title: str = "Air passenger rights (EU261, UK261)"
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

    def _same_rules(self, case: Case, facts: Mapping[str, Fact]) -> bool:
        flown = value_of(facts, "flight_date")
        if not isinstance(flown, date) or flown == case.as_of:
            return True
        now, then = self.rulebook.on(case.as_of), self.rulebook.on(flown)
        return now.rules == then.rules and now.parameters.entries == then.parameters.entries


PACK: Final[DomainPack] = PassengerRights()
