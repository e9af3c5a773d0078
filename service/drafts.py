"""Turns a file into drafts of the rules that its clauses may call for, written for a person to complete."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from decision.decision import ClauseRef
from decision.drafting import Draft, drafts_in
from ingestion.reading import Reader
from ingestion.sources import find_local_sources
from service.errors import InvalidInputError

_HEADING = """\
# Drafts found in {source}. Nothing here is executed: a rule book with a [[draft]] in it is refused.
# For each that is a rule: declare the facts it needs in facts.toml and its numbers in parameters.toml, write its
# condition and its owner into rules.toml, and add a case to cases.toml. Then delete the draft.
"""


def drafts_of(path: Path) -> tuple[Draft, ...]:
    """Read a document and find the sentences of its clauses that bind somebody."""
    if not path.exists():
        raise InvalidInputError(f"{path} does not exist; name a document, such as a policy in Markdown or PDF.")
    reader = Reader({}, "none")
    found: list[Draft] = []
    for source in find_local_sources([path]).sources:
        parsed = reader.read(source, "draft", "draft")
        text = parsed.revision.canonical_text
        for clause in parsed.clauses:
            ref = ClauseRef(document_id=clause.document_id, key=clause.key)
            found += drafts_in(ref, text[clause.span.start : clause.span.end])
    return tuple({draft.sentence: draft for draft in found}.values())  # of a clause and its parent, the clause


def written_drafts(drafts: Sequence[Draft]) -> str:
    """Write drafts as TOML."""
    sources = ", ".join(dict.fromkeys(draft.clause.document_id for draft in drafts)) or "no clause"
    return "\n".join((_HEADING.format(source=sources), *("\n".join(_lines(draft)) for draft in drafts)))


def _lines(draft: Draft) -> Iterator[str]:
    yield "[[draft]]"
    yield f"clause = {_quoted(str(draft.clause))}"
    yield f"sentence = {_quoted(draft.sentence)}"
    yield f"duty = {_quoted(draft.duty)}"
    yield f"subject = {_quoted(draft.subject)}"
    yield f"action = {_quoted(draft.action)}"
    for name, words in (
        ("conditions", draft.conditions),
        ("exceptions", draft.exceptions),
        ("quantities", draft.quantities),
    ):
        yield f"{name} = [{', '.join(_quoted(one) for one in words)}]"
    yield ""


def _quoted(words: str) -> str:
    return json.dumps(words, ensure_ascii=False).replace("\x7f", "\\u007F")
