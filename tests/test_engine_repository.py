"""What the role docker_engine says where Docker's repository cannot be read.

The role's file is applied to this machine, of which it changes nothing.
"""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
REMEDY = (
    "Connect this machine to the internet, name a mirror in docker_engine_apt_url or a proxy in "
    "docker_engine_proxy, or set docker_engine_source to distribution."
)


@pytest.fixture
def nothing_there() -> Iterator[str]:
    """Address of a server that has no such repository."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_error(404)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/InRelease"
        server.shutdown()
        thread.join()


@pytest.fixture
def reach(run, tmp_path):
    """Tries to reach the repository at an address, and returns the output."""

    def reach(url: str, source: str, rc: int) -> str:
        role = {"name": "docker_engine", "tasks_from": "repository"}
        play = tmp_path / "play.yml"
        task = {"ansible.builtin.import_role": role}
        play.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": [task]}]))
        values = {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "docker_engine_source": source,
            "__docker_engine_release_url": url,
        }
        command = ["ansible-playbook", "-i", "machine,", "-e", json.dumps(values), play]
        env = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "WORKSHOP_REPORT_PATH": ""}
        return " ".join(run(f"engine-repository-{source}", *command, rc=rc, env=env).split())

    return reach


def test_address_that_nobody_answers_is_named(reach):
    output = reach("http://127.0.0.1:9/InRelease", "docker", 2)
    assert "Cannot read http://127.0.0.1:9/InRelease: " in output
    assert "Connection refused" in output
    assert REMEDY in output
    assert "Status code was" not in output


def test_repository_that_is_not_there_is_named(reach, nothing_there):
    output = reach(nothing_there, "docker", 2)
    assert f"Cannot read {nothing_there}: HTTP Error 404" in output
    assert REMEDY in output


def test_distribution_is_taken_where_the_choice_is_free(reach):
    assert "Cannot read" not in reach("http://127.0.0.1:9/InRelease", "auto", 0)
