"""`toulmin rules check` and `toulmin domains`."""

from rich.console import Group, RenderableType

from decision.registry import choose, packs
from service.bootstrap import records
from service.cli.console import emit, err
from service.domains import domain_of
from service.present.domains import domain_view, domains_view
from service.present.rules import pack_view
from service.rules_check import PackReport, confirm, current_clauses, failed, report_on
from service.settings import read_settings


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
    reports: list[PackReport] = []
    async with records(read_settings()) as running:
        scope = await running.reader.scope()
        for pack in chosen:
            clauses = await current_clauses(pack, running.library, scope)
            if confirmed:
                confirm(pack, clauses)
                err.print(f"{pack.name}: bound to the clauses as they read now; the next start uses it.")
            else:
                reports.append(report_on(pack, clauses))
    if confirmed:
        return True
    emit([report.model_dump(mode="json") for report in reports], _view(reports), as_json=as_json)
    return not failed(reports)


def _view(reports: list[PackReport]) -> RenderableType:
    return Group(*(pack_view(report) for report in reports))
