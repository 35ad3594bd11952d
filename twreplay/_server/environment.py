"""The environment in which programs of each language reach a server in the API's place."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from twreplay._address import API_HOST
from twreplay._server.authority import STORE_PASSWORD, Authority

_NODE_HOOK = Path(__file__).with_name("static") / "node_hook.js"

# Each takes one file in the place of the system's authorities.
_BUNDLE_VARIABLES = (
    *("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "HTTPLIB2_CA_CERTS"),
    *("PERL_LWP_SSL_CA_FILE", "HTTPS_CA_FILE"),
)


def build_environment(
    url: str, authority: Authority, inherited: Mapping[str, str]
) -> dict[str, str]:
    """
    Build what programs of each language need to reach *url* in the API's place.

    Args:
        url: The root of a server with a proxy, such as ``http://127.0.0.1:8008``.

        inherited: The environment that it is added to.

    Returns:
        Variables that are new, or other than in *inherited*.
    """
    bundle = str(authority.bundle)
    excepted = _except_loopback(inherited)
    return {
        **dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), url),
        **dict.fromkeys(("no_proxy", "NO_PROXY"), excepted),
        **dict.fromkeys(_BUNDLE_VARIABLES, bundle),
        "NODE_EXTRA_CA_CERTS": str(authority.certificate),
        "NODE_OPTIONS": _join(inherited.get("NODE_OPTIONS", ""), " ", f'--require "{_NODE_HOOK}"'),
        "JAVA_TOOL_OPTIONS": _join(
            inherited.get("JAVA_TOOL_OPTIONS", ""), " ", _format_java(url, authority)
        ),
        "PHP_INI_SCAN_DIR": _join_php(inherited.get("PHP_INI_SCAN_DIR", ""), authority.php),
        "TWREPLAY_URL": url,
    }


def _except_loopback(inherited: Mapping[str, str]) -> str:
    """Return what goes past the proxy: loopback, and what did before, but for the API itself."""
    before = inherited.get("no_proxy") or inherited.get("NO_PROXY") or ""
    kept = [name.strip() for name in before.split(",")]
    kept = [name for name in kept if name not in ("", "*") and not _covers_api(name)]
    return ",".join(dict.fromkeys(("localhost", "127.0.0.1", "::1", *kept)))


def _covers_api(name: str) -> bool:
    bare = name.lower().lstrip("*").lstrip(".").partition(":")[0]
    return bare == API_HOST or API_HOST.endswith(f".{bare}")


def _join(before: str, between: str, added: str) -> str:
    return f"{before}{between}{added}" if before else added


def _format_java(url: str, authority: Authority) -> str:
    parts = urlsplit(url)
    proxies = [
        f"-D{scheme}.proxyHost={parts.hostname} -D{scheme}.proxyPort={parts.port}"
        for scheme in ("http", "https")
    ]
    store = f'-Djavax.net.ssl.trustStore="{authority.java}"'
    return " ".join([*proxies, store, f"-Djavax.net.ssl.trustStorePassword={STORE_PASSWORD}"])


def _join_php(before: str, folder: Path) -> str:
    # An empty part stands for the folder that PHP was built with.
    return f"{before}{os.pathsep}{folder}"
