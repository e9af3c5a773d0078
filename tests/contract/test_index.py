"""What every adapter of the Index port does."""

import math
from collections.abc import Mapping
from uuid import UUID

import numpy as np
import pytest
from indexing import OpenIndex, Pair, clause, found, name, sale

from retrieval.filters import AnyOf, Between, Condition, Equals, Not, Within, admits
from retrieval.ports import Asked, Index, Point, RetrievalError
from retrieval.words import weigh_passage, weigh_question


async def test_upsert_keeps_the_payload_and_replaces_the_whole_point(index: Index, collections: Pair) -> None:
    _, sales = collections
    values = {"area": 3.0, "rooms": 3, "pool": True, "view": None}
    payload = {"kind": "sale", "values": values, "groups": ["a", "b"]}
    await index.upsert(sales.name, [sale(1, 0.0, **payload)])
    [hit] = await index.scroll(sales.name, ())
    assert (hit.id, hit.score, hit.payload) == (name(1), 0.0, payload)
    assert repr(hit.payload["values"]) == repr(values)  # 3.0, 3 and True stay apart
    await index.upsert(sales.name, [sale(1, 5.0, kind="other")])
    [hit] = await index.nearest(sales.name, (5.0, 0.0), (), 10)
    assert (hit.payload, hit.score) == ({"kind": "other"}, pytest.approx(0.0))


async def test_writing_nothing_is_fine(index: Index, collections: Pair) -> None:
    _, sales = collections
    await index.upsert(sales.name, [])
    await index.set_payload(sales.name, [], {"kind": "x"})
    assert await index.count(sales.name, ()) == 0


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Equals("tenant", "a"), [1, 2]),
        (Equals("groups", "red"), [1, 3]),
        (Equals("values.pool", value=True), [1]),
        (Equals("values.pool", value=False), [2]),
        (Equals("values.rooms", 1), [3]),
        (AnyOf("groups", ("green", "blue")), [1, 2]),
        (AnyOf("groups", ()), []),
        (AnyOf("missing", ("a",)), []),
        (Between("values.area", at_least=10.0, below=20.0), [1]),
        (Between("values.area", at_least=20.0), [2, 3]),
        (Between("values.area", below=20.0), [1]),
        (Between("values.pool", at_least=0.0), []),
        (Between("effective_from", at_least=5, below=6), [2]),
        (Within(48.0, 11.0, 1000.0), [1]),
        (Within(48.0, 11.0, 200_000.0), [1, 2]),
        (Not(Equals("tenant", "a")), [3]),
        (Not(AnyOf("tenant", ())), [1, 2, 3]),
        (Not(Between("values.missing", at_least=0)), [1, 2, 3]),
        (Not(Not(Equals("tenant", "a"))), [1, 2]),
        (Equals("odd key.really odd", "x"), [3]),
    ],
)
async def test_conditions(index: Index, collections: Pair, condition: Condition, expected: list[int]) -> None:
    _, sales = collections
    payloads: dict[int, Mapping[str, object]] = {
        1: {
            "tenant": "a",
            "groups": ["red", "blue"],
            "effective_from": 4,
            "location": {"lat": 48.0, "lon": 11.0},
            "values": {"area": 10.0, "pool": True, "rooms": 2},
        },
        2: {
            "tenant": "a",
            "groups": ["green"],
            "effective_from": 5,
            "location": {"lat": 49.0, "lon": 12.0},
            "values": {"area": 20, "pool": False, "rooms": 1.0},
        },
        3: {
            "tenant": "b",
            "groups": ["red"],
            "effective_from": 6,
            "values": {"area": 25.5, "rooms": 1, "pool": None},
            "odd key": {"really odd": "x"},
        },
    }
    await index.upsert(sales.name, [sale(number, **payload) for number, payload in payloads.items()])
    assert await found(index, sales, condition) == expected
    assert [number for number, payload in payloads.items() if admits([condition], payload)] == expected
    assert await index.count(sales.name, [condition]) == len(expected)
    near = await index.nearest(sales.name, (0.0, 0.0), [condition], 10)
    assert [UUID(hit.id).int for hit in near] == expected


async def test_the_limit_fills_up_although_the_filter_excludes_the_nearest(index: Index, collections: Pair) -> None:
    clauses, sales = collections
    await index.upsert(sales.name, [sale(n, float(n), kind="near" if n < 300 else "far") for n in range(1, 400)])
    hits = await index.nearest(sales.name, (0.0, 0.0), [Equals("kind", "far")], 20)
    assert [UUID(hit.id).int for hit in hits] == list(range(300, 320))
    words = [clause(n, "loan loan loan" if n < 300 else "a loan", kind="b" if n < 300 else "f") for n in range(1, 400)]
    await index.upsert(clauses.name, words)
    assert len(await index.lexical(clauses.name, weigh_question("loan"), [Equals("kind", "f")], 20)) == 20


async def test_nearest_by_distance_is_scored_by_minus_the_distance(index: Index, collections: Pair) -> None:
    _, sales = collections
    await index.upsert(sales.name, [sale(1, 3.0), sale(2, -1.0), sale(3, 10.0)])
    hits = await index.nearest(sales.name, (0.0, 4.0), (), 2)
    assert [(UUID(hit.id).int, hit.score) for hit in hits] == [(2, pytest.approx(-math.sqrt(17))), (1, -5.0)]


async def test_nearest_by_angle_is_scored_by_the_cosine(index: Index, collections: Pair) -> None:
    clauses, _ = collections
    await index.upsert(clauses.name, [clause(1, "a", (1, 1, 0)), clause(2, "b", (0, 1, 0)), clause(3, "c", (-9, 0, 0))])
    hits = await index.nearest(clauses.name, (2.0, 0.0, 0.0), (), 5)
    scores = [(UUID(hit.id).int, hit.score) for hit in hits]
    assert scores == [(1, pytest.approx(math.sqrt(0.5))), (2, pytest.approx(0.0)), (3, pytest.approx(-1.0))]


async def test_ties_are_settled_by_id_even_across_the_limit(index: Index, collections: Pair) -> None:
    _, sales = collections
    await index.upsert(sales.name, [sale(n, 1.0) for n in (9, 4, 7, 2, 8, 5, 3, 6)])
    hits = await index.nearest(sales.name, (0.0, 0.0), (), 3)
    assert [UUID(hit.id).int for hit in hits] == [2, 3, 4]


async def test_words_rank_the_right_text_first(index: Index, collections: Pair) -> None:
    clauses, _ = collections
    texts = [
        "The appraiser inspects the house and the neighbourhood.",
        "A passenger whose flight was cancelled is entitled to compensation.",
        "Passengers are informed about their rights.",
    ]
    await index.upsert(clauses.name, [clause(n, text) for n, text in enumerate(texts, 1)])
    hits = await index.lexical(clauses.name, weigh_question("compensation for cancelled flights of passengers"), (), 10)
    assert [UUID(hit.id).int for hit in hits] == [2, 3]
    assert hits[0].score > hits[1].score > 0
    assert await index.lexical(clauses.name, weigh_question("the of and"), (), 10) == []
    assert await index.lexical(clauses.name, weigh_question("  "), (), 10) == []
    assert await index.lexical(clauses.name, weigh_question("unheard"), (), 10) == []


async def test_word_scores_do_not_change_with_texts_that_the_reader_cannot_see(index: Index, collections: Pair) -> None:
    clauses, _ = collections
    ours = [Equals("tenant", "ours")]
    await index.upsert(clauses.name, [clause(1, "loan limits", tenant="ours"), clause(2, "house", tenant="ours")])
    before = await index.lexical(clauses.name, weigh_question("loan"), ours, 10)
    await index.upsert(clauses.name, [clause(n, f"loan {n}", tenant="theirs") for n in range(3, 60)])
    after = await index.lexical(clauses.name, weigh_question("loan"), ours, 10)
    assert [(hit.id, hit.score) for hit in after] == [(hit.id, pytest.approx(hit.score)) for hit in before]


async def test_a_pool_holds_the_best_by_words_and_by_vector_with_both_scores(index: Index, collections: Pair) -> None:
    clauses, _ = collections
    points = [
        clause(1, "loan loan", (0, 1, 0), kind="seen"),
        clause(2, "a loan for a house", (0, 1, 1), kind="seen"),
        clause(3, "house", (1, 0, 0), kind="seen"),
        clause(4, "boat", (0, -1, 0), kind="seen"),
    ]
    await index.upsert(clauses.name, [*points, clause(5, "loan loan loan", (1, 0, 0), kind="hidden")])
    seen = [Equals("kind", "seen")]
    words, vector = weigh_question("loan"), (1.0, 0.0, 0.1)
    pool = {UUID(one.id).int: one for one in await index.pool(clauses.name, Asked(vector, words), seen, 2)}
    assert sorted(pool) == [1, 2, 3]
    by_words = {UUID(hit.id).int: hit.score for hit in await index.lexical(clauses.name, words, seen, 10)}
    by_vector = {UUID(hit.id).int: hit.score for hit in await index.nearest(clauses.name, vector, seen, 10)}
    assert {n: one.words for n, one in pool.items()} == {n: pytest.approx(by_words.get(n, 0.0)) for n in pool}
    assert {n: one.dense for n, one in pool.items()} == {n: pytest.approx(by_vector[n]) for n in pool}
    assert all(one.payload == {"kind": "seen"} for one in pool.values())
    by_words_alone = await index.lexical(clauses.name, words, seen, 2)
    again = await index.pool(clauses.name, Asked(vector, words, by_words_alone), seen, 2)
    assert {UUID(one.id).int: (one.words, one.dense, one.payload) for one in again} == {
        n: (pytest.approx(one.words), pytest.approx(one.dense), one.payload) for n, one in pool.items()
    }
    without = await index.pool(clauses.name, Asked(None, words), seen, 2)
    assert [(UUID(one.id).int, one.dense) for one in without] == [(1, None), (2, None)]
    assert await index.pool(clauses.name, Asked(None, {}), seen, 2) == []


async def test_a_pool_is_the_same_after_a_write_that_its_reader_does_not_see(
    index: Index, collections: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retrieval.adapters.conditions_needed._QUIET_S", 0.0)  # conditions are left out at once
    clauses, _ = collections
    ours = [Equals("tenant", "ours"), Between("valid_to_generation", at_least=2)]
    asked = Asked((1.0, 0.0, 0.0), weigh_question("loan limits"))
    texts = ["loan limits", "house", "limits of a house", "boat"]
    valid: dict[str, object] = {"valid_to_generation": 9}
    await index.upsert(
        clauses.name, [clause(n, text, (1, 0, 0), tenant="ours", **valid) for n, text in enumerate(texts, 1)]
    )
    before = await index.pool(clauses.name, asked, ours, 10)
    await index.upsert(
        clauses.name, [clause(n, f"loan {n}", (1, 0, 0), tenant="theirs", **valid) for n in range(10, 70)]
    )
    apart = await index.pool(clauses.name, asked, ours, 10)
    await index.delete(clauses.name, [Equals("tenant", "theirs")])
    again = await index.pool(clauses.name, asked, ours, 10)
    for after in (apart, again):
        assert [(one.id, one.words, one.dense) for one in after] == [
            (one.id, pytest.approx(one.words), pytest.approx(one.dense)) for one in before
        ]
    await index.set_payload(clauses.name, [name(1)], {"valid_to_generation": 1})
    assert [UUID(one.id).int for one in await index.pool(clauses.name, asked, ours, 10)] == [2, 3, 4]


async def test_set_payload_overwrites_the_named_fields_and_passes_over_unknown_ids(
    index: Index, collections: Pair
) -> None:
    _, sales = collections
    await index.upsert(
        sales.name, [sale(1, valid_to_generation=9, kind="sale", note="kept"), sale(2, valid_to_generation=9)]
    )
    await index.set_payload(sales.name, [name(1), name(77)], {"valid_to_generation": 3, "kind": None})
    one, two = await index.scroll(sales.name, ())
    assert one.payload == {"valid_to_generation": 3, "note": "kept"}
    assert two.payload == {"valid_to_generation": 9}
    assert await found(index, sales, Between("valid_to_generation", below=9)) == [1]


async def test_set_where_overwrites_the_named_fields_of_what_meets_all_conditions(
    index: Index, collections: Pair
) -> None:
    _, sales = collections
    points = [sale(n, kind="a" if n % 2 else "b", valid_to_generation=9, note=n) for n in range(1, 1301)]
    await index.upsert(sales.name, points)
    current = [Equals("kind", "a"), Between("valid_to_generation", at_least=9)]
    await index.set_where(sales.name, current, {"valid_to_generation": 3, "note": None})
    assert await index.count(sales.name, [Between("valid_to_generation", below=9)]) == 650
    one, two = (await index.scroll(sales.name, ()))[:2]
    assert (one.payload, two.payload) == (
        {"kind": "a", "valid_to_generation": 3},
        {"kind": "b", "valid_to_generation": 9, "note": 2},
    )
    await index.set_where(sales.name, current, {"valid_to_generation": 1})  # nothing meets them any more
    assert await found(index, sales, Between("valid_to_generation", below=3)) == []


async def test_set_where_refuses_to_change_everything(index: Index, collections: Pair) -> None:
    _, sales = collections
    await index.upsert(sales.name, [sale(1, kind="kept")])
    with pytest.raises(RetrievalError, match="at least one condition"):
        await index.set_where(sales.name, (), {"kind": "x"})
    assert [hit.payload for hit in await index.scroll(sales.name, ())] == [{"kind": "kept"}]


async def test_a_vector_may_be_an_array(index: Index, collections: Pair) -> None:
    clauses, _ = collections
    stored = np.array([[3.0, 4.0, 0.0], [0.0, 0.0, 1.0]], dtype="<f4")
    words = weigh_passage("loan")
    await index.upsert(clauses.name, [Point(name(n), row, {}, words) for n, row in enumerate(stored, 1)])
    hits = await index.nearest(clauses.name, (0.6, 0.8, 0.0), (), 2)
    assert [(UUID(hit.id).int, hit.score) for hit in hits] == [(1, pytest.approx(1.0)), (2, pytest.approx(0.0))]


async def test_delete_removes_what_meets_all_conditions(index: Index, collections: Pair) -> None:
    _, sales = collections
    await index.upsert(sales.name, [sale(n, kind="a" if n % 2 else "b", part=n) for n in range(1, 7)])
    await index.delete(sales.name, [Equals("kind", "a"), Between("part", below=4)])
    assert await found(index, sales) == [2, 4, 5, 6]


async def test_delete_refuses_to_remove_everything(index: Index, collections: Pair) -> None:
    _, sales = collections
    await index.upsert(sales.name, [sale(1)])
    with pytest.raises(RetrievalError, match="at least one condition"):
        await index.delete(sales.name, ())
    assert await index.count(sales.name, ()) == 1


async def test_scroll_is_complete_beyond_pages_and_ordered(index: Index, collections: Pair) -> None:
    _, sales = collections
    await index.upsert(sales.name, [sale(n, kind="even" if n % 2 == 0 else "odd") for n in range(2500, 0, -1)])
    assert await found(index, sales) == list(range(1, 2501))
    assert await index.count(sales.name, [Equals("kind", "odd")]) == 1250
    some = await index.scroll(sales.name, [Equals("kind", "even")], 1100)
    assert [UUID(hit.id).int for hit in some] == list(range(2, 2202, 2))


@pytest.mark.parametrize(
    ("point", "complaint"),
    [
        (Point(name(2), (1.0,), {}), "vectors of 2 numbers, not 1"),
        (Point(name(2), (1.0, math.nan), {}), "not finite"),
        (Point(name(2), (1.0, 1e39), {}), "not finite"),
        (Point(name(2), np.ones(3, dtype=np.float32), {}), "vectors of 2 numbers, not 3"),
        (Point("sale-2", (1.0, 1.0), {}), "'sale-2' is not a UUID"),
        (Point(name(2), (1.0, 1.0), {"values": {"area": math.inf}}), r"values\.area holds inf"),
        (Point(name(2), (1.0, 1.0), {"day": object()}), "day holds <object"),
        (Point(name(2), (1.0, 1.0), {}, words={1: 1.0}), "takes no words"),
    ],
)
async def test_a_bad_point_is_refused_and_nothing_of_its_batch_is_written(
    index: Index, collections: Pair, point: Point, complaint: str
) -> None:
    _, sales = collections
    with pytest.raises(RetrievalError, match=complaint):
        await index.upsert(sales.name, [sale(1), point])
    assert await index.count(sales.name, ()) == 0


async def test_a_text_without_words_is_refused(index: Index, collections: Pair) -> None:
    clauses, sales = collections
    with pytest.raises(RetrievalError, match="takes words for BM25"):
        await index.upsert(clauses.name, [Point(name(1), (1.0, 0.0, 0.0), {})])
    with pytest.raises(RetrievalError, match="holds no words"):
        await index.lexical(sales.name, weigh_question("loan"), (), 10)


async def test_asking_wrongly_is_refused(index: Index, collections: Pair) -> None:
    _, sales = collections
    with pytest.raises(RetrievalError, match=f"no collection 'flights'; it has: .*{sales.name}"):
        await index.count("flights", ())
    with pytest.raises(RetrievalError, match="vectors of 2 numbers, not 3"):
        await index.nearest(sales.name, (1.0, 2.0, 3.0), (), 10)
    with pytest.raises(RetrievalError, match="no payload field"):
        await index.count(sales.name, [Equals('values."area"', "x")])


async def test_everything_is_there_after_closing_and_opening(open_index: OpenIndex, collections: Pair) -> None:
    clauses, sales = collections
    first = await open_index()
    await first.upsert(clauses.name, [clause(1, "a loan", tenant="a"), clause(2, "a house", tenant="a")])
    await first.upsert(sales.name, [sale(1, values={"area": 2.0})])
    assert await found(first, sales, Between("values.area", at_least=1)) == [1]
    await first.close()
    second = await open_index()
    hits = await second.lexical(clauses.name, weigh_question("loan"), [Equals("tenant", "a")], 5)
    assert [UUID(hit.id).int for hit in hits] == [1]
    assert await found(second, sales, Between("values.area", at_least=1)) == [1]
    await second.close()
