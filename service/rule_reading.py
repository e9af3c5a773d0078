"""Turns a rule into all that a person needs to judge it: its clause, its numbers, its exceptions, its tests."""

from collections.abc import Iterator, Mapping
from datetime import date

from pydantic import Field

from decision.cases import load_cases
from decision.decision import ClauseRef, ParameterUse
from decision.derivations import FUNCTIONS
from decision.expressions.evaluate import Compiled
from decision.expressions.syntax import unparse
from decision.facts import FactDefinition, InvalidCaseError, Problem
from decision.pack import DomainPack
from decision.policy_rule import PolicyRule
from decision.values import did_you_mean
from retrieval.corpus import Value


class RuleText(Value):
    """One rule during one period, as a person reads it."""

    pack: str
    rule_id: str
    title: str
    kind: str
    owner: str
    place: str = Field(description="File and line.")
    effective_from: date
    effective_to: date | None
    clause: str
    words: str | None = Field(description="The words of the clause; null where they are not at hand.")
    reference: str | None
    applies_when: str | None
    condition: str
    sets: Mapping[str, str]
    priority: int
    escalates: str | None
    facts: Mapping[str, str] = Field(description="The facts it reads, by name, with their titles.")
    parameters: tuple[ParameterUse, ...] = Field(description="As in force on the first day of the period, or today.")
    prevails_over: tuple[str, ...]
    gives_way_to: tuple[str, ...]
    tests: tuple[str, ...] = Field(description="The cases that name it, with the state that they expect.")


def rule_texts(pack: DomainPack, rule_id: str, words: Mapping[ClauseRef, str], today: date) -> tuple[RuleText, ...]:
    """Describe every period of a rule; InvalidCaseError when the pack has no rule of this id."""
    rules = [rule for rule in pack.rulebook.rules if rule.id == rule_id]
    if not rules:
        known = list(dict.fromkeys(rule.id for rule in pack.rulebook.rules))
        hint = did_you_mean(rule_id, known)
        problem = Problem("RULE", f"the id of a rule of {pack.name}", f"'{rule_id}' is none{hint or ''}")
        raise InvalidCaseError((problem,))
    return tuple(_described(pack, rule, words, today) for rule in rules)


def _described(pack: DomainPack, rule: PolicyRule, words: Mapping[ClauseRef, str], today: date) -> RuleText:
    last = rule.effective_to or date.max
    day = today if rule.effective_from <= today < last else rule.effective_from
    return RuleText(
        pack=pack.name,
        rule_id=rule.id,
        title=rule.title,
        kind=rule.kind,
        owner=rule.owner,
        place=f"rules.toml:{rule.line}",
        effective_from=rule.effective_from,
        effective_to=rule.effective_to,
        clause=str(rule.clause),
        words=words.get(rule.clause),
        reference=rule.reference,
        applies_when=_written(rule.applies_when),
        condition=unparse(rule.condition.expression),
        sets={name: unparse(value.expression) for name, value in rule.sets.items()},
        priority=rule.priority,
        escalates=f"{rule.level}: {rule.message}" if rule.kind != "conclusion" else None,
        facts={name: _titled(pack.schema.definitions[name]) for name in sorted(rule.facts)},
        parameters=tuple(_parameters(pack, rule, day)),
        prevails_over=_prevails_over(pack, rule),
        gives_way_to=_gives_way_to(pack, rule),
        tests=tuple(
            f"{case.name}: {state.replace('_', ' ')}"
            for case in load_cases(pack)
            for named, state in case.trace()
            if named == rule.id
        ),
    )


def _titled(definition: FactDefinition) -> str:
    if definition.derivation is None:
        return definition.title
    return f"{definition.title}, derived: {FUNCTIONS[definition.derivation].basis(definition.inputs)}"


def _written(condition: Compiled | None) -> str | None:
    return None if condition is None else unparse(condition.expression)


def _parameters(pack: DomainPack, rule: PolicyRule, day: date) -> Iterator[ParameterUse]:
    parameters = pack.rulebook.on(day).parameters
    for name, entry in parameters.entries.items():
        if entry.family in rule.parameters:
            yield parameters.use(name)


def _prevails_over(pack: DomainPack, rule: PolicyRule) -> tuple[str, ...]:
    others = [one.id for one in pack.rulebook.rules if rule.id in one.subject_to]
    return tuple(dict.fromkeys((*rule.notwithstanding, *others)))


def _gives_way_to(pack: DomainPack, rule: PolicyRule) -> tuple[str, ...]:
    others = [one.id for one in pack.rulebook.rules if rule.id in one.notwithstanding]
    return tuple(dict.fromkeys((*rule.subject_to, *others)))
