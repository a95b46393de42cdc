"""A process that archives the same events again and again from where the archive is, to be killed.

python -m tests.archive.victim FOLDER write|compact|expire|erase
"""

import sys
from pathlib import Path

from tests.archive.sample import CHAIN, DAY_MS, FRIDAY, archive, outcome, prediction, records

from streamgauge.archive.compact import compact
from streamgauge.archive.erase import erase
from streamgauge.archive.expire import expire
from streamgauge.archive.lease import rewriting
from streamgauge.archive.manifest import Chain
from streamgauge.archive.store import Store
from streamgauge.archive.sweep import sweep
from streamgauge.settings import Keep

EVENTS = 120
BATCH = 15
NOW_S = FRIDAY / 1_000 + 41 * 86_400
KEEP = Keep(hot=39, predictions=40)


def events() -> list[object]:
    """Two models on two days; every third is of user `ada`."""
    return [
        prediction(
            i,
            model=f"m{i % 2}",
            ts=FRIDAY + (i % 4 // 2) * DAY_MS + i,
            user="ada" if i % 3 == 0 else "bob",
            session=f"s{i % 3}",
        )
        for i in range(EVENTS)
    ]


def main(folder: Path, work: str) -> None:
    store = Store(archive(folder, cold=folder / "cold"))
    sweep(store)
    with rewriting(store.folder, 10.0):
        state = store.ledger.state()
        match work:
            case "write":
                while (begin := store.ledger.state().tip(CHAIN).end) < EVENTS:
                    taken = records(events()[begin : begin + BATCH], begin)
                    store.append(CHAIN, begin, taken)
                other = Chain("outcomes", "topic-id", 0)
                if store.ledger.state().tip(other).end == 0:
                    store.append(other, 0, records(outcome(i) for i in range(EVENTS)))
            case "compact":
                compact(store, state, NOW_S)
            case "expire":
                expire(store, state, KEEP, NOW_S)
            case "erase":
                erase(store, "ada", NOW_S)
    store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
