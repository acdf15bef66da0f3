"""Pictures and pages are drawn by a child that may be killed: in bounded time, whatever comes."""

import os
import threading
import time
import warnings
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from triage.intake import pictures
from triage.intake.child import within_limits

MEGABYTE = 1024 * 1024


def drawn(size: tuple[int, int], mode: str = "RGB", kind: str = "PNG") -> bytes:
    content = BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Image.new(mode, size, 0).save(content, kind)
    return content.getvalue()


def size_of(picture: pictures.Drawn | None) -> tuple[int, int]:
    assert picture is not None
    return Image.open(BytesIO(picture.content)).size


# --- the child ------------------------------------------------------------------------------


def test_what_a_child_computes_comes_back_whole() -> None:
    assert within_limits(lambda: b"x" * 3 * MEGABYTE) == b"x" * 3 * MEGABYTE
    assert within_limits(lambda: b"") == b""


@pytest.mark.parametrize(
    "work",
    [
        lambda: 1 / 0,
        lambda: os._exit(0),
        lambda: os.kill(os.getpid(), 9),
        lambda: bytes(900 * MEGABYTE),
        lambda: "not bytes",
    ],
    ids=["raises", "leaves", "is killed", "takes all memory", "answers nonsense"],
)
def test_a_child_that_fails_is_no_answer(work) -> None:
    assert within_limits(work) is None


def test_a_child_that_never_ends_is_ended() -> None:
    def spin() -> bytes:
        while True:
            pass

    begun = time.monotonic()
    assert within_limits(spin, cpu_seconds=1, wall_seconds=20) is None
    assert within_limits(lambda: time.sleep(60) or b"", wall_seconds=0.3) is None
    assert time.monotonic() - begun < 15


def test_no_child_stays_behind() -> None:
    before = children()
    assert within_limits(lambda: b"x") == b"x"
    assert children() <= before


def children() -> set[str]:
    """The children of this thread, as Linux tells them; others tell nothing."""
    told = Path(f"/proc/self/task/{threading.get_native_id()}/children")
    return set(told.read_text().split()) if told.exists() else set()


# --- pictures -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", pictures.FORMATS)
def test_pictures_of_all_common_kinds_are_drawn_small(kind: str) -> None:
    assert size_of(pictures.picture(drawn((2400, 600), kind=kind))) == (1200, 300)
    assert pictures.size(drawn((2400, 600), kind=kind)) == (1200, 300)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_pictures_of_all_depths_are_drawn(mode: str) -> None:
    picture = pictures.picture(drawn((50, 40), mode))
    assert size_of(picture) == (50, 40)
    assert picture is not None
    assert picture.content_type == ("image/png" if "A" in mode else "image/jpeg")


def test_a_picture_taken_sideways_stands_upright() -> None:
    content, turned = BytesIO(), Image.Exif()
    turned[0x0112] = 6
    Image.new("RGB", (2400, 1200)).save(content, "JPEG", exif=turned)
    assert size_of(pictures.picture(content.getvalue())) == (600, 1200)
    assert pictures.size(content.getvalue()) == (600, 1200)


def test_nothing_of_the_file_itself_is_passed_on() -> None:
    content, hidden = BytesIO(), Image.Exif()
    hidden[0x010E] = "<script>alert(1)</script>"
    Image.new("RGB", (50, 50)).save(content, "JPEG", exif=hidden, comment=b"<script>")
    picture = pictures.picture(content.getvalue() + b"<script>alert(2)</script>")
    assert picture is not None
    assert b"<script>" not in picture.content


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x",
        b"\x89PNG\r\n\x1a\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n",
        drawn((300, 300))[:-40],
        drawn((30_000, 30_000), "1"),
    ],
    ids=["empty", "letter", "header", "svg", "postscript", "cut", "bomb"],
)
def test_what_cannot_be_drawn_is_none(content: bytes) -> None:
    assert pictures.picture(content) is None
    assert pictures.size(content) is None


def test_the_bound_of_pixels_fits_into_the_bound_of_memory() -> None:
    assert size_of(pictures.picture(drawn((7_000, 7_000), "RGBA"))) == (1200, 1200)


# --- pages ----------------------------------------------------------------------------------


def document(pages: int, size: tuple[int, int] = (210, 297)) -> bytes:
    content = BytesIO()
    sheets = [Image.new("RGB", size, "white") for _ in range(pages)]
    sheets[0].save(content, "PDF", save_all=True, append_images=sheets[1:])
    return content.getvalue()


def test_pages_are_counted_and_drawn() -> None:
    content = document(3)
    assert pictures.pages(content) == 3
    page = pictures.page(content, 3)
    assert page is not None and page.content_type == "image/png"
    assert max(size_of(page)) <= 1200


@pytest.mark.parametrize("number", [-1, 0, 4, 21])
def test_a_page_that_is_not_there_is_none(number: int) -> None:
    assert pictures.page(document(3), number) is None


@pytest.mark.parametrize("content", [b"", b"%PDF-1.4", b"%PDF-1.7\n" + b"0" * 500, drawn((9, 9))])
def test_what_is_no_document_has_no_pages(content: bytes) -> None:
    assert pictures.pages(content) is None
    assert pictures.page(content, 1) is None


@pytest.mark.parametrize("size", [(14_000, 14), (3, 9_000)])
def test_a_sheet_of_any_shape_stays_within_bounds(size: tuple[int, int]) -> None:
    page = pictures.page(document(1, size), 1)
    assert max(size_of(page)) <= 1201
