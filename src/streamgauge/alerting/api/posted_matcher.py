"""Matchers as Alertmanager's API takes and gives them."""

from typing import Annotated, Any

import msgspec

from streamgauge.alerting.matcher import Matcher

_OPS = {(True, False): "=", (False, False): "!=", (True, True): "=~", (False, True): "!~"}
_FLAGS = {op: flags for flags, op in _OPS.items()}
Text = Annotated[str, msgspec.Meta(max_length=2_000)]


class PostedMatcher(msgspec.Struct, frozen=True):
    """A matcher in the API's JSON.

    >>> PostedMatcher.parts(Matcher("model", "!~", "a|b"))
    {'name': 'model', 'value': 'a|b', 'isRegex': True, 'isEqual': False}
    """

    name: Text
    value: Text
    regex: bool = msgspec.field(name="isRegex")
    equal: bool = msgspec.field(default=True, name="isEqual")

    @classmethod
    def parts(cls, matcher: Matcher) -> dict[str, Any]:
        """The JSON object of a matcher."""
        equal, regex = _FLAGS[matcher.op]
        posted = cls(matcher.label, matcher.value, regex, equal)
        return dict(msgspec.to_builtins(posted))

    def read(self) -> Matcher:
        """The matcher; not yet whether its expression is one."""
        return Matcher(self.name, _OPS[self.equal, self.regex], self.value)
