"""A file in a folder, read."""

from pathlib import Path

from streamgauge.alerting.configuration import Configuration, load

ROUTE = "route: {receiver: a}\n"
RECEIVERS = "receivers: [{name: a, console_configs: [{}]}, {name: b, console_configs: [{}]}]\n"


def read(folder: Path, text: str) -> Configuration:
    """What a file with this text says."""
    path = folder / "alertmanager.yml"
    path.write_text(text, "utf-8")
    return load(path)
