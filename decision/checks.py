"""Finds what is wrong with a pack before it decides anything: clauses, bindings, owners, what nobody reads or tests.

Spelling and types of expressions are checked when the rule book is loaded.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Literal

from decision.bands import faults
from decision.cases import CaseResult, load_cases, run_cases
from decision.decision import ClauseRef
from decision.evaluation import Period
from decision.expressions.syntax import Not, fact_names
from decision.facts import FactType
from decision.pack import DomainPack
from decision.reach import Space, holds
from decision.rules import Confirmed, Parameter, PolicyRule
from decision.values import did_you_mean
from retrieval.corpus import Value

__all__ = ["CaseResult", "Finding", "check", "confirmed_bindings", "run_cases"]


class Finding(Value):
    """One thing that is wrong with a pack; an error keeps it from being relied on, a warning does not.

    `subject` is a rule, parameter, fact, clause or case. For a clause, `confirmed` and `current` are the SHA-256 of the
    words that were encoded and of those that stand there now. `place` is the file and line of a rule or parameter.
    """

    severity: Literal["error", "warning"]
    code: str
    subject: str
    message: str
    owner: str | None = None
    confirmed: str | None = None
    current: str | None = None
    place: str | None = None


def check(pack: DomainPack, clauses: Mapping[ClauseRef, str] | None = None, confirmed: Confirmed = ()) -> list[Finding]:
    """Check a pack; `clauses` gives the SHA-256 of every known clause (without it, clauses are not compared).

    `confirmed` are words that were confirmed besides those that the pack binds.
    """
    code = _code(pack)
    return [
        *(_clauses(pack, clauses, confirmed) if clauses is not None else ()),
        *_owners(pack),
        *_cases(pack),
        *_unread(pack, code),
        *_parameters(pack, code),
        *_untestable(pack),
        *_logic(pack),
    ]


def confirmed_bindings(pack: DomainPack, clauses: Mapping[ClauseRef, str]) -> str:
    """Write `bindings.toml` anew: every clause that the pack cites and that is known, with the words it has now.

    What was confirmed of a law that is not known here stays.
    """
    kept = {str(law): pack.rulebook.bindings.get(str(law)) for law in pack.rulebook.laws()}
    found = {**kept, **{str(clause): clauses[clause] for clause in pack.rulebook.clauses() if clause in clauses}}
    lines = [f'"{clause}" = "{digest}"' for clause, digest in sorted(found.items()) if digest is not None]
    heading = "# The words that the rules encode, as their owners confirmed them: toulmin rules check --confirm"
    return "\n".join((heading, *lines)) + "\n"


def _clauses(pack: DomainPack, clauses: Mapping[ClauseRef, str], confirmed: Confirmed) -> Iterator[Finding]:
    laws = pack.rulebook.laws()
    for clause, entries in pack.rulebook.encodings().items():
        current = clauses.get(clause)
        if pack.rulebook.confirms(clause, current, confirmed) or (current is None and clause in laws):
            continue
        by = ", ".join(dict.fromkeys(entry.name for entry in entries))
        owner = ", ".join(dict.fromkeys(entry.owner for entry in entries if entry.owner)) or None
        bound = pack.rulebook.bindings.get(str(clause))
        if current is None:
            known = [str(one) for one in clauses]
            code, message = "unknown_clause", f"no such clause is known{did_you_mean(str(clause), known)}"
        elif bound is None:
            code, message = "unbound_clause", "its words were never confirmed; read it and confirm the rules"
        else:
            code, message = "changed_clause", "its words have changed; read it again and confirm the rules"
        yield Finding(
            severity="error",
            code=code,
            subject=str(clause),
            message=f"{clause} (cited by {by}): {message}.",
            owner=owner,
            confirmed=bound,
            current=current,
        )


def _owners(pack: DomainPack) -> Iterator[Finding]:
    owned = chain(pack.rulebook.rules, pack.rulebook.parameters)
    unowned = {_name(entry): entry for entry in reversed([*owned]) if not entry.owner.strip()}
    for entry in reversed(unowned.values()):
        yield _error("no_owner", entry, "has no owner, so nobody is told when its clause changes")


def _cases(pack: DomainPack) -> Iterator[Finding]:
    rules = {rule.id for rule in pack.rulebook.rules}
    named: set[str] = set()
    for case in load_cases(pack):
        for rule_id, _ in case.trace():
            named.add(rule_id)
            if rule_id not in rules:
                yield _error("unknown_rule", case.name, f"names {rule_id}, which is no rule")
    for rule in {rule.id: rule for rule in reversed(pack.rulebook.rules)}.values():
        if rule.id not in named:
            yield _error("untested_rule", rule, "is in no case's expected trace; add one to cases.toml")


def _unread(pack: DomainPack, code: str) -> Iterator[Finding]:
    read = frozenset[str]().union(*(rule.facts for rule in pack.rulebook.rules))
    read |= frozenset[str]().union(*(fact_names(value.expression) for value in pack.rulebook.otherwise.values()))
    read |= frozenset(name for definition in pack.schema.definitions.values() for name in definition.inputs)
    concluded = {name for rule in pack.rulebook.rules for name in rule.sets} | set(pack.rulebook.otherwise)
    for name in pack.schema.definitions:
        if name not in read and not _mentions(code, name):
            kind = "unread_conclusion" if name in concluded else "unread_fact"
            yield _warning(kind, name, "is read by no rule and no code")


def _parameters(pack: DomainPack, code: str) -> Iterator[Finding]:
    book = pack.rulebook
    used = frozenset[str]().union(*(rule.parameters for rule in book.rules))
    for name, entry in {parameter.family: parameter for parameter in book.parameters}.items():
        if name not in used and not _mentions(code, name):
            yield _warning("unused_parameter", entry, "is used by no rule and no code")
    for rule in book.rules:
        days = [day for day in book.changes if rule.effective_from <= day < (rule.effective_to or day.max)]
        for name in sorted(rule.parameters):
            gap = next((day for day in days if name not in book.on(day).parameters.families), None)
            if gap is not None:
                yield _error("parameter_gap", rule, f"reads ${name}, which is not in force on {gap}")


def _logic(pack: DomainPack) -> Iterator[Finding]:
    """Look at every period once; what is wrong in several of them is said once."""
    found: dict[tuple[str, str], Finding] = {}
    for day in pack.rulebook.changes:
        period = pack.rulebook.on(day).period
        for one in (*_unreachable(pack, period), *_bands(pack, period)):
            found.setdefault((one.code, one.subject), one)
    yield from found.values()


def _unreachable(pack: DomainPack, period: Period) -> Iterator[Finding]:
    space = Space.of(pack.schema.definitions, period)
    for rule in period.rules:
        prevailing = () if rule.kind == "check" else period.prevailing.get(rule.position, ())
        stronger = _stronger(rule, period)
        if not space.can_hold(holds(rule)):
            yield _error("unreachable_rule", rule, "can never hold, whatever the facts are")
        elif prevailing and not space.can_hold(holds(rule), *(Not(holds(other)) for other in prevailing)):
            why = f"never takes effect: {_ids(prevailing)} prevails whenever it holds"
            yield _error("unreachable_rule", rule, why)
        elif stronger and not space.can_hold(holds(rule), *(Not(holds(other)) for other in stronger)):
            why = f"never takes effect: {_ids(stronger)} has priority whenever it holds"
            yield _error("unreachable_rule", rule, why)


def _stronger(rule: PolicyRule, period: Period) -> list[PolicyRule]:
    """List the rules of higher priority that set everything that a conclusion sets."""
    return [
        other
        for other in period.rules
        if rule.sets and other.priority > rule.priority and set(rule.sets) <= set(other.sets)
    ]


def _ids(rules: Sequence[PolicyRule]) -> str:
    return " or ".join(rule.id for rule in rules)


def _bands(pack: DomainPack, period: Period) -> Iterator[Finding]:
    for fault in faults(period, pack.schema.definitions):
        yield _error(fault.kind, fault.rule, f"has a neighbour it does not fit: {fault.words}")


def _untestable(pack: DomainPack) -> Iterator[Finding]:
    for name, definition in pack.schema.definitions.items():
        closed = definition.type in {FactType.BOOLEAN, FactType.ENUM}
        if definition.default is not None and not definition.alternatives and not closed:
            yield _warning("untestable_assumption", name, "has a default but no alternatives to test it with")


def _code(pack: DomainPack) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(pack.folder.rglob("*.py")))


def _mentions(code: str, name: str) -> bool:
    return f'"{name}"' in code or f"'{name}'" in code


def _name(entry: PolicyRule | Parameter) -> str:
    return entry.id if isinstance(entry, PolicyRule) else entry.family


def _error(code: str, subject: str | PolicyRule | Parameter, words: str) -> Finding:
    name = subject if isinstance(subject, str) else _name(subject)
    return Finding(severity="error", code=code, subject=name, message=f"{name} {words}.", place=_place(subject))


def _warning(code: str, subject: str | PolicyRule | Parameter, words: str) -> Finding:
    name = subject if isinstance(subject, str) else _name(subject)
    return Finding(severity="warning", code=code, subject=name, message=f"{name} {words}.", place=_place(subject))


def _place(subject: str | PolicyRule | Parameter) -> str | None:
    if isinstance(subject, str):
        return None
    file = "rules.toml" if isinstance(subject, PolicyRule) else "parameters.toml"
    return f"{file}:{subject.line}" if subject.line else None
