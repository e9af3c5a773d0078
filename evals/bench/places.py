"""Where benchmarks put what they make."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from service.settings import Settings


@contextmanager
def bench_folder(settings: Settings) -> Generator[Path]:
    """Make a folder on the disk of the data folder, which a temporary one may not be on, and remove it again."""
    parent = (settings.data / "bench").resolve()
    parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=parent) as folder:
        yield Path(folder)
