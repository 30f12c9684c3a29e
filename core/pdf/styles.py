"""How a line looks: sizes in points, colours as PDF's red, green and blue from 0 to 1."""

from typing import NamedTuple

INK, MUTED, ACCENT, RULE = "0.09 0.1 0.13", "0.4 0.43 0.48", "0.11 0.33 0.75", "0.84 0.85 0.88"

PAGE = (595.28, 841.89)  # A4
MARGIN = 54.0  # at the sides and above
BOTTOM = 64.0  # what is below the last line of text; the footer stands in it
FOOTER = 36.0  # of its base line


class Style(NamedTuple):
    size: float
    leading: float  # from one base line to the next: enough for Thai, Arabic and Devanagari marks
    colour: str = INK
    bold: bool = False


STYLES = {
    "body": Style(10, 15.5),
    "muted": Style(9, 14, MUTED),
    "small": Style(8, 12.5, MUTED),
    "strong": Style(10, 15.5, INK, bold=True),
    "link": Style(10, 15.5, ACCENT),
}
HEADINGS = {1: Style(18, 27, INK, bold=True), 2: Style(13, 20, INK, bold=True), 3: Style(11, 17, INK, bold=True)}
SPACE_ABOVE = {1: 6.0, 2: 14.0, 3: 10.0}  # of headings
