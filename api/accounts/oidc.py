"""An OpenID provider: where people are sent to say who they are, and what it says of them.

Authorization code flow with PKCE (RFC 7636) and a nonce, by OpenID Connect Core 1.0 and Discovery
1.0. Authlib asks the provider, joserfc checks what it signed.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Never, cast

from api.errors import NotAuthenticated, ProviderDown

if TYPE_CHECKING:
    from authlib.integrations.requests_client import OAuth2Session

WELL_KNOWN = "/.well-known/openid-configuration"
# No symmetric ones: their key would be the client's secret. Never "none".
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
TIMEOUT_S = 5.0
# How long the provider's addresses and keys are believed.
BELIEVED_FOR_S = 3600.0
# Keys are asked for again no sooner: anybody can send a token that names an unknown key.
MIN_REFRESH_S = 30.0
# How long one that could not be asked is not asked again.
AWAY_FOR_S = 5.0
# Clocks of two machines.
LEEWAY_S = 60
MAX_ID_TOKEN = 65_536

Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OidcClient:
    """What this server is at the provider; `redirect_uri` is where it sends people back to."""

    issuer: str
    client_id: str
    client_secret: str
    scopes: str
    redirect_uri: str


class OidcProvider:
    """Blocks on the network; what the provider is and signs with is remembered for an hour."""

    def __init__(
        self, client: OidcClient, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.client, self._monotonic = client, monotonic
        self._lock = threading.Lock()
        self._known: Claims = {}
        self._keys: Mapping[str, Any] = {}
        self._asked_at, self._failed_at = float("-inf"), float("-inf")

    def login_url(self, *, state: str, nonce: str, verifier: str) -> str:
        """Where somebody says who they are. Raises: ProviderDown."""
        endpoint = str(self._metadata()["authorization_endpoint"])
        with self._session() as session:
            url, _ = session.create_authorization_url(
                endpoint, state=state, code_verifier=verifier, nonce=nonce
            )
        return str(url)

    def claims(self, code: str, *, nonce: str, verifier: str) -> Claims:
        """What the provider says of whoever came back with a code.

        The signed token's claims, and those of the userinfo endpoint that it lacks (groups often).

        Raises: NotAuthenticated if the code or the token is not good, ProviderDown.
        """
        metadata = self._metadata()
        with self._session() as session:
            token = self._fetched(session, str(metadata["token_endpoint"]), code, verifier)
            claims = self._validated(str(token.get("id_token") or ""), nonce)
            if "userinfo_endpoint" not in metadata:
                return claims
            more = self._userinfo(session, str(metadata["userinfo_endpoint"]))
        # OpenID Connect Core 5.3.2: another subject's claims must not be used.
        return {**more, **claims} if more.get("sub") == claims["sub"] else claims

    def _fetched(
        self, session: "OAuth2Session", endpoint: str, code: str, verifier: str
    ) -> Mapping[str, Any]:
        from authlib.common.errors import AuthlibBaseError
        from requests import RequestException

        try:
            found = session.fetch_token(
                endpoint, grant_type="authorization_code", code=code, code_verifier=verifier
            )
        except (RequestException, ValueError) as exc:
            self._is_down(exc)
        except AuthlibBaseError as exc:
            # A code that is old, used or made up; its words are the provider's own.
            raise NotAuthenticated(
                "The provider does not know this log-in any more; begin again."
            ) from exc
        return dict(found)

    def _userinfo(self, session: "OAuth2Session", endpoint: str) -> Claims:
        from authlib.common.errors import AuthlibBaseError
        from requests import RequestException

        try:
            answer = session.get(endpoint)
            found = answer.json() if answer.status_code == 200 else {}
        except AuthlibBaseError:
            # A token that cannot be used there; the signed one is enough.
            return {}
        except (RequestException, ValueError) as exc:
            self._is_down(exc)
        return found if isinstance(found, dict) else {}

    def _validated(self, id_token: str, nonce: str) -> Claims:
        if not id_token or len(id_token) > MAX_ID_TOKEN:
            raise NotAuthenticated("The provider sent no token that says who logged in.")
        try:
            return self._checked(id_token, nonce)
        except NotAuthenticated:
            if self._monotonic() - self._asked_at < MIN_REFRESH_S:
                raise
        # The provider may sign with a new key.
        self._ask()
        return self._checked(id_token, nonce)

    def _checked(self, id_token: str, nonce: str) -> Claims:
        return validated_claims(
            id_token,
            self._keys,
            issuer=str(self._known["issuer"]),
            client_id=self.client.client_id,
            nonce=nonce,
        )

    def _metadata(self) -> Claims:
        with self._lock:
            if self._monotonic() - self._asked_at > BELIEVED_FOR_S:
                self._ask()
            return self._known

    def _ask(self) -> None:
        import requests

        # It is away: nobody waits for it again at once.
        if self._monotonic() - self._failed_at < AWAY_FOR_S:
            self._is_down(ConnectionError())
        try:
            known = _json(
                requests.get(self.client.issuer.rstrip("/") + WELL_KNOWN, timeout=TIMEOUT_S)
            )
            keys = _json(requests.get(str(known["jwks_uri"]), timeout=TIMEOUT_S))
            if not {"authorization_endpoint", "token_endpoint", "issuer"} <= known.keys():
                raise ValueError("its configuration lacks an endpoint")
        except (requests.RequestException, ValueError, KeyError) as exc:
            self._failed_at = self._monotonic()
            self._is_down(exc)
        # Discovery 4.3: another issuer's configuration would let it speak for this one.
        if str(known["issuer"]).rstrip("/") != self.client.issuer.rstrip("/"):
            self._is_down(ValueError("it calls itself otherwise than ROENTGEN_OIDC_ISSUER"))
        self._known, self._keys, self._asked_at = known, keys, self._monotonic()

    def _session(self) -> "OAuth2Session":
        from authlib.integrations.requests_client import OAuth2Session

        return OAuth2Session(
            self.client.client_id,
            self.client.client_secret or None,
            token_endpoint_auth_method=(
                "client_secret_basic" if self.client.client_secret else "none"
            ),
            scope=self.client.scopes,
            redirect_uri=self.client.redirect_uri,
            code_challenge_method="S256",
            default_timeout=TIMEOUT_S,
            # The token is used at once; some live for a minute only.
            leeway=0,
        )

    def _is_down(self, exc: Exception) -> Never:
        raise ProviderDown(
            f"The identity provider {self.client.issuer} cannot be asked ({type(exc).__name__}); "
            "try again, or log in with a password."
        ) from exc


def validated_claims(
    id_token: str, keys: Mapping[str, Any], *, issuer: str, client_id: str, nonce: str
) -> Claims:
    """The claims of an ID token, by OpenID Connect Core 3.1.3.7.

    Args:
        keys: the provider's, as a JSON Web Key Set.

    Raises: NotAuthenticated if it is signed by nobody known, for somebody else, expired, or not of
        this log-in.
    """
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    try:
        known = KeySet.import_key_set(cast("Any", keys))
        token = jwt.decode(id_token, known, algorithms=ALGORITHMS)
        jwt.JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        ).validate(token.claims)
    except (JoseError, ValueError, TypeError, KeyError) as exc:
        raise NotAuthenticated(
            "What the provider said of you cannot be trusted (signature, time, or another "
            "application's); begin again."
        ) from exc
    audience = token.claims["aud"]
    is_for_others = isinstance(audience, list) and len(audience) > 1
    if (is_for_others or "azp" in token.claims) and token.claims.get("azp") != client_id:
        raise NotAuthenticated("What the provider said of you is for another application.")
    return token.claims


def _json(answer: Any) -> Mapping[str, Any]:
    """Raises: requests.RequestException, ValueError."""
    answer.raise_for_status()
    found = answer.json()
    if not isinstance(found, dict):
        raise ValueError("no JSON object")
    return found
