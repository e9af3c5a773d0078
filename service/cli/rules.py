"""`toulmin rules test`, `explain`, `diff` and `draft`."""

import asyncio
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import JsonValue
from rich.console import Group

from decision.cases import run_cases
from decision.decision import ClauseRef
from decision.pack import DomainPack
from decision.registry import choose, packs
from retrieval.scope import ReadScope
from service.application import Records
from service.bootstrap import records
from service.cli.console import emit, out
from service.drafts import drafts_of, written_drafts
from service.policy_changes import NamedCase, difference, filed_cases, other_policy, recorded_cases
from service.present.rule_views import diff_view, rule_view, tests_view
from service.rule_reading import rule_texts
from service.settings import read_settings
from service.shipped import shipped_words


@dataclass(frozen=True, slots=True)
class OtherPolicy:
    """Another policy as given on the command line, and what it is to be tried on."""

    pack: str
    rules: Path | None
    parameters: Path | None
    cases: Path | None
    as_of: date | None
    limit: int


async def test(name: str | None, *, as_json: bool) -> bool:
    """Run the cases of packs; False when one comes out other than expected, or a pack has none."""
    chosen = [choose(packs(), name)] if name else list(packs().values())
    results = {pack.name: await asyncio.to_thread(run_cases, pack) for pack in chosen}
    document: dict[str, JsonValue] = {
        pack: [one.model_dump(mode="json") for one in found] for pack, found in results.items()
    }
    emit(document, Group(*(tests_view(pack, found) for pack, found in results.items())), as_json=as_json)
    return all(found and all(one.passed for one in found) for found in results.values())


async def explain(rule_id: str, name: str, *, as_json: bool) -> None:
    """Show a rule with the words of its clause: those ingested, else those that the pack brings along."""
    pack = choose(packs(), name)
    async with records(read_settings()) as running:
        scope = await running.reader.scope()
        words = await _words(pack, rule_id, running, scope)
    found = rule_texts(pack, rule_id, words, scope.as_of)
    emit([one.model_dump(mode="json") for one in found], rule_view(found), as_json=as_json)


async def diff(given: OtherPolicy, *, as_json: bool) -> None:
    """Show which recorded decisions, or cases of a file, another policy would decide otherwise."""
    pack = choose(packs(), given.pack)
    other = other_policy(pack, given.rules, given.parameters)
    found: list[NamedCase]
    if given.cases is not None:
        found = list(filed_cases(given.cases, pack, given.as_of))
    else:
        settings = read_settings()
        async with records(settings) as running:
            found = [one async for one in recorded_cases(running.store, pack, settings.tenant, given.limit)]
    compared = await asyncio.to_thread(difference, pack, other, found)
    emit(compared.model_dump(mode="json"), diff_view(compared), as_json=as_json)


def draft(path: Path) -> None:
    """Print the draft of rules that a text may call for, as TOML that nobody executes."""
    out.print(written_drafts(drafts_of(path)), markup=False, soft_wrap=True, end="")


async def _words(pack: DomainPack, rule_id: str, running: Records, scope: ReadScope) -> dict[ClauseRef, str]:
    words = dict(shipped_words(pack))
    for clause in {rule.clause for rule in pack.rulebook.rules if rule.id == rule_id}:
        day = pack.rulebook.relevant_day(clause, scope.as_of)
        ingested = await running.words.clauses(scope.model_copy(update={"as_of": day}), clause.document_id)
        if clause.key in ingested:
            words[clause] = ingested[clause.key]
    return words
