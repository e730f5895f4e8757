"""The engine answers, comes back with the machine, and has the machine's own options as well as
ours.
"""

import json

import pytest


def test_engine_answers(host):
    assert host.run("docker version --format '{{.Server.Version}}'").rc == 0


def test_options_are_merged(host):
    """Those that were there, those that harden a new engine (its logs were somebody's choice
    already), and the mirror.
    """
    options = json.loads(host.file("/etc/docker/daemon.json").content_string)
    hardened = {"icc": False, "live-restore": True, "no-new-privileges": True}
    if host.check_output("hostname") != "lab-wsl":
        hardened["userland-proxy"] = False
    assert options == {
        "log-opts": {"max-size": "1m"},
        "max-concurrent-downloads": 2,
        "registry-mirrors": ["http://127.0.0.1:5000"],
        **hardened,
    }


def test_engine_has_them(host):
    assert host.check_output("docker info --format '{{.LiveRestoreEnabled}}'") == "true"


def test_engine_uses_the_mirror(host):
    mirrors = host.check_output("docker info --format '{{json .RegistryConfig.Mirrors}}'")
    assert json.loads(mirrors) == ["http://127.0.0.1:5000/"]


def test_sdk_is_the_distributions(host):
    assert host.run("/usr/bin/python3 -c 'import docker; docker.from_env().ping()'").rc == 0


@pytest.mark.parametrize("package", ["ca-certificates", "curl", "gnupg", "lsb-release"])
def test_tools_of_dockers_instructions_are_there(host, package):
    assert host.package(package).is_installed


def test_policy_against_service_starts_is_still_there(host):
    policy = host.file("/usr/sbin/policy-rc.d")
    assert policy.exists == (host.check_output("hostname") == "lab-systemd")


def test_wsl_keeps_its_own_settings(host):
    if host.check_output("hostname") == "lab-wsl":
        assert host.file("/run/booted").exists or host.run("pgrep -o tini").rc == 0
        assert host.file("/etc/wsl.conf").contains("^command = touch /run/booted; ")
        assert host.file("/etc/wsl.conf").contains("^default = root")
