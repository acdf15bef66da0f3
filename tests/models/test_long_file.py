"""A long file lies in sealed pieces and is read as it came."""

import io

import pytest
from sqlalchemy import func, select

from models import long_file
from models.base import db, now, transaction
from models.data_import import DataImport
from models.files import Blob
from models.filestore import Lost, store
from models.long_file import LongFile, keep

CONTENT = b"".join(b"line %d\n" % number for number in range(50))


@pytest.fixture(autouse=True)
def _short_pieces(monkeypatch):
    monkeypatch.setattr(long_file, "PIECE", 100)


def test_it_is_read_as_it_came(app):
    with transaction():
        kept = keep(io.BytesIO(CONTENT))
    assert (kept.size, len(kept.pieces)) == (len(CONTENT), -(-len(CONTENT) // 100))
    assert io.BufferedReader(LongFile(kept.pieces), 64).read() == CONTENT
    lines = list(io.BufferedReader(LongFile(kept.pieces)))
    assert lines[-1] == b"line 49\n"


def test_a_piece_that_is_gone_is_told(app):
    with transaction():
        kept = keep(io.BytesIO(CONTENT))
    store().remove(kept.pieces[1])
    reader = LongFile(kept.pieces)
    assert reader.read(100) == CONTENT[:100]
    with pytest.raises(Lost):
        reader.read(1)


def test_a_file_in_pieces_goes_when_no_other_import_has_it(app, house):
    with transaction():
        first, second = (
            DataImport.take("mbox", "old", io.BytesIO(CONTENT), by=house.ada, at=now())
            for _ in range(2)
        )
        first.drop(by=house.ada, at=now())
    pieces = len(second.pieces)
    assert db.session.scalar(select(func.count()).select_from(Blob)) == pieces
    assert second.opened().read() == CONTENT
    with transaction():
        second.drop(by=house.ada, at=now())
    assert db.session.scalar(select(func.count()).select_from(Blob)) == 0
    with pytest.raises(Lost):
        second.opened()
