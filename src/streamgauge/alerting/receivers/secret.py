"""Secrets come from files or the environment, and never appear where a value is printed."""

import os
import re
from pathlib import Path

from streamgauge.alerting.receivers.receiver import ParameterError

_VARIABLE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")

_MOST_BYTES = 65_536


class Secret:
    """A text that shows itself only when asked.

    >>> Secret("hunter2")
    Secret(***)
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "Secret(***)"

    def reveal(self) -> str:
        """The text itself."""
        return self._text


def is_variable(text: str) -> bool:
    """Whether a value names a variable of the environment: `$NAME` and nothing else.

    >>> is_variable("$SLACK_WEBHOOK"), is_variable("pa$$word")
    (True, False)
    """
    return _VARIABLE.fullmatch(text) is not None


def read_secret(field: str, path: Path, folder: Path) -> Secret:
    """The secret in a file, or in the variable that `$NAME` names, without the space around it."""
    if variable := _VARIABLE.fullmatch(str(path)):
        text = os.environ.get(variable[1], "").strip()
        if not text:
            raise ParameterError(field, f"the environment variable {variable[1]} is not set")
        return Secret(text)
    try:
        with (folder / path).open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
        text = raw.decode().strip()
    except (OSError, ValueError) as error:
        # A ValueError is a file that is no UTF-8, or a name that can be no file's.
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise ParameterError(field, f"{path}: {reason}") from None
    if not text:
        raise ParameterError(field, f"{path}: the file is empty")
    if len(raw) > _MOST_BYTES:
        raise ParameterError(field, f"{path}: more than {_MOST_BYTES} bytes are no secret")
    return Secret(text)
