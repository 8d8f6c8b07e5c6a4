"""A sign-in provider (OpenID Connect) that checks what a real one checks: client, address to come back to, code used
once, PKCE. It can lie, fail and go away: `wrong` is changed by the test."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode

from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "one"})


@dataclass
class Provider:
    """`claims`: what it says of whoever comes; `lies`: claims that replace true ones; `down`: paths that fail."""

    client: str
    secret: str
    redirect: str
    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    lies: dict[str, Any] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)
    issuer_told: str | None = None
    wrong_key: bool = False
    unsigned: bool = False
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def app(self) -> Starlette:
        routes = [
            Route("/.well-known/openid-configuration", self.about),
            Route("/authorize", self.authorize),
            Route("/token", self.token, methods=["POST"]),
            Route("/keys", self.keys),
        ]
        return Starlette(routes=routes)

    async def about(self, request: Request) -> Response:
        if self._fails(request):
            return PlainTextResponse("gone", 500)
        return JSONResponse(
            {
                "issuer": self.issuer_told or self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            }
        )

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        well = asked.get("client_id") == self.client and asked.get("redirect_uri") == self.redirect
        well = well and asked.get("response_type") == "code" and asked.get("code_challenge_method") == "S256"
        if not well or "openid" not in asked["scope"].split() or not asked.get("state"):
            return PlainTextResponse("no such client", 400)
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return RedirectResponse(f"{self.redirect}?{urlencode({'code': code, 'state': asked['state']})}", 303)

    async def token(self, request: Request) -> Response:
        if self._fails(request):
            return PlainTextResponse("gone", 503)
        form = {key: values[0] for key, values in parse_qs((await request.body()).decode()).items()}
        given = base64.b64decode(request.headers.get("authorization", "").removeprefix("Basic ")).decode().split(":")
        if [unquote_plus(one) for one in given] != [self.client, self.secret]:  # RFC 6749, 2.3.1
            return self._refuse("invalid_client", 401)
        asked = self.codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if asked is None or form.get("redirect_uri") != asked["redirect_uri"]:
            return self._refuse("invalid_grant", 400)
        if challenge.decode().rstrip("=") != asked["code_challenge"]:
            return self._refuse("invalid_grant", 400)
        return JSONResponse({"access_token": "a", "token_type": "Bearer", "id_token": self._signed(asked["nonce"])})

    async def keys(self, request: Request) -> Response:
        return PlainTextResponse("gone", 500) if self._fails(request) else JSONResponse({"keys": [KEY.as_dict()]})

    def _signed(self, nonce: str) -> str:
        now = int(time.time())
        true = {"iss": self.issuer, "aud": self.client, "sub": "248", "iat": now, "exp": now + 300, "nonce": nonce}
        claims = {key: value for key, value in (true | self.claims | self.lies).items() if value is not None}
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, OTHER_KEY if self.wrong_key else KEY)
        if self.unsigned:
            none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
            return f"{none}.{token.split('.')[1]}."
        return token

    def _refuse(self, why: str, status: int) -> Response:
        self.refused.append(why)
        return JSONResponse({"error": why}, status)

    def _fails(self, request: Request) -> bool:
        return request.url.path in self.down
