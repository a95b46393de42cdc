"""What a user installs: sdist → wheel → an empty environment."""

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "streamgauge"
CLIENT_MB = 20
EVERYTHING = """
import importlib, pkgutil, sys, streamgauge
assert "site-packages" in streamgauge.__file__, streamgauge.__file__
found = list(pkgutil.walk_packages(streamgauge.__path__, "streamgauge."))
for module in found:
    importlib.import_module(module.name)
print(len(found))
"""
CLIENT = """
import pkgutil, importlib, sys
import streamgauge.contracts
from streamgauge.producers.client import Client
for module in pkgutil.iter_modules(streamgauge.contracts.__path__, "streamgauge.contracts."):
    importlib.import_module(module.name)
with Client("127.0.0.1:1", service="s") as client:
    print(client.counters.sent)
"""


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An sdist of the checkout, built with the backend itself: no isolation, no network."""
    out = tmp_path_factory.mktemp("sdist")
    return Path(next(iter(SdistBuilder(str(ROOT)).build(directory=str(out)))))


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that somebody builds who has nothing but the sdist."""
    return build(sdist, tmp_path_factory.mktemp("wheel"))


def build(sdist: Path, out: Path) -> Path:
    with tarfile.open(sdist) as archive:
        archive.extractall(out / "unpacked", filter="data")
    (source,) = (out / "unpacked").iterdir()
    return Path(next(iter(WheelBuilder(str(source)).build(directory=str(out)))))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with pip and nothing else."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=True)
    return home


def run(*command: str | Path, **environ: str) -> str:
    """What a command prints, run far from the checkout and without its paths."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    told = subprocess.run(
        list(map(str, command)),
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(command[0]).anchor,
        env=clean | environ,
        timeout=300,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    return told.stdout


def packages(home: Path) -> Path:
    return Path(sysconfig.get_path("purelib", "venv", {"base": str(home)}))


def test_the_wheel_holds_exactly_the_package(wheel: Path) -> None:
    source = {
        str(path.relative_to(PACKAGE.parent))
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    pages = (ROOT / "docs" / "runbooks").glob("*.md")
    source |= {f"streamgauge/alerting/runbooks/{path.name}" for path in pages}
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert packed == source


def test_the_wheel_carries_licence_types_and_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (points,) = (name for name in names if name.endswith("entry_points.txt"))
        assert "streamgauge = streamgauge.__main__:main" in archive.read(points).decode()
    assert "streamgauge/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_sdist_has_no_link_and_nothing_that_was_made_at_run_time(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        assert not [member.name for member in archive if member.issym() or member.islnk()]
        tops = {member.name.split("/")[1] for member in archive}
        assert not [member.name for member in archive if member.name.endswith(".so")]
    assert tops <= {
        "src", "docs", "LICENSE", "README.md", "CHANGELOG.md", "pyproject.toml", "PKG-INFO",
        ".gitignore", "hatch_build.py",
    }  # fmt: skip


def test_a_wheel_with_the_kernel_is_of_one_platform(wheel: Path) -> None:
    assert not wheel.name.endswith("-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as archive:
        assert [name for name in archive.namelist() if name.endswith(".so")]


@pytest.mark.parametrize(
    "environ", [{"STREAMGAUGE_KERNEL": "none"}, {"CC": "no-compiler"}], ids=["none", "no compiler"]
)
def test_without_a_compiler_the_wheel_is_of_any_platform_and_sums_in_python(
    sdist: Path, tmp_path: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STREAMGAUGE_KERNEL", raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    built = build(sdist, tmp_path)
    assert built.name.endswith("-py3-none-any.whl")
    with zipfile.ZipFile(built) as archive:
        assert not [name for name in archive.namelist() if name.endswith(".so")]


def test_a_kernel_that_is_required_and_cannot_be_built_is_an_error(
    sdist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STREAMGAUGE_KERNEL", "require")
    monkeypatch.setenv("CC", "no-compiler")
    with pytest.raises(FileNotFoundError):
        build(sdist, tmp_path)


def test_a_service_installs_two_packages_of_20_mb_and_can_emit(wheel: Path, empty: Path) -> None:
    python = empty / "bin" / "python"
    before = size(packages(empty))
    run(python, "-m", "pip", "install", "--quiet", "--no-compile", wheel)
    found = {path.name.split("-")[0] for path in packages(empty).glob("*.dist-info")}
    assert found - {"pip", "setuptools"} == {"streamgauge", "msgspec", "confluent_kafka"}
    assert (size(packages(empty)) - before) / 1e6 <= CLIENT_MB
    assert run(python, "-c", CLIENT).strip() == "0"
    told = run(empty / "bin" / "python", "-c", "import streamgauge.__main__ as m; print(m.main)")
    assert "main" in told


def test_with_all_extras_everything_imports(wheel: Path, tmp_path: Path) -> None:
    # The wheel before all that is installed here, without the checkout's editable path.
    site = tmp_path / "site-packages"
    run(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", site, wheel)
    count = int(run(sys.executable, "-c", EVERYTHING, PYTHONPATH=str(site)))
    assert count > 30


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
