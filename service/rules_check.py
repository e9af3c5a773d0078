"""Turns a pack and the texts it cites into a report: whether its policy is complete, tested and still true."""

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Literal

from pydantic import Field

from decision.cases import CaseResult, run_cases
from decision.checks import Finding, check, confirmed_bindings
from decision.pack import DomainPack
from decision.policy_rule import PolicyRule
from ingestion.clauses import text_sha256
from retrieval.corpus import Value
from retrieval.scope import ReadScope
from service.drift import PolicyTexts, StaleClause
from service.errors import StoreUnavailableError
from service.shipped import shipped_words


class PackReport(Value):
    """What was found in one pack; `cases` are those that came out other than expected, of `cases_run`.

    `stale` says of each clause among the `findings` what changed and since when;
    `hint` says what to do when the texts that were ingested are not those that the pack brings along now.
    """

    pack: str
    rules: int
    parameters: int
    cases_run: int
    cases: tuple[CaseResult, ...]
    findings: tuple[Finding, ...]
    stale: tuple[StaleClause, ...] = ()
    hint: str | None = None

    @property
    def passed(self) -> bool:
        """Whether no error was found and every case came out as expected; warnings do not count."""
        return not self.cases and all(finding.severity != "error" for finding in self.findings)


class PolicyEntry(Value):
    """A rule or parameter with the clause it encodes; stale since a generation when its clause is."""

    kind: Literal["rule", "parameter"]
    name: str = Field(description="Id of the rule, or name of the parameter.")
    title: str = Field(description="Title of the rule, or value of the parameter.")
    owner: str
    clause: str = Field(description="The clause, as document#key.")
    effective_from: date
    effective_to: date | None = Field(description="The first day on which it is no longer in force.")
    stale: bool = Field(description="Whether nobody has confirmed the words that its clause has now.")
    since: int | None = Field(description="The generation from which on it is stale.")


class PackPolicy(Value):
    """The policy of a pack, and what of it is stale at a generation."""

    pack: str
    title: str
    version: str
    rulebook_version: str = Field(description="Hash of its rules and parameters; confirmations are bound to it.")
    generation: int
    entries: tuple[PolicyEntry, ...]
    stale: tuple[StaleClause, ...]


async def report_on(pack: DomainPack, texts: PolicyTexts, scope: ReadScope) -> PackReport:
    """Check a pack against its clauses as they read now, and run its table of cases.

    What is not ingested is compared as the pack brings it along.
    """
    shipped = shipped_words(pack)
    clauses = await texts.hashes(pack, scope, shipped)
    results = await asyncio.to_thread(run_cases, pack)
    encoded = pack.rulebook.clauses()
    outdated = any(clauses.get(one) != text_sha256(words) for one, words in shipped.items() if one in encoded)
    return PackReport(
        pack=pack.name,
        rules=len(pack.rulebook.rules),
        parameters=len(pack.rulebook.parameters),
        cases_run=len(results),
        cases=tuple(result for result in results if not result.passed),
        findings=tuple(check(pack, clauses, await texts.confirmed(pack, scope))),
        stale=await texts.stale(pack, scope, shipped),
        hint=f"The ingested texts are not those of the pack: toulmin ingest pack:{pack.name}" if outdated else None,
    )


async def policy_of(pack: DomainPack, texts: PolicyTexts, scope: ReadScope) -> PackPolicy:
    """List the rules and parameters of a pack, and which of them are stale for decisions at this generation."""
    stale = await texts.stale(pack, scope)
    since = {one.clause: one.since for one in stale}
    entries = [
        PolicyEntry(
            kind="rule" if isinstance(one, PolicyRule) else "parameter",
            name=one.id if isinstance(one, PolicyRule) else one.name,
            title=one.title if isinstance(one, PolicyRule) else one.words(),
            owner=one.owner,
            clause=str(one.clause),
            effective_from=one.effective_from,
            effective_to=one.effective_to,
            stale=str(one.clause) in since,
            since=since.get(str(one.clause)),
        )
        for one in (*pack.rulebook.rules, *pack.rulebook.parameters)
    ]
    return PackPolicy(
        pack=pack.name,
        title=pack.title,
        version=pack.version,
        rulebook_version=pack.rulebook.version,
        generation=scope.generation,
        entries=tuple(entries),
        stale=stale,
    )


async def bind(pack: DomainPack, texts: PolicyTexts, scope: ReadScope) -> None:
    """Bind the pack's rules to the words that an owner has read: the pack's own texts, else those ingested."""
    shipped = {clause: text_sha256(words) for clause, words in shipped_words(pack).items()}
    clauses = {**await texts.hashes(pack, scope), **shipped}
    path = pack.folder / "bindings.toml"
    try:
        path.write_text(confirmed_bindings(pack, clauses), encoding="utf-8")
    except OSError as error:
        raise StoreUnavailableError(f"{path} cannot be written ({error.strerror}); confirm in a checkout.") from error


def failed(reports: Sequence[PackReport]) -> bool:
    """Whether any pack may not be relied on as it is."""
    return not all(report.passed for report in reports)
