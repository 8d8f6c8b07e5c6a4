"""Certificates in PEM files: whose they are, and when they end."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from kakeibo.clock import minute_of

BEGIN: Final = "-----BEGIN CERTIFICATE-----"
END: Final = "-----END CERTIFICATE-----"


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate that a server shows; those that sign others are left out. It holds until minute `ends`."""

    file: str
    line: int
    name: str
    ends: int


def read(file: str, text: str) -> list[Certificate]:
    """The certificates of a file. Raises ValueError for one that cannot be read."""
    with warnings.catch_warnings(action="ignore"):  # old ones break rules that are no business of ours
        try:
            return list(_read(file, text))
        except (x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
            raise ValueError(str(error)) from None


def _read(file: str, text: str) -> Iterator[Certificate]:
    at = text.find(BEGIN)
    while at >= 0:
        end = text.find(END, at)
        if end < 0:
            raise ValueError(END)
        found = x509.load_pem_x509_certificate(text[at : end + len(END)].encode())
        if not _signs(found):
            yield Certificate(file, text.count("\n", 0, at) + 1, _name(found), minute_of(found.not_valid_after_utc))
        at = text.find(BEGIN, end)


def _signs(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _name(certificate: x509.Certificate) -> str:
    """The first name it is for."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return str(names.get_values_for_type(x509.DNSName)[0])
    except (x509.ExtensionNotFound, IndexError):
        common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(common[0].value) if common else certificate.subject.rfc4514_string()
