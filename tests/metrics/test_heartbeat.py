import math
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from streamgauge.contracts import codec
from streamgauge.contracts.heartbeat import Heartbeat
from streamgauge.metrics.heartbeat import INSTANCES, MODELS, Pulse
from streamgauge.metrics.summary import as_known

from .event import T0, heartbeat

# Few times, so that heartbeats of one instance and one millisecond meet.
beats = st.lists(
    st.builds(
        heartbeat,
        at=st.integers(0, 3),
        instance=st.sampled_from("abc"),
        healthy=st.booleans(),
        cache=st.none() | st.booleans(),
        cpu=st.none() | st.floats(0, 1e308),
        gpu=st.none() | st.floats(0, 1),
        sent=st.integers(0, 2**53 - 1),
        predictions=st.none() | st.integers(0, 2**53 - 1),
        models=st.dictionaries(st.sampled_from(("m@1", "m@2")), st.booleans()),
    ),
    max_size=12,
)


def pulse(heard: list[Heartbeat]) -> Pulse:
    heart = Pulse()
    heart.add(heard)
    return heart


@given(beats, beats)
def test_pulses_merge_either_way_round(one: list[Heartbeat], other: list[Heartbeat]) -> None:
    merged = pulse(one).merge(pulse(other))
    assert merged == pulse(other).merge(pulse(one)) == pulse([*one, *other])
    assert merged.values(60.0) == pulse([*other, *one]).values(60.0)


@given(beats, beats, beats)
def test_pulses_merge_in_any_grouping(
    one: list[Heartbeat], two: list[Heartbeat], three: list[Heartbeat]
) -> None:
    a, b, c = pulse(one), pulse(two), pulse(three)
    assert a.merge(b).merge(c) == a.merge(b.merge(c))


@given(beats, st.randoms(use_true_random=False))
def test_the_order_of_heartbeats_does_not_matter(heard: list[Heartbeat], random: Random) -> None:
    shuffled = random.sample(heard, len(heard))
    assert pulse(shuffled) == pulse(heard)


@given(beats)
def test_a_merge_changes_neither_side(heard: list[Heartbeat]) -> None:
    one = pulse(heard)
    one.merge(pulse([heartbeat(at=99, instance="z")]))
    Pulse().merge(one).add([heartbeat(at=99, instance="z")])
    assert one == pulse(heard)


def test_a_service_is_up_as_often_as_it_says() -> None:
    heart = pulse([heartbeat(at=i, healthy=i > 0) for i in range(4)])
    assert heart.values(60.0)["service_up"] == 0.75
    assert heart.samples() == {"service_up": 4}
    assert (heart.total, heart.as_of) == (4, T0 + 3)


def test_gauges_are_the_newest_of_each_instance_added_up() -> None:
    heart = pulse(
        [
            heartbeat(at=0, instance="a", cpu=9.0, memory=9, sent=9),
            heartbeat(at=1, instance="a", cpu=1.5, memory=100, sent=10),
            heartbeat(at=0, instance="b", cpu=0.5, memory=None, sent=5),
        ]
    )
    values = heart.values(60.0)
    assert values["service_cpu_cores"] == 2.0
    assert values["service_memory_bytes"] == 100.0
    assert values["client_sent_total"] == 15.0
    assert "service_queue_depth" not in values


def test_a_cache_is_up_where_it_is_up_for_every_instance_that_says() -> None:
    up, down = heartbeat(instance="a", cache=True), heartbeat(instance="b", cache=False)
    assert pulse([up]).values(60.0)["service_cache_up"] == 1.0
    assert pulse([up, down]).values(60.0)["service_cache_up"] == 0.0
    assert "service_cache_up" not in pulse([heartbeat()]).values(60.0)


def test_a_model_is_loaded_where_every_instance_that_knows_it_has_it() -> None:
    one = heartbeat(instance="a", models={"m@1": True, 'm"@2': True})
    other = heartbeat(instance="b", models={"m@1": False})
    values = pulse([one, other]).values(60.0)
    assert values['service_model_loaded{model="m@1"}'] == 0.0
    assert values['service_model_loaded{model="m\\"@2"}'] == 1.0
    assert values["service_models_loaded_ratio"] == 0.5


def test_absurd_gauges_are_not_published_as_infinite() -> None:
    heart = pulse([heartbeat(instance=name, cpu=1e308) for name in "abc"])
    known = as_known(heart.values(60.0))
    assert "service_cpu_cores" not in known
    assert known["service_up"] == 1.0
    assert all(math.isfinite(value) for value in known.values())


def test_made_up_instances_and_models_do_not_make_a_pulse_grow() -> None:
    names = {f"m{number}@1": True for number in range(MODELS + 100)}
    heard = [heartbeat(instance=f"i{number}", models=names) for number in range(INSTANCES + 50)]
    whole = pulse(heard)
    assert whole.total == len(heard)
    assert len(whole.newest) == INSTANCES
    assert {len(beat.models) for beat in whole.newest.values()} == {MODELS}
    assert sum("service_model_loaded{" in name for name in whole.values(60.0)) == MODELS
    assert pulse(heard[:70]).merge(pulse(heard[70:])) == pulse(heard[::-1]) == whole


DAY = 86_400.0


def test_a_day_tells_the_outage_in_it_and_the_mean_of_its_gauges() -> None:
    midnight = T0 - T0 % int(DAY * 1_000)
    whole = Pulse()
    for minute in range(1_440):
        if not 600 <= minute < 672:
            at = midnight + minute * 60_000 - T0
            cpu = 1.0 if minute < 600 else 3.0
            whole = whole.merge(pulse([heartbeat(at=at, cpu=cpu, sent=minute * 60)]))
    values = whole.values(DAY)
    assert values["service_up"] == 1.0
    assert values["service_availability_ratio"] == 0.95
    assert values["service_cpu_cores"] == 3.0
    assert values["service_cpu_cores_mean"] == (600 * 1.0 + 768 * 3.0) / 1_368
    assert values["service_cpu_cores_max"] == 3.0
    assert values["service_sent_rate"] == 1.0


def test_a_day_that_is_not_over_is_judged_by_what_has_passed() -> None:
    midnight = T0 - T0 % int(DAY * 1_000)
    morning = [heartbeat(at=midnight + minute * 60_000 - T0) for minute in range(60)]
    heard = pulse(morning)
    assert heard.values(DAY)["service_availability_ratio"] == 60 / 1_440
    noon = midnight + 12 * 3_600_000
    assert heard.values(DAY, until=noon)["service_availability_ratio"] == 60 / 720
    shifted = midnight - int(DAY * 1_000)
    assert heard.values(2 * DAY, start=shifted)["service_availability_ratio"] == 60 / 2_880


def test_an_unhealthy_minute_is_no_uptime() -> None:
    sick = pulse([heartbeat(healthy=False)])
    assert sick.values(60.0)["service_availability_ratio"] == 0.0
    assert Pulse().values(60.0) == {"service_up": 0.0, "service_availability_ratio": 0.0}


def test_a_fallback_is_told_where_any_instance_is_in_it() -> None:
    one, other = heartbeat(instance="a", fallback=False), heartbeat(instance="b", fallback=True)
    assert pulse([one]).values(60.0)["service_fallback_active"] == 0.0
    assert pulse([one, other]).values(60.0)["service_fallback_active"] == 1.0
    assert pulse([one, other]).values(60.0)["service_instances"] == 2.0


@given(beats)
def test_a_pulse_survives_the_state_log(heard: list[Heartbeat]) -> None:
    assert codec.decode(Pulse, codec.encode(pulse(heard))) == pulse(heard)
