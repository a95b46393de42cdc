"""Lines of TOML files, as messages name them."""

from streamgauge.toml_line import line_of


def test_a_line_is_found_in_tables_of_tables() -> None:
    text = '[[models]]\nname = "a"\n[models.versions]\n"1" = 1\n[[models]]\nname = "b"\n'
    assert line_of(text, ["models", 1, "name"]) == 6
    assert line_of(text, ["models", 0, "versions", "2"]) == 3
    assert line_of(text, ["nowhere"]) == 1
