from streamgauge.metrics.confidence_part import ConfidencePart

from .event import counted, prediction


def test_both_parts_are_measured_for_themselves() -> None:
    events = [prediction(confidence_ml=0.85, confidence_rule=0.72), prediction(confidence_ml=0.55)]
    model, rules = ConfidencePart("confidence_ml"), ConfidencePart("confidence_rule")
    values = model.values(counted(model, events), 60.0)
    assert values["prediction_confidence_ml_mean"] == 0.7
    assert values['prediction_confidence_ml{quantile="0.05"}'] == 0.55
    assert rules.values(counted(rules, events), 60.0)["prediction_confidence_rule_mean"] == 0.72
    assert rules.samples(counted(rules, events))["prediction_confidence_rule"] == 1
