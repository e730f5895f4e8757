# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A workshop of one lesson in one language, and its guide."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from ansible_collections.workshop.containers.plugins.plugin_utils.content.load import load
from ansible_collections.workshop.containers.plugins.plugin_utils.guide import model
from ansible_collections.workshop.containers.plugins.plugin_utils.guide.model import Guide
from ansible_collections.workshop.containers.plugins.plugin_utils.guide.recordings import (
    Recording,
)


@pytest.fixture
def workshop(tmp_path: Path) -> Callable[..., Path]:
    """Write a workshop; what is given goes into its only step. Its text may show a picture."""

    def workshop(**more: object) -> Path:
        step = {
            "id": "serve",
            "title": "Serve",
            "text": "Start it.",
            "command": "docker run -d --name web busybox httpd -f",
            "do": [
                {
                    "container_run": {
                        "name": "web",
                        "image": "busybox",
                        "command": ["httpd", "-f"],
                        "detach": True,
                    }
                }
            ],
            "check": [{"container": {"name": "web", "running": True}}],
            "hint": "Mind `-d`.",
            **more,
        }
        lesson = {"title": "The web", "text": "Pages for all.", "steps": [step]}
        folder = tmp_path / "training"
        (folder / "web/files").mkdir(parents=True, exist_ok=True)
        (folder / "web/lesson.yml").write_text(yaml.safe_dump(lesson), encoding="utf-8")
        (folder / "workshop.yml").write_text(
            yaml.safe_dump(
                {
                    "title": "Training",
                    "languages": ["en"],
                    "base_images": ["docker.io/library/busybox:latest"],
                    "lessons": ["web"],
                }
            ),
            encoding="utf-8",
        )
        return folder

    return workshop


@pytest.fixture
def guide(workshop: Callable[..., Path]) -> Callable[..., Guide]:
    """The guide of such a workshop; ``recordings`` are of its step."""

    def guide(recordings: tuple[Recording, ...] = (), **more: object) -> Guide:
        content = load(workshop(**more), ways=True)
        return model.guide(content, "en", {}, {"web.serve": recordings})

    return guide
