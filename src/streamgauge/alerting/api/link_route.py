"""`/ack`: the links of mails. Opening one shows a page; only its form acknowledges, once."""

from collections.abc import Callable
from urllib.parse import parse_qs

import msgspec
from aiohttp import web

from streamgauge.alerting.api import link_page
from streamgauge.alerting.api.acknowledgement import USUAL, PostedAck, acknowledge
from streamgauge.alerting.api.office import Office
from streamgauge.alerting.api.refusal import RefusedError
from streamgauge.alerting.message.message import clock
from streamgauge.alerting.signing.ack_link import AckLinks, AckToken, LinkError
from streamgauge.contracts.alert import Ack, Alert
from streamgauge.settings import Alerting, SettingsError

PATH = "/ack"
_OVER = "This episode of the alert is over: there is nothing to acknowledge."


def signer(alerting: Alerting) -> AckLinks | None:
    """Who signs links; nobody where no key is set."""
    key = alerting.link_secret()
    try:
        return AckLinks(key.encode()) if key else None
    except ValueError as error:
        raise SettingsError(f"alerting.link_key: {error}") from None


def maker(links: AckLinks, external_url: str, clock: Callable[[], int]) -> Callable[[Alert], str]:
    """The addresses for messages: one for each episode of an alert."""
    base = external_url.rstrip("/")

    def link(alert: Alert) -> str:
        token = links.sign(alert.fingerprint, alert.episode, clock() / 1000)
        return f"{base}{PATH}?token={token}"

    return link


class LinkRoutes:
    """The handlers."""

    def __init__(self, office: Office, links: AckLinks | None) -> None:
        self._office = office
        self._links = links
        # Those that are being used: what they write is not on its topic yet.
        self._acting: set[AckToken] = set()

    def routes(self) -> list[web.RouteDef]:
        return [web.get(PATH, self.show), web.post(PATH, self.act)]

    async def show(self, request: web.Request) -> web.Response:
        """What the link is about; programs that follow links change nothing."""
        token = request.query.get("token", "")
        try:
            asked = self._read(token)
            alert = self._alert(asked)
        except (LinkError, RefusedError) as error:
            return _refusal(error)
        now = self._office.clock()
        return _page(link_page.form(alert, token, now, self._office.owner(alert)))

    async def act(self, request: web.Request) -> web.Response:
        """Acknowledge; the link is used up unless that fails."""
        form = await _form(request)
        token, owner, lasts = (form.get(name, [""])[0] for name in ("token", "owner", "for"))
        try:
            asked = self._read(token)
            posted = PostedAck(owner=owner[:200], lasts=lasts or USUAL, episode=asked.episode)
            ack = acknowledge(posted, self._alert(asked), self._office.clock())
            await self._write(ack, f"{request.remote} by link", asked)
        except (LinkError, RefusedError) as error:
            return _refusal(error)
        return _page(
            link_page.note(
                "Acknowledged", f"{ack.owner} takes care of it until {clock(ack.ends_at)}."
            )
        )

    async def _write(self, ack: Ack, sender: str, asked: AckToken) -> None:
        # Where Kafka does not take it, or whoever asked is gone, it may be tried again.
        self._acting.add(asked)
        try:
            used = msgspec.structs.replace(ack, links=[asked.expires])
            await self._office.acknowledge(used, sender)
        finally:
            self._acting.discard(asked)

    def _read(self, token: str) -> AckToken:
        if self._links is None:
            raise RefusedError(404, "There are no such links here.")
        asked = self._links.verify(token, self._office.clock() / 1000)
        ack = self._office.dispatcher().ack(asked.id)
        if asked in self._acting or (ack and asked.expires in ack.links):
            raise LinkError("the link was used")
        return asked

    def _alert(self, asked: AckToken) -> Alert:
        alert = self._office.alert(asked.fingerprint)
        if alert is None or alert.state != "firing" or alert.episode != asked.episode:
            raise RefusedError(409, _OVER)
        return alert


async def _form(request: web.Request) -> dict[str, list[str]]:
    text = (await request.read()).decode("utf-8", "replace")
    try:
        return parse_qs(text, max_num_fields=10)
    except ValueError:
        # More fields than the page's form has; none of them counts.
        return {}


def _refusal(error: LinkError | RefusedError) -> web.Response:
    status = error.status if isinstance(error, RefusedError) else 403
    return _page(link_page.note("Nothing was acknowledged", str(error)), status)


def _page(text: str, status: int = 200) -> web.Response:
    answer = web.Response(text=text, status=status, content_type="text/html")
    answer.headers["content-security-policy"] = link_page.POLICY
    return answer
