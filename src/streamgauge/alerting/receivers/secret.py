"""Secrets come from files, and never appear where a value is printed."""

from pathlib import Path

from streamgauge.alerting.receivers.receiver import ParameterError


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


def read_secret(field: str, path: Path, folder: Path) -> Secret:
    """The secret in a file, without the space around it."""
    try:
        text = (folder / path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise ParameterError(field, f"{path}: {reason}") from None
    if not text:
        raise ParameterError(field, f"{path}: the file is empty")
    return Secret(text)
