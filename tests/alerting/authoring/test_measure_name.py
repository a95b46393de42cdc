"""The names that rules may use are those of docs/measures.md."""

import re
from pathlib import Path

from streamgauge.alerting.authoring.measure_name import is_known, nearest, units
from streamgauge.alerting.judging.observation import SIGNALS

PAGE = (Path(__file__).parents[3] / "docs" / "measures.md").read_text("utf-8")
ROW = re.compile(r"^\| `(\w+)` \|[^|]*\|([^|]*)\| \w+ \|", re.MULTILINE)


def test_the_known_measures_are_those_of_the_page_with_their_units() -> None:
    listed = {name: unit.strip() for name, unit in ROW.findall(PAGE)}
    assert listed.items() <= units().items()
    # A few stand in the text beside the tables.
    more = units().keys() - listed.keys() - set(SIGNALS.values())
    assert len(more) == 7
    assert all(re.search(rf"`{name}[`{{]", PAGE) for name in more)


def test_figures_of_ones_own_and_recorded_ones_are_known_too() -> None:
    assert is_known("business_empty_scan_ratio")
    assert is_known("training_prediction_count")
    assert is_known("team:errors:ratio", {"team:errors:ratio"})
    assert not is_known("team:errors:ratio")


def test_a_name_that_nobody_knows_gets_a_hint() -> None:
    assert nearest("prediction_eror_ratio").startswith("prediction_error_ratio")
    assert nearest("qqqqqqqq") == "a measure of docs/measures.md"
