"""What happens to alerts while the notifier is killed: groups that fire, grow and end. Pure."""

from collections.abc import Callable, Iterator

import msgspec

from streamgauge.contracts.alert import Alert, State

CHANNELS = ("slack", "email", "pagerduty", "webhook")
# The step of a trial after which nothing of it fires.
LAST = 3
_MINUTE_MS = 60_000
_MOST_OPEN = 3


class Trial(msgspec.Struct):
    """A group of two alerts of one channel, and how many of its steps were published."""

    number: int
    channel: str
    steps: int = 0

    @property
    def name(self) -> str:
        """The group's label."""
        return f"trial{self.number}"

    def fingerprints(self) -> tuple[str, str]:
        """Of the alert that fires first, and of the one that joins it."""
        return f"{2 * self.number:016x}", f"{2 * self.number + 1:016x}"

    def advance(self, now: int) -> list[Alert]:
        """The next step: the first fires, the second fires, both are over."""
        first, second = self.fingerprints()
        self.steps += 1
        if self.steps == 1:
            return [self._alert(first, "firing", now)]
        if self.steps == 2:
            return [self._alert(second, "firing", now)]
        return [self._alert(first, "resolved", now), self._alert(second, "resolved", now)]

    def _alert(self, fingerprint: str, state: State, now: int) -> Alert:
        return Alert(
            id=f"{fingerprint}-1-{state}",
            fingerprint=fingerprint,
            episode=1,
            state=state,
            rule="crash",
            severity="critical",
            labels={
                "alertname": "Crash",
                "severity": "critical",
                "channel": self.channel,
                "trial": self.name,
                "part": fingerprint,
            },
            annotations={"summary": f"part of {self.name}"},
            expr="crash > 0",
            value=1.0,
            starts_at=now - _MINUTE_MS,
            updated_at=now + self.steps,
            ends_at=now if state == "resolved" else None,
            position=0,
        )


class Story:
    """All trials; each turn takes those a step on whose last step people were told.

    What begins and ends before anybody could be told is not told, as with Alertmanager; so no step
    comes before the one before it was told.
    """

    def __init__(self) -> None:
        self.trials: list[Trial] = []

    def turn(
        self, now: int, told: Callable[[str, str, str], bool], *, new: bool = True
    ) -> Iterator[Alert]:
        """A new trial of each channel if asked for, and the next step of those that were told."""
        if new:
            for channel in CHANNELS:
                # Slack takes a message a second: more would only wait for each other.
                open_ones = [one for one in self.trials if one.steps < LAST]
                if sum(one.channel == channel for one in open_ones) < _MOST_OPEN:
                    self.trials.append(Trial(len(self.trials), channel))
        for trial in self.trials:
            first, second = trial.fingerprints()
            if (
                trial.steps == 0
                or (trial.steps == 1 and told(trial.channel, first, "firing"))
                or (trial.steps == 2 and told(trial.channel, second, "firing"))
            ):
                yield from trial.advance(now)
