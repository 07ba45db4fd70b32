"""Starts and stops the engines that the cloud storage is tested with. Each has its own folder, on free ports.

As a program: engines.py FOLDER [seaweedfs] [azurite] [postgres] -- COMMAND starts those or all, runs COMMAND with their addresses in the environment
(USERIMAGE_S3, USERIMAGE_AZURE: "blobs" of a configuration; USERIMAGE_POSTGRES, USERIMAGE_PGBOUNCER: URLs), and stops
them.
"""

import base64
import hashlib
import hmac
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import datetime, timezone
from email.utils import formatdate
from pathlib import Path
from urllib.parse import quote

POSTGRES_BIN = "/usr/lib/postgresql/15/bin"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(ready, what, seconds=60):
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise RuntimeError(f"{what} did not start within {seconds} s")
        time.sleep(0.1)


def is_listening(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


class Engine:
    """A server in a process group of its own."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.process = None

    def command(self):
        raise NotImplementedError

    def is_ready(self):
        return is_listening(self.port)

    def environment(self):
        return None

    def start(self):
        log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen(
            self.command(), stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
            cwd=self.folder, env=self.environment(),
        )
        try:
            wait_for(self.is_ready, type(self).__name__)
            if self.process.poll() is not None:
                raise RuntimeError(f"{type(self).__name__} has ended")
        except RuntimeError:
            print((self.folder / "log").read_text(errors="replace")[-3000:], file=sys.stderr)
            self.kill()
            raise
        return self

    def processes(self):
        """The process and its descendants, of which some have process groups of their own."""
        children = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(folder.name))
            except OSError:
                continue
        found = [self.process.pid]
        for pid in found:
            found.extend(children.get(pid, []))
        return found

    def signal(self, number):
        for pid in self.processes():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def kill(self):
        """Ends it at once, as a crash would."""
        if self.process is not None:
            # Stopped first, so that no process sees another's end and begins anything.
            self.signal(signal.SIGSTOP)
            self.signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    stop = kill

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


class SeaweedFS(Engine):
    ACCESS_KEY, SECRET_KEY = "userimage", "userimage-secret"

    def __init__(self, folder):
        super().__init__(folder)
        self.ports = {name: free_port() for name in ("master", "volume", "filer")}
        # SeaweedFS listens on each port + 10000 too.
        while any(port > 50000 for port in self.ports.values()) or self.port > 50000:
            self.port = free_port_below(50000)
            self.ports = {name: free_port_below(50000) for name in self.ports}
        self.data = self.folder / "data"
        self.data.mkdir(exist_ok=True)
        self.config = self.folder / "s3.json"
        self.config.write_text(json.dumps({"identities": [{
            "name": "userimage",
            "credentials": [{"accessKey": self.ACCESS_KEY, "secretKey": self.SECRET_KEY}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }]}))

    def command(self):
        return [
            "weed", "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={self.data}",
            f"-master.port={self.ports['master']}", f"-volume.port={self.ports['volume']}",
            "-filer", f"-filer.port={self.ports['filer']}", "-s3", f"-s3.port={self.port}",
            f"-s3.config={self.config}", "-s3.port.iceberg=0", "-s3.port.lance=0", "-volume.max=500", "-master.volumeSizeLimitMB=64",
        ]

    def is_ready(self):
        """Whether a bucket can be made; its creation is repeated at every start."""
        return self.request("PUT", "/images")[0] in (200, 409)

    def request(self, method, path, query=()):
        """A signed request; its status and body, or 0 when there is no answer."""
        now = datetime.now(timezone.utc)
        stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
        query = "&".join(f"{quote(key, safe='')}={quote(value, safe='')}" for key, value in sorted(query))
        empty = hashlib.sha256(b"").hexdigest()
        signed = "host;x-amz-content-sha256;x-amz-date"
        canonical = (f"{method}\n{path}\n{query}\nhost:127.0.0.1:{self.port}\nx-amz-content-sha256:{empty}\n"
                     f"x-amz-date:{stamp}\n\n{signed}\n{empty}")
        scope = f"{day}/us-east-1/s3/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        key = f"AWS4{self.SECRET_KEY}".encode()
        for part in (day, "us-east-1", "s3", "aws4_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        headers = {
            "x-amz-date": stamp, "x-amz-content-sha256": empty,
            "Authorization": f"AWS4-HMAC-SHA256 Credential={self.ACCESS_KEY}/{scope}, SignedHeaders={signed}, "
                             f"Signature={signature}",
        }
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request(method, f"{path}?{query}" if query else path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError:
            return 0, ""

    def read(self, path, query):
        status, text = self.request("GET", path, query.items())
        if status != 200:
            raise RuntimeError(f"SeaweedFS answered {status}: {text[:500]}")
        return text

    def blobs(self, prefix="", port=None):
        return {
            "url": f"s3://images/{prefix}",
            "options": {
                "aws_endpoint": f"http://127.0.0.1:{port or self.port}",
                "aws_access_key_id": self.ACCESS_KEY,
                "aws_secret_access_key": self.SECRET_KEY,
            },
        }


def free_port_below(limit):
    while True:
        port = free_port()
        if port < limit:
            return port


class Azurite(Engine):
    # The account and key that Azurite's documentation publishes for every installation.
    ACCOUNT = "devstoreaccount1"
    KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

    def command(self):
        return [
            os.environ.get("AZURITE", "azurite-blob"), "--silent", "--location", "data", "--blobHost", "127.0.0.1",
            "--blobPort", str(self.port), "--skipApiVersionCheck", "--disableTelemetry",
        ]

    def start(self):
        super().start()
        self.make_container()
        return self

    def make_container(self):
        date, version = formatdate(usegmt=True), "2021-08-06"
        path = f"/{self.ACCOUNT}/images"
        text = f"PUT\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:{date}\nx-ms-version:{version}\n/{self.ACCOUNT}{path}\nrestype:container"
        signature = base64.b64encode(hmac.new(base64.b64decode(self.KEY), text.encode(), hashlib.sha256).digest()).decode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("PUT", f"{path}?restype=container", headers={
            "x-ms-date": date, "x-ms-version": version, "Content-Length": "0",
            "Authorization": f"SharedKey {self.ACCOUNT}:{signature}",
        })
        answer = connection.getresponse()
        if answer.status not in (201, 409):
            raise RuntimeError(f"Azurite made no container: {answer.status} {answer.read()[:500]}")

    def blobs(self, prefix=""):
        return {
            "url": f"az://images/{prefix}",
            "options": {
                "azure_storage_use_emulator": "true",
                "azure_storage_account_name": self.ACCOUNT,
                "azure_storage_account_key": self.KEY,
            },
        }


def as_user(user, *command):
    """A command that runs as another user: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return list(command)
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--", *command]


class Postgres(Engine):
    def __init__(self, folder):
        super().__init__(folder)
        self.data = self.folder / "data"
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")

    def start(self):
        if not self.data.exists():
            initdb = [f"{POSTGRES_BIN}/initdb", "-D", str(self.data), "-A", "trust", "-U", "postgres", "-E", "UTF8"]
            subprocess.run(as_user("postgres", *initdb), check=True, stdout=subprocess.DEVNULL, cwd=self.folder)
        return super().start()

    def command(self):
        return as_user(
            "postgres", f"{POSTGRES_BIN}/postgres", "-D", str(self.data), "-p", str(self.port), "-k", str(self.folder),
            "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200",
        )

    def is_ready(self):
        return self.query("SELECT 1", check=False) == "1"

    def query(self, sql, check=True):
        command = ["psql", "-X", "-q", "-A", "-t", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-c", sql]
        done = subprocess.run(command, capture_output=True, text=True)
        if check and done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout.strip()

    def stop(self):
        if self.process is not None:
            os.kill(self.process.pid, signal.SIGQUIT)
            self.process.wait()
            self.kill()

    def url(self, port=None):
        return f"postgres://postgres@127.0.0.1:{port or self.port}/postgres"


class PgBouncer(Engine):
    def __init__(self, folder, postgres):
        super().__init__(folder)
        (self.folder / "users").write_text('"postgres" ""\n')
        self.config = self.folder / "pgbouncer.ini"
        self.config.write_text(
            "[databases]\n"
            f"postgres = host=127.0.0.1 port={postgres.port} dbname=postgres user=postgres\n"
            "[pgbouncer]\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {self.port}\nunix_socket_dir =\n"
            f"auth_type = any\nauth_file = {self.folder}/users\n"
            "pool_mode = transaction\ndefault_pool_size = 4\nmax_client_conn = 200\n"
        )
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", "postgres", str(self.folder)], check=True)

    def command(self):
        return as_user("postgres", "/usr/sbin/pgbouncer", str(self.config))

    def url(self):
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"


def main():
    # So that an end from outside stops the engines too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    end = sys.argv.index("--")
    folder, names, command = Path(sys.argv[1]), sys.argv[2:end], sys.argv[end + 1:]
    environment = dict(os.environ)
    with ExitStack() as stack:
        if not names or "seaweedfs" in names:
            s3 = stack.enter_context(SeaweedFS(folder / "seaweedfs"))
            environment["USERIMAGE_S3"] = json.dumps(s3.blobs("tests"))
        if not names or "azurite" in names:
            azure = stack.enter_context(Azurite(folder / "azurite"))
            # Where object_store looks for the emulator.
            environment["AZURITE_BLOB_STORAGE_URL"] = f"http://127.0.0.1:{azure.port}"
            environment["USERIMAGE_AZURE"] = json.dumps(azure.blobs("tests"))
        if not names or "postgres" in names:
            postgres = stack.enter_context(Postgres(folder / "postgres"))
            bouncer = stack.enter_context(PgBouncer(folder / "pgbouncer", postgres))
            environment["USERIMAGE_POSTGRES"] = postgres.url()
            environment["USERIMAGE_PGBOUNCER"] = bouncer.url()
        sys.exit(subprocess.run(command, env=environment).returncode)


if __name__ == "__main__":
    main()
