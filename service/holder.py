"""Turns the lock of the embedded index into who holds it, and whether a command may have it do its work."""

from typing import Any

from pydantic import BaseModel, Field, ValidationError

from retrieval.index_lock import Notice, read_holder
from service.errors import ConflictError
from service.settings import Settings


class Holder(BaseModel):
    """The process that has the embedded index: what it does, as whom it reads, and where it answers, if anywhere.

    Who can read the `owner_token` may read the data folder too.
    """

    pid: int
    doing: str
    address: str | None = None
    owner_token: str = Field(repr=False)
    tenant: str
    groups: tuple[str, ...]
    model: str

    def require_same_reader(self, settings: Settings) -> None:
        """Refuse to answer with somebody else's rights, or from another model; ConflictError names what differs."""
        differs = [
            f"{name}: here {ours}, there {theirs}"
            for name, ours, theirs in (
                ("TOULMIN_TENANT", settings.tenant, self.tenant),
                ("TOULMIN_GROUPS", _joined(settings.groups), _joined(self.groups)),
                ("TOULMIN_MODEL", settings.model, self.model),
            )
            if ours != theirs
        ]
        if differs:
            raise ConflictError(
                f"Process {self.pid} ({self.doing}) has the index of {settings.data} and reads it otherwise "
                f"({'; '.join(differs)}). Set these as they are there, or stop that process."
            )


def index_holder(settings: Settings) -> Holder | None:
    """Find who has the embedded index now; None when nobody has, or nobody has said yet who they are.

    Raises IndexUnavailableError when it belongs to another user.
    """
    found = read_holder(settings.data / "index")
    try:
        return None if found is None else Holder.model_validate(found)
    except ValidationError:
        return None  # it has just begun; whoever opens the index now is told that it is in use


def notice(settings: Settings, doing: str, owner_token: str, address: str | None) -> Notice:
    """Write what a Holder tells of itself; its pid is added by the lock."""
    told: dict[str, Any] = {
        "doing": doing,
        "address": address,
        "owner_token": owner_token,
        "tenant": settings.tenant,
        "groups": settings.groups,
        "model": settings.model,
    }
    return told


def _joined(groups: tuple[str, ...]) -> str:
    return ",".join(sorted(set(groups)))
