"""Turns the folder of an embedded index into its lock, and the lock into what its holder wrote there.

The system lets go of the lock when the process that holds it ends, however it ends; what it wrote stays, and means
nothing any more.
"""

import fcntl
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TextIO, cast

from retrieval.ports import IndexInUseError, IndexUnavailableError

Notice = Mapping[str, object]
"""What a holder writes for others, besides its `pid`; an `address` is where it answers."""


def take_lock(folder: Path, notice: Notice) -> TextIO:
    """Lock an index for this process, until the file is closed; only this user may read the notice.

    Raises IndexInUseError that says who has it.
    """
    path = folder / _NAME
    lock = os.fdopen(_opened(path, os.O_RDWR | os.O_CREAT), "r+", encoding="utf-8")
    try:
        _wait(lock)
    except BlockingIOError:
        holder = _read(lock)
        lock.close()
        raise IndexInUseError(
            f"The index in {folder} is in use by {_named(holder)}. Ask that process instead of opening the index a "
            "second time, or stop it; to share an index between processes, use a Qdrant server (TOULMIN_QDRANT_URL)."
        ) from None
    os.fchmod(lock.fileno(), _MODE)
    lock.truncate(0)
    json.dump({**notice, "pid": os.getpid()}, lock)
    lock.flush()
    return lock


def read_holder(folder: Path) -> Notice | None:
    """Give what the process that holds an index wrote; None when nobody does, and empty while it has written nothing.

    Raises IndexUnavailableError when the lock belongs to another user.
    """
    try:
        descriptor = _opened(folder / _NAME, os.O_RDONLY)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _read(lock) or {}
        return None


_NAME: Final = "lock"
_MODE: Final = 0o600
_LOOKS: Final = 5
_PAUSE_S: Final = 0.02


def _opened(path: Path, flags: int) -> int:
    try:
        return os.open(path, flags, _MODE)
    except PermissionError:
        raise IndexUnavailableError(
            f"The index in {path.parent} belongs to another user; run this as that user, or set TOULMIN_DATA to a "
            "folder of yours."
        ) from None


def _wait(lock: TextIO) -> None:
    """Take the lock; those who only look whether it is taken have it for a moment."""
    for _ in range(_LOOKS):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_PAUSE_S)
        else:
            return
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _read(lock: TextIO) -> Notice | None:
    lock.seek(0)
    try:
        found: object = json.loads(lock.read())
    except ValueError:
        return None
    return cast("Notice", found) if isinstance(found, dict) else None


def _named(holder: Notice | None) -> str:
    if holder is None or "pid" not in holder:
        return "another process"
    address = holder.get("address")
    return f"process {holder['pid']}" + (f", which answers at {address}" if address else "")
