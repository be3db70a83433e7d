"""The ways in as an OpenAPI document names them; several names of one way belong together."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema


class BasicScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "wallet_service.api.authentication.BasicAuthentication"
    name = "basic"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "basic",
            "description": "User name or e-mail and an application password; or an API key: ck_… and cs_….",
        }


class QueryKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "wallet_service.api.authentication.QueryKeyAuthentication"
    name = ["consumerKey", "consumerSecret"]  # noqa: RUF012  as drf-spectacular declares it

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, str]]:
        return [
            in_query("consumer_key", "An API key's ck_…, for clients that cannot send a header."),
            in_query("consumer_secret", "Its secret, cs_…."),
        ]

    def get_security_requirement(self, auto_schema: AutoSchema) -> dict[str, list[Any]]:
        return {"consumerKey": [], "consumerSecret": []}


class OAuthScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """OpenAPI has no type for OAuth 1.0a: its five parameters, all of them needed."""

    target_class = "wallet_service.api.authentication.OAuthAuthentication"
    name = ["oauthConsumerKey", "oauthTimestamp", "oauthNonce", "oauthSignatureMethod", "oauthSignature"]  # noqa: RUF012

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, str]]:
        return [
            in_query("oauth_consumer_key", "OAuth 1.0a, one-legged: the ck_… of an API key that may sign its calls."),
            in_query("oauth_timestamp", "Unix time in seconds, at most 15 minutes off."),
            in_query("oauth_nonce", "Any text that the key has not sent within 30 minutes."),
            in_query("oauth_signature_method", "HMAC-SHA256 or HMAC-SHA1."),
            in_query(
                "oauth_signature",
                "By RFC 5849, with cs_… and an ampersand as the key, over verb, address and query; not over a JSON body. "
                "All five may stand in an `Authorization: OAuth` header instead.",
            ),
        ]

    def get_security_requirement(self, auto_schema: AutoSchema) -> dict[str, list[Any]]:
        return {name: [] for name in self.name}


class SessionNonceScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "wallet_service.api.authentication.SessionNonceAuthentication"
    name = ["sessionCookie", "nonce"]  # noqa: RUF012

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, str]]:
        return [
            {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": "The session of who signed in on a page."},
            {
                "type": "apiKey",
                "in": "header",
                "name": "X-WP-Nonce",
                "description": "The session's nonce: in every page as `wpApiSettings.nonce`, fresh from `/account/nonce/`.",
            },
        ]

    def get_security_requirement(self, auto_schema: AutoSchema) -> dict[str, list[Any]]:
        return {"sessionCookie": [], "nonce": []}


def in_query(name: str, description: str) -> dict[str, str]:
    return {"type": "apiKey", "in": "query", "name": name, "description": description}
