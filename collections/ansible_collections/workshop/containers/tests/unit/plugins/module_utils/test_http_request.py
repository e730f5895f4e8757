# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP requests, to servers that the tests make."""

from __future__ import annotations

import http.server
import itertools
import json
import socket
import threading
from base64 import b64decode
from contextlib import suppress
from hashlib import sha256

import pytest

from ansible_collections.workshop.containers.plugins.module_utils import http_request


def question(url, **more):
    return {
        "url": url,
        "timeout": 5,
        "method": "GET",
        "headers": {},
        "unix_socket": None,
        "username": None,
        "password_file": None,
        **more,
    }


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers with what it was asked."""

    def do_GET(self):
        said = {"accept": self.headers.get("Accept"), "user": self.headers.get("Authorization")}
        body = json.dumps({"path": self.path, "method": self.command, **said}).encode()
        self.send_response(404 if self.path == "/absent" else 200)
        self.end_headers()
        self.wfile.write(body if self.command == "GET" else b"")

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    """Port of a server on the loopback address."""
    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as served:
        thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield served.server_port
        served.shutdown()
        thread.join()


def test_answer(server, monkeypatch):
    monkeypatch.setenv(
        "http_proxy", "http://127.0.0.1:9"
    )  # the machine's own services are asked past it
    got = http_request.answer(
        question(f"http://127.0.0.1:{server}/here", headers={"Accept": "application/json"})
    )
    text = got.pop("digest"), json.dumps(got["json"]).encode()
    assert text[0] == f"sha256:{sha256(text[1]).hexdigest()}"
    assert got == {
        "status": 200,
        "json": {"path": "/here", "accept": "application/json", "method": "GET", "user": None},
        "problem": "",
    }
    assert http_request.answer(question(f"http://127.0.0.1:{server}/absent", method="HEAD")) == {
        "status": 404,
        "json": None,
        "digest": f"sha256:{sha256().hexdigest()}",
        "problem": "",
    }


def test_password(server, tmp_path):
    file = tmp_path / "password"
    asked = question(f"http://127.0.0.1:{server}/here", username="learner", password_file=str(file))
    assert http_request.answer(asked) == {
        "status": 0,
        "json": None,
        "digest": "",
        "problem": f"cannot read {file}: No such file or directory",
    }
    file.write_text("geheim:ß\n", encoding="utf-8")
    scheme, token = http_request.answer(asked)["json"]["user"].split()
    assert (scheme, b64decode(token).decode()) == ("Basic", "learner:geheim:ß")


def test_no_answer(tmp_path):
    assert http_request.answer(
        question("http://localhost/version", unix_socket=str(tmp_path / "absent.sock"))
    ) == {
        "status": 0,
        "json": None,
        "digest": "",
        "problem": "[Errno 2] No such file or directory",
    }


def test_answer_at_a_socket(tmp_path):
    class Server(http.server.HTTPServer):
        address_family = socket.AF_UNIX

        def server_bind(self):
            self.socket.bind(self.server_address)

        def get_request(self):
            connection, _ = self.socket.accept()
            return connection, ("local", 0)

    path = str(tmp_path / "engine.sock")
    with Server(path, Handler) as served:
        thread = threading.Thread(target=served.handle_request)
        thread.start()
        assert (
            http_request.answer(question("http://localhost/version", unix_socket=path))["json"][
                "path"
            ]
            == "/version"
        )
        thread.join()


@pytest.fixture
def dripping():
    """Port of a server that sends this answer a byte at a time, and never comes to its end."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhello"
    ended = threading.Event()

    def drip(connection):
        with connection, suppress(OSError):
            for byte in itertools.chain(answer, itertools.repeat(120)):
                connection.sendall(bytes([byte]))
                if ended.wait(0.01):
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=lambda: drip(listener.accept()[0]))
        thread.start()
        yield listener.getsockname()[1]
        ended.set()
        thread.join()


def test_an_answer_that_comes_drop_by_drop_is_given_up(dripping):
    got = http_request.request(f"http://127.0.0.1:{dripping}/", timeout=0.2)
    assert (got.status, got.body) == (0, "it was not done within 0.2 s")
