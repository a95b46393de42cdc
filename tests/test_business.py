from pathlib import Path

import pytest

from streamgauge.settings import SettingsError, load

FIGURE = """
[business.empty_scan]
source = "usage"
numerator = { event = "scan_finished", "dimensions.result" = ["empty", "failed"] }
denominator = { event = "scan_finished" }
change = -0.3
better = "lower"
"""

NO_ARMS = """
[window]
dimensions = ["region"]
[business.a]
source = "predictions"
"""


def settings(folder: Path, text: str) -> Path:
    path = folder / "streamgauge.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_figure_is_read_from_the_file(tmp_path: Path) -> None:
    figure = load(settings(tmp_path, FIGURE), {}).business["empty_scan"]
    assert figure.numerator["dimensions.result"] == ("empty", "failed")
    assert figure.divisor == {"event": "scan_finished"}
    assert (figure.kind, figure.unit, figure.control_arm) == ("ratio", "ratio", "control")


def test_a_mean_per_session_divides_by_the_sessions_that_started(tmp_path: Path) -> None:
    text = '[business.saved]\nsource = "usage"\nkind = "mean_per_session"\nvalue = "value"\n'
    figure = load(settings(tmp_path, text), {}).business["saved"]
    assert figure.divisor == {"event": "session_start"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[sla]\nlatency = 0.12\n", "latency 0.12; expected one of 0.01, 0.025, 0.05"),
        ("[sla.models]\nprice = 2.0\n", "latency 2; expected one of"),
        ("[cost]\ngpu_hour = -1.0\n", "gpu_hour"),
        ('[business.a]\nsource = "usage"\nunit = "€ a day"\n', "`str` matching regex"),
        ('[business.a]\nsource = "feedback"\nkind = "mean_per_session"\n', "needs a denominator"),
        ('[business.a]\nsource = "mail"\n', "source"),
        ('[business."a b"]\nsource = "usage"\n', "`str` matching regex"),
        (NO_ARMS + 'control = "old"\n', '6: predictions know no arms here: put "arm" into'),
        (NO_ARMS + "change = 0.1\n", '6: predictions know no arms here: put "arm" into'),
    ],
)
def test_a_wrong_figure_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load(settings(tmp_path, text), {})
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        NO_ARMS + "change = 0.1\nbaseline = 0.5\n",
        NO_ARMS + "target = 0.1\n",
        NO_ARMS.replace("predictions", "usage") + 'control = "old"\nchange = 0.1\n',
        '[business.a]\nsource = "predictions"\ncontrol = "old"\nchange = 0.1\n',
    ],
)
def test_what_can_be_compared_is_taken(tmp_path: Path, text: str) -> None:
    assert load(settings(tmp_path, text), {}).business["a"].source in {"predictions", "usage"}
