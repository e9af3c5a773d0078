"""What only the server adapter does: say so when the server does not answer, and note the model on it."""

import pytest
from qdrant_client import AsyncQdrantClient

from retrieval.adapters.server_index import ServerIndex
from retrieval.ports import Collection, IndexUnavailableError

NOBODY = "http://127.0.0.1:1"  # a port that nothing may listen on


async def test_a_server_that_does_not_answer_is_reported_with_what_to_do() -> None:
    with pytest.raises(IndexUnavailableError, match="Check TOULMIN_QDRANT_URL, the API key, and that the server is up"):
        await ServerIndex.open(NOBODY, None, [Collection("sales", 2, "euclid")])


@pytest.mark.filterwarnings("ignore:Payload indexes have no effect:UserWarning")
async def test_vectors_of_another_model_are_refused() -> None:
    client = AsyncQdrantClient(location=":memory:")  # it keeps collections and their notes as a server does

    def index(model: str | None) -> ServerIndex:
        return ServerIndex(client, [Collection("clauses", 2, "cosine", lexical=True, model=model)], 100)

    await index(None).prepare_collections()
    for _ in range(2):  # the first names what had no name
        await index("alpha 1").prepare_collections()
    with pytest.raises(IndexUnavailableError, match=r"by the model alpha 1, but those by beta 1 .* nothing is lost"):
        await index("beta 1").prepare_collections()
    await index("alpha 1").drop()
    await index("beta 1").prepare_collections()
    with pytest.raises(IndexUnavailableError, match="by the model beta 1"):
        await index("alpha 1").prepare_collections()
    await client.close()
