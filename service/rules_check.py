"""Turns a pack and the texts it cites into a report: whether its policy is complete, tested and still true."""

from collections.abc import Mapping, Sequence

from decision.cases import CaseResult, run_cases
from decision.checks import Finding, check, confirmed_bindings
from decision.decision import ClauseRef
from decision.pack import DomainPack
from ingestion.reading import Reader
from ingestion.sources import find_sources
from retrieval.corpus import Value
from retrieval.scope import ReadScope
from service.errors import StoreUnavailableError
from service.ports import SourceLibrary


class PackReport(Value):
    """What was found in one pack; `cases` are those that came out other than expected, of `cases_run`.

    `hint` says what to do when the texts that were ingested are not those that the pack brings along now.
    """

    pack: str
    rules: int
    parameters: int
    cases_run: int
    cases: tuple[CaseResult, ...]
    findings: tuple[Finding, ...]
    hint: str | None = None

    @property
    def passed(self) -> bool:
        """Whether no error was found and every case came out as expected; warnings do not count."""
        return not self.cases and all(finding.severity != "error" for finding in self.findings)


async def current_clauses(pack: DomainPack, library: SourceLibrary, scope: ReadScope) -> Mapping[ClauseRef, str]:
    """Give the SHA-256 of the clauses as they read now: as ingested, or as shipped where a document is not ingested."""
    shipped = shipped_clauses(pack)
    ingested = {source.document.id for source in await library.sources(scope)}
    cited = {str(clause) for clause in pack.rulebook.clauses()}
    hashes = await library.clause_hashes(scope, sorted(cited))
    found = {ClauseRef.parse(clause): digest for clause, digest in hashes.items()}
    return {**{clause: digest for clause, digest in shipped.items() if clause.document_id not in ingested}, **found}


def report_on(pack: DomainPack, clauses: Mapping[ClauseRef, str]) -> PackReport:
    """Check a pack against these clauses, and run its table of cases."""
    results = run_cases(pack)
    shipped = shipped_clauses(pack)
    outdated = any(clauses.get(one) != shipped[one] for one in pack.rulebook.clauses() if one in shipped)
    return PackReport(
        pack=pack.name,
        rules=len(pack.rulebook.rules),
        parameters=len(pack.rulebook.parameters),
        cases_run=len(results),
        cases=tuple(result for result in results if not result.passed),
        findings=tuple(check(pack, clauses)),
        hint=f"The ingested texts are not those of the pack: toulmin ingest pack:{pack.name}" if outdated else None,
    )


def confirm(pack: DomainPack, current: Mapping[ClauseRef, str]) -> None:
    """Bind the pack's rules to the words that an owner has read: the pack's own texts, else those ingested."""
    clauses = {**current, **shipped_clauses(pack)}
    path = pack.folder / "bindings.toml"
    try:
        path.write_text(confirmed_bindings(pack, clauses), encoding="utf-8")
    except OSError as error:
        raise StoreUnavailableError(f"{path} cannot be written ({error.strerror}); confirm in a checkout.") from error


def shipped_clauses(pack: DomainPack) -> Mapping[ClauseRef, str]:
    """Give the SHA-256 of every clause of the texts that a pack brings along."""
    sources = pack.folder / "sources.toml"
    if not sources.exists():
        return {}
    reader = Reader({kind.name: kind for kind in pack.record_kinds}, "none")
    parsed = [reader.split(reader.read(source), 0)[0] for source in find_sources([sources]).sources]
    return {
        ClauseRef(document_id=clause.document_id, key=clause.key): clause.text_sha256
        for one in parsed
        for clause in one.clauses
    }


def failed(reports: Sequence[PackReport]) -> bool:
    """Whether any pack may not be relied on as it is."""
    return not all(report.passed for report in reports)
