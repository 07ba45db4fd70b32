#!/usr/bin/env python3
"""Parses the table's bodies, and mutants of them, with this library and with others, and writes their
disagreements to README.md.

Needs cargo, `pip install multipart python-multipart werkzeug`, node, and a folder NODE_PATH in which
`npm install busboy` was run (its `node_modules`).
"""

import base64
import collections
import io
import json
import os
import random
import subprocess
from importlib.metadata import version
from pathlib import Path

import multipart
import werkzeug.formparser
import werkzeug.http
from python_multipart.multipart import MultipartParser, parse_options_header

HERE = Path(__file__).parent
MUTANTS = 6000
PEERS = ["multer", "multipart", "python-multipart", "werkzeug", "busboy"]


def decoded(of, key):
    text = of.get(key + "text")
    return base64.b64decode(of[key + "base64"]) if text is None else text.encode()


def table():
    bodies = json.loads((HERE / "bodies.json").read_text(encoding="utf-8"))["bodies"]
    # A header's value has no surrounding blanks.
    return [(decoded(body, "content_type_").strip(), decoded(body, "body_")) for body in bodies]


PIECES = [b"\r\n", b"\r", b"\n", b"--", b"-", b" ", b"\t", b'"', b"\\", b";", b"=", b":", b"\0", b"%22", b"\xff", b"*", b"'",
          b"name=b", b'; filename="c"', b"filename*=utf-8''d", b"Content-Type: text/plain\r\n", b"\r\n\r\n"]


def mutants(bodies):
    dice = random.Random(2046)
    small = [body for body in bodies if len(body[1]) < 1500]
    for _ in range(MUTANTS):
        content_type, body = dice.choice(small)
        boundary = b"--" + content_type.split(b"boundary=")[-1].strip(b'"; ')
        for _ in range(dice.randint(1, 3)):
            at, to = sorted(dice.randrange(len(body) + 1) for _ in range(2))
            to = min(to, at + 12)
            body = dice.choice([
                lambda: body[:at] + body[to:],
                lambda: body[:at],
                lambda: body[:at] + dice.choice(PIECES) + body[at:],
                lambda: body[:at] + dice.choice(PIECES) + body[to:],
                lambda: body[:at] + b"\r\n" + boundary + dice.choice([b"", b"\r\n", b"--", b"\n"]) + body[at:],
                lambda: body[:at] + body[at:to] + body[at:],
                lambda: body[:at] + bytes([dice.randrange(256)]) + body[at + 1 :],
            ])()
        yield content_type, body


# --- the other parsers --------------------------------------------------------------------------------


def part(name, file_name, data):
    return {"name": name, "file_name": file_name, "base64": base64.b64encode(data).decode()}


def by_multipart(content_type, body):
    kind, options = multipart.parse_options_header(content_type.decode("latin-1"))
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise ValueError("no form or no boundary")
    form = multipart.MultipartParser(
        io.BytesIO(body), options["boundary"], header_limit=16, headersize_limit=8192, part_limit=1000
    )
    return [part(found.name, found.filename, found.raw) for found in form]


def by_python_multipart(content_type, body):
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise ValueError("no form or no boundary")
    parts, names, headers, ended = [], [b"", b""], [], []
    text = lambda value: None if value is None else value.decode("utf-8", "replace")

    def add(index):
        def take(data, start, end):
            names[index] += data[start:end]
        return take

    def finish_header():
        headers.append((names[0].lower(), names[1]))
        names[:] = [b"", b""]

    def finish_headers():
        kind, options = parse_options_header(dict(headers).get(b"content-disposition"))
        headers.clear()
        if b"name" not in options:
            raise ValueError("no name")
        parts.append([text(options[b"name"]), text(options.get(b"filename")), b""])

    def take_data(data, start, end):
        parts[-1][2] += data[start:end]

    form = MultipartParser(options[b"boundary"], {
        "on_header_field": add(0), "on_header_value": add(1), "on_header_end": finish_header,
        "on_headers_finished": finish_headers, "on_part_data": take_data, "on_end": lambda: ended.append(1),
    }, max_header_count=16, max_header_size=8192)
    form.write(body)
    form.finalize()
    return [part(*found) for found in parts]


def by_werkzeug(content_type, body):
    kind, options = werkzeug.http.parse_options_header(content_type.decode("latin-1"))
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise ValueError("no form or no boundary")
    found = []

    class Parser(werkzeug.formparser.MultiPartParser):
        def __init__(self):
            super().__init__(max_form_parts=1000, cls=lambda pairs: found.append(pairs) or pairs)

    Parser().parse(io.BytesIO(body), options["boundary"].encode("latin-1"), len(body))
    fields, files = found
    return [part(name, None, value.encode()) for name, value in fields] + [
        part(name, file.filename, file.read()) for name, file in files
    ]


def by_python(read):
    def outcome(content_type, body):
        try:
            return {"parts": read(content_type, body)}
        except Exception as error:  # each parser raises its own errors
            return {"refused": f"{type(error).__name__}: {error}"}
    return lambda bodies: [outcome(*body) for body in bodies]


def encoded(bodies):
    return json.dumps([[base64.b64encode(side).decode() for side in body] for body in bodies])


def by_busboy(bodies):
    run = subprocess.run(["node", HERE / "busboy.cjs"], input=encoded(bodies), capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


def by_rust(bodies):
    command = ["cargo", "run", "--quiet", "-p", "userimage", "--example", "multipart_peer"]
    run = subprocess.run(command, input=encoded(bodies), cwd=HERE, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(run.stdout)


# --- the disagreements --------------------------------------------------------------------------------

REASONS = json.loads((HERE / "reasons.json").read_text(encoding="utf-8"))


def content(part, key):
    """Some return fields as text, so bytes that are not UTF-8 are replaced before comparing."""
    if key != "base64" or part["file_name"] is not None:
        return part[key]
    return base64.b64decode(part[key]).decode("utf-8", "replace")


def kind(ours, theirs):
    """The kind of a disagreement, or `None` if they agree."""
    if "refused" in ours:
        return None if "refused" in theirs else "accepted although " + ours["refused"]
    if "refused" in theirs:
        return "refused although it is valid"
    # Some return fields before files.
    order = lambda part: part["file_name"] is not None
    ours, theirs = (sorted(side["parts"], key=order) for side in (ours, theirs))
    if len(ours) != len(theirs):
        return "other parts"
    for key in ("name", "file_name", "base64"):
        if any(content(a, key) != content(b, key) for a, b in zip(ours, theirs)):
            return {"name": "another name", "file_name": "another file name", "base64": "another content"}[key]
    return None


def compare(bodies):
    rust = by_rust(bodies)
    outcomes = {
        "multer": [outcome["multer"] for outcome in rust],
        "multipart": by_python(by_multipart)(bodies),
        "python-multipart": by_python(by_python_multipart)(bodies),
        "werkzeug": by_python(by_werkzeug)(bodies),
        "busboy": by_busboy(bodies),
    }
    counts, examples = collections.Counter(), collections.defaultdict(list)
    for index, (content_type, body) in enumerate(bodies):
        for peer in PEERS:
            found = kind(rust[index]["userimage"], outcomes[peer][index])
            if found:
                counts[found, peer] += 1
                examples[found, peer].append([content_type, body, rust[index]["userimage"], outcomes[peer][index]])
    return counts, examples


def main():
    bodies = table()
    runs = [compare(bodies), compare(list(mutants(bodies)))]
    kinds = sorted({found for counts, _ in runs for found, _ in counts})
    lines = ["| difference | " + " | ".join(PEERS) + " | reason |", "|---|" + "---|" * (len(PEERS) + 1)]
    for found in kinds:
        cells = [" + ".join(str(counts[found, peer]) for counts, _ in runs) for peer in PEERS]
        lines.append(f"| {found} | " + " | ".join(cells) + f" | {REASONS.get(found, 'UNEXPLAINED')} |")
    node = subprocess.run(["node", "-p", "require('busboy/package.json').version"], capture_output=True, text=True, check=True)
    versions = ", ".join(f"{name} {version(name)}" for name in ("multipart", "python-multipart", "werkzeug"))
    lines += ["", f"Run with {versions}, busboy {node.stdout.strip()}, over {len(bodies)} bodies + {MUTANTS} mutants."]
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    before, rest = readme.split("<!-- disagreements -->\n")[0], readme.split("<!-- end -->\n")[-1]
    text = before + "<!-- disagreements -->\n" + "\n".join(lines) + "\n<!-- end -->\n" + rest
    (HERE / "README.md").write_text(text, encoding="utf-8")
    if folder := os.environ.get("EXAMPLES"):
        for (found, peer), some in runs[0][1].items():
            with open(Path(folder) / "examples.txt", "a") as out:
                for example in some:
                    print(peer, "|", found, *example, sep="\n   ", file=out)
        for (found, peer), some in runs[1][1].items():
            with open(Path(folder) / "mutants.txt", "a") as out:
                for example in some[:4]:
                    print(peer, "|", found, *example, sep="\n   ", file=out)
    assert all(found in REASONS for found in kinds), "a kind of disagreement is not explained"


if __name__ == "__main__":
    main()
