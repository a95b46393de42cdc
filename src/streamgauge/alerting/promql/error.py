"""What can be wrong with an expression: when it is read, and when it is evaluated."""


class OutsideSubsetError(ValueError):
    """The expression is no PromQL, or PromQL beyond the subset; names construct and column."""

    @classmethod
    def at(cls, text: str, column: int, what: str) -> "OutsideSubsetError":
        r"""What is wrong at a column of the whole text, from 1; of several lines one is shown.

        >>> print(OutsideSubsetError.at("a\n  > > b\n", 7, "unexpected '>'"))
        '> > b', line 2, column 5: unexpected '>'
        """
        before = text[: column - 1]
        if "\n" not in text.rstrip("\n"):
            return cls(f"{text!r}, column {column}: {what}")
        row, start = before.count("\n"), before.rfind("\n") + 1
        line = text.split("\n")[row].strip()
        return cls(f"{line!r}, line {row + 1}, column {column - start}: {what}")


class EvaluationError(ValueError):
    """The expression has no result on these series, as in Prometheus.

    Many elements meet many, or two results have one set of labels.
    """
