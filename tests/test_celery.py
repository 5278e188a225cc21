"""The worker when what it stands on fails: Redis goes away, the disk is full."""

from kombu import Connection

from annotator import beat
from annotator.celery import app
from tests import services


def test_a_connection_that_redis_dropped_is_closed_without_an_error():
    connection = Connection(f"redis+socket://{services.REDIS_SOCKET}")
    with connection.SimpleQueue("dropped") as queue:
        queue.put("a job that is under way")
        message = queue.get(timeout=5)
    channel = message.channel
    connection.transport.client = None  # what Kombu makes of a connection that was lost
    channel._disconnect_pools()

    channel.close()

    assert channel.closed


def test_beat_goes_on_where_it_cannot_write_its_file(monkeypatch, tmp_path):
    monkeypatch.setattr(beat, "beat_file", lambda: tmp_path / "none" / "beat")
    monkeypatch.setattr(beat.Scheduler, "tick", lambda *_: 1.0)

    assert beat.MonotonicScheduler(app, lazy=True).tick() == 1.0
