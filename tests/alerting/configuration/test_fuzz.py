"""Whatever stands in a file, it is read or refused with its line: nothing else happens."""

import random
import re
from contextlib import suppress
from pathlib import Path

from streamgauge.alerting.configuration import load
from streamgauge.settings import InputError

SEED = 20261122
_WORDS = "null [] {} a 1 -1 true yes 5m [a] [[]] &x *x << ~ $A '' {a:1} {1:a} ! | > ? & \x00"
WORDS = ["", "{a: b}", "{[a]: b}", *_WORDS.split()]
TEXT = """\
global: {resolve_timeout: 5m, smtp_from: a@example.org, smtp_smarthost: 'mail.example.org:587'}
route:
  receiver: a
  group_by: [alertname]
  group_wait: 10s
  routes:
    - {matchers: ['severity=~"critical|warning"', team!=x], receiver: b, continue: true}
    - {match: {team: x}, match_re: {model: m.*}, mute_time_intervals: [night]}
inhibit_rules:
  - {source_match: {a: b}, target_matchers: [c=d], equal: [alertname]}
time_intervals:
  - name: night
    time_intervals:
      - {times: [{start_time: '22:00', end_time: '24:00'}], weekdays: [monday], location: UTC}
      - {days_of_month: ['1:-1'], months: ['1:3'], years: [2026]}
templates: [texts/*.j2]
receivers:
  - {name: a, console_configs: [{}], webhook_configs: [{url: 'https://example.org/'}]}
  - {name: b, email_configs: [{to: a@example.org, send_resolved: true}]}
streamgauge:
  escalations: [{name: up, chain: [a, b], every: 10m, matchers: [x=y]}]
  digests: [{name: day, receiver: a, at: '08:00', weekday: monday}]
  hosts: [10.0.0.0/8]
  limits: {notifications_per_minute: 9}
  watch: {receiver: a, after: 2m}
  external_url: https://example.org
"""


def test_a_file_with_slips_is_read_or_refused(tmp_path: Path) -> None:
    rng = random.Random(SEED)
    path = tmp_path / "notifier.yml"
    path.write_text(TEXT)
    load(path)
    places = [match.span() for match in re.finditer(r"[\w.@/:*~|!=]+|[\[\]{},'-]", TEXT)]
    good = 0
    for _ in range(300):
        text = TEXT
        for begin, end in sorted(rng.sample(places, rng.randrange(1, 3)), reverse=True):
            text = text[:begin] + rng.choice(WORDS) + text[end:]
        path.write_text(text)
        with suppress(InputError):
            load(path)
            good += 1
    assert 5 < good < 295
