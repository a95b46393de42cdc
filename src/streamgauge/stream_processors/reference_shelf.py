"""Which reference of a model version is in force: the newest one, of either kind. Pure."""

from streamgauge.contracts.reference import Reference

# Some 50 KB each; whoever publishes more has made names up.
_MOST = 2_000


class ReferenceShelf:
    """The references of all versions, as they came."""

    def __init__(self) -> None:
        self._newest: dict[tuple[str, str], Reference] = {}
        # The versions of each model in the order in which they got their first reference.
        self._versions: dict[str, list[str]] = {}

    def put(self, reference: Reference) -> None:
        """Take one; of two of a version the one with the newer time holds."""
        key = reference.model, reference.version
        held = self._newest.get(key)
        if held is None:
            if len(self._newest) >= _MOST:
                return
            self._versions.setdefault(reference.model, []).append(reference.version)
        if held is None or reference.ts >= held.ts:
            self._newest[key] = reference

    def newest(self, model: str, version: str) -> Reference | None:
        """The one in force of a version."""
        return self._newest.get((model, version))

    def former(self, model: str, version: str) -> Reference | None:
        """The one in force of the version that came before this one."""
        versions = self._versions.get(model, [])
        if version not in versions or (place := versions.index(version)) == 0:
            return None
        return self._newest[model, versions[place - 1]]
