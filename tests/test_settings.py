"""Settings come from the environment, and go to child processes through it."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from api.settings import PREFIX, Settings, from_environment, usable_cores

OTHERS = Settings(
    task="other",
    default_model=Path("/a/model.h5"),
    models_dir=Path("/b"),
    trusted_signers="ed25519:" + 43 * "A" + "=",
    signing_key="/e/key.pem",
    retrain_dir=Path("/c"),
    state_dir=Path("/d"),
    database_url="postgresql+psycopg://u:p@h/db",
    database_timeout_s=1.5,
    storage_url="s3://films/roentgen",
    storage_timeout_s=2.5,
    storage_cache_bytes=13,
    compute="threads",
    max_film_seconds=4.0,
    compute_threads=3,
    max_wait_ms=250.0,
    precision="int8",
    max_file_bytes=1,
    max_upload_bytes=2,
    max_upload_files=4,
    max_batch_files=11,
    max_batch_bytes=12,
    max_unpack_seconds=7.5,
    max_pixels=5,
    min_side_px=6,
    keep_images="referred",
    keep_images_days=1.5,
    keep_predictions_days=400.0,
    keep_filenames="hashed",
    keep_addresses_days=7.0,
    keep_heatmaps_days=20.0,
    min_retrain_classes=3,
    min_retrain_images=8,
    retrain_after_samples=10,
    retrain_schedule="0 3 * * 0",
    retrain_queue=True,
    keep_versions=3,
    scope="site",
    rollback_after_alarm_hours=12.0,
    max_site_models=2,
    max_retrain_minutes=60,
    retrain_pause_p99_ms=80.0,
    operating_point="screening",
    prevalence=0.25,
    max_error=0.05,
    max_evaluate_files=9,
    trainer_threads=2,
    poll_interval_s=0.25,
    auth="required",
    auth_off_is_intended=False,
    session_idle_minutes=5.0,
    session_hours=2.0,
    oidc_issuer="https://login.example.org",
    oidc_client_id="roentgen",
    oidc_client_secret="a secret",
    oidc_scopes="openid",
    oidc_name_claim="name",
    oidc_groups_claim="roles",
    oidc_roles={"it": "admin"},
    public_url="https://xray.example.org/api",
    ui_url="https://xray.example.org",
    allowed_origins=("https://a.example", "http://b.example:8080"),
    allowed_hosts=("xray.example", "*.hospital.example"),
    trusted_proxies=("10.0.0.5", "10.1.0.0/16"),
    max_header_seconds=3.5,
    max_connections=13,
    max_connections_per_address=7,
    log_level="DEBUG",
    tasks=("iris",),
    tasks_dir="somewhere",
    preload=True,
    diagnosis_task="pneumonia",
    unknown_site="refer",
    log_format="json",
    metrics=False,
    sentry_dsn="https://key@errors.example/1",
    alerts_file="/e/alerts.toml",
    notify='["json://localhost"]',
    webhooks=("https://a.example/hook?x=1", "http://10.0.0.7:8080"),
    webhook_secret="0123456789abcdef",
    destinations=("https://pacs.example/dicom-web",),
    destination_logins={"pacs.example": "user:word"},
    send_hours=2.5,
    dicom_window="LUNG",
    dicom_tags="uids",
    dicom_links=True,
    champion="records",
    node="node-2",
    cluster="ray",
    ray_address="http://head.example:8265",
    ray_memory_bytes=3_000_000_000,
)


class TestEnvironment:
    def test_every_setting_survives_the_way_to_a_child(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        environment = OTHERS.as_environment()

        for name, value in environment.items():
            if name.startswith(PREFIX):
                monkeypatch.setenv(name, value)

        assert Settings() == OTHERS

    def test_the_round_trip_above_leaves_no_setting_out(self) -> None:
        plain = Settings()

        same = [
            name for name in Settings.model_fields if getattr(plain, name) == getattr(OTHERS, name)
        ]

        assert same == []

    def test_what_is_not_set_stays_so_on_the_way_to_a_child(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        plain = Settings()
        for name, value in plain.as_environment().items():
            if name.startswith(PREFIX):
                monkeypatch.setenv(name, value)

        assert Settings() == plain
        assert Settings().prevalence is None

    def test_the_rest_of_the_environment_goes_along(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SOMETHING_ELSE", "kept")

        assert OTHERS.as_environment()["SOMETHING_ELSE"] == "kept"

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("MAX_PIXELS", "0"),
            ("POLL_INTERVAL_S", "-1"),
            ("ALLOWED_ORIGINS", "not json"),
            ("PREVALENCE", "0"),
            ("PREVALENCE", "1"),
            ("MAX_ERROR", "1.5"),
            ("OPERATING_POINT", "sensitive"),
            ("LOG_LEVEL", "loud"),
            ("RETRAIN_SCHEDULE", "every sunday"),
            ("KEEP_IMAGES", "some"),
            ("RETRAIN_SCHEDULE", "0 0 30 2 *"),
            ("WEBHOOKS", '["ftp://a.example"]'),
            ("WEBHOOKS", '["https://u:p@a.example"]'),
            ("WEBHOOK_SECRET", "short"),
            ("NOTIFY", "/no/such/file"),
            ("NOTIFY", "[1]"),
            ("SEND_HOURS", "0"),
        ],
    )
    def test_nonsense_is_refused_at_the_start(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str
    ) -> None:
        monkeypatch.setenv(PREFIX + name, value)

        with pytest.raises((ValidationError, ValueError), match=name.lower()):
            Settings()

    @pytest.mark.parametrize(
        ("name", "value", "message"),
        [
            ("OPERATING_POINT", "sensitive", "'balanced', 'screening' or 'confirm'"),
            ("PREVALENCE", "5", "less than 1"),
            ("ALLOWED_ORIGINS", "not json", "allowed_origins"),
        ],
    )
    def test_a_program_ends_with_a_sentence_about_it(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
    ) -> None:
        monkeypatch.setenv(PREFIX + name, value)

        with pytest.raises(SystemExit) as ended:
            from_environment()

        assert message in str(ended.value)
        assert "python -m api settings" in str(ended.value)

    def test_several_mistakes_are_told_at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(PREFIX + "PREVALENCE", "5")
        monkeypatch.setenv(PREFIX + "MAX_PIXELS", "0")

        with pytest.raises(SystemExit) as ended:
            from_environment()

        assert str(ended.value).count("Error: ROENTGEN_") == 2


class TestDerived:
    def test_the_records_are_in_the_state_folder_unless_told_otherwise(self) -> None:
        assert Settings(state_dir=Path("/s")).records_url == "sqlite:////s/roentgen.db"
        assert OTHERS.records_url == OTHERS.database_url

    def test_zero_threads_mean_one_a_core(self) -> None:
        assert Settings(compute_threads=0).interpreters == usable_cores() >= 1
        assert OTHERS.interpreters == 3

    def test_every_setting_has_a_sentence(self) -> None:
        for name, field in Settings.model_fields.items():
            assert (field.description or "").endswith("."), name
