"""Word files as canonical text: headings, the numbers that Word prints, tables, footnotes; and hostile archives."""

import zipfile
from pathlib import Path
from typing import Protocol, cast

import docx
import pytest

from ingestion.parsers import ParsedText, parse
from ingestion.ports import UnreadableSourceError
from ingestion.settings import ParsingLimits

_NAMES = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


class _Cell(Protocol):
    text: str

    def merge(self, other: "_Cell", /) -> object: ...


def _packed(path: Path, body: str, **parts: str) -> Path:
    """Write the XML parts of a Word file by hand."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f"<w:document {_NAMES}><w:body>{body}</w:body></w:document>")
        for name, content in parts.items():
            archive.writestr(f"word/{name}.xml", f"<w:{name} {_NAMES}>{content}</w:{name}>")
    return path


def _paragraph(words: str, list_level: int | None = None, list_id: int = 1, style: str = "") -> str:
    properties = f'<w:pStyle w:val="{style}"/>' if style else ""
    if list_level is not None:
        properties += f'<w:numPr><w:ilvl w:val="{list_level}"/><w:numId w:val="{list_id}"/></w:numPr>'
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{words}</w:t></w:r></w:p>"


def _level(place: int, form: str, text: str, more: str = "") -> str:
    said = f'<w:numFmt w:val="{form}"/>{more}<w:lvlText w:val="{text}"/>'
    return f'<w:lvl w:ilvl="{place}"><w:start w:val="1"/>{said}</w:lvl>'


LEVELS = (
    _level(0, "decimal", "Article %1", '<w:pStyle w:val="Heading1"/>')
    + _level(1, "decimal", "(%2)")
    + _level(2, "lowerLetter", "(%3)")
    + _level(3, "lowerRoman", "%1.%2.%4")
)
NUMBERING = (
    f'<w:abstractNum w:abstractNumId="0">{LEVELS}</w:abstractNum>'
    '<w:abstractNum w:abstractNumId="5"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="\uf0b7"/></w:lvl>'
    "</w:abstractNum>"
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    '<w:num w:numId="2"><w:abstractNumId w:val="0"/>'
    '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="7"/></w:lvlOverride></w:num>'
    '<w:num w:numId="3"><w:abstractNumId w:val="5"/></w:num>'
)
STYLES = (
    '<w:docDefaults><w:rPrDefault><w:rPr><w:lang w:val="de-DE"/></w:rPr></w:rPrDefault></w:docDefaults>'
    '<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/>'
    '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Ours"><w:name w:val="Ours"/><w:basedOn w:val="Heading1"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="TOC1"><w:name w:val="toc 1"/></w:style>'
)


def _refusal(path: Path, limits: ParsingLimits | None = None) -> UnreadableSourceError:
    with pytest.raises(UnreadableSourceError) as refusal:
        parse(path, limits or ParsingLimits())
    assert refusal.value.remedy
    return refusal.value


def test_a_file_by_a_word_processor(tmp_path: Path) -> None:
    document = docx.Document()
    document.core_properties.title = "Valuation policy"
    document.core_properties.language = "en-GB"
    document.add_heading("Valuation", 0)
    document.add_heading("Scope", 1)
    document.add_paragraph("All loans.\nEven small ones.")
    document.add_paragraph("First", "List Number")
    document.add_paragraph("Second", "List Number")
    document.add_paragraph("A point", "List Bullet")
    table = document.add_table(2, 3)
    cells = [[cast("_Cell", table.cell(row, column)) for column in range(3)] for row in range(2)]
    for row, line in enumerate(cells):
        for column, cell in enumerate(line):
            cell.text = f"c{row}{column}"
    cells[1][0].merge(cells[1][1])
    document.add_heading("Details", 2)
    document.add_paragraph("# no heading")
    path = tmp_path / "a.docx"
    document.save(str(path))
    parsed = parse(path)
    assert parsed == ParsedText(
        "# Valuation\n\n## Scope\n\nAll loans.\nEven small ones.\n\n1. First\n\n2. Second\n\n- A point\n\n"
        "| c00 | c01 | c02 |\n|---|---|---|\n| c10 c11 |  | c12 |\n\n### Details\n\n\\# no heading",
        title="Valuation policy",
        language="en-GB",
    )


def test_numbers_are_those_that_are_printed(tmp_path: Path) -> None:
    body = (
        _paragraph("Scope", style="Ours")
        + _paragraph("one", 1)
        + _paragraph("first", 2)
        + _paragraph("deep", 3)
        + _paragraph("second", 2)
        + _paragraph("two", 1)
        + _paragraph("again", 2)
        + _paragraph("Terms", style="Heading1")
        + _paragraph("one", 1)
        + _paragraph("Later", 0, list_id=2, style="Heading1")
        + _paragraph("point", 0, list_id=3)
        + _paragraph("unknown list", 0, list_id=99)
    )
    parsed = parse(_packed(tmp_path / "a.docx", body, numbering=NUMBERING, styles=STYLES))
    assert parsed.canonical_text.split("\n\n") == [
        "# Article 1 Scope",
        "(1) one",
        "(a) first",
        "1.1.i deep",
        "(b) second",
        "(2) two",
        "(a) again",
        "# Article 2 Terms",
        "(1) one",
        "# Article 7 Later",
        "- point",
        "unknown list",
    ]
    assert parsed.language == "de-DE"


def test_footnotes_follow_their_paragraph(tmp_path: Path) -> None:
    body = (
        '<w:p><w:r><w:t>Text</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r><w:r><w:t>.</w:t></w:r></w:p>'
        + _paragraph("Next")
    )
    notes = (
        '<w:footnote w:type="separator" w:id="0"><w:p/></w:footnote>'
        '<w:footnote w:id="2"><w:p><w:r><w:t>See the Act.</w:t></w:r></w:p></w:footnote>'
    )
    parsed = parse(_packed(tmp_path / "a.docx", body, footnotes=notes))
    assert parsed.canonical_text == "Text[^2].\n\n[^2]: See the Act.\n\nNext"


def test_changes_count_as_accepted_and_hidden_words_are_told(tmp_path: Path) -> None:
    body = (
        "<w:p><w:r><w:t>Kept</w:t></w:r><w:del><w:r><w:delText>old</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t> new</w:t></w:r></w:ins>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>unseen</w:t></w:r>"
        '<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:tab/><w:t>seen</w:t></w:r></w:p>'
        + _paragraph("Scope ... 3", style="TOC1")
    )
    parsed = parse(_packed(tmp_path / "a.docx", body, styles=STYLES))
    assert parsed.canonical_text == "Kept new seen"
    assert parsed.notes == ("hidden text left out", "table of contents left out")


def test_a_bomb_is_refused_unopened(tmp_path: Path) -> None:
    path = _packed(tmp_path / "a.docx", _paragraph("x"))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/media/picture.bin", b"\0" * 5_000_000)
    assert "as only a bomb does" in _refusal(path).reason


def test_more_text_than_the_limit_is_refused(tmp_path: Path) -> None:
    words = "".join(_paragraph(f"number {n} of many {n * n}") for n in range(20_000))
    path = _packed(tmp_path / "a.docx", words)
    assert "more than 1 MB of text" in _refusal(path, ParsingLimits(largest_text_mb=1)).reason


def test_a_size_that_is_a_lie_is_noticed(tmp_path: Path) -> None:
    path = _packed(tmp_path / "a.docx", "".join(_paragraph(f"number {n}") for n in range(20_000)))
    raw = bytearray(path.read_bytes())
    place = raw.rindex(b"PK\x01\x02")
    raw[place + 24 : place + 28] = (1000).to_bytes(4, "little")
    path.write_bytes(bytes(raw))
    assert "not a readable Office file" in _refusal(path).reason


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "it is encrypted, or of an Office before 2007"),
        (b"PK\x03\x04 and nothing else", "it is not a readable Office file"),
        (b"Just words", "it is not a readable Office file"),
    ],
)
def test_what_is_no_word_file_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(content)
    assert reason in _refusal(path).reason


def test_another_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    assert "holds no Word document" in _refusal(path).reason


def test_entities_and_depth_inside_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", '<!DOCTYPE w [<!ENTITY a "b">]><w>&a;</w>')
    assert "declares a document type" in _refusal(path).reason
    assert "deep" in _refusal(_packed(path, "<w:sdt>" * 300 + "</w:sdt>" * 300)).reason
    assert "markup is broken" in _refusal(_packed(path, "<w:p>")).reason
