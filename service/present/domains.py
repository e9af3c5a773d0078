"""Turns descriptions of domains into tables for a terminal."""

import json
from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from service.domains import Domain, FactOffer


def domains_view(domains: Iterable[Domain]) -> RenderableType:
    """One line a domain."""
    lines = [Text.assemble((one.name, "bold"), f": {one.title}, {len(one.facts)} facts") for one in domains]
    return Group(*lines, Text("toulmin domains NAME shows what a case may contain.", style="dim"))


def domain_view(domain: Domain) -> RenderableType:
    """Show the facts of a case, and an example that can be saved as a file and decided."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("fact", "type", "meaning"):
        table.add_column(column, overflow="fold")
    for fact in domain.facts:
        table.add_row(Text(fact.name, style="bold" if fact.required else ""), _kind(fact), _meaning(fact))
    dated = f"; dated by {domain.dated_by} unless as_of is sent" if domain.dated_by else ""
    example = json.dumps(domain.example, indent=2, ensure_ascii=False)
    return Group(Text.assemble((domain.title, "bold"), dated), table, Text("A case file:", style="bold"), Text(example))


def _kind(fact: FactOffer) -> str:
    bounds = f" {fact.minimum or '…'} to {fact.maximum or '…'}" if fact.minimum or fact.maximum else ""
    return f"{fact.type}{bounds}{f' {fact.unit}' if fact.unit else ''}"


def _meaning(fact: FactOffer) -> str:
    parts = [fact.title]
    parts += [f"one of {', '.join(fact.values)}"] if fact.values else []
    parts += ["required"] if fact.required else []
    parts += [f"assumed {fact.assumed} when missing"] if fact.assumed is not None else []
    return "; ".join(parts)
