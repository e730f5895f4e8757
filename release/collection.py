# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the collection as it is published: with the roles, the playbooks, the workshop and COPYING.

They stand at the top of this repository, where readers look for them; in the archive they stand
beside `plugins/`, so that `role_path/../..` leads to the workshop in both. Only what git tracks is
taken, as it is on disk. The same files make the same archive, byte by byte, wherever and whenever
it is built.

    .venv/bin/python release/collection.py FOLDER [--tag v0.1.0]
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
COLLECTION = Path("collections/ansible_collections/workshop/containers")
BESIDE = ("COPYING", "docs", "playbooks", "roles", "workshops")


class BuildError(Exception):
    """What keeps the collection from being built, and what to do."""


def tracked(root: Path, *parts: str) -> list[Path]:
    """List the files below `parts` that git tracks, relative to `root`."""
    # The owner of a checkout need not be who builds.
    command = ["git", "-c", f"safe.directory={root}", "-C", str(root), "ls-files", "-z", "--"]
    done = subprocess.run([*command, *parts], capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(
            f"git does not list the files of {root}: {done.stderr.strip()}. Build in a checkout."
        )
    return [Path(name) for name in done.stdout.split("\0") if name]


def stage(root: Path, folder: Path) -> None:
    """Copy into `folder` what the archive will hold, laid out as a collection."""
    for path in tracked(root, str(COLLECTION), *BESIDE):
        if not (root / path).exists():  # removed, and git was not told yet
            continue
        if (root / path).is_symlink():
            raise BuildError(f"{path} is a symbolic link; galaxy refuses it. Put a file there.")
        inside = COLLECTION in path.parents
        target = folder / (path.relative_to(COLLECTION) if inside else path)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / path, target)


def build(folder: Path) -> Path:
    """Have ansible-galaxy build what is in `folder`, and return the archive beside it."""
    galaxy = Path(sys.executable).with_name("ansible-galaxy")
    command = [str(galaxy), "collection", "build", "--output-path", str(folder.parent), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"ansible-galaxy does not build the collection: {done.stderr.strip()}")
    return next(folder.parent.glob("*.tar.gz"))


def as_json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, indent=True).encode()


def repack(archive: Path, target: Path) -> None:
    """Write an archive's files in the order of their names, without the time of the build.

    ansible-galaxy lists files as the disk does, and notes when it was called.
    """
    with tarfile.open(archive) as built:
        members = {member.name: member for member in built.getmembers()}
        contents = {
            name: stream.read()
            for name in members
            if (stream := built.extractfile(name)) is not None
        }
    files = json.loads(contents["FILES.json"])
    files["files"].sort(key=lambda entry: entry["name"])
    contents["FILES.json"] = as_json(files)
    manifest = json.loads(contents["MANIFEST.json"])
    manifest["file_manifest_file"]["chksum_sha256"] = hashlib.sha256(
        contents["FILES.json"]
    ).hexdigest()
    contents["MANIFEST.json"] = as_json(manifest)
    first = ["MANIFEST.json", "FILES.json"]  # where those who read a stream want them
    with (
        target.open("wb") as stream,
        gzip.GzipFile(filename="", fileobj=stream, mode="wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for name in [*first, *sorted(members.keys() - set(first))]:
            member = members[name]
            member.mtime = 0
            member.pax_headers = {}
            member.size = len(contents.get(name, b""))
            tar.addfile(member, io.BytesIO(contents[name]) if name in contents else None)


def check_tag(root: Path, tag: str) -> None:
    """Refuse a tag that is not the version of galaxy.yml, or that the changelog does not tell."""
    galaxy = yaml.safe_load((root / COLLECTION / "galaxy.yml").read_text(encoding="utf-8"))
    version = galaxy["version"]
    if tag != f"v{version}":
        raise BuildError(
            f"the tag {tag} is not that of version {version} in {COLLECTION}/galaxy.yml. "
            f"Set the version there, or name the tag v{version}."
        )
    notes = root / COLLECTION / "changelogs"
    releases = yaml.safe_load((notes / "changelog.yaml").read_text(encoding="utf-8"))["releases"]
    told = {name for release in releases.values() for name in release.get("fragments", [])}
    waiting = sorted(path.name for path in notes.glob("fragments/*.yml") if path.name not in told)
    if version not in releases or waiting:
        raise BuildError(
            f"the changelog does not tell {', '.join(waiting) or f'of {version}'} yet. "
            f"Run `antsibull-changelog release` in {COLLECTION}, and commit what it writes."
        )


def make(root: Path, folder: Path) -> Path:
    """Build the collection of `root` into `folder`, and return the archive."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        staged = Path(scratch) / "staged"
        stage(root, staged)
        archive = build(staged)
        repack(archive, folder / archive.name)
        return folder / archive.name


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the archive is written")
    parser.add_argument("--tag", help="the tag that is released; refused unless galaxy.yml agrees")
    wanted = parser.parse_args()
    try:
        if wanted.tag:
            check_tag(ROOT, wanted.tag)
        print(make(ROOT, wanted.folder))
    except BuildError as error:
        sys.exit(f"collection: {error}")


if __name__ == "__main__":
    main()
