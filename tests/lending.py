"""A small domain of loans, whose two rules grant or refuse, for what is explained by deciding again."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from pydantic import JsonValue

from decision.decision import Conclusion, Derivation, Qualifier
from decision.engine import decide
from decision.facts import Case, Fact
from decision.pack import Findings, Found
from decision.rules import Parameters, RuleBook
from decision.schema import FactSchema
from explain.counterfactuals import counterfactuals
from explain.trials import Trial
from retrieval.corpus import RecordKind
from retrieval.query import ClauseQuery, RecordQuery

FACTS = """
[amount]
type = "money"
title = "Amount of the loan"
currency = "USD"
minimum = 0

[age]
type = "duration"
title = "Age of the file"

[verified]
type = "boolean"
title = "Income is verified"

[purpose]
type = "enum"
title = "Purpose"
values = ["buy", "build", "let_out"]

[bought_on]
type = "date"
title = "Day of purchase"
past = true

[wait]
type = "number"
title = "Waiting time"
unit = "days"

[waited]
type = "number"
title = "Waiting time as counted"
derived = true

[note]
type = "string"
title = "Note"

[noted]
type = "boolean"
title = "Noted"
derived = true

[granted]
type = "boolean"
title = "Granted"
derived = true
"""

RULES = """
[otherwise]
granted = "false"

[[rule]]
id = "GRANT"
title = "Granted"
kind = "conclusion"
owner = "risk"
clause = "policy#1"
effective_from = 2020-01-01
condition = "amount < $limit and verified and purpose in ['buy', 'build'] and bought_on <= 2024-06-30 and waited >= 10"
sets = { granted = "true" }

[[rule]]
id = "OLD"
title = "The file is old"
kind = "review"
owner = "risk"
clause = "policy#2"
effective_from = 2020-01-01
condition = "age > 30 days"
code = "file_old"
level = "desk_review"
message = "The file is old."
"""

PARAMETERS = """
[[parameter]]
name = "limit"
type = "money"
value = "400000"
currency = "USD"
owner = "risk"
clause = "policy#1"
effective_from = 2020-01-01
"""


class LoanPack:
    """A domain of two rules; with `numeric`, its outcome is a number that moves with the amount."""

    name = "loan"
    title = "Loan"
    version = "1"
    record_kinds: tuple[RecordKind, ...] = ()
    dated_by: str | None = None

    def __init__(self, folder: Path, *, numeric: bool = False) -> None:
        self.folder = folder
        self.schema = FactSchema.load(folder / "facts.toml")
        self.rulebook = RuleBook.load(folder, self.schema)
        self.numeric = numeric
        self.asks_by_purpose = False
        self.asked: tuple[str, ...] = ()
        self.says: str | None = None
        self.counts = False

    def queries(self, case: Case, parameters: Parameters) -> Mapping[str, ClauseQuery | RecordQuery]:
        """Ask by purpose, if the test wants so."""
        del parameters
        return {"found": ClauseQuery(text=str(case.facts["purpose"].value))} if self.asks_by_purpose else {}

    def derive(self, case: Case, facts: Mapping[str, Fact], evidence: Found, parameters: Parameters) -> Derivation:
        """Take the waiting time over, and ask for some parameters, if the test wants so."""
        del case, evidence
        for name in self.asked:
            parameters.value(name)
        waited = facts["wait"].value
        return Derivation(
            facts=(Fact("waited", waited, "derived"),), missing=("wait",) if self.counts and waited is None else ()
        )

    def conclude(self, findings: Findings) -> Conclusion:
        """Say whether it is granted."""
        granted = findings.facts["granted"].value
        if self.counts:
            return self._counted(str(findings.facts["waited"].value or 0))
        words = self.says or ("granted" if granted is True else "refused")
        return Conclusion(
            status="decided" if granted is not None else "needs_facts",
            answer={"outcome": str(findings.facts["amount"].value) if self.numeric else words},
            claims=(),
            qualifier=Qualifier(method="fact_certainty", band="high"),
            summary=f"The loan is {words}",
        )

    def _counted(self, number: str) -> Conclusion:
        qualifier = Qualifier(method="fact_certainty", band="high")
        return Conclusion("decided", {"outcome": number}, (), qualifier, f"It takes {number} days", stands={})


def pack_of(folder: Path, rules: str, facts: str = FACTS) -> LoanPack:
    """Write a pack into a folder, and read it."""
    (folder / "facts.toml").write_text(facts)
    (folder / "rules.toml").write_text(rules)
    (folder / "parameters.toml").write_text(PARAMETERS)
    return LoanPack(folder)


GIVEN: dict[str, JsonValue] = {
    "amount": "320000",
    "age": "5 days",
    "verified": True,
    "purpose": "buy",
    "bought_on": "2024-06-01",
    "wait": 12,
    "note": "said to be kind",
}


def case_of(pack: LoanPack, **changed: JsonValue) -> Case:
    """Read an ordinary case, with changes."""
    return pack.schema.read("loan", {**GIVEN, **changed}, date(2025, 1, 1))


def trial_of(pack: LoanPack, case: Case) -> Trial:
    """Prepare the trials of a case."""
    return Trial.of(pack, case, {}, decide(pack, case, {}, probe=False))


def changes(pack: LoanPack, case: Case, *, runs: int = 40) -> list[tuple[str, str]]:
    """Give the counterfactuals of a case: what is changed, and what comes out."""
    return [(one.change, one.outcome) for one in counterfactuals(trial_of(pack, case), runs=runs)]
