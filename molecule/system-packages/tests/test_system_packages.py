"""Packages that a Dockerfile installs, without what only installing them needed, and how its cache
works.
"""

import datetime

import pytest

FOLDER = "/appHelloFedoraDockerfile"


@pytest.fixture
def build(host):
    """build(folder): builds it under a name of its own; the log, in the words of either builder."""
    yield lambda folder: host.check_output("cd %s && docker build --tag probe . 2>&1", folder)
    host.check_output("docker rmi --no-prune probe")


@pytest.fixture
def changed(host):
    """A copy of the lesson's folder with a change that no build has seen."""
    folder = host.check_output("mktemp --directory")
    host.check_output('cp -a %s/. %s && echo "# $$ $(date)" >> %s/hello', FOLDER, folder, folder)
    yield folder
    host.check_output("rm -r %s", folder)


def from_cache(log, instruction):
    """Whether a builder's log says that the instruction came from the cache.

    In the classic one's words, or in BuildKit's.
    """
    lines = log.splitlines()
    at = next(
        number
        for number, line in enumerate(lines)
        if instruction in line and ("Step " in line or "[" in line)
    )
    if lines[at].startswith("Step "):
        return "Using cache" in lines[at + 1]
    return f"{lines[at].split()[0]} CACHED" in lines


@pytest.mark.step("system-packages.directory", "system-packages.scripts")
@pytest.mark.parametrize(("name", "answer"), [("hello", "hello again"), ("goodbye", "goodbye")])
def test_script_is_executable_and_answers(host, name, answer):
    assert host.file(f"{FOLDER}/{name}").mode & 0o111 == 0o111
    assert host.check_output(f"{FOLDER}/{name}") == answer


@pytest.mark.step("system-packages.dockerfile")
def test_dockerfile_installs_before_it_copies(host):
    instructions = [
        line.split()[0]
        for line in host.file(f"{FOLDER}/Dockerfile").content_string.splitlines()
        if line[:1].isalpha()
    ]
    assert instructions == ["FROM", "RUN", "COPY", "CMD"]


@pytest.mark.step("system-packages.build")
@pytest.mark.parametrize("command", ["find /hello", "ps -p 1", "which sh"])
def test_installed_program_works(host, command):
    assert host.run(f"docker run --rm greeting {command}").rc == 0
    assert host.run(f"docker run --rm fedora:35 {command}").rc != 0


@pytest.mark.step("system-packages.build")
@pytest.mark.parametrize("left", ["*.rpm", "*.solv*", "repomd.xml"])
def test_cache_of_the_package_manager_is_empty(host, left):
    assert host.check_output("docker run --rm greeting find /var/cache -name %s", left) == ""


@pytest.mark.step("system-packages.build")
def test_documentation_is_not_installed(host):
    documented = "rpm -q --docfiles --whatprovides findutils procps which | xargs ls -d 2>/dev/null"
    assert host.run("docker run --rm greeting sh -c %s", documented).stdout == ""


@pytest.mark.step("system-packages.history")
def test_history_has_the_instructions_in_their_order(host):
    newest_first = host.check_output(
        "docker history --no-trunc --format '{{.CreatedBy}}' greeting"
    ).splitlines()
    wanted = ["CMD", "COPY", "dnf install"]
    found = [word for entry in newest_first for word in wanted if word in entry]
    assert found[: len(wanted)] == wanted


@pytest.mark.step("system-packages.history")
def test_run_and_copy_have_a_layer_each(layers):
    assert layers("greeting")[:-2] == layers("fedora:35")


@pytest.mark.step("system-packages.touch", "system-packages.change")
@pytest.mark.parametrize("step", ["system-packages.touch", "system-packages.change"])
def test_packages_were_installed_only_once(host, verified, step):
    """The layer that the first build made is still there after the two others."""
    second, checks = verified(step)
    first, _ = verified("system-packages.build")
    assert r"^RUN\s.*\binstall\b/" in checks
    listed = host.check_output(
        "docker history --no-trunc --format '{{.CreatedAt}} {{.CreatedBy}}' greeting"
    )
    [installed] = [line.split()[0] for line in listed.splitlines() if "dnf install" in line]
    made = datetime.datetime.fromisoformat(installed.replace("Z", "+00:00")).timestamp()
    assert made <= first + 1 <= second + 1


@pytest.mark.reenacts
@pytest.mark.step("system-packages.touch")
@pytest.mark.parametrize("instruction", ["RUN dnf install", "COPY hello goodbye"])
def test_touching_a_file_leaves_the_cache_as_it_is(host, build, instruction):
    host.check_output("touch %s/hello", FOLDER)
    assert from_cache(build(FOLDER), instruction)


@pytest.mark.step("system-packages.change")
def test_changed_file_is_in_the_image(host):
    assert host.check_output("docker run --rm greeting") == "hello again"


@pytest.mark.reenacts
@pytest.mark.step("system-packages.change")
def test_changed_file_is_copied_again_and_no_package_installed(build, changed):
    log = build(changed)
    assert from_cache(log, "RUN dnf install")
    assert not from_cache(log, "COPY hello goodbye")
