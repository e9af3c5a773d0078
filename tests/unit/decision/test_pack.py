"""How a case that is sent reaches the schema of its pack."""

from reserving import records

from decision.pack import DomainPack, sent_facts
from decision.packs.reservation import PACK


def test_a_pack_that_reads_records_turns_them_into_facts() -> None:
    assert sent_facts(PACK, records())["steps"] == ["cancel"]


def test_any_other_pack_gets_what_was_sent(library: DomainPack) -> None:
    sent = {"due": "2026-06-10"}
    assert sent_facts(library, sent) is sent
