"""Where a person's picture is found. `accounts.avatars` makes its files, `core.media` serves them."""

SIZES = (48, 96, 256)  # pixels, square
SMALL, LARGE = 96, 256
FOLDER = "avatars"


def avatar_path(name: str, size: int = SMALL) -> str:
    return f"/media/{avatar_file(name, size)}"


def avatar_file(name: str, size: int) -> str:
    """In the default storage."""
    return f"{FOLDER}/{name}-{size}.webp"


def avatar_files(name: str) -> list[str]:
    return [avatar_file(name, size) for size in SIZES]
