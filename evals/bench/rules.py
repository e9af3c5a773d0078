"""Turns a pack's own cases, each varied by chance, into how many of them its rules decide in a second."""

import gc
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import cycle, islice
from typing import Final, TypeVar

from decision.cases import case_of, load_cases
from decision.engine import decide, grounded
from decision.facts import Case, DecisionError, Fact, FactDefinition, FactValue, InvalidCaseError, Money
from decision.pack import DomainPack
from decision.registry import choose, packs
from decision.rules import RulesInForce
from decision.ruling import Ground, rule_on
from evals.bench.figures import Figure, Measured, other_work
from evals.datasets import EvaluationError
from evals.runs import Tell
from explain.counterfactuals import counterfactuals
from explain.trials import Trial

WITHOUT_TRACES: Final = 10_000.0
WITH_TRACES: Final = 2_000.0
WHOLE_MS: Final = 50.0

Item = TypeVar("Item")

_ROUNDS: Final = 3
_SEED: Final = 6
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RuleLoad:
    """Which pack decides, how many different cases its rules are given, and how many are decided as a whole."""

    pack: str
    cases: int
    whole: int


async def measure_rules(load: RuleLoad, tell: Tell) -> Measured:
    """Measure rules alone, rules with their whole trace in words, and whole decisions, in seconds of one processor.

    A rule decision is one case's facts given to all rules in force on its date, until every fact is concluded.
    """
    before = other_work()
    try:
        pack = choose(packs(), load.pack)
    except InvalidCaseError as error:
        raise EvaluationError(f"--pack: {error}.") from error
    varied = list(islice(_varied(pack), load.cases))
    if not varied:
        raise EvaluationError(f"--pack: {pack.name} has no cases in force to measure; choose another pack.")
    alone = _rule_figures(pack, varied, tell)
    tell("whole decisions", 0, 1)
    some = varied[: load.whole]
    whole, explained = (sorted(_milliseconds(work, some)) for work in (_whole(pack), _explained(pack)))
    return Measured(
        load=before,
        setting={
            "pack": pack.name,
            "cases": len(varied),
            "whole": len(whole),
            "rules": max(len(pack.rulebook.on(case.as_of).rules) for case in varied),
            "definition": "all rules in force evaluated on one case's facts, outcomes concluded",
        },
        figures=(
            *alone,
            Figure("whole decision, median", _share(whole, 0.5), "ms"),
            Figure("whole decision, p95", _share(whole, 0.95), "ms", "at most", WHOLE_MS, _WHOLE),
            Figure("whole decision, slowest", whole[-1], "ms", "at most", WHOLE_MS),
            Figure("with counterfactuals, median", _share(explained, 0.5), "ms"),
            Figure("with counterfactuals, p95", _share(explained, 0.95), "ms"),
        ),
    )


def _rule_figures(pack: DomainPack, varied: Sequence[Case], tell: Tell) -> tuple[Figure, ...]:
    prepared = [grounded(pack, case, {}) for case in varied]
    gc.collect()
    gc.freeze()  # no program that serves keeps thousands of cases, in which to look for garbage
    tell("rules without traces", 0, 1)
    alone = _rate(_without_traces, [(rules, _values(ground)) for rules, ground in prepared])
    tell("rules with traces", 0, 1)
    traced = _rate(_with_traces, prepared, lambda: _forget(prepared))
    tell("rules with traces in words", 0, 1)
    in_words = _rate(_in_words, prepared, lambda: _forget(prepared))
    return (
        Figure("rule decisions a second, no traces", alone, "/s", "at least", WITHOUT_TRACES),
        Figure("rule decisions a second, traces", traced, "/s", "at least", WITH_TRACES, _TRACED),
        Figure("rule decisions a second, traces in words", in_words, "/s", note=_IN_WORDS),
    )


_TRACED: Final = "every rule's state, facts read, parameters and effect; sentences on demand"
_IN_WORDS: Final = "the same, with the sentence of every rule"
_WHOLE: Final = "code, rules, assumptions and missing facts tested, answer; no retrieval"


def _varied(pack: DomainPack) -> Iterator[Case]:
    """Give the pack's cases again and again, their quantities moved by chance so that hardly two are the same."""
    chance = random.Random(_SEED)  # noqa: S311 - the same cases in every run
    usable = [case for case in (case_of(pack, row) for row in load_cases(pack)) if _is_usable(pack, case)]
    for case in cycle(usable):
        facts = {
            name: _moved(fact, pack.schema.definitions[name], case.as_of, chance) for name, fact in case.facts.items()
        }
        yield replace(case, facts=facts)


def _is_usable(pack: DomainPack, case: Case) -> bool:
    try:
        grounded(pack, case, {})
    except DecisionError:
        return False
    return bool(pack.rulebook.on(case.as_of).rules)


def _moved(fact: Fact, definition: FactDefinition, as_of: date, chance: random.Random) -> Fact:
    value = fact.value
    moved: FactValue | None = value
    match value:
        case bool() | str() | tuple() | None:
            pass
        case Decimal():
            moved = value + chance.randint(-40, 40)
        case Money():
            moved = Money(value=value.value + chance.randint(0, 40), currency=value.currency)
        case timedelta():
            moved = value + timedelta(minutes=chance.randint(-90, 90))
        case date():
            moved = value if type(value) is not date or value == as_of else value + chance.randint(-9, 0) * _DAY
    low, high = definition.minimum, definition.maximum
    if isinstance(moved, Decimal) and ((low is not None and moved < low) or (high is not None and moved > high)):
        return fact
    return replace(fact, value=moved)


def _values(ground: Ground) -> dict[str, FactValue | None]:
    return {name: fact.value for name, fact in ground.facts.items()}


def _without_traces(prepared: tuple[RulesInForce, dict[str, FactValue | None]]) -> object:
    rules, values = prepared
    return rules.period.evaluate(values)


def _with_traces(prepared: tuple[RulesInForce, Ground]) -> object:
    return [outcome.traced() for outcome in rule_on(*prepared).outcomes]


def _in_words(prepared: tuple[RulesInForce, Ground]) -> object:
    return [outcome.traced().because for outcome in rule_on(*prepared).outcomes]


def _forget(prepared: Sequence[tuple[RulesInForce, Ground]]) -> None:
    for rules, _ in prepared:
        rules.period.shelves.clear()


def _whole(pack: DomainPack) -> Callable[[Case], object]:
    return lambda case: decide(pack, case, {})


def _explained(pack: DomainPack) -> Callable[[Case], object]:
    return lambda case: counterfactuals(Trial.of(pack, case, {}, decide(pack, case, {})))


def _rate(work: Callable[[Item], object], items: Sequence[Item], prepare: Callable[[], None] = lambda: None) -> float:
    """Give the cases a second of the best round; the first round of all compiles, and does not count."""
    rates: list[float] = []
    for _ in range(_ROUNDS + 1):
        prepare()
        start = time.process_time()
        for item in items:
            work(item)
        rates.append(len(items) / (time.process_time() - start))
    return max(rates[1:])


def _milliseconds(work: Callable[[Item], object], items: Sequence[Item]) -> Iterator[float]:
    gc.collect()  # what was measured before is not to be paid for here
    gc.freeze()
    work(items[0])
    for item in items:
        start = time.process_time()
        work(item)
        yield (time.process_time() - start) * 1000


def _share(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
