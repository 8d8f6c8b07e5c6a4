"""A broker of MQTT, as the book names one, and a client that is not connected yet: for those who listen and who tell.

MQTT 3.1.1 and 5 by paho-mqtt. https://docs.oasis-open.org/mqtt/mqtt/v5.0/mqtt-v5.0.html
"""

from __future__ import annotations

import os
import re
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from paho.mqtt.client import Client, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from kakeibo.errors import OptionError, SourceError
from kakeibo.i18n import t

_TEXT: Final = {"type": "string"}
_VARIABLE: Final = r"[A-Za-z_][A-Za-z0-9_]*"
_ID: Final = r"[A-Za-z0-9._:-]{1,64}"
PORTS: Final = {"mqtt": 1883, "mqtts": 8883}
VERSIONS: Final[dict[str, MQTTProtocolVersion]] = {"3.1.1": MQTTv311, "5": MQTTv5}

OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "url": {**_TEXT, "description": "The broker; mqtts:// is encrypted. Example: `url: mqtts://broker.example`"},
    "username": {**_TEXT, "description": "Who we are, where a password is asked for. Example: `username: kakeibo`"},
    "password_env": {
        **_TEXT,
        "description": "The environment variable with the password. Example: `password_env: BROKER_PASSWORD`",
    },
    "ca": {**_TEXT, "description": "A file with the certificates to trust. Example: `ca: internal-ca.pem`"},
    "version": {
        **_TEXT,
        "enum": [*VERSIONS],
        "description": "The version of MQTT. Left out: 5. Example: `version: '3.1.1'`",
    },
    "client_id": {**_TEXT, "description": "Our name at the broker; no two may share it. Example: `client_id: kakeibo`"},
}


@dataclass(frozen=True, slots=True)
class Broker:
    """Where it is, who we are there, and how we speak. `client_id` "": the broker gives us a name."""

    host: str
    port: int
    encrypted: bool
    username: str = ""
    password_env: str = ""
    ca: str = ""
    version: str = "5"
    client_id: str = ""

    @property
    def name(self) -> str:
        return f"{self.host}:{self.port}"

    def client(self, *, keeps: bool = False, **more: Any) -> Client:
        """A client of it, not connected. `keeps`: the broker shall keep the session while we are away (3.1.1; MQTT 5
        says so when it connects). Raises SourceError when the password or the certificates cannot be had."""
        if self.version == "3.1.1":
            more["clean_session"] = not keeps
        client = Client(CallbackAPIVersion.VERSION2, self.client_id, protocol=VERSIONS[self.version], **more)
        if self.username:
            client.username_pw_set(self.username, self._password())
        if self.encrypted:
            try:
                client.tls_set_context(ssl.create_default_context(cafile=self.ca or None))
            except OSError as error:
                why = error.strerror or str(error)
                raise SourceError(t("{path}: {why}", path=self.ca, why=why), t("correct ca:")) from None
        return client

    def _password(self) -> str:
        value = os.environ.get(self.password_env, "").strip()
        if not value:
            raise SourceError(
                t("the environment variable {name} is not set", name=self.password_env), t("set it and run again")
            )
        return value


def end(client: Client) -> None:
    """Disconnect, and leave nothing open."""
    client.disconnect()
    client.loop_stop()
    if (left := client.socket()) is not None:  # paho forgets it while it is being let in
        left.close()


def properties(**values: int) -> Properties:
    """Properties of a CONNECT packet (MQTT 5)."""
    found = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    for name, value in values.items():
        setattr(found, name, value)
    return found


def broker(options: dict[str, Any], base: Path) -> Broker:
    """The broker that options name. Raises OptionError for one that is wrong; `base`: where a relative `ca` lies."""
    texts = {key: _text(key, options.get(key, "")) for key in OPTIONS if key != "url"}
    if bool(texts["username"]) != bool(texts["password_env"]):
        missing = "password_env" if texts["username"] else "username"
        given = "username" if texts["username"] else "password_env"
        raise OptionError(
            t("{given} needs {missing}", given=given, missing=missing), t("add {missing}:", missing=missing), (given,)
        )
    if texts["password_env"] and not re.fullmatch(_VARIABLE, texts["password_env"], re.ASCII):  # it may be the password
        mend = t("write the name, such as {example}; the secret itself does not belong in the book",
                 example="BROKER_PASSWORD")  # fmt: skip
        raise OptionError(
            t("{key} is the name of an environment variable", key="password_env"), mend, ("password_env",)
        )
    if (version := texts["version"] or "5") not in VERSIONS:
        mend = t("known are: {names}", names=", ".join(VERSIONS))
        raise OptionError(t("{key} cannot be {found}", key="version", found=repr(version)), mend, ("version",))
    if texts["client_id"] and not re.fullmatch(_ID, texts["client_id"], re.ASCII):
        mend = t("use up to 64 letters, digits, '.', '_', ':' and '-'")
        found = repr(texts["client_id"])
        raise OptionError(t("{key} cannot be {found}", key="client_id", found=found), mend, ("client_id",))
    host, port, encrypted = _address(options.get("url", ""))
    ca = str(base / texts["ca"]) if texts["ca"] else ""
    return Broker(host, port, encrypted, texts["username"], texts["password_env"], ca, version, texts["client_id"])


def _text(key: str, value: Any) -> str:
    if key == "version" and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)  # 5 without quotes
    if not isinstance(value, str):
        raise OptionError(
            t("{key} must be a {wanted}, not {found}", key=key, wanted=t("text"), found=repr(value)), "", (key,)
        )
    return value


def _address(text: Any) -> tuple[str, int, bool]:
    example = t("write it like this: {example}", example="url: mqtt://localhost:1883")
    if not text:
        raise OptionError(t("the key '{key}' is missing", key="url"), example)
    try:
        parts = urlsplit(str(text))
        port = parts.port
    except ValueError:
        raise OptionError(t("that is no address"), example, ("url",)) from None
    if parts.username or parts.password:
        mend = t("write username: and password_env: with the name of an environment variable")
        raise OptionError(t("a password does not belong in the book"), mend, ("url",))
    if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise OptionError(t("that is no address"), example, ("url",))
    return parts.hostname, port or PORTS[parts.scheme], parts.scheme == "mqtts"
