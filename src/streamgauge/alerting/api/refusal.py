"""A request that is not done, with the sentence that its sender gets."""


class RefusedError(Exception):
    """The answer has `status` and, as Alertmanager's have, the sentence as a JSON string.

    With `code` it is an object with code and message instead: so Alertmanager answers to a body
    that it cannot read.
    """

    def __init__(self, status: int, said: str, code: int | None = None) -> None:
        super().__init__(said)
        self.status, self.code = status, code

    def body(self) -> object:
        """What is sent as JSON."""
        said = str(self)
        return said if self.code is None else {"code": self.code, "message": said}
