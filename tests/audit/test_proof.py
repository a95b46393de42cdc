"""What the auditor finds between events, state log and measures that do not agree."""

import msgspec
from tests.audit.body import WIDTH, body
from tests.audit.test_account import event

from streamgauge.audit.account import Account
from streamgauge.audit.expectation import expect
from streamgauge.audit.proof import Evidence, Proof, prove
from streamgauge.audit.published import Published
from streamgauge.audit.state import PartitionState
from streamgauge.audit.tally import Tally
from streamgauge.contracts.codec import encode
from streamgauge.contracts.measure import Measure, Tick
from streamgauge.contracts.prediction import Prediction
from streamgauge.settings import Window
from streamgauge.stream_processors.log_record import Claim, Delta

NOW = 1_700_000_000_000
ALWAYS = (0, 2**62)


def evidence(versions: list[str], state: dict[tuple[str, ...], int] | None = None) -> Evidence:
    """One event of each version in the window at NOW; the state log says `state`."""
    account = Account(Window(width=WIDTH / 1_000, delay=0.0))
    for offset, version in enumerate(versions):
        account.take((0, offset), event(NOW, version=version), NOW)
    states = {}
    if state is not None:
        states[0] = PartitionState(WIDTH)
        states[0].take(0, Claim(owner="a"))
        told = body({NOW: state})
        end = len(versions)
        states[0].take(1, Delta(epoch=0, begin=0, end=end, watermark=NOW, base=-1, body=told))
    return Evidence(account, Published(), set(), states)


def publish(to: Evidence, version: str, tally: Tally, **more: object) -> None:
    values = {name: one.value for name, one in expect(tally, WIDTH / 1_000).items()}
    fields: dict[str, object] = {
        "labels": {"model": "m", "version": version},
        "window": "1s",
        "start": NOW,
        "end": NOW + WIDTH,
        "revision": tally.count,
        "as_of": NOW + WIDTH,
        "final": True,
        "completeness": 1.0,
        "values": values,
        "samples": {},
    }
    if version == "__other__":
        fields["labels"] = {"model": "__other__", "version": "__other__"}
    to.published.take(encode(msgspec.convert(fields | more, Measure)))


def tally(count: int) -> Tally:
    found = Tally()
    for _ in range(count):
        found.add(Prediction(id="p", ts=NOW, model="m", version="1"))
    return found


def names(proof: Proof) -> list[str]:
    return sorted({one.name for one in proof.differences})


def test_what_agrees_is_proven() -> None:
    found = evidence(["1", "1", "2"], {("m", "1"): 2, ("m", "2"): 1})
    publish(found, "1", tally(2))
    publish(found, "2", tally(1))
    proof = prove(found, ALWAYS)
    assert (proof.proven, proof.differences) == (2, [])


def test_a_lost_and_a_doubled_event_are_told_with_all_three_sides() -> None:
    found = evidence(["1", "1"], {("m", "1"): 2})
    publish(found, "1", tally(3))
    (difference, *_) = [
        one for one in prove(found, ALWAYS).differences if one.name == "prediction_count"
    ]
    assert (difference.events, difference.published) == (2.0, 3.0)
    assert difference.labels == {"model": "m", "version": "1"}


def test_a_state_log_that_counts_otherwise_is_told_although_the_measure_is_right() -> None:
    found = evidence(["1", "1"], {("m", "1"): 1})
    publish(found, "1", tally(2))
    (difference,) = prove(found, ALWAYS).differences
    assert difference.name == "state_log_count"
    assert (difference.events, difference.state, difference.published) == (2.0, 1.0, 2.0)


def test_series_without_a_place_of_their_own_count_with_the_rest() -> None:
    found = evidence(["1", "2", "3"], {("m", "1"): 1, ("__other__", "__other__"): 2})
    publish(found, "1", tally(1))
    publish(found, "__other__", tally(2))
    assert prove(found, ALWAYS).differences == []


def test_a_window_that_nobody_published_is_told_once_the_watermark_has_passed() -> None:
    found = evidence(["1"])
    assert prove(found, ALWAYS).differences == []
    found.published.take(encode(Tick(watermark=NOW + WIDTH, at=NOW, completeness=1.0)))
    (difference,) = prove(found, ALWAYS).differences
    assert (difference.events, difference.published) == (1.0, None)


def test_a_series_of_a_published_window_that_is_missing_is_told() -> None:
    found = evidence(["1", "2"])
    publish(found, "1", tally(1))
    assert {one.labels["version"] for one in prove(found, ALWAYS).differences} == {"2"}


def test_only_the_newest_final_revision_is_what_was_published() -> None:
    found = evidence(["1", "1"])
    publish(found, "1", tally(2))
    publish(found, "1", tally(1))
    publish(found, "1", tally(3), final=False)
    publish(found, "1", tally(5), source="outcomes")
    found.published.take(b"\xff")
    assert prove(found, ALWAYS).differences == []


def test_windows_that_begin_before_the_events_that_are_left_are_not_provable() -> None:
    found = evidence([])
    publish(found, "1", tally(1))
    proof = prove(found, (NOW + 1, 2**62))
    assert (proof.proven, proof.unprovable, proof.differences) == (0, 1, [])


def test_measures_that_the_auditor_does_not_know_are_named() -> None:
    found = evidence(["1"])
    values = {name: one.value for name, one in expect(tally(1), 1.0).items()}
    publish(found, "1", tally(1), values=values | {'mystery{le="1"}': 1.0})
    proof = prove(found, ALWAYS)
    assert (proof.proven, proof.unchecked) == (1, ["mystery"])


def test_events_on_dead_letters_without_a_reason_and_the_other_way_round_are_told() -> None:
    found = evidence(["1"])
    publish(found, "1", tally(2))
    found.account.take((0, 7), event(NOW), NOW, buried=True)
    found.account.take((0, 8), b"\xff", NOW)
    found.buried.add((0, 7))  # type: ignore[attr-defined]  # a set, as it was made above
    assert names(prove(found, ALWAYS)) == [
        "bad_events_not_on_dead_letters",
        "good_events_on_dead_letters",
    ]
