"""The Python column of tests/contract/api.tsv: every name in it exists."""

from __future__ import annotations

import inspect

import pytest
from conftest import ROOT

import userimage

TABLE = ROOT / "tests" / "contract" / "api.tsv"


def names() -> list[str]:
    lines = TABLE.read_text("utf-8").splitlines()
    head, *rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    column = head.index("python")
    return [row[column] for row in rows if row[column] != "-"]


def test_the_table_has_rows() -> None:
    assert len(names()) >= 100
    assert all(names())


# Attributes that an instance has, but not its class.
ERROR = userimage.UploadError("too_large", 26207, 262, "text", "reason", 413, "{}")


@pytest.mark.parametrize("name", sorted({*names()}))
def test_every_name_of_the_table_exists(name: str) -> None:
    thing: object = userimage
    for part in name.split("."):
        if thing is userimage.UploadError:
            thing = ERROR
        thing = getattr(thing, part)
    assert name.split(".")[0] in userimage.__all__


def test_every_name_of_a_value_is_in_the_table() -> None:
    """A new fact must be added to the table, and so to every language."""
    listed = {*names()}
    for kind in (
        userimage.ImageInfo,
        userimage.ExifDetails,
        userimage.Rendition,
        userimage.StoredImage,
        userimage.Admitted,
        userimage.BodyReceiver,
        userimage.SweepReport,
        userimage.ImageList,
        userimage.CopyReport,
        userimage.Usage,
    ):
        for name, member in vars(kind).items():
            if inspect.isgetsetdescriptor(member) or inspect.ismemberdescriptor(member):
                assert f"{kind.__name__}.{name}" in listed
