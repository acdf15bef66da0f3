"""Pictures and pages of documents, drawn anew and small: what reaches a browser is ours.

The programs that read them meet bytes of strangers, so they run in a child that can be killed.
"""

import warnings
from io import BytesIO
from typing import NamedTuple

import pypdfium2
from PIL import Image, ImageOps

from triage.intake.child import within_limits

SIDE = 1_200
"""Pixels of the longer side."""
PAGES = 20
PIXELS = 50_000_000
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "AVIF")
_ORIENTATION, _LYING = 0x0112, 5
_POINTS_TO_PIXELS = 3.0


class Drawn(NamedTuple):
    """A picture as a browser may show it."""

    content: bytes
    content_type: str


def picture(content: bytes) -> Drawn | None:
    """The picture with at most `SIDE` pixels a side; None when it is broken or unbearable."""
    drawn = within_limits(lambda: _picture(content))
    if drawn is None:
        return None
    return Drawn(drawn, "image/png" if drawn.startswith(b"\x89PNG") else "image/jpeg")


def size(content: bytes) -> tuple[int, int] | None:
    """Width and height that `picture` will have; None when it will be None too."""
    told = within_limits(lambda: _size(content))
    return None if told is None else (int.from_bytes(told[:4]), int.from_bytes(told[4:]))


def page(content: bytes, number: int) -> Drawn | None:
    """The page of a PDF with that number, counted from 1 to `PAGES`."""
    if not 1 <= number <= PAGES:
        return None
    drawn = within_limits(lambda: _page(content, number))
    return Drawn(drawn, "image/png") if drawn is not None else None


def pages(content: bytes) -> int | None:
    """How many pages a PDF has; None when it is broken or locked."""
    count = within_limits(lambda: _pages(content))
    return int.from_bytes(count) if count is not None else None


def _picture(content: bytes) -> bytes:
    with _opened(content) as opened:
        seen_through = opened.has_transparency_data
        mode = "RGBA" if seen_through else "RGB"
        shown = opened if opened.mode == mode else opened.convert(mode)
        shown.thumbnail((SIDE, SIDE))
        ImageOps.exif_transpose(shown, in_place=True)
        shown.info.clear()  # what the file says beside its picture stays behind
        drawn = BytesIO()
        shown.save(drawn, "PNG" if seen_through else "JPEG", quality=85)
    return drawn.getvalue()


def _size(content: bytes) -> bytes:
    with _opened(content) as opened:
        turned = opened.getexif().get(_ORIENTATION, 1) >= _LYING
        width, height = opened.size[::-1] if turned else opened.size
        opened.load()
    share = min(1.0, SIDE / max(width, height))
    return b"".join(max(1, round(side * share)).to_bytes(4) for side in (width, height))


def _opened(content: bytes) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    opened = Image.open(BytesIO(content), formats=FORMATS)
    opened.draft("RGB", (SIDE, SIDE))
    return opened


def _page(content: bytes, number: int) -> bytes:
    document = pypdfium2.PdfDocument(content)
    sheet = document[number - 1]
    scale = min(_POINTS_TO_PIXELS, SIDE / max(*sheet.get_size(), 1))
    drawn = BytesIO()
    sheet.render(scale=scale).to_pil().convert("RGB").save(drawn, "PNG")
    return drawn.getvalue()


def _pages(content: bytes) -> bytes:
    return len(pypdfium2.PdfDocument(content)).to_bytes(4)
