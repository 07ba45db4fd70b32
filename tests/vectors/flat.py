#!/usr/bin/env python3
"""Prints the vectors of this folder line by line, for languages without a JSON parser.

A line is a word and its arguments. An argument is `x` and bytes in hexadecimal, or `-` for none.

    case NAME CONFIG NEEDS                 a new uploader; NEEDS is the format that the build must render, if any
    header NAME VALUE                      of the next request
    query NAME VALUE
    part NAME FILE_NAME CONTENT_TYPE DATA
    step STATUS ANSWER ALL KIND            upload the request, compare, and begin a new one
"""

import base64
import json
import pathlib


def argument(value):
    if value is None:
        return "-"
    return "x" + (value if isinstance(value, bytes) else value.encode()).hex()


def line(word, *arguments):
    print(word, *map(argument, arguments))


def content(part, files):
    if "text" in part:
        return part["text"].encode()
    return base64.b64decode(part["base64"] if "base64" in part else files[part["file"]])


for path in sorted(pathlib.Path(__file__).parent.glob("*.json")):
    document = json.loads(path.read_text(encoding="utf-8"))
    for case in document["cases"]:
        line("case", case["name"], json.dumps(case.get("config", document["config"])), case.get("needs"))
        for step in case["steps"]:
            request = step["request"]
            for name, value in request["headers"]:
                line("header", name, value)
            for name, value in request["query"]:
                line("query", name, value)
            for part in request["form"]:
                line("part", part["name"], part.get("file_name"), part.get("content_type"), content(part, document["files"]))
            line("step", str(step["status"]), step["answer"], step["all"], step.get("kind"))
