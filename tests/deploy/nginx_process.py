"""Debian's nginx with our configuration, on ports and with a certificate of its own."""

import contextlib
import datetime
import ipaddress
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from api.settings import ROOT
from tests.support.waiting import wait_until

CONFIGURATION = ROOT / "deploy/nginx/roentgen.conf"
API_NAME = "api.xray.example.org"
FRAME = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/roentgen.conf;
}}
"""


@dataclass(frozen=True)
class Nginx:
    """Where it listens; `certificate` proves it."""

    https: int
    http: int
    certificate: Path
    folder: Path


@contextlib.contextmanager
def nginx_process(
    folder: Path,
    *,
    nodes: Mapping[str, int],
    configuration: Path = CONFIGURATION,
    changes: Mapping[str, str] | None = None,
) -> Iterator[Nginx]:
    """Listening when the block begins.

    Args:
        nodes: the ports on this machine that stand for addresses of the configuration.
        changes: what of the configuration is written otherwise, such as a time that is too long
            for a test.
    """
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("nginx is missing; .ci/run installs it")
        pytest.skip("nginx is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    https, http = _free_ports()
    key, certificate = _certificate(folder)
    replaced = {
        "listen 443 ssl http2": f"listen 127.0.0.1:{https} ssl http2",
        "listen 80 default_server": f"listen 127.0.0.1:{http} default_server",
        "/etc/roentgen/tls/fullchain.pem": str(certificate),
        "/etc/roentgen/tls/privkey.pem": str(key),
        "/var/log/nginx": str(folder),
        **{address: f"127.0.0.1:{port}" for address, port in nodes.items()},
        **(changes or {}),
    }
    text = configuration.read_text(encoding="utf-8")
    for before, after in replaced.items():
        assert before in text, before
        text = text.replace(before, after)
    (folder / "roentgen.conf").write_text(text, encoding="utf-8")
    (folder / "nginx.conf").write_text(FRAME.format(folder=folder), encoding="utf-8")
    process = subprocess.Popen([program, "-c", str(folder / "nginx.conf"), "-p", str(folder)])
    try:
        wait_until(lambda: _listens(https), "nginx listens")
        yield Nginx(https, http, certificate, folder)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _free_ports() -> tuple[int, int]:
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A key, and a certificate for 127.0.0.1 that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, API_NAME)])
    names = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName(API_NAME)]
    today = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    key_file, certificate_file = folder / "key.pem", folder / "certificate.pem"
    key_file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    certificate_file.write_bytes(certificate.public_bytes(pem))
    return key_file, certificate_file
