"""A notifier's configuration where its secrets are not: tests have to run without them."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from streamgauge.alerting.configuration import reader
from streamgauge.alerting.configuration.value import Configuration
from streamgauge.alerting.marked_yaml import MarkedYaml
from streamgauge.settings import InputError

_SUFFIX = "_file"
# What every kind of receiver takes for a secret; nothing is ever sent to it.
_STAND_IN = "https://hooks.slack.com/services/stand-in"


def load(path: Path) -> Configuration:
    """The configuration; files with secrets that are absent are stood in for."""
    missing = [text for text in _files(MarkedYaml(path).tree) if _is_missing(path.parent, text)]
    if not missing:
        return reader.load(path)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for entry in path.parent.iterdir():
            (folder / entry.name).symlink_to(entry.absolute())
        for text in missing:
            secret = folder / text
            secret.parent.mkdir(parents=True, exist_ok=True)
            secret.write_text(_STAND_IN)
        try:
            return reader.load(folder / path.name)
        except InputError as error:
            raise InputError(str(error).replace(name, str(path.parent))) from None


def _files(tree: Any) -> Iterator[str]:
    if isinstance(tree, list):
        for item in tree:
            yield from _files(item)
    elif isinstance(tree, dict):
        for key, value in tree.items():
            if key.endswith(_SUFFIX) and isinstance(value, str):
                yield value
            else:
                yield from _files(value)


def _is_missing(folder: Path, text: str) -> bool:
    """Whether a stand-in can lie there without touching what is there."""
    path = Path(text)
    first = path.parts[0] if path.parts else ""
    return not path.is_absolute() and first != ".." and not (folder / first).exists()
