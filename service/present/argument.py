"""Turns what a decision rests on into blocks: claims, executed policy, assumptions, gaps, reasons for review."""

from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import JsonValue

from service.present.blocks import Block, Cell, Column, Folded, Grid, Heading, Lines, Mark, Pairs, Paragraph, Quote
from service.present.reading import Json, first, label, numbers, object_of, objects, text, texts

_RESULTS: Final[Mapping[str, Mark]] = {"pass": "pass", "fail": "fail", "undetermined": "undetermined"}
_REVIEWS: Final = {"pass": Cell("not so", "pass"), "fail": Cell("so: review", "attention")}
"""What became of a rule that asks for a review: its title is what would call for one."""


def claims(claims: JsonValue) -> Iterator[Block]:
    """List sentences with the citations behind them."""
    if found := objects(claims):
        yield Lines(tuple(Cell(text(one.get("text")), cites=numbers(one.get("citations"))) for one in found))


def review(decision: Json) -> Iterator[Block]:
    """List the reasons for a review, and name its task."""
    review = object_of(decision.get("review"))
    if reasons := objects(review.get("reasons")):
        columns = (Column("Reason"), Column("Measured"), Column("Limit"), Column("Who"), Column("Rule"))
        yield Grid(
            columns,
            tuple(
                (
                    Cell(text(first(one, "message", "code")), "attention"),
                    *(_dash(one, "measured"), _dash(one, "threshold")),
                    Cell(text(one.get("level")).replace("_", " ")) if one.get("level") else Cell("—"),
                    _dash(one, "rule_id"),
                )
                for one in reasons
            ),
        )
    if review.get("task_id"):
        yield Paragraph(f"Review task {text(review['task_id'])}")


def ways_out(decision: Json) -> Iterator[Block]:
    """Say for each reason of a review what would have to be different, and what deciding again has shown."""
    ways = objects(object_of(decision.get("explanation")).get("out_of_review"))
    for one in ways:
        yield Heading(f"{label(text(one.get('code')))}{_numbers(one)}")
        yield Paragraph(text(one.get("needed")))
        asks = [Cell(said) for said in texts(one.get("asks"))]
        found = [
            Cell(f"{text(way.get('change'))}: {text(way.get('outcome'))}.", "pass")
            for way in objects(one.get("verified"))
        ]
        if asks or found:
            yield Lines((*found, *asks))


def _numbers(one: Json) -> str:
    told = [f"{name} {text(one[key])}" for name, key in _MEASURES if one.get(key) is not None]
    return f" ({', '.join(told)})" if told else ""


_MEASURES: Final = (("measured", "measured"), ("limit", "threshold"))


def _dash(one: Json, name: str) -> Cell:
    return Cell("—" if one.get(name) is None else text(one[name]))


def checks(decision: Json) -> Iterator[Block]:
    """List the rules that were executed, each with its facts, numbers and the words of its clause."""
    checks = objects(decision.get("policy_checks"))
    told = [one for one in checks if one.get("kind") != "conclusion"]
    drawn = [one for one in checks if one.get("kind") == "conclusion"]
    if told:
        yield _check_table(told)
    if drawn:
        held = [one for one in drawn if one.get("result") != "fail"]
        rest = [one for one in drawn if one.get("result") == "fail"]
        if held:
            yield Folded("Conclusions that were drawn or left open", (_check_table(held),))
        if rest:
            yield Folded("Conclusions that were not drawn", (_check_table(rest),))
    quotes = {n: text(one.get("quote")) for one in objects(decision.get("citations")) for n in numbers(one.get("n"))}
    behind = tuple(Folded(f"{text(one.get('rule_id'))}", tuple(_check(one, quotes))) for one in told)
    if behind:
        yield Folded("Facts, numbers and words that each check rests on", behind)


def _check_table(checks: list[Json]) -> Grid:
    columns = (Column("Result"), Column("Policy"), Column("Because"), Column("Clause"))
    return Grid(
        columns,
        tuple(
            (
                _result(one),
                Cell(f"{text(first(one, 'title', 'rule_id'))}{' (stale)' if one.get('stale') is True else ''}"),
                Cell(text(one["because"]) if one.get("because") else "—"),
                _clause(one),
            )
            for one in checks
        ),
    )


def _result(one: Json) -> Cell:
    result = text(one.get("result"))
    if one.get("kind") == "review" and result in _REVIEWS:
        return _REVIEWS[result]
    return Cell(result, _RESULTS.get(result))


def _clause(one: Json) -> Cell:
    cited, clause = numbers(one.get("citation")), text(one.get("clause"))
    return Cell(clause.rpartition("#")[2] if cited else clause, cites=cited)


def _check(one: Json, quotes: Mapping[int, str]) -> Iterator[Block]:
    rows = [(f"Fact {name}", Cell(text(value))) for name, value in object_of(one.get("facts_used")).items()]
    rows += [
        (f"Number {text(used.get('name'))}", Cell(f"{text(used.get('value'))} ({text(used.get('clause'))})"))
        for used in objects(one.get("parameters"))
    ]
    rows += [("Owner", Cell(text(one.get("owner")))), ("In force since", Cell(text(one.get("effective_from"))))]
    yield Pairs(tuple(rows))
    for n in numbers(one.get("citation")):
        if n in quotes:
            yield Quote(quotes[n], text(one.get("clause")), (n,))


def assumptions(decision: Json) -> Iterator[Block]:
    """List what was taken as true, and what happens if it is false."""
    if found := objects(decision.get("assumptions")):
        columns = (Column("Taken as true"), Column("Why"), Column("If it is false"))
        yield Grid(
            columns,
            tuple(
                (
                    Cell(f"{label(text(one.get('fact')))}: {text(one.get('value'))}"),
                    Cell(text(one.get("reason"))),
                    Cell(text(one.get("effect_if_false")), "attention" if one.get("changes_outcome") is True else None),
                )
                for one in found
            ),
        )


def missing(decision: Json) -> Iterator[Block]:
    """List the facts that are not known."""
    if found := objects(decision.get("missing_facts")):
        columns = (Column("Fact"), Column("Why it is asked for"), Column("Can change the outcome"))
        yield Grid(
            columns,
            tuple(
                (
                    Cell(label(text(one.get("fact")))),
                    Cell(text(one.get("why"))),
                    Cell(text(one.get("changes_outcome")), "attention" if one.get("changes_outcome") is True else None),
                )
                for one in found
            ),
        )


def changes(decision: Json) -> Iterator[Block]:
    """List what would lead to another outcome."""
    if found := objects(decision.get("counterfactuals")):
        many = any(one.get("together") for one in found)
        rows = tuple(
            (
                *([Cell("two, neither enough alone" if one.get("together") else "one")] if many else []),
                Cell(text(one.get("change"))),
                Cell(text(one.get("outcome"))),
            )
            for one in found
        )
        yield Grid((*([Column("Facts to change")] if many else []), Column("Change"), Column("Then")), rows)
