"""What is wrong, since when and why: the records of `alerts`, `alert-state`, `silences`, `acks`."""

from typing import Annotated, Literal

import msgspec

from streamgauge.contracts.event import Labels

State = Literal["pending", "firing", "resolved"]
# The years 1 to 9999: what a date can be, so that every reader can show every time.
_FIRST, LAST = -62_135_596_800_000, 253_402_300_799_999
Moment = Annotated[int, msgspec.Meta(ge=_FIRST, le=LAST)]
Episode = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class Alert(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """One transition of one alert.

    `fingerprint` identifies rule and labels, `episode` counts how often it became active; both
    together with the state make `id`, so a repeated record is recognised. Times are event times in
    milliseconds. `position` is the offset on `measures` that caused the transition; -1 for alerts
    that no rule of ours caused. `value` is the newest one, `value_at_fire` the one it fired with,
    `peak` the one furthest beyond the threshold. A `flapping` alert fires on while its condition
    comes and goes. `generator_url` is what an alert from outside says of itself; such an alert
    counts as resolved at `expires_at` unless it is sent again, and its `episode` is the time at
    which it was first heard of. Only alerts from outside have `expires_at`.
    """

    id: str
    fingerprint: str
    episode: Episode
    state: State
    rule: str
    severity: str
    labels: Labels
    annotations: Labels
    expr: str
    value: float
    starts_at: Moment
    updated_at: Moment
    ends_at: Moment | None = None
    position: int = -1
    completeness: float = 1.0
    samples: int = 0
    evidence: dict[str, float | str] = {}
    value_at_fire: float | None = None
    peak: float | None = None
    flapping: bool = False
    generator_url: str = ""
    expires_at: Moment | None = None
    v: int = 1

    @property
    def episode_id(self) -> str:
        """What its transitions of one episode have in common: the `id` of an acknowledgement."""
        return f"{self.fingerprint}-{self.episode}"


class Silence(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """Alerts that match are not sent between two times; matchers as `severity="info"`.

    One that is over keeps its record; deleting one writes `ends_at` = now.
    """

    id: str
    matchers: list[str]
    starts_at: Moment
    ends_at: Moment
    created_by: str
    comment: str
    updated_at: Moment = 0
    v: int = 1


class Ack(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """Somebody owns this episode of an alert until a stated end; `id` is `Alert.episode_id`.

    `links` are the links of mails that have acknowledged this episode, by when they expire (seconds
    since 1970): each acts once.
    """

    id: str
    fingerprint: str
    episode: Episode
    owner: str
    ends_at: Moment
    at: Moment = 0
    note: str = ""
    links: list[int] = []
    v: int = 1

    def after(self, before: "Ack | None") -> "Ack":
        """The same, with the links that had been used before it."""
        if before is None or set(before.links) <= set(self.links):
            return self
        return msgspec.structs.replace(self, links=sorted({*before.links, *self.links}))
