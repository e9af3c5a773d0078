"""Sources as fingerprints and as parsed revisions."""

import os
from datetime import date
from pathlib import Path

import pytest

from ingestion.answers import Part, check, joined, parts_of
from ingestion.ingests import ParsedRevision
from ingestion.ports import UnreadableSourceError
from ingestion.reading import Reader
from ingestion.settings import ParsingLimits
from ingestion.source import Source
from retrieval.corpus import OPEN, RecordKind

TEXT = "# Delay\n\n## 1 Terms\n\n\u201cCarrier\u201d means an airline.\n\n## 2 Duty\n\nA carrier pays. See clause 1.\n"
MAPPING = '[columns]\nid = "PID"\ndate = "Sold"\nprice = "SalePrice"\n'


@pytest.fixture
def text(tmp_path: Path) -> Source:
    path = tmp_path / "delay.md"
    path.write_text(TEXT, encoding="utf-8")
    return Source(path=path, root=str(tmp_path), document_id="delay", effective_from=date(2005, 2, 17))


@pytest.fixture
def table(tmp_path: Path) -> Source:
    path, mapping = tmp_path / "sales.csv", tmp_path / "sales.toml"
    path.write_text("PID,Sold,SalePrice\n1,2010-05-01,5\n2,2010-05-02,6\n", encoding="utf-8")
    mapping.write_text(MAPPING, encoding="utf-8")
    return Source(path=path, root=str(tmp_path), document_id="sales", kind="table", record="sale", mapping=mapping)


@pytest.fixture
def reader(sale: RecordKind) -> Reader:
    return Reader({"sale": sale}, "words-1", "acme")


def test_a_document_is_read_with_everything_in_it(reader: Reader, text: Source) -> None:
    parsed = reader.read(text, "f" * 64, "ing-1")
    revision = parsed.revision
    assert (revision.canonical_text, revision.document.tenant, revision.document.title) == (TEXT, "acme", "Delay")
    assert (revision.valid_from_generation, revision.valid_to_generation) == (OPEN, OPEN)
    assert revision.id.startswith("rev_")
    assert len(revision.id) == 28
    assert {"1", "2"} <= {clause.key for clause in parsed.clauses}
    assert [definition.term for definition in parsed.definitions] == ["Carrier"]
    assert parsed.fingerprint == "f" * 64
    assert parsed.signature
    assert all(chunk.text in TEXT for chunk in parsed.chunks)


def test_a_table_is_read_with_its_problems(reader: Reader, table: Source) -> None:
    parsed = reader.read(table, "f", "ing-1")
    assert [record.id for record in parsed.records] == ["sales:1", "sales:2"]
    assert parsed.problems == ()
    assert any("no row has coordinates" in note for note in parsed.notes)
    (table.mapping or Path()).write_text(MAPPING + "[schema]\nleast_rows = 3\n", encoding="utf-8")
    assert reader.read(table, "f", "ing-1").problems == ("2 rows can be read, fewer than 3",)


def test_an_ingest_a_tenant_and_a_source_make_a_revision_of_their_own(sale: RecordKind, text: Source) -> None:
    one, other = Reader({"sale": sale}, "m", "a"), Reader({"sale": sale}, "m", "b")
    ids = {
        one.read(text, "f", "ing-1").revision.id,
        one.read(text, "f", "ing-2").revision.id,
        one.read(text, "g", "ing-1").revision.id,
        other.read(text, "f", "ing-1").revision.id,
    }
    assert len(ids) == 4
    assert one.read(text, "f", "ing-1").revision.id in ids


def test_a_fingerprint_covers_bytes_properties_place_and_how_it_is_read(
    reader: Reader, sale: RecordKind, text: Source, table: Source
) -> None:
    moved = text.path.with_name("moved.md")
    moved.write_text(TEXT, encoding="utf-8")
    marks = [
        reader.fingerprint(text),
        reader.fingerprint(text.model_copy(update={"owner": "legal"})),
        reader.fingerprint(text.model_copy(update={"groups": ("finance",)})),
        reader.fingerprint(text.model_copy(update={"path": moved})),
        Reader({"sale": sale}, "words-2", "acme").fingerprint(text),
        reader.fingerprint(table),
        Reader({"sale": RecordKind("sale", 3, sale.vector)}, "words-1").fingerprint(table),
    ]
    again = reader.fingerprint(text)
    assert again == marks[0]
    assert reader.fingerprint(text.model_copy(update={"refresh_days": 7.0})) == again
    text.path.write_text(TEXT + " ", encoding="utf-8")
    marks.append(reader.fingerprint(text))
    (table.mapping or Path()).write_text(MAPPING + "[schema]\nleast_rows = 3\n", encoding="utf-8")
    marks.append(reader.fingerprint(table))
    assert len(set(marks)) == len(marks)


def test_the_same_words_in_other_bytes_have_one_text_fingerprint(reader: Reader, text: Source) -> None:
    before = reader.read(text, reader.fingerprint(text), "ing-1")
    text.path.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    after = reader.read(text, reader.fingerprint(text), "ing-2")
    assert before.fingerprint != after.fingerprint
    assert before.text_fingerprint == after.text_fingerprint
    other = text.model_copy(update={"owner": "legal"})
    assert reader.read(other, "f", "ing-3").text_fingerprint != before.text_fingerprint


def test_what_cannot_be_read_is_told_with_a_remedy(reader: Reader, text: Source, table: Source) -> None:
    gone = text.model_copy(update={"path": text.path.with_name("gone.md")})
    odd = table.model_copy(update={"record": "flight"})
    (table.mapping or Path()).write_text("[column]\n", encoding="utf-8")
    for source, message in ((gone, "cannot be opened"), (odd, "kind 'flight'"), (table, "is not a known key")):
        with pytest.raises(UnreadableSourceError, match=message) as refusal:
            reader.fingerprint(source)
        assert refusal.value.remedy
        with pytest.raises(UnreadableSourceError, match=message):
            reader.read(source, "f", "ing-1")


def test_a_file_beyond_the_limit_is_refused_before_it_is_read(sale: RecordKind, tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    path.touch()
    os.truncate(path, 500 * 1024**2)
    reader = Reader({"sale": sale}, "m", limits=ParsingLimits(largest_mb=10))
    with pytest.raises(UnreadableSourceError, match="500 MB, more than the 10 MB"):
        reader.fingerprint(Source(path=path, root=str(tmp_path), document_id="large"))


def test_an_answer_is_put_together_from_its_parts(reader: Reader, table: Source) -> None:
    rows = "".join(f"{number},2010-05-01,{number + 1}\n" for number in range(1201))
    table.path.write_text(f"PID,Sold,SalePrice\n{rows}", encoding="utf-8")
    parsed = reader.read(table, "f", "ing-1")
    parts = [Part.model_validate_json(part.model_dump_json()) for part in parts_of(parsed)]
    assert max(len(part.records) for part in parts) == 500
    assert joined(parts) == parsed
    check(joined(parts), reader, table, "f", "ing-1")


def _claims(parsed: ParsedRevision) -> dict[str, ParsedRevision]:
    """Say what a child could that a file has taken over."""
    revision, chunk, clause = parsed.revision, parsed.chunks[0], parsed.clauses[0]

    def revised(**values: object) -> ParsedRevision:
        return parsed.model_copy(update={"revision": revision.model_copy(update=values)})

    def described(**values: object) -> ParsedRevision:
        return revised(document=revision.document.model_copy(update=values))

    return {
        "another document": described(id="other"),
        "another title": described(title="Another Law"),
        "other readers": described(groups=("public",)),
        "another tenant": described(tenant="other"),
        "more trust": described(trust_tier="official"),
        "another revision": revised(id="rev_other"),
        "other dates": revised(effective_from=None),
        "a generation": revised(valid_from_generation=1),
        "other words": revised(canonical_text=TEXT.replace("pays", "owes")),
        "a family": revised(family="fam"),
        "pages": revised(page_starts=(5, 3)),
        "another fingerprint": parsed.model_copy(update={"fingerprint": "g"}),
        "words that are not there": parsed.model_copy(
            update={"chunks": (chunk.model_copy(update={"text": "never said"}),)}
        ),
        "a chunk of nothing": parsed.model_copy(update={"chunks": (chunk.model_copy(update={"clause_key": "99"}),)}),
        "a clause elsewhere": parsed.model_copy(
            update={"clauses": (clause.model_copy(update={"document_id": "other"}), *parsed.clauses[1:])}
        ),
        "a clause twice": parsed.model_copy(update={"clauses": (clause, *parsed.clauses)}),
        "a place outside": parsed.model_copy(
            update={
                "definitions": tuple(
                    one.model_copy(update={"span": one.span.model_copy(update={"end": 10_000})})
                    for one in parsed.definitions
                )
            }
        ),
    }


def _refused(claim: ParsedRevision, reader: Reader, source: Source) -> bool:
    try:
        check(claim, reader, source, "f", "ing-1")
    except ValueError:
        return True
    return False


def test_an_answer_may_speak_for_nothing_but_its_source(reader: Reader, text: Source) -> None:
    parsed = reader.read(text, "f", "ing-1")
    text = text.model_copy(update={"title": "Delay"})
    check(parsed, reader, text, "f", "ing-1")
    for name, claim in _claims(parsed).items():
        assert _refused(claim, reader, text), f"{name} was believed"


def test_a_record_may_not_take_the_id_of_another_documents(reader: Reader, table: Source) -> None:
    parsed = reader.read(table, "f", "ing-1")
    record = parsed.records[0].model_copy(update={"id": "other:1"})
    with pytest.raises(ValueError, match="id of another document"):
        check(parsed.model_copy(update={"records": (record,)}), reader, table, "f", "ing-1")
