"""`filter=` and the other parameters of Alertmanager's lists."""

from collections.abc import Callable, Iterable

from streamgauge.alerting.api.refusal import RefusedError
from streamgauge.alerting.matcher import Matcher, pattern, read_matchers

_MOST = 1_000
_YES = {"true", "1", "yes", "ok", "y", "on", "t", "checked", "selected", "enabled"}


def matchers(texts: Iterable[str]) -> list[Matcher]:
    """The matchers of a request; a wrong one is a 400 as Alertmanager gives it."""
    found: list[Matcher] = []
    for text in texts:
        if len(text) > _MOST:
            raise RefusedError(400, f"bad matcher format: longer than {_MOST} characters")
        try:
            found += read_matchers(text)
        except ValueError:
            raise RefusedError(400, f"bad matcher format: {text}") from None
    return found


def receiver(text: str | None) -> Callable[[str], bool]:
    """Whether a receiver's name is meant: by an expression that has to match all of it."""
    if not text:
        return lambda _name: True
    if len(text) > _MOST:
        raise RefusedError(400, "failed to parse receiver param: too long")
    try:
        return pattern(text).fullmatch
    except ValueError as error:
        raise RefusedError(400, f"failed to parse receiver param: {error}") from None


def flag(text: str | None) -> bool:
    """A yes or no that is yes where it is not given; go-openapi's words for yes.

    >>> flag(None), flag("true"), flag("false")
    (True, True, False)
    """
    return text is None or text.lower() in _YES
