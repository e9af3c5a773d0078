"""PDF files as canonical text: pages, running lines, what cannot be read."""

from pathlib import Path

import pytest

from ingestion.parsers import parse
from ingestion.parsers.page_margins import without_running_lines
from ingestion.ports import UnreadableSourceError


def _pdf(*pages: str, title: str | None = None, trailer: str = "", catalog: str = "") -> bytes:
    """Write a PDF by hand: one font, the lines of each page (none for an empty string)."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    bodies = [
        f"<< /Type /Catalog /Pages 2 0 R {catalog}>>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for n, words in enumerate(pages):
        shown = " 0 -20 Td ".join(f"({line}) Tj" for line in words.split("\n"))
        stream = f"BT /F1 12 Tf 72 720 Td {shown} ET" if words else ""
        bodies.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> "
            f"/Contents {5 + 2 * n} 0 R >>"
        )
        bodies.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    bodies.append(f"<< /Title ({title or ''}) >>")
    out = "%PDF-1.4\n"
    places: list[int] = []
    for number, body in enumerate(bodies, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    xref = len(out)
    out += f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n"
    out += "".join(f"{place:010d} 00000 n \n" for place in places)
    out += f"trailer\n<< /Size {len(bodies) + 1} /Root 1 0 R /Info {len(bodies)} 0 R {trailer}>>\n"
    return (out + f"startxref\n{xref}\n%%EOF\n").encode("latin-1")


def _refusal(path: Path) -> UnreadableSourceError:
    with pytest.raises(UnreadableSourceError) as refusal:
        parse(path)
    assert refusal.value.remedy
    return refusal.value


def test_pdf_gives_its_pages_and_where_they_start(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(_pdf("4.1 First page words.", "", "Third page words.", title="Policy"))
    parsed = parse(path)
    starts = parsed.page_starts
    assert parsed.title == "Policy"
    assert len(starts) == 3
    assert parsed.canonical_text[starts[0] :].startswith("4.1 First page words.")
    assert parsed.canonical_text[starts[2] :] == "Third page words."


def test_pdf_of_pictures_asks_for_text_recognition(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(_pdf("", ""))
    refusal = _refusal(path)
    assert refusal.reason == "scanned pages, no text"
    assert "OCR" in refusal.remedy


def test_encrypted_pdf_asks_for_a_copy_without_password(tmp_path: Path) -> None:
    path = tmp_path / "locked.pdf"
    secret = "<" + "00" * 32 + ">"
    identity = "<" + "11" * 16 + ">"
    path.write_bytes(
        _pdf(
            "words",
            trailer=f"/ID [{identity} {identity}] "
            f"/Encrypt << /Filter /Standard /V 1 /R 2 /O {secret} /U {secret} /P -4 >> ",
        )
    )
    assert _refusal(path).reason == "it is encrypted"


def test_broken_pdf_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "broken.pdf"
    path.write_bytes(b"%PDF-1.4 and then nothing")
    assert "not a readable PDF" in _refusal(path).reason


def test_pages_without_text_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(_pdf("One", "", "Three", ""))
    parsed = parse(path)
    assert parsed.notes == ("pages 2, 4 hold no text (scanned?)",)
    assert len(parsed.page_starts) == 4
    path.write_bytes(_pdf("One", ""))
    assert parse(path).notes == ("page 2 holds no text (scanned?)",)


def test_language_of_the_catalog_and_no_title_of_a_program(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(_pdf("Wort", title="Microsoft Word - x.doc", catalog="/Lang \\(de-AT\\) ".replace("\\", "")))
    parsed = parse(path)
    assert parsed.language == "de-AT"
    assert parsed.title is None


def test_running_lines_are_left_out_and_spans_keep_their_pages(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    names = ("one", "two", "three", "four")
    pages = [
        f"Lending policy 2026\nSection {n}.\nWords of page {name}.\nPage {n} of 4" for n, name in enumerate(names, 1)
    ]
    path.write_bytes(_pdf(*pages))
    parsed = parse(path)
    assert parsed.canonical_text.count("Lending policy 2026") == 1
    assert "Page " not in parsed.canonical_text
    starts = [*parsed.page_starts, len(parsed.canonical_text)]
    for n, name in enumerate(names):
        assert f"Section {n + 1}.\nWords of page {name}." in parsed.canonical_text[starts[n] : starts[n + 1]]
    assert parsed.notes == ("7 running headers, footers and page numbers left out",)


@pytest.mark.parametrize(
    "pages",
    [
        [[f"Article {n}", f"words {n}"] for n in range(1, 9)],
        [[f"{n * 7}", f"words {n}"] for n in range(1, 9)],
        [["Same", "words"], ["Same", "words"]],
        [["\u00a7 1", "a"], ["\u00a7 2", "b"], ["\u00a7 3", "c"]],
    ],
)
def test_what_only_looks_like_a_running_line_stays(pages: list[list[str]]) -> None:
    assert without_running_lines(pages) == (pages, 0)


def test_left_and_right_pages_have_their_own_headers() -> None:
    pages = [[("The Act" if n % 2 else "Part I"), f"words {n}", f"- {n + 5} -"] for n in range(8)]
    kept, left_out = without_running_lines(pages)
    assert kept == [["Part I", "words 0"], ["The Act", "words 1"], *([f"words {n}"] for n in range(2, 8))]
    assert left_out == 14
