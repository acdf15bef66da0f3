"""Where files lie that somebody takes along: each has its days, then it is gone."""

from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from flask import current_app

from models.base import now, transaction
from models.data_export import DataExport
from models.job_slot import JobSlot
from triage.config import Settings

HALF = timedelta(days=1)
"""After so long a file that nobody knows is what a dead worker has left."""


def folder_of(settings: Settings) -> Path:
    return settings.data_dir / "exports"


def path_of(export: DataExport, settings: Settings) -> Path | None:
    """The file, where there is one and it lies on this machine."""
    if not export.file_place:
        return None
    path = folder_of(settings) / Path(export.file_place).name
    return path if path.is_file() else None


def tend(at: datetime) -> None:
    """Once a night."""
    with transaction():
        if not JobSlot.take("exports", f"{at - timedelta(hours=2):%Y-%m-%d}"):
            return
    settings: Settings = current_app.extensions["settings"]
    tidy(at, settings)


def tidy(at: datetime, settings: Settings) -> None:
    """Delete the files whose days are over, and those that were never finished."""
    with transaction():
        gone = [export.let_go() for export in DataExport.over(at)]
        known = DataExport.places()
    _delete(gone, settings)
    folder, old = folder_of(settings), (now() - HALF).timestamp()
    for path in folder.glob("*") if folder.is_dir() else ():
        with suppress(FileNotFoundError):
            if path.name not in known and path.stat().st_mtime < old:
                path.unlink()


def drop(place: str, settings: Settings) -> None:
    _delete([place], settings)


def _delete(places: list[str], settings: Settings) -> None:
    for place in filter(None, places):
        (folder_of(settings) / Path(place).name).unlink(missing_ok=True)
