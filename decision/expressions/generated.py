"""Turns expressions into the lines of a Python function, in which None is unknown: many times as fast as the tree.

What comes out is what the tree evaluates to, without the facts that were read and the reasons for an unknown value.
Nothing that anybody wrote stands in the lines: facts, values and operations are named by numbers.
"""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from decision.expressions.evaluate import Reading, Unknown, compiled
from decision.expressions.operations import OPERATIONS, NoValueError, Operation
from decision.expressions.syntax import (
    Arithmetic,
    Call,
    Comparison,
    Connection,
    Expression,
    FactName,
    Known,
    Literal,
    Lookup,
    Membership,
    Negation,
    Not,
    ParameterName,
    children,
    fact_names,
)
from decision.facts import FactValue, Money
from decision.parameters import in_table
from decision.values import plain

UNKNOWN: Final = "None"
"""How an unknown value is written in generated lines."""


class Writer:
    """Writes the lines of one function, whose facts are local names, with the parameters of one period put in."""

    def __init__(self, parameters: Mapping[str, FactValue]) -> None:
        self.lines: list[str] = []
        self.names: dict[str, Any] = {}
        self.facts: dict[str, str] = {}
        self._parameters = parameters
        self._indent = 1
        self._count = 0

    def line(self, text: str) -> None:
        """Write one line."""
        self.lines.append(f"{' ' * self._indent}{text}")

    @contextmanager
    def block(self, head: str) -> Generator[None]:
        """Write the head of a block, and what follows under it."""
        self.line(f"{head}:")
        self._indent += 1
        yield
        self._indent -= 1

    def local(self) -> str:
        """Name a local that nothing else has."""
        self._count += 1
        return f"t{self._count}"

    def fact(self, name: str) -> str:
        """Name the local of a fact."""
        return self.facts.setdefault(name, f"f{len(self.facts)}")

    def constant(self, value: object) -> str:
        """Name a value that the function is given once."""
        name = f"k{len(self.names)}"
        self.names[name] = value
        return name

    def value(self, expression: Expression) -> str:
        """Write what an expression comes to, and give the name under which it stands."""
        if not isinstance(expression, FactName) and not fact_names(expression):
            return self._fixed(expression)
        match expression:
            case FactName(name):
                written = self.fact(name)
            case Connection(word):
                written = self._connection(expression, decisive="True" if word == "or" else "False")
            case Known(operand, negated):
                written = self._assigned(f"{self.value(operand)} is {'' if negated else 'not '}None")
            case Not(operand):
                inner = self.value(operand)
                written = self._assigned(f"None if {inner} is None else not {inner}")
            case Comparison():
                written = self._comparison(expression)
            case Lookup(name):
                written = self._lookup(name, expression.keys)
            case Membership() | Arithmetic() | Negation() | Call():
                written = self._computed(_operation(expression), children(expression))
            case Literal() | ParameterName():
                written = self._fixed(expression)
        return written

    def _assigned(self, text: str) -> str:
        name = self.local()
        self.line(f"{name} = {text}")
        return name

    def _fixed(self, expression: Expression) -> str:
        value = compiled(expression).evaluate(Reading({}, self._parameters))
        if isinstance(value, Unknown):
            return UNKNOWN
        return str(value) if isinstance(value, bool) else self.constant(value)

    def _connection(self, connection: Connection, decisive: str) -> str:
        first, *others = connection.operands
        result = self._assigned(self.value(first))
        for operand in others:
            with self.block(f"if {result} is not {decisive}"):
                other = self.value(operand)
                keeps = result if decisive == "False" else f"{result} is False"
                with self.block(f"if {other} is {decisive} or {keeps}"):
                    self.line(f"{result} = {other}")
        return result

    def _comparison(self, comparison: Comparison) -> str:
        left, right = self.value(comparison.left), self.value(comparison.right)
        fixed = self.names.get(right) if right in self.names else self.names.get(left)
        operator = comparison.operator
        if fixed is None or UNKNOWN in {left, right}:
            return self._called(OPERATIONS[operator], [left, right])
        if not isinstance(fixed, Money):
            unknown = left if right in self.names else right
            return self._assigned(f"None if {unknown} is None else {left} {operator} {right}")
        amount, currency = self.constant(fixed.value), self.constant(fixed.currency)
        sides = (f"{left}.value", amount) if right in self.names else (amount, f"{right}.value")
        unknown = left if right in self.names else right
        compared = f"{sides[0]} {operator} {sides[1]}"
        return self._assigned(f"None if {unknown} is None or {unknown}.currency != {currency} else {compared}")

    def _lookup(self, table: str, keys: tuple[Expression, ...]) -> str:
        cells = self.constant({name: value for name, value in self._parameters.items() if name.startswith(f"{table}[")})
        parts = [self.value(key) for key in keys]
        name_of = self.constant(_names_in(table))
        return self._assigned(f"{_unless_unknown(parts)}{cells}.get({name_of}({', '.join(parts)}))")

    def _computed(self, operation: Operation, operands: tuple[Expression, ...]) -> str:
        return self._called(operation, [self.value(operand) for operand in operands])

    def _called(self, operation: Operation, operands: list[str]) -> str:
        function = self.constant(_or_unknown(operation))
        return self._assigned(f"{_unless_unknown(operands)}{function}({', '.join(operands)})")


def same(left: FactValue, right: FactValue) -> bool:
    """Whether two values are equal; most often they are one."""
    return left is right or left == right


def _unless_unknown(operands: list[str]) -> str:
    return f"None if {' or '.join(f'{operand} is None' for operand in operands)} else "


def _names_in(table: str) -> Callable[..., str]:
    def name_of(*keys: FactValue) -> str:
        return in_table(table, *(str(plain(key)) for key in keys))

    return name_of


def _operation(expression: Membership | Negation | Arithmetic | Call) -> Operation:
    match expression:
        case Membership(_, _, negated):
            return OPERATIONS["not in" if negated else "in"]
        case Negation():
            return OPERATIONS["minus"]
        case Arithmetic(name) | Call(name):
            return OPERATIONS[name]


def _or_unknown(operation: Operation) -> Callable[..., FactValue | None]:
    def evaluate(*operands: FactValue) -> FactValue | None:
        try:
            return operation(*operands)
        except (NoValueError, ArithmeticError):
            return None

    return evaluate
