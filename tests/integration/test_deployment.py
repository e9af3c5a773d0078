"""The container files agree with the settings, the API, the project's versions, and with each other."""

import asyncio
import re
import shlex
import shutil
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import cast

import pytest
import yaml
from qdrant_client.common.version_check import is_compatible

from service.api.app import routed
from service.settings import Settings

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PINS = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").split())

Stage = list[tuple[str, str]]
"""One stage of a Dockerfile: its instructions in order, each with its arguments on one line."""


def read_dockerfile(text: str) -> dict[str, Stage]:
    """Read a Dockerfile into its stages by name; comments go, continued lines are joined."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    stages: dict[str, Stage] = {}
    stage: Stage = []
    for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        instruction, _, arguments = line.partition(" ")
        if instruction == "FROM":
            stage = stages.setdefault(arguments.partition(" AS ")[2], [])
        stage.append((instruction, arguments.strip()))
    return stages


def all_of(stage: Stage, instruction: str) -> list[str]:
    """List the arguments of every such instruction of a stage."""
    return [arguments for name, arguments in stage if name == instruction]


@pytest.fixture(name="stages")
def _stages() -> dict[str, Stage]:
    return read_dockerfile((ROOT / "Dockerfile").read_text(encoding="utf-8"))


@pytest.fixture(name="services")
def _services() -> dict[str, dict[str, object]]:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return cast("dict[str, dict[str, object]]", compose["services"])


@pytest.fixture(name="image_variables")
def _image_variables(stages: dict[str, Stage]) -> dict[str, str]:
    pairs = [pair.partition("=") for arguments in all_of(stages["runtime"], "ENV") for pair in shlex.split(arguments)]
    return {name: value for name, _, value in pairs}


def variables(service: dict[str, object]) -> dict[str, str]:
    """Read the environment of a compose service."""
    return cast("dict[str, str]", service.get("environment", {}))


def test_a_dockerfile_is_read_as_docker_reads_it() -> None:
    stages = read_dockerfile("# c\nFROM a:1 AS one\nRUN x \\\n    # why\n    && y\nFROM b:2 AS two\nEXPOSE 1\n")
    assert stages == {
        "one": [("FROM", "a:1 AS one"), ("RUN", "x && y")],
        "two": [("FROM", "b:2 AS two"), ("EXPOSE", "1")],
    }


def test_every_variable_is_a_setting(services: dict[str, dict[str, object]], image_variables: dict[str, str]) -> None:
    named = {name for name in (*image_variables, *variables(services["toulmin"])) if name.startswith("TOULMIN_")}
    assert {"TOULMIN_DATA", "TOULMIN_HOST", "TOULMIN_PORT", "TOULMIN_DATABASE_URL", "TOULMIN_QDRANT_URL"} <= named
    assert named - {f"TOULMIN_{field.upper()}" for field in Settings.model_fields} == set()


def test_the_settings_of_the_image_are_accepted(
    services: dict[str, dict[str, object]], image_variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**image_variables, **variables(services["toulmin"])}.items():
        if name.startswith("TOULMIN_"):
            monkeypatch.setenv(name, re.sub(r"\$\{\w+:\?[^}]*\}", "secret", value))
    settings = Settings()
    assert (settings.host, settings.port) == ("0.0.0.0", 8000)  # noqa: S104 - inside the container only


def test_ports_agree(
    stages: dict[str, Stage], services: dict[str, dict[str, object]], image_variables: dict[str, str]
) -> None:
    port = image_variables["TOULMIN_PORT"]
    assert all_of(stages["runtime"], "EXPOSE") == [port]
    assert services["toulmin"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert f"127.0.0.1:{port}/" in all_of(stages["runtime"], "HEALTHCHECK")[0]
    assert variables(services["toulmin"])["TOULMIN_QDRANT_URL"] == "http://qdrant:6333"
    assert "@postgres:5432/" in variables(services["toulmin"])["TOULMIN_DATABASE_URL"]


def test_the_health_check_asks_a_path_that_the_api_has(stages: dict[str, Stage]) -> None:
    asked = re.search(r"127\.0\.0\.1:\d+(/\w+)", all_of(stages["runtime"], "HEALTHCHECK")[0])
    assert asked is not None
    assert asked[1] in routed().openapi()["paths"]


def test_only_this_machine_is_let_in(services: dict[str, dict[str, object]]) -> None:
    published = [port for service in services.values() for port in cast("list[str]", service.get("ports", []))]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_versions_are_pinned_and_agree(stages: dict[str, Stage], services: dict[str, dict[str, object]]) -> None:
    lowest = PROJECT["requires-python"].removeprefix(">=").partition(",")[0]
    assert {all_of(stage, "FROM")[0].split()[0] for stage in stages.values()} == {f"python:{lowest}-slim"}
    images = {name: str(service["image"]).partition(":")[2] for name, service in services.items()}
    assert images["toulmin"] == PROJECT["version"]
    assert re.match(r"\d+", images["postgres"])
    assert is_compatible(PINS["qdrant-client"], images["qdrant"].removeprefix("v").partition("-")[0])


def test_the_runtime_stage_has_no_torch(stages: dict[str, Stage]) -> None:
    installs = [line for line in all_of(stages["runtime"], "RUN") if "pip install" in line]
    assert len(installs) == 1
    assert "[postgres]" in installs[0]
    assert "-c /wheels/constraints.txt" in installs[0]
    assert not re.search(r"torch|models|demo|dev|evals|sentence", installs[0])
    copied = [line.split() for line in all_of(stages["runtime"], "COPY") if line.startswith("--from=builder")]
    assert {line[-2] for line in copied} == {"/wheels", "/models"}


def test_the_prepared_model_lies_where_the_service_looks(
    stages: dict[str, Stage], image_variables: dict[str, str]
) -> None:
    prepared = [line for line in all_of(stages["builder"], "RUN") if "retrieval.adapters.model_preparation" in line]
    assert [line.partition("--folder ")[2] for line in prepared] == ["/models"]
    copied = [line.split()[-1] for line in all_of(stages["runtime"], "COPY") if " /models " in f" {line} "]
    assert copied == [image_variables["TOULMIN_MODELS"]] == ["/models"]


def test_the_service_runs_as_nobody_in_particular(stages: dict[str, Stage]) -> None:
    assert all_of(stages["runtime"], "USER")[-1] == "10001"


def test_no_secret_stands_in_the_files(services: dict[str, dict[str, object]]) -> None:
    secrets = {
        name: value
        for service in services.values()
        for name, value in variables(service).items()
        if re.search("PASSWORD|KEY|DATABASE_URL", name)
    }
    assert len(secrets) == 4
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    for name, value in secrets.items():
        asked = re.search(r"\$\{(\w+):\?set \w+ in \.env\}", value)
        assert asked is not None, f"{name} has a default"
        assert re.search(rf"^{asked[1]}=$", example, re.MULTILINE), f"{asked[1]} is not explained in .env.example"


@pytest.mark.parametrize("name", ["toulmin", "qdrant", "postgres"])
def test_every_service_is_bounded(name: str, services: dict[str, dict[str, object]]) -> None:
    service = services[name]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["cap_drop"] == ["ALL"]
    limits = cast("dict[str, dict[str, dict[str, str]]]", service["deploy"])["resources"]["limits"]
    assert set(limits) == {"cpus", "memory"}
    assert service["volumes"]


def test_the_service_waits_for_what_it_needs(services: dict[str, dict[str, object]]) -> None:
    assert services["toulmin"]["depends_on"] == {
        name: {"condition": "service_healthy"} for name, service in services.items() if "healthcheck" in service
    }


def test_the_build_sees_the_packages_and_nothing_else() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    let_in = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    packages = {path.parent.name for path in ROOT.glob("*/py.typed")}
    assert let_in == packages | {"pyproject.toml", "constraints.txt", "README.md", "LICENSE"}


async def test_the_wheel_carries_everything_that_is_not_python(tmp_path: Path) -> None:
    wanted = _copied_packages(tmp_path)
    building = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from setuptools.build_meta import build_wheel; build_wheel('.')",
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await building.communicate()
    assert building.returncode == 0, output.decode()
    assert _carried(tmp_path) == wanted


def _copied_packages(folder: Path) -> set[str]:
    """Copy what a wheel is built from, and list the files of the packages."""
    packages = sorted(path.parent.name for path in ROOT.glob("*/py.typed"))
    for name in packages:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    files = (path for name in packages for path in (folder / name).rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix() for path in files}


def _carried(folder: Path) -> set[str]:
    with zipfile.ZipFile(next(folder.glob("toulmin-*.whl"))) as wheel:
        return {name for name in wheel.namelist() if ".dist-info/" not in name}
