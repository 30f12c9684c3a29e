"""The figures for people: a table, and a picture for the README."""

from pathlib import Path

from laboratory import Line, Result, held_back
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT, LEFT, BAR = 1140, 44, 690, 18
FONT = Path(__file__).resolve().parent.parent.parent / "core/pdf/fonts/NotoSans.ttf"
INK, SOFT, WON, LOST, PAPER = "#1d2030", "#6a6f85", "#4f5bd5", "#c2562d", "#ffffff"


def table(name: str, result: Result) -> str:
    lines = [f"{name}{'  VOID: ' + result.void if result.void else ''}"]
    for line in result.lines:
        lines.append(f"  {line.what}")
        beside = f"   peer {shown(line.peer)} {line.unit}   ratio {line.ratio:.2f}" if line.ratio is not None else ""
        verdict = {True: "met", False: "NOT MET", None: ""}[line.met]
        lines.append(f"      {shown(line.ours)} {line.unit}{beside}   goal {line.goal}   {verdict}")
        if line.note:
            lines.append(f"      ({line.note})")
    if remark := held_back(result.runs):
        lines.append(f"  {remark}")
    return "\n".join(lines)


def shown(number: float | None) -> str:
    if number is None:
        return "-"
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def plot(lines: list[Line], path: Path, caption: str) -> None:
    """Each ratio as how many times better ours is; the line in the middle is “the same”."""
    compared = [line for line in lines if line.ratio]
    picture = Image.new("RGB", (WIDTH, 90 + HEIGHT * len(compared)), PAPER)
    draw = ImageDraw.Draw(picture)
    text, small = (ImageFont.truetype(FONT, size) for size in (15, 12))
    draw.text((20, 16), "Plaza beside Socket.IO: times better (right) or worse (left)", INK, text)
    draw.text((20, 40), caption, SOFT, small)
    for number, line in enumerate(compared):
        draw_bar(draw, 74 + HEIGHT * number, line, text, small)
    bottom = 74 + HEIGHT * len(compared)
    draw.line((LEFT, 70, LEFT, bottom), SOFT)
    picture.save(path, optimize=True)


def draw_bar(
    draw: ImageDraw.ImageDraw, top: int, line: Line, text: ImageFont.FreeTypeFont, small: ImageFont.FreeTypeFont
) -> None:
    better = line.ratio if line.goal.startswith("≥") else 1 / (line.ratio or 1)
    assert better is not None  # noqa: S101 - only lines with a ratio are drawn
    length = min(abs(scaled(better)), 330)
    start, stop = (LEFT, LEFT + length) if better >= 1 else (LEFT - min(length, 90), LEFT)
    draw.rectangle((start, top, stop, top + BAR), fill=WON if better >= 1 else LOST)
    draw.text((stop + 6, top), f"{better:.2g} ×", INK, text)
    words = line.what if len(line.what) < 96 else line.what[:94] + "…"
    draw.text((20, top + 2), words, INK, small)
    draw.text(
        (20, top + 18), f"{shown(line.ours)} and {shown(line.peer)} {line.unit}; goal {spelled(line.goal)}", SOFT, small
    )


def spelled(goal: str) -> str:
    """The font has no signs for these."""
    return goal.replace("≥", "at least").replace("≤", "at most").replace("<", "below")


def scaled(better: float) -> float:
    """Doublings, so that 30 × and 1.2 × fit on one sheet."""
    import math

    return 60 * math.log2(better)
