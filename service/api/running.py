"""Gives a route the application that is running."""

from typing import Annotated, cast

from fastapi import Depends, Request

from service.application import Application


def _running(request: Request) -> Application:
    return cast("Application", request.app.state.running)


Running = Annotated[Application, Depends(_running)]
"""The application, with its stores, index and packs."""
