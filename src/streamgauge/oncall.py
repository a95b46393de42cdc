"""Where rules and the notifier's configuration are, where its API is, and who may change things."""

from pathlib import Path
from typing import Literal

from streamgauge.section import Port, Section, secret


class SlackUser(Section, frozen=True):
    """Who somebody in Slack is here; a viewer may not acknowledge."""

    name: str
    role: Literal["viewer", "operator"] = "operator"


class Alerting(Section, frozen=True):
    """Rule files (the shipped ones if none is named) and the notifier's configuration file.

    `external_labels` are what `$externalLabels` in the texts of rules means; alerts have them not.
    The notifier's API is at `host` and `port`; `token` guards all of it that changes something.
    `external_url` is where people reach it: links in messages begin with it. With a `link_key` (16
    letters at least) messages have links that acknowledge; with the `slack_signing_secret` of
    Slack's app its buttons do: for whoever sees them or, once there are `slack_users` (by Slack's
    IDs), for the operators among those. With an `instance`, a name that no other notifier has, one
    that comes back goes on at once. `heartbeat_url_file` holds an address that hears once a minute
    that all is well; `digests` is a folder in which each digest is kept as a file, too.
    In the folder `receipts` stands what was told last: a notifier that finds it after a kill does
    not tell it again.
    """

    rules: tuple[Path, ...] = ()
    external_labels: dict[str, str] = {}
    config: Path | None = None
    port: Port = 8005
    host: str = "127.0.0.1"
    token: str | None = None
    token_file: Path | None = None
    external_url: str | None = None
    link_key: str | None = None
    link_key_file: Path | None = None
    slack_signing_secret: str | None = None
    slack_signing_secret_file: Path | None = None
    slack_users: dict[str, SlackUser] = {}
    instance: str | None = None
    heartbeat_url_file: Path | None = None
    digests: Path | None = None
    receipts: Path = Path("var/notifier")

    def secret(self) -> str | None:
        """The operator's token, if one is set."""
        return secret(self.token, self.token_file)

    def link_secret(self) -> str | None:
        """The key that signs links, if one is set."""
        return secret(self.link_key, self.link_key_file)

    def slack_secret(self) -> str | None:
        """The secret with which Slack signs what its buttons send, if one is set."""
        return secret(self.slack_signing_secret, self.slack_signing_secret_file)
