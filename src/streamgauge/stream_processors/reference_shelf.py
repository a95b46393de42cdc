"""Which reference of a model version is in force: the newest one, of either kind. Pure."""

from streamgauge.contracts.reference import Reference, is_newer

# Some 50 KB each; whoever publishes more has made names up.
_MOST = 2_000


class ReferenceShelf:
    """The references of all versions; the order in which they come says nothing."""

    def __init__(self) -> None:
        self._newest: dict[tuple[str, str], Reference] = {}
        # When each version of a model got the oldest reference that is known.
        self._first: dict[str, dict[str, int]] = {}

    def put(self, reference: Reference) -> None:
        """Take one; of two of a version the one with the newer time holds."""
        key = reference.model, reference.version
        held = self._newest.get(key)
        if held is None and len(self._newest) >= _MOST:
            return
        first = self._first.setdefault(reference.model, {})
        first[reference.version] = min(first.get(reference.version, reference.ts), reference.ts)
        if is_newer(reference, held):
            self._newest[key] = reference

    def newest(self, model: str, version: str) -> Reference | None:
        """The one in force of a version."""
        return self._newest.get((model, version))

    def former(self, model: str, version: str) -> Reference | None:
        """The one in force of the version that came before this one."""
        first = self._first.get(model, {})
        if version not in first:
            return None
        before = [
            (ts, name) for name, ts in first.items() if (ts, name) < (first[version], version)
        ]
        return self._newest[model, max(before)[1]] if before else None
