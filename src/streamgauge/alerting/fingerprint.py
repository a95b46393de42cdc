"""What identifies an alert: its name and labels, and nothing else."""

from collections.abc import Mapping
from hashlib import blake2b


def fingerprint(labels: Mapping[str, str]) -> str:
    """16 hexadecimal digits that depend on the set of labels (`alertname` among them) only.

    >>> fingerprint({"a": "1", "b": "2"}) == fingerprint({"b": "2", "a": "1"})
    True
    """
    digest = blake2b(digest_size=8)
    for name in sorted(labels):
        # 0xff occurs in no UTF-8 text, so two different sets never give the same bytes.
        digest.update(b"%b\xff%b\xff" % (name.encode(), labels[name].encode()))
    return digest.hexdigest()
