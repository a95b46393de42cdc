"""What Alertmanager's users add to a message, as Slack takes it."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.alerting.alert_text import FIRING, alert
from tests.alerting.notice_text import notice

from streamgauge.alerting.receivers.receiver import Context, ParameterError, Surroundings
from streamgauge.alerting.receivers.slack import Slack, SlackDefaults
from streamgauge.alerting.receivers.slack_extra import Action, Field
from streamgauge.bench.receiver_end.slack_end import SlackEnd
from streamgauge.contracts.alert import Alert

BAD = msgspec.structs.replace(FIRING, labels={"model": "<!channel>&" * 400})
MODEL = "{{ commonLabels.model }}"
EVERYTHING: dict[str, Any] = {
    "title": "T " + MODEL,
    "title_link": "https://e.example.org/?a=1&m={{ commonLabels.model|truncate(20)|urlencode }}",
    "pretext": "*all* " + MODEL,
    "fields": [Field(str(n), MODEL, n % 2 == 0) for n in range(10)],
    "actions": [
        Action("button", "Open <this>", "https://e.example.org/?a=1&b=2"),
        Action("button", "Nowhere", "{{ status }}"),
        Action("button", "In the clear", "http://e.example.org"),
    ],
    "image_url": "https://e.example.org/a.png?x=1&y=2",
    "thumb_url": "http://e.example.org/b.png",
    "footer": "by {{ receiver }}",
}


async def posted(end: SlackEnd, folder: Path, *alerts: Alert, **fields: Any) -> dict[str, Any]:
    (folder / "webhook").write_text(end.url)
    slack = Slack(api_url_file=Path("webhook"), **fields)
    hook = slack.open(SlackDefaults(), Surroundings(folder=folder))
    try:
        await hook.send([notice(*alerts)], Context(external_url="https://watch.example.org"))
    finally:
        await hook.close()
    body: dict[str, Any] = end.accepted[-1]
    return body


async def test_everything_is_shown_in_its_place(slack: SlackEnd, tmp_path: Path) -> None:
    message, picture = (await posted(slack, tmp_path, FIRING, **EVERYTHING))["attachments"]
    pretext, title, *_facts, short, _1, _2, _3, _4, _5, buttons, footer, _links = message["blocks"]
    assert pretext["text"]["text"] == "*all* result_count"
    assert title["text"]["text"] == (
        "*<https://e.example.org/?a=1&amp;m=result_count|T result_count>*"
    )
    assert [one["text"] for one in short["fields"]][:2] == [
        "*0*\nresult_count",
        "*2*\nresult_count",
    ]
    assert _1["text"]["text"] == "*1*\nresult_count"
    (button,) = buttons["elements"]
    assert button["text"]["text"] == "Open <this>"
    assert button["url"] == "https://e.example.org/?a=1&b=2"
    assert footer["elements"][0]["text"] == "by team"
    assert picture.keys() == {"fallback", "image_url"}
    assert picture["image_url"].endswith("x=1&y=2")


@pytest.mark.parametrize("alerts", [(BAD,), tuple(alert(n) for n in range(500))])
async def test_slack_takes_it_whatever_data_says(
    slack: SlackEnd, tmp_path: Path, alerts: tuple[Alert, ...]
) -> None:
    body = await posted(slack, tmp_path, *alerts, **EVERYTHING)
    assert "<!channel>" not in str(body)


@pytest.mark.parametrize("linked", [True, False])
async def test_what_is_no_markup_is_escaped_once(
    slack: SlackEnd, tmp_path: Path, *, linked: bool
) -> None:
    # docs.slack.dev, "Formatting message text", "Escaping text": &, < and > become &amp;, &lt; and
    # &gt; in text that Slack reads; what is plain_text stays as it is.
    odd = msgspec.structs.replace(FIRING, labels={"model": "a & <b>"})
    given = {"title": "A&B: " + MODEL} | ({"title_link": "https://e.org"} if linked else {})
    body = await posted(slack, tmp_path, odd, **given)
    assert body["text"] == "A&amp;B: a &amp; &lt;b&gt;"
    head = body["attachments"][0]["blocks"][0]["text"]["text"]
    escaped = "*<https://e.org|A&amp;B: a &amp; &lt;b&gt;>*"
    assert head == (escaped if linked else "A&B: a & <b>")
    body = await posted(slack, tmp_path, odd, **given, fallback="<!here> " + MODEL)
    assert body["text"] == "&lt;!here&gt; a &amp; &lt;b&gt;"
    assert body["attachments"][0]["blocks"][0]["text"]["text"] == head


async def test_our_own_title_is_escaped_once(slack: SlackEnd, tmp_path: Path) -> None:
    odd = msgspec.structs.replace(FIRING, annotations={"summary": "a & <b>"})
    body = await posted(slack, tmp_path, odd)
    (message,) = body["attachments"]
    assert (
        body["text"].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        == (message["blocks"][0]["text"]["text"])
    )
    assert "&amp;amp;" not in str(body)


async def test_without_an_address_the_title_is_a_header(slack: SlackEnd, tmp_path: Path) -> None:
    body = await posted(slack, tmp_path, FIRING, title_link="{{ status }}")
    (message,) = body["attachments"]
    assert message["blocks"][0]["type"] == "header"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"fields": [Field("a", "b")] * 11}, "at most 10"),
        ({"actions": [Action("button", "a", "b")] * 6}, "at most 5"),
        ({"actions": [Action("select", "a", "b")]}, "expected button"),
        ({"fields": [Field("a", "{{ nothing }}")]}, "'nothing' is undefined"),
    ],
)
def test_what_is_wrong_is_said_when_it_is_opened(
    tmp_path: Path, fields: dict[str, Any], said: str
) -> None:
    with pytest.raises(ParameterError, match=said):
        Slack(api_url_file=Path("none"), **fields).open(
            SlackDefaults(), Surroundings(folder=tmp_path)
        )
