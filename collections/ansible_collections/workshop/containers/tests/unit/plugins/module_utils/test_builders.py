# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which steps came from the cache, read from what both builders print."""

from __future__ import annotations

import io
import tarfile

from ansible_collections.workshop.containers.plugins.module_utils.builders import (
    BuildStep,
    _without_syntax,
    buildkit_steps,
    classic_steps,
)
from ansible_collections.workshop.containers.plugins.module_utils.dockerfile import run_commands, syntax_image

CLASSIC = """\
Step 1/4 : FROM fedora:35
 ---> 3a2b1c
Step 2/4 : RUN dnf install -y which
 ---> Using cache
 ---> 9f8e7d
Step 3/4 : COPY hello goodbye /
 ---> 0a1b2c
Step 4/4 : CMD [ "/hello" ]
 ---> Running in 123456
Successfully built 5d4c3b
"""

BUILDKIT = """\
#1 [internal] load build definition from Dockerfile
#1 transferring dockerfile: 200B done
#1 DONE 0.0s

#4 [1/3] FROM docker.io/library/fedora:35@sha256:0123
#4 CACHED

#5 [2/3] RUN dnf install -y which
#5 CACHED

#6 [3/3] COPY hello goodbye /
#6 DONE 0.1s

#7 exporting to image
#7 exporting layers done
#7 DONE 0.0s
"""


def test_the_classic_builders_log():
    assert classic_steps(CLASSIC) == [
        BuildStep("FROM fedora:35", False),
        BuildStep("RUN dnf install -y which", True),
        BuildStep("COPY hello goodbye /", False),
        BuildStep('CMD [ "/hello" ]', False),
    ]


def test_buildkits_log():
    assert buildkit_steps(BUILDKIT) == [
        BuildStep("FROM docker.io/library/fedora:35@sha256:0123", True),
        BuildStep("RUN dnf install -y which", True),
        BuildStep("COPY hello goodbye /", False),
    ]


def test_a_stage_with_a_name():
    assert buildkit_steps("#9 [build 2/2] RUN make\n#9 DONE 1.0s\n") == [BuildStep("RUN make", False)]


def test_the_syntax_line(tmp_path):
    recipe = tmp_path / "Dockerfile"
    recipe.write_text("# syntax=docker/dockerfile:1\nFROM ubuntu:22.04\n")
    assert syntax_image(str(tmp_path), "Dockerfile") == "docker/dockerfile:1"
    recipe.write_text("# a comment\n# syntax=docker/dockerfile:1\nFROM ubuntu:22.04\n")
    assert syntax_image(str(tmp_path), "Dockerfile") is None


def test_only_the_syntax_line_is_taken_out():
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, text in (("Dockerfile", b"# syntax=docker/dockerfile:1\nFROM x\n"), ("a", b"# syntax=y\n")):
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text))
    packed.seek(0)
    with tarfile.open(fileobj=_without_syntax(packed, "Dockerfile")) as tar:
        assert tar.extractfile("Dockerfile").read() == b"# syntax:docker/dockerfile:1\nFROM x\n"
        assert tar.extractfile("a").read() == b"# syntax=y\n"


def test_the_commands_of_run_with_continuation_lines():
    text = "FROM a\nRUN dnf install -y \\\n    which && \\\n    dnf clean all\nrun true\n"
    assert run_commands(text) == {"dnf install -y     which &&     dnf clean all", "true"}
