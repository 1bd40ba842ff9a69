"""What an OpenID provider says is believed only where it is signed, fresh, and meant for us."""

import hmac
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from api.accounts.oidc import LEEWAY_S, OidcClient, OidcProvider, validated_claims
from api.errors import NotAuthenticated, ProviderDown

ISSUER, CLIENT, NONCE = "https://login.example.org", "roentgen", "n-0S6"
KEY = RSAKey.generate_key(2048, {"kid": "one"})
KEYS = {"keys": [KEY.as_dict(private=False)]}


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    usual = {"iss": ISSUER, "aud": CLIENT, "sub": "42", "exp": now + 300, "iat": now}
    return {k: v for k, v in (usual | {"nonce": NONCE} | changes).items() if v is not None}


def token(of: dict[str, Any], *, key: Any = KEY, alg: str = "RS256", kid: str = "one") -> str:
    return jwt.encode({"alg": alg, "kid": kid}, of, key, algorithms=[alg])


def validated(id_token: str) -> Mapping[str, Any]:
    return validated_claims(id_token, KEYS, issuer=ISSUER, client_id=CLIENT, nonce=NONCE)


class TestTokens:
    def test_a_good_one_says_who_it_is(self) -> None:
        assert validated(token(claims(groups=["a"])))["sub"] == "42"
        assert validated(token(claims(aud=[CLIENT, "other"], azp=CLIENT)))["sub"] == "42"

    def test_a_clock_may_be_a_little_off(self) -> None:
        late = int(time.time()) - LEEWAY_S + 5
        assert validated(token(claims(exp=late)))["sub"] == "42"

    @pytest.mark.parametrize(
        "changes",
        [
            {"iss": "https://evil.example.org"},
            {"aud": "another"},
            {"aud": ["another", "third"]},
            {"aud": [CLIENT, "other"]},
            {"aud": [CLIENT, "other"], "azp": "other"},
            {"azp": "other"},
            {"nonce": "of another log-in"},
            {"nonce": None},
            {"sub": None},
            {"exp": None},
            {"exp": int(time.time()) - LEEWAY_S - 60},
            {"iat": int(time.time()) + LEEWAY_S + 24 * 3600},
        ],
        # Times differ between the processes that collect.
        ids=lambda changes: "-".join(changes),
    )
    def test_one_that_is_not_for_this_log_in_is_refused(self, changes: dict[str, Any]) -> None:
        with pytest.raises(NotAuthenticated):
            validated(token(claims(**changes)))

    def test_one_that_somebody_else_signed_is_refused(self) -> None:
        other = RSAKey.generate_key(2048, {"kid": "one"})
        for forged in (token(claims(), key=other), token(claims(), key=other, kid="two")):
            with pytest.raises(NotAuthenticated):
                validated(forged)

    def test_the_public_key_is_no_secret_to_sign_with(self) -> None:
        signed = token(claims()).split(".")[1]
        head = urlsafe_b64encode(b'{"alg":"HS256","kid":"one"}').rstrip(b"=").decode()
        secret, message = KEY.as_pem(private=False), f"{head}.{signed}"
        forged = urlsafe_b64encode(hmac.digest(secret, message.encode(), "sha256"))
        with pytest.raises(NotAuthenticated):
            validated(f"{message}.{forged.rstrip(b'=').decode()}")

    def test_a_shared_secret_among_the_keys_signs_nothing(self) -> None:
        """Whoever reads it, as every client does, could sign."""
        secret = OctKey.generate_key(256, {"kid": "shared"})
        signed = token(claims(), key=secret, alg="HS256", kid="shared")
        with pytest.raises(NotAuthenticated):
            validated_claims(
                signed, {"keys": [secret.as_dict()]}, issuer=ISSUER, client_id=CLIENT, nonce=NONCE
            )

    def test_an_unsigned_one_is_refused(self) -> None:
        header, body, _ = token(claims()).split(".")
        for unsigned in ("eyJhbGciOiJub25lIn0." + body + ".", header + "." + body + ".", "", "x"):
            with pytest.raises(NotAuthenticated):
                validated(unsigned)

    def test_another_curve_is_good_too(self) -> None:
        key = ECKey.generate_key("P-256", {"kid": "ec"})
        found = validated_claims(
            token(claims(), key=key, alg="ES256", kid="ec"),
            {"keys": [key.as_dict(private=False)]},
            issuer=ISSUER,
            client_id=CLIENT,
            nonce=NONCE,
        )
        assert found["sub"] == "42"


class TestAProviderThatIsAway:
    def test_is_said(self) -> None:
        client = OidcClient("http://127.0.0.1:9", CLIENT, "", "openid", "http://localhost/back")

        with pytest.raises(ProviderDown, match=r"http://127\.0\.0\.1:9 cannot be asked"):
            OidcProvider(client).login_url(state="s", nonce="n", verifier="v" * 43)
