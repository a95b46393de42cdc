"""A notice as a mail: text and HTML, one thread a group episode. Pure."""

from base64 import encodebytes
from collections.abc import Mapping, Sequence
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, getaddresses, parseaddr
from functools import cache
from hashlib import sha256
from typing import Any

from streamgauge.alerting.message.message import MAX_FACT, line, moment
from streamgauge.alerting.message.page import as_html
from streamgauge.alerting.message.text import as_text
from streamgauge.alerting.receivers.telling import Told
from streamgauge.alerting.routing.notice import Notice

# Servers that take seven bits only are still about.
_POLICY = SMTP.clone(cte_type="7bit")
_BOUNDARY = "=_streamgauge"


def write_mail(
    notice: Notice, told: Told, sender: str, recipients: Sequence[str], headers: Sequence[str] = ()
) -> EmailMessage:
    """The mail: the same Message-ID for the same notice, referring to its episode's name.

    `headers` are names whose text is `headers.NAME` of what is told; a Reply-To that is no address
    is left out.
    """
    texts = told.texts
    mail = EmailMessage(policy=_POLICY)
    constant = {
        "From": sender,
        "To": ", ".join(recipients),
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/alternative; boundary="{_BOUNDARY}"',
    }
    for name, value in constant.items():
        mail[name] = _header(name, value)
    mail["Subject"] = header_text(texts.get("headers.Subject") or told.message.title)
    mail["Date"] = format_datetime(moment(notice.at))
    for name, value in _identity(notice, sender).items():
        mail[name] = value
    for name in headers:
        text = header_text(texts.get(f"headers.{name}", ""))
        said = _addresses(text) if name == "Reply-To" else text
        if said and name != "Subject":
            mail[name] = said
    # Base64 can hold no boundary. Parts made by EmailMessage would take four times as long.
    plain = _part("plain", texts.get("text") or as_text(told.message))
    html = _part("html", texts.get("html") or as_html(told.message))
    mail.set_payload(f"{plain}{html}--{_BOUNDARY}--\r\n")
    return mail


def header_text(text: str) -> str:
    """A text for a header, in which nothing can be decoded.

    The standard library decodes encoded words (RFC 2047) wherever they stand in a value, the line
    ends in them too: what follows one would be a header of a stranger's.

    >>> header_text("=?utf-8?q?a=0D=0ABcc=3A_b@c?=")
    '= ?utf-8?q?a=0D=0ABcc=3A_b@c?='
    """
    return line(text, MAX_FACT).replace("=?", "= ?")


@cache
def _header(name: str, value: str) -> Any:
    """A parsed header that does not change from mail to mail."""
    return _POLICY.header_factory(name, value)


def _part(kind: str, text: str) -> str:
    body = encodebytes(text.encode("utf-8", "replace")).decode().replace("\n", "\r\n")
    return (
        f"--{_BOUNDARY}\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: base64\r\n\r\n{body}\r\n"
    )


def address_of(text: str) -> str:
    """The bare address; ValueError if there is none.

    >>> address_of("Ops <ops@example.org>")
    'ops@example.org'
    """
    found = parseaddr(text)[1]
    if "@" not in found or not text.isprintable():
        raise ValueError(f"{text!r}: expected an address such as ops@example.org")
    return Address(addr_spec=found).addr_spec


def _addresses(text: str) -> list[Address]:
    """The addresses in a text; none if anything in it is no address."""
    try:
        found = [
            Address(name, addr_spec=address)
            for name, address in getaddresses([text])
            if address.isascii()
        ]
    except (MessageError, ValueError, LookupError, AttributeError):
        # The library's parser fails in many ways on what is no address.
        return []
    return found if all(one.domain for one in found) else []


def _identity(notice: Notice, sender: str) -> Mapping[str, str]:
    domain = parseaddr(sender)[1].rpartition("@")[2]
    # The first mail need not have arrived: all of an episode refer to the same name.
    thread = f"<{_name(notice.episode_key)}@{domain}>"
    return {
        "Message-ID": f"<{_name(notice.key)}@{domain}>",
        "In-Reply-To": thread,
        "References": thread,
    }


def _name(key: str) -> str:
    """A key as the left part of a Message-ID, which allows few characters."""
    return sha256(key.encode("utf-8", "backslashreplace")).hexdigest()[:32]
