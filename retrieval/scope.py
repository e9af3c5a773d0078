"""Who reads, as of when, at which generation: the one predicate that every read path goes through."""

from datetime import date

from retrieval.corpus import DEFAULT_TENANT, OPEN, PUBLIC, Value
from retrieval.filters import AnyOf, Between, Condition, Equals


class ReadScope(Value):
    """What one reader may see: a tenant, the groups the reader is in, a date, and a committed generation."""

    tenant: str = DEFAULT_TENANT
    groups: tuple[str, ...] = (PUBLIC,)
    as_of: date
    generation: int


class Visibility(Value):
    """What decides who sees a point or a row: the fields that `visible_to` reads, as stored with it.

    Dates are proleptic ordinals, so that one range condition serves every store; an open bound is `OPEN`.
    """

    tenant: str
    groups: tuple[str, ...]
    effective_from: int
    effective_to: int
    valid_from_generation: int
    valid_to_generation: int = OPEN


def ordinal(day: date | None, *, unknown: int) -> int:
    """Turn a date into a number of days; what is not stated becomes `unknown` (0: since ever, OPEN: for ever)."""
    return unknown if day is None else day.toordinal()


def visible_to(scope: ReadScope) -> tuple[Condition, ...]:
    """Give the conditions on `Visibility` fields under which this reader sees something."""
    today = scope.as_of.toordinal()
    return (
        Equals("tenant", scope.tenant),
        AnyOf("groups", scope.groups),
        Between("effective_from", below=today + 1),
        Between("effective_to", at_least=today + 1),
        Between("valid_from_generation", below=scope.generation + 1),
        Between("valid_to_generation", at_least=scope.generation + 1),
    )
