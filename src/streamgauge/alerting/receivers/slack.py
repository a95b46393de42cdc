"""Slack: through an incoming webhook, whose address is the secret, or as a bot with a token."""

from pathlib import Path
from typing import Any, ClassVar

from streamgauge.alerting.receivers.host import Hosts
from streamgauge.alerting.receivers.http import Client, check_address
from streamgauge.alerting.receivers.http_config import HttpConfig, open_access
from streamgauge.alerting.receivers.receiver import (
    Defaults,
    ParameterError,
    Parameters,
    Receiver,
    Surroundings,
)
from streamgauge.alerting.receivers.secret import Secret, read_secret
from streamgauge.alerting.receivers.slack_bot import SlackBot
from streamgauge.alerting.receivers.slack_extra import (
    ADDRESSES,
    MAX_ACTIONS,
    MAX_FIELDS,
    Action,
    Field,
    name_texts,
)
from streamgauge.alerting.receivers.slack_text import finish
from streamgauge.alerting.receivers.slack_webhook import SlackWebhook
from streamgauge.alerting.receivers.telling import Telling, open_telling

_API = "https://slack.com/api/"


class SlackDefaults(Defaults, frozen=True):
    """Fields of `global`: files of the webhook's address and of the bot's token."""

    slack_api_url_file: Path | None = None
    slack_app_token_file: Path | None = None
    slack_app_url: str = _API


class Slack(Parameters, frozen=True):
    """`slack_configs`: a webhook names its channel itself, a bot needs `channel`.

    A bot changes its message in place, answers in its thread and offers a button that
    acknowledges. Texts are Jinja2.
    """

    kind: ClassVar[str] = "slack"
    defaults: ClassVar[type[Defaults]] = SlackDefaults

    api_url_file: Path | None = None
    app_token_file: Path | None = None
    bot_token_file: Path | None = None
    app_url: str | None = None
    channel: str | None = None
    title: str | None = None
    text: str | None = None
    fallback: str | None = None
    color: str | None = None
    pretext: str | None = None
    title_link: str | None = None
    fields: list[Field] = []
    short_fields: bool = False
    actions: list[Action] = []
    image_url: str | None = None
    thumb_url: str | None = None
    footer: str | None = None
    username: str | None = None
    icon_emoji: str | None = None
    icon_url: str | None = None
    # What follows in a thread: another message with it, or only there.
    update_message: bool = True
    ack_button: bool = True
    http_config: HttpConfig = HttpConfig()

    def open(self, defaults: Any, surroundings: Surroundings) -> Receiver:
        """Read the secret; what this receiver names goes before what `global` names."""
        telling = self._telling(surroundings)
        look = {
            name: value
            for name in ("username", "icon_emoji", "icon_url")
            if (value := getattr(self, name)) is not None
        }
        token = self.bot_token_file or self.app_token_file
        if token is None and self.api_url_file is None and defaults.slack_api_url_file is None:
            token = defaults.slack_app_token_file
        if token is None:
            return self._webhook(defaults, surroundings, telling, look)
        if self.api_url_file is not None:
            raise ParameterError("api_url_file", "expected a webhook or a bot's token, not both")
        if not self.channel:
            raise ParameterError("channel", "expected a channel: a bot has none of its own")
        hosts = Hosts(surroundings.hosts)
        field = "bot_token_file" if self.bot_token_file else "app_token_file"
        api = (self.app_url or defaults.slack_app_url).removesuffix("chat.postMessage")
        address = check_address("app_url", Secret(api.rstrip("/") + "/"), hosts)
        return SlackBot(
            client=Client(address, hosts, open_access(self.http_config, surroundings)),
            token=read_secret(field, token, surroundings.folder),
            channel=self.channel,
            telling=telling,
            look=look,
            in_place=self.update_message,
            button=self.ack_button,
        )

    def _telling(self, surroundings: Surroundings) -> Telling:
        if len(self.fields) > MAX_FIELDS:
            raise ParameterError("fields", f"expected at most {MAX_FIELDS}")
        if len(self.actions) > MAX_ACTIONS:
            raise ParameterError("actions", f"expected at most {MAX_ACTIONS}")
        if any(action.type != "button" for action in self.actions):
            raise ParameterError("actions", "type: expected button")
        names = ("title", "text", "fallback", "color", "pretext", "footer", *ADDRESSES)
        texts = {name: getattr(self, name) for name in names}
        texts |= name_texts(self.fields, self.actions, short=self.short_fields)
        # A title and the summary on a phone are no markup: they are escaped where they become some.
        plain = {
            "title",
            "fallback",
            *ADDRESSES,
            *(name for name in texts if name.startswith("actions.")),
        }
        return open_telling(texts, surroundings, finish=finish, plain=plain)

    def _webhook(
        self, defaults: Any, surroundings: Surroundings, telling: Telling, look: dict[str, str]
    ) -> SlackWebhook:
        path = self.api_url_file or defaults.slack_api_url_file
        if path is None:
            raise ParameterError(
                "api_url_file", "expected a file, here or as global slack_api_url_file"
            )
        hosts = Hosts(surroundings.hosts)
        secret = read_secret("api_url_file", path, surroundings.folder)
        try:
            address = check_address("api_url_file", secret, hosts)
        except ParameterError as error:
            raise ParameterError("api_url_file", f"{path}: {error} in it") from None
        access = open_access(self.http_config, surroundings)
        if self.channel:
            look |= {"channel": self.channel}
        return SlackWebhook(Client(address, hosts, access), telling, look)
