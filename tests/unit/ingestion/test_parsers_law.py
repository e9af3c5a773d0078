"""XML texts of laws as canonical text, in every vocabulary that is known and in none; and hostile XML."""

import time
from pathlib import Path

import pytest

from ingestion.parsers import ParsedText, parse
from ingestion.ports import UnreadableSourceError
from ingestion.settings import ParsingLimits


def _read(tmp_path: Path, xml: str | bytes) -> ParsedText:
    path = tmp_path / "a.xml"
    path.write_bytes(xml if isinstance(xml, bytes) else xml.encode())
    return parse(path)


def _refusal(tmp_path: Path, xml: str | bytes, limits: ParsingLimits | None = None) -> UnreadableSourceError:
    path = tmp_path / "a.xml"
    path.write_bytes(xml if isinstance(xml, bytes) else xml.encode())
    with pytest.raises(UnreadableSourceError) as refusal:
        parse(path, limits or ParsingLimits())
    assert refusal.value.remedy
    return refusal.value


def _blocks(parsed: ParsedText) -> list[str]:
    return parsed.canonical_text.split("\n\n")


def test_justice_canada(tmp_path: Path) -> None:
    parsed = _read(
        tmp_path,
        """<Regulation xml:lang="en"><Identification><InstrumentNumber>SOR/1</InstrumentNumber>
        <RegistrationDate><Date><YYYY>2019</YYYY></Date></RegistrationDate><LongTitle>Air Rules</LongTitle>
        </Identification><Body><Heading level="1"><Label>PART 1</Label><TitleText>General</TitleText></Heading>
        <Section><MarginalNote>Terms</MarginalNote><Label>1</Label><Subsection><Label>(1)</Label>
        <Text>In these <XRefExternal>Rules</XRefExternal><FootnoteRef idref="f">a</FootnoteRef>:</Text>
        <Definition><Text><DefinedTermEn>delay</DefinedTermEn> means late.</Text></Definition>
        <Footnote id="f"><Label>a</Label><Text>S.C. 1996</Text></Footnote></Subsection>
        <Subsection><MarginalNote>Carriers</MarginalNote><Label>(2)</Label><Text>They pay</Text>
        <Paragraph><Label>(a)</Label><Text>soon; or</Text><Subparagraph><Label>(i)</Label><Text>now.</Text>
        </Subparagraph></Paragraph></Subsection><HistoricalNote><HistoricalNoteSubItem>SOR/2, s. 1
        </HistoricalNoteSubItem></HistoricalNote></Section></Body>
        <Schedule><ScheduleFormHeading><Label>SCHEDULE</Label><OriginatingRef>(Section <XRefInternal>1</XRefInternal>)
        </OriginatingRef></ScheduleFormHeading><TableGroup><table><tgroup><thead><row><entry/><entry>Column 1</entry>
        </row>
        <row><entry>Item</entry><entry>Amount</entry></row></thead><tbody><row><entry>1</entry><entry>25,000</entry>
        </row>
        </tbody></tgroup></table></TableGroup></Schedule></Regulation>""",
    )
    assert _blocks(parsed) == [
        "SOR/1",
        "# Air Rules",
        "## PART 1 \u2014 General",
        "### Section 1 \u2014 Terms",
        "(1) In these Rules[^a]:",
        "- delay means late.",
        "[^a]: S.C. 1996",
        "**Carriers**\n(2) They pay",
        "(a) soon; or",
        "(i) now.",
        "SOR/2, s. 1",
        "## SCHEDULE \u2014 (Section 1)",
        "| Item | Column 1 Amount |\n|---|---|\n| 1 | 25,000 |",
    ]
    assert (parsed.title, parsed.language, parsed.notes) == ("Air Rules", "en", ())


def test_akoma_ntoso(tmp_path: Path) -> None:
    parsed = _read(
        tmp_path,
        """<akomaNtoso xmlns="http://docs.oasis-open.org/legaldocml/ns/akn/3.0"><act><meta><FRBRExpression>
        <FRBRlanguage language="eng"/></FRBRExpression></meta><preface><p><docTitle>Lending Rules</docTitle></p>
        </preface>
        <preamble><recital><num>(1)</num><p>Loans matter.</p></recital></preamble><body><chapter><num>CHAPTER I</num>
        <heading>General</heading><article><num>Article 1</num><heading>Scope</heading><paragraph><num>1.</num><content>
        <p>All <i>lend</i>ers<authorialNote marker="1"><p>Or few.</p></authorialNote>.</p></content></paragraph>
        <paragraph><num>2.</num><intro><p>Not:</p></intro><point><num>(a)</num><content><p>banks;</p></content></point>
        <wrapUp><p>but others.</p></wrapUp></paragraph></article><article><num>Article 2</num><content><p>It reads:</p>
        <quotedStructure><article><num>Article 9</num><paragraph><num>1.</num><content><p>New.</p></content></paragraph>
        </article></quotedStructure></content></article></chapter></body></act></akomaNtoso>""",
    )
    assert _blocks(parsed) == [
        "# Lending Rules",
        "(1) Loans matter.",
        "## CHAPTER I \u2014 General",
        "### Article 1 \u2014 Scope",
        "1. All lenders[^1].",
        "[^1]: Or few.",
        "2. Not:",
        "(a) banks;",
        "but others.",
        "### Article 2",
        "It reads:",
        "> Article 9",
        "> 1. New.",
    ]
    assert (parsed.title, parsed.language) == ("Lending Rules", "en")


def test_sections_of_articles_are_divisions(tmp_path: Path) -> None:
    parsed = _read(
        tmp_path,
        """<akomaNtoso><act><body><section><num>1</num><heading>First</heading><article><num>1</num><heading>A</heading>
        <content><p>x</p></content></article></section></body></act></akomaNtoso>""",
    )
    assert _blocks(parsed) == ["## Section 1 \u2014 First", "### Article 1 \u2014 A", "x"]


def test_legislation_gov_uk(tmp_path: Path) -> None:
    parsed = _read(
        tmp_path,
        """<Legislation xmlns="http://www.legislation.gov.uk/namespaces/legislation"
        xmlns:dc="http://purl.org/dc/elements/1.1/"><Metadata><dc:title>Lending Order</dc:title>
        <dc:language>en</dc:language>
        </Metadata><Contents><ContentsItem>1</ContentsItem></Contents><Secondary><SecondaryPrelims><Title>The Lending
        Order</Title></SecondaryPrelims><Body><Part><Number>Part 1</Number><Title>General</Title><P1group><Title>Scope
        </Title><P1 IdURI="http://www.legislation.gov.uk/id/uksi/2020/5/article/1"><Pnumber>1</Pnumber><P1para><P2>
        <Pnumber>1</Pnumber><P2para><Text>It applies to\u2014</Text><P3><Pnumber>a</Pnumber><P3para><Text>banks.</Text>
        </P3para></P3></P2para></P2></P1para></P1></P1group></Part></Body><Schedules><Schedule>
        <Number>Schedule 1</Number>
        <TitleBlock><Title>Fees</Title></TitleBlock><ScheduleBody><P1group><Title>Amount</Title><P1><Pnumber>1</Pnumber>
        <P1para><Text>Five:</Text><OrderedList Type="alpha" Decoration="parens"><ListItem><Para><Text>one</Text></Para>
        </ListItem><ListItem><Para><Text>two</Text></Para></ListItem></OrderedList></P1para></P1></P1group>
        </ScheduleBody>
        </Schedule></Schedules></Secondary></Legislation>""",
    )
    assert _blocks(parsed) == [
        "# The Lending Order",
        "## Part 1 \u2014 General",
        "### Article 1 \u2014 Scope",
        "(1) It applies to\u2014",
        "(a) banks.",
        "## Schedule 1 \u2014 Fees",
        "**Amount**\n1. Five:",
        "(a) one",
        "(b) two",
    ]
    assert (parsed.title, parsed.language) == ("The Lending Order", "en")


def test_uslm(tmp_path: Path) -> None:
    parsed = _read(
        tmp_path,
        """<uscDoc xmlns="http://xml.house.gov/schemas/uslm/1.0" xml:lang="en"><main><title><num>Title 12\u2014</num>
        <heading>BANKS</heading><section><num>\u00a7 3332.</num><heading> Functions</heading><subsection><num>(a)</num>
        <heading> In general</heading><chapeau>It shall\u2014</chapeau><paragraph><num>(1)</num>
        <content>watch <ref>all</ref>;
        </content></paragraph></subsection><subsection><num>(b)</num><content>Other.</content></subsection>
        <sourceCredit>(Pub.
        L. 101)</sourceCredit></section></title></main></uscDoc>""",
    )
    assert _blocks(parsed) == [
        "## Title 12 \u2014 BANKS",
        "### \u00a7 3332 \u2014 Functions",
        "**In general**\n(a) It shall\u2014",
        "(1) watch all;",
        "(b) Other.",
        "(Pub. L. 101)",
    ]


def test_ecfr(tmp_path: Path) -> None:
    parsed = _read(
        tmp_path,
        """<DIV5 N="1026" TYPE="PART"><HEAD>PART 1026\u2014LENDING</HEAD><AUTH><HED>Authority:</HED>
        <PSPACE>12 U.S.C.</PSPACE>
        </AUTH><DIV8 TYPE="SECTION"><HEAD>\u00a7 1026.42   Valuation.</HEAD><P>(a) <I>Scope.</I> All.</P><P>(i) One.</P>
        <GPOTABLE><BOXHD><CHED>A</CHED><CHED>B</CHED></BOXHD><ROW><ENT>1</ENT><ENT>2</ENT></ROW></GPOTABLE></DIV8>
        </DIV5>""",
    )
    assert _blocks(parsed) == [
        "## PART 1026\u2014LENDING",
        "Authority:",
        "12 U.S.C.",
        "### \u00a7 1026.42 Valuation.",
        "(a) Scope. All.",
        "(i) One.",
        "| A | B |\n|---|---|\n| 1 | 2 |",
    ]
    assert parsed.title == "PART 1026\u2014LENDING"


def test_formex(tmp_path: Path) -> None:
    parsed = _read(
        tmp_path,
        """<ACT><BIB.INSTANCE><LG.DOC>EN</LG.DOC></BIB.INSTANCE><TITLE><TI>
        <P>Regulation 1</P><P>on loans</P></TI></TITLE>
        <PREAMBLE><GR.VISA><VISA>Having regard<NOTE NOTE.ID="E1"><P>OJ C 1.</P></NOTE>,</VISA></GR.VISA><GR.CONSID>
        <CONSID>
        <NP><NO.P>(1)</NO.P><TXT>Loans.</TXT></NP></CONSID></GR.CONSID></PREAMBLE><ENACTING.TERMS><DIVISION><TITLE><TI>
        <P>CHAPTER I</P></TI><STI><P>General</P></STI></TITLE><ARTICLE><TI.ART>Article 1</TI.ART><STI.ART><P>Scope</P>
        </STI.ART><PARAG><NO.PARAG>1.</NO.PARAG>
        <ALINEA>All <QUOT.START CODE="2018"/>lenders<QUOT.END CODE="2019"/>.</ALINEA>
        </PARAG><PARAG><NO.PARAG>2.</NO.PARAG><ALINEA><P>Not:</P><LIST><ITEM><NP><NO.P>(a)</NO.P><TXT>banks;</TXT>
        </NP></ITEM>
        </LIST></ALINEA></PARAG></ARTICLE></DIVISION></ENACTING.TERMS></ACT>""",
    )
    assert _blocks(parsed) == [
        "# Regulation 1 on loans",
        "Having regard[^E1],",
        "[^E1]: OJ C 1.",
        "(1) Loans.",
        "## CHAPTER I General",
        "### Article 1 \u2014 Scope",
        "1. All \u2018lenders\u2019.",
        "2. Not:",
        "(a) banks;",
    ]
    assert parsed.language == "en"


def test_other_xml_is_read_in_order_and_says_so(tmp_path: Path) -> None:
    parsed = _read(
        tmp_path,
        """<policy><title>House rules</title><section><number>1</number><heading>Pets</heading>
        <para>No <b>pets</b>.</para>
        <para><num>a</num>Cats <b>too</b>.</para><foo>Loose <em>words</em> here</foo></section></policy>""",
    )
    assert _blocks(parsed) == [
        "# House rules",
        "## Section 1 \u2014 Pets",
        "No pets.",
        "(a) Cats too.",
        "Loose words here",
    ]
    assert "no known vocabulary" in parsed.notes[0]


def test_xhtml_called_xml_is_a_web_page(tmp_path: Path) -> None:
    page = '<html xmlns="http://www.w3.org/1999/xhtml"><body><h1>A</h1><nav>x</nav><p>b</p></body></html>'
    assert _read(tmp_path, f'<?xml version="1.0"?>{page}').canonical_text == "# A\n\nb"


@pytest.mark.parametrize(
    "xml",
    [
        '<?xml version="1.0" encoding="iso-8859-15"?><p>Stra\u00dfe \u20ac</p>'.encode("iso-8859-15"),
        '<?xml version="1.0" encoding="utf-16"?><p>Stra\u00dfe \u20ac</p>'.encode("utf-16"),
        b"\xef\xbb\xbf<p>Stra&#223;e &#x20ac;</p>",
        '<!DOCTYPE p SYSTEM "http://127.0.0.1:9/p.dtd"><p>Stra\u00dfe \u20ac</p>'.encode(),
    ],
)
def test_encodings_and_a_document_type_that_is_only_named(tmp_path: Path, xml: bytes) -> None:
    assert _read(tmp_path, xml).canonical_text == "Stra\u00dfe \u20ac"


BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (f'<!DOCTYPE x [<!ENTITY l0 "ha">{BOMB}]><x>&l9;</x>', "declares a document type of its own"),
        (
            '<!-- a --><?b c?> <!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
            "declares a document type",
        ),
        ('<!DOCTYPE x SYSTEM "a[b" [<!ATTLIST x y CDATA "z">]><x/>', "declares a document type"),
        ('<!DOCTYPE x SYSTEM "x.dtd"><x>&nbsp;word</x>', "entities that it does not declare"),
        ("<x>&nbsp;word</x>", "markup is broken"),
        ("<x><y>word</x>", "line 1"),
        ("<x>" * 300 + "</x>" * 300, "more than 200 deep"),
        ("<x>" * 300_000, "more than 200 deep"),
        (b'<?xml version="1.0" encoding="utf-8"?><x>\xe9</x>', "byte 41 is not UTF-8 as the file says"),
        (b'<?xml version="1.0" encoding="utf-7"?><x>e</x>', "'utf-7', which is not one of texts"),
        ("<x><meta>only this</meta></x>", "it holds no words"),
    ],
)
def test_hostile_and_broken_xml_is_refused(tmp_path: Path, xml: str | bytes, reason: str) -> None:
    began = time.perf_counter()
    assert reason in _refusal(tmp_path, xml).reason
    assert time.perf_counter() - began < 5


def test_depth_within_the_limit_is_read_and_a_limit_beyond_all_reason_is_no_crash(tmp_path: Path) -> None:
    assert _read(tmp_path, "<x>" * 199 + "word" + "</x>" * 199).canonical_text == "word"
    xml = "<x>" * 2000 + "word" + "</x>" * 2000
    assert "deep" in _refusal(tmp_path, xml, ParsingLimits(deepest=5000)).reason


@pytest.mark.parametrize("piece", ["<p>w</p>", "<item><num>1</num>w</item>", "<num>1</num>", "<title>t</title>"])
def test_time_grows_with_length_only(tmp_path: Path, piece: str) -> None:
    began = time.perf_counter()
    assert _read(tmp_path, f"<section>{piece * 30_000}</section>").canonical_text
    assert time.perf_counter() - began < 20
