"""Makes the HTTP application: routes, problem details, and a description that says what each of them is for."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from service.api import audit, decisions, health, knowledge, reviews
from service.api.problems import PROBLEM_RESPONSES, add_problem_details
from service.bootstrap import application
from service.settings import Settings

_DESCRIPTION = """Decisions that show their work: cited sources, executed policy, stated assumptions, measured
confidence, human review. Errors are RFC 9457 problem details that say what happened and what to do."""


def make_app(settings: Settings) -> FastAPI:
    """Make the application for these settings; it opens everything when it starts, and closes it at the end."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        address = f"http://{settings.host}:{settings.port}"
        async with application(settings, address=address) as running:
            app.state.running = running
            yield

    app = FastAPI(
        title="Toulmin",
        version=version("toulmin"),
        summary="A decision service with explainability",
        description=_DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        lifespan=lifespan,
        responses=PROBLEM_RESPONSES,
    )
    add_problem_details(app)
    for routes in (decisions.router, knowledge.router, reviews.router, audit.router, health.router):
        app.include_router(routes)
    return app
