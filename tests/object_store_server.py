"""`python -m tests.object_store_server FOLDER`: OpenStack Swift with its S3 API, all in one process.

A real object store: it checks signatures and expiries, and keeps objects on the disk. One account,
test:tester with the key testing. FOLDER/port says where it answers.
"""

import eventlet
import eventlet.wsgi

eventlet.monkey_patch()

import socket  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402

from swift.common import utils  # noqa: E402
from swift.common.http_protocol import SwiftHttpProtocol  # noqa: E402
from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.wsgi import loadapp  # noqa: E402

PARTS = ("account", "container", "object")
MIDDLEWARE = ("catch_errors", "gatekeeper", "listing_formats", "s3api", "tempauth", "slo")
OPTIONS = {"tempauth": "user_test_tester = testing .admin\n", "s3api": "location = us-east-1\n"}
HASHES = (
    "[swift-hash]\nswift_hash_path_suffix = tests\n[storage-policy:0]\nname = one\ndefault = yes\n"
)
COMMON = """[DEFAULT]
swift_dir = {folder}
devices = {folder}/devices
recon_cache_path = {folder}
mount_check = false
fallocate_reserve = 0
log_level = ERROR
[pipeline:main]
pipeline = {pipeline}
[app:{app}]
use = egg:swift#{kind}
"""


def lay_out(folder, ports):
    """Configuration and rings of one node."""
    (folder / "devices/d1").mkdir(parents=True)
    (folder / "swift.conf").write_text(HASHES)
    for kind in PARTS:
        write_ring(folder / f"{kind}.ring.gz", ports[kind])
        text = COMMON.format(folder=folder, kind=kind, pipeline="server", app="server")
        (folder / f"{kind}.conf").write_text(text)
    pipeline = " ".join([*MIDDLEWARE, "proxy-server"])
    text = COMMON.format(folder=folder, kind="proxy", pipeline=pipeline, app="proxy-server")
    text += "account_autocreate = true\n"
    for name in MIDDLEWARE:
        text += f"[filter:{name}]\nuse = egg:swift#{name}\n{OPTIONS.get(name, '')}"
    (folder / "proxy.conf").write_text(text)


def write_ring(path, port):
    """Where the one part of the store is."""
    builder = RingBuilder(1, 1, 0)
    place = {"id": 0, "region": 1, "zone": 1, "weight": 1, "device": "d1", "meta": ""}
    place |= {"ip": "127.0.0.1", "port": port}
    place |= {"replication_ip": "127.0.0.1", "replication_port": port}
    builder.add_dev(place)
    builder.rebalance(seed="1")
    builder.get_ring().save(str(path))


def main(folder):
    """Serve until the process is ended."""
    sockets = {kind: eventlet.listen(("127.0.0.1", 0)) for kind in (*PARTS, "proxy")}
    for sock in sockets.values():
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    ports = {kind: sock.getsockname()[1] for kind, sock in sockets.items()}
    lay_out(folder, ports)
    utils.SWIFT_CONF_FILE = str(folder / "swift.conf")
    for kind, sock in sockets.items():
        app = loadapp(str(folder / f"{kind}.conf"))
        options = {"protocol": SwiftHttpProtocol, "log_output": False, "debug": False}
        eventlet.spawn(eventlet.wsgi.server, sock, app, **options)
    (folder / "port").write_text(str(ports["proxy"]))
    while True:
        eventlet.sleep(3600)


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
