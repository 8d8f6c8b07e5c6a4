"""Signing in at an OpenID Connect provider: authorization code with PKCE.

https://openid.net/specs/openid-connect-core-1_0.html (3.1), RFC 7636. What is checked: the state and the browser that
began (sign_ins.py), the issuer of the discovery document, and of the identity token its signature, issuer, audience,
time and nonce.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

import httpx2
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from kakeibo.access.sign_ins import Begun
from kakeibo.errors import ProviderDown, SignInError
from kakeibo.i18n import t
from kakeibo.permissions import SignIn

CALLBACK: Final = "/sign-in/callback"
_TIMEOUT: Final = 8.0
_LARGEST: Final = 1 << 20
_LEEWAY: Final = 60
"""Seconds by which the provider's clock may differ from ours."""
_ALGORITHMS: Final = ["RS256", "PS256", "ES256", "EdDSA"]
"""Public keys alone: neither `none` nor a shared secret is taken for a signature."""
_DISCOVERY: Final = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Person:
    """Who signed in: `subject` for good, `name` for reading, and the groups as the provider names them."""

    subject: str
    name: str
    groups: tuple[str, ...]


def address(sign_in: SignIn, begun: Begun) -> str:
    """Where to send the browser. Raises ProviderDown, SignInError."""
    query = {
        "response_type": "code",
        "client_id": sign_in.client_id,
        "redirect_uri": _redirect(sign_in),
        "scope": "openid profile email",
        "state": begun.state,
        "nonce": begun.nonce,
        "code_challenge": _challenge(begun.verifier),
        "code_challenge_method": "S256",
    }
    endpoint = _endpoint(_discovered(sign_in), "authorization_endpoint")
    return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(query)}"


def person(sign_in: SignIn, begun: Begun, code: str, now: int) -> Person:
    """Who comes back with `code`. Raises ProviderDown when the provider does not answer, SignInError for the rest."""
    about = _discovered(sign_in)
    answered = _asked("POST", _endpoint(about, "token_endpoint"), **_exchange(sign_in, begun, code, about))
    token = answered.get("id_token")
    if not isinstance(token, str):
        raise _refused("id_token")
    keys = _asked("GET", _endpoint(about, "jwks_uri"))
    return _person(_claims(token, keys, sign_in, begun.nonce, now), sign_in.claim)


def _exchange(sign_in: SignIn, begun: Begun, code: str, about: Mapping[str, Any]) -> dict[str, Any]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": _redirect(sign_in),
        "client_id": sign_in.client_id,
        "code_verifier": begun.verifier,
    }
    if sign_in.client_secret_env is None:
        return {"data": form}
    secret = os.environ.get(sign_in.client_secret_env, "").strip()
    if not secret:
        raise SignInError(t("the environment variable {name} is not set", name=sign_in.client_secret_env))
    ways = about.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if "client_secret_basic" in ways:  # RFC 6749, 2.3.1: both are encoded first
        return {"data": form, "auth": (quote(sign_in.client_id, safe=""), quote(secret, safe=""))}
    return {"data": {**form, "client_secret": secret}}


def _claims(token: str, keys: Mapping[str, Any], sign_in: SignIn, nonce: str, now: int) -> dict[str, Any]:
    """What a token says, once all of it is checked."""
    wanted = jwt.JWTClaimsRegistry(
        now=now,
        leeway=_LEEWAY,
        iss={"essential": True, "value": str(sign_in.issuer)},
        aud={"essential": True, "value": sign_in.client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        claims: dict[str, Any] = jwt.decode(token, KeySet.import_key_set(dict(keys)), algorithms=_ALGORITHMS).claims  # type: ignore[arg-type]
        wanted.validate(claims)
    except JoseError as error:
        raise _refused(f"{error.error} {error.description}".strip()) from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise _refused("id_token") from None
    if claims.get("azp", sign_in.client_id) != sign_in.client_id:
        raise _refused("azp")
    return claims


def _person(claims: Mapping[str, Any], claim: str) -> Person:
    names = (claims.get(key) for key in ("preferred_username", "email", "name", "sub"))
    name = next(one for one in names if isinstance(one, str) and one.strip())
    groups = claims.get(claim, [])
    listed = [groups] if isinstance(groups, str) else groups if isinstance(groups, list) else []
    return Person(
        str(claims["sub"]), name[:200], tuple(one for one in listed if isinstance(one, str) and "\n" not in one)
    )


def _discovered(sign_in: SignIn) -> dict[str, Any]:
    issuer = str(sign_in.issuer)
    found = _asked("GET", issuer.rstrip("/") + _DISCOVERY)
    if found.get("issuer") != issuer:
        raise _refused("issuer")
    return found


def _endpoint(about: Mapping[str, Any], name: str) -> str:
    """An address of the provider's: encrypted, unless it is on this machine."""
    found = about.get(name)
    try:
        parts = urlsplit(found if isinstance(found, str) else "")
        well = parts.scheme == "https" or (
            parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
        )
    except ValueError:
        well = False
    if not well:
        raise _refused(name)
    return str(found)


def _asked(method: str, where: str, **how: Any) -> dict[str, Any]:
    """The JSON object that the provider answers; redirections are not followed, so that no secret goes elsewhere."""
    try:
        answered = httpx2.request(method, where, timeout=_TIMEOUT, follow_redirects=False, **how)
    except (httpx2.HTTPError, httpx2.InvalidURL):
        raise _down() from None
    if answered.status_code >= 500 or answered.status_code == 429:
        raise _down()
    try:
        found = answered.json() if len(answered.content) <= _LARGEST else None
    except ValueError:
        found = None
    if not isinstance(found, dict) or answered.status_code != 200:
        said = found.get("error") if isinstance(found, dict) else None
        raise _refused(str(said)[:80] if said else f"HTTP {answered.status_code}")
    return found


def _redirect(sign_in: SignIn) -> str:
    return str(sign_in.url).rstrip("/") + CALLBACK


def _challenge(verifier: str) -> str:
    """RFC 7636, 4.2: S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _down() -> ProviderDown:
    return ProviderDown(t("the sign-in provider does not answer"), t("try again, or sign in with a local account"))


def _refused(what: str) -> SignInError:
    return SignInError(t("what the sign-in provider said cannot be trusted ({what})", what=what), t("sign in again"))
