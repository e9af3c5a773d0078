"""Says in words why an expression came out as it did, naming only the parts that decided."""

from collections.abc import Mapping
from typing import Final

from decision.expressions.evaluate import Compiled, Reading, Result, Unknown
from decision.expressions.syntax import (
    Arithmetic,
    Call,
    Comparison,
    Connection,
    FactName,
    Known,
    Literal,
    Lookup,
    Membership,
    Negation,
    Not,
    ParameterName,
)
from decision.facts import FactDefinition
from decision.values import plain

_RELATIONS: Final = {
    "<": ("is below", "is at least"),
    "<=": ("is at most", "is above"),
    ">": ("is above", "is at most"),
    ">=": ("is at least", "is below"),
}
_SIGNS: Final = {"+": "plus", "-": "minus", "*": "times", "/": "divided by"}
_CALLS: Final = {
    "abs": "the size of {}",
    "min": "the lesser of {} and {}",
    "max": "the greater of {} and {}",
    "days": "the days of {}",
    "hours": "the hours of {}",
    "minutes": "the minutes of {}",
}


def because(condition: Compiled, reading: Reading, definitions: Mapping[str, FactDefinition]) -> str:
    """Say what decided a condition, as a clause without capital or full stop.

    `forecast standard deviation 0.17 is at most 0.20`; `arrival delay is not known`.
    """
    return _Words(Reading(reading.facts, reading.parameters), definitions).reason(condition)


def titled(name: str, definitions: Mapping[str, FactDefinition]) -> str:
    """Give the title of a fact as it reads inside a sentence."""
    title = definitions[name].title if name in definitions else name.replace("_", " ")
    is_acronym = title[1:2].isupper() or not title[1:2].isalpha()
    return title if is_acronym else title[:1].lower() + title[1:]


def unknown_words(unknown: Unknown, definitions: Mapping[str, FactDefinition]) -> str:
    """Say what keeps something from being determined."""
    missing = [titled(name, definitions) for name in definitions if name in unknown.facts]
    missing += sorted(unknown.facts - set(definitions))
    facts = [f"{_listed(missing)} {'is' if len(missing) == 1 else 'are'} not known"] if missing else []
    return "; ".join((*facts, *(f"there is {reason}" for reason in unknown.reasons)))


class _Words:
    """The words of one evaluation; the values are those that the rule was evaluated with."""

    def __init__(self, reading: Reading, definitions: Mapping[str, FactDefinition]) -> None:
        self._reading = reading
        self._definitions = definitions
        self._results: dict[int, Result] = {}

    def _result(self, part: Compiled) -> Result:
        """Evaluate a part, each part once."""
        found = self._results.get(id(part))
        if found is None:
            found = self._results[id(part)] = part.evaluate(self._reading)
        return found

    def reason(self, part: Compiled) -> str:
        result = self._result(part)
        expression = part.expression
        match expression:
            case Connection(operator):
                reason = self._connected(part, result, decisive=operator == "or")
            case Not():
                reason = self.reason(part.parts[0])
            case Known(_, negated):
                known = (result is True) is not negated
                reason = f"{self._name(part.parts[0])} is {'known' if known else 'not known'}"
            case _ if isinstance(result, Unknown):
                reason = unknown_words(result, self._definitions)
            case FactName():  # the title of a boolean may be a noun or a whole statement
                reason = f"{self._name(part)}: {'yes' if result is True else 'no'}"
            case Comparison():
                reason = self._compared(part, holds=result is True)
            case Membership(_, _, negated):
                among = (result is True) is not negated
                left, right = part.parts
                reason = f"{self._is(left)}, {'one' if among else 'none'} of {self._value(right)}"
            case _:
                reason = f"{self._name(part)} is {_said(result)}"
        return reason

    def _connected(self, part: Compiled, result: Result, *, decisive: bool) -> str:
        results = [(operand, self._result(operand)) for operand in part.parts]
        if result is decisive:
            deciding = [operand for operand, value in results if value is decisive][:1]
        elif isinstance(result, Unknown):
            return unknown_words(result, self._definitions)
        else:
            deciding = [operand for operand, _ in results]
        return " and ".join(dict.fromkeys(self.reason(operand) for operand in deciding))

    def _compared(self, part: Compiled, *, holds: bool) -> str:
        left, right = part.parts
        operator = part.expression.operator if isinstance(part.expression, Comparison) else ""
        if operator in _RELATIONS:
            return f"{self._operand(left)} {_RELATIONS[operator][not holds]} {self._operand(right)}"
        equal = holds is (operator == "==")
        if isinstance(left.expression, Literal | ParameterName | Lookup):
            left, right = right, left
        is_constant = isinstance(right.expression, Literal | ParameterName | Lookup)
        other = self._value(right) if is_constant else self._operand(right)
        if equal:
            return self._is(left) if is_constant else f"{self._is(left)}, the same as {other}"
        return f"{self._is(left)}, not {other}"

    def _is(self, part: Compiled) -> str:
        return f"{self._name(part)} is {self._value(part)}"

    def _operand(self, part: Compiled) -> str:
        match part.expression:
            case Literal() | ParameterName() | Lookup():
                return self._value(part)
            case FactName():
                return f"{self._name(part)} {self._value(part)}"
            case _:
                return f"{self._name(part)} ({self._value(part)})"

    def _value(self, part: Compiled) -> str:
        value = _said(self._result(part))
        expression = part.expression
        definition = self._definitions.get(expression.name) if isinstance(expression, FactName) else None
        return f"{value} {definition.unit.replace('_', ' ')}" if definition and definition.unit else value

    def _name(self, part: Compiled) -> str:
        expression = part.expression
        match expression:
            case FactName(name):
                words = titled(name, self._definitions)
            case ParameterName(name):
                words = name.replace("_", " ")
            case Lookup(name):
                words = f"{name.replace('_', ' ')} for {_listed([self._value(key) for key in part.parts])}"
            case Arithmetic(sign):
                left, right = (self._term(operand) for operand in part.parts)
                words = f"{left} {_SIGNS[sign]} {right}"
            case Call(function):
                words = _CALLS[function].format(*(self._term(operand) for operand in part.parts))
            case Negation():
                words = f"minus {self._term(part.parts[0])}"
            case _:
                words = self._value(part)
        return words

    def _term(self, part: Compiled) -> str:
        return self._value(part) if isinstance(part.expression, Literal | ParameterName | Lookup) else self._name(part)


def _said(result: Result) -> str:
    return "not known" if isinstance(result, Unknown) else str(plain(result))


def _listed(words: list[str]) -> str:
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)
