"""The registry that learners push to asks for a password, which the machine made and only root can
read.
"""

import json

import pytest

PASSWORD = "/etc/workshop/registry-password"
USERS = "/etc/docker/registry/docker-registry-private.htpasswd"


def status(host, password, request):
    """The status of a request.

    curl reads the password from its input, so that it is in no process list.
    """
    settings = f'printf \'user = "learner:%s"\' "{password}"' if password else "true"
    return int(
        host.check_output(f"{settings} | curl -s -o /dev/null -w '%{{http_code}}' -K - {request}")
    )


@pytest.mark.parametrize(
    "request_",
    ["127.0.0.1:5002/v2/", "-X POST 127.0.0.1:5002/v2/greeting/blobs/uploads/"],
    ids=["look", "push"],
)
@pytest.mark.parametrize(
    ("password", "answers"), [("", [401]), ("wrong", [401]), (f"$(cat {PASSWORD})", [200, 202])]
)
def test_only_who_knows_the_password_may(host, request_, password, answers):
    assert status(host, password, request_) in answers


def test_login_works_as_the_lesson_types_it(host):
    login = f"docker login --username learner --password-stdin 127.0.0.1:5002 <{PASSWORD}"
    folder = host.check_output("mktemp -d")
    try:
        assert host.run(f"DOCKER_CONFIG={folder} {login}").rc == 0
        assert list(json.loads(host.file(f"{folder}/config.json").content_string)["auths"]) == [
            "127.0.0.1:5002"
        ]
    finally:
        host.check_output("rm -r %s", folder)


@pytest.mark.parametrize(
    ("path", "owner", "group", "mode"),
    [
        ("/etc/workshop", "root", "root", 0o755),
        (PASSWORD, "root", "root", 0o600),
        (USERS, "root", "docker-registry", 0o640),
    ],
)
def test_who_may_read_what(host, path, owner, group, mode):
    file = host.file(path)
    assert (file.user, file.group, file.mode) == (owner, group, mode)


def test_password_is_random(host):
    assert len(set(host.file(PASSWORD).content_string.strip())) > 12


def test_registry_has_a_bcrypt_hash_of_one_user(host):
    (line,) = host.file(USERS).content_string.split()
    name, hashed = line.split(":")
    _, scheme, cost, _ = hashed.split("$")
    assert (name, scheme) == ("learner", "2y")
    assert int(cost) >= 10


def test_password_is_in_no_list_of_processes(host):
    assert host.file(PASSWORD).content_string.strip() not in host.check_output("ps axwwe")


def test_password_is_in_no_other_file(host):
    found = host.run(f"grep -rlFf {PASSWORD} /etc /root /run /tmp /var/log /var/tmp")
    assert found.stdout.split() == [PASSWORD]


def test_does_not_start_without_its_users(host):
    """It would make up a user, and print the password.

    Https://distribution.github.io/distribution/about/configuration/#htpasswd
    """
    host.check_output("service docker-registry-private stop")
    host.check_output("mv %s %s.away", USERS, USERS)
    try:
        assert host.run("service docker-registry-private start").rc != 0
        assert not host.file(USERS).exists
    finally:
        host.check_output("mv %s.away %s", USERS, USERS)
        host.check_output("service docker-registry-private start")
    host.check_output(
        "curl -s -o /dev/null --retry 10 --retry-connrefused --retry-delay 1 127.0.0.1:5002/v2/"
    )
