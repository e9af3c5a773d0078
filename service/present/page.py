"""Turns a released decision in JSON into a page: a header and sections, the same for a terminal and for HTML."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from service.present import argument, generic, passenger_rights, policy, real_estate
from service.present.blocks import (
    Block,
    Cell,
    Column,
    Folded,
    Grid,
    Heading,
    Lines,
    Mark,
    Pairs,
    Paragraph,
    Section,
    Source,
)
from service.present.changed import changed
from service.present.reading import (
    Json,
    first,
    label,
    number,
    numbers,
    object_of,
    objects,
    percent,
    text,
    texts,
    worded,
)

TITLES: Final = {
    "real_estate": "Estimate of market value",
    "passenger_rights": "Passenger rights",
    "policy": "Answer from policy",
}
"""What a decision of a known domain is called; others are called by their domain."""

REASONS: Final = {
    "outcome": "Outcome",
    "rule": "Rules that carry it",
    "assumption": "Assumptions",
    "missing": "Facts that are missing",
    "review": "Why a person must look",
    "counter_evidence": "What speaks against it",
    "change": "What would change it",
}
"""What the kinds of reasons are called."""

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


def decision_page(decision: Json) -> Page:
    """Lay out a decision (the JSON of INTERFACES, with `summary`, `case` and `explanation` where there are any)."""
    return _page(decision, _sections(decision))


def brief_page(decision: Json) -> Page:
    """Lay out a decision where room is short: no prose that repeats it, the first claims, sources without quotes."""
    return _page(decision, (_shortened(one) for one in _sections(decision) if one.key != "explanation"))


def _shortened(section: Section) -> Section:
    if section.key == "citations":
        sources = tuple(block for block in section.blocks if isinstance(block, Source))
        lines = tuple(Cell(f"[{one.n}] {one.source}: {_beginning(one.quote)}") for one in sources)
        return replace(section, title="Sources (quoted in full by --html, --json and explain)", blocks=(Lines(lines),))
    if section.key == "claims":
        return replace(section, blocks=tuple(_first_lines(block) for block in section.blocks))
    return section


def _first_lines(block: Block) -> Block:
    if not isinstance(block, Lines) or len(block.items) <= _CLAIMS:
        return block
    more = Cell(f"and {len(block.items) - _CLAIMS} more")
    return Lines((*block.items[:_CLAIMS], more))


def _beginning(quote: str) -> str:
    words = " ".join(quote.replace("**", "").split())
    return words if len(words) <= _BEGINNING else f"{words[:_BEGINNING]}…"


_CLAIMS = 5
_BEGINNING = 70


def explanation_page(decision: Json) -> Page:
    """Lay out only why a decision is what it is: its explanation and the sources quoted."""
    parts = (
        ("reasons", "Why", _reasons(decision)),
        ("ways-out", "What would move it out of review", argument.ways_out(decision)),
        ("trace", "Every rule that was looked at", _trace(decision)),
        ("citations", "Sources quoted", _citations(decision)),
    )
    return _page(decision, _drawn(parts))


def _page(decision: Json, sections: Iterator[Section]) -> Page:
    domain = text(decision.get("domain"))
    return Page(
        title=TITLES.get(domain, label(domain)),
        summary=_summary(decision),
        badges=tuple(_badges(decision)),
        identity=f"{text(decision.get('decision_id'))}, as of {text(decision.get('as_of'))}",
        sections=tuple(sections),
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


def _sections(decision: Json) -> Iterator[Section]:
    yield from _drawn((("changes-made", "What changed", changed(decision)),))
    for section in _ANSWERS.get(text(decision.get("domain")), generic.sections)(decision):
        yield replace(section, key=f"answer-{section.key}")
    parts = (
        ("claims", "What is asserted", argument.claims(decision.get("claims"))),
        ("review", "Why a person must look", argument.review(decision)),
        ("ways-out", "What would move it out of review", argument.ways_out(decision)),
        ("policy-checks", "Policy checks", argument.checks(decision)),
        ("assumptions", "Assumptions and what they are worth", argument.assumptions(decision)),
        ("missing", "Facts that are missing", argument.missing(decision)),
        ("counter-evidence", "What speaks against it", argument.claims(decision.get("counter_evidence"))),
        ("changes", "What would change the outcome", argument.changes(decision)),
        ("confidence", "Confidence", _confidence(decision)),
        ("case", "Facts of the case", _case(decision)),
        ("explanation", "Explanation", _explanation(decision)),
        ("citations", "Sources quoted", _citations(decision)),
        ("audit", "Record", _record(decision)),
    )
    yield from _drawn(parts)


def _drawn(parts: Iterable[tuple[str, str, Iterator[Block]]]) -> Iterator[Section]:
    for key, title, blocks in parts:
        if drawn := tuple(blocks):
            yield Section(key, title, drawn)


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
        rows.append((Cell(label(name)), Cell(worded(told.get("value"))), Cell(where or "—")))
    if rows:
        yield Folded("All facts", (Grid((Column("Fact"), Column("Value"), Column("From")), tuple(rows)),))


def _explanation(decision: Json) -> Iterator[Block]:
    explanation = object_of(decision.get("explanation"))
    for paragraph in text(explanation.get("narration") or "").split("\n\n"):
        if paragraph:
            yield Paragraph(paragraph)
    if trace := tuple(_trace(decision)):
        yield Folded("Every rule that was looked at", trace)


def _reasons(decision: Json) -> Iterator[Block]:
    for kind, found in groupby(
        objects(object_of(decision.get("explanation")).get("reasons")), lambda one: one.get("kind")
    ):
        said = tuple(Cell(text(one.get("text")), cites=numbers(one.get("citations"))) for one in found)
        yield Heading(REASONS.get(text(kind), label(text(kind))))
        yield Lines(said)


def _trace(decision: Json) -> Iterator[Block]:
    steps = objects(object_of(decision.get("explanation")).get("trace"))
    if steps:
        columns = (Column("Rule"), Column("State"), Column("Because"))
        rows = tuple(
            (
                Cell(text(one.get("rule_id"))),
                Cell(text(one.get("state")).replace("_", " ")),
                Cell(text(one.get("because")), cites=numbers(one.get("citation"))),
            )
            for one in steps
        )
        yield Grid(columns, rows)


def _citations(decision: Json) -> Iterator[Block]:
    for one in objects(decision.get("citations")):
        where = [text(one.get("document"))]
        where += [text(one["clause"])] if one.get("clause") else []
        where += [f"page {text(one['page'])}"] if one.get("page") else []
        place = f"{text(one.get('revision_id'))}, characters {_whole(one, 'char_start')} to {_whole(one, 'char_end')}"
        n = number(one.get("n"))
        yield Source(
            0 if n is None else int(n), ", ".join(where), text(one.get("quote")), place, text(one.get("sha256"))
        )


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
