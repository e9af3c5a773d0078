"""`toulmin search`."""

from datetime import date

from pydantic import ValidationError

from service.cli.console import emit
from service.cli.opening import commands
from service.errors import InvalidInputError
from service.present.terminal import search_view
from service.search import SearchRequest
from service.settings import read_settings


async def search(query: str, k: int, as_of: date | None, *, as_json: bool) -> None:
    """Search and print the passages, best first."""
    try:
        request = SearchRequest(query=query, k=k, as_of=as_of)
    except ValidationError as error:
        raise InvalidInputError(f"query: {error.errors()[0]['msg']}; ask a question in words.") from None
    async with commands(read_settings(), "toulmin search") as working:
        found = await working.search(request)
    document = found.model_dump(mode="json")
    emit(document, search_view(document), as_json=as_json)
