"""How often the stage `detect` cries wolf: minutes of traffic in which nothing changes.

    python benchmarks/detector_soak.py                     # 20 million events of each kind
    python benchmarks/detector_soak.py --events 1000000 --kind daily

A minute has 1,000 predictions with 20 features, a value, a confidence, a latency and now and then
an error; the stage has its default settings and the reference of a model. Prints, for each kind of
traffic, how many false alarms each detector made and for how many minutes they held, and exits 1
where stationary traffic had more than one in a million events.
"""

import argparse
import sys

from streamgauge.bench.detector.minute import KINDS
from streamgauge.bench.detector.soak import soak, stage

ALLOWED = 1.0


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--kind", choices=KINDS, action="append")
    parser.add_argument("--seed", type=int, default=20261121)
    given = parser.parse_args()
    failed = False
    for kind in given.kind or KINDS:
        soaked = soak(stage, kind, given.events, given.seed)
        print(soaked, flush=True)
        failed = failed or (kind == "stationary" and soaked.per_million > ALLOWED)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
