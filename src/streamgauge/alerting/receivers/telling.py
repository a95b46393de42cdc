"""What a receiver says about a notice: our words, and the user's where the configuration has some.

A text of the user's that fails is left out, and the message says so: a template never swallows a
page.
"""

from collections.abc import Callable, Container, Mapping
from typing import Any

import msgspec

from streamgauge.alerting.message.compose import IN_FULL, compose
from streamgauge.alerting.message.message import MAX_FACT, Message, line
from streamgauge.alerting.message.sandbox import TemplateFailure
from streamgauge.alerting.message.wording import Wording, WordingError, read_files, read_wording
from streamgauge.alerting.receivers.receiver import Context, ParameterError, Surroundings
from streamgauge.alerting.routing.notice import Notice

Finish = Callable[[Any], Any]


class Told(msgspec.Struct, frozen=True):
    """The message in our words, and by field what the user wants said instead."""

    message: Message
    texts: dict[str, str]


class Telling:
    """The texts of one receiver."""

    def __init__(self, words: Mapping[str, Wording]) -> None:
        self._words = words

    def say(self, notice: Notice, context: Context, full: int = IN_FULL) -> Told:
        """Say a notice."""
        message = compose(
            notice,
            external_url=context.external_url,
            again=context.again,
            ack_link=context.ack_link,
            full=full,
        )
        texts: dict[str, str] = {}
        failed = []
        for field, wording in self._words.items():
            try:
                text = wording.say(notice, context.external_url)
            except TemplateFailure as failure:
                failed.append(("Note", line(f"template failed: {field}: {failure}", MAX_FACT)))
            else:
                if text:
                    texts[field] = text
        if failed:
            message = msgspec.structs.replace(message, facts=(*failed, *message.facts))
            # Half in our words and half in theirs says less than either.
            texts = {}
        return Told(message, texts)


def open_telling(
    texts: Mapping[str, str | None],
    surroundings: Surroundings,
    *,
    html: tuple[str, ...] = (),
    plain: Container[str] = (),
    finish: Finish | None = None,
) -> Telling:
    """Read the texts by field; those named in `html` escape for it, others by `finish`.

    Those in `plain` are no markup: they are not escaped.
    """
    given = {field: text for field, text in texts.items() if text is not None}
    words: dict[str, Wording] = {}
    for field, text in given.items():
        try:
            files = read_files(surroundings.templates)
            words[field] = read_wording(
                text, files, html=field in html, finish=None if field in plain else finish
            )
        except WordingError as error:
            raise ParameterError(field.partition(".")[0], f"template: {error}") from None
    return Telling(words)
