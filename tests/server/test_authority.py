"""The authority of a user: whose it is, what it can speak for, and that it is made once."""

from __future__ import annotations

import os
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

import twreplay
from twreplay.errors import UsageError

PEM = serialization.Encoding.PEM


class Authority(NamedTuple):
    """The files of an authority, as the environment of a server names them."""

    certificate: Path
    bundle: Path

    @property
    def key(self):
        return self.certificate.with_name("authority.key")

    @property
    def java(self):
        return self.certificate.with_name("bundle.p12")


def find_authority(server):
    """Find the authority of the user whose data folder the environment names; it may be made."""
    environment = server.proxy_environment
    return Authority(Path(environment["NODE_EXTRA_CA_CERTS"]), Path(environment["SSL_CERT_FILE"]))


@pytest.fixture(scope="module")
def server():
    with twreplay.Server() as server:
        yield server


@pytest.fixture(scope="module")
def shake_hands(server, tmp_path_factory):
    """Return a client that trusts the authority of the server alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        authority = find_authority(server)
        context = ssl.create_default_context(cafile=str(authority.certificate))
        port = int(server.url.rpartition(":")[2])

        def shake_hands(name):
            with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
                with context.wrap_socket(connection, server_hostname=name) as tls:
                    return tls.getpeercert()

        shake_hands("localhost")  # the server's certificate is made with the first connection
        yield shake_hands


@pytest.fixture
def open_authority(server, tmp_path, monkeypatch):
    """Return what finds the authority of a user who has none yet."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return lambda: find_authority(server)


def load_key(authority):
    return serialization.load_pem_private_key(authority.key.read_bytes(), None)


def build_certificate(authority, days, *extensions, subject=None, key=None):
    """Build one that the key of *authority* signs: of another program, or of its own."""
    name = x509.load_pem_x509_certificate(authority.certificate.read_bytes()).subject
    own = [x509.NameAttribute(NameOID.COMMON_NAME, subject)] if subject else list(name)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(own))
        .issuer_name(name)
        .public_key((key or load_key(authority)).public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=days))
    )
    signer = load_key(authority).public_key()
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer)  # 3.13 asks for it
    for extension in (identifier, *extensions):
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(load_key(authority), hashes.SHA256()).public_bytes(PEM)


@pytest.mark.parametrize("name", ["api.twilio.com", "localhost", "127.0.0.1", "::1"])
def test_certificate_is_trusted_for_the_api_and_loopback(shake_hands, name):
    assert shake_hands(name)


def test_certificate_is_for_no_other_name(shake_hands):
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shake_hands("example.com")


def test_authority_cannot_speak_for_another_name(open_authority, tmp_path):
    """Whoever steals the key signs a certificate for another host, and no client takes it."""
    authority = open_authority()
    key = ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([x509.DNSName("bank.example")])
    issued = build_certificate(authority, 9, names, subject="bank.example", key=key)
    chain = tmp_path / "chain.pem"
    private = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    chain.write_bytes(key.private_bytes(PEM, *private) + issued)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)

    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        shake_hands_in_memory(context, authority, "bank.example")


def shake_hands_in_memory(server_context, authority, name):
    """A whole handshake, by a client that trusts *authority* alone."""
    client_context = ssl.create_default_context(cafile=str(authority.certificate))
    ends = [ssl.MemoryBIO() for _ in range(2)]
    client = client_context.wrap_bio(ends[0], ends[1], server_hostname=name)
    server = server_context.wrap_bio(ends[1], ends[0], server_side=True)
    for _ in range(3):
        for end in (client, server):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
def test_key_is_the_users_alone(open_authority):
    authority = open_authority()
    folder = authority.certificate.parent

    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}

    assert modes["authority.key"] == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
def test_key_that_others_can_read_is_refused(open_authority):
    key = open_authority().key
    key.chmod(0o640)

    with pytest.raises(UsageError, match=r"others can read the key .* rm '.*authority.key'"):
        open_authority()

    key.unlink()
    assert open_authority().certificate.exists()


@pytest.mark.parametrize(("days", "is_renewed"), [(31, False), (29, True)])
def test_authority_is_made_once_and_renewed_before_it_expires(open_authority, days, is_renewed):
    authority = open_authority()
    first = authority.certificate.read_bytes()
    assert open_authority().certificate.read_bytes() == first
    old = build_certificate(authority, days)
    authority.certificate.write_bytes(old)

    assert (open_authority().certificate.read_bytes() != old) is is_renewed


@pytest.mark.parametrize("written", range(5))
@pytest.mark.parametrize("is_renewed", [False, True], ids=["first", "renewed"])
def test_interrupted_at_any_file_it_is_whole_the_next_time(open_authority, written, is_renewed):
    if is_renewed:
        open_authority().key.unlink()
    replace, left = Path.replace, iter(range(written))

    def replace_until(path, target):
        if next(left, None) is None:
            raise KeyboardInterrupt
        return replace(path, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "replace", replace_until)
        with pytest.raises(KeyboardInterrupt):
            open_authority()

    authority = open_authority()

    own = authority.certificate.read_bytes()
    store = pkcs12.load_pkcs12(authority.java.read_bytes(), b"changeit")
    certificate = x509.load_pem_x509_certificate(own)
    assert certificate.public_key() == load_key(authority).public_key()
    assert own in authority.bundle.read_bytes()
    assert own in [each.certificate.public_bytes(PEM) for each in store.additional_certs]


@pytest.mark.parametrize("name", ["bundle.pem", "bundle.p12"])
def test_file_that_is_missing_is_written_again(open_authority, name):
    path = open_authority().certificate.with_name(name)
    path.unlink()

    open_authority()

    assert path.exists()


def test_bundle_has_the_authorities_that_were_trusted_before(open_authority, monkeypatch, tmp_path):
    other = tmp_path / "company.pem"
    other.write_bytes(open_authority().certificate.read_bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(other))
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))

    authority = open_authority()
    held = x509.load_pem_x509_certificates(authority.bundle.read_bytes())

    assert [each.public_bytes(PEM) for each in held] == [
        other.read_bytes(),
        authority.certificate.read_bytes(),
    ]
    assert held[0].fingerprint(hashes.SHA256()) != held[1].fingerprint(hashes.SHA256())


def test_folder_that_cannot_be_made_is_named(open_authority, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))

    with pytest.raises(UsageError, match=r"is kept in .*twreplay"):
        open_authority()
