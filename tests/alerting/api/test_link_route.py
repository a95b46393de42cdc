"""Links in mails show a page; only its form acknowledges, once, and only this episode."""

import asyncio
import re
from collections.abc import AsyncIterator

import aiohttp
import msgspec
import pytest
from confluent_kafka import KafkaError, KafkaException
from playwright.async_api import async_playwright, expect
from tests.alerting.alert_text import FIRING

from streamgauge.alerting.api.link_page import form
from streamgauge.alerting.api.link_route import maker, signer
from streamgauge.contracts.alert import Ack, Alert
from streamgauge.settings import Alerting, SettingsError

from .desk import TOKEN, TestDesk, opened, wall_clock

OPTIONS = Alerting(token=TOKEN, link_key="0123456789abcdef")
HOSTILE = '"><script>document.title=1</script>'


class Mail:
    """What the person who got the mail does with it."""

    def __init__(self, desk: TestDesk, site: str) -> None:
        self.desk, self.site = desk, site

    async def link(self, alert: Alert) -> str:
        links = signer(OPTIONS)
        assert links is not None
        return maker(links, self.site, wall_clock)(alert)

    async def fire(self, **labels: str) -> Alert:
        sent = [{"labels": {"alertname": "Full", "severity": "critical", **labels}}]
        headers = {"authorization": f"Bearer {TOKEN}"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.site}/api/v2/alerts", json=sent, headers=headers) as answer,
        ):
            assert answer.status == 200
        return self.desk.notices[-1].alerts[0]

    async def open(self, link: str) -> tuple[int, str]:
        async with aiohttp.ClientSession() as session, session.get(link) as answer:
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            return answer.status, await answer.text()

    async def submit(self, link: str, owner: str = "Ada") -> tuple[int, str]:
        data = {"token": link.partition("token=")[2], "owner": owner, "for": "4h"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.site}/ack", data=data) as answer,
        ):
            return answer.status, await answer.text()

    @property
    def acks(self) -> list[Ack]:
        return [one for one in self.desk.written if isinstance(one, Ack)]


@pytest.fixture
async def mail() -> AsyncIterator[Mail]:
    desk = TestDesk()
    async with opened(desk, OPTIONS) as site:
        yield Mail(desk, site)


async def test_opening_a_link_changes_nothing_however_often(mail: Mail) -> None:
    link = await mail.link(await mail.fire())
    for _ in range(3):
        status, page = await mail.open(link)
        assert status == 200
        assert "I take care of it" in page
    assert mail.acks == []


def test_the_page_says_how_bad_it_is_and_who_has_it_already() -> None:
    found = msgspec.structs.replace(FIRING, value_at_fire=0.07, peak=0.2)
    page = form(found, "t", found.starts_at + 90_000)
    assert "was 7% when it fired, is 8.1% now, peak 20%, threshold &gt; 5%" in page
    assert "2025-10-09 08:53:20 UTC (for 1m30s)" in page
    assert "docs/runbooks/error_rate_high.md" in page
    assert "takes care of it" not in page
    owned = Ack(id="f00d-1", fingerprint="f00d", episode=1, owner="Ada", ends_at=found.starts_at)
    said = "Ada takes care of it until 2025-10-09 08:53:20 UTC"
    assert said in form(found, "t", found.starts_at, owned)


async def test_the_form_acknowledges_once(mail: Mail) -> None:
    alert = await mail.fire()
    link = await mail.link(alert)
    status, page = await mail.submit(link, " ")
    assert (status, mail.acks) == (400, [])
    status, page = await mail.submit(link)
    assert (status, "Ada takes care of it until" in page) == (200, True)
    (ack,) = mail.acks
    assert (ack.episode, ack.owner, ack.ends_at - ack.at) == (alert.episode, "Ada", 4 * 3_600_000)
    status, page = await mail.submit(link, "Eve")
    assert (status, "the link was used" in page) == (403, True)
    assert len(mail.acks) == 1


async def test_a_link_that_was_used_stays_so_after_a_restart_and_another_owner() -> None:
    desk = TestDesk()
    async with opened(desk, OPTIONS) as site:
        mail = Mail(desk, site)
        alert = await mail.fire()
        link = await mail.link(alert)
        assert (await mail.submit(link))[0] == 200
    token = link.partition("?")[2]
    async with opened(desk, OPTIONS) as site:
        # Another process: its routes remember nothing, its desk what the topic says.
        mail, link = Mail(desk, site), f"{site}/ack?{token}"
        headers = {"authorization": f"Bearer {TOKEN}"}
        path = f"{site}/api/v2/alerts/{alert.fingerprint}/ack"
        async with (
            aiohttp.ClientSession() as session,
            session.post(path, json={"owner": "Eve"}, headers=headers) as answer,
        ):
            assert answer.status == 200
        assert [bool(one.links) for one in mail.acks] == [True, True]
        for status, page in (await mail.open(link), await mail.submit(link)):
            assert (status, "the link was used" in page) == (403, True)
    assert [ack.owner for ack in mail.acks] == ["Ada", "Eve"]


class SlowDesk(TestDesk):
    """Kafka takes its time with acknowledgements, and the first is refused."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.answer = asyncio.Event()

    async def put_ack(self, ack: Ack) -> None:
        self.asked += 1
        first = self.asked == 1
        await self.answer.wait()
        if first:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
        await super().put_ack(ack)


async def test_a_link_that_comes_twice_at_once_acts_once_and_a_failed_one_again() -> None:
    desk = SlowDesk()
    async with opened(desk, OPTIONS) as site:
        mail = Mail(desk, site)
        link = await mail.link(await mail.fire())
        first = asyncio.create_task(mail.submit(link))
        async with asyncio.timeout(60):
            while not desk.asked:  # noqa: ASYNC110 - a test's wait
                await asyncio.sleep(0.01)
        second = asyncio.create_task(mail.submit(link, "Eve"))
        done, _ = await asyncio.wait({second}, timeout=60)
        desk.answer.set()
        assert done, "the second one was let through to Kafka"
        assert [(await one)[0] for one in (first, second)] == [503, 403]
        assert (await mail.submit(link))[0] == 200
        assert [ack.owner for ack in mail.acks] == ["Ada"]


async def test_a_link_to_an_episode_that_is_over_does_nothing(mail: Mail) -> None:
    alert = await mail.fire()
    other = msgspec.structs.replace(alert, episode=alert.episode - 1)
    link = await mail.link(other)
    for status, page in (await mail.open(link), await mail.submit(link)):
        assert status == 409
        assert "This episode of the alert is over" in page
    for forged in (link[:-1] + "!", f"{mail.site}/ack", f"{mail.site}/ack?token=a.b"):
        status, page = await mail.open(forged)
        assert (status, "not a link of ours" in page) == (403, True)
    assert mail.acks == []


async def test_a_form_that_is_not_the_page_s_is_refused(mail: Mail) -> None:
    data = {f"field{number}": "x" for number in range(11)}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{mail.site}/ack", data=data) as answer,
    ):
        assert answer.status == 403
        assert "not a link of ours" in await answer.text()


async def test_a_stranger_s_labels_stay_text(mail: Mail) -> None:
    alert = await mail.fire(disk=HOSTILE)
    page = form(alert, "a.b", wall_clock())
    assert "<script" not in page
    assert "&lt;script&gt;" in page


async def test_without_a_key_there_are_no_links_and_a_short_one_is_refused() -> None:
    assert signer(Alerting()) is None
    with pytest.raises(SettingsError, match=r"alerting\.link_key: expected a key of at least 16"):
        signer(Alerting(link_key="short"))
    async with (
        opened(TestDesk()) as site,
        aiohttp.ClientSession() as session,
        session.get(f"{site}/ack?token=a.b") as answer,
    ):
        assert answer.status == 404


@pytest.mark.browser
async def test_a_person_follows_the_link_of_a_mail(mail: Mail, chromium: str) -> None:
    alert = await mail.fire(disk=HOSTILE)
    link = await mail.link(alert)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        page = await browser.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        await page.goto(link)
        await expect(page.get_by_text(HOSTILE)).to_be_visible()
        await page.get_by_label("Your name").fill("Ada")
        await page.get_by_role("button", name="I take care of it").click()
        await expect(page.get_by_role("heading")).to_have_text("Acknowledged")
        assert re.match("Acknowledged", await page.title())
        assert complaints == []
        await browser.close()
    assert [ack.owner for ack in mail.acks] == ["Ada"]
