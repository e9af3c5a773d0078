"""Finds what is wrong with a pack before it decides anything: clauses, bindings, owners, what nobody reads or tests.

Spelling and types of expressions are checked when the rule book is loaded.
"""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Literal

from decision.cases import CaseResult, load_cases, run_cases
from decision.decision import ClauseRef
from decision.expressions.syntax import fact_names
from decision.facts import FactType
from decision.pack import DomainPack
from decision.rules import Confirmed, Parameter, PolicyRule
from decision.values import did_you_mean
from retrieval.corpus import Value

__all__ = ["CaseResult", "Finding", "check", "confirmed_bindings", "run_cases"]


class Finding(Value):
    """One thing that is wrong with a pack; an error keeps it from being relied on, a warning does not.

    `subject` is a rule, parameter, fact, clause or case. For a clause, `confirmed` and `current` are the SHA-256 of the
    words that were encoded and of those that stand there now.
    """

    severity: Literal["error", "warning"]
    code: str
    subject: str
    message: str
    owner: str | None = None
    confirmed: str | None = None
    current: str | None = None


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
    for entry in chain(pack.rulebook.rules, pack.rulebook.parameters):
        if not entry.owner.strip():
            yield _error("no_owner", _name(entry), "has no owner, so nobody is told when its clause changes")


def _cases(pack: DomainPack) -> Iterator[Finding]:
    rules = {rule.id for rule in pack.rulebook.rules}
    named: set[str] = set()
    for case in load_cases(pack):
        for rule_id, _ in case.trace():
            named.add(rule_id)
            if rule_id not in rules:
                yield _error("unknown_rule", case.name, f"names {rule_id}, which is no rule")
    for rule_id in dict.fromkeys(rule.id for rule in pack.rulebook.rules):
        if rule_id not in named:
            yield _error("untested_rule", rule_id, "is in no case's expected trace; add one to cases.toml")


def _unread(pack: DomainPack, code: str) -> Iterator[Finding]:
    read = frozenset[str]().union(*(rule.facts for rule in pack.rulebook.rules))
    read |= frozenset[str]().union(*(fact_names(value.expression) for value in pack.rulebook.otherwise.values()))
    concluded = {name for rule in pack.rulebook.rules for name in rule.sets} | set(pack.rulebook.otherwise)
    for name in pack.schema.definitions:
        if name not in read and not _mentions(code, name):
            kind = "unread_conclusion" if name in concluded else "unread_fact"
            yield _warning(kind, name, "is read by no rule and no code")


def _parameters(pack: DomainPack, code: str) -> Iterator[Finding]:
    book = pack.rulebook
    used = frozenset[str]().union(*(rule.parameters for rule in book.rules))
    for name in dict.fromkeys(parameter.name for parameter in book.parameters):
        if name not in used and not _mentions(code, name):
            yield _warning("unused_parameter", name, "is used by no rule and no code")
    for rule in book.rules:
        days = [day for day in book.changes if rule.effective_from <= day < (rule.effective_to or day.max)]
        for name in sorted(rule.parameters):
            gap = next((day for day in days if name not in book.on(day).parameters.entries), None)
            if gap is not None:
                yield _error("parameter_gap", rule.id, f"reads ${name}, which is not in force on {gap}")


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
    return entry.id if isinstance(entry, PolicyRule) else entry.name


def _error(code: str, subject: str, words: str) -> Finding:
    return Finding(severity="error", code=code, subject=subject, message=f"{subject} {words}.")


def _warning(code: str, subject: str, words: str) -> Finding:
    return Finding(severity="warning", code=code, subject=subject, message=f"{subject} {words}.")
