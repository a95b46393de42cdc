from pathlib import Path

import pytest
from tests.alerting.amtool import accepts, needs_amtool, receivers

from streamgauge.alerting.regex.automaton import Automaton
from streamgauge.alerting.regex.syntax import parse

# Expressions of RE2, each read otherwise by Python's `re`, or with a case of its own.
_GOOD = r"""
a|b a.*b [ab]+ [^ab] [a-c]x? ^a$ ^(?:a|b)$ (?i)AbC (?i:x)y (?-s:.) (?s).. (?i-s:A.) a{2} a{,2} a{1,}
a{0} a{ {a} a{2,3}? a*? a+? a?? (?P<n>a) () (|a) a| | \d+ \D \w\W? \s? \. \- \_ \x41 \x{41} \101
\012 \07 \pL \p{Lu}+ \P{L} \p{^L} \pN* [\d-] [\w.] [\pL] [[:alpha:]] [[:^alpha:]] [a[:digit:]]+ []a]
[^]a] [a-] [-a] [a\-z] [\]] \Qa.b\E \Ab a\z a\bx? a\B.* (a|b)(c|d) a(?i)B a(?i)* ^* (?m)^a$
[\x41-\x43] x*y* (((a))) a{1000} (?:a{2}){3} \t? \a? [^\n] (?U)a+ . (?i)[k-m] (?i)[^k] é+ [à-ü]
(?s-i:A) (a*)* (?:)* \pZZ* (?P<n>a)(?P<n>b)
"""
_BAD = r"""
(?=a) (?!a) (?<=a) (?<!a) (a)\1 (?P=n) (?>a) (?(1)a) a++ a*+ a** a+* a{2}{3} a{2}* * +a ? (*a) |*
a{1001} a{2,1} (a{100}){11} ( ) (a a) [ [a [] [^] [z-a] [[:foo:]] \ \8 \1 \Z \G \k \y \C \x{110000}
\x4 \p{Foo} \Qa| (?x)a (?a)b (?#c) (?P<1 [a-\d] (?i (?z:a)
"""
_TEXTS = r"""
a b ab abc ABC aab aaa aaaa axb x xy Ay k K é É ü 1 12 _ . - ] ^ {a} a{ a{,2} a-z A B c cd ac bd
a.b | \ a1 !
"""
GOOD, BAD = _GOOD.split(), _BAD.split()
# These two are a small k and a small s where case is ignored.
TEXTS = [
    *_TEXTS.split(),
    "",
    " ",
    "\t",
    "a b",
    "word word",
    *"\N{KELVIN SIGN}\N{LATIN SMALL LETTER LONG S}",
]


@pytest.mark.parametrize("expression", GOOD)
def test_what_re2_has_is_read(expression: str) -> None:
    Automaton(parse(expression))


@pytest.mark.parametrize("expression", BAD)
def test_what_re2_has_not_is_refused_with_its_column(expression: str) -> None:
    with pytest.raises(ValueError, match="column"):
        parse(expression)


def test_a_long_expression_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 1000 characters"):
        parse("a" * 1_001)


def quoted(expression: str) -> str:
    return "'x=~\"" + expression.replace("\\", "\\\\").replace("'", "''") + "\"'"


@needs_amtool
@pytest.mark.prometheus
def test_expressions_mean_what_they_mean_to_alertmanager(tmp_path: Path) -> None:
    path = tmp_path / "all.yml"
    path.write_text(
        "route:\n  receiver: none\n  routes:\n"
        + "".join(
            f"  - {{receiver: r{n}, continue: true, matchers: [{quoted(one)}]}}\n"
            for n, one in enumerate(GOOD)
        )
        + "receivers:\n- name: none\n"
        + "".join(f"- name: r{n}\n" for n in range(len(GOOD))),
        "utf-8",
    )
    ours = [Automaton(parse(one)) for one in GOOD]
    for text in TEXTS:
        wanted = set(receivers(path, {"x": text, "y": "z"})) - {"none"}
        found = {f"r{n}" for n, one in enumerate(ours) if one.fullmatch(text)}
        differ = {GOOD[int(name[1:])] for name in wanted ^ found}
        assert not differ, (text, differ)


@needs_amtool
@pytest.mark.prometheus
def test_alertmanager_refuses_what_is_refused_here(tmp_path: Path) -> None:
    path = tmp_path / "one.yml"
    for expression in BAD:
        path.write_text(
            "route:\n  receiver: r\n  routes:\n"
            f"  - matchers: [{quoted(expression)}]\nreceivers: [{{name: r}}]\n",
            "utf-8",
        )
        assert not accepts(path), expression
