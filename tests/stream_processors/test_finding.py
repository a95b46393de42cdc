import msgspec

from streamgauge.stream_processors.finding import Course, Found

LABELS = {"model": "m", "version": "1"}


def found(hold: int = 1, score: float = 1.0) -> Found:
    return Found(detector="d", stream="s", score=score, before=0.0, after=1.0, samples=9, hold=hold)


def follow(course: Course, window: int, *seen: Found, source: str = "predictions") -> list[bool]:
    told = course.follow(seen, LABELS, source, window * 60, window * 60 + 60)
    return [one.active for one in told]


def test_what_holds_is_told_once_when_it_begins_and_once_when_it_ends() -> None:
    course = Course({})
    assert follow(course, 0, found()) == [True]
    assert follow(course, 1, found()) == []
    assert follow(course, 2) == [False]
    assert follow(course, 3) == []


def test_it_holds_for_some_windows_after_the_last_that_shows_it() -> None:
    course = Course({})
    assert follow(course, 0, found(hold=3)) == [True]
    assert follow(course, 1) == []
    assert follow(course, 2, found(hold=3)) == []
    assert [follow(course, window) for window in (3, 4, 5)] == [[], [], [False]]


def test_windows_of_another_source_do_not_end_it() -> None:
    course = Course({})
    follow(course, 0, found())
    assert follow(course, 1, source="outcomes") == []
    assert follow(course, 1) == [False]


def test_a_course_goes_on_after_it_was_written_down() -> None:
    course = Course({})
    follow(course, 0, found(hold=2))
    course = msgspec.msgpack.decode(msgspec.msgpack.encode(course), type=Course)
    assert follow(course, 1) == []
    assert follow(course, 2) == [False]


def test_the_same_finding_has_the_same_id_whoever_tells_it() -> None:
    first, second = (
        next(Course({}).follow([found()], labels, "predictions", 60, 120))
        for labels in (LABELS, dict(reversed(LABELS.items())))
    )
    assert first.id == second.id == "d/s/model=m,version=1/60"


def test_the_end_says_what_ended() -> None:
    course = Course({})
    follow(course, 0, found(score=7.0))
    (end,) = course.end(LABELS, at=500)
    assert (end.active, end.score, end.start) == (False, 7.0, 500)
    assert not course.held
