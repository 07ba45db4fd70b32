#!/usr/bin/env python3
"""Writes the table of multipart bodies and their expected parts, from the rules.

It never runs the library. Run it anywhere: `python3 tests/multipart/make.py`.
"""

import base64
import json
import struct
import sys
import zlib
from pathlib import Path

HERE = Path(__file__).parent


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


# A valid picture of one pixel, so that a body with it is a valid upload.
PNG = (
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(b"\0\x10\x20\x30"))
    + chunk(b"IEND", b"")
)

# The reasons for a refusal, as substrings of the error's text.
NOT_MULTIPART = "is not multipart/form-data"
NO_BOUNDARY = "has no boundary"
BAD_BOUNDARY = "the boundary is malformed"
NO_DELIMITER = "does not begin with its boundary"
NOT_CLOSED = "is cut off"
MIXED = "end with a line feed alone"
HEADERS_TOO_LONG = "headers are not closed, or longer"
TOO_MANY_HEADERS = "more than 16 headers"
FOLDED = "is folded"
BAD_HEADER = "header is malformed"
TWICE = "twice"
NO_NAME = "no Content-Disposition of form-data with a name"
BAD_DISPOSITION = "Content-Disposition is malformed"
TOO_MANY_PARTS = "more than 1000 parts"
NESTED = "is a multipart itself"
ENCODED = "is encoded for transfer"


def as_bytes(text):
    return text.encode() if isinstance(text, str) else text


def as_json(data, key=""):
    """Bytes as text if they are UTF-8, otherwise as base64."""
    try:
        return {key + "text": data.decode()}
    except UnicodeDecodeError:
        return {key + "base64": base64.b64encode(data).decode()}


def part(name, data=b"", file=None, type=None):
    """An expected part."""
    return {"name": name, "file_name": file, "content_type": type, **as_json(as_bytes(data))}


def case(name, content_type, body, outcome):
    head = {"name": name, **as_json(as_bytes(content_type), "content_type_"), **as_json(as_bytes(body), "body_")}
    return head | ({"refused": outcome} if isinstance(outcome, str) else {"parts": outcome})


def raw(headers, data=b""):
    """A part as sent: its header lines and its content."""
    lines = b"".join(as_bytes(line) + b"\r\n" for line in headers)
    return lines + b"\r\n" + as_bytes(data)


def body(boundary, *parts, end=b"\r\n"):
    dash = b"--" + as_bytes(boundary)
    return b"".join(dash + b"\r\n" + sent + b"\r\n" for sent in parts) + dash + b"--" + end


def disposition(rest):
    return b"Content-Disposition: form-data; " + as_bytes(rest)


# --- clients ----------------------------------------------------------------------------------------


def client(name, boundary, parts, expected, content_type="multipart/form-data; boundary={}", **more):
    sent = [raw(headers, data) for headers, data in parts]
    return case(name, content_type.format(boundary), body(boundary, *sent, **more), expected)


def simple(name, boundary, file_as, file, type="image/png", order=("disposition", "type"), more=(), field_more=(), **rest):
    """A client that sends a field and a file in the common form; `file_as` is its spelling of the name."""
    lines = {"disposition": b'Content-Disposition: form-data; name="postedFile"; ' + as_bytes(file_as)}
    if type is not None:
        lines["type"] = "Content-Type: " + type
    headers = [lines[line] for line in order if line in lines]
    return client(
        name,
        boundary,
        [(['Content-Disposition: form-data; name="userId"', *field_more], "12345"), ([*headers, *more], PNG)],
        [part("userId", "12345"), part("postedFile", PNG, file, type)],
        **rest,
    )


def clients():
    webkit = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
    gecko = "----geckoformboundary8ac95a8cb2af6a1e8b6ab7e4e4a5b1d6"
    old_gecko = "---------------------------735323031399963166993862150"
    trident = "---------------------------7da24f2e50046"
    curl = "------------------------f3cdfecae3826d9a"
    requests = "199d2a6b6413e0353b92ad3f76f517a0"
    for browser, boundary in (("Chrome and Safari", webkit), ("Firefox", gecko)):
        yield simple(browser, boundary, 'filename="pic.png"', "pic.png")
        yield simple(f"{browser}: a name in UTF-8", boundary, 'filename="Ärger 日本.png"', "Ärger 日本.png")
        yield simple(f"{browser}: a quotation mark in the name", boundary, 'filename="a%22b.png"', 'a"b.png')
        yield simple(f"{browser}: a line break in the name", boundary, 'filename="a%0D%0Ab.png"', "a%0D%0Ab.png")
        yield simple(f"{browser}: a percent sign in the name", boundary, 'filename="100%25.png"', "100%25.png")
        yield simple(f"{browser}: a backslash in the name", boundary, r'filename="a\b.png"', r"a\b.png")
        yield simple(f"{browser}: a semicolon and an equals sign in the name", boundary, 'filename="a; name=b.png"', "a; name=b.png")
        yield client(
            f"{browser}: no file chosen",
            boundary,
            [(['Content-Disposition: form-data; name="postedFile"; filename=""', "Content-Type: application/octet-stream"], "")],
            [part("postedFile", "", "", "application/octet-stream")],
        )
        yield client(
            f"{browser}: a Blob from a script",
            boundary,
            [(['Content-Disposition: form-data; name="postedFile"; filename="blob"', "Content-Type: image/png"], PNG)],
            [part("postedFile", PNG, "blob", "image/png")],
        )
        yield client(
            f"{browser}: several fields, one twice, one empty, one of lines",
            boundary,
            [
                (['Content-Disposition: form-data; name="a"'], "1"),
                (['Content-Disposition: form-data; name="a"'], "2"),
                (['Content-Disposition: form-data; name="b"'], ""),
                (['Content-Disposition: form-data; name="c"'], "1\r\n2\r\n"),
            ],
            [part("a", "1"), part("a", "2"), part("b", ""), part("c", "1\r\n2\r\n")],
        )
    yield simple("Firefox until 2021", old_gecko, 'filename="pic.png"', "pic.png")
    yield simple("Firefox until 2021: a quotation mark in the name", old_gecko, r'filename="a\"b.png"', 'a"b.png')
    yield simple("Chrome in Latin-1 (accept-charset)", webkit, b'filename="\xe9.png"', "\ufffd.png")
    yield simple("Chrome in Latin-1: what it cannot write", webkit, 'filename="&#26085;.png"', "&#26085;.png")
    yield simple("Internet Explorer 6: a full path", trident, r'filename="C:\Documents and Settings\Jörg\pic.png"', r"C:\Documents and Settings\Jörg\pic.png", type="image/x-png")
    yield simple("Internet Explorer 6: a path whose names begin like escapes", trident, r'filename="C:\new\table\pic.png"', r"C:\new\table\pic.png", type="image/x-png")
    yield simple("Internet Explorer 6: a share", trident, r'filename="\\server\share\pic.png"', r"\server\share\pic.png", type="image/x-png")
    yield simple("Internet Explorer 6: a path in the code page 1252", trident, b'filename="C:\\\xc4rger\\pic.png"', "C:\\\ufffdrger\\pic.png", type="image/x-png")
    yield simple("Internet Explorer: JPEG by its own name", trident, r'filename="C:\pic.jpg"', r"C:\pic.jpg", type="image/pjpeg")
    yield simple("Opera 12", "----------xYzOUZ2sD8g8UsTxDdE7m3", 'filename="pic.png"', "pic.png")
    yield simple("Flash: an octet stream", "----------cH2ae0GI3KM7GI3GI3ae0ei4Ij5Ij5", 'filename="pic.png"', "pic.png", type="application/octet-stream", end=b"")

    yield simple("curl", curl, 'filename="pic.png"', "pic.png")
    yield simple("curl: a name in UTF-8", curl, 'filename="é日本.png"', "é日本.png")
    yield simple("curl from 7.81: a quotation mark", curl, 'filename="a%22b.png"', 'a"b.png')
    yield simple("curl until 7.80: a quotation mark", "----------------------------83ff53821b7c", r'filename="a\"b.png"', 'a"b.png')
    yield simple("curl until 7.80: a backslash", "----------------------------83ff53821b7c", r'filename="a\\b.png"', r"a\b.png")
    yield simple("curl: a type of one's own, a name with a semicolon", curl, 'filename="a;b c.png"', "a;b c.png", type="image/x-png")
    yield simple("curl: a header of one's own", curl, 'filename="pic.png"', "pic.png", more=["X-A: b"])
    yield client("curl: a file as a field (-F a=<b)", curl, [(['Content-Disposition: form-data; name="postedFile"', "Content-Type: image/png"], PNG)], [part("postedFile", PNG, None, "image/png")])
    yield client("curl: a field with a type", curl, [(['Content-Disposition: form-data; name="userId"', "Content-Type: text/plain"], "1")], [part("userId", "1", None, "text/plain")])
    yield client("curl: ;encoder=base64", curl, [([disposition('name="postedFile"; filename="pic.png"'), "Content-Type: image/png", "Content-Transfer-Encoding: base64"], base64.b64encode(PNG))], ENCODED)
    inner = "------------------------440f1ebcd4397cb6"
    nested = body(inner, raw(['Content-Disposition: attachment; name="a"; filename="pic.png"', "Content-Type: image/png"], PNG))
    yield client("curl: parts in a part, without a name", curl, [(["Content-Disposition: form-data", f"Content-Type: multipart/mixed; boundary={inner}"], nested)], NO_NAME)

    yield simple("Python requests", requests, 'filename="pic.png"', "pic.png")
    yield simple("Python requests: a name in UTF-8", requests, 'filename="é日本.png"', "é日本.png")
    yield simple("Python requests over urllib3 1.24: a name in UTF-8", requests, "filename*=utf-8''%C3%A9%E6%97%A5%E6%9C%AC.png", "é日本.png")
    yield simple("Python requests: a quotation mark", requests, 'filename="a%22b.png"', 'a"b.png')
    yield simple("Python requests: bytes without a name", requests, 'filename="postedFile"', "postedFile", type=None)
    yield simple("Python httpx: bytes without a name", "98cde6291cc8e0ee42ceda701ca8f814", 'filename="upload"', "upload", type="application/octet-stream")
    yield simple("Python httpx: a backslash", "98cde6291cc8e0ee42ceda701ca8f814", r'filename="a\\b.png"', r"a\b.png")
    yield client(
        "Python aiohttp",
        "d5f8a2f3b7c94ab1bd0f9a3cf3c2a1e0",
        [
            (["Content-Type: text/plain; charset=utf-8", 'Content-Disposition: form-data; name="userId"'], "12345"),
            (["Content-Type: image/png", "Content-Disposition: form-data; name=\"postedFile\"; filename=\"%C3%A9.png\"; filename*=utf-8''%C3%A9.png"], PNG),
        ],
        [part("userId", "12345", None, "text/plain; charset=utf-8"), part("postedFile", PNG, "é.png", "image/png")],
    )
    yield simple("Node fetch (undici)", "----formdata-undici-067644390082", 'filename="pic.png"', "pic.png")
    yield simple("Node fetch (undici): a quotation mark and a line break", "----formdata-undici-067644390082", 'filename="a%22b%0D%0Ac.png"', 'a"b%0D%0Ac.png')
    yield simple("Node form-data, axios, superagent, Postman", "--------------------------735323031399963166993862", 'filename="pic.png"', "pic.png")

    guid = "86346a16-7198-403d-9d4a-b20b21529e12"

    def dotnet(name, file_as, file, field="name=postedFile", type=("Content-Type: image/png",)):
        return client(
            name,
            guid,
            [
                (["Content-Type: text/plain; charset=utf-8", "Content-Disposition: form-data; name=userId"], "12345"),
                ([*type, disposition(f"{field}; {file_as}")], PNG),
            ],
            [part("userId", "12345", None, "text/plain; charset=utf-8"), part("postedFile", PNG, file, "image/png" if type else None)],
            content_type='multipart/form-data; boundary="{}"',
        )

    yield dotnet(".NET HttpClient", "filename=pic.png; filename*=utf-8''pic.png", "pic.png")
    yield dotnet(".NET HttpClient: a blank in the name", "filename=\"a b.png\"; filename*=utf-8''a%20b.png", "a b.png")
    yield dotnet(".NET HttpClient: a name in UTF-8", "filename=\"=?utf-8?B?w6nml6XmnKwucG5n?=\"; filename*=utf-8''%C3%A9%E6%97%A5%E6%9C%AC.png", "é日本.png")
    yield dotnet(".NET HttpClient: names that the caller has quoted", "filename=\"pic.png\"; filename*=utf-8''%22pic.png%22", "pic.png", 'name="postedFile"', ())
    yield dotnet(".NET HttpClient: FileName alone", "filename=pic.png", "pic.png")
    yield dotnet(".NET HttpClient: FileName alone, in UTF-8", 'filename="=?utf-8?B?w6nml6XmnKwucG5n?="', "é日本.png")
    yield dotnet(".NET HttpClient: FileNameStar alone", "filename*=utf-8''%C3%A9.png", "é.png")
    webclient = "---------------------8df4a13231deb0c"
    yield client(".NET WebClient", webclient, [([disposition('name="file"; filename="pic.png"'), "Content-Type: application/octet-stream"], PNG)], [part("file", PNG, "pic.png", "application/octet-stream")])
    yield simple("RestSharp", "-----------------------------28947758029299", 'filename="pic.png"', "pic.png")

    apache = "Xk3pPqJ5gqv8bSzjW4k0jvQ7sLwq1M"
    yield client(
        "Apache HttpClient, strict",
        apache,
        [
            ([disposition('name="userId"'), "Content-Type: text/plain; charset=ISO-8859-1", "Content-Transfer-Encoding: 8bit"], "12345"),
            ([disposition('name="postedFile"; filename="pic.png"'), "Content-Type: image/png", "Content-Transfer-Encoding: binary"], PNG),
        ],
        [part("userId", "12345", None, "text/plain; charset=ISO-8859-1"), part("postedFile", PNG, "pic.png", "image/png")],
    )
    yield simple("Apache HttpClient, strict: what it cannot write", apache, 'filename="???.png"', "???.png", more=["Content-Transfer-Encoding: binary"])
    yield simple("Apache HttpClient, like a browser, in UTF-8", apache, 'filename="日本.png"', "日本.png", content_type="multipart/form-data; boundary={}; charset=UTF-8")
    yield simple("Apache HttpClient, RFC 6532: a quotation mark", apache, r'filename="a\"b.png"', 'a"b.png', more=["Content-Transfer-Encoding: binary"])
    yield simple("OkHttp 3: the length of every part", "d2cb5dd3-6a3c-4e8d-8cb2-0ef8fdc4e5b4", 'filename="pic.png"', "pic.png", more=[f"Content-Length: {len(PNG)}"], field_more=["Content-Length: 5"])
    for what, field_type in (("the file", None), ("the file and the fields", "multipart/form-data")):
        # RequestBody.create(MultipartBody.FORM, ...), as Retrofit's tutorials have it.
        yield client(
            f"OkHttp 3: multipart/form-data as the type of {what}",
            "d2cb5dd3-6a3c-4e8d-8cb2-0ef8fdc4e5b4",
            [
                ([disposition('name="userId"'), *([f"Content-Type: {field_type}"] if field_type else []), "Content-Length: 5"], "12345"),
                ([disposition('name="postedFile"; filename="pic.png"'), "Content-Type: multipart/form-data", f"Content-Length: {len(PNG)}"], PNG),
            ],
            [part("userId", "12345", None, field_type), part("postedFile", PNG, "pic.png", "multipart/form-data")],
        )
    yield simple("OkHttp 4: a quotation mark", "d2cb5dd3-6a3c-4e8d-8cb2-0ef8fdc4e5b4", 'filename="a%22b.png"', 'a"b.png', more=[f"Content-Length: {len(PNG)}"])
    yield simple("Go mime/multipart", "7a1c4d86b1e2f3a495867788990011223344556677889900aabbccddeeff", 'filename="pic.png"', "pic.png", type="application/octet-stream")
    yield simple("Go mime/multipart: a quotation mark and a backslash", "7a1c4d86b1e2f3a495867788990011223344556677889900aabbccddeeff", r'filename="a\\b\"c.png"', r'a\b"c.png', type="application/octet-stream")
    yield simple("PHP Guzzle", "5b8f0e6f0bd2a1d4f7a6d5c1a4ac1b2f3c4d5e6f", 'filename="pic.png"', "pic.png", order=("disposition",), more=[f"Content-Length: {len(PNG)}", "Content-Type: image/png"], field_more=["Content-Length: 5"])
    yield simple("Perl LWP", "xYzZY", 'filename="pic.png"', "pic.png")
    yield simple("Ruby multipart-post: an epilogue of one line", "-----------RubyMultipartPost-2f0a8d1c6b", 'filename="pic.png"', "pic.png", more=[f"Content-Length: {len(PNG)}", "Content-Transfer-Encoding: binary"], end=b"\r\n\r\n")
    yield simple("Swift Alamofire", "alamofire.boundary.9c3b1a2d4e5f6a7b", 'filename="pic.png"', "pic.png")
    for library, boundary in (("Swift Alamofire", "alamofire.boundary.9c3b1a2d4e5f6a7b"), ("AFNetworking", "Boundary+0123456789ABCDEF"), ("Node form-data until 4.0.5", "--------------------------735323031399963166993862")):
        yield simple(f"{library}: inch marks", boundary, 'filename="Poster 24"x36".jpg"', 'Poster 24"x36".jpg', type="image/jpeg")
    yield simple("AFNetworking", "Boundary+0123456789ABCDEF", 'filename="pic.png"', "pic.png")
    dart = "dart-http-boundary-X1+2_3.4-5aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789abcde"
    yield client(
        "Dart http: header names in lower case, 70 characters of boundary",
        dart,
        [
            (['content-disposition: form-data; name="userId"'], "12345"),
            (["content-type: image/png", 'content-disposition: form-data; name="postedFile"; filename="pic.png"'], PNG),
        ],
        [part("userId", "12345"), part("postedFile", PNG, "pic.png", "image/png")],
    )
    yield client("Delphi Indy: fields in quoted-printable", "--------0916150925", [([disposition('name="userId"'), "Content-Type: text/plain", "Content-Transfer-Encoding: quoted-printable"], "12345")], ENCODED)
    yield client("Java Mail: a name of several encoded words", "----=_Part_0_1234.5678", [([disposition('name="postedFile"; filename="=?UTF-8?Q?=C3=84rger_?= =?UTF-8?Q?im_B=C3=BCro.png?="'), "Content-Type: image/png"], PNG)], [part("postedFile", PNG, "Ärger im Büro.png", "image/png")], content_type='multipart/form-data; boundary="{}"')


# --- the request's content type ---------------------------------------------------------------------


def content_types():
    sent = body("abc", raw([disposition("name=a")], "1"))
    one = [part("a", "1")]

    def typed(name, content_type, outcome, form=sent):
        return case(f"content type: {name}", content_type, form, outcome)

    yield typed("a boundary in quotes", 'multipart/form-data; boundary="abc"', one)
    yield typed("no blank", "multipart/form-data;boundary=abc", one)
    yield typed("many blanks", "  multipart/form-data \t; \t boundary \t= \t abc \t", one)
    yield typed("in capitals", "MULTIPART/FORM-DATA; BOUNDARY=abc", one)
    yield typed("a character set before", "multipart/form-data; charset=utf-8; boundary=abc", one)
    yield typed("a character set behind", "multipart/form-data; boundary=abc; charset=utf-8", one)
    yield typed("a character set behind, no blank", "multipart/form-data; boundary=abc;charset=utf-8", one)
    yield typed("a semicolon at the end", "multipart/form-data; boundary=abc;", one)
    yield typed("semicolons without parameters", "multipart/form-data;; ; boundary=abc", one)
    yield typed("a boundary inside another's quotes", 'multipart/form-data; x="; boundary=no"; boundary=abc', one)
    yield typed("a boundary behind an escaped quotation mark", 'multipart/form-data; x="a\\"; boundary=no; y="; boundary=abc', one)
    yield typed("another name that ends with boundary", "multipart/form-data; xboundary=no; boundary=abc", one)
    yield typed("the case of the boundary matters", "multipart/form-data; boundary=ABC", NO_DELIMITER)
    yield typed("two boundaries", "multipart/form-data; boundary=abc; boundary=def", BAD_BOUNDARY)
    yield typed("two boundaries alike", "multipart/form-data; boundary=abc; boundary=abc", BAD_BOUNDARY)
    yield typed("two headers made one", "multipart/form-data; boundary=abc, multipart/form-data; boundary=abc", BAD_BOUNDARY)
    yield typed("another type added with a comma", "multipart/form-data; boundary=abc, text/plain", BAD_BOUNDARY)
    yield typed("text behind the quotes", 'multipart/form-data; boundary="abc"d', BAD_BOUNDARY)
    yield typed("text behind the quotes hides a parameter", 'multipart/form-data; boundary="abc"d; boundary=def', BAD_BOUNDARY)
    yield typed("a parameter without a value hides another", "multipart/form-data; boundary=abc; x; boundary=def", BAD_BOUNDARY)
    yield typed("quotes that do not end", 'multipart/form-data; boundary="abc', BAD_BOUNDARY)
    yield typed("quotes of another that do not end", 'multipart/form-data; boundary=abc; x="y', BAD_BOUNDARY)
    yield typed("single quotes are characters", "multipart/form-data; boundary='abc'", NO_DELIMITER)
    yield typed("single quotes are characters, in both", "multipart/form-data; boundary='abc'", one, body("'abc'", raw([disposition("name=a")], "1")))
    yield typed("an escape in the boundary", 'multipart/form-data; boundary="a\\bc"', BAD_BOUNDARY)
    yield typed("no boundary", "multipart/form-data", NO_BOUNDARY)
    yield typed("an empty boundary", "multipart/form-data; boundary=", NO_BOUNDARY)
    yield typed("an empty boundary in quotes", 'multipart/form-data; boundary=""', NO_BOUNDARY)
    yield typed("a parameter without a value behind", "multipart/form-data; boundary=abc; charset", BAD_BOUNDARY)
    yield typed("a parameter without a value before", "multipart/form-data; charset; boundary=abc", BAD_BOUNDARY)
    yield typed("a boundary without a value", "multipart/form-data; boundary", BAD_BOUNDARY)
    yield typed("boundary* is no boundary", "multipart/form-data; boundary*=utf-8''abc", NO_BOUNDARY)
    yield typed("71 characters", "multipart/form-data; boundary=" + "x" * 71, BAD_BOUNDARY, body("x" * 71, raw([disposition("name=a")], "1")))
    yield typed("70 characters", "multipart/form-data; boundary=" + "x" * 70, one, body("x" * 70, raw([disposition("name=a")], "1")))
    yield typed("1 character", "multipart/form-data; boundary=x", one, body("x", raw([disposition("name=a")], "1")))
    odd = "09azAZ'()+_,-./:=?"
    yield typed("every character of RFC 2046", f'multipart/form-data; boundary="{odd}"', one, body(odd, raw([disposition("name=a")], "1")))
    yield typed("every character of RFC 2046 but the comma, without quotes", "multipart/form-data; boundary=09azAZ'()+_-./:=?", one, body("09azAZ'()+_-./:=?", raw([disposition("name=a")], "1")))
    yield typed("others that clients use", "multipart/form-data; boundary=*#$!|~^&", one, body("*#$!|~^&", raw([disposition("name=a")], "1")))
    yield typed("a percent sign stands for itself", 'multipart/form-data; boundary="a%22b"', one, body("a%22b", raw([disposition("name=a")], "1")))
    yield typed("a blank inside quotes", 'multipart/form-data; boundary="a b"', one, body("a b", raw([disposition("name=a")], "1")))
    yield typed("a blank without quotes", "multipart/form-data; boundary=a b", BAD_BOUNDARY, body("a b", raw([disposition("name=a")], "1")))
    yield typed("a blank at the end", 'multipart/form-data; boundary="abc "', BAD_BOUNDARY, body("abc ", raw([disposition("name=a")], "1")))
    yield typed("only hyphens", "multipart/form-data; boundary=----", one, body("----", raw([disposition("name=a")], "1")))
    yield typed("not ASCII", "multipart/form-data; boundary=é", BAD_BOUNDARY, body("é", raw([disposition("name=a")], "1")))
    yield typed("not UTF-8", b"multipart/form-data; boundary=\xff", BAD_BOUNDARY, body(b"\xff", raw([disposition("name=a")], "1")))
    yield typed("not UTF-8 in another parameter", b"multipart/form-data; boundary=abc; x=\xff", one)
    yield typed("a tab inside", 'multipart/form-data; boundary="a\tb"', BAD_BOUNDARY, body("a\tb", raw([disposition("name=a")], "1")))
    yield typed("none", "", NOT_MULTIPART)
    yield typed("text", "text/plain; boundary=abc", NOT_MULTIPART)
    yield typed("a form of the other kind", "application/x-www-form-urlencoded", NOT_MULTIPART, "a=1")
    yield typed("multipart/mixed", "multipart/mixed; boundary=abc", NOT_MULTIPART)
    yield typed("a longer type", "multipart/form-data2; boundary=abc", NOT_MULTIPART)
    yield typed("a type with a blank inside", "multipart / form-data; boundary=abc", NOT_MULTIPART)
    yield typed("a comma for a semicolon", "multipart/form-data, boundary=abc", NOT_MULTIPART)
    yield typed("a no-break space is no blank", "multipart/form-data\u00a0; boundary=abc", NOT_MULTIPART)


# --- delimiters ---------------------------------------------------------------------------------------

X = "multipart/form-data; boundary=x"
A = raw([disposition("name=a")], "1")
ONE = [part("a", "1")]
HEAD_A = b"Content-Disposition: form-data; name=a\r\n\r\n"


def delimiters():
    def form(name, sent, outcome, content_type=X):
        return case(f"delimiters: {name}", content_type, sent, outcome)

    def content(name, data, content_type=X, boundary="x"):
        data = as_bytes(data)
        return form(f"content: {name}", body(boundary, raw([disposition("name=a")], data)), [part("a", data)], content_type)

    whole = body("x", A)
    yield form("one part", whole, ONE)
    yield form("no last line break", body("x", A, end=b""), ONE)
    yield form("a preamble", b"This is a form.\r\n" + whole, ONE)
    yield form("an empty line before", b"\r\n" + whole, ONE)
    yield form("many empty lines before", b"\r\n" * 20 + whole, ONE)
    yield form("a preamble that begins like the boundary", b"--xy\r\n" + whole, ONE)
    yield form("a preamble that has the boundary in a line", b"no --x\r\n" + whole, ONE)
    yield form("a preamble whose boundary follows a line feed", b"\n" + whole, NO_DELIMITER)
    yield form("a preamble of a line feed, then one of a whole line", b"a\n--x\nb\r\n" + whole, ONE)
    yield form("a preamble without a line break", b"a" + whole, NO_DELIMITER)
    yield form("a byte order mark before", b"\xef\xbb\xbf" + whole, NO_DELIMITER)
    yield form("an epilogue", whole + b"Bye.", ONE)
    yield form("an epilogue of empty lines", whole + b"\r\n\r\n", ONE)
    yield form("an epilogue that looks like a part", whole + body("x", raw([disposition("name=b")], "2")), ONE)
    yield form("an epilogue that is not closed", whole + b"--x\r\nContent-Disposition", ONE)
    yield form("an epilogue on the closing line", whole[:-2] + b"Bye.\r\n", NOT_CLOSED)
    yield form("a line feed behind the closing boundary", whole[:-2] + b"\n", ONE)
    yield form("a carriage return behind the closing boundary", whole[:-2] + b"\r", ONE)
    yield form("a third hyphen behind the closing boundary", whole[:-2] + b"-\r\n", NOT_CLOSED)
    yield form("blanks behind a boundary", b"--x \t \r\n" + A + b"\r\n--x--\r\n", ONE)
    yield form("many blanks behind a boundary", b"--x" + b" \t" * 500 + b"\r\n" + A + b"\r\n--x--\r\n", ONE)
    yield form("blanks behind the closing boundary", b"--x\r\n" + A + b"\r\n--x-- \t\r\n", ONE)
    yield form("blanks behind the closing boundary and no line break", b"--x\r\n" + A + b"\r\n--x-- \t", ONE)
    yield form("blanks before the closing hyphens", b"--x\r\n" + A + b"\r\n--x --\r\n", NOT_CLOSED)
    yield form("blanks before a boundary", b" --x\r\n" + A + b"\r\n--x--\r\n", NO_DELIMITER)
    yield form("nothing at all", b"", NO_DELIMITER)
    yield form("the boundary alone", b"--x", NO_DELIMITER)
    yield form("a boundary's line alone", b"--x\r\n", HEADERS_TOO_LONG)
    yield form("closed at once", b"--x--\r\n", [])
    yield form("closed at once, without a line break", b"--x--", [])
    yield form("closed behind a preamble", b"a\r\n--x--\r\n", NO_DELIMITER)
    yield form("another boundary than declared", body("y", A), NO_DELIMITER)
    yield form("without the hyphens", b"x\r\n" + A + b"\r\nx--\r\n", NO_DELIMITER)
    yield form("line feeds only", whole.replace(b"\r\n", b"\n"), ONE)
    yield form("carriage returns only", whole.replace(b"\r\n", b"\r"), NO_DELIMITER)
    yield form("a line feed behind the first boundary", b"--x\n" + A + b"\r\n--x--\r\n", MIXED)
    yield form("a line feed before the closing boundary", b"--x\r\n" + A + b"\n--x--\r\n", NOT_CLOSED)
    yield form("no closing boundary", b"--x\r\n" + A + b"\r\n", NOT_CLOSED)
    yield form("no closing hyphens", b"--x\r\n" + A + b"\r\n--x\r\n", HEADERS_TOO_LONG)
    yield form("one closing hyphen", b"--x\r\n" + A + b"\r\n--x-", NOT_CLOSED)
    yield form("the closing boundary of another", b"--x\r\n" + A + b"\r\n--y--\r\n", NOT_CLOSED)
    for count in (31, 32, 33, 200):
        parts = [raw([disposition(f"name=p{i}")], str(i)) for i in range(count)]
        expected = [part(f"p{i}", str(i)) for i in range(count)]
        yield form(f"{count} parts", body("x", *parts), expected)
    yield form("1001 parts", body("x", *([raw([disposition("name=a")])] * 1001)), TOO_MANY_PARTS)

    # Line feeds alone: the delimiters and the headers end with them, the content may have others.
    head = b"--x\nContent-Disposition: form-data; name=a\n\n"

    def bare(name, sent, outcome):
        return form(f"line feeds only: {name}", sent, outcome)

    yield bare("two parts", head + b"1\n" + head + b"2\n--x--\n", [part("a", "1"), part("a", "2")])
    yield bare("no last line break", head + b"1\n--x--", ONE)
    yield bare("blanks behind the boundaries", head.replace(b"--x", b"--x \t") + b"1\n--x-- \n", ONE)
    yield bare("a part without content or its line", head + b"--x--\n", [part("a")])
    yield bare("closed at once", b"--x--\n", [])
    yield bare("CRLF in the content", head + b"1\r\n2\n--x--\n", [part("a", "1\r\n2")])
    yield bare("a line break of its own at the content's end", head + b"1\n\n--x--\n", [part("a", "1\n")])
    yield bare("a line that continues behind the boundary", head + b"1\r\n--xy\r\n2\n--x--\n", [part("a", "1\r\n--xy\r\n2")])
    yield bare("an epilogue", head + b"1\n--x--\nBye.\n", ONE)
    yield bare("an empty line before", b"\n" + head + b"1\n--x--\n", NO_DELIMITER)
    yield bare("no closing boundary", head + b"1\n", NOT_CLOSED)
    yield bare("a carriage return behind the closing boundary", head + b"1\n--x--\r\n", MIXED)
    yield bare("a carriage return before the closing boundary", head + b"1\r\n--x--\n", MIXED)
    yield bare("a carriage return at the content's end, before the end of the body", head + b"1\r\n--x--", MIXED)
    yield bare("a boundary between CRLF", head + b"1\n" + head + b"2\r\n--x\r\n" + HEAD_A + b"3\n--x--\n", MIXED)
    yield bare("a carriage return behind a boundary", head + b"1\n--x\r\n" + HEAD_A + b"2\n--x--\n", MIXED)
    yield bare("a form of CRLF as the epilogue", head + b"1\n--x--\n" + whole, MIXED)
    yield bare("a form of CRLF as the epilogue, behind CRLF", head + b"1\n--x--\n\r\n" + whole, MIXED)
    yield bare("a carriage return in the headers", b"--x\nContent-Disposition: form-data; name=a\r\n\n1\n--x--\n", BAD_HEADER)
    yield bare("a carriage return in the empty line", b"--x\nContent-Disposition: form-data; name=a\n\r\n1\n--x--\n", BAD_HEADER)
    yield form("a part without content or its line", b"--x\r\n" + HEAD_A + b"--x--\r\n", [part("a")])
    yield form("two parts without content or its line", b"--x\r\n" + HEAD_A + b"--x\r\n" + HEAD_A + b"--x--\r\n", [part("a"), part("a")])
    yield form("a part without headers", b"--x\r\n\r\n1\r\n--x--\r\n", NO_NAME)
    yield form("a part of nothing but its empty line", b"--x\r\n\r\n--x--\r\n", NO_NAME)
    yield form("two boundaries in a row", b"--x\r\n--x\r\n" + A + b"\r\n--x--\r\n", BAD_HEADER)
    yield form("two boundaries in a row that could be a header", b"--x:y\r\n--x:y\r\n" + A + b"\r\n--x:y--\r\n", HEADERS_TOO_LONG, 'multipart/form-data; boundary="x:y"')
    yield form("a boundary among the headers that could be one", b"--x:y\r\nContent-Disposition: form-data; name=a\r\n--x:y--\r\n\r\n1\r\n--x:y--\r\n", HEADERS_TOO_LONG, 'multipart/form-data; boundary="x:y"')
    yield form("headers that no empty line ends", b"--x\r\nContent-Disposition: form-data; name=a\r\n--x--\r\n", BAD_HEADER)

    yield content("empty", "")
    yield content("a line break", "\r\n")
    yield content("line breaks at both ends", "\r\n1\r\n")
    yield content("a carriage return at the end", "1\r")
    yield content("a line feed at the end", "1\n")
    yield content("hyphens at the end", "1--")
    yield content("many line breaks", "\r\n" * 300)
    yield content("many hyphens", "\r\n--" * 300)
    yield content("nearly the boundary, many times", "\r\n--y" * 300)
    yield content("all bytes", bytes(range(256)) * 2)
    yield content("zeros", bytes(300))
    yield content("the boundary and more in a line", "\r\n--xy\r\n")
    yield content("the boundary and more as the first line", "--xy\r\n")
    yield content("the boundary, closed, and more", "\r\n--x--y\r\n")
    yield content("the boundary and one hyphen", "\r\n--x-\r\n")
    yield content("the boundary and three hyphens", "\r\n--x---\r\n")
    yield content("the boundary, a blank and more", "\r\n--x y\r\n")
    yield content("the boundary and a carriage return", "\r\n--x\ry\r\n")
    yield content("the boundary and a line feed", "\r\n--x\ny\r\n")
    yield content("the boundary behind a line feed", "1\n--x\r\n2\n--x--\r\n")
    yield content("the boundary behind a carriage return", "1\r--x\r\n2\r--x--\r\n")
    yield content("the boundary inside a line", "1 --x\r\n2 --x--\r\n")
    yield content("the boundary without hyphens", "\r\nx\r\n-x\r\n")
    yield content("the boundary in another case", "\r\n--X\r\n--X--\r\n")
    yield content("the boundary behind two line breaks' halves", "\r\r--x\r\n\n\n--x\r\n")
    yield content("headers", "Content-Disposition: form-data; name=b\r\n\r\n2")
    yield content("half of a boundary of hyphens", "\r\n-----\r\n------\r\n", "multipart/form-data; boundary=-----", "-----")
    yield content("what repeats the boundary's beginning", "\r\n--aaab\r\n--aaaaab", "multipart/form-data; boundary=aaaab", "aaaab")
    yield form("content: the boundary as the first line", b"--x\r\n" + HEAD_A + b"--x\r\n" + HEAD_A + b"2\r\n--x--\r\n", [part("a"), part("a", "2")])
    prefix = "multipart/form-data; boundary=ab"
    inner = body("abc", raw([disposition("name=b")], "2"))
    yield form("content: a form whose boundary begins with ours", body("ab", raw([disposition("name=a")], inner)), [part("a", inner)], prefix)

    # Truncated, at every kind of position.
    sent = body("cut", raw([disposition('name="a"'), "Content-Type: text/plain"], "one\r\ntwo"))
    for position, end, outcome in (
        ("in the first boundary", sent.index(b"ut\r"), NO_DELIMITER),
        ("behind the first boundary", sent.index(b"\r\n"), NO_DELIMITER),
        ("in the first line break", sent.index(b"\n"), NO_DELIMITER),
        ("behind the first line", sent.index(b"Content"), HEADERS_TOO_LONG),
        ("in a header's name", sent.index(b"sition"), HEADERS_TOO_LONG),
        ("in a header's value", sent.index(b'"a'), HEADERS_TOO_LONG),
        ("in a header's line break", sent.index(b"\nContent-Type"), HEADERS_TOO_LONG),
        ("between headers", sent.index(b"Content-Type"), HEADERS_TOO_LONG),
        ("before the empty line", sent.index(b"\r\none"), HEADERS_TOO_LONG),
        ("in the empty line", sent.index(b"\none"), HEADERS_TOO_LONG),
        ("behind the empty line", sent.index(b"one"), NOT_CLOSED),
        ("in the content", sent.index(b"ne\r"), NOT_CLOSED),
        ("in the content's line break", sent.index(b"\ntwo"), NOT_CLOSED),
        ("behind the content", sent.index(b"\r\n--cut--"), NOT_CLOSED),
        ("in the last line break", sent.index(b"\n--cut--"), NOT_CLOSED),
        ("in the closing boundary", sent.index(b"t--\r\n"), NOT_CLOSED),
        ("behind the closing boundary", sent.index(b"--\r\n"), NOT_CLOSED),
        ("in the closing hyphens", sent.index(b"-\r\n"), NOT_CLOSED),
        ("in the very last line break", len(sent) - 1, [part("a", "one\r\ntwo", None, "text/plain")]),
        ("before the very last line break", len(sent) - 2, [part("a", "one\r\ntwo", None, "text/plain")]),
    ):
        yield form(f"cut {position}", sent[:end], outcome, "multipart/form-data; boundary=cut")


# --- headers -----------------------------------------------------------------------------------------


def headers():
    named = disposition("name=a")

    def head(name, lines, outcome):
        expected = outcome if isinstance(outcome, (str, list)) else ONE
        return case(f"headers: {name}", X, body("x", raw(lines, "1")), expected)

    def typed(value):
        return [part("a", "1", None, value)]

    yield head("names in lower case", ["content-disposition: form-data; name=a", "content-type: text/plain"], typed("text/plain"))
    yield head("names in capitals", ["CONTENT-DISPOSITION: form-data; name=a", "CONTENT-TYPE: text/plain"], typed("text/plain"))
    yield head("no blank behind the colon", ["Content-Disposition:form-data;name=a", "Content-Type:text/plain"], typed("text/plain"))
    yield head("many blanks around the value", ["Content-Disposition: \t form-data; name=a \t ", "Content-Type: \t text/plain\t"], typed("text/plain"))
    yield head("the type before the disposition", ["Content-Type: text/plain", named], typed("text/plain"))
    yield head("others", [named, "X-Header: 1", "Content-ID: <1>", "MIME-Version: 1.0"], None)
    yield head("others twice", [named, "X-Header: 1", "X-Header: 2"], None)
    yield head("one without a value", [named, "X-Header:"], None)
    yield head("a type without a value", [named, "Content-Type:"], typed(""))
    yield head("a wrong length", [named, "Content-Length: 1000"], None)
    yield head("an invalid length", [named, "Content-Length: -1"], None)
    yield head("every character that a name may have", [named, "!#$%&'*+-.^_`|~09azAZ: 1"], None)
    yield head("colons in a value", [named, "X-Header: a:b: c"], None)
    yield head("a value in UTF-8", [named, "X-Header: é"], None)
    yield head("a value that is not UTF-8", [named, b"X-Header: \xff\x80"], None)
    yield head("a type that is not UTF-8", [named, b"Content-Type: \xff"], typed("\ufffd"))
    yield head("a tab in a value", [named, "X-Header: a\tb"], None)
    yield head("16", [named, *(f"X-{i}: 1" for i in range(15))], None)
    yield head("17", [named, *(f"X-{i}: 1" for i in range(16))], TOO_MANY_HEADERS)
    rest = 8192 - len(named) - 2 - len("X: \r\n") - 2
    yield head("8 KiB", [named, "X: " + "y" * rest], None)
    yield head("8 KiB and a byte", [named, "X: " + "y" * (rest + 1)], HEADERS_TOO_LONG)
    yield head("20 KiB", [named, "X: " + "y" * 20000], HEADERS_TOO_LONG)
    yield head("folded by a blank", ["Content-Disposition: form-data;", " name=a"], FOLDED)
    yield head("folded by a tab", ["Content-Disposition: form-data;", "\tname=a"], FOLDED)
    yield head("another one folded", [named, "X-Header: a", " b"], FOLDED)
    yield head("the first line folded", [" Content-Disposition: form-data; name=a"], FOLDED)
    yield head("a line of blanks", [named, " "], FOLDED)
    yield head("NUL in a value", [b"Content-Disposition: form-data; name=a\0"], BAD_HEADER)
    yield head("NUL in a file name", [disposition('name=a; filename="a.png\0.exe"')], BAD_HEADER)
    yield head("NUL in a name", [named, b"X\0: 1"], BAD_HEADER)
    yield head("NUL in another", [named, b"X: \0"], BAD_HEADER)
    yield head("a carriage return in a value", [named, b"X: a\rb"], BAD_HEADER)
    yield head("a carriage return at a value's end", [named, b"X: a\r"], BAD_HEADER)
    yield head("a line feed in a value", [named, b"X: a\nContent-Type: text/plain"], BAD_HEADER)
    yield head("a line feed in a file name", [disposition('name=a; filename="a\nb"')], BAD_HEADER)
    yield head("DEL in a value", [named, b"X: \x7f"], BAD_HEADER)
    yield head("an escape character in a value", [named, b"X: \x1b[2J"], BAD_HEADER)
    yield head("a blank before the colon", ["Content-Disposition : form-data; name=a"], BAD_HEADER)
    yield head("a blank in a name", [named, "X Y: 1"], BAD_HEADER)
    yield head("a name in UTF-8", [named, "É: 1"], BAD_HEADER)
    yield head("a name of nothing", [named, ": 1"], BAD_HEADER)
    yield head("no colon", [named, "X"], BAD_HEADER)
    yield head("no disposition", ["Content-Type: text/plain"], NO_NAME)
    yield head("the disposition twice", [named, named], TWICE)
    yield head("the disposition twice in another case", [named, "content-disposition: form-data; name=b"], TWICE)
    yield head("the type twice alike", [named, "Content-Type: text/plain", "content-type:text/plain "], typed("text/plain"))
    yield head("the type three times, once another", [named, "Content-Type: text/plain", "Content-Type: text/plain", "Content-Type: text/html"], TWICE)
    yield head("the type twice in another case", [named, "Content-Type: text/plain", "Content-Type: TEXT/plain"], TWICE)
    yield head("the type folded", [named, "Content-Type: text/plain;", " charset=utf-8"], FOLDED)
    yield head("the type twice", [named, "Content-Type: text/plain", "Content-Type: image/png"], TWICE)
    yield head("the transfer encoding twice", [named, "Content-Transfer-Encoding: binary", "Content-Transfer-Encoding: base64"], TWICE)
    for encoding in ("7bit", "8bit", "binary", "BINARY"):
        yield head(f"the transfer encoding {encoding}", [named, f"Content-Transfer-Encoding: {encoding}"], None)
    for encoding in ("base64", "Base64", "quoted-printable", "x-uuencode", "gzip", "binary; x", ""):
        yield head(f"the transfer encoding {encoding!r}", [named, f"Content-Transfer-Encoding: {encoding}"], ENCODED)
    yield head("a multipart in a part", [named, "Content-Type: multipart/mixed; boundary=y"], NESTED)
    yield head("a form in a form", [named, "content-type:Multipart/Form-Data; boundary=x"], NESTED)
    yield head("a multipart in a file", [disposition("name=a; filename=b"), "Content-Type: multipart/related; boundary=y"], NESTED)
    yield head("a multipart with a boundary that another parameter quotes", [named, 'Content-Type: multipart/mixed; x="; boundary=y"'], NESTED)
    yield head("a multipart with a boundary without a value", [named, "Content-Type: multipart/mixed; BOUNDARY"], NESTED)
    yield head("a multipart with an extended boundary", [named, "Content-Type: multipart/mixed; boundary*=utf-8''y"], NESTED)
    yield head("a multipart without a boundary", [named, "Content-Type: multipart/form-data"], typed("multipart/form-data"))
    yield head("a multipart without a boundary, with a character set", [named, "Content-Type: Multipart/Mixed; charset=utf-8"], typed("Multipart/Mixed; charset=utf-8"))
    yield head("a type that begins nearly so", [named, "Content-Type: multipartx/mixed"], typed("multipartx/mixed"))
    yield head("a message in a part", [named, "Content-Type: message/rfc822"], typed("message/rfc822"))


# --- Content-Disposition -------------------------------------------------------------------------------


def dispositions():
    def sent(name, value, outcome):
        return case(f"disposition: {name}", X, body("x", raw([b"Content-Disposition: " + as_bytes(value)], "1")), outcome)

    def field(name, value, expected):
        return sent(name, value, [part(expected, "1")])

    def file(name, parameters, expected):
        return sent(name, b"form-data; name=a; " + as_bytes(parameters), [part("a", "1", expected)])

    yield field("unquoted", "form-data; name=a", "a")
    yield field("quoted", 'form-data; name="a"', "a")
    yield field("no blanks", 'form-data;name="a"', "a")
    yield field("blanks everywhere", 'form-data \t ; \t name \t = \t "a" \t ', "a")
    yield field("in capitals", 'FORM-DATA; NAME="a"', "a")
    yield field("the case of the name stays", 'form-data; name="PostedFile"', "PostedFile")
    yield field("a semicolon at the end", 'form-data; name="a";', "a")
    yield field("semicolons without parameters", 'form-data;; ; name="a" ; ;', "a")
    yield field("unknown parameters", 'form-data; x=1; name="a"; y="2;3"; x=4', "a")
    yield field("an empty name", 'form-data; name=""', "")
    yield field("an empty name, unquoted", "form-data; name=", "")
    yield field("a name in UTF-8", 'form-data; name="é"', "é")
    yield field("a name that is not UTF-8", b'form-data; name="a\xff"', "a\ufffd")
    yield field("a name with a quotation mark", 'form-data; name="a%22b"', 'a"b')
    yield field("a name with an escaped quotation mark", r'form-data; name="a\"b"', 'a"b')
    yield field("a name with a semicolon", 'form-data; name="a;b"', "a;b")
    yield field("a name with an equals sign, unquoted", "form-data; name=a=b", "a=b")
    yield field("a name with brackets, unquoted", "form-data; name=a[]", "a[]")
    yield field("a name inside another's quotes", 'form-data; x="; name=b"; name=a', "a")
    yield field("a name behind an escaped quotation mark", r'form-data; x="\"; name=b; y=\""; name=a', "a")
    yield field("name* is not for forms", "form-data; name=a; name*=utf-8''b", "a")
    yield sent("name* alone", "form-data; name*=utf-8''b", NO_NAME)
    yield sent("another kind", "attachment; name=a", NO_NAME)
    yield sent("another kind with a file", 'file; name=a; filename="b"', NO_NAME)
    yield sent("a longer kind", "form-data2; name=a", NO_NAME)
    yield sent("no kind", "name=a", NO_NAME)
    yield sent("nothing", "", NO_NAME)
    yield sent("no parameters", "form-data", NO_NAME)
    yield sent("no name", 'form-data; filename="a"', NO_NAME)
    yield sent("a comma for a semicolon", "form-data, name=a", NO_NAME)
    yield sent("a blank for a semicolon", "form-data name=a", NO_NAME)
    yield sent("the name twice", "form-data; name=a; name=b", BAD_DISPOSITION)
    yield sent("the name twice alike", "form-data; name=a; name=a", BAD_DISPOSITION)
    yield sent("the name twice in another case", "form-data; name=a; NAME=b", BAD_DISPOSITION)
    yield sent("the file name twice", "form-data; name=a; filename=b; filename=c", BAD_DISPOSITION)
    yield sent("the extended file name twice", "form-data; name=a; filename*=utf-8''b; filename*=utf-8''c", BAD_DISPOSITION)
    yield sent("quotes that do not end", 'form-data; name="a', BAD_DISPOSITION)
    yield sent("quotes of another that do not end", 'form-data; name=a; x="', BAD_DISPOSITION)
    yield sent("text behind the quotes", 'form-data; name="a"b', BAD_DISPOSITION)
    yield sent("text behind the quotes hides a parameter", 'form-data; name="a" x; filename="b"', BAD_DISPOSITION)
    yield sent("a quotation mark in the middle", 'form-data; name=a"b', BAD_DISPOSITION)
    yield sent("a quotation mark in the middle hides a parameter", 'form-data; name=a"; filename="b"', BAD_DISPOSITION)
    yield sent("a parameter without a value", "form-data; name", BAD_DISPOSITION)
    yield sent("a parameter without a value hides another", "form-data; name=a; x; filename=b", BAD_DISPOSITION)
    yield sent("a parameter without a name", "form-data; =b; name=a", BAD_DISPOSITION)
    yield sent("a blank in a parameter's name", "form-data; x y=b; name=a", BAD_DISPOSITION)
    yield sent("a parameter's name in quotes", 'form-data; "name"=a', BAD_DISPOSITION)
    yield sent("a parameter's name that is not ASCII", "form-data; name=a; é=b", BAD_DISPOSITION)

    yield file("a file name, unquoted", "filename=b.png", "b.png")
    yield file("a file name, unquoted, with blanks", "filename=my photo.png ; x=y", "my photo.png")
    yield file("a file name, unquoted, in UTF-8", "filename=é.png", "é.png")
    yield file("a file name, unquoted, with a backslash", "filename=C:\\b.png", "C:\\b.png")
    yield file("an empty file name", 'filename=""', "")
    yield file("an empty file name, unquoted", "filename=", "")
    yield file("a file name of blanks", 'filename="  "', "  ")
    yield file("a file name with an apostrophe", "filename=\"it's.png\"", "it's.png")
    yield sent("the file name before the name, in order", "form-data; filename=b; name=a", [part("a", "1", "b")])
    yield file("a file name in capitals", "FILENAME=b", "b")
    yield file("a blank before the equals sign", 'filename = "b"', "b")
    yield file("escapes", r'filename="\"\\\"b"', '"\\"b')
    yield file("a path that ends with a backslash", 'filename="C:\\b\\"', "C:\\b\\")
    yield file("two backslashes at the end", 'filename="C:\\\\"', "C:\\")
    yield file("backslashes that escape nothing", r'filename="\a\b\.png"', r"\a\b\.png")
    yield file("inch marks", 'filename="Poster 24"x36".jpg"', 'Poster 24"x36".jpg')
    yield file("an inch mark at the end", 'filename="24"" ', '24"')
    yield file("a quotation mark around everything", 'filename=""b.png""', '"b.png"')
    yield file("an inch mark before a semicolon", 'filename="24"; 36".jpg"', '24"; 36".jpg')
    yield file("an inch mark, and escapes", r'filename="24"x36\".jpg"', '24"x36".jpg')
    yield sent("an inch mark before another parameter", 'form-data; filename="24"x36"; name=a', BAD_DISPOSITION)
    yield sent("an inch mark hides a name", 'form-data; name=a; filename="b"c; name=d"', BAD_DISPOSITION)
    yield sent("an inch mark hides a name in capitals", 'form-data; name=a; filename="b"c; NAME = "d"', BAD_DISPOSITION)
    yield sent("an inch mark hides a file name", 'form-data; name=a; filename="b"c; filename="d"', BAD_DISPOSITION)
    yield sent("an inch mark hides an extended file name", 'form-data; name=a; filename="b"c; filename*=utf-8\'\'d"', BAD_DISPOSITION)
    yield sent("an inch mark hides a name behind a blank", 'form-data; name=a; filename="b" name="c"', BAD_DISPOSITION)
    yield sent("an inch mark in another parameter", 'form-data; name=a; filename=b; x="24"x36"', BAD_DISPOSITION)
    yield sent("text behind the file name", 'form-data; name=a; filename="b"c', BAD_DISPOSITION)
    yield sent("an inch mark before an unknown parameter", 'form-data; name=a; filename="b"c"; x=y', BAD_DISPOSITION)
    yield sent("an escaped quotation mark before another parameter", 'form-data; filename="C:\\b\\"; name="a"', BAD_DISPOSITION)
    yield file("%22 is a quotation mark", 'filename="%22%22"', '""')
    yield file("%22 stays without quotes", "filename=%22b", "%22b")
    yield file("other percent signs stay", 'filename="%41%2e%00%"', "%41%2e%00%")
    yield file("a path upwards", 'filename="../../b.png"', "../../b.png")
    yield file("a file name of dots", 'filename=".."', "..")
    yield file("a long file name", f'filename="{"b" * 5000}.png"', "b" * 5000 + ".png")
    yield file("a right-to-left override", 'filename="a\u202egnp.exe"', "a\u202egnp.exe")
    yield file("an overlong slash", b'filename="..\xc0\xafb"', "..\ufffd\ufffdb")
    yield file("half a character", b'filename="\xe6\x97"', "\ufffd")
    yield file("Shift JIS", b'filename="\x83\x65.png"', "\ufffde.png")

    yield file("filename*", "filename*=utf-8''%E2%82%AC.png", "€.png")
    yield file("filename* behind filename", "filename=c.png; filename*=utf-8''%E2%82%AC.png", "€.png")
    yield file("filename* before filename", "filename*=utf-8''%E2%82%AC.png; filename=c.png", "€.png")
    yield file("filename* in capitals", "FILENAME*=UTF-8''%e2%82%ac.png", "€.png")
    yield file("filename* in quotes", "filename*=\"utf-8''%E2%82%AC.png\"", "€.png")
    yield file("filename* with a language", "filename*=utf-8'en-GB'b.png", "b.png")
    yield file("filename* in Latin-1", "filename*=iso-8859-1''%E9.png", "é.png")
    yield file("filename* in ASCII", "filename*=us-ascii''b.png", "b.png")
    yield file("filename* with a quoted name inside", "filename*=utf-8''%22b.png%22", "b.png")
    yield file("filename* with one quotation mark", "filename*=utf-8''%22b.png", '"b.png')
    yield file("filename* with apostrophes", "filename*=utf-8''it's.png", "it's.png")
    yield file("filename* that is empty", "filename*=utf-8''", "")
    yield file("filename* that is empty, and filename", "filename=c.png; filename*=utf-8''", "")
    yield file("filename* of broken UTF-8, and filename", "filename=c.png; filename*=utf-8''%ff", "c.png")
    yield file("filename* of broken UTF-8", "filename*=utf-8''%ff", "")
    yield file("filename* of an unknown character set, and filename", "filename=c.png; filename*=koi8-r''%c1", "c.png")
    yield file("filename* of no form, and filename", "filename=c.png; filename*=b.png", "c.png")
    yield file("filename* of no form", "filename*=b.png", "")
    yield file("filename* with a path", "filename*=utf-8''..%2F..%5Cb.png", "../..\\b.png")
    yield file("filename* with NUL", "filename*=utf-8''a%00b", "a\0b")
    yield file("filename* with a line break", "filename*=utf-8''a%0D%0Ab", "a\r\nb")
    yield sent("filename* in pieces is no file name", "form-data; name=a; filename*0=b; filename*1=c", [part("a", "1")])

    yield file("an encoded word in B", 'filename="=?utf-8?B?w6kucG5n?="', "é.png")
    yield file("an encoded word in Q", 'filename="=?UTF-8?Q?a_=C3=A9=2Epng?="', "a é.png")
    yield file("an encoded word in lower case", 'filename="=?utf-8?q?=c3=a9?="', "é")
    yield file("an encoded word in Latin-1", 'filename="=?iso-8859-1?Q?=E9?="', "é")
    yield file("an encoded word, unquoted", "filename==?utf-8?B?w6kucG5n?=", "é.png")
    yield file("two encoded words", 'filename="=?utf-8?B?w6k=?= =?utf-8?Q?.png?="', "é.png")
    yield file("an encoded word of broken base64", 'filename="=?utf-8?B?***?="', "=?utf-8?B?***?=")
    yield file("an encoded word of an unknown set", 'filename="=?koi8-r?B?wQ==?="', "=?koi8-r?B?wQ==?=")
    yield file("an encoded word of an unknown encoding", 'filename="=?utf-8?X?b?="', "=?utf-8?X?b?=")
    yield file("an encoded word that does not end", 'filename="=?utf-8?B?w6k="', "=?utf-8?B?w6k=")
    yield file("an encoded word and text", 'filename="=?utf-8?B?w6k=?= b"', "=?utf-8?B?w6k=?= b")
    yield file("an encoded word with a percent sign", 'filename="=?utf-8?Q?100%?="', "100%")


def main():
    cases = [*clients(), *content_types(), *delimiters(), *headers(), *dispositions()]
    names = [case["name"] for case in cases]
    assert len(names) == len(set(names)), [name for name in names if names.count(name) > 1]
    about = "Written by make.py from the rules; see README.md."
    text = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    (HERE / "bodies.json").write_text(f'{{"about": "{about}", "bodies": [\n{text}\n]}}\n', encoding="utf-8")
    refused = sum("refused" in case for case in cases)
    print(f"{len(cases)} bodies, {refused} of them refused")
    if sys.argv[1:2] == ["--seeds"]:
        write_seeds(Path(sys.argv[2]), cases)


def sent(case, key):
    text = case.get(key + "_text")
    return base64.b64decode(case[key + "_base64"]) if text is None else text.encode()


def write_seeds(folder, cases):
    """Writes seeds for fuzzing, a folder for each of the targets `multipart` and `request`."""
    for target in ("multipart", "request"):
        (folder / target).mkdir(parents=True, exist_ok=True)
    head = b"POST /api/4/UploadImage/UploadImage?userId=12345\nwebsiteId: 1\nwebApiClientKey: k\nContent-Type: "
    for number, case in enumerate(cases):
        content_type, body = sent(case, "content_type"), sent(case, "body")
        (folder / "multipart" / f"{number:03}").write_bytes(content_type + b"\n" + body)
        (folder / "request" / f"{number:03}").write_bytes(head + content_type + b"\n\n" + body)
    key = b"websiteId: 1\nwebApiClientKey: k\n"
    file = b"/original/2026_11_67e55044-10b1-426f-9247-bb680e5fe0c8.png"
    for number, request in enumerate((
        b"GET /\n\n",
        b"HEAD /\n\n",
        b"GET /api/4/UploadImage/GetUserUploadedList?userId=1&pageIndex=1&pageSize=9&searchKey=a\n" + key + b"\n",
        b"GET /api/4/UploadImage/GetImageSettings\n" + key + b"\n",
        b"POST /probe\nContent-Length: 69\n\n" + PNG,
        b"GET " + file + b"\nRange: bytes=0-9\nIf-Range: \"a\"\nIf-None-Match: *\n\n",
        b"HEAD " + file.upper() + b"\nIf-Modified-Since: Tue, 24 Nov 2026 10:00:00 GMT\n\n",
        b"OPTIONS *\n\n",
        b"OPTIONS /api/4/UploadImage/UploadImage\nOrigin: https://shop.example\nAccess-Control-Request-Method: POST\nAccess-Control-Request-Headers: websiteid\n\n",
        b"GET " + file + b"\nOrigin: https://shop.example\n\n",
        b"POST /api/4/UploadImage/UploadImage?userId=1\nContent-Encoding: gzip\n" + key + b"\n" + PNG,
    )):
        (folder / "request" / f"get-{number}").write_bytes(request)


if __name__ == "__main__":
    main()
