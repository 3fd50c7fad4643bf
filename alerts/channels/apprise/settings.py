"""Settings of an Apprise receiver."""

from __future__ import annotations

from pydantic import Field, SecretStr, field_validator

from alerts.kind import ReceiverSettings

SCHEMES = frozenset(
    {"tgram", "discord", "msteams", "workflows", "workflow", "ntfy", "ntfys", "pover", "gotify"}
    | {"gotifys", "matrix", "matrixs", "mmost", "mmosts", "rocket", "rockets", "gchat", "wxteams"}
    | {"zulip", "signal", "signals", "pagerduty", "opsgenie", "line", "pbul", "pushed", "twilio"}
    | {"whatsapp", "threema", "revolt", "guilded", "pagertree", "splunk", "victorops", "mailgun"}
)
"""Services that people read. Not among them: what writes to this machine (syslog, dbus, file),
runs programs or plugins, and plain json/xml/form posts, for which there is our own webhook."""


class AppriseSettings(ReceiverSettings):
    """One Apprise URL for one target. The URL holds keys: it is a secret as a whole."""

    url: SecretStr = Field(description="Apprise URL, such as tgram://TOKEN/CHAT.")

    @field_validator("url")
    @classmethod
    def _known_service(cls, value: SecretStr) -> SecretStr:
        scheme, separator, _ = value.get_secret_value().partition("://")
        if not separator or scheme.lower() not in SCHEMES:
            raise ValueError(f"an Apprise URL for one of: {', '.join(sorted(SCHEMES))}")
        return value
