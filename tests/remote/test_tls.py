"""Certificates: always verified, for the name that was asked for, on the address that was checked."""

import datetime
import socket
import ssl
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from annotator.errors import RemoteUnavailable
from annotator.remote import wire
from annotator.remote.fetch import Fetcher

NAME = "remote.example"


@pytest.fixture
def certificate(tmp_path):
    """A certificate for NAME that only itself vouches for, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "certificate.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


class TlsServer:
    """Answers one request on loopback over TLS; `names` are those the callers asked for."""

    def __init__(self, certificate):
        self.names = []
        self.requests = []
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        context.sni_callback = lambda connection, name, context: self.names.append(name)
        self.context = context
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        plain, _ = self.socket.accept()
        with plain:
            try:
                with self.context.wrap_socket(plain, server_side=True) as connection:
                    self.requests.append(connection.recv(65536))
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
            except OSError:
                return  # the caller did not like the certificate

    def close(self):
        self.thread.join()
        self.socket.close()


@pytest.fixture
def server(certificate):
    server = TlsServer(certificate)
    yield server
    server.close()


@pytest.fixture
def fetch(server, monkeypatch):
    """Calls the server by any name, as if the name's address were loopback."""
    monkeypatch.setattr(wire, "callable_addresses", lambda host, port, allow: ["127.0.0.1"])

    def fetch(name):
        with Fetcher(allow=frozenset({f"{name}:{server.port}"})) as fetcher:
            return fetcher.fetch("GET", f"https://{name}:{server.port}/x")

    return fetch


def trust(certificate, monkeypatch):
    context = ssl.create_default_context(cafile=certificate)
    monkeypatch.setattr(wire, "_certificates", lambda: context)


def test_a_trusted_certificate_of_that_name_is_accepted(fetch, server, certificate, monkeypatch):
    trust(certificate, monkeypatch)

    answer = fetch(NAME)

    assert answer.body == b"hi"
    assert server.names == [NAME]
    assert f"Host: {NAME}:{server.port}".encode() in server.requests[0]


def test_a_certificate_that_nobody_vouches_for_is_refused(fetch, server):
    with pytest.raises(RemoteUnavailable, match="cannot be trusted") as caught:
        fetch(NAME)

    assert caught.value.sent is False
    assert server.requests == []


def test_a_certificate_of_another_name_is_refused(fetch, server, certificate, monkeypatch):
    trust(certificate, monkeypatch)

    with pytest.raises(RemoteUnavailable, match="cannot be trusted"):
        fetch("other.example")

    assert server.requests == []
