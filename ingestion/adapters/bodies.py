"""Turns the body of an answer into the bytes of a file, unpacked a little at a time and never more than the limit."""

import zlib
from collections.abc import AsyncIterable
from typing import Final, cast

import httpcore
import httpx

from ingestion.adapters.copies import Arrival, too_large
from ingestion.adapters.refusals import NotNowError
from ingestion.ports import UnreadableSourceError

_AT_ONCE: Final = 256 * 1024
_GZIP: Final = 31  # zlib's window bits for a gzip stream


async def receive_body(response: httpcore.Response, headers: httpx.Headers, arrival: Arrival, largest_mb: int) -> None:
    """Write the whole body; raises UnreadableSourceError when it is too large, NotNowError when it was cut off.

    An answer whose length nobody tells ends where its connection does, and may have been cut off unseen.
    """
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"identity", "gzip", "x-gzip", ""}:
        raise UnreadableSourceError(
            f"it is packed as {encoding}, which was not asked for", "name an address that gives the plain file"
        )
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > largest_mb * 1024**2:
        raise too_large(largest_mb)
    body = cast("AsyncIterable[bytes]", response.stream)
    if encoding in {"identity", ""}:
        async for part in body:
            arrival.write(part)
        return
    await _unpack(body, arrival)


async def _unpack(body: AsyncIterable[bytes], arrival: Arrival) -> None:
    unpacker = zlib.decompressobj(_GZIP)
    try:
        async for part in body:
            rest = part
            while rest:
                if unpacker.eof:  # several packed parts in a row are one file
                    unpacker = zlib.decompressobj(_GZIP)
                arrival.write(unpacker.decompress(rest, _AT_ONCE))
                rest = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
        arrival.write(unpacker.flush())
    except zlib.error as error:
        raise UnreadableSourceError(f"it is not packed as it says ({error})", "ingest it again later") from error
    if not unpacker.eof:
        raise NotNowError("it was cut off")
