"""What a simulation or a replay has done so far."""

import msgspec


class Tally(msgspec.Struct, kw_only=True):
    """Counts of one run.

    `predictions` were asked for over HTTP or sent to the topic; `errors` answered 400 or more;
    `unanswered` got no answer; `skipped` were not even asked, because too many were under way;
    `dropped` found no room in the queue to Kafka.
    """

    predictions: int = 0
    errors: int = 0
    unanswered: int = 0
    skipped: int = 0
    outcomes: int = 0
    feedback: int = 0
    heartbeats: int = 0
    dropped: int = 0
    failed: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        """One line for a person; what did not happen is left out."""
        told = [
            f"{getattr(self, field.name):,} {field.name}"
            for field in msgspec.structs.fields(self)
            if field.name != "seconds" and getattr(self, field.name)
        ]
        return f"{', '.join(told) or 'nothing sent'} in {self.seconds:.1f} s"
