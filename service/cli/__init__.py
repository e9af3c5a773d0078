"""The command line: each command is one call of the application, printed for a person or as one JSON document."""

from service.cli.app import main

__all__ = ["main"]
