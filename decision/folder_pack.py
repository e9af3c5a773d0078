"""Turns a folder of TOML files into a domain pack that needs no code of its own."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field, JsonValue

from decision.decision import Claim, Conclusion, Derivation, Qualifier, RuleOutcome, Status
from decision.facts import Case, DecisionError, Fact
from decision.pack import Findings, Found
from decision.rules import Parameters, RuleBook
from decision.schema import FactSchema
from decision.tables import Tables, checked
from decision.values import did_you_mean, plain
from retrieval.corpus import RecordKind, Value
from retrieval.query import ClauseQuery, RecordQuery


class _PackRow(Value):
    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    version: str
    outcome: str
    dated_by: str | None = None


class FolderPack:
    """A domain whose facts, rules and parameters stand in its folder, and whose answer is a fact that rules conclude.

    `pack.toml` gives its `name`, `title` and `version`, the fact that is the `outcome`, and the one it is `dated_by`.
    """

    def __init__(self, folder: Path) -> None:
        tables = Tables.read(folder / "pack.toml")
        row = checked(_PackRow, tables.content, tables.place(""))
        self.name: str = row.name
        self.title: str = row.title
        self.version: str = row.version
        self.folder: Path = folder
        self.record_kinds: tuple[RecordKind, ...] = ()
        self.dated_by: str | None = row.dated_by
        self.schema: FactSchema = FactSchema.load(folder / "facts.toml")
        self.rulebook: RuleBook = RuleBook.load(folder, self.schema)
        self._outcome: str = row.outcome
        for field, named in (("outcome", row.outcome), ("dated_by", row.dated_by)):
            if named is not None and named not in self.schema.definitions:
                hint = did_you_mean(named, list(self.schema.definitions))
                raise DecisionError(f"{tables.place('').at(field)}: {named}: no such fact in facts.toml{hint}.")

    def queries(self, case: Case, parameters: Parameters) -> Mapping[str, ClauseQuery | RecordQuery]:
        """No evidence is searched for: every claim cites the clause that its rule encodes."""
        del case, parameters
        return {}

    def derive(self, case: Case, facts: Mapping[str, Fact], evidence: Found, parameters: Parameters) -> Derivation:
        """Nothing beside what `facts.toml` derives by named functions."""
        del case, facts, evidence, parameters
        return Derivation()

    def conclude(self, findings: Findings) -> Conclusion:
        """Answer with the outcome and everything else that rules concluded, each claim with its clause."""
        definition = self.schema.definitions[self._outcome]
        found = findings.facts[self._outcome].value
        concluded = {name: plain(findings.facts[name].value) for name in self._concluded()}
        status: Status = "needs_facts" if found is None else "decided"
        words = plain(found) or "not known yet"
        answer: dict[str, JsonValue] = {"outcome": plain(found), **concluded}
        return Conclusion(
            status=status,
            answer=answer,
            claims=tuple(_claims(findings.outcomes)) if found is not None else (),
            qualifier=Qualifier(method="fact_certainty", band=_band(findings, known=found is not None)),
            summary=f"{definition.title}: {words}.",
            stands={name: value for name, value in concluded.items() if name != self._outcome},
        )

    def _concluded(self) -> list[str]:
        named = [name for rule in self.rulebook.rules for name in rule.sets]
        return list(dict.fromkeys((*named, *self.rulebook.otherwise)))


def _claims(outcomes: Sequence[RuleOutcome]) -> list[Claim]:
    said = [one for one in outcomes if (one.kind == "conclusion" and one.state == "held") or one.result == "fail"]
    return [
        Claim(
            text=f"{one.title.rstrip('.')}." if one.result != "fail" else f"Not met: {one.title.rstrip('.')}.",
            cites=(one.clause,),
        )
        for one in said
    ]


def _band(findings: Findings, *, known: bool) -> Literal["low", "medium", "high"]:
    """Say how sure a decision is: as sure as the facts it rests on, and less so where some are assumed."""
    if not known:
        return "low"
    read = {name for one in findings.outcomes for name in one.facts_read}
    assumed = any(findings.facts[name].provenance == "assumed" for name in read)
    return "medium" if assumed else "high"
