"""A certificate authority of the tests' own, made by openssl."""

import ssl
import subprocess
from pathlib import Path

from streamgauge.alerting.receivers.http_config import TlsConfig

_EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


class Authority:
    """Issues certificates for names of this machine or of elsewhere."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._run("req", "-x509", *_EC, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=tests")

    @property
    def trust(self) -> TlsConfig:
        """What a receiver is told to trust it."""
        return TlsConfig(ca_file=self.folder / "ca.pem")

    def issue(self, name: str, days: int = 2) -> ssl.SSLContext:
        """A server's side with a certificate for a name or an address."""
        kind = "IP" if name.replace(".", "").isdecimal() else "DNS"
        extension = f"subjectAltName={kind}:{name}"
        self._run("req", *_EC, "-keyout", "a.key", "-out", "a.csr", "-subj", f"/CN={name}")
        (self.folder / "a.ext").write_text(extension)
        signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "a.ext"]
        self._run("x509", "-req", "-in", "a.csr", *signed, "-out", "a.pem", "-days", str(days))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "a.pem", self.folder / "a.key")
        return context

    def _run(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)
