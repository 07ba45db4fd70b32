"""A storage of your own with the files in S3, by boto3, and the records in a database, by SQLAlchemy.

    engine, s3 = create_engine("postgresql://..."), boto3.client("s3")
    storage = S3Storage(engine, s3, "my-bucket", "https://img.example/")
    uploader = userimage.Uploader(storage, keys={1001: "abc123"}, http={"files": True, "list": True})

An upload writes both files first and then the record: an image is there once its record is. What is left when
that is interrupted, files without a record, ``uploader.sweep`` removes.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Optional

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from sqlalchemy_storage import DatabaseStorage, Image

import userimage

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
else:
    S3Client = Any


class S3Storage(DatabaseStorage):
    """Files in a bucket, records in a database."""

    def __init__(self, engine: Engine, s3: S3Client, bucket: str, base_url: str) -> None:
        """``base_url`` is the start of the URLs of files; it may be that of the bucket."""
        super().__init__(engine, base_url)
        self.s3 = s3
        self.bucket = bucket

    def store(self, image: userimage.NewImage) -> userimage.StoredImage:
        """Store the files, then the record. Their names are new, so nothing is overwritten."""
        self.put(image.original_key, image.original, image.mime_type)
        self.put(image.standard_key, image.standard, image.standard_mime_type)
        with Session(self.engine) as session, session.begin():
            return self.image_of(self.insert(session, image))

    def put(self, key: str, data: bytes, mime_type: str) -> None:
        """Write a file. S3 answers once it is stored durably, and checks its bytes."""
        self.s3.put_object(
            Bucket=self.bucket,
            Key=key,
            Body=data,
            ContentType=mime_type,
            CacheControl="public, max-age=31536000, immutable",
        )

    def read(self, website_id: int, id: int, variant: str) -> Optional[bytes]:
        """Return the bytes of a file. Further renditions are not kept."""
        if variant not in ("original", "standard"):
            return None
        image = self.find(website_id, id)
        if image is None:
            return None
        key = image.original_key if variant == "original" else image.standard_key
        return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def delete(self, website_id: int, id: int) -> bool:
        """Delete the record, then the files."""
        with Session(self.engine) as session, session.begin():
            row = session.get(Image, id)
            if row is None or row.website_id != website_id:
                return False
            keys = [row.original_key, row.standard_key]
            session.delete(row)
        for key in keys:
            self.s3.delete_object(Bucket=self.bucket, Key=key)
        return True

    def sweep(self, min_age: timedelta) -> userimage.SweepReport:
        """Delete files without a record that are older than ``min_age``."""
        before, removed = datetime.now(timezone.utc) - min_age, 0
        pages = self.s3.get_paginator("list_objects_v2")
        for prefix in ("original/", "standard/"):
            for page in pages.paginate(Bucket=self.bucket, Prefix=prefix):
                keys = [
                    item["Key"]
                    for item in page.get("Contents", ())
                    if item["LastModified"] < before
                ]
                for key in self.without_record(keys):
                    self.s3.delete_object(Bucket=self.bucket, Key=key)
                    removed += 1
        return userimage.SweepReport(0, removed)

    def without_record(self, keys: list[str]) -> list[str]:
        """Return the keys that no record has."""
        known: set[str] = set()
        with Session(self.engine) as session:
            for column in (Image.original_key, Image.standard_key):
                known.update(session.scalars(select(column).where(column.in_(keys))))
        return [key for key in keys if key not in known]
