import base64
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.contracts.dead_letter import Reject
from streamgauge.contracts.receipt import DAY_MS, Claims, Receipts

NOW = 1_700_000_000_000
CLAIMS = Claims(
    id="p1",
    ts=NOW,
    model="result_count",
    version="2",
    prediction=4.5,
    score=0.5,
    experiment="e",
    arm="challenger",
    allocation=7,
    propensity=0.25,
    unit="u",
    dimensions={"region": "eu"},
)
desk = Receipts({"k1": b"secret"})


def refusal(token: str, now: int = NOW, by: Receipts = desk) -> str:
    result = by.check(token, now)
    assert isinstance(result, Reject)
    assert result.reason == "receipt"
    return result.detail


def test_a_receipt_comes_back_as_issued() -> None:
    assert desk.check(desk.issue(CLAIMS), NOW + 1) == CLAIMS


def test_a_receipt_is_safe_in_an_address() -> None:
    allowed = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
    assert set(desk.issue(CLAIMS)) <= allowed


@given(data=st.data())
def test_any_changed_character_is_noticed(data: st.DataObject) -> None:
    token = desk.issue(CLAIMS)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters().filter(lambda character: character != token[place]))
    assert isinstance(desk.check(token[:place] + other + token[place + 1 :], NOW), Reject)


@given(token=st.text(max_size=300))
def test_no_text_is_a_receipt_or_raises(token: str) -> None:
    assert refusal(token)


def test_other_claims_need_another_signature() -> None:
    name, payload, signature = desk.issue(CLAIMS).split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["arm"] = "champion"
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    assert refusal(f"{name}.{forged}.{signature}") == "signature does not match"


def test_another_desk_accepts_nothing_of_ours() -> None:
    assert refusal(desk.issue(CLAIMS), by=Receipts({"k1": b"other"})) == "signature does not match"


@pytest.mark.parametrize("secret", [b"secret", b"-", b"guess"])
def test_an_unknown_key_is_refused_whatever_it_signs_with(secret: bytes) -> None:
    # b"-" is what an unknown key is compared with, to take as long: knowing that does not help.
    assert refusal(Receipts({"k9": secret}).issue(CLAIMS)) in {
        "unknown key",
        "signature does not match",
    }


def test_while_a_key_rotates_both_are_valid_and_the_first_signs() -> None:
    old = desk.issue(CLAIMS)
    rotating = Receipts({"k2": b"newer", "k1": b"secret"})
    assert rotating.check(old, NOW) == CLAIMS
    assert rotating.issue(CLAIMS).startswith("k2.")
    assert refusal(old, by=Receipts({"k2": b"newer"})) == "signature does not match"


def test_a_receipt_expires_after_the_horizon() -> None:
    token = desk.issue(CLAIMS)
    assert desk.check(token, NOW + 35 * DAY_MS) == CLAIMS
    assert refusal(token, NOW + 35 * DAY_MS + 1) == "older than the label horizon"
    short = Receipts({"k1": b"secret"}, horizon_ms=1_000)
    assert refusal(token, NOW + 1_001, by=short) == "older than the label horizon"


@pytest.mark.parametrize("keys", [{}, {"k1": b""}, {"a.b": b"x"}, {"": b"x"}])
def test_keys_that_cannot_work_are_refused_at_once(keys: dict[str, bytes]) -> None:
    with pytest.raises(ValueError, match="key"):
        Receipts(keys)


def test_a_receipt_from_before_confidence_and_task_is_valid() -> None:
    payload = json.dumps({"id": "p1", "ts": NOW, "model": "m", "version": "1", "prediction": 4.5})
    body = "k1." + base64.urlsafe_b64encode(payload.encode()).rstrip(b"=").decode()
    signature = hmac.digest(b"secret", body.encode(), "sha256")
    token = f"{body}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"
    held = desk.check(token, NOW)
    assert held == Claims(id="p1", ts=NOW, model="m", version="1", prediction=4.5)
    assert isinstance(held, Claims)
    assert (held.confidence, held.task) == (None, None)
