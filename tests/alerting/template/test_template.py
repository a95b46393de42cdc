import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.alerting.template.template import NOTE, Template, check

TEXTS = [
    ("{{ $value }}", "0.081"),
    ("{{$value}} of {{ $labels.model }}{{ $labels.absent }}.", "0.081 of m."),
    ("{{ .Value }} of {{ .Labels.model }}", "0.081 of m"),
    ("{{ $value | humanizePercentage }}", "8.1%"),
    ("{{ humanizeDuration $value }}", "81ms"),
    ('{{ printf "%.1f ms" $value }}', "0.1 ms"),
    ('{{ $value | printf "%.0f%%" }}', "0%"),
    ('{{ printf "%s is %v, %q, %d, %g" "a" $value "b" 3 $value }}', 'a is 0.081, "b", 3, 0.081'),
    ('{{ printf "%6.2f|%-6s|%03d" $value "a" 7 }}', "  0.08|a     |007"),
    ('{{ if eq $labels.model "m" "n" }}yes{{ else }}no{{ end }}', "yes"),
    ("{{ if gt $value 0.5 }}high{{ else if le $value 0.1 }}low{{ end }}", "low"),
    ("{{ if and (ne $value 0.0) (not $labels.absent) }}so{{ end }}", "so"),
    ('{{ or $labels.absent "none" }}', "none"),
    ("{{ with $labels.model }}[{{ . }}]{{ end }}{{ with $labels.absent }}x{{ end }}", "[m]"),
    ("a {{- $value -}} b", "a0.081b"),
    ("a{{/* said to nobody */}}b", "ab"),
    ('a {{- /* a "quote, }} and\nanother line */ -}}\n b', "ab"),
    ("a {{-\t$value\t-}} b {{-1}}", "a0.081b -1"),
    ("{{ $labels.model | toUpper }} {{ title `ab c` }} {{ toLower `X` }}", "M Ab C x"),
    ('{{ reReplaceAll "(.)-(.)" "${2}$1" "a-b" }}', "ba"),
    ('{{ "{{ not an action }}" }}', "{{ not an action }}"),
]


def render(text: str, labels: Mapping[str, str], value: float) -> str:
    return Template(text).render(labels, value)


@pytest.mark.parametrize(("text", "shown"), TEXTS)
def test_places_are_filled(text: str, shown: str) -> None:
    check(text)
    assert render(text, {"model": "m"}, 0.081) == shown


@pytest.mark.prometheus
def test_prometheus_fills_them_alike(tmp_path: Path, promtool: str) -> None:
    def quoted(text: str) -> str:
        return "'" + text.replace("'", "''") + "'"

    given_texts = "".join(f"      t{n}: {quoted(text)}\n" for n, (text, _) in enumerate(TEXTS))
    expected = "".join(f"        t{n}: {quoted(shown)}\n" for n, (_, shown) in enumerate(TEXTS))
    (tmp_path / "r.yml").write_text(
        "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: v > 0\n    annotations:\n"
        + given_texts
    )
    (tmp_path / "t.yml").write_text(
        "rule_files: [r.yml]\ntests:\n- input_series:\n"
        '  - {series: \'v{model="m"}\', values: "0.081"}\n'
        "  alert_rule_test:\n  - eval_time: 0m\n    alertname: A\n    exp_alerts:\n"
        f"    - exp_labels: {{model: m}}\n      exp_annotations:\n{expected}"
    )
    done = subprocess.run(
        [promtool, "test", "rules", tmp_path / "t.yml"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_label_that_looks_like_a_place_is_not_filled_again() -> None:
    assert render("{{ $labels.model }}", {"model": "{{ $value }}"}, 1.0) == "{{ $value }}"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{{ if $value }}", "if .value }} has no {{ end }}"),
        ("{{ end }}", "{{ end }} has no beginning"),
        ("{{ $value", "has no end"),
        ("{{ query `up` }}", "query is not supported"),
        ("{{ range $labels }}{{ end }}", "range is not supported"),
        ('{{ define "x" }}{{ end }}', "define is not supported"),
        ("{{ $x := 1 }}", r"\$x is not supported"),
        ("{{ $externalUrl }}", r"\$externalUrl is not supported"),
        ("{{ $value.x }}", r"\$value.x is not supported"),
        ("{{ $labels.a.b }}", r"\$labels.a.b is not supported"),
        ("{{ $value | 3 }}", "3 is not supported"),
        ("{{ humanize }}", "humanize takes 1 arguments, not 0"),
        ('{{ printf "%s" $value }}', "%s cannot show 0 is not supported"),
        ('{{ printf "%d" $value }}', "%d cannot show 0 is not supported"),
        ('{{ printf "%v" }}', "no value for %v"),
        ("{{ }}", "expected a value"),
        ("{{ /* a comment */ }}", "is not supported"),
        ("{{/* no end }}", "is not supported"),
        ("{{ if true }}" * 5_000 + "{{ end }}" * 5_000, "more than 100 of if and with"),
        ("{{ if true }}" + "{{ else if true }}" * 3_000 + "{{ end }}", "more than 100 of if"),
        ("{{ " + "(" * 3_000 + "$value" + ")" * 3_000 + " }}", r"more than 100 of \("),
        ("{{ ( $value }}", r"expected \)"),
    ],
)
def test_what_is_not_supported_is_named(text: str, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        check(text)


def test_a_text_that_cannot_be_filled_is_shown_raw_with_a_note() -> None:
    text = "{{ $labels.port | humanize }}"
    assert render(text, {"port": "2000"}, 1.0) == "2k"
    assert render(text, {"port": "http"}, 1.0).startswith(f"{text} ({NOTE}: ")


@given(label=st.text(), value=st.floats())
def test_rendering_never_raises(label: str, value: float) -> None:
    for text, _ in TEXTS:
        assert isinstance(Template(text).render({"model": label}, value), str)
    odd = "{{ humanizeTimestamp $value }} {{ $labels.model | humanize }} {{ lt $labels.model 1 }}"
    assert isinstance(Template(odd).render({"model": label}, value), str)


def test_a_text_says_whether_it_depends_on_the_value() -> None:
    assert Template("{{ if $labels.a }}{{ humanize $value }}{{ end }}").uses_value
    assert not Template("{{ $labels.value }} $value").uses_value
