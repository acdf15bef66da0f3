"""The files that clients and agents enclose: drawn and written here, so that the tree holds none.

The same words always give the same bytes.
"""

import io
import random
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont
from pypdfium2 import PdfDocument

A4 = (595, 842)
PDF_LINES = 44
PAPER, TABLE = (250, 248, 240), (104, 84, 66)
LONG_AGO = (2020, 4, 1, 8, 0, 0)


@dataclass(frozen=True)
class Paper:
    """A file as it is enclosed."""

    name: str
    content_type: str
    content: bytes


def drawn(kind: str, name: str, lines: Sequence[str]) -> Paper:
    """A paper of a kind of `KINDS`, called `name`, on which these lines stand."""
    content_type, draw = KINDS[kind]
    return Paper(name, content_type, draw(lines, random.Random(name)))


def certificate(lines: Sequence[str], _: random.Random) -> bytes:
    """A PDF of text: a line `---` begins a new page, the first line of each is its heading."""
    pages: list[list[str]] = [[]]
    for line in lines:
        if line == "---":
            pages.append([])
        else:
            pages[-1].append(line)
    return pdf([page[:PDF_LINES] for page in pages])


def pdf(pages: Sequence[Sequence[str]]) -> bytes:
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, lines in enumerate(pages):
        shown = page_content(lines)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {A4[0]} {A4[1]}] "
            f"/Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * number} 0 R >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(shown), shown))
    file = io.BytesIO()
    file.write(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(file.tell())
        file.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    table = file.tell()
    file.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    file.writelines(b"%010d 00000 n \n" % place for place in places)
    file.write(
        b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    )
    return file.getvalue()


def page_content(lines: Sequence[str]) -> bytes:
    parts = [b"BT /F1 16 Tf 60 770 Td 16 TL"]
    for position, line in enumerate(lines):
        written = line.encode("cp1252", "replace")
        for sign in (b"\\", b"(", b")"):
            written = written.replace(sign, b"\\" + sign)
        parts.append(b"(%s) Tj T*" % written)
        if position == 0:
            parts.append(b"/F1 11 Tf T*")
    return b"\n".join([*parts, b"ET"])


def photographed_letter(lines: Sequence[str], chance: random.Random) -> bytes:
    """A sheet on a table, a little askew, as a telephone sees it."""
    askew = sheet_of(lines).rotate(
        chance.uniform(-2.2, 2.2), Image.Resampling.BILINEAR, expand=True, fillcolor=TABLE
    )
    photo = Image.new("RGB", (760, 960), TABLE)
    photo.paste(askew, ((760 - askew.width) // 2, (960 - askew.height) // 2))
    return encoded(photo.filter(ImageFilter.GaussianBlur(0.5)), "JPEG", quality=76)


def screenshot(lines: Sequence[str], _: random.Random) -> bytes:
    return encoded(sheet_of(lines).crop((0, 0, A4[0], 300)), "PNG")


def large_photo(lines: Sequence[str], chance: random.Random) -> bytes:
    """About 2 MB: a door with a notice, and the grain of a telephone's camera at dusk."""
    photo = Image.new("RGB", (1600, 1200), (116, 124, 118))
    ImageDraw.Draw(photo).rectangle((380, 120, 1220, 1200), fill=(70, 48, 40))
    photo.paste(sheet_of(lines).crop((0, 0, A4[0], 560)), (500, 330))
    tile = Image.frombytes("L", (400, 300), chance.randbytes(120_000))
    grain = Image.new("L", photo.size)
    for left in range(0, 1600, 400):
        for top in range(0, 1200, 300):
            grain.paste(tile.rotate(180 if (left + top) % 200 else 0), (left, top))
    grained = Image.blend(photo, Image.merge("RGB", (grain, grain, grain)), 0.32)
    return encoded(grained, "JPEG", quality=98)


def sheet_of(lines: Sequence[str]) -> Image.Image:
    """A sheet with these words: by way of a PDF, whose letters have accents everywhere."""
    with PdfDocument(pdf([lines])) as written:
        page: Image.Image = written[0].render(scale=1).to_pil().convert("RGB")
    return ImageChops.multiply(page, Image.new("RGB", page.size, PAPER))


def logo(name: str) -> bytes:
    """The sign that a firm's mail program puts below each mail."""
    chance = random.Random(name)
    colour = tuple(chance.randrange(30, 170) for _ in range(3))
    sign = Image.new("RGB", (150, 44), "white")
    draw = ImageDraw.Draw(sign)
    draw.rounded_rectangle((2, 4, 38, 40), 8, fill=colour)
    initials = "".join(word[0] for word in name.split()[:2]).upper()
    draw.text((8, 12), initials, font=ImageFont.load_default(17), fill="white")
    draw.text((46, 15), name[:16], font=ImageFont.load_default(13), fill=colour)
    return encoded(sign, "PNG")


def encoded(image: Image.Image, form: str, **options: int) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def workbook(lines: Sequence[str], _: random.Random) -> bytes:
    """A sheet of one table; `;` separates the cells of a line."""
    rows = "".join(
        "<row>"
        + "".join(
            f'<c t="inlineStr"><is><t>{escape(cell)}</t></is></c>' for cell in line.split(";")
        )
        + "</row>"
        for line in lines
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    links = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return office(
        "xl/workbook.xml",
        "spreadsheetml.sheet.main",
        {
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{links}"><sheets>'
            '<sheet name="1" sheetId="1" r:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": relation(f"{links}/worksheet", "worksheets/sheet1.xml"),
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{rows}'
            "</sheetData></worksheet>",
        },
        {"/xl/worksheets/sheet1.xml": "spreadsheetml.worksheet"},
    )


def document(lines: Sequence[str], _: random.Random) -> bytes:
    main = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    paragraphs = "".join(f"<w:p><w:r><w:t>{escape(line)}</w:t></w:r></w:p>" for line in lines)
    return office(
        "word/document.xml",
        "wordprocessingml.document.main",
        {
            "word/document.xml": f'<w:document xmlns:w="{main}"><w:body>{paragraphs}</w:body>'
            "</w:document>"
        },
    )


def office(
    start: str, kind: str, parts: dict[str, str], others: dict[str, str] | None = None
) -> bytes:
    """A package of office documents, with the least that programs ask for."""
    form = "application/vnd.openxmlformats-officedocument."
    named = {f"/{start}": kind} | (others or {})
    overrides = "".join(
        f'<Override PartName="{part}" ContentType="{form}{named[part]}+xml"/>' for part in named
    )
    packages = "application/vnd.openxmlformats-package.relationships+xml"
    types = "http://schemas.openxmlformats.org/package/2006/content-types"
    links = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    whole = {
        "[Content_Types].xml": f'<Types xmlns="{types}">'
        f'<Default Extension="rels" ContentType="{packages}"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>',
        "_rels/.rels": relation(f"{links}/officeDocument", start),
    } | parts
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in whole.items():
            head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
            package.writestr(zipfile.ZipInfo(name, LONG_AGO), head + content)
    return file.getvalue()


def relation(kind: str, target: str) -> str:
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    return (
        f'<Relationships xmlns="{package}">'
        f'<Relationship Id="rId1" Type="{kind}" Target="{target}"/></Relationships>'
    )


_OFFICE = "application/vnd.openxmlformats-officedocument."
Draw = Callable[[Sequence[str], random.Random], bytes]
KINDS: dict[str, tuple[str, Draw]] = {
    "pdf": ("application/pdf", certificate),
    "letter": ("image/jpeg", photographed_letter),
    "photo": ("image/jpeg", large_photo),
    "screen": ("image/png", screenshot),
    "xlsx": (f"{_OFFICE}spreadsheetml.sheet", workbook),
    "docx": (f"{_OFFICE}wordprocessingml.document", document),
}
