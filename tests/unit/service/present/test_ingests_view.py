"""What people see of ingests: short however much there was, and with the words to type next."""

import io
import shlex
from datetime import UTC, datetime

import pytest
from rich.console import Console, RenderableType

from ingestion.ingests import Ingestion, IngestRequest
from ingestion.report import Copies, Drift, Held, IngestReport, Overdue, Quarantined
from ingestion.writing import Mended
from retrieval.corpus import Document
from service.freshness import FreshSource
from service.maintenance import Retained
from service.ports import SourceEntry
from service.present.ingests import (
    ingest_view,
    ingestion_view,
    ingestions_view,
    mended_view,
    retained_view,
    sources_view,
)
from service.present.progress import LINE_EVERY_S, ingest_progress

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
HELD = (
    Held(document_id="refund policy", source="/p/refund.md", reasons=("lost 3 of 4 clauses", "now in German")),
    Held(document_id="fees", source="/p/fees.md", reasons=("shrank by 70 %",)),
)


def shown(view: RenderableType, width: int = 200) -> str:
    out = io.StringIO()
    Console(file=out, width=width, color_system=None, legacy_windows=False).print(view)
    return " ".join(out.getvalue().split())


def ingestion(**fields: object) -> Ingestion:
    request = IngestRequest(locations=("/p",))
    return Ingestion.model_validate(
        {"id": "ing_1", "tenant": "default", "request": request, "requested_at": NOW} | fields
    )


def test_a_report_names_what_was_refused_and_why() -> None:
    report = IngestReport(
        generation=3,
        new=("a", "b"),
        unchanged=("c",),
        quarantined=(Quarantined(source="x.pdf", reason="it is empty", remedy="send it again"),),
        notes=("no coordinates",),
        clauses=1200,
        embedded=12,
        seconds=1.25,
    )
    text = shown(ingest_view(report))
    for words in ("Generation 3: 1,200 clauses", "new 2 a, b", "removed 0", "✗ x.pdf: it is empty; send it again"):
        assert words in text, words
    assert "! no coordinates" in text


def test_fourteen_thousand_documents_fit_a_screen() -> None:
    ids = tuple(f"d{n}" for n in range(14_000))
    refused = tuple(Quarantined(source=one, reason="it is empty", remedy="send it again") for one in ids)
    out = io.StringIO()
    Console(file=out, width=80).print(ingest_view(IngestReport(generation=1, unchanged=ids, quarantined=refused)))
    assert len(out.getvalue().splitlines()) < 50
    assert "14,000" in out.getvalue()
    assert "and 13,988 more" in " ".join(out.getvalue().split())
    assert "and 13,980 more quarantined sources; all of them with --json" in out.getvalue()


def test_what_is_held_comes_with_the_command_that_takes_it() -> None:
    request = IngestRequest(locations=("/my policies", "/p/sources.toml"), online=True, accept=("care",))
    text = shown(ingest_view(IngestReport(generation=2, held=HELD), request))
    assert "refund policy is held: lost 3 of 4 clauses; now in German" in text
    command = text[text.index("toulmin ingest") :]
    assert shlex.split(command) == [
        *("toulmin", "ingest", "/my policies", "/p/sources.toml", "--online"),
        *("--accept", "care", "--accept", "refund policy", "--accept", "fees"),
    ]


def test_copies_drift_and_overdue_sources_are_named() -> None:
    report = IngestReport(
        generation=2,
        copies=(Copies(documents=("a", "b")),),
        drift=(
            Drift(
                pack="policy",
                kind="rule",
                name="R-1",
                owner="legal",
                clause="fees#2",
                before="The fee is 5 euro.",
                after="The fee is 9 euro.",
            ),
        ),
    )
    overdue = Overdue(document_id="fees", source="/p", owner="ada", checked_at=NOW, refresh_days=7.0, days_overdue=2.5)
    text = shown(ingest_view(report, None, (overdue,)))
    assert "the same words: a, b" in text
    assert "rule R-1 (legal)" in text
    assert "[-5-] {+9+}" in text
    assert "fees is overdue by 2.5 days: its owner (ada) wants it looked at every 7 days" in text


def test_a_plan_says_that_nothing_was_written_and_a_rollback_that_sources_stay() -> None:
    assert "nothing was written" in shown(ingest_view(IngestReport(generation=1), planned=True))
    back = IngestRequest(rollback_to=1)
    assert "The sources were not touched" in shown(ingest_view(IngestReport(generation=3), back))


def test_ingests_are_listed_with_their_generation_or_what_went_wrong() -> None:
    found = [
        ingestion(id="ing_3", state="staging", documents=10, settled=4),
        ingestion(id="ing_2", state="failed", error="the disk is full"),
        ingestion(state="committed", generation=1, report=IngestReport(generation=1, new=("a",), held=HELD)),
    ]
    text = shown(ingestions_view(found, 2))
    assert "ing_3 2026-11-23 08:30 UTC staging staging: 4 of 10 documents read" in text
    assert "failed the disk is full (/p)" in text
    assert "committed, generation 1 1 new, 2 held (/p)" in text
    assert "toulmin ingest rollback GENERATION" in text
    assert "toulmin ingest SOURCE" in shown(ingestions_view([], 0))
    assert "the disk is full" in shown(ingestion_view(found[1]))


def test_maintenance_says_what_was_done() -> None:
    assert "holds what the catalog says" in shown(mended_view(Mended()))
    mended = shown(mended_view(Mended(removed=3, points=40, revisions=2, embedded=5)))
    for words in ("rebuilt 40 points of 2 revisions", "3 points", "5 texts had to be embedded again"):
        assert words in mended
    retained = shown(
        retained_view(Retained(generation=9, oldest=5, revisions=("a", "b", "c"), kept_for_citation=1, vectors=7))
    )
    for words in ("Generations 5 to 9", "2 revisions", "7 vectors", "Of 1 more", "because recorded decisions cite"):
        assert words in retained


def test_sources_show_who_may_read_them_and_how_fresh_they_are() -> None:
    document = Document(
        id="fees", title="Fees", source="/p", owner="ada", groups=("public", "hr"), trust_tier="official"
    )
    entry = SourceEntry(
        document=document,
        revision_id="r",
        content_sha256="0" * 64,
        effective_from=None,
        effective_to=None,
        valid_from_generation=1,
        characters=10,
        clauses=3,
    )
    late = FreshSource(entry=entry, checked_at=NOW, refresh_days=1, days_overdue=2.25)
    text = shown(sources_view([late, FreshSource(entry=entry)]))
    assert "fees Fees ada, official, 3 clauses, read by public, hr, looked at 2026-11-23, overdue by 2.2 days" in text
    assert "2 sources, 1 overdue" in text


def test_on_what_is_no_terminal_a_line_comes_every_ten_seconds() -> None:
    out = io.StringIO()
    seconds = range(0, 65, 5)
    clock = iter([0, *seconds])
    with ingest_progress(Console(file=out, width=40), clock=lambda: float(next(clock))) as show:
        for second in seconds:
            show(ingestion(state="staging", documents=130, settled=2 * second))
    lines = out.getvalue().splitlines()
    assert len(lines) == 60 / LINE_EVERY_S
    assert lines[0] == "staging: 20 of 130 documents read, 0 texts embedded, 0 written; 2.0 documents/s, 0:55 left"


def test_a_short_ingest_says_nothing_in_between() -> None:
    out = io.StringIO()
    with ingest_progress(Console(file=out)) as show:
        show(ingestion(state="staging", documents=3, settled=1))
        show(ingestion(state="committed", documents=3, settled=3))
    assert out.getvalue() == ""


def lines_of(*looks: tuple[int, int], documents: int) -> list[str]:
    """Give what is said of an ingest after so many documents and texts, ten seconds apart."""
    out = io.StringIO()
    clock = iter(range(0, 1000, int(LINE_EVERY_S)))
    with ingest_progress(Console(file=out), clock=lambda: float(next(clock))) as show:
        for settled, embedded in looks:
            show(ingestion(state="staging", documents=documents, settled=settled, embedded=embedded))
    return [line.rpartition("written")[2] for line in out.getvalue().splitlines()]


def test_one_large_document_shows_its_texts_and_their_rate() -> None:
    assert lines_of((0, 0), (0, 2000), (0, 9000), documents=1) == ["", "; 100 texts/s", "; 300 texts/s"]


def test_the_time_that_remains_follows_texts_once_a_document_is_done() -> None:
    lines = lines_of((0, 0), (1, 100), (1, 300), (1, 500), (4, 600), documents=4)
    assert lines == [
        "",
        "; 0.1 documents/s, 5 texts/s, 1:00 left",  # 300 of some 400 texts are left
        "; 0.0 documents/s, 10 texts/s, 0:10 left",  # goes on while no document is done
        "; 0.0 documents/s, 12 texts/s, 2:00 left",  # more texts than the first document spoke for
        "; 0.1 documents/s, 12 texts/s, 0:00 left",
    ]


def test_what_was_done_before_counts_for_no_rate() -> None:
    assert lines_of((50, 1000), (60, 1200), documents=100) == ["", "; 0.5 documents/s, 10 texts/s, 1:20 left"]


@pytest.mark.parametrize(
    ("settled", "embedded", "texts"),
    [(0, 512, "512/?"), (1, 1024, "1024/~4096"), (1, 9000, "9000/?"), (4, 9100, "9100/9100")],
)
def test_a_bar_counts_texts_against_what_documents_spoke_for(settled: int, embedded: int, texts: str) -> None:
    out = io.StringIO()
    console = Console(file=out, width=120, force_terminal=True, color_system=None, legacy_windows=False)
    with ingest_progress(console) as show:
        show(ingestion(state="staging", documents=4, settled=min(settled, 1), embedded=min(embedded, 1024)))
        show(ingestion(state="staging", documents=4, settled=settled, embedded=embedded))
    last = out.getvalue().splitlines()
    assert any(f"{settled}/4" in line for line in last if "documents read" in line)
    assert any(texts in line for line in last if "texts embedded" in line)
