"""Turns the facts that rules read into how certain a decision by rules is."""

from collections.abc import Iterable, Mapping

from decision.decision import Qualifier, RuleOutcome, Status
from decision.facts import Fact


def certainty_of_facts(
    outcomes: Iterable[RuleOutcome], facts: Mapping[str, Fact], status: Status, unmeasured: str
) -> Qualifier:
    """Give a band by where the facts that were read come from; `unmeasured` says what no frequency was measured of."""
    settled = [outcome for outcome in outcomes if outcome.state in {"held", "not_held"}]
    read = sorted({name for outcome in settled for name in outcome.facts_read if name in facts})
    assumed = [name for name in read if facts[name].provenance == "assumed"]
    if status != "decided":
        note = "A fact that decides the outcome is not known."
        return Qualifier(method="fact_certainty", band="low", notes=(unmeasured, note))
    if assumed:
        note = f"Assumed: {', '.join(assumed)}."
        return Qualifier(method="fact_certainty", band="medium", notes=(unmeasured, note))
    note = "Every fact that was read was given or follows from what was given."
    return Qualifier(method="fact_certainty", band="high", notes=(unmeasured, note))
