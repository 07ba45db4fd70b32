"""Runs every example in README.md and docs/, and checks that their links lead somewhere.

    python3 tests/docs/run.py [--python INTERPRETER] [--list] [DOCUMENT...]

A fenced block of `sh`, `rust`, `c`, `csharp` or `python` is run. `sh` runs in the checkout; the others in a new folder
for each document that has `photo.jpg` and `logo.png`. A Rust block without `main` is the inside of one that returns a `Result`.
Markers stand directly above a block, one a line, as comments that a reader does not see:

    <!-- continues -->          the code of the block of this language before it comes first
    <!-- elsewhere -->          `sh` runs in the document's folder instead of the checkout
    <!-- server: URL -->        it is started and waited for until URL answers, and ended with the document
    <!-- file: NAME -->         it is not run, but saved under this name in the document's folder
    <!-- output -->             what the block before it prints; `…` stands for any text
    <!-- config -->             a configuration: an uploader is opened with it
    <!-- not run: REASON -->    it is not run

A block of another language needs one of the last four. --python names an interpreter that has the module; without it the
module is built and installed into an environment of its own. Needs: cargo, gcc, make, curl, and for C# the .NET SDK 10
(without it, which is printed, its blocks are skipped).
"""

from __future__ import annotations

import argparse
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from blocks import BadDocument, Block, blocks_of
from languages import ROOT, C, CSharp, Missing, Python, Rust, Shell

DOCUMENTS = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "tests/README.md",
    "python/README.md",
    *sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("docs/*.md")),
]
FIXTURES = ROOT / "tests" / "fixtures" / "files"
SECONDS = 900

LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")


def main() -> int:
    """Run what the command line names; return the exit status."""
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--python")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("documents", nargs="*", default=DOCUMENTS)
    arguments = parser.parse_args()

    documents = {name: (ROOT / name).read_text("utf-8") for name in arguments.documents}
    try:
        all_blocks = {name: blocks_of(Path(name), text) for name, text in documents.items()}
        for name, blocks in all_blocks.items():
            check_markers(blocks)
            check_links(Path(name), documents[name])
    except BadDocument as error:
        print(f"FAILED: {error}")
        return 1
    if arguments.list:
        for block in (block for blocks in all_blocks.values() for block in blocks):
            print(
                block,
                block.language or "-",
                " ".join(f"{k}: {v}".rstrip(": ") for k, v in block.markers.items()),
            )
        return 0

    run = Run(arguments.python, [block for blocks in all_blocks.values() for block in blocks])
    for name, blocks in all_blocks.items():
        run.document(name, blocks)
    print(
        f"{run.passed} examples ran, {run.skipped} skipped, {len(run.failed)} failed",
        *run.failed,
        sep="\n  ",
    )
    return 1 if run.failed else 0


RUN = ("sh", "rust", "c", "csharp", "python")
INSTEAD = ("file", "output", "config", "not run")


def check_markers(blocks: list[Block]) -> None:
    """Raise if a block is neither run nor says why not."""
    for before, block in zip([None, *blocks], blocks):
        if block.language not in RUN and not any(name in block.markers for name in INSTEAD):
            raise BadDocument(
                f"{block}: a block of {block.language or 'no language'} needs a marker"
            )
        if "output" in block.markers and (before is None or not is_run(before)):
            raise BadDocument(f"{block}: output of a block that is not run")


def check_links(document: Path, text: str) -> None:
    """Raise if a relative link leads to no file, or to no heading in it."""
    for match in LINK.finditer(re.sub(r"^ *```.*?^ *```", "", text, flags=re.S | re.M)):
        link = match[1] or match[2]
        if re.match(r"[a-z]+:", link):
            continue
        path, _, heading = link.partition("#")
        target = (ROOT / document.parent / path) if path else ROOT / document
        if not target.exists():
            raise BadDocument(f"{document}: no file {link}")
        if heading and heading not in headings(target.read_text("utf-8")):
            raise BadDocument(f"{document}: no heading {link}")


def headings(text: str) -> set[str]:
    """Return the anchors that GitHub gives to the headings of ``text``."""
    found = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def is_run(block: Block) -> bool:
    """Whether ``block`` is run, on its own or as a server."""
    return block.language in RUN and not any(name in block.markers for name in INSTEAD)


class Run:
    """A run over documents."""

    def __init__(self, interpreter: str | None, blocks: list[Block]) -> None:
        python = Python(interpreter)
        self.languages = {
            "python": python,
            "sh": Shell(python),
            "rust": Rust(),
            "c": C(),
            "csharp": CSharp(),
        }
        self.passed, self.skipped, self.failed = 0, 0, []
        self.broken: dict[str, str] = {}
        for name, language in self.languages.items():
            own = [block for block in blocks if block.language == name and is_run(block)]
            # The shell and the configurations need Python's environment too.
            if not own and not (
                name == "python"
                and any("config" in b.markers or (b.language == "sh" and is_run(b)) for b in blocks)
            ):
                continue
            print(f"build: {len(own)} blocks of {name}", flush=True)
            try:
                language.prepare(own)
            except Missing as missing:
                print(f"skipped: {name}: {missing}")
                self.broken[name] = ""
            except subprocess.CalledProcessError as error:
                self.broken[name] = f"{name} does not build: {error}"

    def document(self, name: str, blocks: list[Block]) -> None:
        """Run the blocks of one document, in their order."""
        servers: list[subprocess.Popen[bytes]] = []
        with tempfile.TemporaryDirectory() as folder:
            work = Path(folder)
            shutil.copy(FIXTURES / "jpeg-phone-orientation6.jpg", work / "photo.jpg")
            shutil.copy(FIXTURES / "png-rgb8.png", work / "logo.png")
            printed = ""
            try:
                for block in blocks:
                    try:
                        printed = self.block(block, work, servers, printed)
                    except Failed as error:
                        self.failed.append(f"{block} {block.language}: {error}")
                        print(f"FAILED: {block} {block.language}: {error}", flush=True)
            finally:
                for server in servers:
                    server.send_signal(signal.SIGTERM)
                    try:
                        server.wait(10)
                    except subprocess.TimeoutExpired:
                        server.kill()
                        server.wait()

    def block(
        self, block: Block, work: Path, servers: list[subprocess.Popen[bytes]], printed: str
    ) -> str:
        """Run one block, or check it against what the one before it printed; return what it prints."""
        markers = block.markers
        if "file" in markers:
            (work / markers["file"]).write_text(block.code, "utf-8")
        elif "config" in markers:
            program = "import sys, userimage; userimage.Uploader.from_config(sys.argv[1])"
            python = self.languages["python"]
            self.finish([python.interpreter, "-c", program, block.code], work, python.environment())
            self.passed += 1
        elif "output" in markers:
            pattern = ".*?".join(re.escape(part) for part in block.code.strip().split("…"))
            if not re.fullmatch(pattern, printed.strip(), re.S):
                raise Failed(f"the block before it printed:\n{printed}")
        elif is_run(block):
            return self.run(block, work, servers)
        return ""

    def run(self, block: Block, work: Path, servers: list[subprocess.Popen[bytes]]) -> str:
        """Run a block that is run; return what it prints."""
        if block.language in self.broken:
            if self.broken[block.language]:
                raise Failed(self.broken[block.language])
            self.skipped += 1
            return ""
        language = self.languages[block.language]
        folder = ROOT if block.language == "sh" and "elsewhere" not in block.markers else work
        if "server" in block.markers:
            log = (work / f"{block.name}.log").open("wb")
            # `exec`, so that the signal that ends it reaches it and not the shell.
            command = (
                ["bash", "-c", f"exec {block.code}"]
                if block.language == "sh"
                else language.command(block)
            )
            servers.append(
                subprocess.Popen(
                    command, cwd=folder, env=language.environment(), stdout=log, stderr=log
                )
            )
            wait_for(block.markers["server"], servers[-1], work / f"{block.name}.log")
            printed = ""
        else:
            printed = self.finish(language.command(block), folder, language.environment())
        self.passed += 1
        print(f"ok: {block} {block.language}", flush=True)
        return printed

    @staticmethod
    def finish(command: list[str], folder: Path, environment: dict[str, str]) -> str:
        """Run ``command`` to its end; return what it printed."""
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                env=environment,
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Failed(f"not finished within {SECONDS} seconds") from None
        if done.returncode != 0:
            words = (done.stdout + done.stderr).decode("utf-8", "replace")
            raise Failed(f"exit status {done.returncode}\n{words[-4000:]}")
        return done.stdout.decode("utf-8")


class Failed(Exception):
    """An example that does not do what the document says."""


def wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until ``url`` is answered, with whatever status."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if server.poll() is not None:
            raise Failed(f"the server has ended\n{log.read_text('utf-8', 'replace')[-4000:]}")
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.2)
    raise Failed(f"{url} does not answer")


if __name__ == "__main__":
    sys.exit(main())
