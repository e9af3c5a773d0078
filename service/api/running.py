"""Gives a route the application that is running."""

from typing import Annotated, Final, cast

from fastapi import Depends, Request

from service.application import Application

LARGEST: Final = 2**63 - 1
"""The largest whole number that the databases can compare; what is larger is refused as a request."""


def _running(request: Request) -> Application:
    return cast("Application", request.app.state.running)


Running = Annotated[Application, Depends(_running)]
"""The application, with its stores, index and packs."""
