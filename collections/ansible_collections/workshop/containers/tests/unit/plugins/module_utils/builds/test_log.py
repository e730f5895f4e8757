# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read out of the logs of both builders."""

from __future__ import annotations

from ansible_collections.workshop.containers.plugins.module_utils.builds.log import (
    BuildKitLog,
    BuildStep,
    ClassicLog,
)

CLASSIC = """\
Step 1/4 : FROM fedora:35
 ---> 3a2b1c
Step 2/4 : RUN dnf install -y which
 ---> Using cache
 ---> 9f8e7d
Step 3/4 : COPY hello goodbye /
 ---> 0a1b2c
Step 4/4 : RUN /hello
 ---> Running in 123456
hello
Removing intermediate container 123456
 ---> 777777
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


def read(text, log, size=1):
    for at in range(0, len(text), size):
        log.feed(text[at : at + size])
    log.end()
    return log


def test_the_classic_builders_log():
    log = read(CLASSIC, ClassicLog())
    assert log.steps == [
        BuildStep("FROM fedora:35", False),
        BuildStep("RUN dnf install -y which", True),
        BuildStep("COPY hello goodbye /", False),
        BuildStep("RUN /hello", False),
    ]
    assert log.output == ["hello"]
    assert log.text == CLASSIC


def test_the_classic_output_is_that_of_the_last_step_only():
    text = "Step 1/2 : RUN a\n ---> Running in 1\none\nStep 2/2 : RUN b\n ---> Running in 2\ntwo\n"
    assert read(text, ClassicLog(), 7).output == ["two"]


def test_buildkits_log():
    assert read(BUILDKIT, BuildKitLog()).steps == [
        BuildStep("FROM docker.io/library/fedora:35@sha256:0123", True),
        BuildStep("RUN dnf install -y which", True),
        BuildStep("COPY hello goodbye /", False),
    ]


def test_a_stage_with_a_name_and_a_platform():
    assert read("#9 [build 2/2] RUN make\n#9 DONE 1.0s\n", BuildKitLog()).steps == [
        BuildStep("RUN make", False)
    ]
    assert read("#9 [linux/amd64 build 2/2] RUN make\n", BuildKitLog()).steps == [
        BuildStep("RUN make", False)
    ]


def test_the_output_of_the_step_that_failed_among_others():
    text = (
        "#8 [a 2/2] RUN a\n#9 [b 2/2] RUN b\n#8 0.1 one\n#9 0.2 two\n#8 0.3 three\n#8 ERROR: "
        "process x\n#9 CANCELED\n"
    )
    log = read(text + " > [a 2/2] RUN a:\n0.1 one\n------\nDockerfile:7\n", BuildKitLog(), 5)
    assert log.output == ["one", "three"]
    assert log.failed_line == 7


def test_secrets_are_not_seen_also_where_a_line_is_cut():
    log = BuildKitLog(["sesame\nopen up\n}\n"])
    for text in ("ses", "ame and } open up\n", "x" * 4093 + "sesame\n", "y" * 20000 + "sesame"):
        log.feed(text)
    log.end()
    assert log.text.startswith("******** and } ********\n")
    assert "ses" not in log.text
