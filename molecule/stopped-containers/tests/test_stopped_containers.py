"""`docker rm` of one, then of all, and a container that leaves nothing behind."""


def test_no_container_is_left(host):
    assert host.check_output("docker ps --all --quiet") == ""


def test_image_is_still_there(host):
    assert host.check_output("docker images --quiet busybox:latest") != ""


def test_a_container_ran_and_removed_itself(host):
    events = host.check_output("docker events --since 24h --until 0s --filter type=container --format '{{.Action}}'").split()
    assert events[-2:] == ["die", "destroy"]
