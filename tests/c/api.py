#!/usr/bin/env python3
"""Finds each entry of the table tests/contract/api.tsv that is C's in include/userimage.h: a function, or a
field of a struct. Usage: api.py [HEADER]"""

import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parents[2]
header = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else root / "include/userimage.h").read_text()
header = re.sub(r"//[^\n]*|/\*.*?\*/", "", header, flags=re.S)

names = set(re.findall(r"^(?:int32_t|void) (userimage_\w+)\(", header, flags=re.M))
for body, struct in re.findall(r"typedef struct \{(.*?)\} (userimage_\w+);", header, flags=re.S):
    for field in body.split(";")[:-1]:
        name = re.search(r"\(\*(\w+)\)", field) or re.search(r"(\w+)\s*$", field)
        names.add(f"{struct}.{name[1]}")

lines = [line for line in (root / "tests/contract/api.tsv").read_text().splitlines() if not line.startswith("#")]
column = lines[0].split("\t").index("c")
rows = [line.split("\t") for line in lines[1:]]
missing = [f"{row[0]}: {row[column]}" for row in rows if row[column] != "-" and row[column] not in names]
if len(rows) < 100 or missing:
    sys.exit(f"{len(rows)} rows; not in the header:\n" + "\n".join(missing))
print(f"{len(rows)} facts and operations, each in the header")
