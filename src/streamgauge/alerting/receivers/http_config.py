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
    """Whom to trust, and with what to show who we are. There is no way not to check.

    `server_name` is what the certificate has to be for, instead of the host's name.
    """

    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    server_name: str = ""
    min_version: str = "TLS12"


class HttpConfig(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """`http_config`. Redirects are never followed."""

    basic_auth: BasicAuth | None = None
    authorization: Authorization | None = None
    bearer_token_file: Path | None = None
    tls_config: TlsConfig = TlsConfig()


class Access(msgspec.Struct, frozen=True):
    """What of it is needed to send: who we are, and the trust."""

    tls: ssl.SSLContext | bool = True
    user: str = ""
    secret: Secret | None = None
    scheme: str = ""


def open_access(config: HttpConfig, surroundings: Surroundings) -> Access:
    """Read the files; ParameterError names what is wrong."""
    folder = surroundings.folder
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
    version = _VERSIONS.get(config.min_version)
    if version is None:
        known = " or ".join(_VERSIONS)
        raise ParameterError(field, f"min_version: expected {known}: older ones are not spoken")
    if config == TlsConfig():
        return True
    try:
        context = _Named(ssl.PROTOCOL_TLS_CLIENT)
        context.name = config.server_name
        context.minimum_version = version
        if config.ca_file:
            context.load_verify_locations(folder / config.ca_file)
        else:
            context.load_default_certs()
        if config.cert_file:
            key = folder / config.key_file if config.key_file else None
            context.load_cert_chain(folder / config.cert_file, key)
    except (OSError, ssl.SSLError) as error:
        raise ParameterError(field, f"TLS files: {error.strerror or error}") from None
    return context


_VERSIONS = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}


class _Named(ssl.SSLContext):
    """Asks for the certificate of `name`, if it has one: SMTP and HTTP alike."""

    name = ""

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """As asyncio asks, but for our name."""
        return super().wrap_bio(
            incoming, outgoing, server_side, self.name or server_hostname, session
        )
