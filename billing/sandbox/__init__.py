"""A payment provider that takes no money: its books, its pages, its clock and the events that it sends.

It stands for another company. The rest of Plaza knows `billing.gateway.sandbox` and what arrives by webhook, and
nothing in here.
"""


class Refused(Exception):
    """The sandbox will not; `code` says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)
