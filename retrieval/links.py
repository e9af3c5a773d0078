"""Turns where candidates stand, what they cite and what they define into what is added to their scores.

A passage beside one that answers often completes it, and so does one that it cites, or that cites it. Both look at the
pool alone: what a reader may not see is not in it, and linked passages outside of it never came among the first ten.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Final, cast

from retrieval.citing import enclosing
from retrieval.points import Place
from retrieval.ports import Hit

Places = Mapping[str, Place]
"""Where each candidate stands, by id."""

Scores = Mapping[str, float]
"""A number for each candidate, or for some of them, by id."""


def near(places: Places, base: Scores, weight: float) -> Scores:
    """Give each candidate its share of the better one of its neighbours in the document."""
    at = {(place.revision_id, place.order): one for one, place in places.items()}
    found: dict[str, float] = {}
    for one, place in places.items():
        beside = [at.get((place.revision_id, place.order + step)) for step in (-1, 1)]
        best = max((base[other] for other in beside if other is not None), default=0.0)
        if best > 0:
            found[one] = weight * best
    return found


def linked(places: Places, base: Scores, weight: float) -> Scores:
    """Give what the best candidates cite, and what cites them, a share of their score; the largest one counts.

    The share falls with the third power of a score, so that what ranks low lifts nothing.
    """
    top = max(base.values(), default=0.0)
    if top <= 0:
        return {}
    found: dict[str, float] = {}
    edges = _edges(places)
    for one in sorted(base, key=lambda name: (-base[name], name))[:_SEEDS]:
        share = weight * top * (max(base[one], 0.0) / top) ** _POWER
        for other in edges.get(one, ()):
            found[other] = max(found.get(other, 0.0), share)
    return found


def defining(places: Places, asked: Sequence[str], weight: float) -> Scores:
    """Give the clauses that define a term which the question names, by its stems, their share of the weight.

    The share is the square of how much of the question the longest such term is: who asks little else asks what it
    means, and who asks more means the clauses that use it.
    """
    question = f" {' '.join(asked)} "
    found: dict[str, float] = {}
    for one, place in places.items():
        named = [term.count(" ") + 1 for term in place.terms if f" {term} " in question]
        if named:
            found[one] = weight * (max(named) / len(asked)) ** 2
    return found


def only_meant(named: Sequence[Hit], keys: Sequence[str]) -> list[Hit]:
    """Keep the clauses that a question means by the numbers it names: those that are in one document alone.

    Where several have such a number, the question mostly cites it beside what it asks, and lifting all of them did
    harm. The clause itself counts before those inside of it.
    """
    meant: dict[str, Hit] = {}
    for key in keys:
        those = [hit for hit in named if key in cast("list[str]", hit.payload["clause_keys"])]
        if len({hit.payload["document_id"] for hit in those}) == 1:
            exact = [hit for hit in those if cast("list[str]", hit.payload["clause_keys"])[0] == key]
            meant |= {hit.id: hit for hit in exact or those}
    return list(meant.values())


_SEEDS: Final = 10
_POWER: Final = 3


def _edges(places: Places) -> Mapping[str, set[str]]:
    """Join what cites to what is cited, in both directions."""
    named: defaultdict[str, list[str]] = defaultdict(list)
    for one, place in places.items():
        for name in place.names:
            named[name].append(one)
    edges: defaultdict[str, set[str]] = defaultdict(set)
    for one, place in places.items():
        for other in chain.from_iterable(_targets(link, named) for link in place.links):
            if other != one:
                edges[one].add(other)
                edges[other].add(one)
    return edges


def _targets(link: str, named: Mapping[str, list[str]]) -> Iterator[str]:
    """Find what a link names, or the smallest clause around it that is there."""
    yield from next((named[form] for form in enclosing(link) if form in named), ())
