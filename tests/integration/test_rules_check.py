"""What `toulmin rules check` says of the packs: against their own texts, and against older ones that were ingested."""

from pathlib import Path

from decision.registry import packs
from service.bootstrap import records
from service.rules_check import current_clauses, report_on, shipped_clauses
from service.settings import Settings


async def test_every_pack_may_be_relied_on_with_the_texts_it_brings(tmp_path: Path) -> None:
    async with records(Settings(data=tmp_path)) as running:
        scope = await running.reader.scope()
        for pack in packs().values():
            report = report_on(pack, await current_clauses(pack, running.library, scope))
            assert report.passed, report
            assert report.hint is None


def test_an_older_text_is_told_with_what_to_do() -> None:
    pack = packs()["policy"]
    clauses = dict(shipped_clauses(pack))
    changed = min(pack.rulebook.clauses(), key=str)
    clauses[changed] = "0" * 64
    report = report_on(pack, clauses)
    assert not report.passed
    assert {finding.subject for finding in report.findings if finding.severity == "error"} == {str(changed)}
    assert report.hint is not None
    assert "toulmin ingest pack:policy" in report.hint
