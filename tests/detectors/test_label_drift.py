from streamgauge.detectors.label_drift import LabelDrift
from streamgauge.detectors.regroup import Distributions

HELD = Distributions.of({}, {"class": {"fine": 9_000, "fraud": 1_000}})


def test_the_same_share_of_frauds_is_silent_and_twice_the_share_is_found() -> None:
    same = HELD.window({}, {"class": {"fine": 905, "fraud": 95}})
    assert not LabelDrift().judge(HELD.yardstick, same).active
    found = LabelDrift().judge(
        HELD.yardstick, HELD.window({}, {"class": {"fine": 800, "fraud": 200}})
    )
    assert found.active
    assert found.text.startswith('label class: "fraud" went up from 10.0% to 20.0%')
    assert found.values['label_psi{label="class"}'] == found.values["label_drift_score"]


def test_a_class_that_has_gone_is_found() -> None:
    assert LabelDrift().judge(HELD.yardstick, HELD.window({}, {"class": {"fine": 1_000}})).active


def test_too_few_labels_say_nothing() -> None:
    found = LabelDrift().judge(HELD.yardstick, HELD.window({}, {"class": {"fraud": 200}}))
    assert not found.active
    assert found.values == {}
