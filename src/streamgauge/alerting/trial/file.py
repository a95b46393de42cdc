"""Test files as they stand: promtool's, and what may stand beside it."""

from pathlib import Path

import msgspec

from streamgauge.alerting import duration
from streamgauge.alerting.marked_yaml import MarkedYaml, Step
from streamgauge.alerting.template.template import External
from streamgauge.contracts.event import Labels
from streamgauge.settings import InputError

# As promtool has it where nothing is said.
_USUAL_STEP = 60_000


class SeriesEntry(msgspec.Struct, forbid_unknown_fields=True):
    """A series and its values, one each interval."""

    series: str
    values: str = ""


class ExpectedAlert(msgspec.Struct, forbid_unknown_fields=True):
    """An alert that has to fire, with all of its labels but its name."""

    exp_labels: Labels = {}
    exp_annotations: Labels = {}


class AlertCase(msgspec.Struct, forbid_unknown_fields=True):
    """Which alerts of a name fire at a time."""

    alertname: str
    eval_time: str = "0"
    exp_alerts: list[ExpectedAlert] = []


class ExpectedSample(msgspec.Struct, forbid_unknown_fields=True):
    """A sample that has to come out."""

    labels: str = ""
    value: str = "0"


class ExpressionCase(msgspec.Struct, forbid_unknown_fields=True):
    """What an expression gives at a time."""

    expr: str
    eval_time: str = "0"
    exp_samples: list[ExpectedSample] = []


class GroupEntry(msgspec.Struct, forbid_unknown_fields=True):
    """Series, and what is expected of them."""

    interval: str = "0"
    input_series: list[SeriesEntry] = []
    name: str = ""
    alert_rule_test: list[AlertCase] = []
    promql_expr_test: list[ExpressionCase] = []
    external_labels: Labels = {}
    external_url: str = ""

    @property
    def external(self) -> External:
        """The place that texts come from."""
        return External(self.external_labels, self.external_url)


class TimedAlert(msgspec.Struct, forbid_unknown_fields=True, rename={"begin": "from"}):
    """An alert that fires from a time on, and ends at another one if that is given."""

    labels: Labels
    begin: str = "0s"
    until: str = ""
    annotations: Labels = {}


class TimedSilence(msgspec.Struct, forbid_unknown_fields=True, rename={"begin": "from"}):
    """A silence between two times."""

    matchers: list[str]
    until: str
    begin: str = "0s"


class TimedAck(msgspec.Struct, forbid_unknown_fields=True, rename={"hold": "for"}):
    """Somebody takes the alert with these labels."""

    labels: Labels
    at: str
    owner: str = "somebody"
    hold: str = "1d"


class ExpectedNotice(msgspec.Struct, forbid_unknown_fields=True):
    """What a receiver (`on-call`), or one integration of it (`on-call/slack`), has to be told."""

    at: str
    receiver: str
    firing: list[Labels] = []
    resolved: list[Labels] = []
    reason: str = ""


class NotificationEntry(msgspec.Struct, forbid_unknown_fields=True):
    """Alerts over time, and all that is told of them up to `until`. Times count from `start`."""

    config: Path
    name: str = ""
    start: str = ""
    until: str = "0"
    alerts: list[TimedAlert] = []
    silences: list[TimedSilence] = []
    acks: list[TimedAck] = []
    exp_notifications: list[ExpectedNotice] = []


class ExpectedTransition(msgspec.Struct, forbid_unknown_fields=True):
    """An alert that begins to fire or is resolved; of its labels only these are compared."""

    alertname: str
    state: str
    at: str
    labels: Labels = {}


class ReplayEntry(msgspec.Struct, forbid_unknown_fields=True):
    """Recorded `measures` or `events` (JSON Lines), and all alerts that come of them in order.

    Events of all kinds are in one file; outcomes find their predictions in it. Times count from
    `start`, or from the first window. `log` is a file that the transitions have to be equal to,
    byte for byte.
    """

    name: str = ""
    measures: Path | None = None
    events: Path | None = None
    start: str = ""
    exp_alerts: list[ExpectedTransition] = []
    log: Path | None = None
    external_labels: Labels = {}
    external_url: str = ""

    @property
    def external(self) -> External:
        """The place that texts come from."""
        return External(self.external_labels, self.external_url)


class SuiteFile(msgspec.Struct, forbid_unknown_fields=True):
    """A test file. With `notification_test` or `replay_test` it is one that promtool refuses."""

    rule_files: list[str] = []
    evaluation_interval: str = "1m"
    group_eval_order: list[str] = []
    tests: list[GroupEntry] = []
    notification_test: list[NotificationEntry] = []
    replay_test: list[ReplayEntry] = []


class Opened:
    """A test file that was read, and where it lies."""

    def __init__(self, path: Path) -> None:
        self.document = MarkedYaml(path)
        self.file = self.document.convert(SuiteFile)
        self.path = path
        text = self.file.evaluation_interval
        self.step = self.milliseconds(("evaluation_interval",), text) or _USUAL_STEP

    def rule_files(self) -> list[Path]:
        """The rule files, patterns resolved from the test file's folder; InputError for none."""
        found: list[Path] = []
        for number, text in enumerate(self.file.rule_files):
            pattern = Path(text)
            folder = Path(pattern.anchor) if pattern.is_absolute() else self.path.parent
            inside = str(pattern.relative_to(folder)) if pattern.is_absolute() else text
            matched = sorted(folder.glob(inside)) if _is_glob(text) else [folder / inside]
            if not matched or not matched[0].exists():
                raise self.document.error(("rule_files", number), f"{text}: no such file")
            found += matched
        return found

    def milliseconds(self, place: tuple[Step, ...], text: str) -> int:
        """A duration of the file; InputError names its line."""
        try:
            return duration.milliseconds(text)
        except ValueError as error:
            raise self.document.error(place, f"{place[-1]}: {error}") from None

    def wrong(self, place: tuple[Step, ...], error: Exception | str) -> InputError:
        """An error at a place of the file."""
        return self.document.error(place, str(error))

    def place(self, place: tuple[Step, ...]) -> str:
        """File and line of a place that stands in the file."""
        return f"{self.path}:{self.document.line(place)}"


def _is_glob(text: str) -> bool:
    return any(mark in text for mark in "*?[")
