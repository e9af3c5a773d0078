"""Turns a case, and what a pack's code derived from it, into every fact that the domain declares."""

from collections.abc import Mapping

from decision.decision import Derivation
from decision.derivations import derived_facts
from decision.expressions.types import fits
from decision.facts import Case, DecisionError, Fact, FactDefinition
from decision.pack import DomainPack
from decision.rules import RulesInForce
from decision.values import did_you_mean


def completed(definitions: Mapping[str, FactDefinition], case: Case) -> dict[str, Fact]:
    """Give every declared fact: as given, else assumed where the pack declares a default, else unknown."""
    if strange := sorted(set(case.facts) - set(definitions)):
        raise DecisionError(f"The domain {case.domain} knows no {', '.join(strange)}; read the case with its schema.")
    facts: dict[str, Fact] = {}
    for name, definition in definitions.items():
        given = case.facts.get(name)
        if given is not None and given.value is not None:
            facts[name] = given
        elif definition.default is not None:
            facts[name] = Fact(name, definition.default, "assumed", definition.default_reason)
        else:
            facts[name] = Fact(name, None, "derived" if definition.derived else "given")
    facts.update((fact.name, fact) for fact in derived_facts(definitions, facts))
    return facts


def added(
    pack: DomainPack, rules: RulesInForce, completed: Mapping[str, Fact], derivation: Derivation
) -> dict[str, Fact]:
    """Select what the pack's code may add: declared facts of the declared type, none that was given or is concluded."""
    definitions = pack.schema.definitions
    concluded = rules.period.concluded
    found: dict[str, Fact] = {}
    for fact in derivation.facts:
        definition = definitions.get(fact.name)
        if definition is None:
            hint = did_you_mean(fact.name, list(definitions))
            raise DecisionError(f"The code of {pack.name} derives '{fact.name}'; declare it in facts.toml{hint}.")
        if fact.value is None:
            continue
        if fact.name in concluded:
            raise DecisionError(f"Both the code and the rules of {pack.name} set '{fact.name}'; keep one of them.")
        if not fits(definition, fact.value):
            raise DecisionError(f"The code of {pack.name} derives {fact.name} = {fact.value!r}, not {definition.type}.")
        before = completed[fact.name]
        if before.value is None or before.provenance == "assumed":
            found[fact.name] = fact
    return found
