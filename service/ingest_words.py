"""Turns what an ingest says of drifted clauses into what one reader may be told: the words only of texts they may read.

That a clause drifted, by which rule it is encoded and who owns that is told to everybody, for it sends decisions to
review. Its words are those of a document, which may be for others alone.
"""

from typing import Final

from ingestion.clauses import text_sha256
from ingestion.ingests import Ingestion
from ingestion.report import Drift, IngestReport
from service.ports import ClauseWords
from service.reader import Reader

WITHHELD_WORDS: Final = "They stand in a source that you may not read, or that is not kept."
"""Instead of the old and the new words of a clause."""


async def readable_ingestion(ingestion: Ingestion, words: ClauseWords, reader: Reader) -> Ingestion:
    """Give an ingestion with the words of its report withheld that are not found in a text that the reader may read."""
    if ingestion.report is None or not ingestion.report.drift:
        return ingestion
    return ingestion.model_copy(update={"report": await readable_report(ingestion.report, words, reader)})


async def readable_report(
    report: IngestReport, words: ClauseWords, reader: Reader, *, planned: bool = False
) -> IngestReport:
    """Give a report with words withheld likewise.

    Those that come with what is only `planned` stand in no text yet, and do not count: it is for whoever may have any
    file read.
    Both versions of a clause are told or neither is, since the one says much about the other.
    """
    drift: list[Drift] = []
    scope = await reader.scope()
    for one in report.drift:
        document_id = one.clause.partition("#")[0]
        # A new document has no words from before: those of its clause are what the pack ships, open to everybody.
        before = None if document_id in report.new else one.before
        after = None if planned else one.after
        stored = [text for text in (before, after) if text is not None]
        may_read = all([await words.kept(scope, document_id, text_sha256(text)) is not None for text in stored])
        drift.append(one if may_read else _withheld(one))
    return report.model_copy(update={"drift": tuple(drift)})


def _withheld(drift: Drift) -> Drift:
    instead = {name: WITHHELD_WORDS for name in ("before", "after") if getattr(drift, name) is not None}
    return drift.model_copy(update=instead)
