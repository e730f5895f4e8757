# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ids and labels of images in archives.

What an archive may look like is tested with archive_push.
"""

from __future__ import annotations

import io
import json
import tarfile
from hashlib import sha256

import pytest


def save(path, config):
    """Write an archive as `docker save` does, and return its path and the image's id."""
    entry = {"Config": "config.json", "Layers": []}
    config = json.dumps({"os": "linux", **config}).encode()
    with tarfile.open(path, "w") as tar:
        for name, content in (
            ("config.json", config),
            ("manifest.json", json.dumps([entry]).encode()),
        ):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return str(path), f"sha256:{sha256(config).hexdigest()}"


@pytest.mark.parametrize(
    ("config", "labels"),
    [
        ({"config": {"Labels": {"kind": "stand-in"}}}, {"kind": "stand-in"}),
        ({"config": {"Labels": None}}, {}),
        ({"config": None}, {}),
        ({}, {}),
    ],
)
def test_id_and_labels(run_module, tmp_path, config, labels):
    path, image = save(tmp_path / "image.tar", config)
    result = run_module("archive_info", paths=[path], _ansible_check_mode=True)
    assert result["images"] == {path: {"id": image, "labels": labels}}
    assert not result["changed"]


def test_every_archive_is_read(run_module, tmp_path):
    saved = dict(save(tmp_path / f"{name}.tar", {"made": name}) for name in ("one", "two"))
    result = run_module("archive_info", paths=list(saved))
    assert {path: image["id"] for path, image in result["images"].items()} == saved


def test_file_that_is_no_archive(run_module, tmp_path):
    (tmp_path / "image.tar").write_bytes(b"no archive")
    result = run_module("archive_info", paths=[str(tmp_path / "image.tar")])
    assert result["failed"]
    assert str(tmp_path / "image.tar") in result["expected"]
    assert "not a tar file" in result["observed"]


def test_image_for_another_platform(run_module, tmp_path):
    path, _ = save(tmp_path / "image.tar", {"architecture": "s390x"})
    assert run_module("archive_info", paths=[path])["failed"]
    assert "failed" not in run_module("archive_info", paths=[path], platform="linux/s390x")
