# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in: the password goes to the registry and to nobody else."""

from __future__ import annotations

import json

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.engine.credentials import (
    forget_credentials,
    store_credentials,
    stored_credentials,
)
from ansible_collections.workshop.containers.plugins.module_utils.workshop.fold import Maker
from ansible_collections.workshop.containers.plugins.module_utils.workshop.operations import (
    registries,
)
from ansible_collections.workshop.containers.plugins.module_utils.workshop.walk import Walk


@pytest.fixture
def asked(api, monkeypatch):
    """The passwords that the engine was given."""
    found = []
    login = api.login

    def watched(username, password, **more):
        found.append(password)
        login(username, password=password, **more)

    monkeypatch.setattr(api, "login", watched)
    return found


@pytest.fixture
def machine(api, lab, tmp_path):
    (tmp_path / "password").write_text("right\n", encoding="ascii")

    def machine(registry="127.0.0.1:5002"):
        path = str(tmp_path / "password")
        login = {"registry": registry, "username": "learner", "password_file": path}
        return lab(("login", [{"registry_login": login}], []))

    return machine


def listening(monkeypatch, user):
    found = [{"user": user}] if user else []
    monkeypatch.setattr(registries, "listeners", lambda _ports: found)


@pytest.mark.parametrize("user", ["docker-registry", "root", ""])
def test_the_registry_gets_the_password(machine, asked, monkeypatch, tmp_path, user):
    listening(monkeypatch, user)
    lab = machine()
    assert lab.walk().failure == ""
    assert asked == ["right"]
    kept = json.loads((tmp_path / ".docker/config.json").read_text("utf-8"))
    assert list(kept["auths"]) == ["127.0.0.1:5002"]
    assert not lab.walk().changed
    assert lab.reset().removed[0] == "login at 127.0.0.1:5002"


def test_a_user_who_listens_there_does_not(machine, asked, monkeypatch):
    listening(monkeypatch, "user")
    failure = machine().walk().failure
    assert "user listens on port 5002" in failure
    assert asked == []


def test_another_machines_registry_is_not_looked_for_here(machine, asked, monkeypatch):
    listening(monkeypatch, "user")
    assert machine("registry.example:5002").walk().failure == ""
    assert asked == ["right"]


def test_a_wrong_password_is_told_and_not_kept(machine, asked, monkeypatch, tmp_path):
    listening(monkeypatch, "root")
    (tmp_path / "password").write_text("Canary-7", encoding="ascii")
    failure = machine().walk().failure
    assert "unauthorized" in failure
    assert "Canary-7" not in failure
    assert not (tmp_path / ".docker/config.json").exists()


def test_a_password_that_is_missing_is_told(machine, asked, monkeypatch, tmp_path):
    listening(monkeypatch, "root")
    (tmp_path / "password").unlink()
    assert "No such file or directory" in machine().walk().failure
    assert asked == []


def failure(lab):
    """What the step says of its failure."""
    (result,) = lab.walk().results
    return result["expected"], result["observed"], result["remedy"]


def test_what_the_registry_confirmed_is_kept(api, machine, monkeypatch):
    listening(monkeypatch, "root")
    asked = []
    monkeypatch.setattr(api, "login", lambda *who, **how: asked.append((who, how)))
    lab = machine()
    assert lab.walk().results[0]["changed"] is True
    how = {"password": "right", "registry": "127.0.0.1:5002", "reauth": True}
    assert asked == [(("learner",), how)]
    kept = stored_credentials("127.0.0.1:5002")
    assert (kept["username"], kept["password"]) == ("learner", "right")
    assert lab.context.details[Maker("lesson.login")] == {"exit_code": 0}
    assert lab.walk([0]).results[0]["changed"] is False


def test_a_refusal_tells_registry_user_and_file(machine, monkeypatch, tmp_path):
    listening(monkeypatch, "root")
    (tmp_path / "password").write_text("wrong", encoding="ascii")
    assert failure(machine()) == (
        "the registry 127.0.0.1:5002 to accept the user learner",
        "unauthorized",
        f"see that the registry 127.0.0.1:5002 runs and that {tmp_path}/password holds its"
        " password",
    )


@pytest.mark.parametrize("registry", ["127.0.0.1:5002", "localhost:5002"])
def test_who_listens_instead_is_named(machine, asked, monkeypatch, registry):
    ports = []

    def listeners(wanted):
        ports.append(wanted)
        return [{"user": "zoe"}, {"user": "root"}, {"user": "adam"}]

    monkeypatch.setattr(registries, "listeners", listeners)
    assert failure(machine(registry)) == (
        f"the registry {registry}, run by docker-registry or root",
        "adam, zoe listens on port 5002",
        "stop that program (`ss -ltnp sport = :5002` names it), then run again",
    )
    assert (ports, asked) == ([[5002]], [])


@pytest.mark.parametrize("registry", ["127.0.0.1", "localhost:"])
def test_only_a_port_of_this_machine_can_be_taken(machine, asked, monkeypatch, registry):
    listening(monkeypatch, "user")
    assert machine(registry).walk().failure == ""
    assert asked == ["right"]


@pytest.mark.parametrize(
    ("error", "why"),
    [(OSError(5, "Input/output error"), "Input/output error"), (OSError(), "OSError")],
)
def test_a_password_that_cannot_be_read_is_told(machine, monkeypatch, tmp_path, error, why):
    def refuse(*_arguments, **_options):
        raise error

    listening(monkeypatch, "root")
    lab = machine()
    monkeypatch.setattr(registries, "open", refuse, raising=False)
    assert failure(lab) == (f"a password in {tmp_path}/password", why, "run `./lab provision`")


@pytest.mark.parametrize("user", ["somebody", ""])
def test_a_login_is_done_again_where_it_is_gone_or_another_users(machine, monkeypatch, user):
    listening(monkeypatch, "root")
    lab = machine()
    lab.walk()
    assert Walk(lab.content, lab.context).plan() == []
    if user:
        store_credentials("127.0.0.1:5002", user, "right")
    else:
        forget_credentials("127.0.0.1:5002")
    assert Walk(lab.content, lab.context).plan() == [0]
