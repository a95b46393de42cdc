"""What a test found: the checks that hold, and those that do not. Pure."""

import msgspec


class Failure(msgspec.Struct, frozen=True):
    """One check that does not hold: where it stands, what it checks, and both sides as text."""

    place: str
    check: str
    expected: str
    got: str

    def show(self) -> str:
        """The failure for a person, both sides one below the other."""
        return f"{self.place}: {self.check}\n  expected: {self.expected}\n  got:      {self.got}"


class Outcome(msgspec.Struct):
    """How many checks there were, and those that failed."""

    checks: int = 0
    failures: list[Failure] = []

    def add(self, other: "Outcome") -> None:
        """Count another one in."""
        self.checks += other.checks
        self.failures = [*self.failures, *other.failures]
