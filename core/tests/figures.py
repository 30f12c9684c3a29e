"""What tests measured, shown at the end of the run, also when they passed."""

_shown: list[str] = []


def show(figure: str) -> None:
    _shown.append(figure)


def all_shown() -> list[str]:
    return list(_shown)
