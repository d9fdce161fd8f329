"""A certificate authority and a server certificate, made when the tests run."""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class certificate_files:
    """PEM files: the authority that clients must trust, the server's chain and its key."""

    authority: Path
    chain: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain, self.key)
        return context

    def client_context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.authority))


def make_certificates(folder: Path, names: str = "DNS:localhost,IP:127.0.0.1") -> certificate_files:
    """Makes an authority and a certificate for `names` with the openssl program."""
    folder.mkdir(parents=True, exist_ok=True)
    files = certificate_files(folder / "authority.pem", folder / "server.pem", folder / "server.key")
    authority_key = folder / "authority.key"
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    _openssl("req", "-x509", *curve, "-keyout", authority_key, "-out", files.authority, "-days", "2",
             "-subj", "/CN=test authority", "-addext", "keyUsage=critical,keyCertSign,cRLSign")  # fmt: skip
    request = folder / "server.csr"
    _openssl("req", *curve, "-keyout", files.key, "-out", request, "-subj", "/CN=localhost")
    extensions = folder / "server.ext"
    extensions.write_text(f"subjectAltName={names}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n")
    _openssl("x509", "-req", "-in", request, "-CA", files.authority, "-CAkey", authority_key, "-CAcreateserial",
             "-out", files.chain, "-days", "2", "-extfile", extensions)  # fmt: skip
    return files


def _openssl(*arguments: str | Path) -> None:
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]} failed: {done.stderr}")
