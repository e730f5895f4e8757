# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filling a registry that takes no pushes, with a program that stands in for the registry.

The real one has it in tests/test_base_images.py of the repository.
"""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError
from ansible_collections.workshop.containers.plugins.module_utils.http_request import request
from ansible_collections.workshop.containers.plugins.module_utils.images import mirror

SERVER = """#!{python}
import http.server, json, os, socketserver, sys
settings = json.load(open(sys.argv[2]))

class Server(socketserver.UnixStreamServer):
    def get_request(self):
        return super().get_request()[0], ("local", 0)

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps([os.getpid(), os.getuid(), sys.argv[1], settings]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

Server(settings["http"]["addr"], Handler).serve_forever()
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Puts a program called docker-registry first into PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    def install(text):
        program = folder / "docker-registry"
        program.write_text(text.replace("{python}", sys.executable))
        program.chmod(0o755)

    return install


@pytest.fixture
def storage(tmp_path):
    folder = tmp_path / "storage"
    folder.mkdir()
    return str(folder)


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stream:
            return stream.read().split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_registry_lives_as_long_as_the_block(install, storage):
    install(SERVER)
    with mirror.filling(storage) as address:
        answer = request("http://localhost/", unix_socket=address)
        pid, user, verb, settings = json.loads(answer.body)
        folder = os.stat(os.path.dirname(address))
        assert is_running(pid)
    assert (user, verb) == (os.stat(storage).st_uid, "serve")
    assert settings["storage"] == {"filesystem": {"rootdirectory": storage}}
    assert stat.S_IMODE(folder.st_mode) == 0o700
    assert not is_running(pid)
    assert not os.path.exists(os.path.dirname(address))


def test_registry_dies_with_who_started_it(install, storage, tmp_path):
    install(SERVER)
    code = (
        "import sys, time; from ansible_collections.workshop.containers.plugins.module_utils."
        f"images.mirror import filling\nwith filling({storage!r}) as address:\n"
        "    print(address, flush=True); time.sleep(60)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment
    ) as process:
        address = process.stdout.readline().decode().strip()
        pid = json.loads(request("http://localhost/", unix_socket=address).body)[0]
        process.send_signal(signal.SIGKILL)
    end = time.monotonic() + 5
    while is_running(pid) and time.monotonic() < end:
        time.sleep(0.02)
    assert not is_running(pid)


def test_registry_that_does_not_start_says_why(install, storage):
    install("#!/bin/sh\necho no room on the disk >&2\nexit 3\n")
    starting = mirror.filling(storage)
    with pytest.raises(LabError, match=r"no room on the disk.*role registry"), starting:
        pass


def test_storage_that_is_missing_is_named(tmp_path):
    starting = mirror.filling(str(tmp_path / "absent"))
    with pytest.raises(LabError, match=r"images of a registry in .*absent"), starting:
        pass


def test_record_keeps_what_it_has(tmp_path):
    record = str(tmp_path / "workshop/base-images.json")
    mirror.note(record, "lab/one:1", "sha256:1")
    mirror.note(record, "lab/two:1", "sha256:2")
    mirror.note(record, "lab/one:1", "sha256:3")
    assert mirror.noted(record) == {"lab/one:1": "sha256:3", "lab/two:1": "sha256:2"}


@pytest.mark.parametrize("content", ["", "[]", "{"])
def test_record_that_cannot_be_read_says_nothing(tmp_path, content):
    record = tmp_path / "record"
    record.write_text(content)
    assert mirror.noted(str(record)) == {}
