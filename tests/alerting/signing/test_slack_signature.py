import pytest

from streamgauge.alerting.signing.slack_signature import SignatureError, SlackSignature

# The example of docs.slack.dev, "Verifying requests from Slack".
SECRET = b"8f742231b10e8888abcd99yyyzzz85a5"
TIMESTAMP = "1531420618"
BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
    b"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
    b"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands"
    b"%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
SIGNATURE = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
HEADERS = {"X-Slack-Request-Timestamp": TIMESTAMP, "X-Slack-Signature": SIGNATURE}
NOW = 1_531_420_620.0


def test_slacks_own_example_is_accepted_once() -> None:
    signature = SlackSignature(SECRET)
    signature.verify(HEADERS, BODY, NOW)
    with pytest.raises(SignatureError, match="sent before"):
        signature.verify(HEADERS, BODY, NOW + 299 - 2)


@pytest.mark.parametrize(
    ("change", "body", "now"),
    [
        ({}, BODY + b"&", NOW),
        ({}, BODY, NOW + 301),
        ({}, BODY, NOW - 305),
        ({"X-Slack-Signature": SIGNATURE[:-1] + "4"}, BODY, NOW),
        ({"X-Slack-Signature": ""}, BODY, NOW),
        ({"X-Slack-Signature": "v0=é"}, BODY, NOW),
        # A byte of a header that is no UTF-8, as servers hand it on.
        ({"X-Slack-Signature": "v0=\udcff"}, BODY, NOW),
        ({"X-Slack-Request-Timestamp": "1531420619"}, BODY, NOW),
        ({"X-Slack-Request-Timestamp": "-1"}, BODY, NOW),
        ({"X-Slack-Request-Timestamp": ""}, BODY, NOW),
    ],
)
def test_everything_else_is_refused(change: dict[str, str], body: bytes, now: float) -> None:
    with pytest.raises(SignatureError):
        SlackSignature(SECRET).verify(HEADERS | change, body, now)


def test_its_secret_is_not_shown() -> None:
    assert SECRET.decode() not in repr(SlackSignature(SECRET))
