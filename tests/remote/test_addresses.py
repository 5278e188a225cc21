"""Which addresses may be called. Nothing here leaves this machine: the resolver and the network are ours."""

import _socket
import socket

import httpcore2
import pytest

from annotator.errors import RemoteForbiddenHost, RemoteUnavailable
from annotator.remote import wire
from annotator.remote.addresses import is_public
from annotator.remote.fetch import Fetcher


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.0.9",
        "192.0.2.1",
        "192.88.99.1",
        "198.18.0.1",
        "203.0.113.5",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2001::1",
        "2001:db8::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%lo",
        "fec0::1",
        "ff02::1",
        "not an address",
        "",
    ],
)
def test_an_address_that_is_not_public_is_refused(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_a_public_address_is_allowed(address):
    assert is_public(address)


class Listener:
    """A socket on loopback that nobody may reach."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(0.05)
        self.port = self.socket.getsockname()[1]

    def hits(self):
        """How many connections were made."""
        count = 0
        while True:
            try:
                connection, _ = self.socket.accept()
            except TimeoutError:
                return count
            connection.close()
            count += 1


class Resolver:
    """Look-ups of names get the next answer; every spelling of an address stands for itself."""

    def __init__(self):
        self.answers = []
        self.asked = []

    def __call__(self, host, port, *args, **kwargs):
        if host.endswith(".example"):
            self.asked.append(host)
            return [(0, 0, 0, "", (address, port)) for address in self.answers.pop(0)]
        if host.lower().rstrip(".") == "localhost":
            host = "127.0.0.1"
        # Reads addresses in all their spellings, and never asks a name server.
        return _socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST)


@pytest.fixture
def listener():
    listener = Listener()
    yield listener
    listener.socket.close()


@pytest.fixture
def resolver(monkeypatch):
    resolver = Resolver()
    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    return resolver


@pytest.fixture
def fetcher():
    with Fetcher() as fetcher:
        yield fetcher


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://LOCALHOST.:{port}/",
        "http://127.1:{port}/",
        "http://2130706433:{port}/",
        "http://0x7f000001:{port}/",
        "http://0177.0.0.1:{port}/",
        "http://0:{port}/",
        "http://0.0.0.0:{port}/",
        "http://[::1]:{port}/",
        "http://[::]:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://[::127.0.0.1]:{port}/",
        "http://[64:ff9b::7f00:1]:{port}/",
        "http://[2002:7f00:1::]:{port}/",
        "http://[fec0::1]:{port}/",
        "http://user:secret@127.0.0.1:{port}/",
        "http://example.com@127.0.0.1:{port}/",
        "http://127.0.0.1:{port}#@example.com/",
        "http://①②⑦.0.0.1:{port}/",
        "file:///etc/passwd",
        "ftp://127.0.0.1:{port}/",
        "gopher://127.0.0.1:{port}/_x",
        "//127.0.0.1:{port}/",
        "http://",
        "http:///",
        "http://[::1",
        "",
        "javascript:alert(1)",
        "data:text/plain,hello",
    ],
)
def test_no_spelling_of_a_private_address_is_reached(fetcher, resolver, listener, url):
    with pytest.raises((RemoteForbiddenHost, RemoteUnavailable)):
        fetcher.fetch("GET", url.format(port=listener.port))

    assert listener.hits() == 0


@pytest.mark.parametrize(
    "answers", [["127.0.0.1"], ["10.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::ffff:127.0.0.1"]]
)
def test_a_name_with_one_private_address_is_refused(fetcher, resolver, listener, answers):
    resolver.answers.append(answers)

    with pytest.raises(RemoteForbiddenHost, match="private network"):
        fetcher.fetch("GET", f"http://remote.example:{listener.port}/")

    assert listener.hits() == 0


def test_a_name_that_nobody_knows_is_worth_another_try(fetcher, monkeypatch):
    def nobody(*args, **kwargs):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)

    with pytest.raises(RemoteUnavailable) as caught:
        fetcher.fetch("GET", "http://remote.example/")

    assert caught.value.sent is False


class Network(httpcore2.SyncBackend):
    """Stands for the outside: notes where a connection would go and answers there itself."""

    def __init__(self, peer=None):
        self.tried = []
        self.peer = peer
        self.written = []
        self.closed = 0

    def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        self.tried.append(host)
        stream = httpcore2.MockStream([b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"])
        network = self

        class Peer(httpcore2.MockStream):
            def get_extra_info(self, info):
                return (network.peer or host, port) if info == "server_addr" else None

            def write(self, buffer, timeout=None):
                network.written.append(bytes(buffer))

            def close(self):
                network.closed += 1

        stream.__class__ = Peer
        return stream


@pytest.fixture
def network(fetcher):
    """Puts a false outside under the fetcher, behind its guard."""
    network = Network()
    fetcher._client._transport._pool._network_backend.inner = network
    return network


def test_a_name_is_looked_up_once_and_that_address_is_called(fetcher, resolver, network):
    resolver.answers += [["8.8.8.8"], ["127.0.0.1"]]

    answer = fetcher.fetch("GET", "http://remote.example/x")

    assert answer.body == b"hi"
    assert network.tried == ["8.8.8.8"]
    assert resolver.asked == ["remote.example"]
    assert b"Host: remote.example\r\n" in b"".join(network.written)


def test_a_peer_that_is_not_the_one_asked_for_gets_nothing(fetcher, resolver, network):
    resolver.answers.append(["8.8.8.8"])
    network.peer = "127.0.0.1"

    with pytest.raises(RemoteForbiddenHost):
        fetcher.fetch("POST", "http://remote.example/x", content=b"secret")

    assert network.written == []
    assert network.closed == 1


def test_a_redirect_to_a_private_address_is_refused_after_the_first_hop(
    fetcher, resolver, network, listener, monkeypatch
):
    resolver.answers.append(["8.8.8.8"])
    head = f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{listener.port}/\r\n"
    answer = [f"{head}Content-Length: 0\r\n\r\n".encode()]
    monkeypatch.setattr(
        httpcore2.MockStream, "read", lambda *a, **k: answer.pop() if answer else b""
    )

    with pytest.raises(RemoteForbiddenHost):
        fetcher.fetch("GET", "http://remote.example/x", max_redirects=3)

    assert network.tried == ["8.8.8.8"]
    assert listener.hits() == 0


def test_a_listed_host_is_allowed_with_its_port_only(fault_remote, listener):
    with Fetcher(allow=frozenset({fault_remote.host})) as fetcher:
        assert fetcher.fetch("GET", f"{fault_remote.url}/account/v2/user/").status == 401
        with pytest.raises(RemoteForbiddenHost):
            fetcher.fetch("GET", f"http://127.0.0.1:{listener.port}/")

    assert listener.hits() == 0


def test_a_listed_ipv6_host_is_written_in_brackets():
    assert wire.is_listed("::1", 8000, frozenset({"[::1]:8000"}))
    assert not wire.is_listed("::1", 8001, frozenset({"[::1]:8000"}))


def test_proxies_of_the_environment_are_not_used(fault_remote, listener, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{listener.port}")
    monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{listener.port}")

    with Fetcher(allow=frozenset({fault_remote.host})) as fetcher:
        fetcher.fetch("GET", f"{fault_remote.url}/account/v2/user/")

    assert listener.hits() == 0
