"""Turns what a reader may see into a WHERE clause over `revisions`: the one place where access becomes SQL."""

from collections.abc import Mapping
from typing import Final, assert_never

from sqlalchemy import Column, ColumnElement, and_, exists, false, not_, select, true

from retrieval.filters import AnyOf, Between, Condition, Equals, Not, Within
from retrieval.ports import RetrievalError
from retrieval.scope import ReadScope, visible_to
from service.adapters.tables import generations, revision_groups, revisions

_TEXTS: Final[Mapping[str, Column[str]]] = {"tenant": revisions.c.tenant}
_NUMBERS: Final[Mapping[str, Column[int]]] = {
    name: revisions.c[name]
    for name in ("effective_from", "effective_to", "valid_from_generation", "valid_to_generation")
}
_GROUPS: Final = "groups"


def visible(scope: ReadScope) -> ColumnElement[bool]:
    """Revisions that the scope sees; none at a generation that was never committed."""
    committed = exists(select(generations.c.number).where(generations.c.number == scope.generation))
    return and_(committed, *(where(condition) for condition in visible_to(scope)))


def where(condition: Condition) -> ColumnElement[bool]:
    """One condition on the fields of `Visibility`, with the meaning of `retrieval.filters.admits`."""
    match condition:
        case Not(inner):
            return not_(where(inner))
        case Equals(field, value):
            return _one_of(field, (value,))
        case AnyOf(field, values):
            return _one_of(field, values)
        case Between(field, at_least, below):
            return _between(field, at_least, below)
        case Within():
            raise RetrievalError(f"{condition.field}: places are asked of the index, not of the library.")
        case _:
            assert_never(condition)


def _one_of(field: str, values: tuple[str | int | bool, ...]) -> ColumnElement[bool]:
    words = [value for value in values if isinstance(value, str)]
    if field == _GROUPS:
        return exists().where(revision_groups.c.revision_id == revisions.c.id, revision_groups.c.name.in_(words))
    if field in _TEXTS:
        return _TEXTS[field].in_(words)
    return _number(field).in_([value for value in values if isinstance(value, int)])


def _between(field: str, at_least: float | None, below: float | None) -> ColumnElement[bool]:
    if field == _GROUPS or field in _TEXTS:
        return false()
    column = _number(field)
    return and_(true() if at_least is None else column >= at_least, true() if below is None else column < below)


def _number(field: str) -> Column[int]:
    if field not in _NUMBERS:
        known = ", ".join(sorted((*_TEXTS, *_NUMBERS, _GROUPS)))
        raise RetrievalError(f"{field}: a library is filtered by {known} only.")
    return _NUMBERS[field]
