"""Turns texts into signatures by which copies are found, and revisions that are copies into families.

A signature is a MinHash: of 128 random orders of all five-word shingles, the first shingle of the text in each. The
share of equal places in two signatures estimates the Jaccard similarity of the texts' shingles (Broder, 1997). An
excerpt is no copy: it shares few of all the shingles, however many of its own.

Signatures are kept, so they must never come out otherwise for the same words: the hash is CRC-32 of each word, mixed by
constants drawn from SHAKE-256.
"""

import hashlib
import math
import re
import unicodedata
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingestion.report import Copies

PLACES: Final = 128
"""Numbers in a signature; the standard error of an estimate of 0.9 is 0.027."""

SHINGLE: Final = 5
"""Words in a shingle."""

FEWEST_SHINGLES: Final = 20
"""A text with fewer shingles is similar to one of the very same words only, not to any other."""

Signature = tuple[int, ...]
"""PLACES whole numbers below 2**32; empty for a text without words, which is similar to nothing."""


def signature(text: str) -> Signature:
    """Sign the words of a text, whatever their case, white space, punctuation, and breaks at the ends of lines."""
    least = np.full(PLACES, _MOST, dtype=np.uint32)
    count, rest = 0, np.zeros(0, dtype=np.uint64)
    whole = hashlib.sha256()
    for hashes in _word_hashes(text):
        joined = np.concatenate([rest, hashes])
        count += len(hashes)
        if count < FEWEST_SHINGLES + SHINGLE:
            whole.update(hashes.astype("<u8").tobytes())
        if len(joined) >= SHINGLE:
            np.minimum(least, _least(_shingles(joined)), out=least)
        rest = joined[-(SHINGLE - 1) :]
    if count < FEWEST_SHINGLES + SHINGLE - 1:
        return _exact(whole.digest()) if count else ()
    return tuple(least.tolist())


def similarity(one: Signature, other: Signature) -> float:
    """Estimate the Jaccard similarity of two texts, 0 to 1, by their signatures."""
    if not one or not other:
        return 0.0
    return sum(a == b for a, b in zip(one, other, strict=True)) / PLACES


def families_of(
    new: Mapping[str, Signature], known: Mapping[str, tuple[str | None, Signature]], similar: float
) -> Mapping[str, str]:
    """Give every new revision (by id) the family of those that it is a copy of, else one of its own.

    Copies of copies are copies. Known revisions keep their family, so that two of these which a new one joins stay two:
    it takes the one with which it shares every place of its signature, else the first by name. Nothing depends on the
    order of revisions, and a family's name tells nothing of any.
    """
    texts = _Texts(new, known)
    linked = _linked(texts, similar)
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for text, root in enumerate(linked):
        groups[root].append(text)
    found: dict[str, str] = {}
    for group in groups.values():
        ids = [one for text in group for one in texts.new[text]]
        if ids:
            heard = {family for text in group for family in texts.families[text]}
            common = min(heard) if heard else _named(min(ids))
            for text in group:
                own = min(texts.families[text], default=common)
                found |= dict.fromkeys(texts.new[text], own)
    return found


def copies(before: Mapping[str, str | None], after: Mapping[str, str | None]) -> tuple[Copies, ...]:
    """List the documents of each family that gained a member; `before` and `after` give the family by document id."""
    members: defaultdict[str, list[str]] = defaultdict(list)
    for document, family in sorted(after.items()):
        if family is not None:
            members[family].append(document)
    return tuple(
        Copies(documents=tuple(documents))
        for family, documents in sorted(members.items(), key=lambda one: one[1])
        if len(documents) > 1 and any(before.get(document) != family for document in documents)
    )


Hashes = NDArray[np.uint64]
Places = NDArray[np.uint32]

_MOST: Final = 2**32 - 1
_BLOCK: Final = 1_000_000
_PIECE: Final = 1_024
_SCRIPTS_WITHOUT_SPACES: Final = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_WORD: Final = re.compile(rf"[{_SCRIPTS_WITHOUT_SPACES}]|[^\W_{_SCRIPTS_WITHOUT_SPACES}]+")


def _drawn(what: str, count: int) -> Hashes:
    """Draw odd numbers of 64 bits that are the same for ever."""
    drawn = hashlib.shake_256(f"toulmin signature 1: {what}".encode()).digest(8 * count)
    return np.frombuffer(drawn, dtype="<u8").astype(np.uint64) | np.uint64(1)


_WEIGHTS: Final = _drawn("words of a shingle", SHINGLE)
_FACTORS: Final[Places] = _drawn("factors", PLACES).astype(np.uint32)[:, None]
_ADDENDS: Final[Places] = (_drawn("addends", PLACES) >> np.uint64(32)).astype(np.uint32)[:, None]
_MIXERS: Final = _drawn("mixers", 2)
_BANDING: Final = _drawn("bands", PLACES)


class _WordHashes(dict[str, int]):
    """Hashes of words, each computed once."""

    def __missing__(self, word: str) -> int:
        made = self[word] = zlib.crc32(word.encode(errors="surrogatepass"))
        return made


def _word_hashes(text: str) -> Iterator[Hashes]:
    """Hash the words, block by block, so that a long text never lies there a second time as words."""
    for block in _blocks(text):
        plain = unicodedata.normalize("NFKC", block).casefold().replace("\u00ad", "").replace("-\n", "")
        words: list[str] = _WORD.findall(plain)
        hashes = _WordHashes()
        yield _mixed(np.fromiter((hashes[word] for word in words), dtype=np.uint64, count=len(words)))


def _blocks(text: str) -> Iterator[str]:
    start = 0
    while start < len(text):
        end = text.find(" ", start + _BLOCK)
        end = len(text) if end < 0 else end
        yield text[start:end]
        start = end


def _mixed(numbers: Hashes) -> Hashes:
    """Spread numbers over 64 bits."""
    spread = numbers * _MIXERS[0]
    spread ^= spread >> np.uint64(32)
    spread *= _MIXERS[1]
    return spread ^ (spread >> np.uint64(32))


def _shingles(words: Hashes) -> Places:
    """Hash every run of words: a weighted sum modulo 2**64, mixed, of which the upper half counts."""
    length = len(words) - SHINGLE + 1
    sums = np.zeros(length, dtype=np.uint64)
    for place, weight in enumerate(_WEIGHTS):
        sums += words[place : place + length] * weight
    return (_mixed(sums) >> np.uint64(32)).astype(np.uint32)


def _least(shingles: Places) -> Places:
    """Find the least of all shingles in each order; an order is a bijection of 32-bit numbers: odd factor, addend."""
    least = np.full(PLACES, _MOST, dtype=np.uint32)
    for start in range(0, len(shingles), _PIECE):
        ordered = _FACTORS * shingles[None, start : start + _PIECE] + _ADDENDS
        np.minimum(least, ordered.min(axis=1), out=least)
    return least


def _exact(digest: bytes) -> Signature:
    """Make a signature of which no other words have a place."""
    return tuple(np.frombuffer(hashlib.shake_256(digest).digest(4 * PLACES), dtype="<u4").tolist())


def _named(revision_id: str) -> str:
    return f"fam_{hashlib.sha256(f'family of {revision_id}'.encode()).hexdigest()[:24]}"


class _Texts:
    """The different signatures, with the new revisions and the known families of each."""

    def __init__(self, new: Mapping[str, Signature], known: Mapping[str, tuple[str | None, Signature]]) -> None:
        self.new: list[list[str]] = []
        self.families: list[set[str]] = []
        self._places: dict[Signature, int] = {}
        for revision_id, signed in new.items():
            # What has no words is like nothing, not even like its kind.
            self.new[self._place(signed or _exact(revision_id.encode()))].append(revision_id)
        for family, signed in known.values():
            if signed:
                place = self._place(signed)
                self.families[place] |= set() if family is None else {family}
        self.signed: Places = np.array([*self._places], dtype=np.uint32).reshape(len(self._places), PLACES)

    def _place(self, signed: Signature) -> int:
        place = self._places.setdefault(signed, len(self._places))
        if place == len(self.new):
            self.new.append([])
            self.families.append(set())
        return place


def _linked(texts: _Texts, similar: float) -> list[int]:
    """Give each text the root of those that it is linked to by similar pairs of which one at least is new."""
    equal = math.ceil(similar * PLACES - 1e-9)
    is_new = np.array([bool(ids) for ids in texts.new], dtype=np.bool_)
    roots = list(range(len(texts.new)))
    for bucket in _buckets(texts.signed, PLACES - equal + 1):
        if is_new[bucket].any():
            for one, others in _similar_pairs(texts.signed, bucket, is_new, equal):
                for other in others:
                    roots[_root(roots, other)] = _root(roots, one)
    return [_root(roots, text) for text in range(len(roots))]


def _buckets(signed: Places, bands: int) -> Iterator[NDArray[np.intp]]:
    """Group texts that may be similar: where fewer places differ than there are bands, one band at least is equal."""
    for places in np.array_split(np.arange(PLACES), bands):
        keys = (signed[:, places].astype(np.uint64) * _BANDING[places]).sum(axis=1, dtype=np.uint64)
        order = np.argsort(keys, kind="stable")
        ends = np.flatnonzero(np.diff(keys[order])) + 1
        yield from (bucket for bucket in np.split(order, ends) if len(bucket) > 1)


def _similar_pairs(
    signed: Places, bucket: NDArray[np.intp], is_new: NDArray[np.bool_], equal: int
) -> Iterator[tuple[int, list[int]]]:
    """Link the texts of a bucket; each is compared with those that are not linked yet, so that copies cost little."""
    waiting = bucket
    while len(waiting):
        reached, waiting = [int(waiting[0])], waiting[1:]
        while reached and len(waiting):
            one = reached.pop()
            near = (signed[waiting] == signed[one]).sum(axis=1) >= equal
            if not is_new[one]:
                near &= is_new[waiting]
            others: list[int] = waiting[near].tolist()
            if others:
                yield one, others
            reached += others
            waiting = waiting[~near]


def _root(roots: list[int], text: int) -> int:
    while roots[text] != text:
        roots[text] = roots[roots[text]]
        text = roots[text]
    return text
