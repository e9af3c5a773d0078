"""What becomes of each document."""

from ingestion.ingests import KnownRevision, Shape
from ingestion.plan import Seen, make_plan


def _known(document_id: str, source: str, mark: str) -> KnownRevision:
    return KnownRevision(document_id, f"rev_{document_id}", source, mark, mark, Shape(0, 0, 0, None))


def test_documents_are_told_apart_by_fingerprint() -> None:
    plan = make_plan(
        seen=[Seen("same", "/a//same.md", "1"), Seen("other", "/a//other.md", "2"), Seen("fresh", "/a//fresh.md", "3")],
        unreadable=["broken"],
        known=[
            _known("same", "/a//same.md", "1"),
            _known("other", "/a//other.md", "1"),
            _known("broken", "/a//broken.md", "1"),
            _known("gone", "/a//gone.md", "1"),
            _known("elsewhere", "/b//elsewhere.md", "1"),
        ],
        roots=frozenset({"/a"}),
        still_there=lambda _: True,
    )
    assert plan.new == ("fresh",)
    assert plan.changed == ("other",)
    assert plan.unchanged == ("same",)
    assert plan.removed == ("gone",)
    assert plan.taken == ()


def test_an_id_belongs_to_its_file_as_long_as_that_is_there() -> None:
    seen, known = [Seen("x", "/b//x.md", "2")], [_known("x", "/a//x.md", "1")]
    there = make_plan(seen, [], known, frozenset({"/b"}), lambda _: True)
    assert (there.taken, there.changed, there.removed) == (("x",), (), ())
    moved = make_plan(seen, [], known, frozenset({"/b"}), lambda _: False)
    assert (moved.taken, moved.changed) == ((), ("x",))
