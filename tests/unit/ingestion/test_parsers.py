"""Files as canonical text, and why a file is set aside."""

from pathlib import Path

import pytest

from ingestion.parsers import parse, text
from ingestion.ports import UnreadableSourceError


def _pdf(*pages: str, title: str | None = None, trailer: str = "") -> bytes:
    """Write a PDF by hand: one font, one line of text a page (none for an empty string)."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    bodies = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for n, words in enumerate(pages):
        stream = f"BT /F1 12 Tf 72 720 Td ({words}) Tj ET" if words else ""
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


def test_markdown_keeps_its_text_but_for_newlines_bom_and_composition(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes("\ufeff## Cafe\u0301 rules\r\n\r\n*text*\r  # **Policy**\n".encode())
    parsed = parse(path)
    assert parsed.canonical_text == "## Caf\u00e9 rules\n\n*text*\n  # **Policy**\n"
    assert parsed.title == "Policy"
    assert parsed.page_starts == ()


def test_plain_text_has_no_title(tmp_path: Path) -> None:
    path = tmp_path / "a.TXT"
    path.write_text("# not a heading here", encoding="utf-8")
    assert parse(path).title is None


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


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.md", b"", "the file is empty"),
        ("a.md", b" \n\t\n", "it holds no words"),
        ("a.txt", b"caf\xe9", "byte 3 is not UTF-8"),
        ("a.txt", b"a\x00b", "NUL"),
        ("a.docx", b"PK", "no parser reads files with the suffix '.docx'"),
        ("a.csv", b"a,b", "it is a table"),
    ],
)
def test_an_unusable_file_is_set_aside_with_its_reason(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert reason in _refusal(path).reason


def test_a_file_that_is_too_large_is_set_aside_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    with path.open("wb") as file:
        file.truncate(text.MAXIMUM_BYTES + 1)
    assert _refusal(path).reason == "it is larger than 50 MB"


def test_a_file_that_is_gone_is_set_aside(tmp_path: Path) -> None:
    assert "cannot be opened" in _refusal(tmp_path / "gone.md").reason
