"""What a claim rests on: clauses by document and key, and exact passages that were found."""

from decision.facts import DecisionError
from retrieval.corpus import Record, Span, Value


class ClauseRef(Value):
    """Points to a clause by document and key, to be resolved in the generation the decision reads."""

    document_id: str
    key: str

    @classmethod
    def parse(cls, text: str) -> "ClauseRef":
        """Read `document#key`; anything else is a DecisionError."""
        document_id, mark, key = text.partition("#")
        if not (document_id and mark and key):
            raise DecisionError(
                f"'{text}' does not point to a clause; write document#key, such as 'claims-policy#4.2'."
            )
        return cls(document_id=document_id, key=key)

    def __hash__(self) -> int:
        return hash((self.document_id, self.key))

    def __str__(self) -> str:
        return f"{self.document_id}#{self.key}"


class PassageRef(Value):
    """Points to an exact passage of a revision that was found as evidence (a clause, a sentence of it, a row)."""

    revision_id: str
    document_id: str
    key: str
    span: Span

    @classmethod
    def to_row(cls, record: Record) -> "PassageRef":
        """Point to the row of a table that a record was read from."""
        key = record.id.removeprefix(f"{record.document_id}:")
        return cls(revision_id=record.revision_id, document_id=record.document_id, key=key, span=record.span)

    def __hash__(self) -> int:
        return hash((self.revision_id, self.document_id, self.key, self.span.start, self.span.end))


Reference = ClauseRef | PassageRef


class Claim(Value):
    """One sentence that the decision asserts, and what it rests on."""

    text: str
    cites: tuple[Reference, ...]
