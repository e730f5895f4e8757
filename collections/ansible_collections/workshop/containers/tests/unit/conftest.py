# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of all unit tests: an engine that answers as a test says, and a way to run a module.

Property tests do not depend on how fast the machine is, and a CI run tries the same examples each
time.
"""

from __future__ import annotations

import http.server
import importlib
import json
import os
import socket
import socketserver
import ssl
import threading
from contextlib import suppress
from typing import ClassVar

import pytest
from ansible.module_utils.testing import patch_module_args
from hypothesis import HealthCheck, settings

from ansible_collections.workshop.containers.plugins.module_utils.machine import windows
from ansible_collections.workshop.containers.tests.unit.stand_in_windows import (
    INSTANCE,
    StandInWindows,
)

settings.register_profile(
    "lab",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,
)
settings.load_profile("lab")

VERSION = {"Version": "20.10.24", "ApiVersion": "1.41", "MinAPIVersion": "1.12"}


class Answers(http.server.BaseHTTPRequestHandler):
    """An engine that knows its version and answers everything else as ``answers`` (part of method
    and path to status and body) says.

    The first part that is found counts. The status 0 cuts the connection. ``requests`` are the
    methods and paths asked for.
    """

    protocol_version = "HTTP/1.1"
    answers: ClassVar[dict[str, tuple[int, bytes]]] = {}
    requests: ClassVar[list[str]] = []

    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = f"{self.command} {self.path}"
        self.requests.append(request)
        unknown = (
            (200, json.dumps(VERSION).encode())
            if "/version" in self.path
            else (404, b'{"message": "No such thing"}')
        )
        status, body = next(
            (answer for part, answer in self.answers.items() if part in request), unknown
        )
        if status == 0:
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        with suppress(BrokenPipeError, ConnectionResetError):  # who has heard enough leaves
            for start in range(0, len(body), 65536):
                piece = body[start : start + 65536]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")

    do_POST = do_PUT = do_DELETE = do_HEAD = do_GET

    def address_string(self):
        return "engine"

    def log_message(self, *_arguments):
        """Say nothing."""


@pytest.fixture
def listening(tmp_path):
    """A function that starts such an engine and gives its address.

    ``listening.requests`` are what it was asked.

    With ``tls``, a folder of certificates, it is at a port of 127.0.0.1, and wants one that it
    knows.
    """
    servers = []

    def start(tls=None, **answers):
        start.requests = []
        handler = type("Handler", (Answers,), {"answers": answers, "requests": start.requests})
        (tmp_path / "docker.sock").unlink(missing_ok=True)
        if tls is None:
            server = socketserver.ThreadingUnixStreamServer(str(tmp_path / "docker.sock"), handler)
        else:
            server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler)
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=tls / "ca.pem")
            context.load_cert_chain(tls / "cert.pem", tls / "key.pem")
            context.verify_mode = ssl.CERT_REQUIRED
            server.socket = context.wrap_socket(server.socket, server_side=True)
        server.daemon_threads = True
        servers.append(server)
        threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()
        return (
            f"unix://{tmp_path}/docker.sock"
            if tls is None
            else f"tcp://127.0.0.1:{server.server_address[1]}"
        )

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def run_module(capsys, monkeypatch, tmp_path):
    """A function that runs a module's ``main()`` with options and gives its result.

    Nobody is logged in anywhere.
    """
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker-config"))

    def run(name, /, **options):
        module = importlib.import_module(
            f"ansible_collections.workshop.containers.plugins.modules.{name}"
        )
        capsys.readouterr()
        with patch_module_args(options), pytest.raises(SystemExit):
            module.main()
        return json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def try_module(listening, run_module):
    """The same against an engine with these ``answers``.

    A failure must be told in full, and must have changed nothing.
    """

    def run(name, answers, /, **options):
        address = listening(
            **{part: (each[0], json.dumps(each[1]).encode()) for part, each in answers.items()}
        )
        result = run_module(name, docker_host=address, **options)
        if result.get("failed"):
            assert not result["changed"]
            assert "Traceback" not in json.dumps(result)
        return result

    return run


@pytest.fixture
def stand_in(monkeypatch, tmp_path):
    """A Windows that answers, on a drive C that the modules find. ``conf`` is /etc/wsl.conf."""
    drive = StandInWindows(tmp_path / "c")
    drive.conf = tmp_path / "wsl.conf"
    mounts = tmp_path / "mounts"
    mounts.write_text(f"C:\\134 {drive.drive} 9p rw,aname=drvfs 0 0\n", encoding="ascii")
    monkeypatch.setattr(windows, "_MOUNTS", str(mounts))
    monkeypatch.setattr(windows, "_CONF", str(drive.conf))
    monkeypatch.setenv("WSL_DISTRO_NAME", INSTANCE)
    return drive
