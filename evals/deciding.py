"""Turns labelled cases of a pack into scores, by the engine alone: no index is asked, nothing is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from pydantic import JsonValue

from decision.decision import Decision
from decision.engine import decide, require_rules
from decision.facts import DecisionError, FactType, InvalidCaseError
from decision.pack import DomainPack, with_parameters
from decision.registry import choose, packs
from evals.cases import EvalCase, Found, read_cases, score, summary
from evals.datasets import EvaluationError


class CaseReader(Protocol):
    """What a pack's module `evaluation` offers for labelled cases to be scored."""

    def read_case(self, facts: Mapping[str, JsonValue], as_of: str | None = None) -> Mapping[str, JsonValue]:
        """Give the pack's facts for those of a labelled case; `as_of` dates them where they do not say when.

        InvalidCaseError where they are wrong.
        """
        ...

    def verdict(self, answer: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
        """Say what an answer comes to in the words of the labels.

        Either `decision` and `amounts`, or `regime`, `eligible`, `amount` and `currency`. `decided_by` may name the
        rules that made the decision; what they refer to is then compared with the clauses of the label.
        """
        ...


def measure_cases(
    name: str, path: Path, *, parameters: Path | None = None, as_of: date | None = None
) -> dict[str, JsonValue]:
    """Decide every case of a file and score it; `parameters` are another carrier's numbers.

    A case that states no date is decided as of `as_of`, else today, as if what dates it had happened then.
    """
    try:
        pack = choose(packs(), name)
        court = _Court(with_parameters(pack, parameters) if parameters else pack, reader_of(pack))
    except InvalidCaseError as error:
        raise EvaluationError(f"--pack: expected {error.problems[0].expected}; {error.problems[0].remedy}") from None
    except DecisionError as error:
        raise EvaluationError(f"--parameters: {error}") from None
    cases = read_cases(path, name)
    return summary([score(case, court.decide(case, case.as_of or as_of)) for case in cases])


def reader_of(pack: DomainPack) -> CaseReader:
    """Find the module `evaluation` beside a pack; EvaluationError where it has none."""
    home = type(pack).__module__.rpartition(".")[0]
    try:
        return cast("CaseReader", import_module(f"{home}.evaluation"))
    except ModuleNotFoundError:
        message = f"--pack: {pack.name} has no scoring; write {home}.evaluation with read_case and verdict."
        raise EvaluationError(message) from None


@dataclass(frozen=True, slots=True)
class _Court:
    pack: DomainPack
    reader: CaseReader

    def decide(self, case: EvalCase, as_of: date | None) -> Found:
        """Decide one case; one that is refused was not decided, and a person has to look."""
        try:
            facts = dict(self.reader.read_case(case.facts, as_of and as_of.isoformat()))
            day = self._dated(facts) or as_of or datetime.now(UTC).date()
            if (dated_by := self.pack.dated_by) and self.pack.schema.definitions[dated_by].type is FactType.DATE:
                facts.setdefault(dated_by, day.isoformat())
            require_rules(self.pack, day)
            decision = decide(self.pack, self.pack.schema.read(self.pack.name, facts, day, case.question), {})
        except InvalidCaseError as error:
            return Found({}, (), review=True, problem=str(error))
        verdict = self.reader.verdict(decision.answer)
        return Found(verdict, _clauses(decision, verdict), review=bool(decision.escalations))

    def _dated(self, facts: Mapping[str, JsonValue]) -> date | None:
        stated = facts.get(self.pack.dated_by) if self.pack.dated_by else None
        try:
            return date.fromisoformat(str(stated)[:10]) if stated is not None else None
        except ValueError:
            return None  # the schema says what is wrong with it


def _clauses(decision: Decision, verdict: Mapping[str, JsonValue]) -> tuple[str, ...]:
    """List what the deciding rules refer to; where a verdict names none, the clauses of conclusions that were drawn."""
    named = verdict.get("decided_by")
    if not isinstance(named, list):
        drawn = {str(one.clause) for one in decision.outcomes if (one.kind, one.state) == ("conclusion", "held")}
        return tuple(sorted(drawn))
    referred = [one.reference for one in decision.outcomes if one.rule_id in named and one.reference is not None]
    return tuple(sorted({part.strip() for words in referred for part in words.split(",")}))
