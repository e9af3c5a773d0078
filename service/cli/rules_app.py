"""The commands of `toulmin rules`: what they take and what `--help` says of them.

A command imports its work only when it runs, so that `--help` answers at once.
"""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

commands = typer.Typer(no_args_is_help=True, help="The policy that decides: rules, parameters, their clauses.")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output, nothing else.")]


@commands.command("check", epilog="Example: toulmin rules check --pack passenger_rights")
def rules_check(
    pack: Annotated[str | None, typer.Option("--pack", help="One pack (default: all).")] = None,
    confirm: Annotated[
        bool,
        typer.Option("--confirm", help="Bind rules to the clauses as they read now, after an owner has read them."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check rules, parameters, their clauses and their test cases; exit 1 if anything is wrong or stale."""
    from service.cli import policy
    from service.cli.console import run

    run(lambda: policy.check(pack, confirmed=confirm, as_json=as_json))


@commands.command(
    "confirm",
    epilog='Example: toulmin rules confirm --pack policy --clause answering-policy#2.1 --because "spelling only"',
)
def rules_confirm(  # noqa: PLR0913, PLR0917 - a command takes as much as its line says
    pack: Annotated[str, typer.Option("--pack", help="The pack whose rules encode the clauses.")],
    because: Annotated[str, typer.Option("--because", help="Why the rules still say what the words say.")],
    owner: Annotated[str, typer.Option("--owner", help="Who has read the words and confirms.", envvar="USER")],
    clause: Annotated[
        list[str] | None, typer.Option("--clause", metavar="DOCUMENT#KEY", help="A clause; may be given several times.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="All clauses that are stale, after showing what changed.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask; needed with --all where nobody can be asked.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Confirm that rules still encode clauses whose words have changed; decisions stop going to review for it."""
    from service.cli import policy
    from service.cli.console import run

    given = policy.ConfirmationGiven(pack, tuple(clause or ()), owner, because, every, yes)
    run(lambda: policy.confirm(given, as_json=as_json))


@commands.command("test", epilog="Example: toulmin rules test --pack passenger_rights")
def rules_test(
    pack: Annotated[str | None, typer.Option("--pack", help="One pack (default: all).")] = None,
    as_json: AsJson = False,
) -> None:
    """Run the cases of cases.toml, outcome and trace; exit 1 if one comes out other than expected."""
    from service.cli import rules
    from service.cli.console import run

    run(lambda: rules.test(pack, as_json=as_json))


@commands.command("explain", epilog="Example: toulmin rules explain EU-AMOUNT-SHORT --pack passenger_rights")
def rules_explain(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="The id of a rule.")],
    pack: Annotated[str, typer.Option("--pack", help="The pack that it belongs to.")],
    as_json: AsJson = False,
) -> None:
    """Show a rule with the words of its clause, its numbers, its exceptions and its tests."""
    from service.cli import rules
    from service.cli.console import run

    run(lambda: rules.explain(rule, pack, as_json=as_json))


@commands.command("diff", epilog="Example: toulmin rules diff --pack passenger_rights --parameters proposed.toml")
def rules_diff(  # noqa: PLR0913, PLR0917 - a command takes as much as its line says
    pack: Annotated[str, typer.Option("--pack", help="The pack whose policy changes.")],
    rules: Annotated[
        Path | None, typer.Option("--rules", metavar="FOLDER", help="A folder with rules.toml and parameters.toml.")
    ] = None,
    parameters: Annotated[
        Path | None, typer.Option("--parameters", metavar="FILE.toml", help="Numbers in place of those they name.")
    ] = None,
    cases: Annotated[
        Path | None, typer.Option("--cases", metavar="FILE.jsonl", help="Cases instead of recorded decisions.")
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], metavar="DATE", help="The date of cases that state none."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="The latest decisions, at most.")] = 10_000,
    as_json: AsJson = False,
) -> None:
    """Show what other rules or parameters would have decided otherwise, of recorded decisions or of cases."""
    from service.cli import rules as work
    from service.cli.console import run

    given = work.OtherPolicy(pack, rules, parameters, cases, as_of.date() if as_of else None, limit)
    run(lambda: work.diff(given, as_json=as_json))


@commands.command("draft", epilog="Example: toulmin rules draft policy.md > drafts.toml")
def rules_draft(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A document: Markdown, text, HTML, PDF.")],
) -> None:
    """Lay out the sentences of a text that bind somebody, for a person to make rules of; drafts are never executed."""
    from service.cli import rules
    from service.cli.console import expected_errors

    with expected_errors():
        rules.draft(file)
