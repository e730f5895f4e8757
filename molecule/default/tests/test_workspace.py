"""The learner's user is there, with a home folder of their own and no rights beyond it.

One who was there before has changed nothing.
"""


def test_has_a_home_folder(host):
    home = host.file(host.user("user").home)
    assert (home.path, home.user, home.is_directory) == ("/home/user", "user", True)


def test_can_work_there(host):
    assert host.run("su user -c 'mkdir ~/probe && rmdir ~/probe'").rc == 0


def test_folder_of_the_lessons_is_left_to_the_learner(host):
    assert not host.file("/home/user/docker").exists


def test_has_no_rights_of_root(host):
    assert host.user("user").groups == ["user"]


def test_existing_user_is_left_alone(host):
    before = host.check_output("hostname") == "lab-systemd"
    user = host.user("user")
    assert (user.shell, user.gecos) == (
        ("/bin/dash", "was here before") if before else ("/bin/bash", "")
    )


def test_password_is_as_it_was(host):
    before = host.check_output("hostname") == "lab-systemd"
    assert host.user("user").password == ("$y$was$here" if before else "!")
