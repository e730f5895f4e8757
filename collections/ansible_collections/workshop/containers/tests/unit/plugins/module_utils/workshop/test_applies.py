# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which steps belong to which machine."""

from __future__ import annotations

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.machine import dpkg
from ansible_collections.workshop.containers.plugins.module_utils.workshop import applies

DISTRIBUTION = "the engine is the distribution's own, not from Docker's repository"
DOCKER = "the engine is from Docker's repository, not the distribution's own"


def test_step_for_every_machine():
    assert applies.why_not_here({}) == ""


def test_step_on_windows():
    assert applies.why_not_here({"system": "windows"}) == "it is done on Windows"


@pytest.mark.parametrize(
    ("wsl", "reason"), [(True, ""), (False, "this machine is not a WSL instance")]
)
def test_step_in_wsl(monkeypatch, wsl, reason):
    monkeypatch.setattr(applies, "is_wsl", lambda: wsl)
    assert applies.why_not_here({"system": "wsl"}) == reason


@pytest.mark.parametrize(
    ("installed", "for_docker", "for_distribution"),
    [
        ([], "", DOCKER),  # a machine without an engine is to get Docker's
        (["docker-ce"], "", DOCKER),
        (["docker.io"], DISTRIBUTION, ""),
        (["docker-ce", "docker.io"], "", DOCKER),
    ],
    ids=["none", "docker-ce", "docker.io", "both"],
)
def test_step_for_one_source_of_the_engine(
    tmp_path, monkeypatch, installed, for_docker, for_distribution
):
    (tmp_path / "status").write_text(
        "".join(
            f"Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n"
            for name in installed
        )
    )
    monkeypatch.setattr(dpkg, "ADMIN", str(tmp_path))
    assert applies.why_not_here({"engine_source": "docker"}) == for_docker
    assert applies.why_not_here({"engine_source": "distribution"}) == for_distribution
