"""Whatever a simple document says, no parser loses a word of it, and clauses slice its canonical text exactly."""

import html
import json
import re
import tempfile
import unicodedata
import zipfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.clauses import split_clauses
from ingestion.parsers import ParsedText, parse
from ingestion.ports import UnreadableSourceError
from retrieval.corpus import Document, Revision

# Decomposed letters too: the canonical text has them composed.
LETTERS = "abcdefgh\u00e4\u00df\u0142\u4e2dABC123" + "e\u0301"
WORDS = st.text(alphabet=LETTERS, min_size=1, max_size=8).map(lambda word: "w" + word)
MARKS = st.sampled_from(
    ["", "(1) ", "(a) ", "1. ", "Article 7 ", "# ", "| ", "``` ", "- ", "\u00a7 3 ", "4.2 ", "<&> "]
)
SENTENCES = st.tuples(MARKS, st.lists(WORDS, min_size=1, max_size=6)).map(lambda said: said[0] + " ".join(said[1]))
KINDS = st.sampled_from(["heading", "paragraph", "list", "table"])
BLOCKS = st.lists(st.tuples(KINDS, st.lists(SENTENCES, min_size=2, max_size=3)), min_size=1, max_size=6)
EXAMPLES = settings(max_examples=60, deadline=None)
_NAMES = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def _parsed(name: str, content: str) -> ParsedText:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_text(content, encoding="utf-8")
        return parse(path)


def _words(text: str) -> list[str]:
    return re.findall(r"w[^\W_]+", unicodedata.normalize("NFC", text))


def _check(parsed: ParsedText, blocks: list[tuple[str, list[str]]]) -> None:
    text = parsed.canonical_text
    assert unicodedata.is_normalized("NFC", text)
    assert "\r" not in text
    assert text == text.strip()
    assert _words(text) == _words(" ".join(" ".join(sentences) for _, sentences in blocks))
    revision = Revision(
        id="rev_1",
        document=Document(id="d", title="d", source="d", owner="o"),
        content_sha256="0",
        canonical_text=text,
        valid_from_generation=1,
    )
    spans = {clause.key: clause.span for clause in split_clauses(revision)}
    covered = set[int]()
    for clause in split_clauses(revision):
        words = text[clause.span.start : clause.span.end]
        assert words.strip() == words != ""
        above = spans[clause.parent] if clause.parent else clause.span
        assert above.start <= clause.span.start < clause.span.end <= above.end
        covered.update(range(clause.span.start, clause.span.end))
    assert all(text[place].isspace() for place in set(range(len(text))) - covered)


def _html(kind: str, sentences: list[str]) -> str:
    said = [html.escape(sentence) for sentence in sentences]
    if kind == "heading":
        return f"<h2>{' '.join(said)}</h2>"
    if kind == "list":
        return "<ol>" + "".join(f"<li>{sentence}</li>" for sentence in said) + "</ol>"
    if kind == "table":
        return "<table><tr>" + "".join(f"<td>{sentence}</td>" for sentence in said) + "</tr></table>"
    return f"<div><p>{'<br>'.join(said)}</p></div>"


@EXAMPLES
@given(BLOCKS)
def test_web_pages(blocks: list[tuple[str, list[str]]]) -> None:
    _check(_parsed("a.html", "<body>" + "\n".join(_html(*block) for block in blocks)), blocks)


def _xml(kind: str, sentences: list[str]) -> str:
    said = [html.escape(sentence) for sentence in sentences]
    if kind == "heading":
        return f"<section><num>{said[0]}</num><heading>{' '.join(said[1:])}</heading></section>"
    if kind == "list":
        return "<list>" + "".join(f"<item><num>(1)</num><p>{sentence}</p></item>" for sentence in said) + "</list>"
    if kind == "table":
        return "<table><tr>" + "".join(f"<td>{sentence}</td>" for sentence in said) + "</tr></table>"
    return f"<p>{said[0]} <i>{' '.join(said[1:])}</i></p>"


@EXAMPLES
@given(BLOCKS, st.sampled_from(["akomaNtoso", "uscDoc", "law"]))
def test_laws(blocks: list[tuple[str, list[str]]], root: str) -> None:
    _check(_parsed("a.xml", f"<{root}>" + "".join(_xml(*block) for block in blocks) + f"</{root}>"), blocks)


def _word(kind: str, sentences: list[str]) -> str:
    runs = [f"<w:p><w:r><w:t>{html.escape(sentence)}</w:t></w:r></w:p>" for sentence in sentences]
    if kind == "heading":
        return "".join(run.replace("<w:r>", '<w:pPr><w:outlineLvl w:val="1"/></w:pPr><w:r>', 1) for run in runs)
    if kind == "table":
        return "<w:tbl><w:tr>" + "".join(f"<w:tc>{run}</w:tc>" for run in runs) + "</w:tr></w:tbl>"
    return "".join(runs)


@EXAMPLES
@given(BLOCKS)
def test_word_files(blocks: list[tuple[str, list[str]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.docx"
        body = "".join(_word(*block) for block in blocks)
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("word/document.xml", f"<w:document {_NAMES}><w:body>{body}</w:body></w:document>")
        parsed = parse(path)
    _check(parsed, blocks)


@EXAMPLES
@given(BLOCKS, st.sampled_from(["a.json", "a.jsonl"]))
def test_json(blocks: list[tuple[str, list[str]]], name: str) -> None:
    sections = [
        {"number": str(place), "title": said[0], "text": said[1], "paragraphs": said[2:]}
        for place, (_, said) in enumerate(blocks)
    ]
    content = "\n".join(map(json.dumps, sections)) if name.endswith("l") else json.dumps(sections)
    _check(_parsed(name, content), blocks)


@EXAMPLES
@given(
    st.text(alphabet='[]{}",:ab1 \\\n<>/&;!-#', max_size=60), st.sampled_from(["json", "xml", "html", "jsonl", "md"])
)
def test_any_words_are_read_or_refused(content: str, suffix: str) -> None:
    try:
        said = _parsed(f"a.{suffix}", content).canonical_text
    except UnreadableSourceError as error:
        said = error.reason and error.remedy
    assert said.strip()
