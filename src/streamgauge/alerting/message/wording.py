"""The user's own words: Jinja2 texts of a configuration, checked when it is read."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Template, TemplateSyntaxError

from streamgauge.alerting.message import go_template
from streamgauge.alerting.message.data import as_data
from streamgauge.alerting.message.message import MAX_FACT, line, paragraph
from streamgauge.alerting.message.sandbox import MAX_OUTPUT, Labels, Sandbox, TemplateFailure
from streamgauge.alerting.message.specimen import specimens
from streamgauge.alerting.routing.notice import Notice

# Where any name may be asked for.
_OPEN = ("labels", "annotations", "groupLabels", "commonLabels", "commonAnnotations", "evidence")
# So many alerts are given to a template; it may count the others.
_MOST = 100


class WordingError(ValueError):
    """A template of the configuration is wrong; the text names file and line if it has them."""


class Wording:
    """One text that the user wrote, for one place of one channel."""

    def __init__(self, sandbox: Sandbox, template: Template) -> None:
        self._sandbox, self._template = sandbox, template

    def say(self, notice: Notice, external_url: str) -> str:
        """The text of a notice, printable lines; TemplateFailure says why there is none."""
        data = _clean(as_data(notice, external_url, _MOST))
        return paragraph(self._sandbox.fill(self._template, data).strip(), MAX_OUTPUT)


def read_files(paths: tuple[Path, ...]) -> dict[str, str]:
    """The configuration's `templates:` by file name; WordingError names file and line."""
    files: dict[str, str] = {}
    for path in paths:
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
            raise WordingError(f"{path}: {reason}") from None
        _refuse_go(text, f"{path}:")
        try:
            Sandbox({}).read(text, path.name)
        except TemplateSyntaxError as error:
            raise WordingError(f"{path}:{error.lineno}: {error.message}") from None
        files[path.name] = text
    return files


def read_wording(
    text: str,
    files: Mapping[str, str],
    *,
    html: bool = False,
    finish: Callable[[Any], Any] | None = None,
) -> Wording:
    """Compile and try a text with sample notices; WordingError says what is wrong in which line."""
    _refuse_go(text, "line ")
    sandbox = Sandbox(files, html=html, finish=finish)
    try:
        wording = Wording(sandbox, sandbox.read(text))
    except TemplateSyntaxError as error:
        where = f"{error.name}:{error.lineno}" if error.name else f"line {error.lineno}"
        raise WordingError(f"{where}: {error.message}") from None
    for notice in specimens():
        try:
            wording.say(notice, "https://streamgauge.example.org")
        except TemplateFailure as error:
            raise WordingError(f"with sample data: {error}") from None
    return wording


def _refuse_go(text: str, where: str) -> None:
    if found := go_template.find(text):
        number, reason = found
        raise WordingError(f"{where}{number}: {reason}")


def _clean(value: Any, kind: type[dict[str, Any]] = dict) -> Any:
    """Strangers' texts as single printable lines, all through."""
    if isinstance(value, str):
        return line(value, MAX_FACT)
    if isinstance(value, dict):
        return kind(
            (line(name, MAX_FACT), _clean(one, Labels if name in _OPEN else dict))
            for name, one in value.items()
        )
    if isinstance(value, list):
        return [_clean(one) for one in value]
    return value
