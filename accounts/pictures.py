"""Where a person's picture is found. `accounts.avatars` makes its files."""

SIZES = (48, 96, 256)  # pixels, square
SMALL = 96


def avatar_path(name: str, size: int = SMALL) -> str:
    return f"/media/avatars/{name}-{size}.webp"
