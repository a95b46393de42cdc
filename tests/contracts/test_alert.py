from typing import Any

import msgspec
import pytest

from streamgauge.contracts.alert import Ack, Alert, Silence
from streamgauge.contracts.codec import decoder
from streamgauge.contracts.dead_letter import Reject

ALERT = {
    "id": "f-1-firing",
    "fingerprint": "f",
    "episode": 1,
    "state": "firing",
    "rule": "r",
    "severity": "info",
    "labels": {},
    "annotations": {},
    "expr": "",
    "value": 1.0,
    "starts_at": 253_402_300_799_999,
    "updated_at": -62_135_596_800_000,
}
SILENCE = {
    "id": "s",
    "matchers": ["a=b"],
    "starts_at": 0,
    "ends_at": 1,
    "created_by": "ada",
    "comment": "c",
}
ACK = {"id": "f-1", "fingerprint": "f", "episode": 1, "owner": "ada", "ends_at": 1}


@pytest.mark.parametrize(
    ("kind", "record", "change"),
    [
        (Alert, ALERT, {"starts_at": 253_402_300_800_000}),
        (Alert, ALERT, {"updated_at": -62_135_596_800_001}),
        (Alert, ALERT, {"ends_at": 10**30}),
        (Alert, ALERT, {"expires_at": 10**400}),
        (Alert, ALERT, {"episode": -1}),
        (Alert, ALERT, {"episode": 2**63}),
        (Alert, ALERT, {"state": "nonsense"}),
        (Silence, SILENCE, {"ends_at": 10**30}),
        (Ack, ACK, {"ends_at": 10**30}),
        (Ack, ACK, {"at": -(10**30)}),
    ],
    ids=str,
)
def test_a_time_that_is_no_date_and_an_episode_that_is_no_count_are_refused(
    kind: Any, record: dict[str, Any], change: dict[str, Any]
) -> None:
    read = decoder(kind)
    assert isinstance(read(msgspec.json.encode(record)), kind)
    assert isinstance(read(msgspec.json.encode(record | change)), Reject)
