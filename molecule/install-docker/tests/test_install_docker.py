"""The engine of the distribution, and the tools that Docker's own instructions begin with."""

import pytest


@pytest.mark.step("install-docker.prerequisites")
@pytest.mark.parametrize("package", ["ca-certificates", "curl", "gnupg", "lsb-release"])
def test_tool_is_installed(host, package):
    assert host.package(package).is_installed


@pytest.mark.step("install-docker.prerequisites")
def test_release_has_a_code_name(host):
    assert host.check_output("lsb_release -cs") in host.file("/etc/os-release").content_string


@pytest.mark.step("install-docker.start")
def test_engine_answers(host):
    assert (
        host.check_output("curl --silent --unix-socket /var/run/docker.sock http://localhost/_ping")
        == "OK"
    )


@pytest.mark.step("install-docker.start")
def test_engine_is_the_distributions(host):
    assert host.package("docker.io").is_installed
    assert not host.package("docker-ce").is_installed


@pytest.mark.step("install-docker.start")
def test_builder_is_the_one_of_the_machine(host):
    """BuildKit comes with the package docker-buildx; without it there is the classic builder."""
    assert host.package("docker-buildx").is_installed == (
        host.check_output("lsb_release -cs") == "trixie"
    )
