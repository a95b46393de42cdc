"""Open connections to one mail server, used again while they last."""

import ssl
import time
from collections.abc import Sequence
from typing import Literal

import aiosmtplib
import msgspec

from streamgauge.alerting.receivers.receiver import DeliveryError
from streamgauge.alerting.receivers.secret import Secret

_TIMEOUT = 20.0
_IMPLICIT_TLS = 465
# Servers hang up on who is silent; a connection that rested longer is not used again.
_REST = 20.0
# RFC 5321, 3.8: the server closes the connection.
_CLOSING = 421


class Server(msgspec.Struct, frozen=True):
    """Where the server is, and who we are. With `tls`, nothing goes out in the clear."""

    host: str
    port: int
    tls: bool
    trust: ssl.SSLContext | Literal[True]
    username: str | None
    password: Secret | None
    hello: str | None = None


class Receipt(msgspec.Struct, frozen=True):
    """Who was refused, with the code, and what the server said at the end."""

    refused: dict[str, int]
    reply: str


class Smtp:
    """Hands over mails; each call has a connection of its own."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._idle: list[tuple[float, aiosmtplib.SMTP]] = []

    async def hand_over(self, sender: str, recipients: Sequence[str], mail: bytes) -> Receipt:
        """Hand over one mail; DeliveryError if nobody was accepted or it was not taken."""
        smtp, used = await self._connection()
        try:
            try:
                await smtp.mail(sender)
            except (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPResponseException):
                if not used:
                    raise
                # The server hung up while it rested: nothing was said yet.
                smtp.close()
                smtp = await self._fresh()
                await smtp.mail(sender)
            receipt = await _transact(smtp, recipients, mail)
        except aiosmtplib.SMTPResponseException as error:
            await self._keep(smtp, error.code)
            raise DeliveryError(f"SMTP {error.code}", permanent=error.code >= 500) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            smtp.close()
            raise DeliveryError(type(error).__name__) from None
        except BaseException:
            smtp.close()
            raise
        await self._keep(smtp, 250)
        return receipt

    async def close(self) -> None:
        """Close the connections."""
        while self._idle:
            self._idle.pop()[1].close()

    async def _connection(self) -> tuple[aiosmtplib.SMTP, bool]:
        while self._idle:
            since, smtp = self._idle.pop()
            if smtp.is_connected and time.monotonic() - since < _REST:
                return smtp, True
            smtp.close()
        return await self._fresh(), False

    async def _fresh(self) -> aiosmtplib.SMTP:
        try:
            return await self._open()
        except aiosmtplib.SMTPResponseException as error:
            # A wrong password is not always wrong for ever: it is told, and tried again.
            raise DeliveryError(f"SMTP {error.code}") from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise DeliveryError(type(error).__name__) from None

    async def _open(self) -> aiosmtplib.SMTP:
        server = self._server
        implicit = server.tls and server.port == _IMPLICIT_TLS
        smtp = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password.reveal() if server.password else None,
            local_hostname=server.hello,
            use_tls=implicit,
            # True, not None: a server that offers no STARTTLS, or whose offer was removed on the
            # way, gets nothing.
            start_tls=server.tls and not implicit,
            tls_context=server.trust if isinstance(server.trust, ssl.SSLContext) else None,
            timeout=_TIMEOUT,
        )
        try:
            await smtp.connect()
            if smtp.is_ehlo_or_helo_needed:
                await smtp.ehlo()
        except BaseException:
            smtp.close()
            raise
        return smtp

    async def _keep(self, smtp: aiosmtplib.SMTP, code: int) -> None:
        """Use the connection again, if the server is still there after what it said."""
        if code != 250:
            try:
                if code == _CLOSING:
                    raise aiosmtplib.SMTPServerDisconnected("it said so")
                await smtp.rset()
            except (aiosmtplib.SMTPException, OSError):
                smtp.close()
                return
        self._idle.append((time.monotonic(), smtp))


async def _transact(smtp: aiosmtplib.SMTP, recipients: Sequence[str], mail: bytes) -> Receipt:
    refused: dict[str, int] = {}
    for recipient in recipients:
        try:
            await smtp.rcpt(recipient)
        except aiosmtplib.SMTPRecipientRefused as error:
            if error.code == _CLOSING:
                raise
            refused[recipient] = error.code
    if len(refused) == len(recipients):
        codes = sorted(refused.values())
        await smtp.rset()
        raise aiosmtplib.SMTPRecipientRefused(codes[0], "all", recipients[0])
    try:
        answer = await smtp.data(mail)
    except aiosmtplib.SMTPResponseException:
        raise
    except (aiosmtplib.SMTPException, OSError) as error:
        smtp.close()
        # It may have been kept all the same.
        raise DeliveryError(f"{type(error).__name__} after the text", unknown=True) from None
    return Receipt(refused, str(answer.message)[:100])
