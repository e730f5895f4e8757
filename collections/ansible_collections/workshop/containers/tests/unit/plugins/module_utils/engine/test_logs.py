# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a container printed, out of a stream that may be cut anywhere."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.workshop.containers.plugins.module_utils.engine.logs import (
    KEEP,
    Output,
    frames,
    joined,
    outputs,
)

PRINTED = st.lists(st.tuples(st.sampled_from([1, 2]), st.binary(max_size=40)), max_size=20)


def stream(printed):
    return b"".join(
        bytes([number, 0, 0, 0]) + len(text).to_bytes(4, "big") + text for number, text in printed
    )


@given(PRINTED, st.lists(st.integers(0, 1000)))
def test_frames_are_found_wherever_the_stream_is_cut(printed, cuts):
    data = stream(printed)
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    chunks = [data[start:end] for start, end in zip(places, places[1:])]
    assert list(frames(chunks)) == printed
    stdout, stderr = outputs(chunks, tty=False)
    assert stdout.text == b"".join(text for number, text in printed if number == 1).decode(
        errors="replace"
    )
    assert stderr.text == b"".join(text for number, text in printed if number == 2).decode(
        errors="replace"
    )


def test_a_terminal_has_one_stream():
    assert outputs([b"a", b"b"], tty=True) == (Output("ab"), Output(""))
    assert joined([b"a", b"b"], tty=True).text == "ab"


def test_both_streams_in_order():
    assert (
        joined([stream([(1, b"one "), (2, b"two "), (1, b"three")])], tty=False).text
        == "one two three"
    )


def test_of_much_the_last_lines_are_kept():
    found = joined((b"%07d\n" % number for number in range(KEEP // 4)), tty=True)
    assert found.text.endswith(f"{KEEP // 4 - 1:07}\n")
    assert len(found.text) + found.left_out == KEEP * 2
    assert KEEP - 8 <= len(found.text) <= KEEP


def test_a_cut_inside_a_character_is_no_broken_one():
    found = joined((("é" * 999 + "\n").encode() for _ in range(2000)), tty=True)
    assert not found.unreadable
    assert "\ufffd" not in found.text


def test_bytes_that_are_not_utf8():
    assert joined([b"\xff ok"], tty=True) == Output("\ufffd ok", 0, True)
