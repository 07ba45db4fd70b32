"""What a host implements: a storage, an authenticator, inspectors, and the parts of a general request."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Optional, Protocol, Union

if TYPE_CHECKING:
    from datetime import timedelta

    from typing_extensions import Buffer

    from userimage._userimage import ImageList, NewImage, StoredImage, SweepReport


class Readable(Protocol):
    """A binary file: anything with this method."""

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes, and none at the end."""
        ...


class Storage(Protocol):
    """A storage of your own: any object with these methods.

    Only ``store`` is required. The uploader calls it in the thread that uploads, so it must be safe to call from
    several threads at once. Its exception becomes the ``__cause__`` of a ``ServerError``. ::

        class Shop:
            def store(self, image):
                with self.database.transaction() as rows:
                    id = rows.insert(image.as_dict(), image.original, image.standard)
                url = f"https://img.example/{id}"
                return image.stored(
                    id, photo_code=str(id), original_url=url, standard_url=url + "/standard"
                )

            def find(self, website_id, id):
                row = self.database.select(website_id, id)
                if row is None:
                    return None
                url = f"https://img.example/{id}"
                return userimage.StoredImage(
                    id=id,
                    photo_code=str(id),
                    original_url=url,
                    standard_url=url + "/standard",
                    **row,
                )

    With ``renditions`` in the configuration, ``image.rendition_files`` has their bytes, and ``stored`` takes their URLs
    as ``rendition_urls``.

    To read images back through the uploader, add any of the methods of ``ReadableStorage``.
    """

    def store(self, image: NewImage, /) -> StoredImage:
        """Store the image completely or not at all, durably; return ``image.stored(...)``."""
        ...


class ReadableStorage(Storage, Protocol):
    """A storage of your own that the uploader can read: ``Storage`` with these methods.

    Each may be left out: the uploader then raises ``UnsupportedOperation`` for it. The uploader passes the
    arguments by position. Apart from ``find_key``, a website must never see another website's images.
    """

    def find(self, website_id: int, id: int, /) -> Optional[StoredImage]:
        """Return the website's image with this id."""
        ...

    def find_key(self, key: str, /) -> Optional[StoredImage]:
        """Return the image one of whose files has this key, of any website.

        Keys are ``original_key``, ``standard_key`` and those in ``renditions``.

        ``http`` with ``files`` needs this and ``read``.
        """
        ...

    def read(self, website_id: int, id: int, variant: str, /) -> Optional[bytes]:
        """Return the bytes of one of the image's files.

        ``variant`` is ``"original"``, ``"standard"`` or the name of a rendition of ``image.renditions``.
        """
        ...

    def list(self, website_id: int, user_id: str, page_index: int, page_size: int, /) -> ImageList:
        """Return ``page_size`` of a user's images, newest first.

        They come after ``page_index`` times as many.
        """
        ...

    def delete(self, website_id: int, id: int, /) -> bool:
        """Delete an image and all its files; return whether there was one."""
        ...

    def sweep(self, min_age: timedelta, /) -> SweepReport:
        """Remove what is unfinished and older than ``min_age``."""
        ...


class Authenticator(Protocol):
    """Your own check of who may upload: any object with these methods.

    Both are called for every upload, in this order, and must return ``True`` or ``False`` and
    nothing else. Their exception becomes the ``__cause__`` of a ``ServerError``.
    Compare keys with ``hmac.compare_digest``.
    """

    def knows(self, website_id: int, /) -> bool:
        """Return whether there is such a website."""
        ...

    def accepts(self, website_id: int, client_key: str, /) -> bool:
        """Return whether the key is one of the website's. The website is known."""
        ...


class Inspector(Protocol):
    """Your own check of images before they are stored: an object with this method, or a callable that does the same.

    It is called once for each image that everything else has accepted, by the thread that uploads and by several
    at once. Its exception becomes the ``__cause__`` of a ``ServerError`` of the kind ``inspector_failed``. ::

        def no_panoramas(image):
            if image.width > 3 * image.height:
                return "the picture is more than three times as wide as tall"
            return True

        uploader = userimage.Uploader("data", keys=keys, inspectors=[no_panoramas])
    """

    def inspect(self, image: NewImage, /) -> Union[bool, str]:
        """Return ``True`` to accept the image, and why not, or ``False``, to refuse it. Nothing else is an answer."""
        ...


class FormPart(NamedTuple):
    """A part of a request's form: a field, or a file if it has a file name or a content type.

    ``data`` is bytes or another buffer, the text of a field, or a binary file.
    """

    name: str
    data: Union[str, Buffer, Readable]
    file_name: Optional[str] = None
    content_type: Optional[str] = None
