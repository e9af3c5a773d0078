"""Turns the root of an XML text into the vocabulary it is written in: which elements are headings, provisions, tables.

Sources of the names: the published schemas of Justice Canada, Akoma Ntoso 3.0 (OASIS LegalDocML), Crown Legislation
Markup Language (legislation.gov.uk), United States Legislative Markup 2, the eCFR and CFR bulk files, Formex 4.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from ingestion.parsers.elements import Element, local

NO_NAMES: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class LawVocabulary:
    """What the elements of one kind of XML law mean, by their local names.

    `divisions` (parts, chapters) and `provisions` (sections, articles) become headings, with the word that is written
    before a number that has none; `numbered` are paragraphs below them. `labels` hold numbers, `captions` titles or
    marginal notes; `grouping` gives its caption to the one provision in it. `leveled` are headings that stand alone,
    `blocks` hold running words, `annexes` number their own paragraphs.
    """

    name: str
    divisions: Mapping[str, str]
    provisions: Mapping[str, str]
    numbered: frozenset[str]
    labels: frozenset[str]
    captions: frozenset[str]
    blocks: frozenset[str]
    titles: frozenset[str] = NO_NAMES
    leveled: frozenset[str] = NO_NAMES
    grouping: frozenset[str] = NO_NAMES
    annexes: frozenset[str] = NO_NAMES
    items: frozenset[str] = NO_NAMES
    quoted: frozenset[str] = NO_NAMES
    notes: frozenset[str] = NO_NAMES
    references: frozenset[str] = NO_NAMES
    left_out: frozenset[str] = NO_NAMES
    rows: frozenset[str] = frozenset({"tr", "row", "ROW"})
    cells: frozenset[str] = frozenset({"td", "th", "entry", "CELL"})
    heads: frozenset[str] = frozenset({"thead"})
    tables: frozenset[str] = frozenset({"table", "TABLE"})


_DIVISIONS: Final = {
    "book": "Book",
    "tome": "Tome",
    "part": "Part",
    "subpart": "Subpart",
    "title": "Title",
    "subtitle": "Subtitle",
    "chapter": "Chapter",
    "subchapter": "Subchapter",
    "division": "Division",
    "subdivision": "Subdivision",
    "schedule": "Schedule",
    "annex": "Annex",
    "appendix": "Appendix",
}

_JUSTICE = LawVocabulary(
    name="Justice Canada",
    divisions={"Schedule": ""},
    provisions={"Section": "Section"},
    numbered=frozenset({"Subsection", "Paragraph", "Subparagraph", "Clause", "Subclause", "Subsubclause"}),
    labels=frozenset({"Label"}),
    captions=frozenset({"MarginalNote", "TitleText", "OriginatingRef"}),
    blocks=frozenset(
        {"Text", "LongTitle", "InstrumentNumber", "EnablingAuthority", "HistoricalNoteSubItem", "SignatureTitle"}
        | {"SignatureName", "MarginalNote", "Repealed", "Reserved", "AmendedText", "title"}
    ),
    titles=frozenset({"LongTitle"}),
    leveled=frozenset({"Heading", "ScheduleFormHeading"}),
    items=frozenset({"Definition", "Item"}),
    quoted=frozenset({"AmendedText", "SectionPiece"}),
    notes=frozenset({"Footnote"}),
    references=frozenset({"FootnoteRef"}),
    left_out=frozenset(
        {"RegistrationDate", "ConsolidationDate", "RegulationMakerOrder", "RecentAmendments", "BillHistory", "Chapter"}
        | {"RunningHead", "TableOfProvisions"}
    ),
)

_AKOMA_NTOSO = LawVocabulary(
    name="Akoma Ntoso",
    divisions={**_DIVISIONS, "hcontainer": "", "crossHeading": "", "attachment": "", "component": ""},
    provisions={"article": "Article", "section": "Section", "rule": "Rule"},
    numbered=frozenset(
        {"subsection", "paragraph", "subparagraph", "clause", "subclause", "point", "indent", "level", "item"}
        | {"sublist", "proviso", "transitional", "recital", "subrule", "alinea", "tblock"}
    ),
    labels=frozenset({"num"}),
    captions=frozenset({"heading", "subheading"}),
    blocks=frozenset(
        {"p", "longTitle", "block", "docTitle", "formula", "crossHeading", "listIntroduction", "listWrapUp"}
    ),
    titles=frozenset({"docTitle"}),
    leveled=frozenset({"crossHeading"}),
    quoted=frozenset({"quotedStructure", "embeddedStructure"}),
    notes=frozenset({"authorialNote", "note"}),
    references=frozenset({"noteRef"}),
    left_out=frozenset({"meta", "toc", "coverPage", "del"}),
)

_CLML = LawVocabulary(
    name="legislation.gov.uk",
    divisions={"Part": "", "Chapter": "", "Pblock": "", "PsubBlock": "", "EUPart": "", "EUTitle": "", "EUChapter": ""}
    | {"EUSection": "", "EUSubsection": "", "Division": "", "Schedule": "", "Appendix": "", "Group": ""},
    provisions={"P1": "Section", "Article": "Article"},
    numbered=frozenset({"P2", "P3", "P4", "P5", "P6", "P7"}),
    labels=frozenset({"Pnumber", "Number"}),
    captions=frozenset({"Title", "TitleBlock", "Subtitle", "Reference"}),
    blocks=frozenset({"Text", "LongTitle", "MadeDate", "LaidDate", "ComingIntoForce", "DateOfEnactment", "Number"}),
    titles=frozenset({"Title"}),
    grouping=frozenset({"P1group"}),
    annexes=frozenset({"Schedule"}),
    items=frozenset({"ListItem"}),
    quoted=frozenset({"BlockAmendment", "BlockExtract"}),
    notes=frozenset({"Footnote"}),
    references=frozenset({"FootnoteRef"}),
    left_out=frozenset({"Metadata", "Contents", "ContentsSchedules", "Commentaries", "CommentaryRef", "MarginNotes"}),
)

_USLM = LawVocabulary(
    name="USLM",
    divisions={**_DIVISIONS, "hcontainer": "", "preliminary": "", "reorganizationPlan": ""},
    provisions={"section": "Section", "article": "Article", "rule": "Rule", "courtRule": "Rule"},
    numbered=frozenset(
        {"subsection", "paragraph", "subparagraph", "clause", "subclause", "item", "subitem", "subsubitem", "level"}
    ),
    labels=frozenset({"num"}),
    captions=frozenset({"heading", "subheading"}),
    blocks=frozenset(
        {"p", "chapeau", "content", "continuation", "text", "sourceCredit", "officialTitle", "longTitle", "docTitle"}
        | {"enactingFormula", "term", "aftertext"}
    ),
    titles=frozenset({"docTitle", "officialTitle"}),
    leveled=frozenset({"crossHeading", "centerHeading"}),
    quoted=frozenset({"quotedContent", "quotedText"}),
    notes=frozenset({"footnote"}),
    references=frozenset({"ref-footnote"}),
    left_out=frozenset({"meta", "toc", "del", "annotations", "page"}),
)

_ECFR = LawVocabulary(
    name="eCFR",
    divisions={f"DIV{level}": "" for level in range(1, 10)}
    | {"TITLE": "", "SUBTITLE": "", "CHAPTER": "", "SUBCHAP": "", "PART": "", "SUBPART": "", "SUBJGRP": ""}
    | {"APPENDIX": "", "REGTEXT": ""},
    provisions={"SECTION": ""},
    numbered=NO_NAMES,
    labels=frozenset({"SECTNO"}),
    captions=frozenset({"HEAD", "SUBJECT", "RESERVED"}),
    blocks=frozenset({"P", "FP", "HED", "PSPACE", "CITA", "SECAUTH", "LI", "HD1", "HD2", "HD3", "PARAUTH", "MATH"}),
    leveled=frozenset({"HD"}),
    notes=frozenset({"FTNT"}),
    left_out=frozenset({"IDNO", "HEADER", "EAR", "PRTPAGE", "CONTENTS", "LRH", "RRH", "FAIDS", "FMTR"}),
    rows=frozenset({"TR", "ROW", "tr", "BOXHD"}),
    cells=frozenset({"TD", "TH", "ENT", "td", "th", "CHED"}),
    heads=frozenset({"THEAD", "thead"}),
    tables=frozenset({"TABLE", "GPOTABLE", "table"}),
)

_FORMEX = LawVocabulary(
    name="Formex",
    divisions={"DIVISION": "", "ANNEX": "", "CONS.ANNEX": "", "GR.SEQ": "", "SUBDIV": ""},
    provisions={"ARTICLE": ""},
    numbered=frozenset({"PARAG", "NP", "NP.ECR", "CONSID", "POINT"}),
    labels=frozenset({"TI.ART", "NO.PARAG", "NO.P", "NO.P.ECR"}),
    captions=frozenset({"STI.ART", "TITLE"}),
    blocks=frozenset({"P", "ALINEA", "TXT", "VISA", "TI", "STI", "PREAMBLE.INIT", "PREAMBLE.FINAL"})
    | {"GR.CONSID.INIT", "GR.VISA.INIT", "ENACTING.TERMS.INIT", "SIGNATORY"},
    items=frozenset({"ITEM"}),
    quoted=frozenset({"QUOT.S"}),
    notes=frozenset({"NOTE"}),
    left_out=frozenset({"BIB.INSTANCE", "BIB.INSTANCE.CONS", "TOC", "INFO.CONSLEG", "INFO.PROD", "FAM.COMP", "MARGIN"}),
    rows=frozenset({"ROW"}),
    heads=NO_NAMES,
    tables=frozenset({"TBL"}),
)

OTHER: Final = LawVocabulary(
    name="XML",
    divisions=_DIVISIONS,
    provisions={"section": "Section", "article": "Article", "rule": "Rule", "clause": "Clause"},
    numbered=frozenset({"subsection", "paragraph", "para", "subparagraph", "subpara", "subclause", "point", "item"}),
    labels=frozenset({"num", "number", "no", "label", "enum", "designator"}),
    captions=frozenset({"heading", "head", "title", "header", "caption", "name", "subject"}),
    blocks=frozenset({"p", "para", "text", "content"}),
    titles=frozenset({"doctitle", "longtitle"}),
    items=frozenset({"li", "listitem"}),
    notes=frozenset({"footnote", "note"}),
    left_out=frozenset({"meta", "metadata", "toc", "script", "style"}),
    rows=frozenset({"tr", "row"}),
    cells=frozenset({"td", "th", "entry", "cell"}),
    tables=frozenset({"table"}),
)
"""Any other XML, by the names that people give such elements (in lower case)."""


def vocabulary(root: Element) -> LawVocabulary:
    """Recognise the vocabulary of a text by its namespace or the name of its root; OTHER when it is none of them."""
    namespace, name = root.tag.rpartition("}")[0].lower(), local(root)
    for known, is_written_in in _RECOGNISED:
        if is_written_in(namespace, name):
            return known
    return OTHER


_USLM_ROOTS: Final = frozenset({"uscDoc", "lawDoc", "pLaw", "statutesAtLarge", "uslm"})
_FORMEX_ROOTS: Final = frozenset({"ACT", "ANNEX", "GENERAL", "CONS.ACT", "CONS.DOC", "CONS.ANNEX", "AGR", "DECISION"})
_ECFR_ROOT: Final = re.compile(r"DIV\d|ECFR|DLPSTEXTCLASS|CFRDOC|CFRGRANULE|TITLE|PART|SECTION|REGTEXT|FEDREG|RULE")
_RECOGNISED: Final[tuple[tuple[LawVocabulary, Callable[[str, str], bool]], ...]] = (
    (_AKOMA_NTOSO, lambda namespace, name: name.lower() == "akomantoso" or "legaldocml" in namespace),
    (_CLML, lambda namespace, name: "legislation.gov.uk" in namespace and name[0].isupper()),
    (_USLM, lambda namespace, name: "uslm" in namespace or name in _USLM_ROOTS),
    (_JUSTICE, lambda namespace, name: not namespace and name in {"Regulation", "Statute"}),
    (_FORMEX, lambda namespace, name: "formex" in namespace or name in _FORMEX_ROOTS),
    (_ECFR, lambda namespace, name: not namespace and _ECFR_ROOT.fullmatch(name) is not None),
)
