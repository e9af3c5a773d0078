"""Turns the source text of an expression into its tree, or into an error that points at the column."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from decision.expressions.syntax import (
    COMPARISONS,
    Arithmetic,
    Call,
    Comparison,
    Connection,
    Expression,
    ExpressionError,
    FactName,
    Known,
    Literal,
    Lookup,
    Membership,
    Negation,
    Not,
    ParameterName,
)
from decision.facts import FactValue
from decision.values import DURATION_UNITS, ValueRefusedError, did_you_mean, parse_duration

FUNCTIONS: Final = {"abs": 1, "min": 2, "max": 2, "days": 1, "hours": 1, "minutes": 1}
"""The built-in functions and how many arguments each takes."""

_KEYWORDS: Final = frozenset({"and", "or", "not", "in", "is", "known", "unknown", "true", "false"})
_DEEPEST: Final = 40
_TOKEN: Final = re.compile(
    r"""(?P<space>\s+)
    |(?P<date>\d{4}-\d{2}-\d{2}(?!\w))
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<text>"[^"]*"|'[^']*')
    |(?P<parameter>\$[a-z][a-z0-9_]*)
    |(?P<word>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<sign>==|!=|<=|>=|[<>+\-*/()\[\],])""",
    re.VERBOSE | re.ASCII,
)
_END: Final = "end"


def parse(source: str) -> Expression:
    """Read an expression; an ExpressionError says at which column what was expected."""
    return _Parser(_tokens(source)).whole()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    column: int

    def __str__(self) -> str:
        return "the end" if self.kind == _END else f"'{self.text}'"


def _tokens(source: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    while position < len(source):
        found = _TOKEN.match(source, position)
        if found is None:
            raise ExpressionError(_misread(source[position]), position + 1)
        kind = str(found.lastgroup)
        if kind == "word" and found.group() in _KEYWORDS:
            kind = "keyword"
        if kind != "space":
            tokens.append(_Token(kind, found.group(), position + 1))
        position = found.end()
    tokens.append(_Token(_END, "", len(source) + 1))
    return tokens


def _misread(character: str) -> str:
    hints = {"=": "; write == to compare", "&": "; write and", "|": "; write or", "!": "; write not or !="}
    hints |= {"$": "; a parameter is $ and a lower-case name", "'": ": this quote is never closed"}
    hints |= {'"': ": this quote is never closed"}
    return f"cannot read {character!r}{hints.get(character, '')}"


class _Parser:
    """Recursive descent, one method for each level of precedence, loosest first."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0

    def whole(self) -> Expression:
        expression = self._either()
        self._expect(_END, "an operator or the end")
        return expression

    def _either(self) -> Expression:
        return self._connected("or", self._both)

    def _both(self) -> Expression:
        return self._connected("and", self._opposite)

    def _connected(self, operator: str, operand: Callable[[], Expression]) -> Expression:
        start = self._token.column
        operands = [operand()]
        while self._take(operator):
            operands.append(operand())
        return operands[0] if len(operands) == 1 else Connection(operator, tuple(operands), start)

    def _opposite(self) -> Expression:
        start = self._token.column
        if not self._take("not"):
            return self._relation()
        return Not(self._nested(self._opposite), start)

    def _relation(self) -> Expression:
        left = self._sum()
        relation = self._related(left)
        if relation is None:
            return left
        if self._token.text in COMPARISONS or (self._token.kind == "keyword" and self._token.text in {"in", "is"}):
            raise ExpressionError("comparisons do not chain; join two of them with and", self._token.column)
        return relation

    def _related(self, left: Expression) -> Expression | None:
        token = self._token
        if token.kind == "sign" and token.text in COMPARISONS:
            self._next += 1
            return Comparison(token.text, left, self._sum(), token.column)
        if self._take("is"):
            word = self._token
            if not (self._take("known") or self._take("unknown")):
                raise ExpressionError(f"expected known or unknown after is, found {word}", word.column)
            return Known(left, word.text == "unknown", token.column)
        if self._take("in"):
            return Membership(left, self._sum(), negated=False, column=token.column)
        if self._take("not"):
            if not self._take("in"):
                raise ExpressionError(f"expected in after not, found {self._token}", self._token.column)
            return Membership(left, self._sum(), negated=True, column=token.column)
        return None

    def _sum(self) -> Expression:
        return self._chain({"+", "-"}, self._product)

    def _product(self) -> Expression:
        return self._chain({"*", "/"}, self._minus)

    def _chain(self, operators: set[str], operand: Callable[[], Expression]) -> Expression:
        left = operand()
        while self._token.kind == "sign" and self._token.text in operators:
            token = self._advance()
            left = Arithmetic(token.text, left, operand(), token.column)
        return left

    def _minus(self) -> Expression:
        start = self._token.column
        if not self._take("-"):
            return self._atom()
        return Negation(self._nested(self._minus), start)

    def _atom(self) -> Expression:
        token = self._advance()
        match token.kind:
            case "number":
                atom: Expression = Literal(self._quantity(token), token.column)
            case "text":
                atom = Literal(token.text[1:-1], token.column)
            case "date":
                atom = Literal(_date(token), token.column)
            case "parameter":
                atom = self._parameter(token)
            case "word":
                atom = self._named(token)
            case _:
                atom = self._other_atom(token)
        return atom

    def _other_atom(self, token: _Token) -> Expression:
        match token.text:
            case "true" | "false":
                return Literal(token.text == "true", token.column)
            case "[":
                return Literal(self._items(), token.column)
            case "(":
                inner = self._nested(self._either)
                self._expect(")", "')'")
                return inner
            case _:
                raise ExpressionError(f"expected a value, found {token}", token.column)

    def _quantity(self, first: _Token) -> Decimal | timedelta:
        parts = [first.text]
        while self._is_unit(0):
            parts.append(self._advance().text)
            if self._token.kind == "number" and self._is_unit(1):
                parts.append(self._advance().text)
        if len(parts) == 1:
            return Decimal(first.text)
        try:
            return parse_duration(" ".join(parts))
        except ValueRefusedError as refused:
            raise ExpressionError(str(refused), first.column) from refused

    def _is_unit(self, ahead: int) -> bool:
        token = self._tokens[self._next + ahead]
        return token.kind == "word" and token.text in DURATION_UNITS

    def _named(self, token: _Token) -> Expression:
        if not self._take("("):
            return FactName(token.text, token.column)
        if token.text not in FUNCTIONS:
            known = ", ".join(FUNCTIONS)
            hint = did_you_mean(token.text, list(FUNCTIONS))
            raise ExpressionError(f"unknown function {token.text}; there are {known}{hint}", token.column)
        arguments = self._arguments(")")
        if len(arguments) != FUNCTIONS[token.text]:
            expected = FUNCTIONS[token.text]
            raise ExpressionError(f"{token.text} takes {expected} arguments, not {len(arguments)}", token.column)
        return Call(token.text, tuple(arguments), token.column)

    def _parameter(self, token: _Token) -> Expression:
        name = token.text[1:]
        if self._take("["):
            return Lookup(name, tuple(self._arguments("]")), token.column)
        return ParameterName(name, token.column)

    def _arguments(self, end: str) -> list[Expression]:
        arguments = [self._nested(self._either)]
        while self._take(","):
            arguments.append(self._nested(self._either))
        self._expect(end, f"',' or '{end}'")
        return arguments

    def _items(self) -> tuple[str, ...]:
        items: list[str] = []
        while self._token.kind == "text":
            items.append(self._advance().text[1:-1])
            if not self._take(","):
                break
        self._expect("]", "a text or ']'")
        return tuple(items)

    def _nested(self, part: Callable[[], Expression]) -> Expression:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ExpressionError(f"nested deeper than {_DEEPEST} levels; split the rule", self._token.column)
        inner = part()
        self._depth -= 1
        return inner

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def _advance(self) -> _Token:
        token = self._token
        self._next += token.kind != _END
        return token

    def _take(self, text: str) -> bool:
        taken = self._token.text == text and self._token.kind in {"keyword", "sign"}
        self._next += taken
        return taken

    def _expect(self, text: str, words: str) -> None:
        if self._token.kind == text == _END or self._take(text):
            return
        raise ExpressionError(f"expected {words}, found {self._token}", self._token.column)


def _date(token: _Token) -> FactValue:
    try:
        return date.fromisoformat(token.text)
    except ValueError as error:
        raise ExpressionError(f"{token.text} is not a day of the calendar", token.column) from error
