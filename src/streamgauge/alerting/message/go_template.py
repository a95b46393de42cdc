"""Go templates, as Alertmanager's files have them: known when seen, never filled in."""

import re

_GO = re.compile(
    r"\{\{-?\s*(?:template\s+\"|define\s+\"|block\s+\"|range\s|if\s|else\b|end\b|with\s|\.[A-Za-z]|\$)"
)
# Alertmanager 0.28, config/notifiers.go: what a field says that nobody set.
_NAMED = re.compile(
    r"\{\{-?\s*template\s+\"(?:slack|email|pagerduty)\.default\.\w+\""
    r"\s+\.(?:Alerts\.(?:Firing|Resolved))?\s*-?\}\}"
)
_DEFAULTS = {
    "color": '{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}',
    "num_firing": "{{ .Alerts.Firing | len }}",
    "num_resolved": "{{ .Alerts.Resolved | len }}",
}
_PATH = re.compile(
    r"\{\{-?\s*(?:\.|\$\.?)(\w+)(?:\.(\w+))?\s*(?:\|\s*(toUpper|toLower|title|len)\s*)?-?\}\}"
)
_NAMES = {
    "CommonLabels": "commonLabels",
    "GroupLabels": "groupLabels",
    "CommonAnnotations": "commonAnnotations",
    "Labels": "alert.labels",
    "Annotations": "alert.annotations",
    "labels": "alert.labels",
}
_PLAIN = {
    "Status": "status",
    "Receiver": "receiver",
    "ExternalURL": "externalURL",
    "StartsAt": "alert.startsAt",
    "EndsAt": "alert.endsAt",
    "GeneratorURL": "alert.generatorURL",
    "Fingerprint": "alert.fingerprint",
    "value": "alert.value",
}
_FILTERS = {"toUpper": "|upper", "toLower": "|lower", "title": "|title"}
_EXAMPLE = (
    "for example {{ commonLabels.alertname }} or {% for alert in alerts %}{{ alert.labels.model }}"
    "{% endfor %}"
)


def is_default(field: str, text: str) -> bool:
    """Whether a field's text is one of Alertmanager's own, as it stands: ours says the same.

    >>> is_default("title", '{{ template "slack.default.title" . }}')
    True
    >>> is_default("title", "{{ .Status }}")
    False
    """
    return bool(_NAMED.fullmatch(text.strip())) or text.strip() == _DEFAULTS.get(field)


def find(text: str) -> tuple[int, str] | None:
    """The line, from 1, of the first piece of Go, and what to write instead; None without any."""
    found = _GO.search(text)
    if found is None:
        return None
    number = text.count("\n", 0, found.start()) + 1
    # A text in Jinja2 holds no such piece: what follows is the user's own, shown to the end.
    piece = text[found.start() :].partition("}}")[0].partition("\n")[0] + "}}"
    if jinja := translate(piece):
        return number, f"{piece} is a Go template; texts are Jinja2 here: {jinja}"
    return number, f"{found[0]} … is a Go template; texts are Jinja2 here, {_EXAMPLE}"


def translate(piece: str) -> str:
    """A simple path in Jinja2; empty if it is not one.

    >>> translate("{{ .CommonLabels.model }}"), translate("{{ .Status | toUpper }}")
    ('{{ commonLabels.model }}', '{{ status|upper }}')
    >>> translate("{{ .Alerts.Firing | len }}")
    "{{ alerts|selectattr('status', 'eq', 'firing')|list|length }}"
    """
    found = _PATH.fullmatch(piece)
    if found is None:
        return ""
    head, name, change = found.groups()
    if head == "Alerts" and change == "len":
        kept = f"|selectattr('status', 'eq', '{name.lower()}')|list" if name else ""
        return f"{{{{ alerts{kept}|length }}}}"
    path = f"{_NAMES[head]}.{name}" if name and head in _NAMES else ""
    path = path or (_PLAIN.get(head, "") if not name else "")
    if not path or change == "len":
        return ""
    return f"{{{{ {path}{_FILTERS.get(change, '')} }}}}"
