"""A storage of your own in a database, by SQLAlchemy: records and files in one transaction.

    storage = DatabaseStorage(create_engine("postgresql://..."), "https://img.example/")
    uploader = userimage.Uploader(storage, keys={1001: "abc123"}, http={"files": True, "list": True})

Its tables are made by ``storage.create_tables()``. `s3_storage.py` keeps the files elsewhere.
"""

from __future__ import annotations

import json
from typing import Optional

from sqlalchemy import BigInteger, Engine, Index, Integer, LargeBinary, String, Text, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, deferred, mapped_column

import userimage


class Base(DeclarativeBase):
    """The tables."""


class Image(Base):
    """A stored image. ``record`` is the library's own document of its facts."""

    __tablename__ = "images"
    __table_args__ = (
        Index("images_of_a_user", "website_id", "user_id", "id"),
        Index("images_with_the_same_bytes", "website_id", "user_id", "sha256"),
    )

    # SQLite numbers its rows only in a column of the type INTEGER.
    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    website_id: Mapped[int] = mapped_column(BigInteger)
    # What a valid request may have: 256 characters, compared letter by letter.
    user_id: Mapped[str] = mapped_column(String(256))
    sha256: Mapped[str] = mapped_column(String(64))
    original_key: Mapped[str] = mapped_column(String(80), unique=True)
    standard_key: Mapped[str] = mapped_column(String(80), unique=True)
    photo_code: Mapped[Optional[str]] = mapped_column(String(20))
    record: Mapped[str] = mapped_column(Text)


class Files(Base):
    """The files of an image."""

    __tablename__ = "image_files"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    original: Mapped[bytes] = deferred(mapped_column(LargeBinary))
    standard: Mapped[bytes] = deferred(mapped_column(LargeBinary))


class DatabaseStorage:
    """Records and files in a database. Any number of threads and processes may use it."""

    def __init__(self, engine: Engine, base_url: str) -> None:
        """``base_url`` is the start of the URLs of files."""
        self.engine = engine
        self.base_url = base_url

    def create_tables(self) -> None:
        """Create the tables that are missing."""
        Base.metadata.create_all(self.engine)

    def store(self, image: userimage.NewImage) -> userimage.StoredImage:
        """Store record and files in one transaction."""
        with Session(self.engine) as session, session.begin():
            row = self.insert(session, image)
            session.add(Files(id=row.id, original=image.original, standard=image.standard))
            return self.image_of(row)

    def insert(self, session: Session, image: userimage.NewImage) -> Image:
        """Insert the record. The code is the id of the user's first upload of the same bytes."""
        row = Image(
            website_id=image.website_id,
            user_id=image.user_id,
            sha256=image.sha256,
            original_key=image.original_key,
            standard_key=image.standard_key,
            record=image.record_json(),
        )
        session.add(row)
        session.flush()
        same = select(func.min(Image.id)).where(
            Image.website_id == row.website_id,
            Image.user_id == row.user_id,
            Image.sha256 == row.sha256,
        )
        row.photo_code = str(session.scalar(same))
        return row

    def image_of(self, row: Image) -> userimage.StoredImage:
        """Make the library's image of a row."""
        return userimage.StoredImage(
            id=row.id,
            photo_code=row.photo_code or str(row.id),
            original_url=self.base_url + row.original_key,
            standard_url=self.base_url + row.standard_key,
            **json.loads(row.record),
        )

    def find(self, website_id: int, id: int) -> Optional[userimage.StoredImage]:
        """Return the website's image with this id."""
        with Session(self.engine) as session:
            row = session.get(Image, id)
            return self.image_of(row) if row and row.website_id == website_id else None

    def find_key(self, key: str) -> Optional[userimage.StoredImage]:
        """Return the image of a file's key."""
        with Session(self.engine) as session:
            row = session.scalar(
                select(Image).where((Image.original_key == key) | (Image.standard_key == key))
            )
            return self.image_of(row) if row else None

    def read(self, website_id: int, id: int, variant: str) -> Optional[bytes]:
        """Return the bytes of a file. Further renditions are not kept."""
        if variant not in ("original", "standard"):
            return None
        with Session(self.engine) as session:
            column = Files.original if variant == "original" else Files.standard
            return session.scalar(
                select(column)
                .join(Image, Image.id == Files.id)
                .where(Image.id == id, Image.website_id == website_id)
            )

    def list(
        self, website_id: int, user_id: str, page_index: int, page_size: int
    ) -> userimage.ImageList:
        """Return a part of a user's images, newest first."""
        own = (Image.website_id == website_id, Image.user_id == user_id)
        with Session(self.engine) as session:
            total = session.scalar(select(func.count()).select_from(Image).where(*own)) or 0
            # An offset past the end is more than some databases' integers hold.
            if page_index * page_size >= total:
                return userimage.ImageList(total, [])
            rows = session.scalars(
                select(Image)
                .where(*own)
                .order_by(Image.id.desc())
                .limit(min(page_size, total))
                .offset(page_index * page_size)
            )
            return userimage.ImageList(total, [self.image_of(row) for row in rows])

    def delete(self, website_id: int, id: int) -> bool:
        """Delete an image and its files."""
        with Session(self.engine) as session, session.begin():
            row = session.get(Image, id)
            if row is None or row.website_id != website_id:
                return False
            session.delete(row)
            files = session.get(Files, id)
            if files is not None:
                session.delete(files)
            return True
