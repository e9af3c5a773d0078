"""Turns a released decision in JSON into a page: a header and sections, the same for a terminal and for HTML."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from pydantic import JsonValue

from service.present import generic, passenger_rights, policy, real_estate
from service.present.blocks import (
    Block,
    Cell,
    Column,
    Folded,
    Grid,
    Lines,
    Mark,
    Pairs,
    Paragraph,
    Quote,
    Section,
    Source,
)
from service.present.reading import Json, first, label, number, numbers, object_of, objects, percent, text, texts

TITLES: Final = {
    "real_estate": "Estimate of market value",
    "passenger_rights": "Passenger rights",
    "policy": "Answer from policy",
}
"""What a decision of a known domain is called; others are called by their domain."""

RESULTS: Final[Mapping[str, Mark]] = {"pass": "pass", "fail": "fail", "undetermined": "undetermined"}
_BANDS: Final[Mapping[str, Mark]] = {"high": "pass", "medium": "attention", "low": "fail"}
_STATUSES: Final[Mapping[str, Mark]] = {"decided": "pass", "needs_facts": "attention", "abstained": "fail"}
_HASH_SHOWN: Final = 12

_ANSWERS: Final[Mapping[str, Callable[[Json], Iterator[Section]]]] = {
    "real_estate": real_estate.sections,
    "passenger_rights": passenger_rights.sections,
    "policy": policy.sections,
}


@dataclass(frozen=True, slots=True)
class Page:
    """A decision to be read: what it is called, its outcome in a sentence, its badges, and its sections."""

    title: str
    summary: str
    badges: tuple[tuple[str, Cell], ...]
    identity: str
    sections: tuple[Section, ...]


def page(decision: Json) -> Page:
    """Lay out a decision (the JSON of INTERFACES, with `summary`, `case` and `explanation` where there are any)."""
    domain = text(decision.get("domain"))
    identity = f"{text(decision.get('decision_id'))}, as of {text(decision.get('as_of'))}"
    return Page(
        title=TITLES.get(domain, label(domain)),
        summary=_summary(decision),
        badges=tuple(_badges(decision)),
        identity=identity,
        sections=tuple(_sections(decision, domain)),
    )


def _summary(decision: Json) -> str:
    said = first(decision, "summary") or object_of(decision.get("explanation")).get("summary")
    return text(said or object_of(decision.get("answer")).get("outcome"))


def _badges(decision: Json) -> Iterator[tuple[str, Cell]]:
    status = text(decision.get("status"))
    yield "Status", Cell(status.replace("_", " "), _STATUSES.get(status))
    sure = object_of(decision.get("confidence"))
    band = text(sure.get("band"))
    yield "Confidence", Cell(band, _BANDS.get(band))
    required = object_of(decision.get("review")).get("required") is not False
    yield "Review", Cell("required", "attention") if required else Cell("not required", "pass")
    if decision.get("mode") != "full":
        yield "Mode", Cell(text(decision.get("mode")).replace("_", " "), "attention")


def _sections(decision: Json, domain: str) -> Iterator[Section]:
    for section in _ANSWERS.get(domain, generic.sections)(object_of(decision.get("answer"))):
        yield replace(section, key=f"answer-{section.key}")
    for key, title, blocks in (
        ("claims", "What is asserted", _claims(decision.get("claims"))),
        ("review", "Why a person must look", _review(decision)),
        ("policy-checks", "Policy checks", _checks(decision)),
        ("assumptions", "Assumptions and what they are worth", _assumptions(decision)),
        ("missing", "Facts that are missing", _missing(decision)),
        ("counter-evidence", "What speaks against it", _claims(decision.get("counter_evidence"))),
        ("changes", "What would change the outcome", _changes(decision)),
        ("confidence", "Confidence", _confidence(decision)),
        ("case", "Facts of the case", _case(decision)),
        ("explanation", "Explanation", _explanation(decision)),
        ("citations", "Sources quoted", _citations(decision)),
        ("audit", "Record", _record(decision)),
    ):
        if drawn := tuple(blocks):
            yield Section(key, title, drawn)


def _claims(claims: JsonValue) -> Iterator[Block]:
    if found := objects(claims):
        yield Lines(tuple(Cell(text(one.get("text")), cites=numbers(one.get("citations"))) for one in found))


def _review(decision: Json) -> Iterator[Block]:
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


def _dash(one: Json, name: str) -> Cell:
    return Cell("—" if one.get(name) is None else text(one[name]))


def _checks(decision: Json) -> Iterator[Block]:
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
    for one in told:
        yield Folded(f"{text(one.get('rule_id'))}: facts, numbers and words it rests on", tuple(_check(one, quotes)))


def _check_table(checks: list[Json]) -> Grid:
    columns = (Column("Result"), Column("Policy"), Column("Because"), Column("Clause"))
    return Grid(
        columns,
        tuple(
            (
                Cell(text(one.get("result")), RESULTS.get(text(one.get("result")))),
                Cell(f"{text(first(one, 'title', 'rule_id'))}{' (stale)' if one.get('stale') is True else ''}"),
                Cell(text(one["because"]) if one.get("because") else "—"),
                _clause(one),
            )
            for one in checks
        ),
    )


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


def _assumptions(decision: Json) -> Iterator[Block]:
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


def _missing(decision: Json) -> Iterator[Block]:
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


def _changes(decision: Json) -> Iterator[Block]:
    if found := objects(decision.get("counterfactuals")):
        rows = tuple((Cell(text(one.get("change"))), Cell(text(one.get("outcome")))) for one in found)
        yield Grid((Column("Change"), Column("Then")), rows)


def _confidence(decision: Json) -> Iterator[Block]:
    sure = object_of(decision.get("confidence"))
    rows = [(label(name), Cell(text(sure[name]).replace("_", " "))) for name in ("band", "method") if sure.get(name)]
    rows += [("Value", Cell(percent(sure["value"])))] if sure.get("value") is not None else []
    rows += [("Calibrated on", Cell(text(sure["calibrated_on"])))] if sure.get("calibrated_on") else []
    rows += [("Outcomes behind it", Cell(text(sure["n"])))] if sure.get("n") is not None else []
    rows += [(label(name), Cell(text(value))) for name, value in object_of(sure.get("reliability")).items()]
    if rows:
        yield Pairs(tuple(rows))
    if notes := texts(sure.get("notes")):
        yield Lines(tuple(Cell(one) for one in notes))


def _case(decision: Json) -> Iterator[Block]:
    rows: list[tuple[Cell, ...]] = []
    for name, fact in object_of(decision.get("case")).items():
        told = object_of(fact) or {"value": fact}
        where = ", ".join(text(told[key]) for key in ("provenance", "basis") if told.get(key))
        rows.append((Cell(label(name)), Cell(text(told.get("value"))), Cell(where or "—")))
    if rows:
        yield Folded("All facts", (Grid((Column("Fact"), Column("Value"), Column("From")), tuple(rows)),))


def _explanation(decision: Json) -> Iterator[Block]:
    explanation = object_of(decision.get("explanation"))
    for paragraph in text(explanation.get("narration") or "").split("\n\n"):
        if paragraph:
            yield Paragraph(paragraph)
    if steps := objects(explanation.get("trace")):
        columns = (Column("Rule"), Column("State"), Column("Because"))
        rows = tuple(
            (
                Cell(text(one.get("rule_id"))),
                Cell(text(one.get("state")).replace("_", " ")),
                Cell(text(one.get("because")), cites=numbers(one.get("citation"))),
            )
            for one in steps
        )
        yield Folded("Every rule that was looked at", (Grid(columns, rows),))


def _citations(decision: Json) -> Iterator[Block]:
    for one in objects(decision.get("citations")):
        where = [text(one.get("document"))]
        where += [text(one["clause"])] if one.get("clause") else []
        where += [f"page {text(one['page'])}"] if one.get("page") else []
        proof = f"{text(one.get('revision_id'))}, characters {_whole(one, 'char_start')} to {_whole(one, 'char_end')}, "
        proof += f"SHA-256 {text(one.get('sha256'))}"
        n = number(one.get("n"))
        yield Source(0 if n is None else int(n), ", ".join(where), text(one.get("quote")), proof)


def _whole(one: Json, name: str) -> str:
    n = number(one.get(name))
    return text(one.get(name)) if n is None else str(int(n))


def _record(decision: Json) -> Iterator[Block]:
    audit = object_of(decision.get("audit"))
    rows = [("Decision", Cell(text(decision.get("decision_id"))))]
    if audit:
        place = f"event {text(audit.get('seq'))}, {text(audit.get('hash'))[:_HASH_SHOWN]}…"
        rows.append(("Audit", Cell(place)))
    rows += [
        (label(name), Cell(text(decision[name])))
        for name in ("mode", "generation", "as_of", "trace_id")
        if decision.get(name) is not None
    ]
    if timings := object_of(decision.get("timings_ms")):
        rows.append(("Time", Cell(", ".join(f"{name} {text(value)} ms" for name, value in timings.items()))))
    yield Pairs(tuple(rows))
    if versions := object_of(decision.get("versions")):
        yield Folded("Versions", (Pairs(tuple((name, Cell(text(one))) for name, one in versions.items())),))
