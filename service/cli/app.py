"""All commands of `toulmin`: what they take and what `--help` says of them.

A command imports its work only when it runs, so that `--help` answers at once.
"""

import gc
from datetime import datetime
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import Annotated, Final

import typer

from service.cli import ingest_app, recover_app, rules_app

app = typer.Typer(
    name="toulmin",
    help="Decisions that show their work: cited sources, executed policy, stated assumptions, human review.",
    epilog="Start with `make demo`, or: toulmin ingest pack:passenger_rights",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
audit_commands = typer.Typer(no_args_is_help=True, help="The log of everything that happened.")
review_commands = typer.Typer(no_args_is_help=True, help="Decisions that wait for a person.")
app.add_typer(ingest_app.commands, name="ingest")
app.command("recover", epilog=recover_app.EXAMPLE)(recover_app.recover)
app.add_typer(audit_commands, name="audit")
app.add_typer(review_commands, name="review")
app.add_typer(rules_app.commands, name="rules")

_OBJECTS: Final = 50_000  # what is imported stays: looking for garbage in it took a fifth of a second of each start
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output, nothing else.")]
AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], metavar="DATE", help="What was in force then (default: today)."),
]
Html = Annotated[Path | None, typer.Option("--html", metavar="OUT", help="Write a report to this file.")]
DecisionId = Annotated[str, typer.Argument(metavar="DECISION_ID", help="As printed by `toulmin decide`.")]
TaskId = Annotated[str, typer.Argument(metavar="TASK_ID", help="As listed by `toulmin review list`.")]
Token = Annotated[int, typer.Option("--token", help="As printed by `toulmin review claim`.")]
Reviewer = Annotated[str, typer.Option("--reviewer", help="Who you are.", envvar="USER")]


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"toulmin {version('toulmin')}")
        raise typer.Exit


@app.callback()
def _toulmin(
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; exit code 0 done, 1 failed with the reason, 2 wrong usage."""
    gc.set_threshold(_OBJECTS)
    add_installed()
    app()


def add_installed() -> None:
    """Add the commands of packages above this one, which it may not import: entry points of `toulmin.commands`."""
    for found in entry_points(group="toulmin.commands"):
        app.add_typer(found.load(), name=found.name)


@app.command(epilog='Example: toulmin search "when is a hotel owed" --k 3')
def search(
    query: Annotated[str, typer.Argument(help="A question or some words.")],
    k: Annotated[int, typer.Option("--k", min=1, max=100, help="How many passages.")] = 10,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Find the clauses that answer a question."""
    from service.cli import knowledge
    from service.cli.console import run

    run(lambda: knowledge.search(query, k, as_of and as_of.date(), as_json=as_json))


@app.command(epilog="Example: toulmin sources --overdue")
def sources(
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those nobody looked at for too long.")] = False,
    as_json: AsJson = False,
) -> None:
    """List what was ingested: documents with owner, trust, access groups, and when they were looked at."""
    from service.cli import sources as listing
    from service.cli.console import run

    run(lambda: listing.sources(overdue=overdue, as_json=as_json))


@app.command(epilog='Example: toulmin decide --domain policy --question "When is a hotel owed?" --html report.html')
def decide(
    domain: Annotated[
        str | None, typer.Option("--domain", help="real_estate, passenger_rights, policy, or a pack of your own.")
    ] = None,
    case: Annotated[
        Path | None, typer.Option("--case", metavar="FILE.json", help="The facts of the case ('-': standard input).")
    ] = None,
    question: Annotated[str | None, typer.Option("--question", help="The question, in words.")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    html: Html = None,
) -> None:
    """Decide a case, with the sources, rules, assumptions, confidence and review that belong to it."""
    from service.cli import decisions
    from service.cli.console import run

    run(
        lambda: decisions.decide(
            decisions.Asked(domain, case, question, as_of and as_of.date()), as_json=as_json, html=html
        )
    )


@app.command(epilog="Example: toulmin explain dec_01JD... --html report.html")
def explain(decision_id: DecisionId, as_json: AsJson = False, html: Html = None) -> None:
    """Explain a decision that was made: its reasons in order, its trace, what would change it."""
    from service.cli import decisions
    from service.cli.console import run

    run(lambda: decisions.explain(decision_id, as_json=as_json, html=html))


@app.command(epilog="Example: toulmin reconsider dec_01JD... --case corrections.json --comparable ames-sales:58")
def reconsider(
    decision_id: DecisionId,
    case: Annotated[
        Path | None,
        typer.Option("--case", metavar="FILE.json", help="Corrected facts, or a whole request ('-': standard input)."),
    ] = None,
    comparable: Annotated[
        list[str] | None,
        typer.Option("--comparable", metavar="RECORD_ID", help="A sale to compare with; may be given several times."),
    ] = None,
    as_json: AsJson = False,
    html: Html = None,
) -> None:
    """Decide a case anew with corrections or other sales, and say what changed; the earlier decision stays."""
    from service.cli import reconsidering
    from service.cli.console import run

    given = reconsidering.Sent(decision_id, case, tuple(comparable or ()))
    run(lambda: reconsidering.reconsider(given, as_json=as_json, html=html))


@app.command(epilog="Example: toulmin domains passenger_rights")
def domains(
    name: Annotated[str | None, typer.Argument(metavar="[DOMAIN]", help="Show the facts that a case may have.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the domains that are installed, or what a case of one of them may contain."""
    from service.cli import policy
    from service.cli.console import run

    run(lambda: policy.domains(name, as_json=as_json))


@audit_commands.command("verify", epilog="Example: toulmin audit verify --expect 42:9f86d081...")
def audit_verify(
    expect: Annotated[
        str | None,
        typer.Option("--expect", metavar="SEQ:HASH", help="A head printed before: shows what was cut off since."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check the log, and every decision, review task and quoted text it vouches for; exit 1 if one was altered."""
    from service.cli import oversight
    from service.cli.console import run

    run(lambda: oversight.verify(expect, as_json=as_json))


@review_commands.command("list", epilog="Example: toulmin review list --status queued")
def review_list(
    status: Annotated[str | None, typer.Option("--status", help="queued, claimed or resolved (default: all).")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many at most.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List review tasks with the reasons for them."""
    from service.cli import oversight
    from service.cli.console import run

    run(lambda: oversight.tasks(status, limit, as_json=as_json))


@review_commands.command("claim", epilog="Example: toulmin review claim task_01JD... --reviewer ada")
def review_claim(task_id: TaskId, reviewer: Reviewer, as_json: AsJson = False) -> None:
    """Take a task for a limited time; prints the token that resolving it needs."""
    from service.cli import oversight
    from service.cli.console import run

    run(lambda: oversight.claim(task_id, reviewer, as_json=as_json))


@review_commands.command("release", epilog="Example: toulmin review release task_01JD... --token 1 --reviewer ada")
def review_release(task_id: TaskId, reviewer: Reviewer, token: Token, as_json: AsJson = False) -> None:
    """Give a claimed task back without a verdict; it is queued again."""
    from service.cli import oversight
    from service.cli.console import run

    run(lambda: oversight.give_back(task_id, reviewer, token, as_json=as_json))


@review_commands.command(
    "resolve", epilog="Example: toulmin review resolve task_01JD... --token 1 --verdict uphold --reviewer ada"
)
def review_resolve(  # noqa: PLR0913, PLR0917 - a command takes as much as its line says
    task_id: TaskId,
    reviewer: Reviewer,
    token: Token,
    verdict: Annotated[str, typer.Option("--verdict", help="uphold, amend, overturn, return or escalate.")],
    because: Annotated[str | None, typer.Option("--because", help="Why; needed unless upheld.")] = None,
    amended: Annotated[
        Path | None, typer.Option("--amended", metavar="FILE.json", help="The amended answer, with the verdict amend.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Give the verdict on a claimed task."""
    from service.cli import oversight
    from service.cli.console import run

    given = oversight.VerdictGiven(task_id, reviewer, token, verdict, because, amended)
    run(lambda: oversight.resolve(given, as_json=as_json))


@app.command(epilog="Example: toulmin serve --port 8080")
def serve(
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on (default 127.0.0.1).")] = None,
    port: Annotated[int | None, typer.Option("--port", min=1, max=65535, help="Port (default 8000).")] = None,
) -> None:
    """Serve the HTTP API; its description is at /docs."""
    from service.cli.console import run
    from service.cli.serving import serve as start

    run(lambda: start(host, port))


@app.command(epilog="Example: TOULMIN_DATABASE_URL=postgresql://... toulmin worker --concurrency 4")
def worker(
    concurrency: Annotated[
        int | None,
        typer.Option(
            "--concurrency",
            min=1,
            max=64,
            help="Batches that each worker reads at a time; kept for all of them until another number is given "
            "(default: 2).",
        ),
    ] = None,
) -> None:
    """Help to ingest what was started elsewhere, until interrupted; needs PostgreSQL."""
    from service.cli import worker as working
    from service.cli.console import run

    run(lambda: working.worker(concurrency))
