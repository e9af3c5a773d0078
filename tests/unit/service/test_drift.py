"""Whose rules an ingest leaves behind."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from decision.decision import ClauseRef
from decision.pack import DomainPack
from decision.packs.policy.pack import PolicyAnswers
from decision.rules import Confirmed
from ingestion.clauses import text_sha256
from ingestion.ingests import ClauseChange
from ingestion.ports import Watch
from retrieval.corpus import DEFAULT_TENANT
from service.confirmations import Confirmation
from service.drift import PolicyWatch
from service.shipped import shipped_words

CLAUSE = "answering-policy#2.4"
WORDS = "2.4 What was confirmed."


class Remembered:
    """Confirmations kept in memory, as (pack, rule book version, clause, hash)."""

    def __init__(self) -> None:
        self.known: set[tuple[str, str, str, str]] = set()

    async def confirm(self, confirmed: Sequence[Confirmation]) -> None:
        self.known |= {(one.pack, one.rulebook_version, one.clause, one.text_sha256) for one in confirmed}

    async def confirmed(self, tenant: str, pack: str, rulebook_version: str, generation: int) -> Confirmed:
        del tenant, generation
        return frozenset((one[2], one[3]) for one in self.known if one[:2] == (pack, rulebook_version))

    async def confirmations(self, tenant: str, pack: str | None = None) -> list[Confirmation]:
        del tenant, pack
        return []


def bound(words: str | None) -> DomainPack:
    """Give a pack whose bindings have these words for the clause."""
    pack = PolicyAnswers()
    bindings = {} if words is None else {CLAUSE: text_sha256(words)}
    pack.rulebook = replace(pack.rulebook, bindings=bindings)
    return cast("DomainPack", pack)


def watch(*packs: DomainPack, confirmations: Remembered | None = None) -> PolicyWatch:
    return PolicyWatch(packs, confirmations or Remembered(), DEFAULT_TENANT)


def change(before: str | None, after: str | None, clause: str = CLAUSE) -> ClauseChange:
    return ClauseChange(clause, before, after, None if after is None else text_sha256(after))


def entries(pack: DomainPack) -> Collection[tuple[str, str, str]]:
    return [(one.kind, one.name, one.owner) for one in pack.rulebook.encodings()[ClauseRef.parse(CLAUSE)]]


def test_every_encoded_clause_is_watched() -> None:
    pack = bound(WORDS)
    watching: Watch = watch(pack)
    assert watching.clauses == {str(clause) for clause in pack.rulebook.clauses()}
    assert CLAUSE in watching.clauses


def test_a_changed_clause_names_every_rule_and_parameter_with_owner_and_words() -> None:
    pack = bound(WORDS)
    found = watch(pack).drift([change(WORDS, "2.4 Something else.")])
    assert [(one.kind, one.name, one.owner) for one in found] == entries(pack)
    assert {one.kind for one in found} == {"rule", "parameter"}
    assert {(one.pack, one.clause) for one in found} == {("policy", CLAUSE)}
    assert {(one.before, one.after) for one in found} == {(WORDS, "2.4 Something else.")}


def test_a_clause_that_is_removed_drifts() -> None:
    found = watch(bound(WORDS)).drift([change(WORDS, None)])
    assert {(one.before, one.after) for one in found} == {(WORDS, None)}


@pytest.mark.parametrize(
    "made",
    [
        change("2.4 Something else.", WORDS),
        change(None, WORDS),
        change("x", "y", clause="answering-policy#9.9"),
        change("x", "y", clause="somewhere-else#2.4"),
    ],
    ids=["back to the bound words", "ingested as bound", "a clause that nothing encodes", "another document"],
)
def test_what_is_no_drift(made: ClauseChange) -> None:
    assert watch(bound(WORDS)).drift([made]) == ()


def test_words_that_were_confirmed_are_no_drift_once_that_is_known() -> None:
    pack, store = bound(WORDS), Remembered()
    other = "2.4 Something else."
    watching = watch(pack, confirmations=store)
    store.known.add(("policy", pack.rulebook.version, CLAUSE, text_sha256(other)))
    assert watching.drift([change(WORDS, other)])


async def test_what_was_confirmed_since_counts_after_a_refresh() -> None:
    pack, store = bound(WORDS), Remembered()
    other = "2.4 Something else."
    store.known.add(("policy", pack.rulebook.version, CLAUSE, text_sha256(other)))
    watching = watch(pack, confirmations=store)
    await watching.refresh()
    assert watching.drift([change(WORDS, other)]) == ()
    assert watching.drift([change(other, "2.4 A third thing.")])


async def test_a_confirmation_lapses_with_the_rule_book() -> None:
    pack, store = bound(WORDS), Remembered()
    store.known.add(("policy", "another version", CLAUSE, text_sha256("2.4 Else.")))
    watching = watch(pack, confirmations=store)
    await watching.refresh()
    assert watching.drift([change(WORDS, "2.4 Else.")])


def test_a_document_that_is_new_is_compared_with_the_words_that_the_pack_ships() -> None:
    pack = cast("DomainPack", PolicyAnswers())
    shipped = shipped_words(pack)[ClauseRef.parse(CLAUSE)]
    found = watch(pack).drift([change(None, "2.4 Something else.")])
    assert {one.before for one in found} == {shipped}


def test_words_that_the_pack_ships_but_nobody_confirmed_are_not_given_for_confirmed() -> None:
    found = watch(bound(None)).drift([change(None, "2.4 Something else.")])
    assert found
    assert {one.before for one in found} == {None}


def test_a_pack_whose_own_texts_cannot_be_read_keeps_nobody_from_ingesting(tmp_path: Path) -> None:
    pack = bound(WORDS)
    pack.folder = tmp_path
    (tmp_path / "sources.toml").write_text('[[source]]\npath = "missing.md"\n', encoding="utf-8")
    found = watch(pack).drift([change(None, "2.4 Something else.")])
    assert {one.before for one in found} == {None}


def test_each_pack_is_asked() -> None:
    first, second = bound(WORDS), bound("2.4 Else.")
    second.name = "other"
    found = watch(first, second).drift([change(WORDS, "2.4 Else.")])
    assert {one.pack for one in found} == {"policy"}
