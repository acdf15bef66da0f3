"""Where this installation keeps its files: a folder, or a bucket when FILES_URL names one."""

from importlib import import_module

from models.filestore import FileStore
from triage.config import Settings, SettingsError


def chosen(settings: Settings) -> FileStore:
    """The store that the settings name; a bucket's client is loaded only when there is one."""
    if not settings.files_url:
        return FileStore(settings.files_dir)
    try:
        objects = import_module("models.object_store")
    except ModuleNotFoundError as missing:
        raise SettingsError(
            f"FILES_URL needs a client that is not installed ({missing.name}): "
            "pip install 'triage[s3]'"
        ) from None
    store: FileStore = objects.ObjectStore(
        objects.Bucket.at(
            settings.files_url, settings.s3_endpoint, settings.s3_access_key, settings.s3_secret_key
        )
    )
    return store
