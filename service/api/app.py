"""Makes the HTTP application: routes, problem details, and a description that says what each of them is for."""

import asyncio
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from fastapi_offline import FastAPIOffline

from service.api import audit, decisions, health, ingestions, knowledge, maintenance, reviews, rules
from service.api.problems import PROBLEM_RESPONSES, add_problem_details
from service.application import Application

_DESCRIPTION = """Decisions that show their work: cited sources, executed policy, stated assumptions, measured
confidence, human review. Errors are RFC 9457 problem details that say what happened and what to do."""


def make_app(running: Application) -> FastAPI:
    """Make the HTTP application of an application that is open."""
    app = routed()
    app.state.running = running
    app.state.stopping = asyncio.Event()
    return app


def routed() -> FastAPI:
    """Make the routes and their description, with nothing behind them yet."""
    app = FastAPIOffline(
        title="Toulmin",
        version=version("toulmin"),
        summary="A decision service with explainability",
        description=_DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        responses=PROBLEM_RESPONSES,
    )
    add_problem_details(app)
    for part in (decisions, knowledge, ingestions, maintenance, reviews, rules, audit, health):
        app.include_router(part.router)
    app.include_router(ingestions.previews)
    app.include_router(maintenance.FOR_THE_OWNER)

    @app.get("/", include_in_schema=False)
    async def home() -> RedirectResponse:
        return RedirectResponse("/docs")

    return app
