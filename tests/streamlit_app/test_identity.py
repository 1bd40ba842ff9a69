"""For whom the UI asks: a browser on this machine, or somebody who has to say who they are."""

import pytest

from session.identity import forwarded_for

HERE = {"Host": "localhost:8501"}


class TestThisMachine:
    @pytest.mark.parametrize("address", [None, "127.0.0.1", "127.0.0.2", "::1", "::ffff:127.0.0.1"])
    @pytest.mark.parametrize(
        "host", ["localhost:8501", "127.0.0.1:8501", "[::1]:8501", "a.localhost"]
    )
    def test_its_browser_needs_no_address(self, address: str | None, host: str) -> None:
        assert forwarded_for(address, {"host": host}) is None


class TestOtherMachines:
    @pytest.mark.parametrize("address", ["10.0.0.7", "2001:db8::7"])
    def test_their_address_is_passed_on_whatever_they_send(self, address: str) -> None:
        forged = HERE | {"X-Forwarded-For": "127.0.0.1"}

        assert forwarded_for(address, HERE) == address
        assert forwarded_for(address, forged) == address

    def test_behind_a_proxy_here_it_is_the_last_that_the_proxy_added(self) -> None:
        sent = HERE | {"x-forwarded-for": "127.0.0.1, 10.0.0.7"}

        assert forwarded_for(None, sent) == "10.0.0.7"
        assert forwarded_for("127.0.0.1", sent) == "10.0.0.7"

    @pytest.mark.parametrize(
        "sent",
        [
            {},
            {"Host": "evil.example:8501"},
            {"Host": "127.0.0.1.evil.example"},
            HERE | {"Via": "1.1 proxy"},
            HERE | {"X-Forwarded-Proto": "https"},
            HERE | {"X-Forwarded-For": ""},
        ],
        ids=str,
    )
    def test_who_is_not_known_to_be_here_is_not(self, sent: dict[str, str]) -> None:
        """Also a browser that went away while its click was worked on: nothing is known of it."""
        assert forwarded_for(None, sent) == "unknown"

    def test_a_socket_in_the_file_system_is_a_proxys(self) -> None:
        assert forwarded_for(None, HERE, is_socket=True) == "unknown"

    def test_nothing_gets_into_the_header_that_does_not_belong_there(self) -> None:
        sent = HERE | {"X-Forwarded-For": "10.0.0.7\r\nX: y" + "ä" * 500}

        assert (forwarded_for(None, sent) or "").isprintable()
        assert len(forwarded_for(None, sent) or "") <= 100
