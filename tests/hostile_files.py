"""A folder of files to read, and of those that harm whoever reads them."""

from pathlib import Path
from typing import Final

from ingestion.source import Source

MAPPING: Final = '[columns]\nid = "PID"\ndate = "Sold"\nprice = "SalePrice"\n'

# What a file could make its reader do, had it taken it over; the vector is (1,) where it was refused.
HOSTILE: Final = """
import ctypes, os, socket, subprocess, sys, time


def vector(values):
    deed = values.get("deed")
    return (1.0 if deed in REFUSED and refused(REFUSED[deed], values.get("at")) else DEEDS.get(deed, nothing)(),)


def nothing():
    return 0.0


def hang():
    while True:
        pass


def sleep():
    time.sleep(3600)


def eat():
    eaten = []
    while True:
        eaten.append(b"x" * 10_000_000)


def say(words):
    os.write(int(sys.argv[1]), words)
    time.sleep(3600)


DEEDS = {
    "hang": hang,
    "sleep": sleep,
    "eat": eat,
    "abort": os.abort,
    "leave": lambda: os._exit(0),
    "babble": lambda: say((5).to_bytes(8) + b"hello"),
    "flood": lambda: say((2**50).to_bytes(8)),
    "forge": lambda: say((13).to_bytes(8) + b'{"last":true}'),
    "print": lambda: float(print("words on standard output") or os.write(1, b"more")),
    "environment": lambda: float("TOULMIN_API_KEY" in os.environ),
    "priority": lambda: float(os.nice(0)),
}

REFUSED = {
    "connect": lambda at: socket.create_connection(("127.0.0.1", 9)),
    "resolve": lambda at: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
    "write": lambda at: open(at, "w"),
    "append": lambda at: open(at, "ab"),
    "make": lambda at: open(at + ".new", "x"),
    "truncate": lambda at: os.truncate(at, 0),
    "remove": lambda at: os.unlink(at),
    "rename": lambda at: os.rename(at, at + ".old"),
    "folder": lambda at: os.mkdir(at + ".d"),
    "link": lambda at: os.symlink(at, at + ".link"),
    "permit": lambda at: os.chmod(at, 0o777),
    "run": lambda at: subprocess.run(["/bin/true"]),
    "signal": lambda at: os.kill(os.getppid(), 0),
    "thread signal": lambda at: called(ctypes.CDLL(None, use_errno=True).tgkill(os.getppid(), os.getppid(), 0)),
    "trace": lambda at: called(ctypes.CDLL(None, use_errno=True).ptrace(16, os.getppid(), 0, 0)),
}


def called(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")


def refused(deed, at):
    try:
        deed(at)
    except PermissionError:
        return True
    return False
"""


class Folder:
    """Sources in a folder of their own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        (path / "sales.toml").write_text(MAPPING, encoding="utf-8")

    def text(self, name: str, words: str = "# Title\n\nSome plain words.\n") -> Source:
        """Write a text."""
        (self.path / name).write_text(words, encoding="utf-8")
        return self.file(name)

    def file(self, name: str) -> Source:
        """Name a file as a text."""
        return Source(path=self.path / name, root=str(self.path), document_id=Path(name).stem)

    def deed(self, *deeds: str) -> Source:
        """Write a table whose rows do something when they are read."""
        at = self.text("victim.md").path
        rows = "".join(f"{number},2010-05-01,5,{deed},{at}\n" for number, deed in enumerate(deeds))
        return self.table("deeds.csv", f"PID,Sold,SalePrice,Deed,At\n{rows}", "hostile")

    def table(self, name: str, rows: str, record: str) -> Source:
        """Write a table."""
        (self.path / name).write_text(rows, encoding="utf-8")
        declared = {"kind": "table", "record": record, "mapping": self.path / "sales.toml"}
        return self.file(name).model_copy(update=declared)
