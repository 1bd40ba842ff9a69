"""What a password must be, and how it is kept."""

import pytest

from api.accounts.credentials.passwords import (
    MAX_LENGTH,
    check_password,
    common_passwords,
    fits,
    hash_password,
    is_outdated,
)
from api.errors import InvalidRequest


class TestRules:
    @pytest.mark.parametrize(
        "password",
        [
            "seven green lamps",
            "aaaabbbbccccddddeeee",
            "пароль из слов",
            "x" * 200 + "yzabc",
            "🦴" * 8 + "abcd",
        ],
    )
    def test_length_is_all_that_is_asked_for(self, password: str) -> None:
        check_password(password, name="maria")

    @pytest.mark.parametrize(
        ("password", "word"),
        [
            ("", "characters"),
            ("short words", "characters"),
            ("x" * (MAX_LENGTH + 1), "characters"),
            ("Password1234", "tried first"),
            ("QWERTYUIOP123", "tried first"),
            ("aaaaaaaaaaaaaaaa", "tried first"),
            ("121212121212121212", "tried first"),
            ("maria-longname1", "name"),
        ],
    )
    def test_what_is_guessed_first_is_refused(self, password: str, word: str) -> None:
        with pytest.raises(InvalidRequest, match=word):
            check_password(password, name="maria-longname")

    def test_the_list_holds_only_what_its_length_would_let_through(self) -> None:
        assert len(common_passwords()) > 200
        assert {"chestxray123", "manchester123"} <= set(common_passwords())
        assert min(map(len, common_passwords())) >= 12
        assert all(password == password.casefold() for password in common_passwords())


class TestKeeping:
    def test_a_hash_is_argon2id_with_a_salt_of_its_own(self) -> None:
        one, other = hash_password("seven green lamps"), hash_password("seven green lamps")

        assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert one != other
        assert fits(one, "seven green lamps")
        assert not fits(one, "seven green lamp")
        assert not is_outdated(one)

    def test_the_same_letters_from_another_keyboard_fit(self) -> None:
        assert fits(hash_password("schöne Lämpchen"), "scho\u0308ne La\u0308mpchen")

    def test_nobody_has_no_password(self) -> None:
        assert not fits(None, "the password of nobody")

    def test_weaker_hashes_are_to_be_made_anew(self) -> None:
        weak = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21l$" + "A" * 43

        assert is_outdated(weak)
