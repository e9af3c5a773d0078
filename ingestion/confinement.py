"""Turns the process that calls it into one that can do little harm: bounded, alone, without network or writing."""

import ctypes
import os
import platform
import resource
import signal
import struct
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

NICENESS: Final = 10
"""How far parsing stands back behind whoever else wants the processor."""

_DIE_WITH_PARENT: Final = 1
_NO_NEW_PRIVILEGES: Final = 38
_SET_FILTER: Final = 1
_ALL_THREADS: Final = 1


def end_with(parent: int) -> None:
    """Let this process be killed when its parent ends, however that ends, where the system can (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)


def bound_memory(megabytes: int) -> None:
    """Let this process take so much address space beyond what it has, and neither write files nor leave a core."""
    most = address_space(os.getpid()) + megabytes * 1024**2
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def bound_processor(seconds: float) -> None:
    """Let this process use so many more seconds of processor time; then it is killed."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = int(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def address_space(process_id: int) -> int:
    """Bytes of address space that a process has; 0 where the system does not say or the process is gone."""
    try:
        pages = Path(f"/proc/{process_id}/statm").read_text(encoding="ascii").split()[0]
    except (OSError, IndexError):
        return 0
    return int(pages) * resource.getpagesize()


def refuse_reaching_out() -> bool:
    """Take away what reaches others: sockets, programs, signals, changing files; whether the system could (seccomp).

    What is asked for all the same fails with EPERM. It cannot be taken back.
    """
    machine = _MACHINES.get(platform.machine())
    if sys.platform != "linux" or machine is None:
        return False
    rules = b"".join(_filter(machine))
    program = ctypes.create_string_buffer(rules, len(rules))
    described = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(rules) // 8, ctypes.addressof(program)))
    library = ctypes.CDLL(None)
    if library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    return library.syscall(machine.seccomp, _SET_FILTER, _ALL_THREADS, described) == 0


@dataclass(frozen=True, slots=True)
class _Machine:
    """Numbers of system calls, from Linux' headers: those refused, and those that open a file by the flags' place."""

    audit: int
    seccomp: int
    refused: tuple[int, ...]
    opening: Mapping[int, int]


# In this order: socket, connect, bind, listen, execve, execveat; kill, tkill, tgkill, pidfd_send_signal, ptrace,
# process_vm_readv, process_vm_writev, pidfd_getfd; unlinkat, renameat, renameat2, linkat, symlinkat, mkdirat, mknodat,
# fchmod, fchmodat, fchmodat2, fchown, fchownat, truncate, ftruncate, utimensat; io_uring_setup, openat2, mount;
# x86 only: rename, mkdir, rmdir, creat, link, unlink, symlink, chmod, chown, lchown, mknod.
_MACHINES: Final = {
    "x86_64": _Machine(
        audit=0xC000003E,
        seccomp=317,
        refused=(
            *(41, 42, 49, 50, 59, 322, 62, 200, 234, 424, 101, 310, 311, 438),
            *(263, 264, 316, 265, 266, 258, 259, 91, 268, 452, 93, 260, 76, 77, 280, 425, 437, 165),
            *(82, 83, 84, 85, 86, 87, 88, 90, 92, 94, 133),
        ),
        opening={2: 1, 257: 2},
    ),
    "aarch64": _Machine(
        audit=0xC00000B7,
        seccomp=277,
        refused=(
            *(198, 203, 200, 201, 221, 281, 129, 130, 131, 424, 117, 270, 271, 438),
            *(35, 38, 276, 37, 36, 34, 33, 52, 53, 452, 55, 54, 45, 46, 88, 425, 437, 40),
        ),
        opening={56: 2},
    ),
}

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOWED, _REFUSED = 0x7FFF0000, 0x00050001  # the latter with the error EPERM
_NUMBER_AT, _AUDIT_AT, _ARGUMENTS_AT = 0, 4, 16
_FOREIGN_NUMBERS = 0x40000000
_CHANGING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


def _filter(machine: _Machine) -> Iterator[bytes]:
    """Instructions of a classic BPF programme; a jump counts the instructions that it leaves out."""
    yield _instruction(_LOAD, _AUDIT_AT)
    yield _instruction(_EQUAL, machine.audit, when=1)
    yield _instruction(_RETURN, _REFUSED)
    yield _instruction(_LOAD, _NUMBER_AT)
    yield _instruction(_AT_LEAST, _FOREIGN_NUMBERS, otherwise=1)
    yield _instruction(_RETURN, _REFUSED)
    for number in machine.refused:
        yield _instruction(_EQUAL, number, otherwise=1)
        yield _instruction(_RETURN, _REFUSED)
    for number, place in machine.opening.items():
        yield _instruction(_EQUAL, number, otherwise=4)
        yield _instruction(_LOAD, _ARGUMENTS_AT + 8 * place)
        yield _instruction(_ANY_BIT, _CHANGING, otherwise=1)
        yield _instruction(_RETURN, _REFUSED)
        yield _instruction(_RETURN, _ALLOWED)
    yield _instruction(_RETURN, _ALLOWED)


def _instruction(code: int, operand: int, *, when: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("HBBI", code, when, otherwise, operand)
