"""The user's own texts: what they may say, and that they can neither reach nor stop anything."""

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from tests.alerting.alert_text import FIRING, RESOLVED, alert
from tests.alerting.notice_text import notice
from tests.requirement import allowed

from streamgauge.alerting.message.sandbox import Sandbox, TemplateFailure
from streamgauge.alerting.message.wording import WordingError, read_files, read_wording
from streamgauge.alerting.receivers.receiver import Context, ParameterError, Surroundings
from streamgauge.alerting.receivers.slack_text import finish
from streamgauge.alerting.receivers.telling import open_telling


def say(text: str, *, html: bool = False) -> str:
    return read_wording(text, {}, html=html).say(notice(FIRING, RESOLVED), "https://e.org")


def test_a_text_knows_alertmanagers_names_and_ours() -> None:
    assert say("{{ status }} {{ receiver }} {{ externalURL }}") == "firing team https://e.org"
    assert say("{{ commonLabels.model }} {{ groupLabels.alertname }}") == (
        "result_count error_rate_high"
    )
    assert say("{% for a in alerts %}{{ loop.index }}{{ a.status }} {% endfor %}") == (
        "1firing 2resolved"
    )
    assert say("{{ alerts[0].value }} {{ alerts[0].evidence.window }} {{ alerts[0].expr }}") == (
        "0.081 1m prediction_error_ratio > 0.05"
    )
    assert say("{{ alerts|map(attribute='labels.version')|unique|join(',') }}") == "2"


def test_a_label_that_is_absent_is_empty_and_a_word_that_is_none_is_an_error() -> None:
    assert say("[{{ commonLabels.team }}{{ alerts[0].annotations['none'] }}]") == "[]"
    with pytest.raises(WordingError, match="'commonLabel' is undefined"):
        read_wording("{{ commonLabel.team }}", {})


@pytest.mark.parametrize(
    "text",
    [
        "{{ alerts.__class__ }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ environment }}",
        "{{ self._TemplateReference__context.environment }}",
        "{{ alerts[0].labels.items.__self__ }}",
        "{{ self.__init__.__globals__ }}",
        "{{ '{0.__class__}'.format(alerts) }}",
        "{{ cycler }}",
        "{{ lipsum() }}",
        "{{ 'a'|attr('__class__') }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{{ alerts.append(1) }}",
        "{{ alerts[0].labels.clear() }}",
    ],
)
def test_a_text_reaches_nothing_but_plain_values(text: str) -> None:
    with pytest.raises(WordingError):
        read_wording(text, {})


FILES = {
    "again": "{% include 'again' %}{% include 'again' %}",
    "fewer": "{% set n = n - 1 %}{% if n %}{% include 'fewer' %}{% include 'fewer' %}{% endif %}",
}


def laughs(name: str) -> str:
    """Ten lists in ten lists, and so on: ten million things in eight lines."""
    deeper = "".join(f"{{% set {name} = [{','.join([name] * 10)}] %}}" for _ in range(7))
    return f"{{% set {name} = 1 %}}{deeper}"


@pytest.mark.parametrize(
    "text",
    [
        laughs("a") + "{{ a }}",
        laughs("a") + "{{ a|tojson }}",
        laughs("a") + laughs("b") + "{{ a == b }}",
        "{% set b = '" + "x" * 60_000 + "' %}{{ range(9999)|join(b)|length }}",
        "{% set b = '" + "x" * 6_000 + "' %}{{ range(9999)|map('replace', '1', b)|list|length }}",
        "{% set r = range(9999)|list %}{{ range(9999)|map('string')|select('in', r)|list }}",
        "{% set x %}{% for i in range(9999) %}" + "x" * 9_999 + "{% endfor %}{% endset %}{{ 1 }}",
        "{% set n = 999999 ** 16 %}" + "{% set n = n * n %}" * 25 + "{{ n % 7 }}",
        "{{ 1.5|round(10 ** 8, 'ceil') }}",
        "{{ 1.5|round(method='ceil', precision=10 ** 8) }}",
        "{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}",
        "{% macro f(x) %}{{ f(x ~ x) }}{% endmacro %}{{ f('x') }}",
        "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}",
        "{{ 'x' * 10**9 }}",
        "{{ ['x'] * 10**9 }}",
        "{{ 10 ** 10 ** 10 }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ range(10**9)|list }}",
        "{{ 'x'|center(10**9) }}",
        "{% set r = 'x' %}{{ r" + "|replace('x', 'xxxxxxxxxx')" * 10 + " }}",
        "{% for i in range(9999) %}{{ 'x' ~ 'xxxxxxxxxx' }}{% endfor %}",
        "{% include 'again' %}",
        "{% set n = 40 %}{% include 'fewer' %}",
        "{% block a %}{{ self.a() }}{{ self.a() }}{% endblock %}",
        "{% macro f(n) %}{% if n %}{{ f(n-1) }}{{ f(n-1) }}{% endif %}{% endmacro %}{{ f(60) }}",
        "{% set tick = 1 %}{% macro f(n) %}{{ f(n-1)~f(n-1) if n }}{% endmacro %}{{ f(60) }}",
        "{% for a in [1] recursive %}{{ loop([1, 1]) }}{% endfor %}",
        "{{ '{:1000000000}'.format(1) }}",
        "{{ [1]|tojson(indent=10**9) }}",
        "{{" + "(" * 5_000 + "1" + ")" * 5_000 + "}}",
        "{% if 1 %}" * 3_000 + "{% endif %}" * 3_000,
    ],
)
def test_a_text_ends_in_time_and_in_size(text: str) -> None:
    began = time.thread_time()
    with pytest.raises(WordingError):
        read_wording(text, FILES)
    assert time.thread_time() - began < allowed(1)


def test_time_that_the_machine_took_away_is_not_the_templates_fault() -> None:
    def fill(clock: Iterator[float]) -> str:
        box = Sandbox({}, clock=lambda: next(clock))
        return box.fill(box.read("{% for n in range(3) %}{{ n }}{% endfor %}"), {})

    # Stolen once, at any question: it is filled a second time.
    for stolen in range(1, 8):
        assert fill(9.0 * (n >= stolen) for n in itertools.count()) == ("012")
    with pytest.raises(TemplateFailure, match="longer than 50 ms"):
        fill(float(n) for n in itertools.count())


@pytest.mark.parametrize(
    "text",
    [
        '{{ template "slack.default.title" . }}',
        "{{ .CommonLabels.alertname }}",
        "{{ range .Alerts }}{{ .Status }}{{ end }}",
        '{{- define "x" -}}',
        "{{ if eq .Status `firing` }}x{{ end }}",
        "{{ $labels.model }}",
    ],
)
def test_a_go_template_is_recognised_and_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(WordingError, match=r"line 2: .* is a Go template; texts are Jinja2 here"):
        read_wording(f"\n{text}", {})


def test_strangers_texts_are_escaped_for_each_channel() -> None:
    bad = msgspec.structs.replace(FIRING, labels={"model": "<b>&\r\n*_`"})
    text = "{{ alerts[0].labels.model }}{% for k, v in alerts[0].labels.items() %}|{{ v }}"
    text += "{% endfor %} {{ alerts[0].labels.model ~ '!' }}"
    plain = read_wording(text, {}).say(notice(bad), "")
    html = read_wording(text, {}, html=True).say(notice(bad), "")
    slack = read_wording(text, {}, finish=finish).say(notice(bad), "")
    assert plain == "<b>&  *_`|<b>&  *_` <b>&  *_`!"
    assert html.startswith("&lt;b&gt;&amp;  *_`|&lt;b&gt;")
    assert slack == "&lt;b&gt;&amp;  *_`|&lt;b&gt;&amp;  *_` &lt;b&gt;&amp;  *_`!"
    with pytest.raises(WordingError, match="No filter named 'safe'"):
        read_wording("{{ alerts[0].labels.model|safe }}", {}, html=True)


def test_files_of_the_configuration_are_there_by_name(tmp_path: Path) -> None:
    path = tmp_path / "ours.j2"
    path.write_text("{% macro who(a) %}{{ a.labels.model }}!{% endmacro %}")
    text = "{% from 'ours.j2' import who %}{{ who(alerts[0]) }}"
    words = read_wording(text, read_files((path,)))
    assert words.say(notice(FIRING), "") == "result_count!"


def test_an_error_in_a_file_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "ours.j2"
    for text, said in (
        ("a\nb {% if %}", f"{path}:2: Expected an expression"),
        ('a\n\n{{ define "x" }}', f"{path}:3: .* is a Go template"),
    ):
        path.write_text(text)
        with pytest.raises(WordingError, match=said):
            read_files((path,))
    with pytest.raises(WordingError, match="No such file"):
        read_files((tmp_path / "none",))


def test_a_text_that_fails_gives_way_to_ours_and_the_message_says_so() -> None:
    # alertmanager#2857, #5322: an error in a template swallows the page.
    around = Surroundings(folder=Path())
    telling = open_telling(
        {"title": "{{ 1 / (alerts|length - 7) }}", "text": "{{ status }}"}, around
    )
    fine = telling.say(notice(FIRING), Context())
    assert fine.texts["text"] == "firing"
    failing = telling.say(notice(*(alert(n) for n in range(7))), Context())
    assert failing.texts == {}
    assert failing.message.facts[0] == (
        "Note",
        "template failed: title: ZeroDivisionError: division by zero",
    )
    with pytest.raises(ParameterError, match="line 1: unexpected"):
        open_telling({"title": "{{ status"}, around)
