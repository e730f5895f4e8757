"""The proofs have left nothing behind, and nothing of what they did not make has gone."""

import pytest


@pytest.mark.parametrize(
    "listing", ["docker ps --all --format '{{.Names}}'", "docker images --format '{{.Repository}}'"]
)
def test_nothing_is_left(host, listing):
    assert "errata" not in host.check_output(listing)


def test_folder_is_gone(host):
    assert not host.file("/var/tmp/workshop-errata").exists


def test_no_image_of_a_proof_is_without_a_name(host):
    assert (
        host.check_output(
            "docker images --quiet --filter label=workshop.containers.workshop=containers-errata"
        )
        == ""
    )
