"""Sentences that bind somebody, found in a text and taken apart for a person; never executed."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from decision.decision import ClauseRef
from decision.drafting import Draft, drafts_in
from decision.facts import DecisionError
from decision.pack import DomainPack

CLAUSE = ClauseRef(document_id="policy", key="4.2")


def only(words: str) -> Draft:
    (draft,) = drafts_in(CLAUSE, words)
    return draft


@pytest.mark.parametrize(
    ("words", "duty", "subject", "action"),
    [
        ("The carrier must offer a meal.", "must", "The carrier", "offer a meal"),
        ("Staff shall not waive the fee.", "must_not", "Staff", "waive the fee"),
        ("4.2 A guest may bring one bag.", "may", "A guest", "bring one bag"),
        ("A guest may not smoke.", "may_not", "A guest", "smoke"),
        ("The passenger is entitled to a refund.", "entitled", "The passenger", "a refund"),
        ("Agents are prohibited from booking twice.", "must_not", "Agents", "booking twice"),
        ("Members are allowed to cancel.", "may", "Members", "cancel"),
    ],
)
def test_a_duty_is_taken_apart(words: str, duty: str, subject: str, action: str) -> None:
    draft = only(words)
    assert (draft.duty, draft.subject, draft.action) == (duty, subject, action)


def test_conditions_exceptions_and_quantities_are_told_apart() -> None:
    draft = only(
        "If the flight is cancelled within 24 hours, the carrier must refund EUR 1,250.50 within two weeks where the "
        "ticket was paid by card, unless the passenger was rebooked."
    )
    assert draft.conditions == ("If the flight is cancelled within 24 hours", "where the ticket was paid by card")
    assert draft.exceptions == ("unless the passenger was rebooked",)
    assert draft.quantities == ("24 hours", "EUR 1,250.50", "two weeks")
    assert (draft.subject, draft.action) == ("the carrier", "refund EUR 1,250.50 within two weeks")
    assert draft.clause == CLAUSE


def test_sentences_that_bind_nobody_are_left_out() -> None:
    words = "Planes are fast. The desk is open. Guests must register. Mayors came in May."
    assert [one.sentence for one in drafts_in(CLAUSE, words)] == ["Guests must register."]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ('[[draft]]\nclause = "a#1"\n', r"rules\.toml:1: a draft is never executed; make a rule of it"),
        ('[[rule]]\nid = "X"\ndraft = true\n', "draft.*: Extra inputs are not permitted"),
    ],
)
def test_a_rule_book_with_a_draft_is_refused(
    more: str, words: str, library: DomainPack, library_in: Callable[[Path], DomainPack], tmp_path: Path
) -> None:
    shutil.copytree(library.folder, tmp_path, dirs_exist_ok=True)
    text = (tmp_path / "rules.toml").read_text(encoding="utf-8")
    (tmp_path / "rules.toml").write_text(more + text, encoding="utf-8")
    with pytest.raises(DecisionError, match=words):
        library_in(tmp_path)


def test_a_draft_beside_the_rules_is_never_read(
    library: DomainPack, library_in: Callable[[Path], DomainPack], tmp_path: Path
) -> None:
    shutil.copytree(library.folder, tmp_path, dirs_exist_ok=True)
    (tmp_path / "drafts.toml").write_text('[[draft]]\nduty = "must"\n', encoding="utf-8")
    found = library_in(tmp_path).rulebook
    assert [rule.id for rule in found.rules] == [rule.id for rule in library.rulebook.rules]
    assert found.version == library.rulebook.version
