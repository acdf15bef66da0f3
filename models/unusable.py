"""What somebody wanted to keep or do cannot be."""


class Unusable(ValueError):
    """`reason` is one word, for pages that translate it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
