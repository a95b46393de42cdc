"""Real recordings that come with Python packages; docs/replay.md has their sources and licences."""

from importlib import resources
from pathlib import Path

import msgspec

from streamgauge.settings import InputError


class Dataset(msgspec.Struct, frozen=True, kw_only=True):
    """A file inside a package, and which of its columns is what."""

    package: str
    file: str
    time: str
    label: str
    baseline: int

    def path(self) -> Path:
        """Where it is on this machine."""
        try:
            path = Path(str(resources.files(self.package) / self.file))
        except ModuleNotFoundError:
            path = Path(self.file)
        if not path.is_file():
            raise InputError(f"{self.package} is not installed: pip install 'streamgauge[stream]'")
        return path


DATASETS = {
    # Hourly, two months; three losses of water and one inflow are in it.
    "water-flow": Dataset(
        package="river.datasets",
        file="water-flow.csv",
        time="Time",
        label="Water flow [l/s]",
        baseline=24,
    )
}


def dataset(name: str) -> Dataset:
    """One of them, or an `InputError` that says which there are."""
    if name not in DATASETS:
        raise InputError(f"dataset {name}: unknown; expected one of {', '.join(DATASETS)}")
    return DATASETS[name]
