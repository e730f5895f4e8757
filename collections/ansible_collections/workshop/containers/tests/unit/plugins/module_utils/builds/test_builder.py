# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The choice between the two builders."""

from __future__ import annotations

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.builds import builder
from ansible_collections.workshop.containers.plugins.module_utils.builds.builder import (
    build,
    choose,
)
from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError


@pytest.mark.parametrize(
    ("version", "buildx", "wanted", "needed", "chosen"),
    [
        ("1.41", True, "auto", False, "classic"),
        ("1.45", True, "auto", False, "buildkit"),
        ("1.45", False, "auto", False, "classic"),
        ("1.45", True, "classic", False, "classic"),
        ("1.41", True, "buildkit", False, "buildkit"),
        ("1.41", True, "auto", True, "buildkit"),
        ("1.41", False, "auto", True, "no `docker buildx`"),
        ("1.41", False, "buildkit", False, "no `docker buildx`"),
        ("1.45", True, "classic", True, "but found builder: classic"),
    ],
)
def test_the_choice_of_a_builder(engine, monkeypatch, version, buildx, wanted, needed, chosen):
    engine.api.api_version = version
    monkeypatch.setattr(builder, "_has_buildx", lambda: buildx)
    if " " in chosen:
        with pytest.raises(LabError, match=chosen):
            choose(engine, wanted, needed)
    else:
        assert choose(engine, wanted, needed) == chosen


def test_each_builder_is_reached_by_its_name(engine, monkeypatch):
    for name, module in (("classic", builder.classic), ("buildkit", builder.buildkit)):
        monkeypatch.setattr(module, "build", lambda *given, name=name: (name, *given))
    assert build(engine, "request", "classic") == ("classic", engine, "request")
    assert build(engine, "request", "buildkit") == ("buildkit", engine, "request")
