# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which images a classic build leaves without a name."""

from __future__ import annotations

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.workshop.operations.builds import (
    made_on_the_way,
)

# As engine 20.10 prints it
LOG = """Step 1/6 : FROM busybox AS compiler
 ---> 847effe50036
Step 2/6 : RUN echo one
 ---> Running in 0f7bb1fba2ca
one
 ---> not-an-id
Removing intermediate container 0f7bb1fba2ca
 ---> b3859f8eb038
Step 3/6 : RUN touch /big
 ---> Using cache
 ---> 93e385687938
Step 4/6 : from busybox
 ---> 847effe50036
Step 5/6 : COPY --from=compiler /big /big
 ---> f52f8e431f33
Step 6/6 : LABEL x=y
 ---> Running in 5a1a2ca0cd8a
Removing intermediate container 5a1a2ca0cd8a
 ---> f5c52e465e60
Successfully built f5c52e465e60
Successfully tagged multi:v2
"""


def test_what_was_there_before_is_none():
    assert made_on_the_way(LOG) == ["b3859f8eb038", "f52f8e431f33", "f5c52e465e60"]


@pytest.mark.parametrize(
    "log", ["", "#1 [internal] load build definition\n", "Step 1/1 : FROM x\n"]
)
def test_other_logs_tell_of_none(log):
    assert made_on_the_way(log) == []


def test_the_first_instruction_counts_where_it_makes_an_image():
    assert made_on_the_way("Step 1/1 : RUN x\n ---> b3859f8eb038\n") == ["b3859f8eb038"]


def test_they_are_noted_and_go_with_a_reset(api, lab, tmp_path, monkeypatch):
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM busybox\n", encoding="ascii")
    machine = lab(("build", [{"image_build": {"name": "app", "path": str(folder)}}], []))
    stage = api.add_image()
    log = f"Step 1/2 : RUN x\n ---> {stage[7:19]}\n"
    monkeypatch.setattr(machine.engine, "image_by_id", lambda _short: api.pictures.get(stage))
    operations = (
        "ansible_collections.workshop.containers.plugins.module_utils.workshop.operations.builds"
    )
    monkeypatch.setattr(f"{operations}.made_on_the_way", lambda _log: [log[-13:-1]])
    machine.walk()
    assert stage in machine.record.images
    machine.reset()
    assert api.pictures == {}
