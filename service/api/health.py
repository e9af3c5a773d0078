"""Whether the process lives, and whether it can do its work."""

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from service.api.running import Running

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """What the service needs for its work, each part with `ok` or what is wrong."""

    status: Literal["ready", "not_ready"]
    generation: int | None = Field(description="The committed generation; null when it could not be read.")
    parts: dict[str, str] = Field(examples=[{"database": "ok", "index": "ok", "model": "ok", "packs": "ok"}])


@router.get("/healthz", summary="Is the process alive?")
async def healthz() -> Health:
    """Answer as long as the process does; nothing else is asked."""
    return Health()


@router.get("/readyz", summary="Can it do its work?", responses={503: {"model": Readiness}})
async def readyz(running: Running, response: Response) -> Readiness:
    """Ask the database, the index, the model and the packs; 503 when one of them cannot be used."""
    generation, parts = await running.readiness()
    ready = all(state == "ok" for state in parts.values())
    response.status_code = 200 if ready else 503
    return Readiness(status="ready" if ready else "not_ready", generation=generation, parts=parts)
