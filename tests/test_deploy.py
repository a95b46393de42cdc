"""What Docker would run, read without Docker: no engine is needed to find a wrong name."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from streamgauge.__main__ import COMMANDS, GROUPS
from streamgauge.settings import load

ROOT = Path(__file__).parents[1]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: part for name, part in SERVICES.items() if part["image"] == "streamgauge"}
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text("utf-8")
PROMETHEUS = ROOT / "deploy" / "prometheus.yml"


def pins(path: Path) -> dict[str, str]:
    found = re.findall(r"^([A-Za-z0-9_.-]+)==([^ ;\\]+)", path.read_text("utf-8"), re.MULTILINE)
    return dict(found)


def value(written: str) -> str:
    """What compose makes of `${NAME:-default}` when the variable is not set."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", written)


def test_all_processes_are_there() -> None:
    parts = {
        "kafka",
        "redis",
        "topics",
        "train",
        "serve",
        "worker",
        "notifier",
        "dashboard",
        "archive",
    }
    assert parts | {"simulate"} <= set(SERVICES)
    assert SERVICES["simulate"]["profiles"] == ["simulate"]


@pytest.mark.parametrize("name", OURS)
def test_a_container_runs_a_command_that_exists(name: str) -> None:
    first, *rest = OURS[name]["command"]
    assert first in COMMANDS or rest[0] in GROUPS[first][1]


@pytest.mark.parametrize("name", OURS)
def test_a_container_has_settings_that_load_and_no_privileges(name: str) -> None:
    settings = load(environ={key: value(told) for key, told in OURS[name]["environment"].items()})
    assert settings.kafka.brokers == "kafka:9092"
    assert settings.receipt.desk() is None
    assert OURS[name]["read_only"]
    assert OURS[name]["cap_drop"] == ["ALL"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_depends_on_what_there_is_and_publishes_to_this_machine_only(name: str) -> None:
    for other, condition in SERVICES[name].get("depends_on", {}).items():
        if condition["condition"] == "service_healthy":
            assert "healthcheck" in SERVICES[other]
        else:
            assert SERVICES[other]["restart"] == "no"
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))
    volumes = {volume.split(":")[0] for volume in SERVICES[name].get("volumes", [])}
    assert {volume for volume in volumes if not volume.startswith(".")} <= set(COMPOSE["volumes"])


@pytest.mark.parametrize("name", SERVICES)
def test_no_image_changes_by_itself(name: str) -> None:
    image = SERVICES[name]["image"]
    assert image == "streamgauge" or re.search(r":v?\d+\.\d+", image)


def test_the_image_is_built_from_hashes_and_runs_without_root() -> None:
    assert "pip install --require-hashes -r requirements.lock" in DOCKERFILE
    assert re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE) == ["10001"]
    assert all(re.search(r":\d+\.\d+", base) for base in re.findall(r"^FROM (\S+)", DOCKERFILE))
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE):
        for part in source.split():
            assert (ROOT / part).exists()
            assert f"!{part}" in (ROOT / ".dockerignore").read_text("utf-8").splitlines()


def test_the_image_has_the_versions_that_were_tested() -> None:
    tested, shipped = pins(ROOT / "requirements.lock"), pins(ROOT / "deploy" / "requirements.lock")
    assert len(shipped) > 60
    assert {name: tested.get(name) for name in shipped} == shipped
    assert not {"pytest", "mypy", "playwright"} & set(shipped)


def test_the_image_has_all_that_the_extras_name() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = {
        re.split(r"[<>=\[ ]", line)[0].lower()
        for line in [*project["dependencies"], *(line for part in extras.values() for line in part)]
    }
    missing = wanted - {"streamgauge"} - set(pins(ROOT / "deploy" / "requirements.lock"))
    assert not missing, "compile deploy/requirements.lock anew, as deploy/Dockerfile says"


def test_the_image_is_built_from_all_that_the_wheel_is_made_of() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]
    wanted = {*project["targets"]["sdist"]["only-include"], "pyproject.toml"}
    lines = [line.split() for line in DOCKERFILE.splitlines() if line.startswith("COPY ")]
    copied = {name for line in lines if "--from=build" not in line for name in line[1:-1]}
    allowed = {
        line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if "!" in line
    }
    assert wanted <= copied <= allowed


def test_prometheus_asks_containers_that_exist_and_its_file_is_valid(promtool: str) -> None:
    told = yaml.safe_load(PROMETHEUS.read_text("utf-8"))
    (job,) = told["scrape_configs"]
    for target in job["static_configs"][0]["targets"]:
        assert target.split(":")[0] in OURS
    checked = subprocess.run(
        [promtool, "check", "config", PROMETHEUS], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr


@pytest.mark.docker
def test_compose_accepts_the_file() -> None:
    docker = shutil.which("docker")
    if (
        docker is None
        or subprocess.run(
            [docker, "compose", "version"], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("docker compose is not installed")
    checked = subprocess.run(
        [docker, "compose", "config", "--quiet"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
