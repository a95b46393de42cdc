"""How people name an alert: by fingerprint, or by that and the episode, as messages do. Pure."""


def read_name(text: str) -> tuple[str, int | None]:
    """The fingerprint, and the episode if one is named.

    >>> read_name("094ed02dd551d633-2"), read_name("094ed02dd551d633")
    (('094ed02dd551d633', 2), ('094ed02dd551d633', None))
    """
    fingerprint, dash, episode = text.rpartition("-")
    if dash and fingerprint and episode.isascii() and episode.isdecimal() and len(episode) < 20:
        return fingerprint, int(episode)
    return text, None
