"""`toulmin rules` and `toulmin domains`."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import typer
from pydantic import ValidationError
from rich.console import Group

from decision.pack import DomainPack
from decision.registry import choose, packs
from retrieval.scope import ReadScope
from service.application import Records
from service.bootstrap import records
from service.cli.console import emit, err
from service.confirming import ConfirmationRequest, confirm_words
from service.domains import domain_of
from service.errors import InvalidInputError
from service.present.domains import domain_view, domains_view
from service.present.rules import confirmed_view, pack_view, stale_view
from service.rules_check import bind, failed, report_on
from service.settings import read_settings


@dataclass(frozen=True, slots=True)
class ConfirmationGiven:
    """A confirmation as given on the command line; `every` means all clauses that are stale, `sure` without asking."""

    pack: str
    clauses: tuple[str, ...]
    owner: str
    because: str
    every: bool = False
    sure: bool = False


async def domains(name: str | None, *, as_json: bool) -> None:
    """List the installed domains, or the facts of one."""
    if name is None:
        every = [domain_of(pack) for pack in packs().values()]
        emit([one.model_dump(mode="json") for one in every], domains_view(every), as_json=as_json)
        return
    described = domain_of(choose(packs(), name))
    emit(described.model_dump(mode="json"), domain_view(described), as_json=as_json)


async def check(name: str | None, *, confirmed: bool, as_json: bool) -> bool:
    """Check packs against the clauses as they read now; False when a pack may not be relied on as it is."""
    chosen = [choose(packs(), name)] if name else list(packs().values())
    async with records(read_settings()) as running:
        scope = await running.reader.scope()
        if confirmed:
            await _bind(chosen, running, scope)
            return True
        reports = [await report_on(pack, running.policy_texts, scope) for pack in chosen]
    view = Group(*(pack_view(report) for report in reports))
    emit([report.model_dump(mode="json") for report in reports], view, as_json=as_json)
    return not failed(reports)


async def confirm(given: ConfirmationGiven, *, as_json: bool) -> None:
    """Confirm the words that clauses have now, after showing what changed in them."""
    if given.every == bool(given.clauses):
        raise InvalidInputError("--clause, --all: expected one of them; name clauses, or confirm all that are stale.")
    installed = packs()
    pack = choose(installed, given.pack)
    async with records(read_settings()) as running:
        scope = await running.reader.scope()
        stale = await running.policy_texts.stale(pack, scope)
        shown = [one for one in stale if given.every or one.clause in given.clauses]
        for one in shown:
            err.print(stale_view(one))
        clauses = given.clauses
        if given.every:
            clauses = tuple(one.clause for one in shown if one.after is not None)
            if clauses:
                _ask(given, len(clauses))
        request = _request(given, clauses, scope.generation) if clauses else None
        made = await confirm_words(request, installed, running.policy_texts, running.reader) if request else ()
    emit([one.model_dump(mode="json") for one in made], confirmed_view(made), as_json=as_json)


async def _bind(chosen: Sequence[DomainPack], running: Records, scope: ReadScope) -> None:
    for pack in chosen:
        await bind(pack, running.policy_texts, scope)
        err.print(f"{pack.name}: bound to the clauses as they read now; the next start uses it.")


def _ask(given: ConfirmationGiven, count: int) -> None:
    if given.sure:
        return
    if not sys.stdin.isatty():
        raise InvalidInputError("--yes: expected it with --all where nobody can be asked; nothing was confirmed.")
    clauses = "this clause" if count == 1 else f"these {count} clauses"
    if not typer.confirm(f"Do the rules of {given.pack} still say what {clauses} say?", err=True):
        raise InvalidInputError("Nothing was confirmed.")


def _request(given: ConfirmationGiven, clauses: tuple[str, ...], generation: int) -> ConfirmationRequest:
    try:
        return ConfirmationRequest(
            pack=given.pack, clauses=clauses, owner=given.owner, because=given.because, generation=generation
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidInputError(f"--{first['loc'][0]}: {first['msg']}; nothing was confirmed.") from error
