"""A dry run has just been made: it told what it would do, and did none of it."""

import pytest


@pytest.mark.parametrize(
    "package",
    ["docker.io", "docker-ce", "docker-registry", "python3-docker", "apache2-utils", "gnupg"],
)
def test_no_package_was_installed(host, package):
    assert not host.package(package).is_installed


@pytest.mark.parametrize(
    "path", ["/etc/default/docker", "/etc/docker/registry", "/etc/workshop", "/var/run/docker.sock"]
)
def test_nothing_was_created(host, path):
    assert not host.file(path).exists


def test_options_were_not_touched(host):
    assert (
        host.file("/etc/docker/daemon.json").content_string
        == '{"log-opts": {"max-size": "1m"}, "max-concurrent-downloads": 2}'
    )
