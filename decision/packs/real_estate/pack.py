"""The real-estate pack: its facts and rules, the sales it asks for, and the code that derives and concludes."""

from collections.abc import Mapping, Sequence
from copy import copy
from datetime import date
from pathlib import Path
from typing import Final

from decision.decision import Conclusion, Derivation
from decision.facts import Case, Fact
from decision.pack import Course, DomainPack, Findings, Found, Table
from decision.packs.real_estate.conclusion import conclude
from decision.packs.real_estate.courses import MARKET, course_for, learn, upcoming_for
from decision.packs.real_estate.derivation import derive
from decision.packs.real_estate.features import SALE
from decision.packs.real_estate.forest import FEWEST_SALES
from decision.packs.real_estate.lessons import Lesson, read
from decision.packs.real_estate.proposed import with_proposals
from decision.packs.real_estate.subject import first_hidden_day, sale_queries, settings_of
from decision.rules import Parameters, RuleBook
from decision.schema import FactSchema
from retrieval.corpus import RecordKind
from retrieval.query import ClauseQuery, RecordQuery

_FOLDER: Final = Path(__file__).parent


class RealEstate:
    """Market value of one- to four-family homes for residential lending, from recorded sales."""

    name: str = "real_estate"
    title: str = "Residential valuation for lending"
    version: str = "1"
    folder: Path = _FOLDER
    dated_by: str | None = None
    record_kinds: tuple[RecordKind, ...] = (SALE,)

    learns_from: frozenset[str] = frozenset({MARKET})

    def __init__(self) -> None:
        self.lesson: Lesson | None = None
        self.schema = FactSchema.load(_FOLDER / "facts.toml")
        self.rulebook = RuleBook.load(_FOLDER, self.schema)

    def queries(self, case: Case, parameters: Parameters) -> Mapping[str, ClauseQuery | RecordQuery]:
        """Candidates for comparables, sales set aside, and the whole market, each without own and later sales."""
        settings = settings_of(parameters)
        sales = sale_queries(case.facts, case.as_of, settings)
        return with_proposals(sales, case.facts, first_hidden_day(case.as_of, settings))

    def derive(self, case: Case, facts: Mapping[str, Fact], evidence: Found, parameters: Parameters) -> Derivation:
        """Give the valuation, as facts for the rules and working for the answer."""
        return derive(case, facts, evidence, parameters, self.lesson)

    def course(self, case: Case, evidence: Found, parameters: Parameters) -> Course | None:
        """Say what is to be learned from the sales around the comparables."""
        return course_for(case, evidence, parameters)

    def upcoming(self, tables: Sequence[Table], today: date) -> Sequence[tuple[Course, Parameters]]:
        """Say what is to be learned from each table of sales for valuations as of now, or of when it ends."""
        return [
            upcoming_for(table, today, self.rulebook)
            for table in tables
            if table.kind == SALE.name and table.records >= FEWEST_SALES
        ]

    def learn(self, evidence: Found, parameters: Parameters) -> bytes | None:
        """Learn from the sales of a course."""
        return learn(evidence, parameters)

    def taught(self, lesson: bytes) -> "RealEstate":
        """Give this pack with what was learned; DecisionError when it cannot be read."""
        other = copy(self)
        other.lesson = read(lesson)
        return other

    def conclude(self, findings: Findings) -> Conclusion:
        """Give the answer in the shape that a professional expects."""
        return conclude(findings)


PACK: Final[DomainPack] = RealEstate()
