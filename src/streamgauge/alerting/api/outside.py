"""Alerts that others send, Prometheus for example: which of them have to be written, and when.

A sender repeats what fires every minute or so and may vanish at any time. What changed is written;
a repetition only moves the moment until which the alert is believed. That moment is kept in memory:
after a restart an alert is believed for `timeout` more, in which its sender speaks again or never.
"""

import re
from collections.abc import Iterable, Mapping

import msgspec

from streamgauge.alerting.fingerprint import fingerprint
from streamgauge.alerting.instant import Moment, count
from streamgauge.contracts.alert import Alert
from streamgauge.contracts.codec import encode
from streamgauge.contracts.event import Labels

_NAME = re.compile(r"[a-zA-Z_]\w*", re.ASCII)
MOST_BYTES = 65_536
MOST_HELD = 50_000


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """An alert as Alertmanager's API takes it."""

    labels: Labels
    annotations: Labels = {}
    starts: Moment | None = msgspec.field(default=None, name="startsAt")
    ends: Moment | None = msgspec.field(default=None, name="endsAt")
    generator: str = msgspec.field(default="", name="generatorURL")


class Held(msgspec.Struct, frozen=True):
    """An alert that fires, as it is on the topic; believed until `ends`, `stated` by its sender."""

    alert: Alert
    ends: int
    stated: bool = False


class News(msgspec.Struct):
    """What has to be written, and what holds when it is: None for an alert that is over."""

    alerts: list[Alert]
    held: dict[str, Held | None]
    errors: list[str]


class Outside:
    """The alerts from outside that fire now. Times are milliseconds.

    >>> outside, sent = Outside(), Posted(labels={"alertname": "Full"})
    >>> news = outside.hear([sent], 1_000, 300_000)
    >>> news.alerts[0].state, news.alerts[0].expires_at
    ('firing', 301000)
    >>> outside.settle(news)
    >>> outside.hear([sent], 61_000, 300_000).alerts
    []
    """

    def __init__(self) -> None:
        self._held: dict[str, Held] = {}
        self._newest = 0

    def restore(self, alerts: Iterable[Alert], now: int, timeout: int) -> None:
        """Begin with what fires by the topics; all else is forgotten."""
        self._held = {}
        for alert in alerts:
            if alert.expires_at is None:
                continue
            self._newest = max(self._newest, alert.episode)
            if alert.state == "firing":
                ends = max(alert.expires_at, now + timeout)
                self._held[alert.fingerprint] = Held(alert, ends)

    def ends(self, of: str) -> int | None:
        """Until when the alert with this fingerprint is believed."""
        held = self._held.get(of)
        return held.ends if held else None

    def hear(self, sent: Iterable[Posted], now: int, timeout: int) -> News:
        """What a sender's alerts change; valid ones count although others are wrong."""
        news = News([], {}, [])
        for one in sent:
            labels = {name: one.labels[name] for name in sorted(one.labels) if one.labels[name]}
            if fault := _fault(labels, one, len(self._held) + len(news.held)):
                news.errors.append(fault)
                continue
            # No rule of ours may be taken for a stranger's alert with the same labels.
            name = fingerprint({**labels, "": "outside"})
            held = news.held[name] if name in news.held else self._held.get(name)
            self._hear(news, name, held, _Claim(one, labels, now, timeout))
        return news

    def expire(self, now: int) -> News:
        """The alerts that nobody has repeated in time: they count as resolved."""
        news = News([], {}, [])
        for name, held in self._held.items():
            if held.ends <= now:
                news.alerts.append(_resolved(held.alert, held.ends, now))
                news.held[name] = None
        return news

    def settle(self, news: News) -> None:
        """The topics have what was to be written."""
        for name, held in news.held.items():
            if held is None:
                self._held.pop(name, None)
            else:
                self._held[name] = held

    def _hear(self, news: News, name: str, held: Held | None, claim: "_Claim") -> None:
        if claim.ends <= claim.now:
            if held is not None:
                news.alerts.append(_resolved(held.alert, claim.ends, claim.now))
                news.held[name] = None
            return
        if held is None:
            # The clock numbers the episodes: nothing has to be remembered of those that are over.
            self._newest = max(claim.now, self._newest + 1)
            alert = claim.alert(name, self._newest)
            news.alerts.append(alert)
            news.held[name] = Held(alert, claim.ends, claim.stated)
            return
        # Alertmanager's merge (types.Alert.Merge): a later end that was stated stays.
        ends, stated = claim.ends, claim.stated
        if held.stated and held.ends > ends:
            ends, stated = held.ends, True
        alert = claim.newer(held.alert, ends)
        if alert is not held.alert:
            news.alerts.append(alert)
        news.held[name] = Held(alert, ends, stated)


class _Claim:
    """One sent alert with its times filled in as Alertmanager fills them in."""

    def __init__(self, sent: Posted, labels: Labels, now: int, timeout: int) -> None:
        ends = count(sent.ends)
        self.sent, self.labels, self.now, self.timeout = sent, labels, now, timeout
        self.stated = ends is not None
        self.ends = now + timeout if ends is None else ends
        self.starts = count(sent.starts) or min(now, self.ends)

    def alert(self, name: str, episode: int) -> Alert:
        return Alert(
            id=f"{name}-{episode}-firing",
            fingerprint=name,
            episode=episode,
            state="firing",
            rule=self.labels.get("alertname", "outside"),
            severity=self.labels.get("severity", "warning"),
            labels=self.labels,
            annotations=self.sent.annotations,
            expr="",
            value=1.0,
            starts_at=self.starts,
            updated_at=self.now,
            generator_url=self.sent.generator,
            expires_at=self.ends,
        )

    def newer(self, old: Alert, ends: int) -> Alert:
        """The record that has to follow, or `old` itself if it need not be written again."""
        starts = min(old.starts_at, self.starts)
        same = old.annotations == self.sent.annotations
        if same and old.generator_url == self.sent.generator and not self._outlives(old, ends):
            return old
        return msgspec.structs.replace(
            old,
            annotations=self.sent.annotations,
            generator_url=self.sent.generator,
            starts_at=starts,
            updated_at=self.now,
            expires_at=ends,
        )

    def _outlives(self, old: Alert, ends: int) -> bool:
        """Whether a restart would end the alert too early by what is written of it.

        A restart believes everything for a while, so a sender that speaks often writes nothing;
        one that promised hours writes again when half of that is over.
        """
        written, left = old.expires_at or 0, ends - self.now
        return left > self.timeout and written < self.now + left // 2


def _resolved(alert: Alert, ends: int, now: int) -> Alert:
    return msgspec.structs.replace(
        alert,
        id=f"{alert.episode_id}-resolved",
        state="resolved",
        ends_at=max(ends, alert.starts_at),
        updated_at=now,
    )


def _fault(labels: Mapping[str, str], sent: Posted, held: int) -> str:
    """What is wrong, in Alertmanager's words where it has some."""
    if not labels:
        return "at least one label pair required"
    for kind, pairs in (("label", labels), ("annotation", sent.annotations)):
        for name in pairs:
            if not _NAME.fullmatch(name):
                return f'invalid {kind} set: invalid name "{name[:100]}"'
    starts, ends = count(sent.starts), count(sent.ends)
    if starts is not None and ends is not None and ends < starts:
        return "start time must be before end time"
    if len(encode(sent)) > MOST_BYTES:
        return f"an alert may have at most {MOST_BYTES} bytes"
    if held >= MOST_HELD:
        return f"at most {MOST_HELD} alerts from outside are held at a time"
    return ""
