"""What one way on is worth against another: the numbers that ranking and assignment share, each a stated choice."""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field

from decision.recovery.flights import Cabin
from retrieval.corpus import Value

Seats = Annotated[int, Field(ge=0, le=1000)]


class Preferences(Value):
    """How ways on are compared: everything in minutes that a passenger arrives later.

    `connection_min` to `missed_connection_min` say as how many minutes each of these counts. `assumed_seats` are taken
    as free where a table does not tell, `assumed_operating` takes a flight without a status as one that is flown;
    without them, what is unknown is never given to anybody.
    """

    minimum_connection_min: int = Field(default=60, ge=0, le=1440, description="Least time between two flights.")
    longest_connection_min: int = Field(default=480, ge=0, le=2880, description="Longest wait between two flights.")
    horizon_hours: int = Field(default=48, ge=1, le=336, description="How far ahead ways on are looked for.")
    connection_min: int = Field(default=45, ge=0, le=10_000)
    connection_with_need_min: int = Field(default=180, ge=0, le=10_000)
    lower_cabin_min: int = Field(default=180, ge=0, le=10_000)
    higher_cabin_min: int = Field(default=15, ge=0, le=10_000)
    other_carrier_min: int = Field(default=30, ge=0, le=10_000)
    missed_connection_min: int = Field(default=240, ge=0, le=10_000)
    most_options: int = Field(default=60, ge=1, le=500)
    assumed_seats: Mapping[Cabin, Seats] = Field(default_factory=dict[Cabin, Seats])
    assumed_operating: bool = False


DEFAULTS: Final = Preferences()
