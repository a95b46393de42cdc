"""The page that a message's link to streamgauge shows."""

import aiohttp
from tests.alerting.alert_text import FIRING, alert

from streamgauge.alerting.api.front_page import front
from streamgauge.alerting.routing.standing import Standing

from .desk import TestDesk, opened


async def test_it_shows_what_fires_the_worst_first_and_loads_nothing() -> None:
    desk = TestDesk()
    worse = alert(1, starts_at=FIRING.starts_at + 1)
    minor = alert(2, severity="warning", annotations={"summary": "<script>x</script>"})
    await desk.put_alerts([minor, FIRING, worse, alert(3, "resolved")])
    async with opened(desk) as site, aiohttp.ClientSession() as session:
        async with session.get(f"{site}/") as answer:
            page = await answer.text()
            assert answer.status == 200
            assert "default-src 'none'" in answer.headers["content-security-policy"]
        desk.reign = None
        async with session.get(f"{site}/") as answer:
            assert answer.status == 503
    assert "<h1>3 firing</h1>" in page
    assert page.index(f"{1:016x}-1") < page.index("f00d-1") < page.index(f"{2:016x}-1")
    assert "prediction_error_ratio is 8.1%, threshold &gt; 5%" in page
    assert '<a href="docs/runbooks/error_rate_high.md"' in page
    assert "<script>" not in page


def test_nothing_fires_and_a_storm_is_counted() -> None:
    assert "<h1>Nothing fires</h1>" in front([], {}, 0)
    storm = [Standing(alert=alert(n), receivers=("team",), state="active") for n in range(1_000)]
    page = front(storm, {storm[0].alert.episode_id: "Ada"}, FIRING.starts_at)
    assert "and 900 more" in page
    assert "Ada takes care of it" in page
    assert len(page) < 100_000
