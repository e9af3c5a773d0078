"""The evaluations that `python -m evals all` runs: where each dataset lies, and its public home."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class PublicSet:
    """One evaluation: its name, the dataset's place below `--datasets`, its split, and where it is public.

    For cases the split is the pack, for valuations the mapping and the first day that is tested.

    Sets that share a corpus share a `place`, the folder that keeps the index, so that it is embedded once.
    """

    name: str
    kind: str
    path: str
    part: str
    place: str
    home: str

    def there(self, datasets: Path) -> bool:
        """Whether the dataset is in the folder of datasets."""
        return (datasets / self.path).exists()


PUBLIC_SETS: Final = (
    PublicSet("scifact", "retrieval", "retrieval/scifact", "train", "scifact", "https://github.com/allenai/scifact"),
    PublicSet("obliqa", "retrieval", "retrieval/obliqa", "dev", "obliqa", "https://github.com/RegNLP/ObliQADataset"),
    PublicSet(
        "obliqa_mp", "retrieval", "retrieval/obliqa_mp", "val", "obliqa", "https://github.com/RegNLP/MultiPassage-RegIR"
    ),
    PublicSet(
        "obliqa_xref", "retrieval", "retrieval/obliqa_xref", "dev", "obliqa", "https://github.com/RegNLP/ObliQACrossRef"
    ),
    PublicSet(
        "passenger_rights",
        "cases",
        "airline/passenger_rights_cases.dev.jsonl",
        "passenger_rights",
        "",
        "cases labelled for this project, not published; four of them show the format",
    ),
    PublicSet(
        "king_county",
        "valuation",
        "realestate/king_county_2014-05_2015-02.csv",
        "king_county 2014-11-01",
        "",
        "https://www.kaggle.com/datasets/harlfoxem/housesalesprediction",
    ),
    PublicSet(
        "reservation",
        "cases",
        "airline/tau_cases.dev.jsonl",
        "reservation",
        "",
        "https://github.com/sierra-research/tau2-bench",
    ),
)
