"""A folder to the room on its disk, counting what files were promised but do not take up yet."""

import os
import shutil
from pathlib import Path
from typing import Final


def free_mb(folder: Path) -> int:
    """Megabytes that are free on the disk of a folder."""
    return shutil.disk_usage(folder).free // _MB


def used_mb(folder: Path) -> int:
    """Megabytes that the files of a folder take up, without the holes in them."""
    return sum(file.stat().st_blocks for file in folder.rglob("*")) * _BLOCK // _MB


def reading_mb(folder: Path, pattern: str) -> int:
    """Megabytes that reading every page of some files takes up: the holes in them, where the disk is memory."""
    if not _in_memory(folder):
        return 0
    sizes = (file.stat() for file in folder.glob(pattern) if file.is_file())
    return sum(max(0, size.st_size - size.st_blocks * _BLOCK) for size in sizes) // _MB


_MB: Final = 1_000_000
_BLOCK: Final = 512  # bytes in a block of `stat`
_MOUNTS: Final = Path("/proc/self/mountinfo")


def _in_memory(folder: Path) -> bool:
    """Tell a tmpfs, which gives a hole a page even when it is only read."""
    if not _MOUNTS.is_file():
        return False
    device = folder.stat().st_dev
    name = f"{os.major(device)}:{os.minor(device)}"
    mounts = [line.split() for line in _MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()]
    return any(mount[2] == name and mount[mount.index("-") + 1] in {"tmpfs", "ramfs"} for mount in mounts)
