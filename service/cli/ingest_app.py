"""The commands of `toulmin ingest`: what they take and what `--help` says of them.

`toulmin ingest SOURCE...` ingests; a first word that is the name of a subcommand is that subcommand instead.
"""

from typing import TYPE_CHECKING, Annotated, Final

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from typer._click.core import Context

_INGEST: Final = "SOURCE..."
"""The name of the command that ingests, which nobody types."""


class IngestGroup(TyperGroup):
    """Takes everything for sources whose first word names no subcommand; a folder of such a name is `./NAME`."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: "Context | None" = None, **extra: object
    ) -> "Context":
        """Parse a line as that of a subcommand, or as sources."""
        if args and args[0] in self.commands:
            return super().make_context(info_name, args, parent, **extra)
        return self.commands[_INGEST].make_context(info_name, args, parent, **extra)


commands = typer.Typer(cls=IngestGroup, help="Read sources into a new generation of the index.")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output, nothing else.")]
IngestionId = Annotated[str, typer.Argument(metavar="INGESTION_ID", help="As listed by `toulmin ingest list`.")]


@commands.command(
    _INGEST,
    epilog="Examples: toulmin ingest policies/ sales/sources.toml --dry-run\n\n"
    "toulmin ingest pack:passenger_rights --online\n\n"
    "toulmin ingest policies/ --accept refund-policy\n\n"
    "Also: toulmin ingest list | show | cancel | verify | rollback | retain, each with its own --help; a folder of "
    "such a name is written ./list.",
)
def ingest(
    sources: Annotated[
        list[str],
        typer.Argument(metavar="SOURCE", help="A folder, a file, an address, a sources.toml, or pack:NAME."),
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan; write nothing.")] = False,
    accept: Annotated[
        list[str] | None,
        typer.Option("--accept", metavar="DOCUMENT_ID", help="Take a new version that would be held for a person."),
    ] = None,
    online: Annotated[bool, typer.Option("--online", help="Fetch public sources too that are listed for it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read sources into a new generation of the index; only what changed is embedded again.

    Exit code 1 when a source was quarantined, a document is held for a person, or the ingest failed.

    Ctrl-C cancels it; what is cut off otherwise goes on with the next ingest or service.
    """
    from ingestion.ingests import IngestRequest
    from service.cli import ingests
    from service.cli.console import run

    request = IngestRequest(locations=tuple(sources), accept=tuple(accept or ()), online=online)
    run(lambda: ingests.ingest(request, dry_run=dry_run, as_json=as_json))


@commands.command("list", epilog="Example: toulmin ingest list --limit 5")
def listed(
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many at most.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List ingests, latest first, with the generation that each made."""
    from service.cli import ingests
    from service.cli.console import run

    run(lambda: ingests.listed(limit, as_json=as_json))


@commands.command("show", epilog="Example: toulmin ingest show ing_01JD5Z3GQ4V7XK2M9T8R6WBNCE")
def show(ingestion_id: IngestionId, as_json: AsJson = False) -> None:
    """Show how far an ingest is, and its report once it is over; exit code 1 when it failed."""
    from service.cli import ingests
    from service.cli.console import run

    run(lambda: ingests.show(ingestion_id, as_json=as_json))


@commands.command("cancel", epilog="Example: toulmin ingest cancel ing_01JD5Z3GQ4V7XK2M9T8R6WBNCE")
def cancel(ingestion_id: IngestionId, as_json: AsJson = False) -> None:
    """Cancel an ingest that has not begun to commit; nothing of it stays."""
    from service.cli import ingests
    from service.cli.console import run

    run(lambda: ingests.cancel(ingestion_id, as_json=as_json))


@commands.command("verify", epilog="Example: toulmin ingest verify")
def verify(as_json: AsJson = False) -> None:
    """Compare the index with the database, repair it, and say what had to be done."""
    from service.cli import ingests
    from service.cli.console import run

    run(lambda: ingests.verify(as_json=as_json))


@commands.command("rollback", epilog="Example: toulmin ingest rollback 12")
def rollback(
    generation: Annotated[int, typer.Argument(metavar="GENERATION", min=0, help="As listed by `toulmin ingest list`.")],
    as_json: AsJson = False,
) -> None:
    """Make the documents of an earlier generation current again, as a new generation; sources stay as they are."""
    from ingestion.ingests import IngestRequest
    from service.cli import ingests
    from service.cli.console import run

    run(lambda: ingests.ingest(IngestRequest(rollback_to=generation), dry_run=False, as_json=as_json))


@commands.command("retain", epilog="Example: toulmin ingest retain --generations 30")
def retain(
    generations: Annotated[
        int | None, typer.Option("--generations", min=1, metavar="N", help="Keep the last N generations.")
    ] = None,
    before: Annotated[
        int | None, typer.Option("--before", min=1, metavar="GENERATION", help="The oldest generation to keep.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Forget what ended before the generations that are kept, but not the words that recorded decisions cite."""
    from service.cli import ingests
    from service.cli.console import run

    if (generations is None) == (before is None):
        raise typer.BadParameter("expected one of them", param_hint="--generations, --before")
    run(lambda: ingests.retain(generations, before, as_json=as_json))
