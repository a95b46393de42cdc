"""What can be wrong with an expression: when it is read, and when it is evaluated."""


class OutsideSubsetError(ValueError):
    """The expression is no PromQL, or PromQL beyond the subset; names construct and column."""


class EvaluationError(ValueError):
    """The expression has no result on these series, as in Prometheus.

    Many elements meet many, or two results have one set of labels.
    """
