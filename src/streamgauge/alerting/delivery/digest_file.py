"""Digests as files: what was told once a day or week, kept where people can look it up."""

import re
from datetime import UTC, datetime
from pathlib import Path

from streamgauge.alerting.message.compose import compose
from streamgauge.alerting.message.text import as_text
from streamgauge.alerting.routing.notice import Notice

_OTHER = re.compile(r"[^a-zA-Z0-9_-]+")


def keep_digest(folder: Path, notice: Notice) -> Path:
    """Write a digest as plain text; the same one, told again, is the same file. OSError if not."""
    day = datetime.fromtimestamp(notice.at / 1000, UTC)
    name = _OTHER.sub("-", f"{notice.labels.get('digest', 'digest')}-{notice.aim}")
    path = folder / f"{day:%Y-%m-%d}-{name}-{notice.seq}.txt"
    folder.mkdir(parents=True, exist_ok=True)
    whole = compose(notice, full=len(notice.alerts))
    path.write_text(as_text(whole), "utf-8")
    return path
