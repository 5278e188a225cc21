"""Ids that begin with the time."""

import time
import uuid

from annotator.ids import timed_id


def test_ids_by_time_are_of_version_7_and_come_in_the_order_of_their_making():
    before = timed_id()
    time.sleep(0.002)
    many = {timed_id() for _ in range(1000)}

    assert {(each.version, each.variant) for each in many} == {(7, uuid.RFC_4122)}
    assert len(many) == 1000
    assert before < min(many)
    assert abs(time.time() - (before.int >> 80) / 1000) < 60
