"""How the blocks of each language are built and run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from blocks import Block

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
WORK = TARGET / "docs"
RELEASE = TARGET / "release"

Command = list[str]


class Missing(Exception):
    """A missing tool: the blocks of its language are skipped."""


def call(command: Command, **options: object) -> None:
    """Run ``command``; show what it printed and raise if it fails."""
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, **options)
    if done.returncode != 0:
        sys.stderr.write(done.stdout + done.stderr)
        raise subprocess.CalledProcessError(done.returncode, command)


class Shell:
    """The shell, with the Python environment first on the path."""

    def __init__(self, python: Python) -> None:
        self.python = python

    def prepare(self, blocks: list[Block]) -> None:
        """Nothing is built."""

    def command(self, block: Block) -> Command:
        return ["bash", "-euo", "pipefail", "-c", block.code]

    def environment(self) -> dict[str, str]:
        folder = str(Path(self.python.interpreter).parent)
        return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


class Python:
    """Python, with the module installed in an environment of its own."""

    def __init__(self, interpreter: str | None) -> None:
        self.interpreter = interpreter or str(WORK / "venv" / "bin" / "python")
        self.given = interpreter is not None

    def prepare(self, blocks: list[Block]) -> None:
        if self.given:
            return
        if not Path(self.interpreter).exists():
            call([sys.executable, "-m", "venv", str(WORK / "venv")])
        pip = [self.interpreter, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        call([*pip, "--force-reinstall", "--no-deps", str(ROOT / "python")])

    def command(self, block: Block) -> Command:
        return [self.interpreter, "-W", "error", "-c", block.code]

    def environment(self) -> dict[str, str]:
        return dict(os.environ)


class Rust:
    """Rust: one package outside the workspace, as a user's is, with one program a block."""

    def prepare(self, blocks: list[Block]) -> None:
        package = WORK / "rust"
        programs = package / "src" / "bin"
        shutil.rmtree(programs, ignore_errors=True)
        programs.mkdir(parents=True)
        workspace = (ROOT / "Cargo.toml").read_text("utf-8")
        edition = re.search(r'^edition = ".*"$', workspace, re.M)
        manifest = [
            '[package]\nname = "examples"\nversion = "0.0.0"',
            edition[0] if edition else "",
            f'[dependencies]\nuserimage = {{ path = {json.dumps(str(ROOT / "core"))}, features = ["contract"] }}',
            'http = "1"\nserde_json = "1"',
            "[workspace]",
        ]
        (package / "Cargo.toml").write_text("\n".join(manifest), "utf-8")
        # The versions that are tested are those that the examples are built with.
        shutil.copy(ROOT / "Cargo.lock", package / "Cargo.lock")
        for block in blocks:
            (programs / f"{block.name}.rs").write_text(self.program(block.code), "utf-8")
        # In the profile of the other builds, which have its dependencies.
        call(["cargo", "build", "--quiet", "--release"], cwd=package, env=self.environment())

    @staticmethod
    def program(code: str) -> str:
        if re.search(r"^(async )?fn main\(", code, re.M):
            return code
        return f"fn main() -> Result<(), Box<dyn std::error::Error>> {{\n{code}\nOk(())\n}}\n"

    def command(self, block: Block) -> Command:
        return [str(RELEASE / block.name)]

    def environment(self) -> dict[str, str]:
        return {**os.environ, "CARGO_TARGET_DIR": str(TARGET)}


class C:
    """C, compiled with every warning an error and linked with the shared library."""

    def prepare(self, blocks: list[Block]) -> None:
        call(
            ["make", "-s", "-C", str(ROOT / "ffi"), "all"],
            env={**os.environ, "CARGO_TARGET_DIR": str(TARGET)},
        )
        folder = WORK / "c"
        folder.mkdir(parents=True, exist_ok=True)
        library = folder / "libuserimage.so.0"
        library.unlink(missing_ok=True)
        library.symlink_to(RELEASE / "libuserimage.so")
        flags = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{ROOT / 'include'}"]
        for block in blocks:
            source = folder / f"{block.name}.c"
            source.write_text(block.code, "utf-8")
            call(
                [
                    "gcc",
                    *flags,
                    str(source),
                    "-o",
                    str(source.with_suffix("")),
                    str(library),
                    f"-Wl,-rpath,{folder}",
                ]
            )

    def command(self, block: Block) -> Command:
        return [str(WORK / "c" / block.name)]

    def environment(self) -> dict[str, str]:
        return dict(os.environ)


class CSharp:
    """C#, one project a block that refers to the package's project."""

    PROJECT = """<Project Sdk="{sdk}">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <Nullable>enable</Nullable>
    <ImplicitUsings>enable</ImplicitUsings>
    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
  </PropertyGroup>
  <ItemGroup>
    <ProjectReference Include="{library}" />
    <None Include="{native}" Link="libuserimage.so" CopyToOutputDirectory="PreserveNewest" />
  </ItemGroup>
</Project>
"""

    def prepare(self, blocks: list[Block]) -> None:
        self.dotnet = self.find()
        # The shared library that the package loads.
        call(
            ["make", "-s", "-C", str(ROOT / "ffi"), "all"],
            env={**os.environ, "CARGO_TARGET_DIR": str(TARGET)},
        )
        for block in blocks:
            folder = WORK / "dotnet" / block.name
            folder.mkdir(parents=True, exist_ok=True)
            sdk = (
                "Microsoft.NET.Sdk.Web" if "WebApplication." in block.code else "Microsoft.NET.Sdk"
            )
            package = "AspNetCore/UserImage.AspNetCore" if sdk.endswith(".Web") else "UserImage"
            library = ROOT / "ffi" / "dotnet" / f"{package}.csproj"
            (folder / f"{block.name}.csproj").write_text(
                self.PROJECT.format(sdk=sdk, library=library, native=RELEASE / "libuserimage.so"),
                "utf-8",
            )
            (folder / "Program.cs").write_text(self.program(block.code), "utf-8")
            call(
                [
                    self.dotnet["DOTNET"],
                    "build",
                    "--nologo",
                    "-v",
                    "quiet",
                    "-o",
                    str(folder / "out"),
                ],
                cwd=folder,
                env=self.dotnet,
            )

    @staticmethod
    def find() -> dict[str, str]:
        """Return the environment of an SDK, where ``DOTNET`` is the program."""
        environment = dict(os.environ, DOTNET_CLI_TELEMETRY_OPTOUT="1", DOTNET_NOLOGO="1")
        script = 'sdk="$(tests/dotnet/find-sdk)" && eval "$sdk" >&2 && env -0'
        found = subprocess.run(
            ["bash", "-c", script], capture_output=True, check=False, env=environment, cwd=ROOT
        )
        if found.returncode != 0:
            raise Missing("no .NET SDK 10, and none can be installed")
        variables = found.stdout.decode().split("\0")
        environment.update(entry.split("=", 1) for entry in variables if "=" in entry)
        return {**environment, "DOTNET": str(shutil.which("dotnet", path=environment["PATH"]))}

    @staticmethod
    def program(code: str) -> str:
        """Return ``code`` with its using directives first, as C# demands of one file."""
        directive = re.compile(r"^using [\w.]+;\n", re.M)
        return "".join(dict.fromkeys(directive.findall(code))) + directive.sub("", code)

    def command(self, block: Block) -> Command:
        return [
            self.dotnet["DOTNET"],
            str(WORK / "dotnet" / block.name / "out" / f"{block.name}.dll"),
        ]

    def environment(self) -> dict[str, str]:
        return self.dotnet
