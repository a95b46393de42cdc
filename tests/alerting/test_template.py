import pytest

from streamgauge.alerting.template import check, humanize, humanize_duration, render


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{ $value }}", "0.081"),
        ("{{$value}} of {{ $labels.model }}{{ $labels.absent }}.", "0.081 of m."),
        ("{{ $value | humanizePercentage }}", "8.1%"),
        ("{{ $value | humanizeDuration }}", "81ms"),
        ('{{ printf "%.1f ms" $value }}', "0.1 ms"),
        ('{{ printf "%.0f%%" $value }}', "0%"),
    ],
)
def test_places_are_filled(text: str, shown: str) -> None:
    assert render(text, {"model": "m"}, 0.081) == shown


# Expected texts: the table of Prometheus' own template/template_test.go.
@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "0"), (1.0, "1"), (1_234_567.0, "1.235M"), (0.12, "120m"), (float("inf"), "+Inf")],
)
def test_humanize_as_prometheus(value: float, shown: str) -> None:
    assert humanize(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(0.0, "0s"), (0.1, "100ms"), (60.0, "1m"), (86_400.0, "1d")]
)
def test_durations_are_short(value: float, shown: str) -> None:
    assert humanize_duration(value) == shown


def test_a_label_that_looks_like_a_place_is_not_filled_again() -> None:
    assert render("{{ $labels.model }}", {"model": "{{ $value }}"}, 1.0) == "{{ $value }}"


@pytest.mark.parametrize(
    "text", ["{{ if $value }}", "{{ query }}", "{{ $externalURL }}", '{{ printf "%s" $value }}']
)
def test_what_is_not_supported_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="not supported"):
        check(text)
