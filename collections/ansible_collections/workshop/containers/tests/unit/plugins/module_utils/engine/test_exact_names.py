# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names are matched exactly.

The engine itself takes the start of an id, too, and this one does as it does.
"""

from __future__ import annotations

import random
import re
from types import SimpleNamespace

import docker.errors
import pytest

from ansible_collections.workshop.containers.plugins.module_utils.containers import run_label
from ansible_collections.workshop.containers.plugins.module_utils.containers.run import work
from ansible_collections.workshop.containers.plugins.module_utils.engine.client import Engine
from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError

PAIRS = 10_000
IMAGE = {"Id": "sha256:" + "1" * 64, "Config": {"Labels": {}}}


class LaxEngine:
    """The SDK's client of an engine that finds a container by its id, its name, and the start of
    its id or name.
    """

    api_version = "1.41"

    def __init__(self):
        self.there = {}

    def add(self, container_id, name):
        config = {"Labels": run_label.label_for({"image": "busybox"}), "Image": "busybox"}
        state = {"Status": "exited", "Running": False, "ExitCode": 0}
        self.there[container_id] = {
            "Id": container_id,
            "Name": f"/{name}",
            "Image": IMAGE["Id"],
            "Config": config,
            "State": state,
        }

    def _find(self, word):
        if word in self.there:
            return self.there[word]
        by_name = [each for each in self.there.values() if each["Name"] == f"/{word}"]
        found = by_name or [each for each in self.there.values() if each["Id"].startswith(word)]
        if len(found) != 1:
            raise docker.errors.NotFound(f"No such container: {word}")
        return found[0]

    def containers(self, filters=None, **_all):
        wanted = (filters or {}).get("name", "")
        return [
            {"Id": each["Id"], "Names": [each["Name"]], "Created": 1, "State": "exited"}
            for each in self.there.values()
            if re.search(wanted, each["Name"])
        ]

    def inspect_container(self, word):
        return self._find(word)

    def remove_container(self, word, **_how):
        del self.there[self._find(word)["Id"]]

    def inspect_image(self, _name):
        return IMAGE


@pytest.fixture
def engine(monkeypatch):
    monkeypatch.setattr(docker, "APIClient", lambda **_settings: LaxEngine())
    return Engine("unix:///nowhere")


def test_no_other_container_is_ever_the_target(engine):
    """Names that are the start of another container's id, or of its name, or its id as a whole, or
    a pattern that matches it.
    """
    chance = random.Random(20)
    wrong = 0
    for _ in range(PAIRS):
        victim = f"{chance.getrandbits(256):064x}"
        other = f"web.{chance.getrandbits(16):x}"
        name = chance.choice(
            [
                victim[: chance.randint(2, 12)],
                victim,
                other[:-1],
                other.replace(".", "x"),
                f"{other}-2",
            ]
        )
        engine.api.there.clear()
        engine.api.add(victim, other)
        params = {"name": name, "state": "absent", "replace": name}
        result = work(SimpleNamespace(params=params, check_mode=False), engine)
        wrong += result["changed"] or victim not in engine.api.there
        with pytest.raises(LabError, match="no such container"):
            engine.need_container(name)
    assert wrong == 0


def test_the_right_one_is_found_beside_one_whose_id_begins_like_it(engine):
    engine.api.add("db" * 32, "other")
    engine.api.add("ab" * 32, "db")
    assert engine.need_container("db")["Id"] == "ab" * 32
    assert work(
        SimpleNamespace(
            params={"name": "db", "state": "absent", "replace": None}, check_mode=False
        ),
        engine,
    )["changed"]
    assert list(engine.api.there) == ["db" * 32]
