"""A web server on this machine that answers as a test says."""

import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LAW = b"<html><body><h1>Article 1</h1><p>Words.</p></body></html>"


@dataclass
class Answer:
    """What the server says: the status, headers and body, byte by byte if `drip` seconds lie between them."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
    length: int | None = None
    drip: float = 0.0


Answering = Callable[["Asked"], Answer]


@dataclass
class Asked:
    """What was asked of the server."""

    path: str
    headers: dict[str, str]


class Server:
    """A web server whose answers a test decides."""

    def __init__(self, certificate: ssl.SSLContext | None = None) -> None:
        self.answers: dict[str, Answering] = {}
        self.asked: list[Asked] = []
        self.at_once = 0
        self.most_at_once = 0
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        if certificate is not None:
            self._server.socket = certificate.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return self._server.server_port

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, asked: Asked) -> Answer:
        with self._lock:
            self.asked.append(asked)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return self.answers[asked.path](asked)
        finally:
            with self._lock:
                self.at_once -= 1

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                answer = server._answer(Asked(self.path, {key.lower(): value for key, value in self.headers.items()}))
                self.send_response(answer.status)
                for key, value in answer.headers.items():
                    self.send_header(key, value)
                self.send_header("Content-Length", str(len(answer.body) if answer.length is None else answer.length))
                self.end_headers()
                try:
                    self._send(answer)
                except ConnectionError:
                    self.close_connection = True

            def _send(self, answer: Answer) -> None:
                if not answer.drip:
                    self.wfile.write(answer.body)
                    self.close_connection = True
                    return
                for start in range(len(answer.body)):
                    self.wfile.write(answer.body[start : start + 1])
                    time.sleep(answer.drip)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                del format, args

        return Handler


def page(body: bytes = LAW, kind: str = "text/html; charset=utf-8", **headers: str) -> Answering:
    return lambda _: Answer(headers={"Content-Type": kind, **headers}, body=body)


def to(location: str, status: int = 302) -> Answering:
    return lambda _: Answer(status=status, headers={"Location": location})
