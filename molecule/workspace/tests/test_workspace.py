"""A directory in which the learner's own user may write."""

import pytest

FOLDER = "/home/user/docker"


@pytest.mark.step("workspace.directory")
def test_directory_is_in_the_users_home(host):
    assert host.file(FOLDER).is_directory
    assert host.user("user").home == "/home/user"


@pytest.mark.step("workspace.directory")
def test_directory_is_the_users_and_nobody_elses(host):
    folder = host.file(FOLDER)
    assert (folder.user, folder.mode) == ("user", 0o755)


@pytest.mark.step("workspace.directory")
def test_user_can_write_there(host):
    host.check_output("su user -c %s", f"touch {FOLDER}/probe && rm {FOLDER}/probe")
