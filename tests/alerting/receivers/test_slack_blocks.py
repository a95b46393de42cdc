import json
import re

import msgspec
from tests.alerting.alert_text import FIRING, RESOLVED, alert
from tests.alerting.notice_text import notice

from streamgauge.alerting.receivers.receiver import Context
from streamgauge.alerting.receivers.slack_blocks import write_button, write_digest, write_post
from streamgauge.alerting.receivers.telling import Telling
from streamgauge.alerting.routing.notice import Notice

NOW = Context(external_url="https://watch.example.org")
# The only entities that Slack knows; a lone & would be one that was cut in two.
_LONE = re.compile(r"&(?!(amp|lt|gt);)")


def texts(blocks: list[dict[str, object]]) -> list[str]:
    return [str(block["text"]["text"]) for block in blocks if "text" in block]  # type: ignore[index]  # JSON


def post_of(one: Notice) -> list[str]:
    return texts(write_post(Telling({}).say(one, NOW)).blocks)


def test_no_mention_and_no_link_comes_of_data() -> None:
    bad = msgspec.structs.replace(
        FIRING,
        labels={"model": "<!channel> <http://e.org|click> <@U123>"},
        annotations={"description": "<https://evil.example|Runbook>"},
    )
    _header, *sections = post_of(notice(bad))
    text = "\n".join(sections)
    assert re.findall(r"<[^>]*>", text) == [
        "<https://watch.example.org|streamgauge>",
    ]
    assert "&lt;!channel&gt;" in text


def test_it_stays_within_slacks_limits_and_cuts_no_entity_in_two() -> None:
    long = [
        alert(
            n,
            annotations={
                "summary": "s" * 999,
                "description": "<&>" * 3_333,
                "runbook_url": "&" * 999,
            },
        )
        for n in range(10_000)
    ]
    header, *sections = post_of(notice(*long, why="r" * 9_999))
    assert len(header) <= 150
    assert len(sections) < 49
    assert all(len(section) <= 3_000 for section in sections)
    assert not any(_LONE.search(section) for section in sections)


def test_several_groups_share_one_message_that_names_every_alert() -> None:
    # research §4 case 29: 200 alerts in 1 s, coalesced, every alert named in some message.
    told = [
        Telling({}).say(notice(alert(n, "resolved" if n % 5 else "firing"), group=str(n)), NOW)
        for n in range(200)
    ]
    post = write_digest(told)
    _header, *sections = texts(post.blocks)
    said = "\n".join(sections)
    assert [n for n in range(200) if f"model=m{n}," not in said] == []
    assert said.index("FIRING") < said.index("RESOLVED")
    assert len(post.blocks) <= 50
    assert all(len(section) <= 3_000 for section in sections)
    assert post.summary == "[40 groups fire, 160 are over]"


def test_the_button_carries_the_episodes_that_fire() -> None:
    assert write_button(notice(FIRING, RESOLVED)) == "f00d-1"
    assert len(write_button(notice(*(alert(n) for n in range(10_000))))) <= 2_000


def test_it_says_everything_that_a_message_has() -> None:
    assert "*What moved*: prediction_error_ratio is 8.1%, threshold &gt; 5%" in json.dumps(
        post_of(notice(FIRING))
    )
