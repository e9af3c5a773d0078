"""`toulmin serve`."""

import uvicorn

from service.api.app import make_app
from service.bootstrap import application
from service.settings import Settings, read_settings


async def serve(host: str | None, port: int | None) -> None:
    """Serve the API until interrupted; what cannot be opened is said before anything listens."""
    chosen = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = Settings.model_validate({**read_settings().model_dump(), **chosen})
    async with application(settings, address=f"http://{settings.host}:{settings.port}") as running:
        config = uvicorn.Config(make_app(running), host=settings.host, port=settings.port, lifespan="off")
        await uvicorn.Server(config).serve()
