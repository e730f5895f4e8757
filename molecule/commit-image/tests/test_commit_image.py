"""A container into which two scripts were put, and the image that was made of it."""

import re

import pytest


def listed_scripts(log):
    """The executable scripts that `ls -las` lists in a terminal's log; some paint their names."""
    plain = re.sub(r"\x1b\[[0-9;]*[a-zA-Z]", "", log)
    listed = plain.partition("ls -las")[2]
    return re.findall(r"-rwx\S+ .* (goodbye|hello)\s*$", listed, re.MULTILINE)


@pytest.mark.step("commit-image.session", "commit-image.exit")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("{{.State.Status}}", "exited"),
        ("{{.State.ExitCode}}", "0"),
        ("{{.Config.Tty}}", "true"),
        ("{{.Config.OpenStdin}}", "true"),
        ("{{.HostConfig.AutoRemove}}", "false"),
        ("{{json .Config.Cmd}}", '["sh"]'),
    ],
)
def test_session_was_a_shell_on_a_terminal_and_is_still_there(host, field, value):
    assert host.check_output("docker inspect --format %s session", field) == value


@pytest.mark.step("commit-image.hello", "commit-image.copy", "commit-image.exit")
@pytest.mark.parametrize(("name", "word"), [("hello", "Hello"), ("goodbye", "Goodbye")])
def test_session_holds_the_script(host, name, word):
    assert f"A /{name}" in host.check_output("docker diff session").splitlines()
    assert host.check_output("docker cp session:/%s - | tar --list --verbose", name).startswith(
        "-rwx"
    )
    assert f'echo "{word}"' in host.check_output(
        "docker cp session:/%s - | tar --extract --to-stdout", name
    )


@pytest.mark.step("commit-image.goodbye")
def test_script_on_the_machine_says_goodbye(host):
    assert host.check_output("/root/goodbye") == "Goodbye"


@pytest.mark.step("commit-image.list-files", "commit-image.hello", "commit-image.exit")
@pytest.mark.parametrize("typed", ["chmod +x hello", "ls -las", "exit"])
def test_command_was_typed_in_the_session(host, typed):
    log = host.check_output("docker logs session")
    assert re.search(
        rf"^/ # .*{re.escape(typed)}\s*$", log, re.MULTILINE
    )  # the shell asks the terminal for its width in between


@pytest.mark.step("commit-image.list-files")
def test_both_scripts_were_listed(host):
    assert listed_scripts(host.check_output("docker logs session")) == ["goodbye", "hello"]


@pytest.mark.step("commit-image.commit")
def test_image_runs_hello(host):
    assert (
        host.check_output("docker image inspect --format '{{json .Config.Cmd}}' greeting")
        == '["/hello"]'
    )


@pytest.mark.step("commit-image.commit")
def test_image_is_busybox_and_one_layer(layers):
    assert layers("greeting")[:-1] == layers("busybox")


@pytest.mark.step("commit-image.list-images")
def test_image_is_listed(host):
    assert (
        "greeting:latest"
        in host.check_output("docker images --format '{{.Repository}}:{{.Tag}}'").split()
    )


@pytest.mark.step("commit-image.run", "commit-image.run-goodbye")
@pytest.mark.parametrize(("command", "answer"), [("", "Hello"), ("/goodbye", "Goodbye")])
def test_image_answers(host, command, answer):
    assert host.check_output(f"docker run --rm greeting {command}") == answer
