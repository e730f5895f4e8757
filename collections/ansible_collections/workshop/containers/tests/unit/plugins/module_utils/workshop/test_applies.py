# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which steps belong to which machine."""

from __future__ import annotations

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.workshop import applies

DISTRIBUTION = "the engine is the distribution's own, not from Docker's repository"
DOCKER = "the engine is from Docker's repository, not the distribution's own"


def test_step_for_every_machine():
    assert applies.why_not_here({}) == ""


@pytest.mark.parametrize(
    ("wsl", "judging", "reason"),
    [
        (False, False, "it is done on Windows"),
        (False, True, "it is done on Windows"),
        (True, False, "it is done on Windows"),
        (True, True, ""),
    ],
)
def test_step_on_windows_is_judged_from_wsl(monkeypatch, wsl, judging, reason):
    monkeypatch.setattr(applies, "is_wsl", lambda: wsl)
    assert applies.why_not_here({"system": "windows"}, judging) == reason


@pytest.mark.parametrize(
    ("wsl", "reason"), [(True, ""), (False, "this machine is not a WSL instance")]
)
def test_step_in_wsl(monkeypatch, wsl, reason):
    monkeypatch.setattr(applies, "is_wsl", lambda: wsl)
    assert applies.why_not_here({"system": "wsl"}) == reason


@pytest.mark.parametrize(
    ("origin", "for_docker", "for_distribution"),
    [
        ("", "", DOCKER),  # a machine without an engine is to get Docker's
        ("docker", "", DOCKER),
        ("distribution", DISTRIBUTION, ""),
        ("snap", "the engine is a snap, not from Docker's repository", None),
        ("moby", "the engine is the package moby-engine, not from Docker's repository", None),
        ("unpacked", "the engine is unpacked by hand, not from Docker's repository", None),
        ("desktop", "the engine is Docker Desktop's, not from Docker's repository", None),
        ("elsewhere", "the engine is on another machine, not from Docker's repository", None),
    ],
)
def test_step_for_one_source_of_the_engine(monkeypatch, origin, for_docker, for_distribution):
    monkeypatch.setattr(applies, "engine_origin", lambda: origin)
    assert applies.why_not_here({"engine_source": "docker"}) == for_docker
    reason = applies.why_not_here({"engine_source": "distribution"})
    if for_distribution is None:
        for_distribution = for_docker.replace("from Docker's repository", "the distribution's own")
    assert reason == for_distribution
