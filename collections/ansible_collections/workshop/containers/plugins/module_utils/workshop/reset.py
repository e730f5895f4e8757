# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking away what a workshop made on a machine."""

from __future__ import annotations

from ..engine.credentials import forget_credentials, stored_credentials
from ..errors import LabError
from ..files import is_folder, read_file, remove_file, remove_folder
from .content import Content
from .context import Context
from .operations.files import FileWrite


def remove_all(content: Content, context: Context, check_mode: bool) -> list[str]:
    """Remove all that the workshop made, and nothing else; what was removed (or would be), in words.

    A file whose content is no longer the lab's, a folder with something in it, and an image that others use stay.
    """
    engine, record = context.engine, context.record
    removed = []
    for entry in context.ownership.containers():
        removed.append(f"container {entry['Names'][0].lstrip('/')}")
        if not check_mode:
            engine.remove_container(entry["Id"])
    for image in context.ownership.images():
        tags = engine.tags(image)
        removed.append(f"image {tags[0] if tags else image['Id'][7:19]}")
        if not check_mode:
            for reference in tags or [image["Id"]]:
                engine.remove_image(reference)
    removed += _remove_owned(content, context, check_mode)
    if record.steps or record.owned:
        removed.append(f"the progress in {record.path}")
    if removed and not check_mode:
        record.start_over()
    return removed


def _remove_owned(content: Content, context: Context, check_mode: bool) -> list[str]:
    """Remove what carries no label but stands in the record: pulled images, logins, files, folders."""
    removed = []
    writers = [
        operation
        for step in content.steps
        for operation in step.operations
        if isinstance(operation, FileWrite)
    ]
    for owned in sorted(context.record.owned, reverse=True):
        kind, _, name = owned.partition(":")
        if kind == "image" and context.engine.image(name) is not None:
            if not check_mode:
                try:
                    context.engine.remove_image(name)
                except LabError:
                    continue
            removed.append(f"image {name}")
        elif kind == "login" and stored_credentials(name) is not None:
            removed.append(f"login at {name}")
            if not check_mode:
                forget_credentials(name)
        elif kind == "file" and _is_written(name, writers):
            removed.append(f"file {name}")
            if not check_mode:
                remove_file(name)
    for owned in sorted(context.record.owned, reverse=True):
        kind, _, name = owned.partition(":")
        if kind == "directory" and _is_left(name, check_mode):
            removed.append(f"folder {name}")
    return removed


def _is_left(path: str, check_mode: bool) -> bool:
    """Remove a folder that the lab made, if it is empty now; tell whether it was removed, or would be."""
    try:
        return is_folder(path) if check_mode else is_folder(path) and remove_folder(path)
    except (OSError, LabError):
        return False  # somebody put something else there


def _is_written(path: str, writers: list[FileWrite]) -> bool:
    """Whether a file's content is one that a step writes there."""
    try:
        content = read_file(path)
    except (OSError, LabError):
        return False  # somebody put something else there
    return any(writer.path == path and writer.wrote(content) for writer in writers)
