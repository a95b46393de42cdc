"""The grammar is that of Alertmanager 0.25 (pkg/labels/parse.go), which amtool confirms."""

import time
from pathlib import Path

import pytest
from tests.alerting.amtool import accepts, needs_amtool
from tests.requirement import allowed

from streamgauge.alerting.matcher import Matcher, read_matcher, read_matchers

# Cases after prometheus/alertmanager pkg/labels/parse_test.go.
GOOD = {
    'foo="bar"': ['foo="bar"'],
    "foo=bar": ['foo="bar"'],
    ' foo  =~ "a|b" ': ['foo=~"a|b"'],
    "foo!~b.*": ['foo!~"b.*"'],
    "foo=": ['foo=""'],
    'foo=""': ['foo=""'],
    '{foo="bar", baz!~"x"}': ['foo="bar"', 'baz!~"x"'],
    "foo=bar,baz=qux": ['foo="bar"', 'baz="qux"'],
    "{foo=bar,}": ['foo="bar"'],
    "foo=bar, ": ['foo="bar"'],
    "{}": [],
    "": [],
    'foo="a,b",c=d': ['foo="a,b"', 'c="d"'],
    r'foo="She said: \"Hi, all\""': [r'foo="She said: \"Hi, all\""'],
    r"foo=a\nb": [r'foo="a\nb"'],
    r"foo=a\xb": [r'foo="a\\xb"'],
    r"foo=a\\": [r'foo="a\\"'],
    "foo=a\\": [r'foo="a\\"'],
    "a:b=c": ['a:b="c"'],
    "foo==bar": ['foo="=bar"'],
    "foo=a b": ['foo="a b"'],
    "foo=lätt": ['foo="lätt"'],
}
BAD = [
    "foo",
    '="bar"',
    "foo is bar",
    'foo="bar',
    'foo=bar"',
    'foo=b"a"r',
    r'foo="bar\"',
    'foo="a"b',
    "1foo=bar",
    "föö=bar",
    '"foo"=bar',
    "foo=bar,,baz=qux",
    ",foo=bar",
    "foo-bar=baz",
    'foo=~"("',
    'foo!~"(?=a)"',
    '{{foo="bar"}}',
]


@pytest.mark.parametrize("text", GOOD)
def test_matchers_are_read(text: str) -> None:
    assert [str(one) for one in read_matchers(text)] == GOOD[text]


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_matcher_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected|column|is no"):
        read_matchers(text)


def test_what_is_printed_is_read_again() -> None:
    matcher = Matcher("foo", "!~", 'a\\d+"\n|,}')
    assert read_matchers("{" + str(matcher) + "}") == (matcher,)


def test_an_absent_label_is_empty() -> None:
    assert read_matcher("foo=").matches({})
    assert read_matcher("foo!=bar").matches({})
    assert read_matcher('foo=~"a?"').matches({})
    assert not read_matcher('foo!~".*"').matches({})


def test_a_matcher_that_hangs_backtracking_does_not_hang_us() -> None:
    started = time.monotonic()
    assert not read_matcher('model=~"(.*a){20}b|(x+x+)+y"').matches({"model": "ax" * 500})
    assert time.monotonic() - started < allowed(3)


@needs_amtool
@pytest.mark.prometheus
def test_alertmanager_reads_and_refuses_the_same(tmp_path: Path) -> None:
    path = tmp_path / "one.yml"
    for text, good in [*((text, True) for text in GOOD), *((text, False) for text in BAD)]:
        quoted = text.replace("'", "''")
        path.write_text(
            "route:\n  receiver: r\n  routes:\n"
            f"  - matchers: ['{quoted}']\nreceivers: [{{name: r}}]\n",
            "utf-8",
        )
        assert accepts(path) == good, text
