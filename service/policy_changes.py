"""Turns recorded decisions, or cases in a file, and another policy into what that policy would decide otherwise."""

import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final, cast

from pydantic import JsonValue

from decision.changes import Change, compare
from decision.facts import Case, DecisionError, Fact, FactDefinition, FactType, FactValue
from decision.pack import DomainPack, with_rulebook
from decision.rules import RuleBook
from decision.values import ValueRefusedError, parse_value
from retrieval.corpus import Value
from service.errors import InvalidInputError
from service.ports import DecisionStore
from service.records import ReleasedDecision

_PAGE: Final = 200
_GIVEN: Final = frozenset({"given", "record"})


class PolicyDiff(Value):
    """What another policy would have decided otherwise, of `compared` cases; `unread` could not be read, and why."""

    pack: str
    compared: int
    changes: tuple[Change, ...]
    unread: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NamedCase:
    """A case under the name that a person knows it by; `problem` says why it cannot be read."""

    name: str
    case: Case | None
    problem: str | None = None


def other_policy(pack: DomainPack, rules: Path | None, parameters: Path | None) -> DomainPack:
    """Give the pack with the rules of another folder, other parameters, or both; a DecisionError says what is wrong."""
    if rules is None and parameters is None:
        raise InvalidInputError("--rules, --parameters: expected one of them or both; name what is to be compared.")
    return with_rulebook(pack, RuleBook.load(rules or pack.folder, pack.schema, parameters))


def difference(pack: DomainPack, other: DomainPack, cases: Iterable[NamedCase]) -> PolicyDiff:
    """Compare both policies on every case."""
    changes: list[Change] = []
    unread: list[str] = []
    compared = 0
    for one in cases:
        if one.case is None:
            unread.append(f"{one.name}: {one.problem}")
            continue
        compared += 1
        if (change := compare(one.name, one.case, pack, other)) is not None:
            changes.append(change)
    return PolicyDiff(pack=pack.name, compared=compared, changes=tuple(changes), unread=tuple(unread))


async def recorded_cases(store: DecisionStore, pack: DomainPack, tenant: str, limit: int) -> AsyncIterator[NamedCase]:
    """Give the facts of recorded decisions of a domain, the latest first."""
    before: str | None = None
    left = limit
    while left > 0:
        page = await store.recent(min(left, _PAGE), tenant=tenant, domain=pack.name, before=before)
        for released in page:
            yield _recorded(pack, released)
        if not page:
            return
        left -= len(page)
        before = page[-1].decision_id


def filed_cases(path: Path, pack: DomainPack, as_of: date | None) -> Iterator[NamedCase]:
    """Give the cases of a file, one JSON object a line: `facts`, and perhaps `case_id` and `as_of`."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"--cases: {path} cannot be read ({error}); name a file of JSON lines.") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _filed(line, f"line {number}", pack, as_of)


def _filed(line: str, place: str, pack: DomainPack, as_of: date | None) -> NamedCase:
    try:
        row = cast("object", json.loads(line, parse_float=Decimal))
    except ValueError as error:
        return NamedCase(place, None, f"not JSON ({error})")
    facts = cast("Mapping[str, object]", row).get("facts") if isinstance(row, dict) else None
    if not isinstance(facts, dict):
        return NamedCase(place, None, 'expected {"facts": {...}}')
    whole = cast("Mapping[str, object]", row)
    name = str(whole.get("case_id") or place)
    try:
        day = _day(whole.get("as_of") or (pack.dated_by and cast("Mapping[str, object]", facts).get(pack.dated_by)))
        if (day or as_of) is None:
            return NamedCase(name, None, "has no date; give as_of, or --as-of for all")
        case = pack.schema.read(pack.name, cast("Mapping[str, JsonValue]", facts), cast("date", day or as_of))
    except (ValueError, DecisionError) as error:
        return NamedCase(name, None, str(error))
    return NamedCase(name, case)


def _day(written: object) -> date | None:
    return datetime.fromisoformat(written).date() if isinstance(written, str) else None


def _recorded(pack: DomainPack, released: ReleasedDecision) -> NamedCase:
    """Take the facts as they were given; those derived from evidence, too, where the pack needs evidence."""
    concluded = {name for rule in pack.rulebook.rules for name in rule.sets} | set(pack.rulebook.otherwise)
    facts: dict[str, Fact] = {}
    try:
        for name, fact in released.case.items():
            definition = pack.schema.definitions.get(name)
            if definition is None:
                return NamedCase(released.decision_id, None, f"{name} is no fact of the pack any more")
            if fact.provenance != "assumed" and name not in concluded:
                facts[name] = Fact(name, _value(definition, fact.value), fact.provenance, fact.basis)
    except ValueRefusedError as refused:
        return NamedCase(released.decision_id, None, str(refused))
    given = {name: fact for name, fact in facts.items() if fact.provenance in _GIVEN}
    case = Case(released.domain, released.as_of, given)
    needs_evidence = bool(pack.queries(case, pack.rulebook.on(case.as_of).parameters))
    return NamedCase(released.decision_id, Case(released.domain, released.as_of, facts) if needs_evidence else case)


def _value(definition: FactDefinition, stored: JsonValue) -> FactValue | None:
    """Read a value as decisions store it: numbers and instants in plain words."""
    if stored is None:
        return None
    if definition.type is FactType.NUMBER and isinstance(stored, str):
        return parse_value(definition, Decimal(stored))
    if definition.type is FactType.INSTANT and isinstance(stored, str):
        return parse_value(definition, stored.replace(" UTC", "+00:00"))
    return parse_value(definition, stored)
