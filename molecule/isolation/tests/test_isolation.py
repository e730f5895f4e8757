"""What a container has of its own, what it shares with the machine, and that its limits hold.

The lesson leaves no container behind: the engine's events and the record tell how each ended, and
what was seen. The tests that do once more what a learner types show that the machine is one on
which it can be seen.
"""

import pytest


@pytest.mark.step("isolation.kernel", "isolation.memory", "isolation.processes", "isolation.cpu")
@pytest.mark.parametrize(
    ("step", "exit_code", "seen"),
    [
        ("isolation.kernel", 0, "what `uname -r` prints on the machine"),
        ("isolation.memory", 137, "exit code 137"),
        ("isolation.processes", 2, "can't fork"),
        ("isolation.cpu", 1, "nr_throttled [1-9]"),  # one of the files is not there
    ],
)
def test_container_ended_as_its_limit_wants(lives, verified, step, exit_code, seen):
    second, checks = verified(step)
    life = lives(step)[-1]
    assert life.exit_code == exit_code
    assert int(life.at["die"]) <= second
    assert seen in checks


@pytest.mark.step("isolation.memory")
def test_nobody_but_the_kernel_killed_it(lives):
    assert "kill" not in lives("isolation.memory")[-1].at


@pytest.mark.step("isolation.cpu")
def test_it_wanted_the_processor_for_a_second(lives):
    life = lives("isolation.cpu")[-1]
    assert life.at["die"] - life.at["start"] >= 1


@pytest.mark.step("isolation.namespaces")
def test_namespaces_were_seen_while_it_ran(lives, verified):
    second, checks = verified("isolation.namespaces")
    assert "own namespaces pid, mnt, net, ipc, uts, sharing user" in checks
    assert any(life.covers(second) for life in lives("isolation.namespaces"))


@pytest.fixture(scope="module")
def probe(host):
    """A container that runs while it is looked at."""
    container = host.check_output("docker run --rm --detach busybox sleep 1000")
    yield container
    host.check_output("docker kill %s", container)


@pytest.mark.reenacts
@pytest.mark.step("isolation.kernel")
def test_kernel_is_the_machines(host):
    assert host.check_output("docker run --rm busybox uname -r") == host.check_output("uname -r")


@pytest.mark.reenacts
@pytest.mark.step("isolation.namespaces")
@pytest.mark.parametrize(
    ("kind", "own"),
    [("pid", True), ("mnt", True), ("net", True), ("ipc", True), ("uts", True), ("user", False)],
)
def test_namespace(host, probe, kind, own):
    inside = host.check_output("docker exec %s readlink /proc/1/ns/%s", probe, kind)
    assert (inside != host.check_output("readlink /proc/self/ns/%s", kind)) == own


@pytest.mark.reenacts
@pytest.mark.step("isolation.memory")
def test_process_over_the_memory_limit_is_killed(host):
    limit = "docker run --rm --memory 64m --memory-swap 64m busybox"
    assert host.run(f"{limit} dd if=/dev/zero of=/dev/null bs=128M count=1").rc == 137
    assert host.run(f"{limit} dd if=/dev/zero of=/dev/null bs=16M count=1").rc == 0


@pytest.mark.reenacts
@pytest.mark.step("isolation.processes", "isolation.cpu")
def test_process_over_the_limit_is_refused(host):
    many = (
        "docker run --rm --pids-limit %d busybox sh -c 'for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1 "
        "& done; wait'"
    )
    assert "can't fork" in host.run(many % 8).stderr
    assert host.run(many % 20).rc == 0


@pytest.mark.reenacts
@pytest.mark.step("isolation.cpu")
@pytest.mark.parametrize(("limit", "quota"), [("--cpus 0.1", "10000"), ("", "-1")])
def test_share_of_the_processor_is_limited(host, limit, quota):
    files = (
        "cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us 2>/dev/null || sed 's/max/-1/' "
        "/sys/fs/cgroup/cpu.max"
    )
    assert host.check_output(f"docker run --rm {limit} busybox sh -c %s", files).split()[0] == quota


@pytest.mark.step("isolation.remove")
def test_container_was_killed_and_removed(lives):
    assert {"kill", "die", "destroy"} <= set(lives("isolation.namespaces")[-1].at)


@pytest.mark.step("isolation.remove")
def test_container_of_the_lesson_is_gone(host):
    assert host.check_output("docker ps --all --quiet --filter name=^cell$") == ""
