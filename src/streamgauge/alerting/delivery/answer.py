"""What the other side answered, cut to what the ledger and the log have room for. Pure."""

import msgspec

from streamgauge.alerting.message.message import line
from streamgauge.alerting.receivers.receiver import Delivered, DeliveryError

_MOST = 1_000
_TOO_LONG = "; the name it gave the message is too long to be kept"


def bounded(answer: Delivered | DeliveryError) -> Delivered | DeliveryError:
    """The same with a text of one line; a name of the message is kept whole or not at all.

    Cut in two, a name would be nobody's, and what follows in its thread would be refused.

    >>> bounded(Delivered("x" * 2_000, {"ts": "1"})).thread
    {'ts': '1'}
    >>> bounded(Delivered("ok", {"ts": "1" * 2_000}))
    Delivered(detail='ok; the name it gave the message is too long to be kept', thread={})
    """
    if isinstance(answer, DeliveryError):
        return DeliveryError(
            line(str(answer), _MOST),
            permanent=answer.permanent,
            retry_after=answer.retry_after,
            unknown=answer.unknown,
        )
    detail = line(answer.detail, _MOST)
    if sum(map(len, (*answer.thread, *answer.thread.values()))) > _MOST:
        return Delivered(detail + _TOO_LONG)
    return msgspec.structs.replace(answer, detail=detail)
