# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said when the engine cannot be reached, or refuses: error paths only, on sockets of our own."""

from __future__ import annotations

import http.server
import json
import socket
import socketserver
import threading
from typing import ClassVar

import docker
import docker.errors
import pytest

from ansible_collections.workshop.containers.plugins.module_utils.engine import Engine
from ansible_collections.workshop.containers.plugins.module_utils.errors import EngineError

VERSION = {"Version": "20.10.24", "ApiVersion": "1.41", "MinAPIVersion": "1.12"}


class Answers(http.server.BaseHTTPRequestHandler):
    """An engine that knows its version and answers everything else as ``answers`` (path part to status and body) says."""

    protocol_version = "HTTP/1.1"
    answers: ClassVar[dict[str, tuple[int, bytes]]] = {}

    def do_GET(self):
        status, body = next(
            (answer for part, answer in self.answers.items() if part in self.path),
            (200, json.dumps(VERSION).encode()),
        )
        if status == 0:
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for line in body.splitlines(keepends=True):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
        self.wfile.write(b"0\r\n\r\n")

    do_POST = do_GET

    def address_string(self):
        return "engine"

    def log_message(self, *_arguments):
        """Say nothing."""


@pytest.fixture
def listening(tmp_path):
    """A function that starts such an engine and gives its address."""
    servers = []

    def start(**answers):
        handler = type("Handler", (Answers,), {"answers": answers})
        server = socketserver.ThreadingUnixStreamServer(str(tmp_path / "docker.sock"), handler)
        server.daemon_threads = True
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"unix://{tmp_path}/docker.sock"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_no_socket_says_which_and_how_to_start(tmp_path):
    with pytest.raises(EngineError, match=r"the socket .*/none\.sock does not exist.*service docker start"):
        Engine(f"unix://{tmp_path}/none.sock", "containers")


def test_a_socket_that_nobody_listens_on(tmp_path):
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "dead.sock"))
    with pytest.raises(EngineError, match=r"no engine listens on .*dead\.sock"):
        Engine(f"unix://{tmp_path}/dead.sock", "containers")


def test_a_socket_that_may_not_be_used(tmp_path, monkeypatch):
    """Root may use every socket, so the SDK's words are played back."""

    def refuse(**_settings):
        raise docker.errors.DockerException("Error while fetching server API version: PermissionError(13, 'Permission denied')")

    (tmp_path / "docker.sock").touch()
    monkeypatch.setattr(docker, "APIClient", refuse)
    with pytest.raises(EngineError, match=r"no permission to use .*docker\.sock.*member of the group docker"):
        Engine(f"unix://{tmp_path}/docker.sock", "containers")


def test_a_connection_that_is_cut_is_no_traceback(listening):
    engine = Engine(listening(containers=(0, b"")), "containers")
    with pytest.raises(EngineError, match=r"expected the list of containers; observed the connection to the engine was lost"):
        engine.own_containers()


def test_an_engine_that_refuses_is_quoted(listening):
    engine = Engine(listening(containers=(500, b'{"message": "no space left on device"}')), "containers")
    with pytest.raises(EngineError, match="observed no space left on device"):
        engine.own_containers()


def test_an_error_inside_a_streamed_answer_is_a_failure(listening):
    stream = b'{"status":"Pulling"}\r\n{"errorDetail":{"message":"manifest unknown"},"error":"manifest unknown"}\r\n'
    engine = Engine(listening(**{"images/create": (200, stream), "images/busybox": (404, b'{"message":"No such image"}')}), "containers")
    with pytest.raises(EngineError, match="observed manifest unknown"):
        engine.pull("busybox")


def test_a_name_is_matched_exactly(listening):
    """The engine's own filter and look-up take prefixes of names and ids for a match."""
    found = [{"Id": "httpd" + "0" * 59, "Names": ["/other"]}, {"Id": "1" * 64, "Names": ["/httpd2"]}]
    engine = Engine(listening(**{"containers/json": (200, json.dumps(found).encode())}), "containers")
    assert engine.container_named("httpd") is None


def test_a_newer_engine_is_spoken_to_as_tested(listening):
    newer = {"Version": "99.0", "ApiVersion": "1.99", "MinAPIVersion": "1.40"}
    engine = Engine(listening(version=(200, json.dumps(newer).encode())), "containers")
    assert engine.api.api_version == "1.45"
