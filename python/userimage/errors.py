"""What can go wrong. ``except UploadError`` catches every refused or failed upload, in a class for its code::

Error:
     +-- UploadError
     |    +-- MissingWebsiteId     372
     |    +-- InvalidWebsiteId     221
     |    +-- InvalidClientKey     226
     |    +-- InvalidUserId        261
     |    +-- InvalidFile          262
     |    +-- InvalidDpi           265
     |    +-- ServerError          500
     +-- ProbeError                (a ValueError too)
     +-- ConfigError               (a ValueError too)
     +-- StorageError
          +-- UnsupportedOperation (a NotImplementedError too)

A class may be too coarse for what a program does next; ``kind`` says it precisely::

    except userimage.InvalidFile as error:
        if error.kind == "too_large":
            ...

The ``__cause__`` of a ``ServerError`` is the exception that the host's own storage, authenticator or inspector has
raised. A wrong argument is a ``TypeError`` or ``ValueError``. If the host's own file cannot be opened or read,
that is an ``OSError``, as from Python's own ``open`` and ``read``.
"""

from __future__ import annotations

from collections.abc import Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Optional, Union, overload

    from userimage._kinds import ErrorKind


class Error(Exception):
    """The base of the library's exceptions."""


class UploadError(Error):
    """Why an upload was refused or failed.

    ``kind``
        what went wrong, for a program: ``"too_large"``, ``"not_an_image"``, ``"unknown_website"``, ... The names are
        frozen; ``userimage.ERROR_KINDS`` has all of them.
    ``kind_number``
        the kind as a number, for example 26207.
    ``code``
        the protocol's number, for example 262: ``kind_number`` divided by 100.
    ``message``
        the protocol's text, for the client.
    ``reason``
        what exactly was wrong, for you and your log. It never contains a key.
    ``http_status``
        the HTTP status that goes with the answer.
    """

    def __init__(
        self,
        kind: ErrorKind,
        kind_number: int,
        code: int,
        message: str,
        reason: str,
        http_status: int,
        envelope: str,
    ) -> None:
        """Made by the library."""
        super().__init__(f"{message} ({code}): {reason}")
        self.kind: ErrorKind = kind
        self.kind_number = kind_number
        self.code = code
        self.message = message
        self.reason = reason
        self.http_status = http_status
        self._envelope = envelope

    def __reduce__(self) -> tuple[type[UploadError], tuple[object, ...]]:
        return type(self), (
            self.kind,
            self.kind_number,
            self.code,
            self.message,
            self.reason,
            self.http_status,
            self._envelope,
        )

    def envelope(self) -> str:
        """Return the JSON answer for the client."""
        return self._envelope


class MissingWebsiteId(UploadError):
    """The website's id is missing or blank."""


class InvalidWebsiteId(UploadError):
    """The website's id is malformed or unknown."""


class InvalidClientKey(UploadError):
    """The client's key is missing, malformed, or refused for the website."""


class InvalidUserId(UploadError):
    """The user's id is missing or malformed."""


class InvalidFile(UploadError):
    """The file is missing, over a limit, damaged, not of an allowed format, or refused by an inspector."""


class InvalidDpi(UploadError):
    """The DPI is malformed, or under the website's minimum."""


class ServerError(UploadError):
    """The storage, the authenticator or an inspector failed; its exception is the ``__cause__``."""


class Failures(Sequence[UploadError]):
    """Every failure of a request's fields, in order; empty if there are no failures."""

    __slots__ = ("_answer", "_errors")

    def __init__(
        self,
        errors: Iterable[UploadError] = (),
        answer: Optional[tuple[str, int]] = None,
    ) -> None:
        """Made by the library."""
        self._errors = tuple(errors)
        self._answer = answer

    def envelope(self) -> Optional[str]:
        """Return the JSON answer for the client, with every code, or ``None`` without failures."""
        return self._answer[0] if self._answer else None

    @property
    def http_status(self) -> Optional[int]:
        """The HTTP status that goes with ``envelope()``."""
        return self._answer[1] if self._answer else None

    def __len__(self) -> int:
        return len(self._errors)

    if TYPE_CHECKING:

        @overload
        def __getitem__(self, index: int) -> UploadError: ...
        @overload
        def __getitem__(self, index: slice) -> Sequence[UploadError]: ...

    def __getitem__(self, index: Union[int, slice]) -> Union[UploadError, Sequence[UploadError]]:
        return self._errors[index]

    def __repr__(self) -> str:
        return f"Failures({list(self._errors)!r})"


class ProbeError(Error, ValueError):
    """The file is of no known image format, or its header is truncated or malformed.

    ``kind`` is ``"not_an_image"`` or ``"damaged"``, as in an ``UploadError``.
    """

    def __init__(self, text: str, kind: ErrorKind) -> None:
        """Made by the library."""
        super().__init__(text)
        self.kind: ErrorKind = kind

    def __reduce__(self) -> tuple[type[ProbeError], tuple[object, ...]]:
        return type(self), (str(self), self.kind)


class ConfigError(Error, ValueError):
    """The configuration of an uploader is wrong, or its storage cannot be opened."""


class StorageError(Error):
    """The storage failed to find, read, list, delete or sweep."""


class UnsupportedOperation(StorageError, NotImplementedError):
    """The storage does not implement the operation."""
