"""Turns stated numbers that a person could correct into what a small step of each is worth, found by deciding again."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import islice

from decision.decision import Decision
from decision.facts import FactDefinition, Money
from explain.counterfactuals import Counterfactual
from explain.trials import Changed, Trial


def stepped(trial: Trial, *, runs: int) -> tuple[Counterfactual, ...]:
    """Say what comes out where a stated number is one step less, or one more where less cannot be.

    Only where the outcome is an amount, and only for facts whose definition has a `step`; at most `runs` trials.
    """
    base = _amount(trial.before)
    if base is None:
        return ()
    return tuple(_worth(trial, base, changed) for changed in islice(_steps(trial), runs))


def _steps(trial: Trial) -> Iterator[Changed]:
    for name, fact in trial.case.facts.items():
        definition = trial.definitions[name]
        if definition.step is None or not isinstance(fact.value, Decimal):
            continue
        for value in ((fact.value - definition.step).normalize(), (fact.value + definition.step).normalize()):
            after = trial.outline(((name, value),), same_records=True) if _allowed(definition, value) else None
            if after is not None and _amount(after) not in (None, _amount(trial.before)):
                yield ((name, value),)
                break


def _worth(trial: Trial, base: Money, changed: Changed) -> Counterfactual:
    after = trial.outline(changed, same_records=True)
    amount = base if after is None else _amount(after) or base
    return Counterfactual(
        change=trial.words(changed), outcome=f"{amount} instead of {base}, from the same sales and records"
    )


def _allowed(definition: FactDefinition, value: Decimal) -> bool:
    low, high = definition.minimum, definition.maximum
    return (low is None or value >= low) and (high is None or value <= high)


def _amount(decision: Decision) -> Money | None:
    """Give the derived amount that the outcome states."""
    outcome = str(decision.answer.get("outcome"))
    derived = (one.value for one in decision.facts.values() if one.provenance == "derived")
    return next((one for one in derived if isinstance(one, Money) and str(one.value) == outcome), None)
