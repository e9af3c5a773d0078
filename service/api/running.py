"""Gives a route the application that is running."""

import asyncio
import hmac
from typing import Annotated, Final, cast

from fastapi import Depends, Header, Request

from service.application import Application

LARGEST: Final = 2**63 - 1
"""The largest whole number that the databases can compare; what is larger is refused as a request."""


def _stopping(request: Request) -> asyncio.Event:
    return cast("asyncio.Event", request.app.state.stopping)


def _running(request: Request) -> Application:
    return cast("Application", request.app.state.running)


Running = Annotated[Application, Depends(_running)]
"""The application, with its stores, index and packs."""


Stopping = Annotated[asyncio.Event, Depends(_stopping)]
"""Set once the service is told to stop, so that nobody stays who only follows something."""


def _owner(
    running: Running,
    owner_token: Annotated[
        str | None,
        Header(
            alias="Toulmin-Owner",
            max_length=200,
            description="The token in the lock file of the index, which only the owner of the data folder can read.",
        ),
    ] = None,
) -> bool:
    return owner_token is not None and hmac.compare_digest(owner_token.encode(), running.owner_token.encode())


Owner = Annotated[bool, Depends(_owner)]
"""Whether the caller may read the data folder of this service, as the command line on its machine does."""
