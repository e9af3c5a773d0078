"""The errors of the service; each message says what happened and what to do."""

from collections.abc import Sequence

from decision.facts import Problem


class ServiceError(Exception):
    """Something could not be done; the message says what happened and what to do."""


class NotFoundError(ServiceError):
    """What was asked for does not exist, or not for this reader."""


class ConflictError(ServiceError):
    """What was asked for contradicts what is stored (a key used twice, a stale hash, a task that someone holds)."""


class ForbiddenError(ServiceError):
    """What was asked for is not for this caller."""


class InvalidInputError(ServiceError):
    """What was sent cannot be used; the message names the field and what was expected."""


class InvalidFieldsError(InvalidInputError):
    """Fields of what was sent cannot be used; `problems` name every one that is wrong, not only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = tuple(problems)


class StoreUnavailableError(ServiceError):
    """The database cannot be opened, reached or written."""


class DeadlineError(ServiceError):
    """Something took longer than it may; nothing was recorded."""


class LearningError(DeadlineError):
    """A model has to be learned first, which goes on; what was asked for can be asked for again in a while."""


class TamperedError(ServiceError):
    """What is stored is not what was recorded; it must not be shown or relied on."""
