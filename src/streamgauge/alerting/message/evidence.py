"""The likely cause: what a detector says, which parts and segments it is made of, examples."""

from collections.abc import Mapping

Evidence = Mapping[str, float | str]

# So much of a hash tells references apart.
_HASH = 12
_PIECES = (
    ("parts", "made of"),
    ("features", "features"),
    ("segments", "in"),
    ("predictions", "for example"),
    ("samples", "for example"),
    ("reference", "compared with reference"),
)


def tell_evidence(evidence: Evidence) -> str:
    """The detector's sentence, ranked parts, segments, ids of predictions, the reference's hash.

    >>> tell_evidence({"text": "price rose", "parts": "price 75%", "reference": "0123456789abcdef"})
    'price rose; made of price 75%; compared with reference 0123456789ab'
    """
    said = [str(evidence["text"])] if "text" in evidence else _means(evidence)
    for name, title in _PIECES:
        if text := str(evidence.get(name, "")):
            said.append(f"{title} {text[:_HASH] if name == 'reference' else text}")
    return "; ".join(said)


def _means(evidence: Evidence) -> list[str]:
    before, after = evidence.get("before"), evidence.get("after")
    if not isinstance(before, float | int) or not isinstance(after, float | int):
        return []
    score = evidence.get("score")
    by = f" (score {score:.3g})" if isinstance(score, float | int) else ""
    return [f"mean {before:.6g} before, {after:.6g} after{by}"]
