import pytest

from streamgauge.alerting.judging.sample import parse


@pytest.mark.parametrize(
    ("key", "name", "labels"),
    [
        ("prediction_rate", "prediction_rate", {}),
        ('a{class="x, y",q="0.5"}', "a", {"class": "x, y", "q": "0.5"}),
        (r'a{class="say \"hi\"\n\\"}', "a", {"class": 'say "hi"\n\\'}),
        ("a{}", "a", {}),
        ('a{class="}"}', "a", {"class": "}"}),
        # What is no sample is nobody's: it is a name that no rule can have.
        ("a{class=x}", "a{class=x}", {}),
        ("", "", {}),
    ],
)
def test_a_key_is_a_name_and_labels(key: str, name: str, labels: dict[str, str]) -> None:
    found, given = parse(key)
    assert (found, dict(given)) == (name, labels)
