# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Effects that several operations have on the world: images that come, containers that end.

An image has an ``identity``, which two names share where they mean the same image.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...names import full_reference
from ..fold import FoldError

if TYPE_CHECKING:
    from ..fold import Maker, Scene, Thing


def present_image(scene: Scene, maker: Maker, name: str) -> Thing:
    """The image of this name; it is pulled where no step has brought it about."""
    reference = full_reference(name)
    image = scene.read("image", reference)
    if image is not None:
        return image
    served = scene.read("served", reference)
    if served is not None:
        return scene.make("image", reference, identity=served.attrs["identity"])
    return scene.make("image", reference, identity=f"{reference} of {maker}", pulled=True)


def new_image(scene: Scene, maker: Maker, name: str, **attrs: Any) -> Thing:
    """An image that this operation makes."""
    reference = full_reference(name)
    return scene.make("image", reference, identity=f"{reference} of {maker}", **attrs)


def newest_container(scene: Scene, parameter: str) -> Thing:
    """The container that was created last; raises FoldError about ``parameter``."""
    containers = scene.of_kind("container")
    if not containers:
        raise FoldError("no step up to here leaves a container", parameter)
    return containers[-1]


def end_container(scene: Scene, container: Thing) -> None:
    """End a container's main process: it stops, or is gone if it removes itself.

    Terminals close.
    """
    for terminal in scene.of_kind("terminal"):
        if terminal.attrs["container"] == container.key[1]:
            scene.drop(terminal)
    if container.attrs["auto_remove"]:
        scene.drop(container)
    else:
        scene.alter(container, running=False)
