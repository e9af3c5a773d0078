"""What only the server adapter does: say so when the server does not answer."""

import pytest

from retrieval.adapters.server_index import ServerIndex
from retrieval.ports import Collection, IndexUnavailableError

NOBODY = "http://127.0.0.1:1"  # a port that nothing may listen on


async def test_a_server_that_does_not_answer_is_reported_with_what_to_do() -> None:
    with pytest.raises(IndexUnavailableError, match="Check TOULMIN_QDRANT_URL, the API key, and that the server is up"):
        await ServerIndex.open(NOBODY, None, [Collection("sales", 2, "euclid")])
