"""The reservation pack: its facts and rules, and the code that reads records, derives and concludes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import JsonValue

from decision.decision import Conclusion, Derivation
from decision.facts import Case, Fact
from decision.pack import DomainPack, Findings, Found
from decision.packs.reservation.conclusion import conclude
from decision.packs.reservation.derivation import derive
from decision.packs.reservation.findings import grounds_of
from decision.packs.reservation.unfolding import unfold
from decision.rules import Parameters, RuleBook
from decision.schema import FactSchema
from retrieval.corpus import RecordKind
from retrieval.query import ClauseQuery, RecordQuery

_FOLDER: Final = Path(__file__).parent


class Reservations:
    """What a customer may do with a reservation, and what it costs, by one carrier's own policy."""

    name: str = "reservation"
    title: str = "Reservations of one carrier"
    version: str = "1"
    folder: Path = _FOLDER
    record_kinds: tuple[RecordKind, ...] = ()
    dated_by: str | None = "asked_at"

    def __init__(self) -> None:
        self.schema = FactSchema.load(_FOLDER / "facts.toml")
        self.rulebook = RuleBook.load(_FOLDER, self.schema)

    def unfold(self, sent: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
        """Give the facts that the records of a reservation, a customer and a request hold."""
        return unfold(sent)

    def queries(self, case: Case, parameters: Parameters) -> Mapping[str, ClauseQuery | RecordQuery]:
        """No evidence is searched for: every claim cites the clause that its rule encodes."""
        del case, parameters
        return {}

    def derive(self, case: Case, facts: Mapping[str, Fact], evidence: Found, parameters: Parameters) -> Derivation:
        """Find the cabin at each step, who pays a booking, and contradictions between amounts."""
        del evidence
        return derive(case, facts, parameters)

    def conclude(self, findings: Findings) -> Conclusion:
        """Conclude the decision with its amounts, actions and conditions."""
        return conclude(findings, grounds_of(self.rulebook))


PACK: Final[DomainPack] = Reservations()
