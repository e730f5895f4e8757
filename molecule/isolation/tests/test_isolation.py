"""What a container has of its own, what it shares with the machine, and that its limits hold.

The lesson leaves nothing behind, so each test does once more what a learner types.
"""

import pytest


@pytest.fixture(scope="module")
def probe(host):
    """A container that runs while it is looked at."""
    container = host.check_output("docker run --rm --detach busybox sleep 1000")
    yield container
    host.check_output("docker kill %s", container)


@pytest.mark.step("isolation.kernel")
def test_kernel_is_the_machines(host):
    assert host.check_output("docker run --rm busybox uname -r") == host.check_output("uname -r")


@pytest.mark.step("isolation.namespaces")
@pytest.mark.parametrize(
    ("kind", "own"),
    [("pid", True), ("mnt", True), ("net", True), ("ipc", True), ("uts", True), ("user", False)],
)
def test_namespace(host, probe, kind, own):
    inside = host.check_output("docker exec %s readlink /proc/1/ns/%s", probe, kind)
    assert (inside != host.check_output("readlink /proc/self/ns/%s", kind)) == own


@pytest.mark.step("isolation.memory")
def test_process_over_the_memory_limit_is_killed(host):
    limit = "docker run --rm --memory 64m --memory-swap 64m busybox"
    assert host.run(f"{limit} dd if=/dev/zero of=/dev/null bs=128M count=1").rc == 137
    assert host.run(f"{limit} dd if=/dev/zero of=/dev/null bs=16M count=1").rc == 0


@pytest.mark.step("isolation.processes")
def test_process_over_the_limit_is_refused(host):
    many = "docker run --rm --pids-limit %d busybox sh -c 'for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1 & done; wait'"
    assert "can't fork" in host.run(many % 8).stderr
    assert host.run(many % 20).rc == 0


@pytest.mark.step("isolation.cpu")
@pytest.mark.parametrize(("limit", "quota"), [("--cpus 0.1", "10000"), ("", "-1")])
def test_share_of_the_processor_is_limited(host, limit, quota):
    files = "cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us 2>/dev/null || sed 's/max/-1/' /sys/fs/cgroup/cpu.max"
    assert host.check_output(f"docker run --rm {limit} busybox sh -c %s", files).split()[0] == quota


@pytest.mark.step("isolation.remove")
def test_container_of_the_lesson_is_gone(host):
    assert host.check_output("docker ps --all --quiet --filter name=^cell$") == ""
