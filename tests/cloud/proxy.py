"""A TCP proxy that breaks what goes through it."""

import random
import socket
import threading
import time


class Proxy:
    """Forwards connections to a port of this machine.

    mode: "pass"; "refuse" (ends each connection, old and new); "delay" (holds each piece for some seconds, and
    delivers it even when its sender is gone); "cut" (ends connections in the middle of an answer); "stall" (forwards
    nothing, keeps connections).
    """

    def __init__(self, target):
        self.target = target
        self.mode = "pass"
        self.delay = 7.0
        self.connections = set()
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def set(self, mode):
        self.mode = mode
        if mode == "refuse":
            self.end_all()

    def end_all(self):
        with self.lock:
            connections = list(self.connections)
        for connection in connections:
            end(connection)

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            if self.mode == "refuse":
                end(client)
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self.target), timeout=5)
            except OSError:
                end(client)
                continue
            server.settimeout(None)
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.connections |= {client, server}
            threading.Thread(target=self.forward, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self.forward, args=(server, client, True), daemon=True).start()

    def forward(self, source, sink, is_answer):
        try:
            while data := source.recv(65536):
                while self.mode == "stall":
                    time.sleep(0.05)
                if self.mode == "delay":
                    time.sleep(self.delay * random.random())
                elif self.mode == "cut" and is_answer and random.random() < 0.2:
                    sink.sendall(data[: random.randrange(len(data))])
                    break
                sink.sendall(data)
        except OSError:
            pass
        if self.mode == "delay":
            # The other side hears of the end as late as of everything else.
            time.sleep(self.delay)
        end(source)
        end(sink)
        with self.lock:
            self.connections -= {source, sink}


def end(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    connection.close()
