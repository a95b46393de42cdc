import pytest

from streamgauge.alerting.delivery.entry import intent
from streamgauge.alerting.delivery.restore import MOST_BYTES, read_alert
from streamgauge.alerting.routing.dispatcher import Dispatcher
from streamgauge.alerting.routing.plan import Aim, Plan
from streamgauge.alerting.routing.route import Route
from streamgauge.contracts.alert import Alert
from streamgauge.contracts.codec import encode
from streamgauge.contracts.dead_letter import Reject
from streamgauge.contracts.topics import TOPICS

PLAN = Plan(
    route=Route(receiver="team", group_by=("alertname",), group_wait=0),
    receivers={"team": (Aim("team/console", send_resolved=True),)},
)


def alert(name: str) -> Alert:
    return Alert(
        id="f-1-firing",
        fingerprint="f",
        episode=1,
        state="firing",
        rule="r",
        severity="info",
        labels={"alertname": name},
        annotations={},
        expr="",
        value=1.0,
        starts_at=1,
        updated_at=1,
    )


# One byte in JSON; Go quotes it in four, and JSON quotes the backslash of those.
@pytest.mark.parametrize("letter", ["x", "\x7f", "\\", '"'], ids=ascii)
def test_every_alert_that_is_read_has_room_in_the_ledger(letter: str) -> None:
    wide = (MOST_BYTES - len(encode(alert("")))) // (len(encode(letter)) - 2)
    assert isinstance(read_alert(encode(alert(letter * (wide + 1)))), Reject)
    found = read_alert(encode(alert(letter * wide)))
    assert isinstance(found, Alert)
    dispatcher = Dispatcher(PLAN)
    dispatcher.take(found, 1_000)
    (notice,) = dispatcher.advance(1_001)
    entry = encode(intent(notice, {}))
    key = f"{notice.group}/{notice.aim}".encode()
    assert len(entry) + len(key) < TOPICS["notifications"].max_message_bytes
