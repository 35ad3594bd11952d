"""
The authority that signs the server's certificate: one per user, made here, never shipped.

It can speak for ``api.twilio.com`` and loopback only: a program that trusts it trusts it for
nothing else, also if its key is lost.
"""

from __future__ import annotations

import os
import re
import ssl
import tempfile
import warnings
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

import platformdirs
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from filelock import FileLock

from twreplay._address import API_HOST
from twreplay.errors import UsageError

_NAMES = (API_HOST, "localhost")
_ADDRESSES = ("127.0.0.1", "::1")
_NETWORKS = ("127.0.0.0/8", "::1/128")
_LASTS = timedelta(days=365)
_RENEWED = timedelta(days=30)
_BEFORE = timedelta(days=1)  # clocks of containers and virtual machines differ

# Where systems keep the authorities they trust, if OpenSSL's own place is empty.
_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)

STORE_PASSWORD = "changeit"  # noqa: S105  # Java's own for authorities, which are no secret

_USAGES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
    *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)


@dataclass(frozen=True, slots=True)
class Authority:
    """
    The authority of one user.

    Attributes:
        certificate: Its certificate.

        bundle: The system's authorities and this one, for programs that take one file.

        php: A folder with an ini file of PHP that names *bundle*.

        java: The same as *bundle*, as Java has it; the password is ``STORE_PASSWORD``.
    """

    certificate: Path
    bundle: Path
    php: Path
    java: Path
    _key: Path

    def build_context(self) -> ssl.SSLContext:
        """Build the context of a server that is ``api.twilio.com``, with a certificate of now."""
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = x509.load_pem_x509_certificate(self.certificate.read_bytes())
        signer = serialization.load_pem_private_key(self._key.read_bytes(), None)
        assert isinstance(signer, ec.EllipticCurvePrivateKey)
        names = [x509.DNSName(name) for name in _NAMES]
        addresses = [x509.IPAddress(ip_address(address)) for address in _ADDRESSES]
        issued = (
            _begin(key, API_HOST, issuer.subject, signer)
            .add_extension(x509.SubjectAlternativeName([*names, *addresses]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(_allow("digital_signature"), critical=True)
            .sign(signer, hashes.SHA256())
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        # The module ssl takes files only.
        with tempfile.TemporaryDirectory(prefix="twreplay-") as folder:
            chain = Path(folder, "chain.pem")
            _write(chain, _encode_key(key) + issued.public_bytes(serialization.Encoding.PEM), 0o600)
            context.load_cert_chain(chain)
        return context


def open_authority() -> Authority:
    """
    Return the authority of this user; make it if there is none, or if it is about to expire.

    Raises:
        UsageError: Its folder cannot be written, or others can read its key.
    """
    folder = Path(platformdirs.user_data_dir("twreplay", appauthor=False), "authority")
    made = Authority(
        folder / "authority.pem",
        folder / "bundle.pem",
        folder / "php",
        folder / "bundle.p12",
        folder / "authority.key",
    )
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made.php.mkdir(exist_ok=True)
        with FileLock(folder / "lock"):
            if not _is_usable(made):
                _make(made)
            own = made.certificate.read_text("ascii")
            bundle = f"{_read_system()}\n{own}".encode()
            if not _is_written(made, bundle):
                _write(made.php / "twreplay.ini", _format_ini(made.bundle).encode(), 0o644)
                _write(made.java, _encode_store(bundle), 0o644)
                # Last: what it holds says that all of them were written.
                _write(made.bundle, bundle, 0o644)
    except OSError as error:
        msg = f"the authority of --tls and --proxy is kept in {folder}, which fails: {error}."
        raise UsageError(msg) from None
    return made


def _is_usable(authority: Authority) -> bool:
    if not authority.certificate.exists() or not authority._key.exists():
        return False
    mode = authority._key.stat().st_mode & 0o077
    if os.name == "posix" and mode:
        msg = (
            f"others can read the key {authority._key}, so it may not be yours alone: "
            f"rm '{authority._key}', and a new authority is made."
        )
        raise UsageError(msg)
    certificate = x509.load_pem_x509_certificate(authority.certificate.read_bytes())
    return certificate.not_valid_after_utc - datetime.now(UTC) > _RENEWED


def _is_written(authority: Authority, bundle: bytes) -> bool:
    if not authority.java.exists() or not authority.bundle.exists():
        return False
    return authority.bundle.read_bytes() == bundle


def _make(authority: Authority) -> None:
    # Whenever this is interrupted, a certificate that is there is that of the key.
    authority.certificate.unlink(missing_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "twreplay, this user's tests")])
    permitted: list[x509.GeneralName] = [x509.DNSName(each) for each in _NAMES]
    permitted += [x509.IPAddress(ip_network(each)) for each in _NETWORKS]
    certificate = (
        _begin(key, "twreplay, this user's tests", name, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_allow("key_cert_sign", "crl_sign"), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(authority._key, _encode_key(key), 0o600)
    _write(authority.certificate, certificate.public_bytes(serialization.Encoding.PEM), 0o644)


def _begin(
    key: ec.EllipticCurvePrivateKey,
    subject: str,
    issuer: x509.Name,
    signer: ec.EllipticCurvePrivateKey,
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BEFORE)
        .not_valid_after(now + _LASTS)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )


def _allow(*usages: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{name: name in usages for name in _USAGES})


def _encode_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write(path: Path, content: bytes, mode: int) -> None:
    """Write a file whole or not at all: a program may be reading it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _read_system() -> str:
    """Return the authorities that programs trust without us: the user's file, or the system's."""
    given = os.environ.get("SSL_CERT_FILE")
    places = (given, ssl.get_default_verify_paths().cafile, *_BUNDLES)
    for place in places:
        if place and Path(place).is_file():
            return Path(place).read_text("utf-8", "replace")
    # Windows and macOS keep them in no file.
    held = ssl.create_default_context().get_ca_certs(binary_form=True)
    return "\n".join(map(ssl.DER_cert_to_PEM_cert, held))


def _encode_store(bundle: bytes) -> bytes:
    """Encode *bundle* as a trust store of Java."""
    entries = []
    with warnings.catch_warnings():
        # Some authorities of systems have serial numbers that there should not be.
        warnings.simplefilter("ignore")
        for number, pem in enumerate(_PEM.findall(bundle)):
            with suppress(ValueError):
                certificate = x509.load_pem_x509_certificate(pem)
                entries.append(pkcs12.PKCS12Certificate(certificate, str(number).encode()))
        password = serialization.BestAvailableEncryption(STORE_PASSWORD.encode())
        return pkcs12.serialize_java_truststore(entries, password)


def _format_ini(bundle: Path) -> str:
    return f'curl.cainfo="{bundle}"\nopenssl.cafile="{bundle}"\n'
