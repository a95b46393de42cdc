"""What an operator or rule asked for, and what was done."""

import msgspec


class Command(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """A change of traffic or configuration that somebody asks for."""

    id: str
    ts: int
    subject: str
    action: str
    actor: str
    arguments: dict[str, str] = {}
    v: int = 1


class Decision(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """A change that was made, by whom and why; `previous` is the hash of the decision before it."""

    id: str
    ts: int
    subject: str
    action: str
    actor: str
    reason: str
    previous: str
    evidence: dict[str, str] = {}
    v: int = 1


class RuleSet(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """A rule file as it holds from an event time on."""

    name: str
    ts: int
    effective_from: int
    content: str
    v: int = 1
