"""Where an expression is wrong: the wheel that parses says what, this finds the column."""

import promql_parser

from streamgauge.alerting.promql.lexer import Word, words

# The wheel's whole message for a word that may not stand where it stands.
_SYNTAX = "invalid promql query"
# How those begin that name the first wrong word or character.
_WORD = (
    _SYNTAX,
    "unexpected",
    "bad number",
    "invalid label matcher",
    "missing unit",
    "unknown escape",
)
_OPEN = ("unclosed", "unexpected end of input")
_OPENING = {"(": ")", "[": "]", "{": "}"}
# What may follow a beginning that is right so far, before the open brackets are closed.
_GOES_ON = (
    *("", "x", " x", " 1", '"x"', "5m", " 5m", ",x", ") x", ") (x)"),
    *("x) (x", ") (x", "(x) (x)", "(x)", "(x,x)", "(1,x)", "(x)(x)"),
    *("(x) x", " (x) (x)", " on(x) x"),
    *('="x"', 'x="x"', ' x="x"'),
)


def refused(text: str, message: str) -> tuple[int, str]:
    """The column, from 1 on, of what the parser refused with this message, and what is wrong.

    >>> refused("up > > 1", "invalid promql query")
    (6, "unexpected '>'")
    """
    every = words(text)
    if message.startswith(_OPEN):
        unclosed = _unclosed(every)
        return (unclosed[-1].start if unclosed else len(text.rstrip())) + 1, message
    if not message.startswith(_WORD):
        return _smallest(text, every, message) + 1, message
    for place, word in enumerate(every):
        closing = "".join(_OPENING[it.text] for it in reversed(_unclosed(every[: place + 1])))
        if not any(_is_syntax(text[: word.end] + more + closing) for more in _GOES_ON):
            what = f"unexpected {word.text!r}" if message == _SYNTAX else message
            return word.start + 1, what
    return len(text.rstrip()) + 1, "unexpected end" if message == _SYNTAX else message


def moved(column: int, text: str, original: str) -> int:
    r"""The column of the same word in the original, whose strings may be shorter.

    >>> moved(12, 'a{b="\\\\."} x', 'a{b=`\\.`} x')
    11
    """
    if text == original:
        return column
    pairs = zip(words(text), words(original), strict=True)
    same = (there.start + 1 for here, there in pairs if here.start + 1 == column)
    return next(same, len(original.rstrip()) + 1)


def _smallest(text: str, every: list[Word], message: str) -> int:
    """The start of the smallest part that is refused for the same reason."""
    if _refusal(text) != message:
        # Not the parser refused it, but the function that is named.
        return next((word.start for word in every if f"function '{word.text}'" in message), 0)
    for length in range(1, len(every) + 1):
        for place in range(len(every) - length + 1):
            start = every[place].start
            if _refusal(text[start : every[place + length - 1].end]) == message:
                return start
    return 0


def _unclosed(every: list[Word]) -> list[Word]:
    stack: list[Word] = []
    for word in every:
        if word.kind == "sign" and word.text in _OPENING:
            stack.append(word)
        elif word.kind == "sign" and stack and word.text == _OPENING[stack[-1].text]:
            stack.pop()
    return stack


def _is_syntax(text: str) -> bool:
    """Whether the grammar allows it, whatever else may be wrong with it."""
    refusal = _refusal(text)
    return refusal is None or not refusal.startswith(_WORD + _OPEN)


def _refusal(text: str) -> str | None:
    try:
        promql_parser.parse(text)
    except ValueError as error:
        return str(error)
    return None
