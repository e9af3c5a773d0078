"""A reservation case in records, of our own invention, and what the pack makes of it without an index."""

import copy
from collections.abc import Mapping
from datetime import date
from typing import Any

from decision.decision import Decision
from decision.engine import decide
from decision.pack import DomainPack
from decision.packs.reservation import PACK
from decision.packs.reservation.evaluation import read_case

RECORDS: Mapping[str, Any] = {
    "as_of": "2026-06-01T15:00:00 EST",
    "currency": "USD",
    "user": {"user_id": "ada_1", "membership": "silver"},
    "reservation": {
        "reservation_id": "QX4T7L",
        "user_id": "ada_1",
        "origin": "SEA",
        "destination": "DEN",
        "flight_type": "round_trip",
        "cabin": "economy",
        "flights": [
            {
                "origin": "SEA",
                "destination": "DEN",
                "flight_number": "TL210",
                "date": "2026-06-09",
                "price": 180,
                "scheduled_departure_est": "22:10:00",
                "scheduled_arrival_est": "01:40:00+1",
                "status": "available",
            },
            {
                "origin": "DEN",
                "destination": "SEA",
                "flight_number": "TL211",
                "date": "2026-06-14",
                "price": 120,
                "scheduled_departure_est": "09:00:00",
                "scheduled_arrival_est": "12:40:00",
                "status": "available",
            },
        ],
        "passengers": [{"first_name": "Ada"}, {"first_name": "Ben"}],
        "payment_history": [
            {"payment_id": "gift_card_81", "amount": 100},
            {"payment_id": "credit_card_52", "amount": 500},
        ],
        "created_at": "2026-05-12T18:30:00",
        "total_baggages": 1,
        "nonfree_baggages": 0,
        "insurance": "no",
        "n_passengers": 2,
        "paid_total": 600,
    },
    "request": {"type": "cancel_with_refund", "stated_reason": "change of plan"},
    "unverified_user_claims": [],
}


def records(request: Mapping[str, Any] | None = None, /, **changed: object) -> dict[str, Any]:
    """Give the records with another request and other fields, named by their path: `reservation__cabin`."""
    found = copy.deepcopy(dict(RECORDS))
    if request is not None:
        found["request"] = dict(request)
    for path, value in changed.items():
        *way, last = [int(step) if step.isdigit() else step for step in path.split("__")]
        place: Any = found
        for step in way:
            place = place[step]
        if value is None:
            del place[last]
        else:
            place[last] = value
    return found


def decided(case: Mapping[str, Any], pack: DomainPack = PACK, *, probe: bool = True) -> Decision:
    """Decide a case that comes in records."""
    facts = read_case(case)
    day = date.fromisoformat(str(facts["asked_at"])[:10])
    return decide(pack, pack.schema.read(pack.name, facts, day), {}, probe=probe)


def codes(decision: Decision) -> set[str]:
    """Give the reasons why a person must look."""
    return {reason.code for reason in decision.escalations}
