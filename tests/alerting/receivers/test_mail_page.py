"""The mail's page as a person opens it: a real server took it, a real browser shows it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Page, expect, sync_playwright
from tests.alerting.alert_text import FIRING, alert
from tests.alerting.notice_text import notice

from streamgauge.alerting.receivers.email import Email, SmtpDefaults
from streamgauge.alerting.receivers.receiver import Context, Surroundings
from streamgauge.alerting.routing.notice import Notice
from streamgauge.bench.receiver_end.mail_end import MailBox

pytestmark = pytest.mark.browser

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
HOSTILE = (
    '<img src="http://127.0.0.1:9/x.png" onerror="document.title=1">'
    "<script>document.title=2</script></td></table><h1>"
)
NOW = Context(
    external_url="https://watch.example.org",
    ack_link=lambda one: f"https://watch.example.org/ack?token={one.fingerprint}&x=1",
)


async def mailed(box: MailBox, *notices: Notice, html: str | None = None) -> str:
    """The page in the last of the mails, as the server got it."""
    smtp = SmtpDefaults(
        smtp_smarthost=box.address, smtp_from="a@example.org", smtp_require_tls=False
    )
    mail = Email(to="ops@example.org", html=html).open(smtp, Surroundings(folder=Path()))
    for one in notices:
        await mail.send([one], NOW)
    await mail.close()
    body = box.mails[-1].get_body(("html",))
    assert body is not None
    return str(body.get_content())


@contextmanager
def shown(chromium: str, file: Path) -> Iterator[tuple[Page, list[str]]]:
    """The page of a file, and every address that it asked for."""
    asked: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        try:
            page = browser.new_page()
            page.on("request", lambda request: asked.append(request.url))
            page.goto(file.as_uri())
            yield page, asked
        finally:
            browser.close()


@pytest.fixture
def page_file(tmp_path: Path, mailbox: MailBox) -> Path:
    """A mail about a group in which everything that a stranger can name is hostile."""
    bad = msgspec.structs.replace(
        FIRING,
        labels={"model": HOSTILE, HOSTILE: "x"},
        annotations={"summary": HOSTILE, "description": HOSTILE, "runbook_url": "javascript:x"},
        evidence={"text": HOSTILE, "predictions": HOSTILE},
        rule=HOSTILE,
        severity="critical",
    )
    good = alert(
        2, severity="warning", annotations={"summary": "fine", "runbook_url": "https://e.org/r?a=1"}
    )
    told = notice(bad, good, labels={"model": HOSTILE}, why=HOSTILE, text=HOSTILE)
    file = tmp_path / "mail.html"
    file.write_text(asyncio.run(mailed(mailbox, told)), "utf-8")
    return file


def test_a_person_reads_the_mail_and_nothing_runs_or_is_loaded(
    page_file: Path, chromium: str
) -> None:
    with shown(chromium, page_file) as (page, asked):
        expect(page.get_by_role("heading", level=2)).to_contain_text("[FIRING:2] critical:")
        expect(page.get_by_role("heading", level=3)).to_have_count(2)
        moved = page.get_by_text("prediction_error_ratio is 8.1%, threshold > 5%")
        expect(moved.first).to_be_visible()
        assert page.get_by_text("<script>document.title=2</script>").count() > 3
        assert page.locator("img, script, iframe, link, object, form, h1").count() == 0
        assert page.title() == page_file.name or not page.title()
        links = {
            link.inner_text(): link.get_attribute("href") for link in page.get_by_role("link").all()
        }
        assert asked == [page_file.as_uri()]
    assert links["Runbook"] == "https://e.org/r?a=1"
    assert links["streamgauge"] == "https://watch.example.org"
    assert links["https://watch.example.org/ack?token=f00d&x=1"] == (
        "https://watch.example.org/ack?token=f00d&x=1"
    )
    assert not any((url or "").startswith("javascript:") for url in links.values())


async def test_the_users_own_page_escapes_what_a_stranger_named(mailbox: MailBox) -> None:
    bad = msgspec.structs.replace(FIRING, labels={"model": HOSTILE})
    text = "<h1>{{ status }}</h1>{{ alerts[0].labels.model }}"
    page = await mailed(mailbox, notice(bad), html=text)
    assert page.startswith("<h1>firing</h1>&lt;img src=")
    assert "<script" not in page
