"""Files that a program brings: judged by what they hold, as on the public form, and kept sealed."""

import base64
import binascii
import io
import mimetypes
from collections.abc import Iterator
from typing import Any

from apiflask import Schema, fields
from flask_babel import force_locale
from marshmallow import validate
from werkzeug.datastructures import FileStorage

from models.files import Blob
from models.filestore import NoRoom
from models.web_form_draft import SentFile
from triage import routing
from triage.api.asking import refused_fields
from triage.api.door import Problem
from triage.config import Settings
from triage.forms.uploads import received

FULL = {"Retry-After": "300"}


class FileGiven(Schema):
    """A file, its content in base64."""

    name = fields.String(required=True, validate=validate.Length(1, 200))
    content = fields.String(required=True, validate=validate.Length(1))


def files_given(most: int) -> fields.List[Any]:
    """The field in which files come along."""
    return fields.List(
        fields.Nested(FileGiven), load_default=list, validate=validate.Length(max=most)
    )


def files_in(given: list[dict[str, str]], settings: Settings) -> list[SentFile]:
    """Files by what they hold; each that cannot be taken is refused with the reason."""
    kept: list[SentFile] = []
    faults: list[dict[str, str]] = []
    with force_locale("en"):
        for place, one in enumerate(given):
            try:
                content = base64.b64decode(one["content"], validate=True)
            except (ValueError, binascii.Error):
                faults.append({"pointer": f"/files/{place}/content", "detail": "Not base64."})
                continue
            file = FileStorage(io.BytesIO(content), filename=one["name"])
            size = sum(len(other.content) for other in kept)
            taken, refused = received([file], settings, kept=len(kept), kept_bytes=size)
            kept += taken
            faults += [{"pointer": f"/files/{place}", "detail": no.why} for no in refused]
    if faults:
        raise refused_fields(faults)
    return kept


def kept_files(given: list[dict[str, str]], settings: Settings) -> Iterator[dict[str, Any]]:
    """What a row says of each file, its content kept already; 503 while the disk is full."""
    for file in files_in(given, settings):
        try:
            digest = Blob.keep(file.content)
        except NoRoom:
            raise Problem(503, "Nothing can be kept just now.", headers=FULL) from None
        yield {
            "name": routing.masked(file.name),
            "content_type": mimetypes.guess_type(file.name)[0] or file.content_type,
            "size": len(file.content),
            "sha256": digest,
        }
