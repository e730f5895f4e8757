# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""History and layers of an image, from what the engines say."""

from __future__ import annotations

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.images.layers import (
    described,
    instruction,
    layer_owners,
)


class Engine:
    """Knows one image and its history (newest first), and intermediate images by their ids."""

    def __init__(self, history, layers, known=()):
        self._history, self.known = history, dict(known)
        self.described = {
            "Id": "sha256:top",
            "RepoTags": ["a:1"],
            "Os": "linux",
            "Architecture": "amd64",
            "Size": 7,
            "RootFS": {"Layers": layers},
        }

    def image(self, name):
        return self.described if name == "a:1" else None

    def history(self, name):
        return self._history

    def image_by_id(self, image_id):
        return (
            {"RootFS": {"Layers": ["x"] * self.known[image_id]}} if image_id in self.known else None
        )


def raw(text, size=0, comment="", image_id="<missing>"):
    return {
        "CreatedBy": text,
        "Size": size,
        "Comment": comment,
        "Id": image_id,
        "Created": 1795510260,
    }


BUILDKIT = [
    raw('CMD ["true"]', 0, "buildkit.dockerfile.v0"),
    raw("COPY . /context # buildkit", 37, "buildkit.dockerfile.v0"),
    raw("RUN |1 WORD=a b /bin/sh -c echo $WORD >/word # buildkit", 5, "buildkit.dockerfile.v0"),
    raw("ENV A=b", 0, "buildkit.dockerfile.v0"),
    raw("WORKDIR /x", 0, "buildkit.dockerfile.v0"),
    raw("stand-in", 1000, "imported"),
]
CLASSIC = [
    raw('/bin/sh -c #(nop)  CMD ["true"]'),
    raw("/bin/sh -c #(nop) COPY dir:12 in /context ", 37),
    raw("|1 WORD=a b /bin/sh -c echo $WORD >/word", 5),
    raw("/bin/sh -c #(nop)  ENV A=b"),
    raw("stand-in", 1000, "imported"),
]


def test_both_builders_are_told_alike():
    one, other = (
        described(Engine(BUILDKIT, ["1", "2", "3", "4"]), "a:1"),
        described(Engine(CLASSIC, ["1", "3", "4"]), "a:1"),
    )
    assert set(one) == set(other)
    assert [entry["instruction"] for entry in one["history"]] == [
        *(
            "stand-in",
            "WORKDIR /x",
            "ENV A=b",
            "RUN echo $WORD >/word",
            "COPY . /context",
            'CMD ["true"]',
        )
    ]
    assert [entry["layer"] for entry in one["history"]] == ["1", "2", "", "3", "4", ""]
    assert [entry["builder"] for entry in one["history"]] == ["", *["buildkit"] * 5]
    assert one["history"][0] == {
        **{
            "instruction": "stand-in",
            "builder": "",
            "created": "2026-11-24T08:51:00Z",
            "size": 1000,
            "comment": "imported",
            "layer": "1",
        }
    }
    assert [entry["instruction"] for entry in other["history"]] == [
        *("stand-in", "ENV A=b", "RUN echo $WORD >/word", "COPY dir:12 in /context", 'CMD ["true"]')
    ]
    assert [entry["builder"] for entry in other["history"]] == ["", *["classic"] * 4]
    assert other["layers"][1] == {"digest": "3", "size": 5, "instruction": "RUN echo $WORD >/word"}
    assert one["platform"] == "linux/amd64"


@pytest.mark.parametrize(
    "texts",
    [
        [
            "RUN |1 A=b /bin/ash -ec echo $A # buildkit",
            "SHELL [/bin/ash -ec]",
            "RUN /bin/sh -c true # buildkit",
        ],
        [
            "|1 A=b /bin/ash -ec echo $A",
            "/bin/ash -ec #(nop)  SHELL [/bin/ash -ec]",
            "/bin/sh -c true",
        ],
        ["/bin/sh -c echo $A", "/bin/sh -c #(nop) SHELL [/bin/ash -ec]", "/bin/sh -c true"],
    ],
)
def test_a_command_after_another_shell_was_chosen(texts):
    comment = "buildkit.dockerfile.v0" if texts[0].startswith("RUN") else ""
    found = described(Engine([raw(text, 1, comment) for text in texts], ["1", "2", "3"]), "a:1")
    assert [entry["instruction"] for entry in found["history"]] == [
        "RUN true",
        "SHELL [/bin/ash -ec]",
        "RUN echo $A",
    ]
    assert {entry["builder"] for entry in found["history"]} == {
        "buildkit" if comment else "classic"
    }


def test_intermediate_images_tell_what_sizes_do_not():
    history = [
        raw("/bin/sh -c true", 0, "", "c"),
        raw("/bin/sh -c mkdir /a", 0, "", "b"),
        raw("base", 9, "", "a"),
    ]
    found = described(Engine(history, ["1", "2"], {"a": 1, "b": 2, "c": 2}), "a:1")
    assert [entry["layer"] for entry in found["history"]] == ["1", "2", ""]


def test_what_cannot_be_told_is_left_open():
    history = [raw("/bin/sh -c true"), raw("/bin/sh -c mkdir /a"), raw("base", 9)]
    found = described(Engine(history, ["1", "2"]), "a:1")
    assert [entry["layer"] for entry in found["history"]] == ["", "", ""]
    assert found["layers"][1] == {"digest": "2", "size": None, "instruction": ""}


def test_no_image():
    assert described(Engine([], []), "b:1") is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/bin/sh -c echo a && echo b", "RUN echo a && echo b"),
        ("RUN /bin/sh -c echo '# buildkit' # buildkit", "RUN echo '# buildkit'"),
        ("/bin/sh -c #(nop)  EXPOSE 80", "EXPOSE 80"),
        ("/bin/sh -c echo #(nop)  EXPOSE 80", "RUN echo #(nop)  EXPOSE 80"),
        ("sh", "sh"),
        ("", ""),
        ("RUN /bin/sh -c <<EOF\na\nEOF # buildkit", "RUN <<EOF\na\nEOF"),
    ],
)
def test_instructions(text, told):
    assert instruction(text) == told


def test_there_is_an_owner_for_each_entry():
    entries = [
        {"size": 1, "instruction": "a"},
        {"size": 0, "instruction": "ENV a=b"},
        {"size": 0, "instruction": "WORKDIR /"},
    ]
    assert layer_owners(entries, 1, [None, None, None]) == [0, None, None]
    assert layer_owners(entries, 2, [None, None, None]) == [0, None, 1]
    assert layer_owners(entries, 5, [None, None, None]) == [None, None, None]
    assert layer_owners([], 0, []) == []
