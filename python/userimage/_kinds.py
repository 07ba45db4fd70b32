"""The kinds of an error: what ``kind`` of an ``UploadError`` can be."""

from typing import Literal, Union

ErrorKind = Union[
    # MissingWebsiteId
    Literal["missing_website_id",],
    # InvalidWebsiteId
    Literal[
        "malformed_website_id",
        "conflicting_website_id",
        "unknown_website",
    ],
    # InvalidClientKey
    Literal[
        "missing_client_key",
        "malformed_client_key",
        "conflicting_client_key",
        "refused_client_key",
    ],
    # InvalidUserId
    Literal[
        "missing_user_id",
        "malformed_user_id",
        "conflicting_user_id",
    ],
    # InvalidDpi
    Literal[
        "malformed_dpi",
        "conflicting_dpi",
        "dpi_under_minimum",
    ],
    # InvalidFile
    Literal[
        "missing_file",
        "repeated_file",
        "unnamed_file",
        "empty_file",
        "malformed_form",
        "incomplete_body",
        "too_large",
        "not_an_image",
        "damaged",
        "format_not_allowed",
        "unsupported_coding",
        "no_pixel_size",
        "too_wide",
        "too_tall",
        "too_many_pixels",
        "too_many_frames",
        "too_much_memory",
        "active_content",
        "print_too_small",
        "refused_by_inspector",
        "website_quota_exceeded",
        "user_quota_exceeded",
    ],
    # ServerError
    Literal[
        "storage_failed",
        "authenticator_failed",
        "unreadable_file",
        "busy",
        "cancelled",
        "inspector_failed",
    ],
]
