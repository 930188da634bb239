"""Certificates that are wrong in one way each, from a throw-away authority."""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

from sonde_core.certificates import throwaway

DAY = timedelta(days=1)
HOST = "127.0.0.1"


class Authority:
    """Issues certificates into a folder.

    Attributes:
        file: PEM file of the authority itself.
    """

    def __init__(self, folder: Path, name: str = "Test") -> None:
        self._folder = folder
        self._ca = trustme.CA(organization_name=name)
        self.file = str(folder / f"{name}-ca.pem")
        self._ca.cert_pem.write_to_path(self.file)

    def issue(
        self,
        *names: str,
        begins: datetime | None = None,
        ends: datetime | None = None,
    ) -> str:
        """Issue a certificate with its key; returns the file of both."""
        now = datetime.now(UTC)
        leaf = self._ca.issue_cert(
            *(names or (HOST,)), not_before=begins or now - DAY, not_after=ends or now + DAY
        )
        return self._write(leaf, leaf.cert_chain_pems)

    def expired(self) -> str:
        """Issue one that ended on the 2nd of January 2020."""
        return self.issue(
            begins=datetime(2019, 1, 1, tzinfo=UTC), ends=datetime(2020, 1, 2, tzinfo=UTC)
        )

    def not_yet(self) -> str:
        """Issue one that begins in 2090."""
        return self.issue(
            begins=datetime(2090, 5, 6, tzinfo=UTC), ends=datetime(2091, 1, 1, tzinfo=UTC)
        )

    def through_another(self, *, complete: bool) -> str:
        """Issue one by way of an intermediate authority, which the chain holds or not."""
        leaf = self._ca.create_child_ca().issue_cert(HOST)
        chain = leaf.cert_chain_pems
        return self._write(leaf, chain if complete else chain[:1])

    def long_chain(self, length: int) -> str:
        """Issue one whose chain repeats the authority's own to so many certificates."""
        leaf = self._ca.issue_cert(HOST)
        return self._write(leaf, [leaf.cert_chain_pems[0], *[self._ca.cert_pem] * (length - 1)])

    def _write(self, leaf: trustme.LeafCert, chain: list[trustme.Blob]) -> str:
        path = self._folder / f"leaf-{len(list(self._folder.iterdir()))}.pem"
        path.write_bytes(b"".join(each.bytes() for each in (*chain, leaf.private_key_pem)))
        return str(path)


def self_signed(folder: Path) -> str:
    """Make a certificate that nobody else vouches for."""
    file = throwaway((HOST,))
    path = folder / "self-signed.pem"
    path.write_bytes(file.path.read_bytes())
    return str(path)


@contextmanager
def old_tls_only(file: str) -> Iterator[ssl.SSLContext]:
    """Yield a server's context that speaks TLS 1.0 and 1.1 only."""
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore", DeprecationWarning)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        yield context
