"""The way of one decision: case, evidence, decision, explanation, release; nothing is shown before it is durable."""

import asyncio
import os
import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from uuid import uuid4

from pydantic import Field, JsonValue

from decision.decision import Decision
from decision.engine import decide, require_rules
from decision.facts import Case, InvalidCaseError, Problem
from decision.pack import DomainPack, Learns, sent_facts
from decision.registry import choose
from explain.citations import Citations
from explain.clearing import WayOut, ways_out
from explain.confidence import confidence
from explain.counterfactuals import MOST_PAIRS, Counterfactual, counterfactuals
from explain.explanation import explain
from explain.steps import stepped
from explain.trials import Trial
from explain.withholding import withheld
from retrieval.corpus import Value
from retrieval.scope import ReadScope
from service.audit import Event, EventKind
from service.changes import changes_between
from service.errors import DeadlineError, LearningError
from service.gathering import Gathered, Gatherer
from service.ports import DecisionStore, IdempotencyKey, Recording
from service.quotes import verify_citations
from service.reader import Day, Reader
from service.records import ReleasedDecision, canonical, content_hash, sortable_id
from service.release import Argued, Circumstances, release
from service.review import task_for


class DecisionRequest(Value):
    """What a caller asks: a domain, the facts of the case, and optionally words and the date that counts.

    Without `as_of` the case is dated by the fact that its pack names for that, else by today.
    """

    domain: str = Field(min_length=1, max_length=100)
    case: Mapping[str, JsonValue] = Field(default_factory=dict)
    question: str | None = Field(default=None, max_length=100_000)
    as_of: Day | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """The decision that a new one reconsiders, and why, in the words of who asked."""

    decision: ReleasedDecision
    because: str | None


@dataclass(slots=True)
class _Stages:
    """Milliseconds by stage of one decision."""

    spent: dict[str, float] = field(default_factory=dict[str, float])

    @contextmanager
    def stage(self, name: str) -> Generator[None]:
        started = time.perf_counter()
        yield
        self.spent[name] = round((time.perf_counter() - started) * 1000, 3)


@dataclass(frozen=True, slots=True)
class DecisionFlow:
    """Decides cases, each within `deadline_s`; `versions` name what else a decision depends on (models, code)."""

    packs: Mapping[str, DomainPack]
    gatherer: Gatherer
    store: DecisionStore
    reader: Reader
    versions: Mapping[str, str]
    deadline_s: float

    async def decide(
        self,
        request: DecisionRequest,
        *,
        actor: str,
        idempotency_key: str | None = None,
        earlier: Earlier | None = None,
    ) -> ReleasedDecision:
        """Decide a case and return it once it is recorded; where it reconsiders an `earlier` one, with what changed.

        Raises InvalidCaseError with every field that is wrong; ConflictError when the idempotency key was used for
        another request. The same key and request again gives the decision made then, and NotFoundError where this
        reader may not read what it quotes.
        """
        idempotency = _idempotency(idempotency_key, request, earlier)
        if idempotency and (known := await self.store.recall(idempotency, self.reader.tenant)):
            scope = await self.reader.scope(known.as_of, known.generation)
            await verify_citations(known, self.gatherer.library, scope)
            return await self._handed_out(known, actor)
        pack = choose(self.packs, request.domain)
        case = self._case(pack, request)
        try:
            async with asyncio.timeout(self.deadline_s):
                released, gathered = await self._release(pack, case)
        except TimeoutError:
            if learning := self.gatherer.teacher.learning:
                about, seconds = max(learning.items(), key=lambda pair: pair[1])
                raise LearningError(
                    f"A model is being learned from {about}, for {seconds:.0f} seconds so far, which takes minutes and "
                    "is done once; it goes on. Ask again in a minute. Nothing was recorded."
                ) from None
            raise DeadlineError(
                f"The decision took longer than {self.deadline_s:g} seconds; try again, or raise "
                "TOULMIN_DECISION_DEADLINE_S. Nothing was recorded."
            ) from None
        told = list(_history(request, released, gathered, actor, self.reader.now()))
        if earlier is not None:
            released = _compared(released, earlier)
            told.append(_reconsidered(released, earlier, actor, self.reader.now()))
        return await self._record(request, released, told, actor, idempotency)

    async def _release(self, pack: DomainPack, case: Case) -> tuple[ReleasedDecision, Gathered]:
        stages = _Stages()
        scope = await self.reader.scope(case.as_of)
        with stages.stage("evidence"):
            gathered = await self.gatherer.gather(pack, case, scope)
        with stages.stage("decision"):
            decision = await asyncio.to_thread(
                decide,
                gathered.pack,
                case,
                gathered.evidence,
                gathered.changed,
                at_hand=gathered.at_hand,
            )
        with stages.stage("citations"):
            citations = await self.gatherer.cite(decision, scope)
        with stages.stage("explanation"):
            argued = await asyncio.to_thread(_argue, case, gathered, decision, citations)
        return release(argued, self._circumstances(scope, gathered, stages)), gathered

    def _case(self, pack: DomainPack, request: DecisionRequest) -> Case:
        facts = sent_facts(pack, request.case)
        as_of = request.as_of or self._dated(pack, facts)
        require_rules(pack, as_of)
        return pack.schema.read(pack.name, facts, as_of, request.question)

    def _dated(self, pack: DomainPack, facts: Mapping[str, JsonValue]) -> date:
        """Date a case whose caller gave no date: by the fact that its pack names, which is never guessed, or today."""
        if pack.dated_by is None:
            return self.reader.now().date()
        try:
            return date.fromisoformat(str(facts.get(pack.dated_by))[:10])
        except ValueError:
            problem = Problem(
                pack.dated_by, "a date such as 2026-11-22, by which the law is chosen", "send it, or as_of"
            )
            raise InvalidCaseError((problem,)) from None

    def _circumstances(self, scope: ReadScope, gathered: Gathered, stages: _Stages) -> Circumstances:
        now = self.reader.now()
        return Circumstances(
            decision_id=sortable_id("dec", now, os.urandom(10)),
            trace_id=uuid4().hex,
            task_id=sortable_id("task", now, os.urandom(10)),
            generation=scope.generation,
            mode=gathered.mode,
            versions=self.versions if gathered.lesson is None else {**self.versions, "lesson": gathered.lesson},
            timings_ms=stages.spent,
        )

    async def _record(
        self,
        request: DecisionRequest,
        released: ReleasedDecision,
        told: Sequence[Event],
        actor: str,
        idempotency: IdempotencyKey | None,
    ) -> ReleasedDecision:
        now = self.reader.now()
        recording = Recording(
            released=released,
            case=request.model_dump(mode="json"),
            actor=actor,
            at=now,
            events=tuple(told),
            task=task_for(released, now, tenant=self.reader.tenant),
            idempotency=idempotency,
            tenant=self.reader.tenant,
        )
        return await self._handed_out(await self.store.record(recording), actor)

    async def _handed_out(self, recorded: ReleasedDecision, actor: str) -> ReleasedDecision:
        """Log that a decision leaves the service, once, now that it is durable."""
        await self.store.release(recorded.decision_id, actor, self.reader.now(), self.reader.tenant)
        return recorded


@dataclass(frozen=True, slots=True)
class _Runs:
    """How often a case is decided again to explain it: for changes of one fact, of two, for steps, for ways out."""

    changes: int
    pairs: int
    steps: int
    ways: int


_HEAVY = _Runs(changes=6, pairs=3, steps=5, ways=6)
_LIGHT = _Runs(changes=40, pairs=MOST_PAIRS, steps=20, ways=40)


def _argue(case: Case, gathered: Gathered, decision: Decision, citations: Citations) -> Argued:
    pack = gathered.pack
    told = withheld(decision, citations.unresolved)
    runs = _HEAVY if isinstance(pack, Learns) else _LIGHT
    others: tuple[Counterfactual, ...] = ()
    ways: tuple[WayOut, ...] = ()
    if told is decision:  # what is withheld would only come back as "what would change it"
        trial = Trial.of(pack, case, gathered.evidence, decision, gathered.changed)
        others = (
            *counterfactuals(trial, runs=runs.changes, most_pairs=runs.pairs),
            *stepped(trial, runs=runs.steps),
        )
        ways = ways_out(trial, runs=runs.ways)
    sure = confidence(told, gathered.mode, citations.unresolved)
    return Argued(told, citations, sure, others, explain(told, citations, sure, others, ways), gathered.altered)


def _compared(released: ReleasedDecision, earlier: Earlier) -> ReleasedDecision:
    changes = changes_between(earlier.decision, released, earlier.because)
    return released.model_copy(update={"reconsiders": earlier.decision.decision_id, "changes": changes})


def _reconsidered(released: ReleasedDecision, earlier: Earlier, actor: str, at: datetime) -> Event:
    payload: Mapping[str, JsonValue] = {"by": released.decision_id, "content_sha256": content_hash(earlier.decision)}
    return Event(at=at, kind="reconsidered", subject=earlier.decision.decision_id, actor=actor, payload=payload)


def _idempotency(key: str | None, request: DecisionRequest, earlier: Earlier | None) -> IdempotencyKey | None:
    if key is None:
        return None
    if earlier is None:
        return IdempotencyKey(key, _sha256(request))
    asked: JsonValue = [earlier.decision.decision_id, earlier.because, _sha256(request)]
    return IdempotencyKey(key, sha256(canonical(asked)).hexdigest())


def _sha256(request: DecisionRequest) -> str:
    return sha256(canonical(request.model_dump(mode="json"))).hexdigest()


def _history(
    request: DecisionRequest, released: ReleasedDecision, gathered: Gathered, actor: str, at: datetime
) -> Iterable[Event]:
    """Tell what happened before the decision was made, by hashes and counts: the log keeps no personal facts."""

    def event(kind: EventKind, payload: Mapping[str, JsonValue]) -> Event:
        return Event(at=at, kind=kind, subject=released.decision_id, actor=actor, payload=payload)

    yield event("requested", {"domain": request.domain, "request_sha256": _sha256(request)})
    counts: dict[str, JsonValue] = {name: len(items) for name, items in gathered.evidence.items()}
    yield event("retrieved", {"generation": released.generation, "mode": released.mode, "found": counts})
    results: dict[str, JsonValue] = {check.rule_id: check.result for check in released.policy_checks}
    yield event("rules_evaluated", {"results": results, "versions": dict(released.versions)})
