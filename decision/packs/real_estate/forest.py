"""Turns what a hedonic model leaves unexplained into a forest of boosted trees, each member blind to its own fold.

Every sale is left to one member, so that what the forest says of a past sale was never learned from its own price: the
comparables' residuals are honest (cross-fitting, Chernozhukov et al. 2018). Members differ in loss and in depth, which
makes their mean better than any of them, and their spread a sign of uncertainty. Trees are LightGBM's (Ke et al. 2017).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.pool import ThreadPool
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from decision.packs.real_estate.market import Floats, Ints, Parcels

if TYPE_CHECKING:
    from lightgbm import Booster

FOLDS: Final = 10
"""Members of a forest, and parts that its sales are split into."""

FEWEST_SALES: Final = 1500
"""With fewer sales a forest adds noise to the hedonic model; chosen on the towns of the tests and on Ames."""

FEW_BINS: Final = 63
FEWEST_FOR_BINS: Final = 5000
"""With fewer sales, fewer bins of a column say as much, and a third of the time is saved (LightGBM takes 255)."""

AT_ONCE: Final = 2
"""Members that are grown side by side."""

_COMMON: Final[dict[str, object]] = {
    "learning_rate": 0.1,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "min_data_in_leaf": 15,
    "verbose": -1,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
}
KINDS: Final[tuple[tuple[int, dict[str, object]], ...]] = (
    (250, {"objective": "huber", "alpha": 0.1, "num_leaves": 31}),
    (250, {"objective": "l1", "num_leaves": 31}),
    (350, {"objective": "huber", "alpha": 0.1, "num_leaves": 63, "extra_trees": True}),
    (175, {"objective": "huber", "alpha": 0.1, "num_leaves": 80, "min_data_in_leaf": 8, "feature_fraction": 0.35}),
    (350, {"objective": "l1", "num_leaves": 15, "min_data_in_leaf": 10, "learning_rate": 0.16}),
)
"""Rounds and settings of the members, in turn; found on King County, walk forward over four months."""


@dataclass(frozen=True, slots=True)
class Forest:
    """Members in the order of their folds; what they say is log currency beside the hedonic model."""

    members: "tuple[Booster, ...]"

    @property
    def width(self) -> int:
        """How many columns it reads."""
        return self.members[0].num_feature()

    def each(self, columns: Floats) -> Floats:
        """Give what every member says, shape (members, rows)."""
        return np.stack([_said(member, columns) for member in self.members])

    def alone(self, fold: int) -> "Forest":
        """Give the member that never saw the sales of a fold, as a forest of its own."""
        return Forest((self.members[fold],))

    def texts(self) -> tuple[str, ...]:
        """Give the members in LightGBM's own text format."""
        return tuple(member.model_to_string() for member in self.members)

    @classmethod
    def read(cls, texts: Sequence[str]) -> "Forest":
        """Read members from their texts."""
        from lightgbm import Booster  # noqa: PLC0415 - takes a second, which commands that value nothing need not wait

        return cls(tuple(Booster(model_str=text) for text in texts))


def grow(columns: Floats, left: Floats, parcels: Parcels) -> tuple[Forest, Floats]:
    """Grow a forest on what is left to explain; with it, what it says of each sale without having seen its parcel."""
    folds = folds_of(parcels)

    def member(fold: int) -> "Booster":
        return _member(columns[folds != fold], left[folds != fold], fold)

    with ThreadPool(AT_ONCE) as pool:  # of threads that the end of the process does not wait for
        members = tuple(pool.map(member, range(FOLDS)))
    said = np.zeros(len(left))
    for fold, one in enumerate(members):
        held_out = folds == fold
        if held_out.any():
            said[held_out] = _said(one, columns[held_out])
    return Forest(members), said


def folds_of(parcels: Parcels) -> Ints:
    """Give each sale its fold; sales of one parcel share it, since a house sold twice would tell of itself.

    Parcels are drawn for in the order in which they first appear, so that later ones change nothing.
    """
    names: list[str] = parcels.tolist()
    places = {name: place for place, name in enumerate(dict.fromkeys(names))}
    draws = np.random.default_rng(0).integers(0, FOLDS, len(places))
    return draws[[places[name] for name in names]].astype(np.int64)


def _member(columns: Floats, left: Floats, fold: int) -> "Booster":
    from lightgbm import Booster, Dataset  # noqa: PLC0415 - as above

    rounds, kind = KINDS[fold % len(KINDS)]
    settings: dict[str, Any] = {**_COMMON, **kind, "seed": fold}
    bins = FEW_BINS if len(left) < FEWEST_FOR_BINS else 255
    member = Booster(settings, Dataset(columns, left, params={"verbose": -1, "max_bin": bins}))
    for _ in range(rounds):
        member.update()
    return Booster(model_str=member.model_to_string())  # as it will be read again, without its sales


def _said(member: "Booster", columns: Floats) -> Floats:
    return cast("Floats", member.predict(columns, num_threads=1))
