"""Slack's incoming webhook: one message a second, so that several groups share one."""

from collections.abc import Sequence

import msgspec

from streamgauge.alerting.receivers.http import Client
from streamgauge.alerting.receivers.receiver import Context, Delivered, DeliveryError, Receiver
from streamgauge.alerting.receivers.slack_blocks import write
from streamgauge.alerting.receivers.telling import Telling
from streamgauge.alerting.routing.notice import Notice


class SlackWebhook(Receiver):
    """Posts; what it posted can be neither found nor changed again."""

    rate = 1.0
    burst = 3
    coalesces = True

    def __init__(self, client: Client, telling: Telling, look: dict[str, str]) -> None:
        self._client, self._telling, self._look = client, telling, look

    async def send(self, notices: Sequence[Notice], context: Context) -> Delivered:
        """Post one message; 429 and 5xx may be tried again, other refusals are final."""
        post = write(self._telling, notices, context)
        answer = await self._client.post(msgspec.json.encode(post.payload() | self._look))
        if refusal := answer.refusal():
            raise refusal
        if answer.body.strip() != b"ok":
            # Slack says `ok`; a page of something between us and Slack does not count.
            raise DeliveryError(f"HTTP {answer.status} without Slack's ok", unknown=True)
        return Delivered(f"HTTP {answer.status} ok")

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()
