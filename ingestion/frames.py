"""Turns bytes into frames on a socket, each led by its length, and back; what is too long or too late is refused."""

import socket
import time
from typing import Final

_LENGTH: Final = 8
_PIECE: Final = 1024 * 1024


class FrameError(Exception):
    """The other side did not send a whole frame."""


class OverlongError(FrameError):
    """A frame is longer than allowed."""


class Deadline:
    """A moment that comes `seconds` from now, or never."""

    def __init__(self, seconds: float | None = None) -> None:
        self._end = None if seconds is None else time.monotonic() + seconds

    def remaining(self) -> float | None:
        """Seconds that are left; raises TimeoutError when there are none."""
        if self._end is None:
            return None
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def send(connection: socket.socket, payload: bytes, deadline: Deadline) -> None:
    """Send a frame; raises TimeoutError, or OSError when nobody is there."""
    connection.settimeout(deadline.remaining())
    connection.sendall(len(payload).to_bytes(_LENGTH) + payload)


def receive(connection: socket.socket, largest: int, deadline: Deadline) -> bytes | None:
    """Receive a frame of at most `largest` bytes, or None at the end.

    Raises TimeoutError, FrameError or OSError.
    """
    head = _exactly(connection, _LENGTH, deadline)
    if not head:
        return None
    length = int.from_bytes(head)
    if length > largest:
        raise OverlongError(f"a frame of {length} bytes is longer than {largest}")
    payload = _exactly(connection, length, deadline)
    if len(payload) < length:
        raise FrameError("a frame ended too early")
    return payload


def _exactly(connection: socket.socket, length: int, deadline: Deadline) -> bytes:
    taken = bytearray()
    while len(taken) < length:
        connection.settimeout(deadline.remaining())
        piece = connection.recv(min(_PIECE, length - len(taken)))
        if not piece:
            if taken:
                raise FrameError("a frame ended too early")
            return b""
        taken += piece
    return bytes(taken)
