"""The configuration of nginx in docs/server.md: each account has one server, and all have one."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest
from ports import bind_port

import twreplay

DOCUMENT = Path(__file__).parents[2] / "docs" / "server.md"


@pytest.fixture
def servers():
    with twreplay.Server() as one, twreplay.Server() as other:
        yield one, other


@pytest.fixture
def address(servers, tmp_path):
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if nginx is None:
        pytest.skip("nginx is not installed")
    configuration = re.search(r"```nginx\n(.+?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)[1]
    keeping = bind_port()
    port = keeping.getsockname()[1]
    for written, server in zip(("8008", "8009"), servers, strict=True):
        configuration = configuration.replace(
            f"127.0.0.1:{written}", server.url.removeprefix("http://")
        )
    configuration = configuration.replace("127.0.0.1:8000", f"127.0.0.1:{port}")
    paths = "".join(
        f"{name}_temp_path {tmp_path};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration = configuration.replace("http {\n", f"http {{\n{paths}", 1)
    file = tmp_path / "nginx.conf"
    file.write_text(f"pid {tmp_path}/pid;\nerror_log {tmp_path}/log;\n{configuration}")
    started = [nginx, "-e", str(tmp_path / "log"), "-c", str(file), "-g", "daemon off;"]
    process = subprocess.Popen(started)
    try:
        while process.poll() is None and not (tmp_path / "pid").exists():
            pass
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
        keeping.close()


def test_each_account_has_one_server(servers, address):
    accounts = [
        {"Sid": f"AC{number:032x}", "AuthToken": f"{number:032x}"} for number in range(1, 13)
    ]
    for account in accounts:
        for server in servers:
            server.add_account(**account)

    with httpx.Client(base_url=address, trust_env=False) as client:
        for account in accounts:
            login = account["Sid"], account["AuthToken"]
            path = f"/2008-08-01/Accounts/{account['Sid']}"
            assert client.get(path, auth=login).status_code == 200
            assert client.get(f"{path}/Calls", auth=login).status_code == 200
        hidden = client.get("/_twreplay/credentials").status_code

    asked = [{each["url"].split("/")[5] for each in server.requests} for server in servers]
    assert not asked[0] & asked[1]
    assert sum(map(len, asked)) == len(accounts)
    assert all(asked)
    assert hidden == 404
