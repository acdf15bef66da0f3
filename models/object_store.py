"""The files in an object store that speaks S3, for houses of several machines: the same verbs.

Files are sealed before they get here, and bear the digest of their content. A claim copies the
object onto itself, which sets its time anew.
"""

import io
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from minio import Minio
from minio.commonconfig import REPLACE, CopySource
from minio.error import MinioException, S3Error
from urllib3 import PoolManager, Retry, Timeout
from urllib3.exceptions import HTTPError

from models.filestore import FAULTS, OWNER, FileStore, Lost, NoRoom, is_digest, said_of_faults

_GONE = ("NoSuchKey", "NoSuchObject", "NotFound")
_TIMEOUT = Timeout(connect=3, read=20)
_RETRIES = Retry(total=2, backoff_factor=0.2, status_forcelist=(500, 502, 503, 504))


@dataclass(frozen=True)
class Bucket:
    """Where the objects lie and who we are there."""

    endpoint: str
    name: str
    prefix: str
    access_key: str
    secret_key: str

    @classmethod
    def at(cls, url: str, endpoint: str, access_key: str, secret_key: str) -> "Bucket":
        """Of `s3://bucket/prefix`."""
        address = urlsplit(url)
        prefix = address.path.strip("/")
        return cls(endpoint, address.netloc, f"{prefix}/" if prefix else "", access_key, secret_key)


class ObjectStore(FileStore):
    """Sealed files in a bucket, as `ab/cd/<digest>` under its prefix."""

    def __init__(self, bucket: Bucket) -> None:
        super().__init__(Path(bucket.name))
        self.bucket = bucket
        address = urlsplit(bucket.endpoint)
        self._client = Minio(
            address.netloc,
            access_key=bucket.access_key,
            secret_key=bucket.secret_key,
            secure=address.scheme == "https",
            http_client=PoolManager(timeout=_TIMEOUT, retries=_RETRIES, maxsize=16),
        )

    def keep(self, digest: str, sealed: bytes) -> None:
        with _reached():
            self._put(self._place(digest), sealed)
            self._delete(self._fault(digest))

    def open(self, digest: str) -> bytes:
        try:
            return self._get(self._place(digest))
        except (MinioException, HTTPError) as error:
            if _is_gone(error):
                self.blame(digest)
                raise Lost(digest, "missing") from error
            raise Lost(digest, "not reachable") from error

    def has(self, digest: str) -> bool:
        with _reached():
            return self._stands(self._place(digest)) and not self._stands(self._fault(digest))

    def claim(self, digest: str) -> bool:
        place = self._place(digest)
        try:
            with _reached():
                self._client.copy_object(
                    bucket_name=self.bucket.name,
                    object_name=place,
                    source=CopySource(bucket_name=self.bucket.name, object_name=place),
                    metadata_directive=REPLACE,
                )
        except NoRoom as error:
            if _is_gone(error.__cause__):
                return False
            raise
        return self.has(digest)

    def sweep(
        self,
        part: str,
        mentioned: Callable[[Collection[str]], Collection[str]],
        before: datetime,
    ) -> int:
        with _reached():
            old = [
                digest
                for name, at in self._listed(f"{part}/")
                if at < before and is_digest(digest := name.rpartition("/")[2])
            ]
            named = mentioned(old)
            return sum(self._removed(digest, before) for digest in old if digest not in named)

    def blame(self, digest: str) -> None:
        try:
            self._put(self._fault(digest), b"")
        except (MinioException, HTTPError):
            return  # a store that cannot be written shows up as `faults` by itself

    def remove(self, digest: str) -> None:
        with _reached():
            self._delete(self._place(digest))
            self._delete(self._fault(digest))

    def forgive(self, digest: str) -> None:
        with _reached():
            self._delete(self._fault(digest))

    def faults(self) -> list[str]:
        try:
            blamed = sorted(name.rpartition("/")[2] for name, _ in self._listed(f"{FAULTS}/"))
        except (MinioException, HTTPError) as error:
            return [f"the bucket {self.bucket.name} cannot be used: {_why(error)}"]
        return said_of_faults(blamed)

    def belongs_to(self, owner: str) -> bool:
        place = f"{self.bucket.prefix}{OWNER}"
        with _reached():
            if not self._stands(place):
                self._put(place, owner.encode("ascii"))
            return self._get(place).decode("ascii") == owner

    # --- objects ----------------------------------------------------------------------------

    def _place(self, digest: str) -> str:
        if not is_digest(digest):
            raise ValueError("not a digest")
        return f"{self.bucket.prefix}{digest[:2]}/{digest[2:4]}/{digest}"

    def _fault(self, digest: str) -> str:
        return f"{self.bucket.prefix}{FAULTS}/{digest}"

    def _put(self, place: str, content: bytes) -> None:
        self._client.put_object(
            bucket_name=self.bucket.name,
            object_name=place,
            data=io.BytesIO(content),
            length=len(content),
        )

    def _get(self, place: str) -> bytes:
        answer = self._client.get_object(bucket_name=self.bucket.name, object_name=place)
        try:
            return bytes(answer.read())
        finally:
            answer.close()
            answer.release_conn()

    def _delete(self, place: str) -> None:
        self._client.remove_object(bucket_name=self.bucket.name, object_name=place)

    def _stands(self, place: str) -> bool:
        return self._time_of(place) is not None

    def _time_of(self, place: str) -> datetime | None:
        try:
            found = self._client.stat_object(bucket_name=self.bucket.name, object_name=place)
        except S3Error as error:
            if _is_gone(error):
                return None
            raise
        return found.last_modified

    def _listed(self, beginning: str) -> Iterator[tuple[str, datetime]]:
        listed = self._client.list_objects(
            bucket_name=self.bucket.name,
            prefix=f"{self.bucket.prefix}{beginning}",
            recursive=True,
        )
        for found in listed:
            if found.object_name and found.last_modified:
                yield found.object_name, found.last_modified

    def _removed(self, digest: str, before: datetime) -> bool:
        """Delete it unless somebody has claimed it since it was listed."""
        at = self._time_of(self._place(digest))
        if at is None or at >= before:
            return False
        self._delete(self._place(digest))
        return True


@contextmanager
def _reached() -> Iterator[None]:
    """Whoever cannot reach the store does the whole thing later: it is as a full disk."""
    try:
        yield
    except (MinioException, HTTPError) as error:
        raise NoRoom(None, f"the object store: {_why(error)}") from error


def _is_gone(error: BaseException | None) -> bool:
    return isinstance(error, S3Error) and error.code in _GONE


def _why(error: Exception) -> str:
    return str(error.code) if isinstance(error, S3Error) else type(error).__name__
