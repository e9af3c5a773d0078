"""What a person reads of changed clauses."""

from io import StringIO

from rich.console import Console, RenderableType

from ingestion.report import Drift
from service.ingest_words import WITHHELD_WORDS
from service.present.rules import difference, drift_view


def shown(view: RenderableType, width: int = 200) -> str:
    console = Console(file=StringIO(), width=width, highlight=False)
    console.print(view)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue().rstrip()


def test_a_change_is_marked_in_words_and_in_colour() -> None:
    text = difference("At least 14 days before departure.", "At least 21 days before departure.")
    assert text.plain == "At least [-14-] {+21+} days before departure."
    styles = {text.plain[span.start : span.end]: span.style for span in text.spans}
    assert styles == {"[-14-]": "red", "{+21+}": "green"}


def test_a_long_clause_shows_the_words_around_a_change_only() -> None:
    before = " ".join(f"w{number}" for number in range(400))
    text = difference(before, before.replace("w200", "new")).plain
    assert text.split() == [
        *("…", *(f"w{number}" for number in range(188, 200)), "[-w200-]", "{+new+}"),
        *(*(f"w{number}" for number in range(201, 213)), "…"),
    ]


def test_a_long_change_is_cut_in_the_middle() -> None:
    text = difference("old", " ".join(f"w{number}" for number in range(1_000))).plain
    assert "{+w0 w1" in text
    assert "… (880 words) …" in text
    assert text.endswith("w999+}")


def test_what_cannot_be_compared_is_said() -> None:
    assert difference("It was here.", None).plain == "The clause is gone. It said: It was here."
    assert difference(None, "Now.").plain == "The words that were confirmed are not kept. Now: Now."
    assert difference("a b", "a\nb").plain == "Only the spacing has changed."


def test_markup_in_a_source_is_shown_as_it_is() -> None:
    assert difference("[red]a[/]", "[red]b[/]").plain == "[-[red]a[/]-] {+[red]b[/]+}"


def test_an_ingest_names_what_it_leaves_behind_once_for_each_clause() -> None:
    rule = Drift(pack="p", kind="rule", name="R-1", owner="legal", clause="d#1", before="old", after="new")
    drift = [rule, rule.model_copy(update={"kind": "parameter", "name": "limit", "owner": ""})]
    lines = shown(drift_view(drift)).splitlines()
    assert lines[0] == "stale d#1 has other words; encoded in p by rule R-1 (legal), parameter limit (no owner)"
    assert lines[1].strip() == "[-old-] {+new+}"
    assert len(lines) == 2


def test_words_that_are_withheld_are_not_compared() -> None:
    rule = Drift(pack="p", kind="rule", name="R-1", owner="legal", clause="d#1", before=WITHHELD_WORDS, after=None)
    changed = rule.model_copy(update={"clause": "d#2", "after": WITHHELD_WORDS})
    lines = [line.strip() for line in shown(drift_view([rule, changed])).splitlines()]
    assert lines[0] == "stale d#1 is gone; encoded in p by rule R-1 (legal)"
    assert lines[2] == "stale d#2 has other words; encoded in p by rule R-1 (legal)"
    assert lines[1] == lines[3] == f"The words are withheld. {WITHHELD_WORDS}"
