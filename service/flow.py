"""The way of one decision: case, evidence, decision, explanation, release; nothing is shown before it is durable."""

import asyncio
import os
import time
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from uuid import uuid4

from pydantic import Field, JsonValue

from decision.decision import Decision
from decision.engine import decide, require_rules
from decision.facts import Case, InvalidCaseError, Problem
from decision.pack import DomainPack, sent_facts
from decision.registry import choose
from explain.citations import Citations
from explain.confidence import confidence
from explain.counterfactuals import Counterfactual, counterfactuals
from explain.explanation import explain
from explain.withholding import withheld
from retrieval.corpus import Value
from retrieval.query import Mode
from retrieval.scope import ReadScope
from service.audit import Event, EventKind
from service.errors import DeadlineError
from service.gathering import Gathered, Gatherer
from service.ports import DecisionStore, IdempotencyKey, Recording
from service.quotes import verify_citations
from service.reader import Day, Reader
from service.records import ReleasedDecision, canonical, sortable_id
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
        self, request: DecisionRequest, *, actor: str, idempotency_key: str | None = None
    ) -> ReleasedDecision:
        """Decide a case and return it once it is recorded.

        Raises InvalidCaseError with every field that is wrong; ConflictError when the idempotency key was used for
        another request. The same key and request again gives the decision made then, and NotFoundError where this
        reader may not read what it quotes.
        """
        idempotency = _idempotency(idempotency_key, request)
        if idempotency and (earlier := await self.store.recall(idempotency, self.reader.tenant)):
            scope = await self.reader.scope(earlier.as_of, earlier.generation)
            await verify_citations(earlier, self.gatherer.library, scope)
            return await self._handed_out(earlier, actor)
        pack = choose(self.packs, request.domain)
        case = self._case(pack, request)
        try:
            async with asyncio.timeout(self.deadline_s):
                released, gathered = await self._release(pack, case)
        except TimeoutError:
            raise DeadlineError(
                f"The decision took longer than {self.deadline_s:g} seconds; try again, or raise "
                "TOULMIN_DECISION_DEADLINE_S. Nothing was recorded."
            ) from None
        return await self._record(request, released, gathered, actor, idempotency)

    async def _release(self, pack: DomainPack, case: Case) -> tuple[ReleasedDecision, Gathered]:
        stages = _Stages()
        scope = await self.reader.scope(case.as_of)
        with stages.stage("evidence"):
            gathered = await self.gatherer.gather(pack, case, scope)
        with stages.stage("decision"):
            decision = await asyncio.to_thread(
                decide,
                pack,
                case,
                gathered.evidence,
                gathered.changed,
                at_hand=gathered.at_hand,
            )
        with stages.stage("citations"):
            citations = await self.gatherer.cite(decision, scope)
        with stages.stage("explanation"):
            argued = await asyncio.to_thread(_argue, pack, case, gathered, decision, citations)
        return release(argued, self._circumstances(scope, gathered.mode, stages)), gathered

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

    def _circumstances(self, scope: ReadScope, mode: Mode, stages: _Stages) -> Circumstances:
        now = self.reader.now()
        return Circumstances(
            decision_id=sortable_id("dec", now, os.urandom(10)),
            trace_id=uuid4().hex,
            task_id=sortable_id("task", now, os.urandom(10)),
            generation=scope.generation,
            mode=mode,
            versions=self.versions,
            timings_ms=stages.spent,
        )

    async def _record(
        self,
        request: DecisionRequest,
        released: ReleasedDecision,
        gathered: Gathered,
        actor: str,
        idempotency: IdempotencyKey | None,
    ) -> ReleasedDecision:
        now = self.reader.now()
        recording = Recording(
            released=released,
            case=request.model_dump(mode="json"),
            actor=actor,
            at=now,
            events=tuple(_history(request, released, gathered, actor, now)),
            task=task_for(released, now, tenant=self.reader.tenant),
            idempotency=idempotency,
            tenant=self.reader.tenant,
        )
        return await self._handed_out(await self.store.record(recording), actor)

    async def _handed_out(self, recorded: ReleasedDecision, actor: str) -> ReleasedDecision:
        """Log that a decision leaves the service, once, now that it is durable."""
        await self.store.release(recorded.decision_id, actor, self.reader.now(), self.reader.tenant)
        return recorded


_HEAVY_RUNS = 8
_LIGHT_RUNS = 40


def _argue(pack: DomainPack, case: Case, gathered: Gathered, decision: Decision, citations: Citations) -> Argued:
    told = withheld(decision, citations.unresolved)
    runs = _HEAVY_RUNS if pack.record_kinds else _LIGHT_RUNS
    others: tuple[Counterfactual, ...] = ()
    if told is decision:  # what is withheld would only come back as "what would change it"
        others = counterfactuals(pack, case, gathered.evidence, decision, runs=runs, changed=gathered.changed)
    sure = confidence(told, gathered.mode, citations.unresolved)
    return Argued(told, citations, sure, others, explain(told, citations, sure, others), gathered.altered)


def _idempotency(key: str | None, request: DecisionRequest) -> IdempotencyKey | None:
    if key is None:
        return None
    return IdempotencyKey(key, _sha256(request))


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
