"""Ada brings a file along; it is tried, taken in, taken back."""

import io
from typing import Any

import pytest
from flask import Flask

from models.base import db, now, transaction
from models.data_import import DataImport
from tests.people import House
from triage.importing import taking


class Bringing:
    """One file, through its turns."""

    def __init__(self, app: Flask, house: House) -> None:
        self.settings, self.house = app.extensions["settings"], house
        self.import_id = 0

    def try_out(self, kind: str, content: bytes, **asked: Any) -> DataImport:
        """`asked`: source, columns, separator."""
        with transaction():
            file = io.BytesIO(content)
            made = DataImport.take(kind, "file", file, by=self.ada, at=now())
            made.try_out({"source": "Zammad"} | asked, by=self.ada, at=now())
            self.import_id = made.id
        return self.turn()

    def run(self) -> DataImport:
        with transaction():
            self.standing.run(by=self.ada, at=now())
        return self.turn()

    def undo(self) -> DataImport:
        with transaction():
            self.standing.undo(by=self.ada, at=now())
        return self.turn()

    def turn(self) -> DataImport:
        taking.take_waiting("child", self.settings)
        return self.standing

    @property
    def standing(self) -> DataImport:
        db.session.expire_all()
        return db.session.get_one(DataImport, self.import_id)

    @property
    def ada(self) -> Any:
        """As the session knows her now: an import leaves nothing of before in memory."""
        return db.session.merge(self.house.ada)


@pytest.fixture
def bringing(app: Flask, house: House) -> Bringing:
    return Bringing(app, house)
