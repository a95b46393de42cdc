"""How a receiver speaks HTTP: Alertmanager's `http_config`, secrets in files."""

import ssl
from pathlib import Path
from typing import Literal

import msgspec

from streamgauge.alerting.receivers.receiver import ParameterError, Surroundings
from streamgauge.alerting.receivers.secret import Secret, read_secret


class BasicAuth(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A user and the file of the password."""

    username: str
    password_file: Path


class Authorization(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The `Authorization` header; `Bearer` without a type."""

    credentials_file: Path
    type: str = "Bearer"


class TlsConfig(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Whom to trust, and with what to show who we are. There is no way not to check."""

    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None


class HttpConfig(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """`http_config`. Redirects are never followed."""

    basic_auth: BasicAuth | None = None
    authorization: Authorization | None = None
    bearer_token_file: Path | None = None
    tls_config: TlsConfig = TlsConfig()
    follow_redirects: bool = False


class Access(msgspec.Struct, frozen=True):
    """What of it is needed to send: who we are, and the trust."""

    tls: ssl.SSLContext | bool = True
    user: str = ""
    secret: Secret | None = None
    scheme: str = ""


def open_access(config: HttpConfig, surroundings: Surroundings) -> Access:
    """Read the files; ParameterError names what is wrong."""
    folder = surroundings.folder
    if config.follow_redirects:
        raise ParameterError("http_config", "follow_redirects: redirects are never followed")
    ways = (config.basic_auth, config.authorization, config.bearer_token_file)
    if sum(way is not None for way in ways) > 1:
        raise ParameterError("http_config", "expected one kind of authorization")
    tls = open_trust(config.tls_config, folder)
    if basic := config.basic_auth:
        password = read_secret("http_config", basic.password_file, folder)
        return Access(tls, basic.username, password)
    if given := config.authorization:
        token = read_secret("http_config", given.credentials_file, folder)
        return Access(tls, "", token, given.type)
    if config.bearer_token_file:
        return Access(
            tls, "", read_secret("http_config", config.bearer_token_file, folder), "Bearer"
        )
    return Access(tls)


def open_trust(
    config: TlsConfig, folder: Path, field: str = "http_config"
) -> ssl.SSLContext | Literal[True]:
    """What TLS trusts: the system's authorities, or a file; ParameterError names what is wrong."""
    if config.ca_file is None and config.cert_file is None:
        return True
    try:
        context = ssl.create_default_context(
            cafile=str(folder / config.ca_file) if config.ca_file else None
        )
        if config.cert_file:
            key = folder / config.key_file if config.key_file else None
            context.load_cert_chain(folder / config.cert_file, key)
    except (OSError, ssl.SSLError) as error:
        raise ParameterError(field, f"TLS files: {error.strerror or error}") from None
    return context
