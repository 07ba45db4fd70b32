"""Every vector of tests/vectors gives its exact answer, as in every other language."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
from conftest import ROOT

import userimage

UNIQUE = re.compile(
    r"[0-9]{4}_[0-9]{2}_[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
)


def cases() -> list[Any]:
    found: list[Any] = []
    rendered = {each.name for each in userimage.FORMATS if each.has_rendition}
    for path in sorted((ROOT / "tests" / "vectors").glob("*.json")):
        document = json.loads(path.read_text("utf-8"))
        for case in document["cases"]:
            if case.get("needs", "png") not in rendered:
                continue
            config = case.get("config", document["config"])
            name = f"{path.stem}: {case['name']}"
            found.append(pytest.param(config, document["files"], case["steps"], id=name))
    return found


def part(fields: dict[str, Any], files: dict[str, str]) -> userimage.FormPart:
    if "text" in fields:
        data: str | bytes = fields["text"]
    elif "base64" in fields:
        data = base64.b64decode(fields["base64"])
    else:
        data = base64.b64decode(files[fields["file"]])
    name, file_name, content_type = (
        fields.get(key) for key in ("name", "file_name", "content_type")
    )
    return userimage.FormPart(name, data, file_name, content_type)


def test_there_are_vectors() -> None:
    assert len(cases()) >= 120


@pytest.mark.parametrize(("config", "files", "steps"), cases())
def test_vector(config: Any, files: dict[str, str], steps: list[Any]) -> None:
    with userimage.Uploader.from_config(config) as uploader:
        for step in steps:
            request = {
                "headers": step["request"]["headers"],
                "query": step["request"]["query"],
                "form": [part(fields, files) for fields in step["request"]["form"]],
            }
            failures = uploader.validate_request(**request)
            every = failures.envelope()
            assert (json.loads(every)["ErrorCode"] if every else "") == step["all"]

            answer: userimage.StoredImage | userimage.UploadError
            try:
                answer = uploader.upload_request(**request)
            except userimage.UploadError as error:
                answer = error
            envelope = answer.envelope()
            unique = UNIQUE.search(envelope)
            expected = step["answer"].replace("{unique}", unique[0] if unique else "")
            assert envelope.encode() == expected.encode()
            assert answer.http_status == step["status"]
