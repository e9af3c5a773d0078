"""Turns the words that clauses have now, had before and were encoded with into what is stale, since when, and how."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, partial
from typing import Literal

from pydantic import Field

from decision.decision import ClauseRef
from decision.pack import DomainPack
from decision.rules import Confirmed, Encoding
from ingestion.clauses import text_sha256
from ingestion.ingests import ClauseChange
from ingestion.ports import IngestionError
from ingestion.report import Drift
from retrieval.corpus import OPEN, Value
from retrieval.scope import ReadScope
from service.ports import ClauseWords, ConfirmationStore, SourceLibrary, WordsOverTime
from service.shipped import shipped_words
from service.wording import Stretch, changed_words

StaleState = Literal["changed", "gone", "not_ingested", "unconfirmed"]
"""Other words than confirmed; no such clause any more; no such document; words that nobody ever confirmed."""


class StaleClause(Value):
    """A clause that rules or parameters encode and whose words nobody confirmed, so that decisions go to review."""

    pack: str
    clause: str = Field(description="The clause, as document#key.")
    state: StaleState
    encodings: tuple[Encoding, ...] = Field(description="The rules and parameters that encode it, with their owners.")
    since: int | None = Field(description="The generation from which on it is stale; null when it never was there.")
    before: str | None = Field(description="The words that were confirmed; null when they are not kept.")
    after: str | None = Field(description="The words now; null when there are none.")
    after_sha256: str | None
    changes: tuple[Stretch, ...] = Field(description="What changed between them, word by word.")
    moved_to: str | None = Field(description="The clause of the document that has the confirmed words now, if any.")

    @property
    def owners(self) -> tuple[str, ...]:
        """Whoever owns what encodes it, each once."""
        return tuple(dict.fromkeys(one.owner for one in self.encodings if one.owner))


@dataclass(frozen=True, slots=True)
class PolicyTexts:
    """The texts that policy is compared with, and what was confirmed of them."""

    library: SourceLibrary
    words: ClauseWords
    confirmations: ConfirmationStore

    async def confirmed(self, pack: DomainPack, scope: ReadScope) -> Confirmed:
        """Give the words that were confirmed besides those that the pack binds."""
        return await self.confirmations.confirmed(scope.tenant, pack.name, pack.rulebook.version, scope.generation)

    async def hashes(
        self, pack: DomainPack, scope: ReadScope, shipped: Mapping[ClauseRef, str] | None = None
    ) -> Mapping[ClauseRef, str]:
        """Give the SHA-256 of the clauses that a pack encodes, each on the day of its rule that is nearest.

        `shipped` are words that stand in for those of documents that were never ingested.
        """
        found: dict[ClauseRef, str] = {}
        for day, clauses in _by_day(pack, scope.as_of).items():
            current = await self.library.clause_hashes(scope.model_copy(update={"as_of": day}), clauses)
            found |= {ClauseRef.parse(clause): digest for clause, digest in current.items()}
        for clause in sorted((shipped or {}).keys() & pack.rulebook.clauses() - found.keys(), key=str):
            if shipped and not await self.words.over_time(scope, str(clause)):
                found[clause] = text_sha256(shipped[clause])
        return found

    async def stale(
        self, pack: DomainPack, scope: ReadScope, shipped: Mapping[ClauseRef, str] | None = None
    ) -> tuple[StaleClause, ...]:
        """Say which clauses are stale, by clause, and all that a person needs to judge it; `shipped` as in `hashes`."""
        matter = _Matter(pack, await self.confirmed(pack, scope), cache(partial(shipped_words, pack)))
        hashes = await self.hashes(pack, scope, shipped)
        stand_in = {clause: words for clause, words in (shipped or {}).items() if clause in hashes}
        changed = sorted(pack.rulebook.changed(hashes, matter.confirmed), key=str)
        return tuple([await self._stale(matter, clause, scope, stand_in.get(clause)) for clause in changed])

    async def _stale(self, matter: "_Matter", clause: ClauseRef, scope: ReadScope, stand_in: str | None) -> StaleClause:
        pack = matter.pack
        day = pack.rulebook.relevant_day(clause, scope.as_of)
        standing = await self.words.clauses(scope.model_copy(update={"as_of": day}), clause.document_id)
        history = await self.words.over_time(scope, str(clause))
        before = await self._before(matter, clause, scope, history)
        after = standing.get(clause.key, stand_in)
        return StaleClause(
            pack=pack.name,
            clause=str(clause),
            state=_state(after, history, known=before is not None or str(clause) in pack.rulebook.bindings),
            encodings=pack.rulebook.encodings()[clause],
            since=_since(history, scope.generation, partial(matter.confirms, clause)),
            before=before,
            after=after,
            after_sha256=None if after is None else text_sha256(after),
            changes=() if before is None or after is None else changed_words(before, after),
            moved_to=_moved(clause, before, standing),
        )

    async def _before(
        self, matter: "_Matter", clause: ClauseRef, scope: ReadScope, history: Sequence[WordsOverTime]
    ) -> str | None:
        """Find the confirmed words that stood there last; else those that the pack binds, ingested once or shipped."""
        stood = [one.text_sha256 for one in reversed(history)]
        bound = matter.pack.rulebook.bindings.get(str(clause))
        for digest in dict.fromkeys((*stood, bound)):
            if digest is not None and matter.confirms(clause, digest):
                words = await self.words.kept(scope, clause.document_id, digest)
                if words is not None:
                    return words
        return matter.shipped_before(clause)


@dataclass(frozen=True, slots=True)
class _Matter:
    """What stays the same while the clauses of a pack are looked at; `shipped` reads its own texts, once."""

    pack: DomainPack
    confirmed: Confirmed
    shipped: Callable[[], Mapping[ClauseRef, str]]

    def confirms(self, clause: ClauseRef, digest: str | None) -> bool:
        return self.pack.rulebook.confirms(clause, digest, self.confirmed)

    def shipped_before(self, clause: ClauseRef) -> str | None:
        """Give the words that the pack brings along, when these are confirmed ones."""
        try:
            words = self.shipped().get(clause)
        except IngestionError:  # a pack whose own texts cannot be read must not keep others from being ingested
            return None
        return words if words is not None and self.confirms(clause, text_sha256(words)) else None


@dataclass(slots=True)
class PolicyWatch:
    """An `ingestion.ports.Watch` over the clauses that packs encode, for one tenant."""

    packs: Collection[DomainPack]
    confirmations: ConfirmationStore
    tenant: str
    confirmed: Mapping[str, Confirmed] = field(default_factory=dict[str, Confirmed])
    """What was confirmed besides the packs' own bindings, by pack."""

    @property
    def clauses(self) -> frozenset[str]:
        """Every clause, as `document#key`, that a pack encodes."""
        return frozenset(str(clause) for pack in self.packs for clause in pack.rulebook.clauses())

    async def refresh(self) -> None:
        """Learn which words were confirmed since."""
        self.confirmed = {
            pack.name: await self.confirmations.confirmed(self.tenant, pack.name, pack.rulebook.version, OPEN)
            for pack in self.packs
        }

    def drift(self, changes: Sequence[ClauseChange]) -> tuple[Drift, ...]:
        """Name every rule and parameter whose clause gets words that nobody confirmed, or none."""
        found: list[Drift] = []
        for pack in self.packs:
            shipped = cache(partial(shipped_words, pack))
            matter = _Matter(pack, self.confirmed.get(pack.name, ()), shipped)
            found += [drift for change in changes for drift in _drift(matter, change)]
        return tuple(found)


def _drift(matter: _Matter, change: ClauseChange) -> Iterator[Drift]:
    clause = ClauseRef.parse(change.clause)
    encodings = matter.pack.rulebook.encodings().get(clause, ())
    is_law_taken_away = change.after is None and clause in matter.pack.rulebook.laws()
    if not encodings or is_law_taken_away or matter.confirms(clause, change.after_sha256):
        return
    before = change.before if change.before is not None else matter.shipped_before(clause)
    for one in encodings:
        yield Drift(
            pack=matter.pack.name,
            kind=one.kind,
            name=one.name,
            owner=one.owner,
            clause=change.clause,
            before=before,
            after=change.after,
        )


def _by_day(pack: DomainPack, today: date) -> Mapping[date, list[str]]:
    days: dict[date, list[str]] = {}
    for clause in sorted(pack.rulebook.clauses(), key=str):
        days.setdefault(pack.rulebook.relevant_day(clause, today), []).append(str(clause))
    return days


def _state(after: str | None, history: Sequence[WordsOverTime], *, known: bool) -> StaleState:
    if after is None:
        return "gone" if history else "not_ingested"
    return "changed" if known else "unconfirmed"


def _since(history: Sequence[WordsOverTime], generation: int, confirms: Callable[[str | None], bool]) -> int | None:
    """Give the first generation of the unbroken time without confirmed words that lasts until `generation`."""
    since, until = None, generation + 1
    for one in reversed(history):
        if one.valid_to_generation < until:
            since = one.valid_to_generation
        if confirms(one.text_sha256):
            break
        since = until = one.valid_from_generation
    return since


def _moved(clause: ClauseRef, before: str | None, standing: Mapping[str, str]) -> str | None:
    """Find the clause that has the confirmed words now, whatever number stands before them."""
    if before is None:
        return None
    wanted = _unnumbered(before, clause.key)
    keys = (key for key, words in standing.items() if key != clause.key and _unnumbered(words, key) == wanted)
    found = next(keys, None) if wanted else None
    return None if found is None else f"{clause.document_id}#{found}"


def _unnumbered(words: str, key: str) -> str:
    """Leave out the number that a clause begins with, which is its key or the end of it."""
    plain = " ".join(words.split()).lstrip("#*_ ")
    number = next((key[start:] for start in range(len(key)) if plain.startswith(key[start:])), "")
    return plain.removeprefix(number).lstrip("*_. )")
