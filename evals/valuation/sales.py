"""Turns a table of sales and its mapping into the market to be valued, and into what may not be known of it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from decision.packs.real_estate.features import LABELS, NUMBERS, SALE, may_tell
from decision.packs.real_estate.market import Market, market_of
from evals.datasets import EvaluationError
from ingestion.mappings import TableMapping, read_mapping
from ingestion.ports import UnreadableSourceError
from ingestion.settings import ParsingLimits
from ingestion.table_text import read_table_text
from ingestion.tables import TableRead, read_table
from retrieval.corpus import KNOWN_BEFORE, Document, Record, Revision


@dataclass(frozen=True, slots=True)
class SalesTable:
    """A table as it was read: all its records, the arm's-length market, what is odd about it, and its sources.

    `sources` are the hashes (SHA-256) of the files by their names.
    """

    records: tuple[Record, ...]
    market: Market
    mapping: TableMapping
    remarks: tuple[str, ...]
    sources: dict[str, str]


def read_sales(sales: Path, mapping: Path) -> SalesTable:
    """Read a table as ingestion does; an EvaluationError names the file and what to do."""
    for path, option in ((sales, "--sales"), (mapping, "--mapping")):
        if not path.is_file():
            raise EvaluationError(f"{option}: there is no file {path}; give the path of one.")
    meaning = read_mapping(mapping).renamed(SALE.synonyms)
    name = sales.stem
    try:
        text = read_table_text(sales, ParsingLimits(), meaning)
        document = Document(id=name, title=name, source=sales.name, owner="evals", kind="table")
        revision = Revision(
            id=name, document=document, content_sha256=_sha256(sales), canonical_text=text, valid_from_generation=1
        )
        read = read_table(revision, meaning, SALE)
    except UnreadableSourceError as error:
        raise EvaluationError(f"{sales}, read by {mapping}: {error}.") from error
    if "price" not in meaning.columns:
        raise EvaluationError(f"{mapping}: columns.price is missing; say which column holds the price.")
    market = market_of(read.records, date.max)
    if not len(market):
        raise EvaluationError(
            f"{sales}, read by {mapping}: none of {len(read.records)} rows is an arm's-length sale with a price and a "
            "living area; correct the mapping's columns or its [validity]."
        )
    remarks = (*read.notes, *read.problems, *_usable(read, market), *_lacking(read), *_beside(read))
    return SalesTable(read.records, market, meaning, remarks, {path.name: _sha256(path) for path in (sales, mapping)})


def sale_only(mapping: TableMapping) -> frozenset[str]:
    """Name what is known only with or after a sale: its price, and what the mapping says of validity (our names)."""
    validity = mapping.validity
    return frozenset({"price", *validity.never_features, *validity.not_arms_length, *_OF_THE_SALE})


_OF_THE_SALE: Final = ("arms_length", "arms_length_reason")


def _usable(read: TableRead, market: Market) -> Sequence[str]:
    aside = len(read.records) - len(market)
    words = f"{aside} of {len(read.records)} rows are not arm's length or lack price or area; they are not used."
    return [words] if aside else []


def _lacking(read: TableRead) -> Sequence[str]:
    values = {name for record in read.records for name in record.values}
    lacking = [name for name in (*NUMBERS, *LABELS) if name not in values]
    found = [f"The table lacks {', '.join(lacking)}; estimates do without, and are worse for it."] if lacking else []
    if not any(record.latitude is not None for record in read.records):
        found.append(
            "Without coordinates comparables are told apart by neighborhood alone, and no distance can be checked."
        )
    return found


def _beside(read: TableRead) -> Sequence[str]:
    """Say which columns beside our characteristics may tell of a value, and which may not by their names."""
    told = str(read.records[0].values.get(KNOWN_BEFORE, "")).split("\n")
    others = [name for name in told if name not in NUMBERS and name not in LABELS]
    offered, refused = ([name for name in others if may_tell(name) is told] for told in (True, False))
    found = [f"Read as further features, where they tell houses apart: {', '.join(offered)}."] if offered else []
    if refused:
        found.append(f"Not read, because their names speak of a price, a sale or people: {', '.join(refused)}.")
    return found


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
