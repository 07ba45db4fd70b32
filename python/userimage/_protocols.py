"""What a host writes: its own storage and authenticator, and the parts of a general request."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Optional, Protocol, Union

if TYPE_CHECKING:
    from userimage._userimage import NewImage, StoredImage


class Storage(Protocol):
    """A storage of your own: any object with these methods.

    Only ``store`` is needed. The uploader calls it in the thread that uploads, so it must be safe
    to call from several threads at once. Its exception becomes the ``__cause__`` of a
    ``ServerError``. ::

        class Shop:
            def store(self, image):
                with self.database.transaction() as rows:
                    id = rows.insert(image.as_dict(), image.original, image.standard)
                url = f"https://img.example/{id}"
                return image.stored(
                    id, photo_code=str(id), original_url=url, standard_url=url + "/standard"
                )

    Reading back is your own affair then. To have it through the uploader too, add any of:

    ``find(website_id, id) -> StoredImage | None``
        the image of the website with this id.
    ``read(website_id, id, variant) -> bytes | None``
        the bytes of one of its files, ``"original"`` or ``"standard"``.
    ``page(website_id, user_id, index, size) -> ImagePage``
        a page of a user's images, newest first; ``index`` counts from 0.
    ``delete(website_id, id) -> bool``
        deletes an image; tells whether there was one.
    ``sweep(min_age) -> Swept``
        removes what is unfinished and older than the ``timedelta``.

    One website must never see another's images.
    """

    def store(self, image: NewImage, /) -> StoredImage:
        """Keep the image whole or not at all, durably; return ``image.stored(...)``."""
        ...


class Authenticator(Protocol):
    """Your own check of who may upload: any object with these methods.

    Both are asked for every upload, in this order, and must answer ``True`` or ``False`` and
    nothing else. An exception makes the upload fail with a ``ServerError``, whose ``__cause__`` it
    becomes.
    Compare keys with ``hmac.compare_digest``.
    """

    def knows(self, website_id: int, /) -> bool:
        """Tell whether there is such a website."""
        ...

    def accepts(self, website_id: int, client_key: str, /) -> bool:
        """Tell whether the key opens the website, which is known."""
        ...


class FormPart(NamedTuple):
    """A part of a request's form: a field, or a file where it has a file name or a content type."""

    name: str
    data: Union[str, bytes, bytearray, memoryview]
    file_name: Optional[str] = None
    content_type: Optional[str] = None
