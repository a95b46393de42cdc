"""What the stages of one worker share."""

from structlog.testing import capture_logs
from tests.metrics.frozen import fields, reference

from streamgauge.settings import Settings
from streamgauge.stream_processors.process import Process

FIRST = reference(fields(age=[1.0, 2.0, 3.0]), effective=1_000)
OTHER = reference(fields(age=[7.0, 8.0]))


def test_stages_count_on_the_grids_that_references_tell_and_refusals_are_logged() -> None:
    process = Process(["merge"], Settings())
    assert process.merge is not None
    with capture_logs() as lines:
        process._take_reference(FIRST)
        process._take_reference(OTHER)
    found = process._grids.of("price", "1", 1_000)
    assert found is not None
    assert found.hash == FIRST.grid
    assert process.merge._grids is process._grids
    refused = [line for line in lines if line["event"] == "a reference is refused"]
    assert [line["version"] for line in refused] == ["price@1"]
