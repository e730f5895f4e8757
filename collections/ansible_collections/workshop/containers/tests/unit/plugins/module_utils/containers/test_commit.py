# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a commit is given and what it is made from. That it works is shown on real engines."""

from __future__ import annotations

import io
import tarfile

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.containers import trees
from ansible_collections.workshop.containers.plugins.module_utils.containers.commit import (
    check_change,
    content_digest,
    follows,
)
from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError


@pytest.mark.parametrize(
    "change",
    [
        'CMD ["/hello"]',
        "cmd /hello --name x",
        "CMD [ -f /x ] && echo yes",
        "CMD [ -f /x ]",
        "ENTRYPOINT []",
        'VOLUME ["/data"]',
        "ENV A=['x']",
        "LABEL a=[b]",
    ],
)
def test_changes_that_a_commit_takes(change):
    check_change(change)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("FROB x", "a change that begins with one of CMD, ENTRYPOINT, ENV"),
        ("RUN apt-get update", "a change that begins with one of"),
        ("", "a change that begins with one of"),
        ("CMD", "something after CMD"),
        ("CMD ['/hello']", "which looks like a list but is not JSON"),
        ("ENTRYPOINT [/hello]", "which looks like a list but is not JSON"),
        ("CMD [ '/hello', 'x' ]", "which looks like a list but is not JSON"),
        ('CMD ["/hello", 1]', "which looks like a list but is not JSON"),
        ("ENV a=b\nUSER root", "which has several lines"),
    ],
)
def test_changes_that_are_refused(change, told):
    with pytest.raises(LabError, match=told):
        check_change(change)


class Histories:
    """An engine with an image of so many entries, and one that a container was made from."""

    def __init__(self, image, before):
        self.entries, self.before = image, before

    def history(self, _name):
        return [{}] * self.entries

    def history_by_id(self, _id):
        return None if self.before is None else [{}] * self.before


@pytest.mark.parametrize(
    ("image", "before", "is_one"), [(3, 2, True), (4, 2, False), (2, 2, False), (9, None, True)]
)
def test_an_image_made_from_a_commit_is_no_commit_of_the_same_container(image, before, is_one):
    """It has the commit's label: a commit and a build keep those."""
    assert follows(Histories(image, before), "greeting:latest", {"Image": "sha256:1"}) is is_one


class Layer:
    """A container's own layer: path to content, with the time and the mode that all files have."""

    def __init__(self, files, mtime=0, mode=0o644, uid=0):
        self.files, self.mtime, self.mode, self.uid = files, mtime, mode, uid

    def changes(self, _id):
        return {path: "D" if content is None else "A" for path, content in self.files.items()}

    def archive(self, path):
        target = io.BytesIO()
        with tarfile.open(fileobj=target, mode="w") as tar:
            member = tarfile.TarInfo(path.rpartition("/")[2])
            member.size, member.mtime, member.mode, member.uid = (
                len(self.files[path]),
                self.mtime,
                self.mode,
                self.uid,
            )
            tar.addfile(member, io.BytesIO(self.files[path]))
        return tarfile.open(fileobj=io.BytesIO(target.getvalue()), mode="r|")


@pytest.fixture
def digest(monkeypatch):
    """A function that gives the digest of a container with this layer, these settings, and what is
    asked for.
    """

    class Opened:
        def __init__(self, layer, _id, path):
            self.tar = layer.archive(path)

        def __enter__(self):
            return self.tar

        def __exit__(self, *_error):
            self.tar.close()

    monkeypatch.setattr(trees, "archive_of", Opened)

    def digest(layer, image="sha256:1", request=(), **config):
        config = {"Hostname": "h", "Image": "busybox", "Labels": {}, "Cmd": ["sh"], **config}
        return content_digest(layer, {"Id": "1", "Image": image, "Config": config}, dict(request))

    return digest


def test_what_makes_no_other_image(digest):
    first = digest(Layer({"/a": b"1"}))
    assert digest(Layer({"/a": b"1"}, mtime=99)) == first
    assert digest(Layer({"/a": b"1"}), Hostname="other", Image="127.0.0.1:5000/busybox") == first
    assert digest(Layer({"/a": b"1"}), Labels={"workshop.containers.run": "{}"}) == first


def test_what_makes_another_image(digest):
    found = [
        digest(Layer({"/a": b"1"})),
        digest(Layer({"/a": b"2"})),
        digest(Layer({"/b": b"1"})),
        digest(Layer({"/a": b"1", "/b": None})),
        digest(Layer({"/a": b"1"}, mode=0o755)),
        digest(Layer({"/a": b"1"}, uid=1000)),
        digest(Layer({"/a": b"1"}), image="sha256:2"),
        digest(Layer({"/a": b"1"}), Cmd=["ls"]),
        digest(Layer({"/a": b"1"}), Labels={"a": "b"}),
        digest(Layer({"/a": b"1"}), request={"changes": ["USER nobody"]}),
    ]
    assert len(set(found)) == len(found)
