--
-- PostgreSQL database dump
--

\restrict hsZylbH2vbfq0OAlijfT1DxJJHqtHiGYtreMZXVUpLNLOejWmT8OsE5Ldsch0LQ

-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: audit_is_append_only(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.audit_is_append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$BEGIN RAISE integrity_constraint_violation USING MESSAGE = 'the audit log is append-only'; END$$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: alembic_version; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);


--
-- Name: alert_history; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.alert_history (
    number integer NOT NULL,
    name character varying(60) NOT NULL,
    task character varying(100) NOT NULL,
    kind character varying(20) NOT NULL,
    at double precision NOT NULL,
    value double precision,
    severity character varying(20),
    by character varying(100),
    why text,
    until double precision
);


--
-- Name: alert_history_number_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.alert_history_number_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: alert_history_number_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.alert_history_number_seq OWNED BY public.alert_history.number;


--
-- Name: alert_silences; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.alert_silences (
    name character varying(60) NOT NULL,
    task character varying(100) NOT NULL,
    at double precision NOT NULL,
    until double precision NOT NULL,
    by character varying(100) NOT NULL,
    why text NOT NULL
);


--
-- Name: alerts; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.alerts (
    name character varying(60) NOT NULL,
    task character varying(100) NOT NULL,
    status character varying(10) NOT NULL,
    since double precision NOT NULL,
    value double precision,
    unknown_since double precision,
    streak character varying(120),
    announced boolean NOT NULL,
    checked_at double precision NOT NULL
);


--
-- Name: api_keys; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.api_keys (
    name character varying(64) NOT NULL,
    token_sha256 character varying(64) NOT NULL,
    rights json NOT NULL,
    site character varying(100),
    created_by character varying(64) NOT NULL,
    created_at double precision NOT NULL,
    expires_at double precision,
    last_used_at double precision
);


--
-- Name: audit; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit (
    number integer NOT NULL,
    at character varying(32) NOT NULL,
    actor character varying(200) NOT NULL,
    "right" character varying(20),
    action character varying(40) NOT NULL,
    object character varying(200) NOT NULL,
    task character varying(100),
    before text,
    after text,
    request_id character varying(64),
    address_sha256 character varying(64),
    hash character varying(64) NOT NULL
);


--
-- Name: audit_addresses; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit_addresses (
    number integer NOT NULL,
    at double precision NOT NULL,
    salt character varying(32) NOT NULL,
    address character varying(100) NOT NULL
);


--
-- Name: audit_head; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit_head (
    id integer NOT NULL,
    number integer NOT NULL,
    hash character varying(64) NOT NULL,
    settings text
);


--
-- Name: champion_moves; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.champion_moves (
    task character varying(100) DEFAULT 'pneumonia'::character varying NOT NULL,
    alias character varying(200) NOT NULL,
    sequence integer NOT NULL,
    site character varying(200),
    version character varying(32) NOT NULL,
    previous character varying(32),
    kind character varying(20) NOT NULL,
    at double precision NOT NULL,
    moved_by character varying(200) NOT NULL,
    reason text NOT NULL,
    overrides json NOT NULL,
    note text NOT NULL
);


--
-- Name: champions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.champions (
    task character varying(100) DEFAULT 'pneumonia'::character varying NOT NULL,
    alias character varying(200) NOT NULL,
    sequence integer NOT NULL,
    version character varying(32) NOT NULL
);


--
-- Name: drift_looks; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.drift_looks (
    number integer NOT NULL,
    task character varying(100) DEFAULT 'pneumonia'::character varying NOT NULL,
    at double precision NOT NULL,
    model_version character varying(32) NOT NULL,
    seen_to integer NOT NULL,
    drifted boolean NOT NULL,
    windows json NOT NULL
);


--
-- Name: drift_looks_number_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.drift_looks_number_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: drift_looks_number_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.drift_looks_number_seq OWNED BY public.drift_looks.number;


--
-- Name: errors; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.errors (
    fingerprint character varying(32) NOT NULL,
    type character varying(200) NOT NULL,
    place character varying(200) NOT NULL,
    count integer NOT NULL,
    first_at double precision NOT NULL,
    last_at double precision NOT NULL,
    request_id character varying(64) NOT NULL,
    version character varying(40) NOT NULL,
    traceback text NOT NULL
);


--
-- Name: event_marks; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.event_marks (
    source character varying(200) NOT NULL,
    "position" json NOT NULL
);


--
-- Name: events; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.events (
    number integer NOT NULL,
    id character varying(120) NOT NULL,
    type character varying(20) NOT NULL,
    task character varying(100) NOT NULL,
    at double precision NOT NULL,
    data json NOT NULL,
    dispatched boolean DEFAULT false NOT NULL
);


--
-- Name: events_number_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.events_number_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: events_number_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.events_number_seq OWNED BY public.events.number;


--
-- Name: failures; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.failures (
    number integer NOT NULL,
    task character varying(100) DEFAULT 'pneumonia'::character varying NOT NULL,
    at double precision NOT NULL,
    status integer NOT NULL,
    title text NOT NULL,
    detail text NOT NULL,
    path text NOT NULL,
    request_id character varying(64) NOT NULL
);


--
-- Name: failures_number_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.failures_number_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: failures_number_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.failures_number_seq OWNED BY public.failures.number;


--
-- Name: feedback; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.feedback (
    number integer NOT NULL,
    task character varying(100) DEFAULT 'pneumonia'::character varying NOT NULL,
    prediction_id character varying(32) NOT NULL,
    at double precision NOT NULL,
    label character varying(100) NOT NULL,
    remark text NOT NULL,
    given_by character varying(100),
    sample character varying(64),
    blinded boolean
);


--
-- Name: feedback_number_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.feedback_number_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: feedback_number_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.feedback_number_seq OWNED BY public.feedback.number;


--
-- Name: heatmaps; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.heatmaps (
    number integer NOT NULL,
    activation bytea NOT NULL
);


--
-- Name: intakes; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.intakes (
    id character varying(32) NOT NULL,
    task character varying(100) DEFAULT 'pneumonia'::character varying NOT NULL,
    topic character varying(40) NOT NULL,
    rules_version character varying(100) NOT NULL,
    created_at double precision NOT NULL,
    answers json NOT NULL,
    outcome json,
    prediction_id character varying(32)
);


--
-- Name: jobs; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.jobs (
    id character varying(32) NOT NULL,
    task character varying(100) NOT NULL,
    state character varying(20) NOT NULL,
    phase character varying(40) NOT NULL,
    epoch integer NOT NULL,
    epochs integer NOT NULL,
    progress double precision NOT NULL,
    eta_seconds double precision,
    created_at double precision NOT NULL,
    started_at double precision,
    heartbeat_at double precision,
    finished_at double precision,
    parent character varying(32),
    version character varying(32),
    samples json NOT NULL,
    history json NOT NULL,
    verdict json,
    reason text,
    host character varying(200),
    pid integer,
    restarts integer,
    cause text,
    paused text,
    paused_seconds double precision
);


--
-- Name: latency_counts; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.latency_counts (
    task character varying(100) DEFAULT 'pneumonia'::character varying NOT NULL,
    resolution_s integer NOT NULL,
    start integer NOT NULL,
    bin integer NOT NULL,
    answers integer NOT NULL
);


--
-- Name: login_attempts; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.login_attempts (
    key character varying(64) NOT NULL,
    count integer NOT NULL,
    expires_at double precision NOT NULL
);


--
-- Name: login_codes; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.login_codes (
    code_sha256 character varying(64) NOT NULL,
    "user" character varying(64) NOT NULL,
    expires_at double precision NOT NULL
);


--
-- Name: nodes; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.nodes (
    worker character varying(32) NOT NULL,
    task character varying(100) DEFAULT 'pneumonia'::character varying NOT NULL,
    node character varying(200) NOT NULL,
    version character varying(32),
    sequence integer NOT NULL,
    loaded json NOT NULL,
    state character varying(20) NOT NULL,
    reason text NOT NULL,
    since double precision NOT NULL,
    last_seen double precision NOT NULL
);


--
-- Name: outbox; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.outbox (
    number integer NOT NULL,
    kind character varying(20) NOT NULL,
    destination character varying(200) NOT NULL,
    event_id character varying(120) NOT NULL,
    payload json NOT NULL,
    state character varying(20) NOT NULL,
    created_at double precision NOT NULL,
    attempts integer NOT NULL,
    next_at double precision NOT NULL,
    finished_at double precision,
    last_error text
);


--
-- Name: outbox_number_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.outbox_number_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: outbox_number_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.outbox_number_seq OWNED BY public.outbox.number;


--
-- Name: prediction_counts; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.prediction_counts (
    task character varying(100) DEFAULT 'pneumonia'::character varying NOT NULL,
    resolution_s integer NOT NULL,
    start integer NOT NULL,
    label character varying(100) NOT NULL,
    answers integer NOT NULL
);


--
-- Name: prediction_totals; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.prediction_totals (
    task character varying(100) DEFAULT 'pneumonia'::character varying NOT NULL,
    given integer NOT NULL,
    removed integer NOT NULL,
    known_to integer NOT NULL,
    heatmaps_pruned_until double precision,
    heatmaps_pruned_number integer
);


--
-- Name: predictions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.predictions (
    number integer NOT NULL,
    task character varying(100) DEFAULT 'pneumonia'::character varying NOT NULL,
    id character varying(32) NOT NULL,
    created_at double precision NOT NULL,
    filename text NOT NULL,
    image_sha256 character varying(64) NOT NULL,
    model_version character varying(32) NOT NULL,
    label character varying(100) NOT NULL,
    confidence double precision NOT NULL,
    probabilities json NOT NULL,
    score double precision NOT NULL,
    decision character varying(20) NOT NULL,
    reasons json NOT NULL,
    timings json NOT NULL,
    operating_point character varying(40),
    threshold double precision,
    prevalence double precision,
    ppv double precision,
    npv double precision,
    unlikeness double precision,
    causes json,
    source character varying(100),
    site_profile character varying(40),
    site_distance double precision,
    site_shift boolean,
    actor character varying(200),
    possible_labels json,
    out_of_range json,
    dicom_source json,
    shift_features bytea,
    activation bytea,
    total_ms double precision NOT NULL
);


--
-- Name: predictions_number_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.predictions_number_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: predictions_number_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.predictions_number_seq OWNED BY public.predictions.number;


--
-- Name: retention_marks; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.retention_marks (
    task character varying(100) NOT NULL,
    what character varying(60) NOT NULL,
    until double precision NOT NULL
);


--
-- Name: sample_changes; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sample_changes (
    number integer NOT NULL,
    task character varying(100) DEFAULT 'pneumonia'::character varying NOT NULL,
    sha256 character varying(64) NOT NULL,
    at double precision NOT NULL,
    what character varying(20) NOT NULL,
    before character varying(100),
    after character varying(100),
    remark text NOT NULL,
    changed_by character varying(100),
    part character varying(10),
    near_hash bytea
);


--
-- Name: sample_changes_number_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.sample_changes_number_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: sample_changes_number_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.sample_changes_number_seq OWNED BY public.sample_changes.number;


--
-- Name: sample_sums; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sample_sums (
    task character varying(100) DEFAULT 'pneumonia'::character varying NOT NULL,
    label character varying(100) NOT NULL,
    number integer NOT NULL,
    disputed integer NOT NULL,
    brightness bigint NOT NULL,
    edge_density bigint NOT NULL,
    histogram json NOT NULL
);


--
-- Name: sample_sums_state; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sample_sums_state (
    task character varying(100) DEFAULT 'pneumonia'::character varying NOT NULL,
    changes_to integer NOT NULL
);


--
-- Name: samples; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.samples (
    task character varying(100) DEFAULT 'pneumonia'::character varying NOT NULL,
    sha256 character varying(64) NOT NULL,
    label character varying(100) NOT NULL,
    filename text NOT NULL,
    file text NOT NULL,
    size_bytes integer NOT NULL,
    created_at double precision NOT NULL,
    brightness double precision NOT NULL,
    edge_density double precision NOT NULL,
    histogram json NOT NULL,
    part character varying(10),
    patient_id character varying(100),
    source character varying(100),
    origin character varying(20),
    added_by character varying(100),
    near_hash bytea,
    disputed character varying(100),
    sent_sha256 character varying(64)
);


--
-- Name: sessions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sessions (
    token_sha256 character varying(64) NOT NULL,
    "user" character varying(64) NOT NULL,
    created_at double precision NOT NULL,
    last_used_at double precision NOT NULL,
    expires_at double precision NOT NULL
);


--
-- Name: shadow_answers; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.shadow_answers (
    number integer NOT NULL,
    task character varying(100) DEFAULT 'pneumonia'::character varying NOT NULL,
    version character varying(32) NOT NULL,
    prediction_id character varying(32) NOT NULL,
    label character varying(100) NOT NULL,
    decision character varying(20) NOT NULL,
    score double precision NOT NULL,
    inference_ms double precision NOT NULL
);


--
-- Name: shadow_answers_number_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.shadow_answers_number_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: shadow_answers_number_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.shadow_answers_number_seq OWNED BY public.shadow_answers.number;


--
-- Name: shadows; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.shadows (
    task character varying(100) DEFAULT 'pneumonia'::character varying NOT NULL,
    version character varying(32) NOT NULL,
    started_at double precision NOT NULL,
    stopped_at double precision,
    started_by character varying(100) NOT NULL,
    dropped integer NOT NULL,
    failed integer NOT NULL,
    problem character varying(500)
);


--
-- Name: shown_answers; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.shown_answers (
    task character varying(100) NOT NULL,
    reader character varying(200) NOT NULL,
    image_sha256 character varying(64) NOT NULL,
    at double precision NOT NULL
);


--
-- Name: streams; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.streams (
    task character varying(100) DEFAULT 'pneumonia'::character varying NOT NULL,
    source character varying(100) NOT NULL,
    seen_to integer NOT NULL,
    waiting integer NOT NULL,
    n integer NOT NULL,
    shifted boolean,
    since double precision,
    checked_at double precision,
    model_version character varying(32),
    test character varying(40),
    "window" integer,
    excess double precision,
    p double precision,
    words json NOT NULL,
    differences json NOT NULL
);


--
-- Name: uncounted_predictions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.uncounted_predictions (
    task character varying(100) DEFAULT 'pneumonia'::character varying NOT NULL,
    low integer NOT NULL,
    high integer NOT NULL
);


--
-- Name: users; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.users (
    name character varying(64) NOT NULL,
    role character varying(20) NOT NULL,
    password_hash text NOT NULL,
    created_at double precision NOT NULL,
    password_changed_at double precision NOT NULL,
    last_login_at double precision,
    issuer character varying(500),
    subject character varying(255)
);


--
-- Name: workers; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.workers (
    id character varying(32) NOT NULL,
    host character varying(200) NOT NULL,
    pid integer NOT NULL,
    started_at double precision NOT NULL,
    heartbeat_at double precision NOT NULL,
    model_version character varying(32),
    "precision" character varying(8),
    waiting integer,
    films_per_s double precision,
    p99_ms double precision,
    decoder_crashes integer,
    decoder_timeouts integer,
    process_restarts integer
);


--
-- Name: alert_history number; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.alert_history ALTER COLUMN number SET DEFAULT nextval('public.alert_history_number_seq'::regclass);


--
-- Name: drift_looks number; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.drift_looks ALTER COLUMN number SET DEFAULT nextval('public.drift_looks_number_seq'::regclass);


--
-- Name: events number; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.events ALTER COLUMN number SET DEFAULT nextval('public.events_number_seq'::regclass);


--
-- Name: failures number; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.failures ALTER COLUMN number SET DEFAULT nextval('public.failures_number_seq'::regclass);


--
-- Name: feedback number; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.feedback ALTER COLUMN number SET DEFAULT nextval('public.feedback_number_seq'::regclass);


--
-- Name: outbox number; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.outbox ALTER COLUMN number SET DEFAULT nextval('public.outbox_number_seq'::regclass);


--
-- Name: predictions number; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.predictions ALTER COLUMN number SET DEFAULT nextval('public.predictions_number_seq'::regclass);


--
-- Name: sample_changes number; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sample_changes ALTER COLUMN number SET DEFAULT nextval('public.sample_changes_number_seq'::regclass);


--
-- Name: shadow_answers number; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.shadow_answers ALTER COLUMN number SET DEFAULT nextval('public.shadow_answers_number_seq'::regclass);


--
-- Data for Name: alembic_version; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.alembic_version VALUES ('0018');


--
-- Data for Name: alert_history; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.alert_history VALUES (1, 'disk_space', '', 'silenced', 1795857451.43351, NULL, NULL, 'local', 'known', 1797585451.429984);


--
-- Data for Name: alert_silences; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.alert_silences VALUES ('disk_space', '', 1795857451.43351, 1797585451.429984, 'local', 'known');


--
-- Data for Name: alerts; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.alerts VALUES ('error_rate', '', 'ok', 1795857146.781122, 0, NULL, NULL, false, 1795857452.109007);
INSERT INTO public.alerts VALUES ('slow_answers', '', 'ok', 1795857146.781122, NULL, NULL, NULL, false, 1795857452.109007);
INSERT INTO public.alerts VALUES ('referral_rate', 'iris', 'ok', 1795857146.781122, NULL, NULL, NULL, false, 1795857452.109007);
INSERT INTO public.alerts VALUES ('referral_rate', 'pneumonia', 'ok', 1795857146.781122, NULL, NULL, NULL, false, 1795857452.109007);
INSERT INTO public.alerts VALUES ('class_mix', 'iris', 'ok', 1795857146.781122, NULL, NULL, NULL, false, 1795857452.109007);
INSERT INTO public.alerts VALUES ('class_mix', 'pneumonia', 'ok', 1795857146.781122, NULL, NULL, NULL, false, 1795857452.109007);
INSERT INTO public.alerts VALUES ('stream_shift', 'iris', 'ok', 1795857146.781122, 0, NULL, NULL, false, 1795857452.109007);
INSERT INTO public.alerts VALUES ('stream_shift', 'pneumonia', 'ok', 1795857146.781122, 0, NULL, NULL, false, 1795857452.109007);
INSERT INTO public.alerts VALUES ('drift', 'iris', 'ok', 1795857146.781122, NULL, NULL, NULL, false, 1795857452.109007);
INSERT INTO public.alerts VALUES ('drift', 'pneumonia', 'ok', 1795857146.781122, NULL, NULL, NULL, false, 1795857452.109007);
INSERT INTO public.alerts VALUES ('estimated_accuracy', 'iris', 'ok', 1795857146.781122, NULL, NULL, NULL, false, 1795857452.109007);
INSERT INTO public.alerts VALUES ('estimated_accuracy', 'pneumonia', 'ok', 1795857146.781122, NULL, NULL, NULL, false, 1795857452.109007);
INSERT INTO public.alerts VALUES ('failed_retraining', 'iris', 'ok', 1795857146.781122, 0, NULL, NULL, false, 1795857452.109007);
INSERT INTO public.alerts VALUES ('failed_retraining', 'pneumonia', 'ok', 1795857146.781122, 0, NULL, NULL, false, 1795857452.109007);
INSERT INTO public.alerts VALUES ('disk_space', '', 'ok', 1795857146.781122, 70682365952, NULL, NULL, false, 1795857452.109007);
INSERT INTO public.alerts VALUES ('no_predictions', 'iris', 'ok', 1795857146.781122, 289.961925, NULL, NULL, false, 1795857452.109007);
INSERT INTO public.alerts VALUES ('no_predictions', 'pneumonia', 'ok', 1795857146.781122, 4.684972, NULL, NULL, false, 1795857452.109007);
INSERT INTO public.alerts VALUES ('compute_crashes', '', 'ok', 1795857146.781122, 0, NULL, NULL, false, 1795857452.109007);
INSERT INTO public.alerts VALUES ('worker_silent', '', 'ok', 1795857146.781122, 0.141694, NULL, NULL, false, 1795857452.109007);
INSERT INTO public.alerts VALUES ('database_unwritable', '', 'ok', 1795857146.781122, 0, NULL, NULL, false, 1795857452.109007);


--
-- Data for Name: api_keys; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.api_keys VALUES ('pacs', 'ba42f8e78e418b25d3c76ae26b490270d303d387f088e6af0730af9333770725', '["predict"]', 'St. Anna', 'local', 1795857152.410854, 1827393152.410854, NULL);


--
-- Data for Name: audit; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.audit VALUES (1, '2026-11-28T09:12:26.647603+00:00', 'server', NULL, 'settings', 'start', NULL, NULL, '{"alerts_file":"","allowed_hosts":[],"allowed_origins":[],"auth":"auto","auth_off_is_intended":false,"champion":"auto","cluster":"none","compute":"processes","compute_threads":0,"database_timeout_s":5.0,"database_url":false,"default_model":"/tmp/roentgen/models/default.h5","destination_logins":false,"destinations":false,"diagnosis_task":"mammography","dicom_links":false,"dicom_tags":"none","dicom_window":"","keep_addresses_days":36500.0,"keep_filenames":"always","keep_heatmaps_days":0.0,"keep_images":"all","keep_images_days":36500.0,"keep_predictions_days":0.0,"keep_versions":10,"log_format":"text","log_level":"INFO","max_batch_bytes":4000000000,"max_batch_files":1000,"max_connections":2000,"max_connections_per_address":1000,"max_error":null,"max_evaluate_files":1000,"max_file_bytes":20000000,"max_film_seconds":10.0,"max_header_seconds":10.0,"max_pixels":50000000,"max_retrain_minutes":120.0,"max_site_models":4,"max_unpack_seconds":60.0,"max_upload_bytes":1000000000,"max_upload_files":1000,"max_wait_ms":1000.0,"metrics":true,"min_retrain_classes":2,"min_retrain_images":12,"min_side_px":32,"models_dir":"/tmp/roentgen/models","node":"","notify":false,"oidc_client_id":"","oidc_client_secret":false,"oidc_groups_claim":"groups","oidc_issuer":"","oidc_name_claim":"preferred_username","oidc_roles":{},"oidc_scopes":"openid profile email","operating_point":"balanced","poll_interval_s":0.5,"precision":"auto","preload":false,"prevalence":null,"public_url":false,"ray_address":"http://127.0.0.1:8265","ray_memory_bytes":0,"retrain_after_samples":0,"retrain_dir":"/tmp/roentgen/retrain_data","retrain_pause_p99_ms":500.0,"retrain_queue":false,"retrain_schedule":"","rollback_after_alarm_hours":0.0,"scope":"everybody","send_hours":24.0,"sentry_dsn":false,"session_hours":12.0,"session_idle_minutes":60.0,"state_dir":"/tmp/roentgen/state","storage_cache_bytes":5000000000,"storage_timeout_s":5.0,"storage_url":false,"task":"pneumonia","tasks":[],"tasks_dir":"","trainer_threads":1,"trusted_proxies":[],"ui_url":false,"unknown_site":"answer","webhook_secret":false,"webhooks":false}', NULL, NULL, '8a2b23d5d1ff94ffacb301eb3d3385e348456207ab93197643561b0d30743186');
INSERT INTO public.audit VALUES (2, '2026-11-28T09:12:31.809962+00:00', 'local', 'admin', 'user_add', 'li', 'pneumonia', NULL, '"annotator"', '0f01f973f5f225c8', '5c3e99c6b56c999cdf53df9724c7472ad16ced8b1b0d32acbc8145b8116883f9', 'c35b6b58bfef1ae8f24223e2ff9d7a81c5cfbe597c1e0a9b9aaa4f37701ba104');
INSERT INTO public.audit VALUES (3, '2026-11-28T09:12:31.843464+00:00', 'local', 'admin', 'user_change', 'li', 'pneumonia', '{"role":"annotator"}', '{"new_password":false,"role":"operator"}', 'f58c87640e402f6b', '5f40e63dbc1f49c665357d642d7e0b3c8d1dcc5b830fe7633b3063b7aa1df7f0', '38be2c23e75dbb2496f3bc8049a1cd783f18eb8a43ed48029659b404fcf37373');
INSERT INTO public.audit VALUES (4, '2026-11-28T09:12:32.315672+00:00', 'li', NULL, 'log_in', 'li', 'pneumonia', NULL, NULL, '2efc2cc4c787994e', '5ee48e07393f604facd59db3e6fedf74c5a2aed65fe498e781a06e434e8fccec', '5849ea9b14142b1b3b48a6cf4347ba1b59893d9727644cc2acf90b3042d29d0e');
INSERT INTO public.audit VALUES (5, '2026-11-28T09:12:32.425348+00:00', 'local', 'admin', 'key_add', 'pacs', 'pneumonia', NULL, '{"rights":["predict"],"site":"St. Anna"}', '6ab455b96284cf38', '6886d21c69ed42e4f1cf16e39a4817739d30fb7f86fcb660d411596a29b0714c', '4c68bd3d227d013a91035228fe902b71fbb289cc67d12fb2db413b1f0f65f509');
INSERT INTO public.audit VALUES (6, '2026-11-28T09:12:33.761201+00:00', 'local', 'label', 'upload', '8 samples', 'pneumonia', NULL, '{"label":"COVID-19","stored":8}', 'f9aff10a96702eff', 'f50979eac236833b3434dcd52ea05ce3fdfc638578d1817649b0b9f6accf672e', 'bdc5220d87d3d560053b3f9a19c9e0ac9b95f81f1e2f65bb4485bc830e447596');
INSERT INTO public.audit VALUES (7, '2026-11-28T09:12:35.720637+00:00', 'local', 'label', 'upload', '8 samples', 'pneumonia', NULL, '{"label":"Normal","stored":8}', '327cab80f8f6804b', 'bccae79fcf60e3eb5a4f03ea9a36964bb645e43636de3073e953797fad23acc6', 'cd3fc2a6e3f5f2d0454608bc3ef6a3eece7b862890b2a25fe17e502174b7a5cc');
INSERT INTO public.audit VALUES (8, '2026-11-28T09:12:37.472797+00:00', 'local', 'label', 'upload', '8 samples', 'pneumonia', NULL, '{"label":"Pneumonia-Bacterial","stored":8}', '694078f3265c1201', 'cda15f4a4b3ac521eb8e1e2f5ae9a9cd36dbc81a694c7ecc245503790a2613b9', 'f48533cd76a877feed6a5342edc02615872006d86df5ea82443ad71f554eafc5');
INSERT INTO public.audit VALUES (9, '2026-11-28T09:12:39.057694+00:00', 'local', 'label', 'upload', '8 samples', 'pneumonia', NULL, '{"label":"Pneumonia-Viral","stored":8}', 'a1cae27d3ed60a92', 'bd887a8dc578307127bfbc7f1c19b40a65c6434a06bfe90b13eccbc2c77d39ec', '7c29002be4d7e32a4212d081d7827da70ac756424d92da97cc9be07b168f2611');
INSERT INTO public.audit VALUES (10, '2026-11-28T09:12:39.240582+00:00', 'local', 'label', 'upload', '1 samples', 'pneumonia', NULL, '{"label":"COVID-19","stored":1}', 'eafc8965d6373d61', 'fd2f079457c0d9b85bf8f574bab191143dc2a7c11a93515edb86fd8be0d953b0', '49708e3bf6ece90b9813000975d636a8d70aae20e4edfd0e1b30e913b2de6724');
INSERT INTO public.audit VALUES (11, '2026-11-28T09:12:39.422618+00:00', 'local', 'label', 'label', '5d49aef8024f37a650b9f6e64cf22d9319324c1c7d1037e27ddfc6c512c76bbb', 'pneumonia', '{"disputed":null,"label":"COVID-19"}', '{"label":"Normal"}', '98d512efeb14ac2b', '7aea91926091e140437fb7615f92d4b518a8b780a53350ef7eecf447a888bcb6', '82b7dbeacc1438f39d45dbdb906e46dd0801e4ba356a885c7cc7796730219fc4');
INSERT INTO public.audit VALUES (12, '2026-11-28T09:12:39.793015+00:00', 'local', 'label', 'upload', '0 samples', 'pneumonia', NULL, '{"conflict":1,"label":"Pneumonia-Viral"}', 'd7a1527d8c496a46', '76f753449177571f59f11ddcd3833f92b0443e3b6ad784ecce67bc5493a6711e', '1e017e788bca101d5928a2d7b1707c0785fee8e3fad5479a4032f1719845834f');
INSERT INTO public.audit VALUES (13, '2026-11-28T09:12:40.240610+00:00', 'local', 'label', 'upload', '1 samples', 'pneumonia', NULL, '{"label":"Normal","stored":1}', 'f4374e014b2652fd', 'cff984267c96a76851adb2237824b6695920bb74477938ade428167f876f5d0f', '04208700515f6a72fca8386e1c696bfff3f95c9112758728f1f940c0a964a122');
INSERT INTO public.audit VALUES (14, '2026-11-28T09:12:40.325108+00:00', 'local', 'label', 'delete_sample', '93f138e2489245f9ab337b915b0fcbc7f3ed2cb3e34d9dfa07a2d9dafe64d36a', 'pneumonia', '{"added_by":"local","label":"Normal","split":null}', NULL, 'b16e9c763a71cb25', '24c6e469a37812687dd2b24de2659684811b305f6dfc55d189a9e980a525ed16', '41839fc566e09c44e3bb805716111c7085a47d819c9d393b30c5ae3bf5fd1c51');
INSERT INTO public.audit VALUES (15, '2026-11-28T09:12:41.461688+00:00', 'local', 'label', 'label', 'b63825300aaf4079ae4fc646195e95b3', 'pneumonia', '{"answer":"Pneumonia-Bacterial"}', '{"blinded":false,"label":"Normal","sample":"878fb8e5cf8950963e85ce0b5f085b9906a529704de3e50a7b951e88f14ff440"}', 'b9247c47d786b1ea', '8a3307c8dd939c7c175e0c0f44ca48c87e4bc1ab0ea77fefdf8101772fe4c95c', '98d96c53fd15826ecab5d353cee5629d55c8fb9e0a7acaaabfc05613cc22dfd5');
INSERT INTO public.audit VALUES (16, '2026-11-28T09:12:41.575395+00:00', 'local', 'label', 'label', '1fb2b38a272c440a80f171578daa7487', 'pneumonia', '{"answer":"COVID-19"}', '{"blinded":false,"label":"Normal","sample":"bf4d5273d6fcf11f0ff012e383c2b8ad3c7562abdbb2e9b1a697ed17b004c52e"}', '945305eeb07b117a', 'c4e0199a7e1e5f9bd3b35c266eddaebe134f3514e67f308b6fc85750cbd8d5da', '4c93517006dede8824384af0d12387379e4b706b1f2a9d47f95b44687b5441b0');
INSERT INTO public.audit VALUES (17, '2026-11-28T09:12:42.228488+00:00', 'local', 'label', 'label', '84750aac17874db282228277f0d69478', 'iris', '{"answer":"setosa"}', '{"blinded":false,"label":"setosa","sample":null}', '5b620a9ab2696656', '6cffbfb48e9bacb5b80e46cf01f0be4bf6e545487e3c7ee72ba1c976a5167c4c', 'dd91a67868556b0f325f0e0a1449b2e715a901e29855e8400c41953b725a9ecc');
INSERT INTO public.audit VALUES (18, '2026-11-28T09:13:32.149847+00:00', 'local', 'promote', 'profile_apply', 'st-anna-f639764b-p1', 'pneumonia', NULL, '{"forced":true,"site":"St. Anna"}', '7b3f8529d51a8d0a', '6a7b29ab772abdab46ff8aca3fbde7d1d8b44f3a325f4373172404ca7a17ece6', '11fcff340f263f04eff8018cb52c2f00326796ddf3cdd857b1e2a418c1315541');
INSERT INTO public.audit VALUES (19, '2026-11-28T09:13:32.374563+00:00', 'local', 'train', 'retrain_start', 'e0c376883c394483863758b7722d0854', 'pneumonia', NULL, '{"samples":{"COVID-19":8,"Normal":10,"Pneumonia-Bacterial":8,"Pneumonia-Viral":8}}', '8eb5de43dbec3037', '6f60bc6d9ecb194ff9ab62d30a80b21e401e0b2249b3e8d09946b6492b49a7bc', '1b018f2a7f8042092ce4ffcb2fd721fcc2e1af692dc93a63af9bdd9827ae8034');
INSERT INTO public.audit VALUES (20, '2026-11-28T09:17:22.274167+00:00', 'retraining e0c376883c394483863758b7722d0854', NULL, 'promote', 'v2', 'pneumonia', '{"version":"v1"}', '{"sites":[],"version":"v2"}', NULL, NULL, 'f8784da470b2776f3e2777e8dc9b213e9f76e4453e7d881673ec2314688c65a1');
INSERT INTO public.audit VALUES (21, '2026-11-28T09:17:22.622112+00:00', 'local', 'train', 'retrain_start', '604ed38b1015472fbe242df9dbc8f4a7', 'pneumonia', NULL, '{"samples":{"COVID-19":8,"Normal":10,"Pneumonia-Bacterial":8,"Pneumonia-Viral":8}}', '6ccc04071a16454a', '53a3fe530a24463cae366901b5711edef3b1fbd896bc64f71bf2f656ce1736f7', '2c48f00724467e24f34e5cff2a9e09aeafd801664f906ba7ca896c448c37857b');
INSERT INTO public.audit VALUES (22, '2026-11-28T09:17:22.897350+00:00', 'local', 'train', 'retrain_cancel', '604ed38b1015472fbe242df9dbc8f4a7', 'pneumonia', NULL, NULL, '44e0e0f612790a00', '180b7cea2f967ec8da3549c065761fb783b494b847f4ba450240b26a7f8b800f', '9a5aa0f6c37158c8453d28a9ccdbc578957ccde375c5f4f2ba78e671bfcd3dab');
INSERT INTO public.audit VALUES (23, '2026-11-28T09:17:27.579922+00:00', 'local', 'promote', 'rollback', 'v1', 'pneumonia', '{"site":null,"version":"v2"}', '{"site":null,"version":"v1"}', 'ce1a3c8b323834f5', 'fcf3f7ef3ec0037644b2f58a6839d6c2fde5dac113f2dd188331e412c509b576', '748dc492128066e187322c80afd4bef016c8cae2a8ee06fcfd960502be3109bc');
INSERT INTO public.audit VALUES (24, '2026-11-28T09:17:28.364285+00:00', 'local', 'promote', 'promote', 'v2', 'pneumonia', '{"site":null,"version":"v1"}', '{"overrides":[],"site":null,"version":"v2"}', '0e32d14b2dfedfb5', '463e6d7ae9b601d4995705e87feced3a57250ade7c7379844255d0c9a8c6fc42', 'd4031d23d202f6b211bac58b7d2e51adaa398bd2663ef7f3c2e2afe84955964d');
INSERT INTO public.audit VALUES (25, '2026-11-28T09:17:31.305607+00:00', 'local', 'promote', 'promote', 'v1', 'pneumonia', '{"site":"ward 3","version":"v2"}', '{"overrides":[],"site":"ward 3","version":"v1"}', 'ecad880052050696', 'fe12f0f64142eea4208e8acf84abd22f13da2839323c18f953132c8a432cfdb3', '5602b3a202c3bedd91500fd20e823102b4d72eb8839d3f1d42b493ccd4b873ae');
INSERT INTO public.audit VALUES (26, '2026-11-28T09:17:31.458198+00:00', 'local', 'train', 'silence', 'disk_space', 'pneumonia', NULL, '{"task":null,"until":"2026-12-18T09:17:31.429984+00:00"}', 'c6cb7121aac7b50d', '7d6b79eaa142f0593c2db6a4cf062ff2231a49b8c1802063289193cf2d059d09', '67756797f4f0f53a171f32e8b2ab78d9df34a46cf5da08c4440200829495eaf7');


--
-- Data for Name: audit_addresses; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.audit_addresses VALUES (2, 1795857151.809962, 'd7d32ead0df8e414adf654e334e8be17', '127.0.0.1');
INSERT INTO public.audit_addresses VALUES (3, 1795857151.843464, '6939a48e66f2dee5c79a4bfdb0292c97', '127.0.0.1');
INSERT INTO public.audit_addresses VALUES (4, 1795857152.315672, '7b185c4f9c6ca281e9980a541a76647a', '127.0.0.1');
INSERT INTO public.audit_addresses VALUES (5, 1795857152.425348, 'f451bbf505ed088ca490205f17137f8a', '127.0.0.1');
INSERT INTO public.audit_addresses VALUES (6, 1795857153.761201, '2e88c6197b057296540ff908509a439e', '127.0.0.1');
INSERT INTO public.audit_addresses VALUES (7, 1795857155.720637, 'd8a7f9f29ca67be1a93b20802ca71db6', '127.0.0.1');
INSERT INTO public.audit_addresses VALUES (8, 1795857157.472797, '79c2b0a02dd6c3ace4d106a1745f85dc', '127.0.0.1');
INSERT INTO public.audit_addresses VALUES (9, 1795857159.057694, '800cbacd7781065194c652e5899af27a', '127.0.0.1');
INSERT INTO public.audit_addresses VALUES (10, 1795857159.240582, '3f3d00332a3bb72f2c2ec6338084a7a7', '127.0.0.1');
INSERT INTO public.audit_addresses VALUES (11, 1795857159.422618, 'b7457ea2ab89c5e3cd25dfb1ed066e53', '127.0.0.1');
INSERT INTO public.audit_addresses VALUES (12, 1795857159.793015, '0dfbe935f2034442153c2093abcac05c', '127.0.0.1');
INSERT INTO public.audit_addresses VALUES (13, 1795857160.24061, '7c19e04bddcd153f4972d86797f5861b', '127.0.0.1');
INSERT INTO public.audit_addresses VALUES (14, 1795857160.325108, 'fbff5afe8115425ad692ae2b69136c29', '127.0.0.1');
INSERT INTO public.audit_addresses VALUES (15, 1795857161.461688, 'e04cb75729ca6468668219d0787e371a', '127.0.0.1');
INSERT INTO public.audit_addresses VALUES (16, 1795857161.575395, '582c16dceee4c54c0a3930e5bdd6c6b7', '127.0.0.1');
INSERT INTO public.audit_addresses VALUES (17, 1795857162.228488, 'c5f9bb97375d86c5b52c629e4f12e818', '127.0.0.1');
INSERT INTO public.audit_addresses VALUES (18, 1795857212.149847, 'bd4caa04bbf43e1eeba91e7c6e81e38a', '127.0.0.1');
INSERT INTO public.audit_addresses VALUES (19, 1795857212.374563, '6d85c80912d5d616b74684808160d630', '127.0.0.1');
INSERT INTO public.audit_addresses VALUES (21, 1795857442.622112, '91c4f0a624cb59ddbe3a033e5afb654d', '127.0.0.1');
INSERT INTO public.audit_addresses VALUES (22, 1795857442.89735, '4d6ddc92ff0bd1dfcf3959e07d1100e6', '127.0.0.1');
INSERT INTO public.audit_addresses VALUES (23, 1795857447.579922, '47acbc73ec658d6b1802421610a40217', '127.0.0.1');
INSERT INTO public.audit_addresses VALUES (24, 1795857448.364285, 'b9d10abfda74353cfed7a5c0e8882a22', '127.0.0.1');
INSERT INTO public.audit_addresses VALUES (25, 1795857451.305607, 'cb8586c064a0be21b2a43060aba06947', '127.0.0.1');
INSERT INTO public.audit_addresses VALUES (26, 1795857451.458198, '348a44edf298e9ada37252958b1cfe86', '127.0.0.1');


--
-- Data for Name: audit_head; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.audit_head VALUES (1, 26, '67756797f4f0f53a171f32e8b2ab78d9df34a46cf5da08c4440200829495eaf7', '{"alerts_file":"","allowed_hosts":[],"allowed_origins":[],"auth":"auto","auth_off_is_intended":false,"champion":"auto","cluster":"none","compute":"processes","compute_threads":0,"database_timeout_s":5.0,"database_url":false,"default_model":"/tmp/roentgen/models/default.h5","destination_logins":false,"destinations":false,"diagnosis_task":"mammography","dicom_links":false,"dicom_tags":"none","dicom_window":"","keep_addresses_days":36500.0,"keep_filenames":"always","keep_heatmaps_days":0.0,"keep_images":"all","keep_images_days":36500.0,"keep_predictions_days":0.0,"keep_versions":10,"log_format":"text","log_level":"INFO","max_batch_bytes":4000000000,"max_batch_files":1000,"max_connections":2000,"max_connections_per_address":1000,"max_error":null,"max_evaluate_files":1000,"max_file_bytes":20000000,"max_film_seconds":10.0,"max_header_seconds":10.0,"max_pixels":50000000,"max_retrain_minutes":120.0,"max_site_models":4,"max_unpack_seconds":60.0,"max_upload_bytes":1000000000,"max_upload_files":1000,"max_wait_ms":1000.0,"metrics":true,"min_retrain_classes":2,"min_retrain_images":12,"min_side_px":32,"models_dir":"/tmp/roentgen/models","node":"","notify":false,"oidc_client_id":"","oidc_client_secret":false,"oidc_groups_claim":"groups","oidc_issuer":"","oidc_name_claim":"preferred_username","oidc_roles":{},"oidc_scopes":"openid profile email","operating_point":"balanced","poll_interval_s":0.5,"precision":"auto","preload":false,"prevalence":null,"public_url":false,"ray_address":"http://127.0.0.1:8265","ray_memory_bytes":0,"retrain_after_samples":0,"retrain_dir":"/tmp/roentgen/retrain_data","retrain_pause_p99_ms":500.0,"retrain_queue":false,"retrain_schedule":"","rollback_after_alarm_hours":0.0,"scope":"everybody","send_hours":24.0,"sentry_dsn":false,"session_hours":12.0,"session_idle_minutes":60.0,"state_dir":"/tmp/roentgen/state","storage_cache_bytes":5000000000,"storage_timeout_s":5.0,"storage_url":false,"task":"pneumonia","tasks":[],"tasks_dir":"","trainer_threads":1,"trusted_proxies":[],"ui_url":false,"unknown_site":"answer","webhook_secret":false,"webhooks":false}');


--
-- Data for Name: champion_moves; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: champions; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: drift_looks; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: errors; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: event_marks; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.event_marks VALUES ('moves:pneumonia', '{"at": "2026-11-28T09:12:26+00:00"}');
INSERT INTO public.event_marks VALUES ('moves:iris', '{"at": "2026-11-28T09:12:26+00:00"}');
INSERT INTO public.event_marks VALUES ('moves:pneumonia:', '{"id": "8e7533359688aa481ef25b54", "at": "2026-11-28T09:17:28+00:00"}');
INSERT INTO public.event_marks VALUES ('moves:pneumonia:ward-3-9d94e4c5', '{"id": "f086a9f2cc8a6396d85623fc", "at": "2026-11-28T09:17:31+00:00"}');


--
-- Data for Name: events; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.events VALUES (1, 'job-e0c376883c394483863758b7722d0854-ended', 'job_ended', 'pneumonia', 1795857442.338519, '{"job": "e0c376883c394483863758b7722d0854", "state": "promoted", "reason": "9 of the new films were held out. Labels of new films that the other films contradict: 1 of 34 as to finding or none (3%, allowed 10%); 0 of 34 as to class (0%, allowed 20%). That is within bounds, or may be luck. On the 8 remembered held-out films balanced accuracy went from 0.250 to 0.250: not lower by 0.050 or more (bound +0.000). On the 8 remembered held-out films sensitivity went from 0.167 to 0.167: not lower by 0.030 or more (bound +0.000). On the 8 remembered held-out films specificity went from 1.000 to 1.000: not lower by 0.030 or more (bound +0.000). On the 8 remembered held-out films AUROC went from 0.417 to 0.417: not lower by 0.010 or more (bound +0.000). No source and no class is answered right less often than before. On the 9 new held-out films balanced accuracy went from 0.375 to 0.375. 4 of 9 new held-out films were decided right before, 4 are now. No figure is better, but 9 new held-out films are covered now.", "version": "v2", "parent": "v1", "cause": "by request", "started_at": "2026-11-28T09:13:38.673397+00:00", "finished_at": "2026-11-28T09:17:22.338519+00:00"}', true);
INSERT INTO public.events VALUES (2, 'job-604ed38b1015472fbe242df9dbc8f4a7-ended', 'job_ended', 'pneumonia', 1795857442.749919, '{"job": "604ed38b1015472fbe242df9dbc8f4a7", "state": "cancelled", "reason": "Cancelled by request.", "version": null, "parent": null, "cause": "by request", "started_at": null, "finished_at": "2026-11-28T09:17:22.749919+00:00"}', true);
INSERT INTO public.events VALUES (3, 'move-pneumonia-13fc15bff16ea85be42dc2c4', 'promoted', 'pneumonia', 1795857442, '{"version": "v2", "previous": "v1", "by": "retraining e0c376883c394483863758b7722d0854", "reason": "9 of the new films were held out. Labels of new films that the other films contradict: 1 of 34 as to finding or none (3%, allowed 10%); 0 of 34 as to class (0%, allowed 20%). That is within bounds, or may be luck. On the 8 remembered held-out films balanced accuracy went from 0.250 to 0.250: not lower by 0.050 or more (bound +0.000). On the 8 remembered held-out films sensitivity went from 0.167 to 0.167: not lower by 0.030 or more (bound +0.000). On the 8 remembered held-out films specificity went from 1.000 to 1.000: not lower by 0.030 or more (bound +0.000). On the 8 remembered held-out films AUROC went from 0.417 to 0.417: not lower by 0.010 or more (bound +0.000). No source and no class is answered right less often than before. On the 9 new held-out films balanced accuracy went from 0.375 to 0.375. 4 of 9 new held-out films were decided right before, 4 are now. No figure is better, but 9 new held-out films are covered now.", "overrides": [], "site": null}', true);
INSERT INTO public.events VALUES (4, 'move-pneumonia-cff60987ffa75819d93267d1', 'rolled_back', 'pneumonia', 1795857447, '{"version": "v1", "previous": "v2", "by": "local", "reason": "rolled back by hand", "overrides": [], "site": null}', true);
INSERT INTO public.events VALUES (5, 'move-pneumonia-8e7533359688aa481ef25b54', 'promoted', 'pneumonia', 1795857448, '{"version": "v2", "previous": "v1", "by": "local", "reason": "better here", "overrides": [], "site": null}', true);
INSERT INTO public.events VALUES (6, 'move-pneumonia-f086a9f2cc8a6396d85623fc', 'promoted', 'pneumonia', 1795857451, '{"version": "v1", "previous": "champion", "by": "local", "reason": "better there", "overrides": [], "site": "ward 3"}', true);


--
-- Data for Name: failures; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.failures VALUES (1, 'pneumonia', 1795857451.40477, 415, 'Unsupported format', 'This is not an image in an accepted format; send JPEG, PNG, BMP, TIFF, WebP or DICOM.', 'POST /predict', '0c014c29f683ad57');


--
-- Data for Name: feedback; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.feedback VALUES (1, 'pneumonia', 'b63825300aaf4079ae4fc646195e95b3', 1795857161.43429, 'Normal', 'read by two', 'local', '878fb8e5cf8950963e85ce0b5f085b9906a529704de3e50a7b951e88f14ff440', false);
INSERT INTO public.feedback VALUES (2, 'pneumonia', '1fb2b38a272c440a80f171578daa7487', 1795857161.561349, 'Normal', 'read by two', 'local', 'bf4d5273d6fcf11f0ff012e383c2b8ad3c7562abdbb2e9b1a697ed17b004c52e', false);
INSERT INTO public.feedback VALUES (3, 'iris', '84750aac17874db282228277f0d69478', 1795857162.211418, 'setosa', '', 'local', NULL, false);


--
-- Data for Name: heatmaps; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.heatmaps VALUES (1, '\x934e554d5059010076007b276465736372273a20273c6632272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028372c20372c2034292c207d202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200aac41ed465cb9debfc741bb434b3b06b49644e13f71401f400f435644ce3bc236f8447a3d973f6d3c573e5e465da1bebdc7379744563d14bfbc381d449c4431c18c4275bdff46e33f743cf0b2b24472415e3da6c0174715427d439944e03b8242dd3e033e9a470237bb445e432a4005c050bdceb0cb47babf6a3c8342cf4317404444c9b94045273eee46d8336d3e0c45fa41623e6143d142a93d484242404542d3400b467141cbbd63422539a744fd2fd844df30a043d4440b48183c313e304613b4b43f70441a444e3b1045793dd843ea420dbe334420439f4123ba0f4478b8a53da0432743ddb93bbe063d5a46123d923322461a44813b4abd39420441ef4392bcf2404644304014480bc06742edb20141ec3d804225b94e440043c13fcfbdb144923ec942383db64564411239fdb978b39444eb40043d45c22e46f5b68940e23f49435e3f74b4f133ae40c74452c0f3447940ce3ff0c0e93f2a408541a2b5d6bc7142ab4386bcc9bfce443c4480bb5ec1a3457240a8c00b42a945593d7ac273b04045524260bb');
INSERT INTO public.heatmaps VALUES (2, '\x934e554d5059010076007b276465736372273a20273c6632272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028372c20372c2034292c207d202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200aae3cbc36844695bcd547d2b4ab449a393149ba443ab81f332e45fab7d23d4e41413f1340494026418f42ff40383ee630f2448a38e341febf084060a833445e3ab940cd39d03e1045284240c42c461945c8b7bb431c45403e1046a6c19d46f944a5412a39754490368944073bdb400dbcbb42ec37d7413f418945f135b7407145f14a65c254380c428c43104627bc0a480a47793b01acd0445b400c3ba342b93e4246a7be09442231eb4409beea3ea644bb2bfc42a33e9645954145435342f94113c5ce46353d0044654325bd823e2145c2449e4276b18240e642bf44cab525bc53bc963e45463c29d13f0636a13d59449a44434471bcbc43aec39f44873e4b45cb43bd392a383145d2c15a48d736503006206446e83f9fbbc5bbef43e041813353c086412843613cbc44143e604086415dbc9642c444293e423b9242564387b31dbd9f3b7a46063b073d703ee44240b398428d3ea03e28bf7a438c42063e51b5a840f53c14406f2f9e426241e341efba783b5244b63d62bcf63ff642074200bd48433544f33c1dbe');
INSERT INTO public.heatmaps VALUES (3, '\x934e554d5059010076007b276465736372273a20273c6632272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028372c20372c2034292c207d202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200a783f6a40564361314a421d43bf3e3235024670405840ee374fb73e45cb3e8839c8310342d441c23a2d37ea43833dbd3172441b3f6a3e12c04344a5400944a9be814357409e33ae41bc4730469a33e4406745183c4ab193449845eb4851c48b3a103a8544da3f4c39fc4373b59e40ac418b356032fe451e3cd53e38383346d3358245a7bdcb437f4389430fbe6243e543d1420740533a28422445c73c8543e03e0841693faf40402c8046f432933f553d6636224294424c424743903d8141404614452045b24005447fbe52478140c43e2abdd242db44fc4116340346194253bd9437c74321321c3eebbe8644fd413640163e813f6d4729bce53c49442c443e34794360c20848e44240365446e83e1841aa424e44efb98c3dca451442a93fdebeef42a33b5c408637e93d49400d42c4b484bdee488f4009be5a416ac1884540398342383fb64361be96438b403a4221be3443ce43d43dabc01643393d4e3f15a7a844be40a3407bbc0c3f7042433f2c364cb4b44434424b31af417d42f03fae3bddada145424043c0');
INSERT INTO public.heatmaps VALUES (4, '\x934e554d5059010076007b276465736372273a20273c6632272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028372c20372c2034292c207d202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200ae74312416d41da3be5c0ae423a46c143343f67bc70466f44e746973153415f47e3457c44cfc3b7450d48ad48a3c5ef45e33b5e4523be084204c25048b8418744b24188bc2843ed47a248944367c1764b35440cc17f419b4b524c4cc30bb1f149ec45a03e6cbdc04afa46284529c50b49ec466dc04844ac47debc42436d30824c9145d34170c0914cb847193a70c2c34e014dfdbc28c4e54cc9485a44aac8574dd5450b4085c2ed489fc18dc48548174607c587452e3d224bf344ad4449c4074da1446e3d83c3354d684be646fbcabd4d6f45754713c61c4cb4bcb83c30411f48e4c42643b343fd42273fe43df7435f4893361444c9c15f4c7b419d3d5940324b7f4818b222c658497ec1a146c23cf948fc3486446340ba46e33c6844a940f53ea8bc7cacf846934350c00445a23e8d461ac6fabc0f47f34731b85a3dbc40904848bef64314444746043d8f4635ad163fc9442843093c03c136c2eb410141e235b33d9f4752b9063b673ee3427e3dc83bc7c38b453543b34112b12944f0187435ef3ea1465ba0b4bb');
INSERT INTO public.heatmaps VALUES (6, '\x934e554d5059010076007b276465736372273a20273c6632272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028372c20372c2034292c207d202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200ad53bea4681349bb30d3515bb104248424d45ae4005b90243bc44393e473c773c21bd3143dd42e63d6fc15f44f94214b51a44623cc4446cc15e47bdc0bc41113a004a813c88b6be40a9445fb83c3e68404a4624370442ef4217492e353940e43e2a44d642ca40a4322a4590412c3d4abcdc43683a88313e40174909b9a1c102441e435245d73c24441844e93e043d0f453a442f45463a5644c141973e4b424940a33dd644d140a2be492b27bbf8455b39b837e33cd345674370492bc3c43f8546ae47583f1ec1b343b747524679c00e438d464c4157368f4293403941613e1cb889bd3b477d3e1db88c44f73d3842c93704475d42f23009412c48c240d83ef43d9141413a484017459940f9409d3f5739914074a8c7453fbad145693c8e41b7be3a422343de3d73362245f841c73c6d3b4c37f9454bb73b448b44dbb61a432e3db2b54b42ce417bb24e3b133f2344d2bb77412c444e4031c16c3c2d44fc4147bdcb401244583d68394d4070419e43583e2ac18546943ef9bbfb44b144d0ba67b81944a844d13cf1bf');
INSERT INTO public.heatmaps VALUES (7, '\x934e554d5059010076007b276465736372273a20273c6632272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028372c20372c2034292c207d202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200ace43d44148209cb59444ec3faa41b337a1429a408643723cb74365be4f405a40c4407242c436204206bc11472c3c0d39de438e413d418fbf5f45123c343f1e44a146bf420133bd4453489d3d6f30ad433d4655bdef40c244d84446441bb6104402440342af44ff3ee5476aaf0e42f0bd16b178435443ac44f4432eb95d44c7456043a349dfc4c546a24029479bc3924823a87f43c7302045a246e2368a43d7ae2946ec3f60368ab70440f6411240fb42f341a147a0c036454fc4bc414045e44327440bc47f478647af3fca437444b14028c1c73e4b46763f8b39b3445f4281bf01aa0644fe43f2a2fd38dc3fb145a3a87542fc41e44010403bbe90451a3d814235c46149dfb1d13bb6319446d13eb9b6bab5d242bd447cbbf5b08a437544d2c1c941e2434644b6beab3afd4399440f35e341173d164469bba33a3140eb4326408d408fbc634619b041b90a45fd3e23bd0d41fd42214083c2963d0c448a4197c0403c5244183d52be334066400143cfbd3c44763c2f404ab99b433540f6405fbd3e3c9346dc39e4be');


--
-- Data for Name: intakes; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.intakes VALUES ('0646c4b234ce48d494852bbf2a5c16e5', 'mammography', 'breast', '2026-11-27', 1795857161.620028, '[{"question": "age", "text": "How old are you?", "answer": 52, "label": "52 years"}]', 'null', NULL);
INSERT INTO public.intakes VALUES ('bfd33de93f83497ba2318a1df9469135', 'pneumonia', 'respiratory', '2026-11-27', 1795857161.679806, '[]', 'null', 'b63825300aaf4079ae4fc646195e95b3');


--
-- Data for Name: jobs; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.jobs VALUES ('e0c376883c394483863758b7722d0854', 'pneumonia', 'promoted', 'done', 0, 0, 1, NULL, 1795857212.242776, 1795857218.673397, 1795857442.225254, 1795857442.338519, 'v1', 'v2', '{"COVID-19": 8, "Normal": 10, "Pneumonia-Bacterial": 8, "Pneumonia-Viral": 8}', '[{"phase": "tail", "epoch": 1, "loss": 0.8760298490524292, "accuracy": 0.5833333134651184, "val_loss": 1.2785232067108154, "val_accuracy": 0.38461539149284363}]', '{"promoted": true, "reason": "9 of the new films were held out. Labels of new films that the other films contradict: 1 of 34 as to finding or none (3%, allowed 10%); 0 of 34 as to class (0%, allowed 20%). That is within bounds, or may be luck. On the 8 remembered held-out films balanced accuracy went from 0.250 to 0.250: not lower by 0.050 or more (bound +0.000). On the 8 remembered held-out films sensitivity went from 0.167 to 0.167: not lower by 0.030 or more (bound +0.000). On the 8 remembered held-out films specificity went from 1.000 to 1.000: not lower by 0.030 or more (bound +0.000). On the 8 remembered held-out films AUROC went from 0.417 to 0.417: not lower by 0.010 or more (bound +0.000). No source and no class is answered right less often than before. On the 9 new held-out films balanced accuracy went from 0.375 to 0.375. 4 of 9 new held-out films were decided right before, 4 are now. No figure is better, but 9 new held-out films are covered now.", "checks": [{"name": "enough held-out films", "passed": true, "detail": "9 of the new films were held out.", "champion": null, "challenger": null, "films": []}, {"name": "labels", "passed": true, "detail": "Labels of new films that the other films contradict: 1 of 34 as to finding or none (3%, allowed 10%); 0 of 34 as to class (0%, allowed 20%). That is within bounds, or may be luck.", "champion": null, "challenger": null, "films": ["bf4d5273d6fcf11f0ff012e383c2b8ad3c7562abdbb2e9b1a697ed17b004c52e"]}, {"name": "balanced accuracy, remembered films", "passed": true, "detail": "On the 8 remembered held-out films balanced accuracy went from 0.250 to 0.250: not lower by 0.050 or more (bound +0.000).", "champion": 0.25, "challenger": 0.25, "films": []}, {"name": "sensitivity, remembered films", "passed": true, "detail": "On the 8 remembered held-out films sensitivity went from 0.167 to 0.167: not lower by 0.030 or more (bound +0.000).", "champion": 0.16666666666666666, "challenger": 0.16666666666666666, "films": []}, {"name": "specificity, remembered films", "passed": true, "detail": "On the 8 remembered held-out films specificity went from 1.000 to 1.000: not lower by 0.030 or more (bound +0.000).", "champion": 1.0, "challenger": 1.0, "films": []}, {"name": "AUROC, remembered films", "passed": true, "detail": "On the 8 remembered held-out films AUROC went from 0.417 to 0.417: not lower by 0.010 or more (bound +0.000).", "champion": 0.4166666666666667, "challenger": 0.4166666666666667, "films": []}, {"name": "each source and class", "passed": true, "detail": "No source and no class is answered right less often than before.", "champion": null, "challenger": null, "films": []}, {"name": "balanced accuracy, new films", "passed": true, "detail": "On the 9 new held-out films balanced accuracy went from 0.375 to 0.375.", "champion": 0.375, "challenger": 0.375, "films": []}, {"name": "decisions, new films", "passed": true, "detail": "4 of 9 new held-out films were decided right before, 4 are now.", "champion": 0.4444444444444444, "challenger": 0.4444444444444444, "films": []}, {"name": "something gained", "passed": true, "detail": "No figure is better, but 9 new held-out films are covered now.", "champion": null, "challenger": null, "films": []}], "sites": [{"site": "ward 3", "promoted": false, "answered_by": "champion", "checks": [{"name": "enough held-out films of the site", "passed": false, "detail": "6 of the site''s films with a finding and 2 without were held out. 8 of each are needed to judge; a quarter is held out, so upload about 8 more with a finding and 24 without.", "champion": null, "challenger": null, "films": []}, {"name": "labels", "passed": true, "detail": "Labels of new films that the other films contradict: 1 of 34 as to finding or none (3%, allowed 10%); 0 of 34 as to class (0%, allowed 20%). That is within bounds, or may be luck.", "champion": null, "challenger": null, "films": []}, {"name": "labels of the site", "passed": true, "detail": "0 of the 31 labels of the site''s films (finding or none) are contradicted by the other films (0%, allowed 10%).", "champion": null, "challenger": null, "films": []}, {"name": "direction of the site''s labels", "passed": true, "detail": "By these labels the champion orders the site''s films with an AUROC of 0.72 (0.48 to 0.88).", "champion": null, "challenger": null, "films": []}, {"name": "gain at the site", "passed": false, "detail": "Of the site''s 8 judged films the share answered right (mean of films with a finding and without) went from 0.583 to 0.583 (+0.000, 90 % interval +0.000 to +0.000; McNemar p = 1); that may be luck.", "champion": 0.5833333333333334, "challenger": 0.5833333333333334, "films": []}, {"name": "level at the site", "passed": false, "detail": "Of what is answered at the site, 0.583 is right (mean of films with a finding and without), needed are 0.75: too little for a version of its own, or labels are wrong.", "champion": null, "challenger": null, "films": []}, {"name": "wrong answers at the site, films with a finding", "passed": true, "detail": "Of the site''s judged films with a finding, 0.833 were answered wrong, and 0.833 would be.", "champion": 0.8333333333333334, "challenger": 0.8333333333333334, "films": []}, {"name": "wrong answers at the site, films without one", "passed": true, "detail": "Of the site''s judged films without one, 0.000 were answered wrong, and 0.000 would be.", "champion": 0.0, "challenger": 0.0, "films": []}, {"name": "balanced accuracy elsewhere", "passed": true, "detail": "On remembered films balanced accuracy went from 0.250 to 0.250; for the site''s own version it may be 0.100 lower (bound +0.000).", "champion": 0.25, "challenger": 0.25, "films": []}, {"name": "sensitivity elsewhere", "passed": true, "detail": "On remembered films sensitivity went from 0.167 to 0.167; for the site''s own version it may be 0.100 lower (bound +0.000).", "champion": 0.16666666666666666, "challenger": 0.16666666666666666, "films": []}, {"name": "specificity elsewhere", "passed": true, "detail": "On remembered films specificity went from 1.000 to 1.000; for the site''s own version it may be 0.100 lower (bound +0.000).", "champion": 1.0, "challenger": 1.0, "films": []}, {"name": "AUROC elsewhere", "passed": true, "detail": "On remembered films AUROC went from 0.417 to 0.417; for the site''s own version it may be 0.030 lower (bound +0.000).", "champion": 0.4166666666666667, "challenger": 0.4166666666666667, "films": []}, {"name": "each source and class elsewhere", "passed": true, "detail": "No group of remembered films is answered right less often.", "champion": null, "challenger": null, "films": []}]}], "trade": "On 8 new films of ''ward 3'' not learned from right answers went from 0.583 to 0.583 (+0.000, 90 % interval +0.000 to +0.000), wrong ones from 0.625 to 0.625, what is referred from 0.000 to 0.000; on 8 remembered ones decisions went from 0.583 to 0.583 (+0.000, 90 % interval +0.000 to +0.000; sensitivity 0.167 to 0.167, specificity 1.000 to 1.000), and no source or class lost a point."}', '9 of the new films were held out. Labels of new films that the other films contradict: 1 of 34 as to finding or none (3%, allowed 10%); 0 of 34 as to class (0%, allowed 20%). That is within bounds, or may be luck. On the 8 remembered held-out films balanced accuracy went from 0.250 to 0.250: not lower by 0.050 or more (bound +0.000). On the 8 remembered held-out films sensitivity went from 0.167 to 0.167: not lower by 0.030 or more (bound +0.000). On the 8 remembered held-out films specificity went from 1.000 to 1.000: not lower by 0.030 or more (bound +0.000). On the 8 remembered held-out films AUROC went from 0.417 to 0.417: not lower by 0.010 or more (bound +0.000). No source and no class is answered right less often than before. On the 9 new held-out films balanced accuracy went from 0.375 to 0.375. 4 of 9 new held-out films were decided right before, 4 are now. No figure is better, but 9 new held-out films are covered now.', 'recorder', 14146, NULL, 'by request', NULL, NULL);
INSERT INTO public.jobs VALUES ('604ed38b1015472fbe242df9dbc8f4a7', 'pneumonia', 'cancelled', 'queued', 0, 0, 0, NULL, 1795857442.578451, NULL, NULL, 1795857442.749919, NULL, NULL, '{"COVID-19": 8, "Normal": 10, "Pneumonia-Bacterial": 8, "Pneumonia-Viral": 8}', '[]', 'null', 'Cancelled by request.', 'recorder', 18142, NULL, 'by request', NULL, NULL);


--
-- Data for Name: latency_counts; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.latency_counts VALUES ('iris', 10, 1795857160, 63, 1);
INSERT INTO public.latency_counts VALUES ('iris', 60, 1795857120, 63, 1);
INSERT INTO public.latency_counts VALUES ('iris', 900, 1795856400, 63, 1);
INSERT INTO public.latency_counts VALUES ('iris', 3600, 1795856400, 63, 1);
INSERT INTO public.latency_counts VALUES ('iris', 86400, 1795824000, 63, 1);
INSERT INTO public.latency_counts VALUES ('pneumonia', 10, 1795857160, 63, 1);
INSERT INTO public.latency_counts VALUES ('pneumonia', 10, 1795857160, 101, 1);
INSERT INTO public.latency_counts VALUES ('pneumonia', 10, 1795857160, 108, 1);
INSERT INTO public.latency_counts VALUES ('pneumonia', 10, 1795857160, 126, 1);
INSERT INTO public.latency_counts VALUES ('pneumonia', 10, 1795857440, 68, 1);
INSERT INTO public.latency_counts VALUES ('pneumonia', 10, 1795857440, 109, 1);
INSERT INTO public.latency_counts VALUES ('pneumonia', 60, 1795857120, 63, 1);
INSERT INTO public.latency_counts VALUES ('pneumonia', 60, 1795857120, 101, 1);
INSERT INTO public.latency_counts VALUES ('pneumonia', 60, 1795857120, 108, 1);
INSERT INTO public.latency_counts VALUES ('pneumonia', 60, 1795857120, 126, 1);
INSERT INTO public.latency_counts VALUES ('pneumonia', 60, 1795857420, 68, 1);
INSERT INTO public.latency_counts VALUES ('pneumonia', 60, 1795857420, 109, 1);
INSERT INTO public.latency_counts VALUES ('pneumonia', 900, 1795856400, 63, 1);
INSERT INTO public.latency_counts VALUES ('pneumonia', 900, 1795856400, 101, 1);
INSERT INTO public.latency_counts VALUES ('pneumonia', 900, 1795856400, 108, 1);
INSERT INTO public.latency_counts VALUES ('pneumonia', 900, 1795856400, 126, 1);
INSERT INTO public.latency_counts VALUES ('pneumonia', 900, 1795857300, 68, 1);
INSERT INTO public.latency_counts VALUES ('pneumonia', 900, 1795857300, 109, 1);
INSERT INTO public.latency_counts VALUES ('pneumonia', 3600, 1795856400, 63, 1);
INSERT INTO public.latency_counts VALUES ('pneumonia', 3600, 1795856400, 68, 1);
INSERT INTO public.latency_counts VALUES ('pneumonia', 3600, 1795856400, 101, 1);
INSERT INTO public.latency_counts VALUES ('pneumonia', 3600, 1795856400, 108, 1);
INSERT INTO public.latency_counts VALUES ('pneumonia', 3600, 1795856400, 109, 1);
INSERT INTO public.latency_counts VALUES ('pneumonia', 3600, 1795856400, 126, 1);
INSERT INTO public.latency_counts VALUES ('pneumonia', 86400, 1795824000, 63, 1);
INSERT INTO public.latency_counts VALUES ('pneumonia', 86400, 1795824000, 68, 1);
INSERT INTO public.latency_counts VALUES ('pneumonia', 86400, 1795824000, 101, 1);
INSERT INTO public.latency_counts VALUES ('pneumonia', 86400, 1795824000, 108, 1);
INSERT INTO public.latency_counts VALUES ('pneumonia', 86400, 1795824000, 109, 1);
INSERT INTO public.latency_counts VALUES ('pneumonia', 86400, 1795824000, 126, 1);


--
-- Data for Name: login_attempts; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.login_attempts VALUES ('d5590274edf6e71fee596ab5808226fd6848860be1ea4d8c47f0fdf0e2888822', 1, 1795857211.945554);
INSERT INTO public.login_attempts VALUES ('7b4842d0b28fd8223f1fd2a85430bd25cb8cb95502207899e6437773dbbf5488', 1, 1798449152.269912);


--
-- Data for Name: login_codes; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: nodes; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: outbox; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: prediction_counts; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.prediction_counts VALUES ('iris', 10, 1795857160, 'setosa', 1);
INSERT INTO public.prediction_counts VALUES ('iris', 60, 1795857120, 'setosa', 1);
INSERT INTO public.prediction_counts VALUES ('iris', 900, 1795856400, 'setosa', 1);
INSERT INTO public.prediction_counts VALUES ('iris', 3600, 1795856400, 'setosa', 1);
INSERT INTO public.prediction_counts VALUES ('iris', 86400, 1795824000, 'setosa', 1);
INSERT INTO public.prediction_counts VALUES ('pneumonia', 10, 1795857160, 'COVID-19', 1);
INSERT INTO public.prediction_counts VALUES ('pneumonia', 10, 1795857160, 'Normal', 1);
INSERT INTO public.prediction_counts VALUES ('pneumonia', 10, 1795857160, 'Pneumonia-Bacterial', 1);
INSERT INTO public.prediction_counts VALUES ('pneumonia', 10, 1795857160, 'Pneumonia-Viral', 1);
INSERT INTO public.prediction_counts VALUES ('pneumonia', 10, 1795857440, 'COVID-19', 1);
INSERT INTO public.prediction_counts VALUES ('pneumonia', 10, 1795857440, 'Normal', 1);
INSERT INTO public.prediction_counts VALUES ('pneumonia', 60, 1795857120, 'COVID-19', 1);
INSERT INTO public.prediction_counts VALUES ('pneumonia', 60, 1795857120, 'Normal', 1);
INSERT INTO public.prediction_counts VALUES ('pneumonia', 60, 1795857120, 'Pneumonia-Bacterial', 1);
INSERT INTO public.prediction_counts VALUES ('pneumonia', 60, 1795857120, 'Pneumonia-Viral', 1);
INSERT INTO public.prediction_counts VALUES ('pneumonia', 60, 1795857420, 'COVID-19', 1);
INSERT INTO public.prediction_counts VALUES ('pneumonia', 60, 1795857420, 'Normal', 1);
INSERT INTO public.prediction_counts VALUES ('pneumonia', 900, 1795856400, 'COVID-19', 1);
INSERT INTO public.prediction_counts VALUES ('pneumonia', 900, 1795856400, 'Normal', 1);
INSERT INTO public.prediction_counts VALUES ('pneumonia', 900, 1795856400, 'Pneumonia-Bacterial', 1);
INSERT INTO public.prediction_counts VALUES ('pneumonia', 900, 1795856400, 'Pneumonia-Viral', 1);
INSERT INTO public.prediction_counts VALUES ('pneumonia', 900, 1795857300, 'COVID-19', 1);
INSERT INTO public.prediction_counts VALUES ('pneumonia', 900, 1795857300, 'Normal', 1);
INSERT INTO public.prediction_counts VALUES ('pneumonia', 3600, 1795856400, 'COVID-19', 2);
INSERT INTO public.prediction_counts VALUES ('pneumonia', 3600, 1795856400, 'Normal', 2);
INSERT INTO public.prediction_counts VALUES ('pneumonia', 3600, 1795856400, 'Pneumonia-Bacterial', 1);
INSERT INTO public.prediction_counts VALUES ('pneumonia', 3600, 1795856400, 'Pneumonia-Viral', 1);
INSERT INTO public.prediction_counts VALUES ('pneumonia', 86400, 1795824000, 'COVID-19', 2);
INSERT INTO public.prediction_counts VALUES ('pneumonia', 86400, 1795824000, 'Normal', 2);
INSERT INTO public.prediction_counts VALUES ('pneumonia', 86400, 1795824000, 'Pneumonia-Bacterial', 1);
INSERT INTO public.prediction_counts VALUES ('pneumonia', 86400, 1795824000, 'Pneumonia-Viral', 1);


--
-- Data for Name: prediction_totals; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.prediction_totals VALUES ('pneumonia', 6, 0, 7, NULL, NULL);
INSERT INTO public.prediction_totals VALUES ('iris', 1, 0, 5, NULL, NULL);


--
-- Data for Name: predictions; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.predictions VALUES (1, 'pneumonia', 'b63825300aaf4079ae4fc646195e95b3', 1795857160.634572, 'film-300.jpg', '878fb8e5cf8950963e85ce0b5f085b9906a529704de3e50a7b951e88f14ff440', 'v1', 'Pneumonia-Bacterial', 0.4842607574570643, '{"COVID-19": 0.17731424807898827, "Normal": 0.29558477305631736, "Pneumonia-Bacterial": 0.4842607574570643, "Pneumonia-Viral": 0.04284022140763007}', 0.7044152269436826, 'negative', '["The probability of a finding is 70.4%, below the threshold of 91.8% (balanced operating point)."]', '{"decode_ms": 117.515, "inference_ms": 28.637, "total_ms": 149.247}', 'balanced', 0.9177080565516293, 0.75, 1, 0.2857142857142857, 0.04359678068583704, '[]', NULL, NULL, NULL, NULL, 'local', 'null', '[]', NULL, '\x8049c04c6050e0515054105808598859005a705bf85b0000591be8ca044cbd4b534bfa4a5e4ade496849d6482f4811481b473f45354211412140953d9f36c9b89dbed0c308c5a93efec25c3cd9b33f319632adb00c588750de58845104507e4904509c498a2a513219345835023530344d337933e83455361536f933c030192fa42d0e2ef33a9529', NULL, 149.247);
INSERT INTO public.predictions VALUES (2, 'pneumonia', '1fb2b38a272c440a80f171578daa7487', 1795857160.957884, 'film-301.jpg', 'bf4d5273d6fcf11f0ff012e383c2b8ad3c7562abdbb2e9b1a697ed17b004c52e', 'v1', 'COVID-19', 0.38367801029701337, '{"COVID-19": 0.38367801029701337, "Normal": 0.17521258087741526, "Pneumonia-Bacterial": 0.2977287458122746, "Pneumonia-Viral": 0.1433806630132968}', 0.8247874191225848, 'negative', '["The probability of a finding is 82.5%, below the threshold of 91.8% (balanced operating point)."]', '{"decode_ms": 2.948, "inference_ms": 57.599, "total_ms": 72.468}', 'balanced', 0.9177080565516293, 0.75, 1, 0.2857142857142857, 0.08246597398460084, '[]', 'St. Anna', NULL, NULL, NULL, 'local', 'null', '[]', NULL, '\xc05060510052c0524055805830597859005a705bf85b0000d61ce8ca084c964b324bf24a604ab9495d49cc482348fb470c4730454d427740db3f053db533afb941bf08c101c5233d07c2663c812e6c2f2e28a1135d58914c3a591d4d4756554c4956554c0000000018332d3573343c339c32f73289352c375437d932b930f82ee72d2e2e323e472d', NULL, 72.468);
INSERT INTO public.predictions VALUES (3, 'pneumonia', '9bb89e5998bc425baa265e602e134f98', 1795857161.204208, 'film-302.jpg', '050044b2f467a268241e1e17708ea0ea8b00d80b4c1d772023bfba3124320d30', 'v1', 'Normal', 0.37836357754609595, '{"COVID-19": 0.2825999212411885, "Normal": 0.37836357754609595, "Pneumonia-Bacterial": 0.28460140429415115, "Pneumonia-Viral": 0.05443509691856436}', 0.621636422453904, 'negative', '["The probability of a finding is 62.2%, below the threshold of 91.8% (balanced operating point)."]', '{"decode_ms": 2.803, "inference_ms": 50.672, "total_ms": 55.101}', 'balanced', 0.9177080565516293, 0.75, 1, 0.2857142857142857, 0.31203992500608085, '[]', NULL, NULL, NULL, NULL, 'local', 'null', '[]', NULL, '\x804f2051405330542056d0587859d059505a605bf85b00003915e8cae94b874b0e4be84a3c4aa2499349b948ed474d4815468445e2414f417640c33ed837d3b6b6bdb5b80ec30a3cf9c02d2d06b4cfae0938382a8858e54f40594c50a3532e4caa53224c00001c21a630d933a9344c340e34d63313342f37ab35a136f631a8306f2ec02df237fe34', NULL, 55.101);
INSERT INTO public.predictions VALUES (4, 'pneumonia', '6bdf558eea7c44288d8bfbd05c08bc60', 1795857161.38976, 'film-303.jpg', '555d361594f2fe90497801e1c97ba1a5666bea92eef0ad6e8de6143a7e9ffc00', 'v1', 'Pneumonia-Viral', 0.9960639017594944, '{"COVID-19": 0.001897721218713992, "Normal": 0.0019137049642496014, "Pneumonia-Bacterial": 0.00012467205754199495, "Pneumonia-Viral": 0.9960639017594944}', 0.9980862950357504, 'positive', '["The probability of a finding is 99.8%, at or above the threshold of 91.8% (balanced operating point)."]', '{"decode_ms": 2.773, "inference_ms": 7.876, "total_ms": 12.212}', 'balanced', 0.9177080565516293, 0.75, 1, 0.2857142857142857, 0.32525835663440034, '[]', 'St. Anna', NULL, NULL, NULL, 'local', 'null', '[]', NULL, '\xa0512053405410550057605810596059f059485bf85b00008816e8ca0b4c8e4b2b4be04a434ab549cc49d5497f49aa48e44738484e4627455b448b42ba3f633995b89ec0d2c446404bc20abdc3bf44bebcb3a0ac3558834d0859f84d1a557e4c1a55774c000000005c25bb3105346134753400359b374e36fa36f431a230272fd42d352d42463435', NULL, 12.212);
INSERT INTO public.predictions VALUES (5, 'iris', '84750aac17874db282228277f0d69478', 1795857162.147082, 'row', 'c2de72e663549213333a2a6fab99b5566a5728b7268d7f94151ec1b76b5fe6e1', 'v1', 'setosa', 0.9954550030394547, '{"setosa": 0.9954550030394547, "versicolor": 0.004544996198735368, "virginica": 7.618097477261198e-10}', 0.004544996960545333, 'accept', '["At the bound of 5.0% wrong answers only setosa is possible."]', '{"decode_ms": 4.93, "inference_ms": 0.128, "total_ms": 11.988}', NULL, NULL, NULL, NULL, NULL, NULL, '[]', NULL, NULL, NULL, NULL, 'local', '["setosa"]', '[]', NULL, NULL, NULL, 11.988);
INSERT INTO public.predictions VALUES (6, 'pneumonia', 'c67088ab76184141a500a690ca3ecf45', 1795857446.263939, 'film-320.jpg', '6d136a2bb789b1c7f04fc3b0ceb52cc9c990da80ceac5988e607afd381cfcbef', 'v2', 'COVID-19', 0.6813033084679052, '{"COVID-19": 0.6813033084679052, "Normal": 0.17103262388331747, "Pneumonia-Bacterial": 0.09230919687092838, "Pneumonia-Viral": 0.05535487077784893}', 0.8289673761166826, 'negative', '["The probability of a finding is 82.9%, below the threshold of 91.8% (balanced operating point)."]', '{"decode_ms": 57.282, "inference_ms": 18.531, "total_ms": 77.843}', 'balanced', 0.9177080565516293, 0.75, 1, 0.2857142857142857, 0.006104771929371399, '[]', NULL, NULL, NULL, NULL, 'local', 'null', '[]', NULL, '\xc04f60500051a05120542058d0584059b059385bf85b0000a718e8ca034c9f4b274b014b834a064a5f49744835483948a5455d45e241cb40e33f1c3d6a34aab947bf18c292c5203c27c355bf99b9ca2885ad42b2ff57f44df158624f3054604c3054684c0000771eaa354e357e3422330233d43372374735fd3504313930cb2d492d142d503e401e', NULL, 77.843);
INSERT INTO public.predictions VALUES (7, 'pneumonia', '593376345c5541e8992f48a100e68208', 1795857447.424035, 'film-321.jpg', '0a9b778a38c4f743edea8d543f15135412a581e457435db99a4b4bb47973f9b8', 'v2', 'Normal', 0.4819500455305113, '{"COVID-19": 0.20976968810431543, "Normal": 0.4819500455305113, "Pneumonia-Bacterial": 0.22727236119196445, "Pneumonia-Viral": 0.08100790517320881}', 0.5180499544694888, 'negative', '["The probability of a finding is 51.8%, below the threshold of 91.8% (balanced operating point)."]', '{"decode_ms": 3.396, "inference_ms": 9.399, "total_ms": 14.907}', 'balanced', 0.9177080565516293, 0.75, 1, 0.2857142857142857, 0.17522122560383666, '[]', NULL, NULL, NULL, NULL, 'local', 'null', '[]', NULL, '\xe05080510052a052b054685818597859f859505bf85b00007d18e8ca054c974b264bf34a554aa5495f49a9480e483348f3454545be41be40943f4a3d86334db9e5be76c279c5a03eccc393bb14b88832b42f662d5b58a74d30595d4e4355874c4055914c00000000d932df35fb34df33fa3238333735f23695364333aa30ec2ecd2d772d9f2c9b31', NULL, 14.907);


--
-- Data for Name: retention_marks; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: sample_changes; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.sample_changes VALUES (1, 'pneumonia', '5d49aef8024f37a650b9f6e64cf22d9319324c1c7d1037e27ddfc6c512c76bbb', 1795857159.39055, 'relabelled', 'COVID-19', 'Normal', 'PCR negative', 'local', NULL, NULL);
INSERT INTO public.sample_changes VALUES (2, 'pneumonia', '149d3b6601a914b7270c8fc03c782ee9d9ff98a43452752ea6631e4bd3e0ab1b', 1795857159.769456, 'disputed', 'Normal', 'Pneumonia-Viral', 'The same picture came as Pneumonia-Viral.', NULL, NULL, NULL);
INSERT INTO public.sample_changes VALUES (3, 'pneumonia', '93f138e2489245f9ab337b915b0fcbc7f3ed2cb3e34d9dfa07a2d9dafe64d36a', 1795857160.305974, 'deleted', 'Normal', NULL, 'withdrawn', 'local', NULL, '\x99106ccbc667993366c9e6c4391a3b9f6c64397693b0cc61878fc399c81fc3ca');


--
-- Data for Name: sample_sums; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.sample_sums VALUES ('pneumonia', 'COVID-19', 8, 0, 4349110367962, 1006958187, '[0, 67989332, 2057504082, 3269715652, 2721720776, 2150318327, 1730571174, 2016186499, 5085799624, 5689199581, 5178699767, 2580931748, 769915837, 447449693, 296223895, 297727134]');
INSERT INTO public.sample_sums VALUES ('pneumonia', 'Normal', 10, 1, 5334404506769, 1398893708, '[14559939, 372502514, 2419011481, 4984180699, 3977483314, 2865215633, 2054368756, 2152122215, 4528398768, 7404910165, 6274431823, 3542059530, 1011250049, 594466423, 381564894, 373318557]');
INSERT INTO public.sample_sums VALUES ('pneumonia', 'Pneumonia-Bacterial', 8, 0, 4336140724014, 1100666879, '[40072045, 266330921, 2138378317, 2928480501, 2670524765, 1938189893, 1807451089, 2112093118, 5705391607, 5202021439, 5832823286, 1861997172, 881842685, 421508090, 274147764, 278528629]');
INSERT INTO public.sample_sums VALUES ('pneumonia', 'Pneumonia-Viral', 8, 0, 4707429073898, 2773777266, '[257698, 171798692, 299058573, 917834510, 1943515652, 2452898772, 2718971997, 3286594874, 5958665828, 6474534350, 5928085662, 2360342227, 819007313, 454149841, 303439440, 270539989]');


--
-- Data for Name: sample_sums_state; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.sample_sums_state VALUES ('pneumonia', 3);


--
-- Data for Name: samples; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.samples VALUES ('pneumonia', 'd7785550e243cff9659cd699d040691b61314117551d30b6998d0581dea0a3d0', 'COVID-19', 'COVID-19-200.jpg', 'COVID-19/d7785550e243cff9659cd699d040691b61314117551d30b6998d0581dea0a3d0.jpg', 5550, 1795857153.455012, 133.8600526147959, 0.03139013452914798, '[0.0, 0.0, 0.00088, 0.11127, 0.0978, 0.08949, 0.05327, 0.04927, 0.06035, 0.1751, 0.12791, 0.16474, 0.02989, 0.01917, 0.00996, 0.0109]', 'holdout', NULL, 'ward 3', 'upload', 'local', '\x99146e42866b913dc2d806c11d87e2da6a563d87e1ea687f3e97ad686969d29c', NULL, NULL);
INSERT INTO public.samples VALUES ('pneumonia', '49e21e46cf65344705c48935a99ec8df740e498b2fe9f4cdf7c49abac7ab7309', 'COVID-19', 'COVID-19-201.jpg', 'COVID-19/49e21e46cf65344705c48935a99ec8df740e498b2fe9f4cdf7c49abac7ab7309.jpg', 5360, 1795857153.543957, 138.07429846938774, 0.026101469967222346, '[0.0, 0.0, 6e-05, 0.09459, 0.08074, 0.07755, 0.04967, 0.04939, 0.0613, 0.19808, 0.14969, 0.16968, 0.03025, 0.01923, 0.01184, 0.00793]', 'train', NULL, 'ward 3', 'upload', 'local', '\x99016e16c67e9169b78d46dc48d23d873f0b687278fe3d282d61d29cc27c87c3', NULL, NULL);
INSERT INTO public.samples VALUES ('pneumonia', '4d4f91b8de3374bcb18e269340327ea23a73e9b61264b3b67d7a2f1aa28d4b3c', 'COVID-19', 'COVID-19-202.jpg', 'COVID-19/4d4f91b8de3374bcb18e269340327ea23a73e9b61264b3b67d7a2f1aa28d4b3c.jpg', 5483, 1795857153.574997, 127.58958466198979, 0.02775040720706228, '[0.0, 0.0, 0.0579, 0.09243, 0.08871, 0.05682, 0.04771, 0.05355, 0.1409, 0.16827, 0.19611, 0.04412, 0.02274, 0.0122, 0.00903, 0.00951]', 'train', NULL, 'ward 3', 'upload', 'local', '\x99416e56863e91a9e2d866943d07e1c3687e1c27b5a9e079969597d0ad4bb687', NULL, NULL);
INSERT INTO public.samples VALUES ('pneumonia', '10943dad802caf79ed64544ff4d01dcc0903fb3c7f41001f9bcaf8f47a3b9341', 'COVID-19', 'COVID-19-203.jpg', 'COVID-19/10943dad802caf79ed64544ff4d01dcc0903fb3c7f41001f9bcaf8f47a3b9341.jpg', 5483, 1795857153.617391, 122.49336336096938, 0.030062941140984133, '[0.0, 0.0, 0.08857, 0.08821, 0.07205, 0.05166, 0.05132, 0.06027, 0.21458, 0.13626, 0.16833, 0.0275, 0.01794, 0.00943, 0.0067, 0.00719]', 'holdout', NULL, 'ward 3', 'upload', 'local', '\x99106e5e862791a162d866543d8f3d8f687278f6970dcd60c2f0969d1f0fc3da', NULL, NULL);
INSERT INTO public.samples VALUES ('pneumonia', '71a79210515c8acb3dcb26670097aaa0c8255f116d7a42f86d87f7d96396c65b', 'COVID-19', 'COVID-19-204.jpg', 'COVID-19/71a79210515c8acb3dcb26670097aaa0c8255f116d7a42f86d87f7d96396c65b.jpg', 5497, 1795857153.656943, 135.69064891581633, 0.02829334995676567, '[0.0, 0.0, 0.00468, 0.09744, 0.0856, 0.07029, 0.05186, 0.04871, 0.0623, 0.23284, 0.16883, 0.11755, 0.02459, 0.0159, 0.00919, 0.01022]', 'train', NULL, 'ward 3', 'upload', 'local', '\x99106ecfc67791b0b78d2681585a78dea5213d63c2d4d6b587ca87c8962d6ada', NULL, NULL);
INSERT INTO public.samples VALUES ('pneumonia', 'ef95ff7cee3d2c7acaed06f81dedb7f7158151fe9509d15309aa9e05936c99fa', 'COVID-19', 'COVID-19-205.jpg', 'COVID-19/ef95ff7cee3d2c7acaed06f81dedb7f7158151fe9509d15309aa9e05936c99fa.jpg', 5590, 1795857153.697716, 122.87928491709184, 0.029499889400550986, '[0.0, 0.0, 0.08962, 0.08921, 0.06981, 0.04799, 0.04558, 0.06087, 0.22804, 0.13321, 0.15906, 0.02999, 0.02001, 0.00989, 0.00905, 0.00767]', 'train', NULL, 'ward 3', 'upload', 'local', '\x99116e46c66a91b8369d66c55972b4af1e3d496097ac963dc3d297863c3e61c3', NULL, NULL);
INSERT INTO public.samples VALUES ('pneumonia', 'ff9a38730768d6e9b051778086eb4dafcdffcd819ad63d70929661d805752da1', 'COVID-19', 'COVID-19-206.jpg', 'COVID-19/ff9a38730768d6e9b051778086eb4dafcdffcd819ad63d70929661d805752da1.jpg', 5714, 1795857153.715018, 112.48449457908163, 0.030203704076092422, '[0.0, 0.00947, 0.13612, 0.10332, 0.0735, 0.05879, 0.05449, 0.06936, 0.19956, 0.10635, 0.12494, 0.02386, 0.01682, 0.00919, 0.00622, 0.00803]', 'train', NULL, 'ward 3', 'upload', 'local', '\x99016ec3c67691b89789268558d6c2de3d233da3687c3c3795a9e97842d697a9', NULL, NULL);
INSERT INTO public.samples VALUES ('pneumonia', '8e93855bf269f27c2c56d520c1a2c5a9073f4f5ede8e8fa8cdd46c934eaed0e2', 'COVID-19', 'COVID-19-207.jpg', 'COVID-19/8e93855bf269f27c2c56d520c1a2c5a9073f4f5ede8e8fa8cdd46c934eaed0e2.jpg', 5520, 1795857153.736667, 119.53443877551021, 0.03114882664039092, '[0.0, 0.00636, 0.10122, 0.08482, 0.06549, 0.04807, 0.04903, 0.07801, 0.2171, 0.17451, 0.11089, 0.02348, 0.01702, 0.00917, 0.00698, 0.00787]', 'train', NULL, 'ward 3', 'upload', 'local', '\x99506e4f862791b1e3c806851d9761da6d6a3c374ad26969bd25c2d05a75b78f', NULL, NULL);
INSERT INTO public.samples VALUES ('pneumonia', '149d3b6601a914b7270c8fc03c782ee9d9ff98a43452752ea6631e4bd3e0ab1b', 'Normal', 'Normal-200.jpg', 'Normal/149d3b6601a914b7270c8fc03c782ee9d9ff98a43452752ea6631e4bd3e0ab1b.jpg', 5646, 1795857154.750258, 108.8636399872449, 0.038528826238211106, '[0.00297, 0.03757, 0.1434, 0.10619, 0.07866, 0.04725, 0.04688, 0.05891, 0.18945, 0.09289, 0.13239, 0.02523, 0.01728, 0.00751, 0.00616, 0.00725]', NULL, 'Normal-200', 'ward 3', 'upload', 'local', '\x99196ecfc66699b3c6cd66c4399b1b9f6c67392e91306c21c3d892f182de868a', 'Pneumonia-Viral', NULL);
INSERT INTO public.samples VALUES ('pneumonia', 'bc6df8a41899cfb86286dcaaa1378e275d7eed4e35f49b076923054b4ebf36d8', 'Normal', 'Normal-201.jpg', 'Normal/bc6df8a41899cfb86286dcaaa1378e275d7eed4e35f49b076923054b4ebf36d8.jpg', 5487, 1795857154.791532, 121.54827008928571, 0.03484888093466589, '[0.0, 0.0, 0.06696, 0.13281, 0.09116, 0.05236, 0.04466, 0.05092, 0.15749, 0.15426, 0.16331, 0.03894, 0.02017, 0.01036, 0.00737, 0.00923]', 'train', 'Normal-201', 'ward 3', 'upload', 'local', '\x991066eec66e999a46d4664e3916198d6c6b7934936c2d38c7923ad3d7dba2c4', NULL, NULL);
INSERT INTO public.samples VALUES ('pneumonia', '080ea8138c5e0c2f4fb4d0d5d1b217e5f005b3a8a88adcd2d977573ba5a30919', 'Normal', 'Normal-202.jpg', 'Normal/080ea8138c5e0c2f4fb4d0d5d1b217e5f005b3a8a88adcd2d977573ba5a30919.jpg', 5379, 1795857154.861548, 130.9054328762755, 0.03175209636228358, '[0.0, 0.0, 0.00686, 0.13449, 0.09333, 0.07171, 0.04341, 0.04572, 0.06449, 0.21544, 0.16378, 0.09985, 0.02581, 0.01616, 0.01002, 0.00893]', 'holdout', 'Normal-202', 'ward 3', 'upload', 'local', '\x99146ecec66f993a66c4e6c819163b826c68392f93ed3c79c2d5968c3aa992d6', NULL, NULL);
INSERT INTO public.samples VALUES ('pneumonia', '98732bfdc32c3ce241af45a6ba34b0dd6b3df0b477f1d61518a20a4dc2fd07c9', 'Normal', 'Normal-203.jpg', 'Normal/98732bfdc32c3ce241af45a6ba34b0dd6b3df0b477f1d61518a20a4dc2fd07c9.jpg', 5412, 1795857154.897965, 128.46815210459184, 0.03008305013171389, '[0.0, 0.0064, 0.0289, 0.11292, 0.09762, 0.08472, 0.05232, 0.0452, 0.05658, 0.2045, 0.11589, 0.13817, 0.02408, 0.01632, 0.00797, 0.00841]', 'train', 'Normal-203', 'ward 3', 'upload', 'local', '\x99116eeec661993666c866c1391f199b6c74396297f5c52192ca969a2c9f13de', NULL, NULL);
INSERT INTO public.samples VALUES ('pneumonia', '432bdd26eaeb7c49f78349197171fee0e00d5af64e843f423844ece45c865dfc', 'Normal', 'Normal-204.jpg', 'Normal/432bdd26eaeb7c49f78349197171fee0e00d5af64e843f423844ece45c865dfc.jpg', 5446, 1795857154.941299, 127.29462292729592, 0.03062599288141728, '[0.0, 0.0045, 0.0289, 0.11579, 0.11444, 0.09218, 0.05501, 0.04516, 0.05544, 0.17544, 0.09343, 0.15294, 0.02752, 0.01844, 0.00979, 0.01102]', 'train', 'Normal-204', 'ward 3', 'upload', 'local', '\x99106ecac66f993fc6c8e6c9399613826c7b7842992d3c6d978c8429879b77c6', NULL, NULL);
INSERT INTO public.samples VALUES ('pneumonia', '7b9a91b9e257f64b0b0e7ac9a285c744fe221e2c5a920ef3ad855c555a42aa5f', 'Normal', 'Normal-205.jpg', 'Normal/7b9a91b9e257f64b0b0e7ac9a285c744fe221e2c5a920ef3ad855c555a42aa5f.jpg', 5564, 1795857155.023568, 113.98726482780613, 0.03245591103782501, '[0.00078, 0.03502, 0.1191, 0.108, 0.07801, 0.0458, 0.04397, 0.05529, 0.18573, 0.09517, 0.15444, 0.03167, 0.02021, 0.01048, 0.00839, 0.00797]', 'train', 'Normal-205', 'ward 3', 'upload', 'local', '\x99116eeec66e99bb66c566c8391319976c78193a93cd7279c69392913962b346', NULL, NULL);
INSERT INTO public.samples VALUES ('pneumonia', 'bae857d73aa17d3e2c95956b1471c17d9555bb6a84824d90f9a222f0b8648809', 'Normal', 'Normal-206.jpg', 'Normal/bae857d73aa17d3e2c95956b1471c17d9555bb6a84824d90f9a222f0b8648809.jpg', 5497, 1795857155.134121, 132.38478555484693, 0.031128717649661162, '[0.0, 0.0002, 0.01947, 0.09584, 0.11334, 0.08697, 0.05256, 0.04502, 0.05399, 0.181, 0.11763, 0.16231, 0.03223, 0.01987, 0.01078, 0.00879]', 'holdout', 'Normal-206', 'ward 3', 'upload', 'local', '\x99146eebc66b993e668466d939031b876c79386f93ac6e78c78693800e83b697', NULL, NULL);
INSERT INTO public.samples VALUES ('pneumonia', '5c8a6ea9bd66e9309e2f52aac6aa478248a9cc30444ee684047ea63da7fb5cee', 'Normal', 'Normal-207.jpg', 'Normal/5c8a6ea9bd66e9309e2f52aac6aa478248a9cc30444ee684047ea63da7fb5cee.jpg', 5610, 1795857155.708565, 113.57924107142857, 0.03509018882342295, '[0.0, 0.00163, 0.16217, 0.09891, 0.06641, 0.0441, 0.04572, 0.06382, 0.19452, 0.12089, 0.13104, 0.02673, 0.01935, 0.00935, 0.00957, 0.0058]', 'train', 'Normal-207', 'ward 3', 'upload', 'local', '\x99116ec7c66e993a66d1e6cc19163b936c6c393293fc6c6c2afc8398da28c6c3', NULL, NULL);
INSERT INTO public.samples VALUES ('pneumonia', '69f3b1a8d625f5fc5aef3fc4e51fbf0593301a0967058440c745f79dcaaffd2e', 'Pneumonia-Bacterial', 'Pneumonia-Bacterial-200.jpg', 'Pneumonia-Bacterial/69f3b1a8d625f5fc5aef3fc4e51fbf0593301a0967058440c745f79dcaaffd2e.jpg', 5722, 1795857157.139864, 115.51584422831633, 0.029841742242956826, '[0.00933, 0.04104, 0.10061, 0.08785, 0.07589, 0.04807, 0.05016, 0.06384, 0.18892, 0.09239, 0.15021, 0.0404, 0.02443, 0.01176, 0.00895, 0.00616]', 'holdout', NULL, 'ward 3', 'upload', 'local', '\x98156eeac73a92bd96c56d5a691296852c2e685a932d692d96d396da4987c38f', NULL, NULL);
INSERT INTO public.samples VALUES ('pneumonia', 'e5db5a3ee5e66517716b5333afde0eefa58d121a7322baf64d33e7e3a764b85c', 'Pneumonia-Bacterial', 'Pneumonia-Bacterial-201.jpg', 'Pneumonia-Bacterial/e5db5a3ee5e66517716b5333afde0eefa58d121a7322baf64d33e7e3a764b85c.jpg', 5460, 1795857157.180787, 129.24858498086735, 0.03392386736109715, '[0.0, 0.0, 0.04889, 0.07972, 0.08363, 0.05389, 0.05114, 0.05917, 0.17628, 0.16342, 0.17989, 0.04891, 0.02541, 0.01258, 0.00811, 0.00897]', 'holdout', NULL, 'ward 3', 'upload', 'local', '\x98056feac77a928d96cd6d52699296ad3c2f4ad2d32d492d96d096d2c387690e', NULL, NULL);
INSERT INTO public.samples VALUES ('pneumonia', 'fefdcd55030b48f1ba1cb286d1edf482169f27c0b99f6391c5994347ea612506', 'Pneumonia-Bacterial', 'Pneumonia-Bacterial-202.jpg', 'Pneumonia-Bacterial/fefdcd55030b48f1ba1cb286d1edf482169f27c0b99f6391c5994347ea612506.jpg', 5654, 1795857157.243514, 122.91248804209184, 0.03326027066701522, '[0.0, 0.01084, 0.06995, 0.09319, 0.07924, 0.0566, 0.05694, 0.06661, 0.18039, 0.12516, 0.17624, 0.03809, 0.02298, 0.00893, 0.00769, 0.00715]', 'train', NULL, 'ward 3', 'upload', 'local', '\x981536edc3724932968db6ed691e69da6c72392fc3253430969ac3e5694fc38a', NULL, NULL);
INSERT INTO public.samples VALUES ('pneumonia', 'cc4fe6968f3b108196844b244c26cfef95d73f7db9c8548b8b6b51d37bf06a8b', 'Pneumonia-Bacterial', 'Pneumonia-Bacterial-203.jpg', 'Pneumonia-Bacterial/cc4fe6968f3b108196844b244c26cfef95d73f7db9c8548b8b6b51d37bf06a8b.jpg', 5655, 1795857157.287189, 123.1119459502551, 0.03472822699028736, '[0.0, 0.00094, 0.07611, 0.06782, 0.07225, 0.05857, 0.05714, 0.07418, 0.23318, 0.16392, 0.13118, 0.02573, 0.01891, 0.00777, 0.0068, 0.0055]', 'train', NULL, 'ward 3', 'upload', 'local', '\x981d36cfc762c932368d96c5388f69da6c72393b8325692596da96d096b4c38f', NULL, NULL);
INSERT INTO public.samples VALUES ('pneumonia', '65cd4748f0c3e38fa44621ee4a6aeb7e2b48ae6ba9b02327f193bba16d8a1ba1', 'Pneumonia-Bacterial', 'Pneumonia-Bacterial-204.jpg', 'Pneumonia-Bacterial/65cd4748f0c3e38fa44621ee4a6aeb7e2b48ae6ba9b02327f193bba16d8a1ba1.jpg', 5553, 1795857157.337333, 133.0163424744898, 0.03251623801001428, '[0.0, 0.0, 0.04002, 0.08508, 0.07623, 0.05224, 0.04709, 0.05375, 0.11571, 0.19408, 0.21076, 0.06393, 0.02876, 0.01423, 0.00841, 0.00971]', 'train', NULL, 'ward 3', 'upload', 'local', '\x98556dcac772903796cd67d0695a168f3d25687a7acf69253c7096d0c125c38f', NULL, NULL);
INSERT INTO public.samples VALUES ('pneumonia', 'c57cd3465c2946b69a77aad727506f1d427f1e7892f13d96a445fb43cc8586c8', 'Pneumonia-Bacterial', 'Pneumonia-Bacterial-205.jpg', 'Pneumonia-Bacterial/c57cd3465c2946b69a77aad727506f1d427f1e7892f13d96a445fb43cc8586c8.jpg', 5627, 1795857157.381306, 126.1820990114796, 0.030907518751633854, '[0.0, 0.0, 0.07434, 0.08261, 0.07864, 0.05479, 0.05166, 0.06176, 0.18433, 0.12508, 0.18618, 0.04707, 0.02491, 0.0121, 0.00769, 0.00883]', 'train', NULL, 'ward 3', 'upload', 'local', '\xc9113cce966ec33bc79136cc4992c7d33c2e3906d8716d2dc78c90793869c79e', NULL, NULL);
INSERT INTO public.samples VALUES ('pneumonia', 'c2a24c08e1325a786ff226a80eec56d28c189eefb9f5838cd0652832471a13b8', 'Pneumonia-Bacterial', 'Pneumonia-Bacterial-206.jpg', 'Pneumonia-Bacterial/c2a24c08e1325a786ff226a80eec56d28c189eefb9f5838cd0652832471a13b8.jpg', 5404, 1795857157.413252, 129.68686224489795, 0.033602123509421065, '[0.0, 0.0, 0.05822, 0.06826, 0.07219, 0.05905, 0.05269, 0.05762, 0.1822, 0.15956, 0.1928, 0.04452, 0.0271, 0.01136, 0.00616, 0.00827]', 'train', NULL, 'ward 3', 'upload', 'local', '\x985c6ccfc733993692c466d16d9b928e3c26687b92716d24c784927192db679e', NULL, NULL);
INSERT INTO public.samples VALUES ('pneumonia', '31e4260d5c57d55098b252dd504454e632829b58b896427487d6fbf1d51b62a7', 'Pneumonia-Bacterial', 'Pneumonia-Bacterial-207.jpg', 'Pneumonia-Bacterial/31e4260d5c57d55098b252dd504454e632829b58b896427487d6fbf1d51b62a7.jpg', 5525, 1795857157.44535, 129.9122688137755, 0.027488990327575458, '[0.0, 0.00919, 0.02974, 0.11731, 0.08371, 0.06806, 0.05401, 0.05483, 0.06738, 0.18758, 0.1308, 0.12488, 0.03282, 0.01941, 0.01002, 0.01026]', 'train', NULL, 'ward 3', 'upload', 'local', '\xc9113cef966ec33bc79136cc4992c7d33c2e29269471692dc39c1079dd07c78e', NULL, NULL);
INSERT INTO public.samples VALUES ('pneumonia', '1f9ae838391ebfb394033f81ec975656ed706472f6db691a8176a3b83b00831f', 'Pneumonia-Viral', 'Pneumonia-Viral-200.jpg', 'Pneumonia-Viral/1f9ae838391ebfb394033f81ec975656ed706472f6db691a8176a3b83b00831f.jpg', 6388, 1795857158.545567, 150.94158561862244, 0.07866637173480263, '[0.0, 0.0, 0.0, 0.00375, 0.03017, 0.05929, 0.06981, 0.07617, 0.09608, 0.22415, 0.1876, 0.18272, 0.03139, 0.01877, 0.01052, 0.00957]', 'train', NULL, 'ward 3', 'upload', 'local', '\x99106ecac6659937668c66c1391f399e6c717972d2f48661a649d29d7999a54e', NULL, NULL);
INSERT INTO public.samples VALUES ('pneumonia', 'e06dd2b5beaff573250740644200500dd52a2df55a493f837073d7ded545c92e', 'Pneumonia-Viral', 'Pneumonia-Viral-201.jpg', 'Pneumonia-Viral/e06dd2b5beaff573250740644200500dd52a2df55a493f837073d7ded545c92e.jpg', 6438, 1795857158.643722, 133.6901705994898, 0.07194996883106437, '[0.0, 0.0, 0.0, 0.03914, 0.06673, 0.07007, 0.07623, 0.09921, 0.24484, 0.16191, 0.1654, 0.0291, 0.02226, 0.01012, 0.00879, 0.0062]', 'holdout', NULL, 'ward 3', 'upload', 'local', '\x99146ecbc664993666c966c4191e2dcb66e039373933c6e46ce4969b931b399b', NULL, NULL);
INSERT INTO public.samples VALUES ('pneumonia', '79e0bdba9bd5ceef302ad4610e143eef601a3dd605a97f92b6164092f5de3b01', 'Pneumonia-Viral', 'Pneumonia-Viral-202.jpg', 'Pneumonia-Viral/79e0bdba9bd5ceef302ad4610e143eef601a3dd605a97f92b6164092f5de3b01.jpg', 6598, 1795857158.699867, 130.89861686862244, 0.06909449214743912, '[6e-05, 0.02527, 0.02854, 0.03201, 0.0622, 0.0696, 0.0751, 0.09343, 0.18146, 0.15794, 0.17877, 0.04371, 0.02222, 0.01226, 0.00829, 0.00915]', 'holdout', NULL, 'ward 3', 'upload', 'local', '\x91106eefc667993a36c566c9195b398b6d7978379385c568c246c2c61d993799', NULL, NULL);
INSERT INTO public.samples VALUES ('pneumonia', 'fdd5ec4cf76e4652f82e410aa59ae305c924814155a8439659ce782e92896e10', 'Pneumonia-Viral', 'Pneumonia-Viral-203.jpg', 'Pneumonia-Viral/fdd5ec4cf76e4652f82e410aa59ae305c924814155a8439659ce782e92896e10.jpg', 6966, 1795857158.748469, 137.86716757015307, 0.10844778700557019, '[0.0, 0.0, 0.01299, 0.02671, 0.05539, 0.07643, 0.08247, 0.09249, 0.12667, 0.22331, 0.18437, 0.06286, 0.02394, 0.01385, 0.00877, 0.00975]', 'train', NULL, 'ward 3', 'upload', 'local', '\x99106ecbc66a9932c6cd66cc1987138f6c7a3c0f9b2d687066f591300bb27ecf', NULL, NULL);
INSERT INTO public.samples VALUES ('pneumonia', '6efe69771c990492c966848440b9c0ccdc59edba44004db1e22abc2a7409fc0f', 'Pneumonia-Viral', 'Pneumonia-Viral-204.jpg', 'Pneumonia-Viral/6efe69771c990492c966848440b9c0ccdc59edba44004db1e22abc2a7409fc0f.jpg', 7100, 1795857158.814185, 126.41625478316327, 0.09616119366968971, '[0.0, 0.01473, 0.02744, 0.04855, 0.06985, 0.08123, 0.08418, 0.11113, 0.22389, 0.10463, 0.15559, 0.03225, 0.02093, 0.01118, 0.00839, 0.00602]', 'train', NULL, 'ward 3', 'upload', 'local', '\x99116eeae66e993bc6cc66ed199793866c7b1916db312c3cf208997893a79403', NULL, NULL);
INSERT INTO public.samples VALUES ('pneumonia', '7bf6eeaed5ce7338d34a40f20fc84b53b3f54efd893b78c37790ada5565ee3b1', 'Pneumonia-Viral', 'Pneumonia-Viral-205.jpg', 'Pneumonia-Viral/7bf6eeaed5ce7338d34a40f20fc84b53b3f54efd893b78c37790ada5565ee3b1.jpg', 6825, 1795857158.863377, 128.79015864158163, 0.07577067706971786, '[0.0, 0.0, 0.00066, 0.0514, 0.07464, 0.07984, 0.09052, 0.1149, 0.25474, 0.13493, 0.12747, 0.0274, 0.01889, 0.01008, 0.00733, 0.00719]', 'train', NULL, 'ward 3', 'upload', 'local', '\x991166eee66e99bbc2d8666819921b866d62190fb92d6cfdc6cd0b3283d262ad', NULL, NULL);
INSERT INTO public.samples VALUES ('pneumonia', '3e62a0b2cb8c0911bbe90fcf25feac4a4cc2e2d28ae4fb080151ab02811ad78b', 'Pneumonia-Viral', 'Pneumonia-Viral-206.jpg', 'Pneumonia-Viral/3e62a0b2cb8c0911bbe90fcf25feac4a4cc2e2d28ae4fb080151ab02811ad78b.jpg', 6728, 1795857158.924083, 139.3615872130102, 0.07675601761547587, '[0.0, 0.0, 0.0, 0.01208, 0.06405, 0.07205, 0.08229, 0.09538, 0.15272, 0.21989, 0.1935, 0.05658, 0.02302, 0.01272, 0.00865, 0.00708]', 'train', NULL, 'ward 3', 'upload', 'local', '\x99056ecfc66f9927c6d066d8199252d26d6e3912992d392dc6d5c4edc68f8392', NULL, NULL);
INSERT INTO public.samples VALUES ('pneumonia', '34546a0ef62f19a32fe6ac759303b1b776283357589c78453756b5d88dd2448a', 'Pneumonia-Viral', 'Pneumonia-Viral-207.jpg', 'Pneumonia-Viral/34546a0ef62f19a32fe6ac759303b1b776283357589c78453756b5d88dd2448a.jpg', 6320, 1795857159.004904, 148.0681999362245, 0.06897383820306059, '[0.0, 0.0, 0.0, 6e-05, 0.02948, 0.0626, 0.07246, 0.08251, 0.10696, 0.28071, 0.18754, 0.11494, 0.02804, 0.01676, 0.00991, 0.00803]', 'train', NULL, 'ward 3', 'upload', 'local', '\x99146ecbc66b993a268166dc191659c6687c2d6387c1d139d39387dc2adcd793', NULL, NULL);
INSERT INTO public.samples VALUES ('pneumonia', '5d49aef8024f37a650b9f6e64cf22d9319324c1c7d1037e27ddfc6c512c76bbb', 'Normal', 'more.jpg', 'Normal/5d49aef8024f37a650b9f6e64cf22d9319324c1c7d1037e27ddfc6c512c76bbb.jpg', 5418, 1795857159.229095, 126.73630819515306, 0.034969534879044424, '[0.0, 0.0, 0.01612, 0.14555, 0.09648, 0.06963, 0.04598, 0.04805, 0.0725, 0.21979, 0.16699, 0.06621, 0.02226, 0.01327, 0.00867, 0.00849]', 'train', 'P17', NULL, 'upload', 'local', '\x99156ecac6669932c6dd66c9391e1b8b6c72396a8220787192cdd2e4969ad6df', NULL, NULL);
INSERT INTO public.samples VALUES ('pneumonia', '878fb8e5cf8950963e85ce0b5f085b9906a529704de3e50a7b951e88f14ff440', 'Normal', 'film-300.jpg', 'Normal/878fb8e5cf8950963e85ce0b5f085b9906a529704de3e50a7b951e88f14ff440.jpg', 5738, 1795857161.413296, 117.76879384566327, 0.03038468499266022, '[0.00261, 0.03898, 0.06559, 0.11151, 0.09792, 0.06852, 0.05204, 0.05453, 0.09397, 0.15665, 0.14455, 0.06208, 0.02204, 0.0123, 0.00777, 0.00895]', 'holdout', NULL, NULL, 'feedback', 'local', '\x99146ecfc66391bc969d464159dab49c6c2f6b52b4343c2dc3d83d21969ec2dc', NULL, NULL);
INSERT INTO public.samples VALUES ('pneumonia', 'bf4d5273d6fcf11f0ff012e383c2b8ad3c7562abdbb2e9b1a697ed17b004c52e', 'Normal', 'film-301.jpg', 'Normal/bf4d5273d6fcf11f0ff012e383c2b8ad3c7562abdbb2e9b1a697ed17b004c52e.jpg', 5374, 1795857161.51726, 129.33996332908163, 0.034366265157151764, '[0.0, 0.0, 0.04915, 0.10465, 0.07737, 0.05112, 0.04265, 0.04737, 0.11964, 0.20095, 0.20982, 0.0458, 0.02178, 0.01186, 0.00851, 0.00933]', 'train', NULL, NULL, 'feedback', 'local', '\x99106ecec666993362c9e6c1391e399e6c647937d380c17096c3d7cc7d0e17da', NULL, NULL);


--
-- Data for Name: sessions; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.sessions VALUES ('5bc45c567d32d33dbd70e041a5c5e54c877a8ebb746ebead09815b4623bce331', 'li', 1795857152.29614, 1795857152.29614, 1795900352.29614);


--
-- Data for Name: shadow_answers; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.shadow_answers VALUES (1, 'pneumonia', 'v1', '593376345c5541e8992f48a100e68208', 'Normal', 'negative', 0.5180499544694888, 12.582);


--
-- Data for Name: shadows; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.shadows VALUES ('pneumonia', 'v1', 1795857447.250007, 1795857447.78418, 'local', 0, 0, NULL);


--
-- Data for Name: shown_answers; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.shown_answers VALUES ('pneumonia', 'local', '878fb8e5cf8950963e85ce0b5f085b9906a529704de3e50a7b951e88f14ff440', 1795857161.445976);
INSERT INTO public.shown_answers VALUES ('pneumonia', 'local', 'bf4d5273d6fcf11f0ff012e383c2b8ad3c7562abdbb2e9b1a697ed17b004c52e', 1795857161.570022);
INSERT INTO public.shown_answers VALUES ('iris', 'local', 'c2de72e663549213333a2a6fab99b5566a5728b7268d7f94151ec1b76b5fe6e1', 1795857162.217753);
INSERT INTO public.shown_answers VALUES ('pneumonia', 'local', '050044b2f467a268241e1e17708ea0ea8b00d80b4c1d772023bfba3124320d30', 1795857451.504418);
INSERT INTO public.shown_answers VALUES ('pneumonia', 'local', '0a9b778a38c4f743edea8d543f15135412a581e457435db99a4b4bb47973f9b8', 1795857451.504418);
INSERT INTO public.shown_answers VALUES ('pneumonia', 'local', '555d361594f2fe90497801e1c97ba1a5666bea92eef0ad6e8de6143a7e9ffc00', 1795857451.504418);
INSERT INTO public.shown_answers VALUES ('pneumonia', 'local', '6d136a2bb789b1c7f04fc3b0ceb52cc9c990da80ceac5988e607afd381cfcbef', 1795857451.504418);


--
-- Data for Name: streams; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: uncounted_predictions; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: users; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.users VALUES ('li', 'operator', '$argon2id$v=19$m=19456,t=2,p=1$dh5TxomEnqOJv51Ap9j6lA$o+gkX/EmXA0ZNzicArFCAC4alt5G2BDjRcUV7h9d6fY', 1795857151.622197, 1795857151.622197, 1795857152.286832, NULL, NULL);


--
-- Data for Name: workers; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Name: alert_history_number_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.alert_history_number_seq', 1, true);


--
-- Name: drift_looks_number_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.drift_looks_number_seq', 1, false);


--
-- Name: events_number_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.events_number_seq', 6, true);


--
-- Name: failures_number_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.failures_number_seq', 1, true);


--
-- Name: feedback_number_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.feedback_number_seq', 3, true);


--
-- Name: outbox_number_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.outbox_number_seq', 1, false);


--
-- Name: predictions_number_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.predictions_number_seq', 7, true);


--
-- Name: sample_changes_number_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.sample_changes_number_seq', 3, true);


--
-- Name: shadow_answers_number_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.shadow_answers_number_seq', 1, true);


--
-- Name: alembic_version alembic_version_pkc; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);


--
-- Name: alert_history alert_history_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.alert_history
    ADD CONSTRAINT alert_history_pkey PRIMARY KEY (number);


--
-- Name: alert_silences alert_silences_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.alert_silences
    ADD CONSTRAINT alert_silences_pkey PRIMARY KEY (name, task);


--
-- Name: alerts alerts_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT alerts_pkey PRIMARY KEY (name, task);


--
-- Name: api_keys api_keys_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (name);


--
-- Name: api_keys api_keys_token_sha256_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_token_sha256_key UNIQUE (token_sha256);


--
-- Name: audit_addresses audit_addresses_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_addresses
    ADD CONSTRAINT audit_addresses_pkey PRIMARY KEY (number);


--
-- Name: audit_head audit_head_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_head
    ADD CONSTRAINT audit_head_pkey PRIMARY KEY (id);


--
-- Name: audit audit_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (number);


--
-- Name: champion_moves champion_moves_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.champion_moves
    ADD CONSTRAINT champion_moves_pkey PRIMARY KEY (task, alias, sequence);


--
-- Name: champions champions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.champions
    ADD CONSTRAINT champions_pkey PRIMARY KEY (task, alias);


--
-- Name: drift_looks drift_looks_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.drift_looks
    ADD CONSTRAINT drift_looks_pkey PRIMARY KEY (number);


--
-- Name: errors errors_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.errors
    ADD CONSTRAINT errors_pkey PRIMARY KEY (fingerprint);


--
-- Name: event_marks event_marks_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.event_marks
    ADD CONSTRAINT event_marks_pkey PRIMARY KEY (source);


--
-- Name: events events_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_id_key UNIQUE (id);


--
-- Name: events events_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (number);


--
-- Name: failures failures_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.failures
    ADD CONSTRAINT failures_pkey PRIMARY KEY (number);


--
-- Name: feedback feedback_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.feedback
    ADD CONSTRAINT feedback_pkey PRIMARY KEY (number);


--
-- Name: heatmaps heatmaps_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.heatmaps
    ADD CONSTRAINT heatmaps_pkey PRIMARY KEY (number);


--
-- Name: intakes intakes_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.intakes
    ADD CONSTRAINT intakes_pkey PRIMARY KEY (id);


--
-- Name: jobs jobs_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_pkey PRIMARY KEY (id);


--
-- Name: latency_counts latency_counts_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.latency_counts
    ADD CONSTRAINT latency_counts_pkey PRIMARY KEY (task, resolution_s, start, bin);


--
-- Name: login_attempts login_attempts_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.login_attempts
    ADD CONSTRAINT login_attempts_pkey PRIMARY KEY (key);


--
-- Name: login_codes login_codes_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.login_codes
    ADD CONSTRAINT login_codes_pkey PRIMARY KEY (code_sha256);


--
-- Name: nodes nodes_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.nodes
    ADD CONSTRAINT nodes_pkey PRIMARY KEY (worker, task);


--
-- Name: outbox outbox_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (number);


--
-- Name: prediction_counts prediction_counts_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.prediction_counts
    ADD CONSTRAINT prediction_counts_pkey PRIMARY KEY (task, resolution_s, start, label);


--
-- Name: prediction_totals prediction_totals_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.prediction_totals
    ADD CONSTRAINT prediction_totals_pkey PRIMARY KEY (task);


--
-- Name: predictions predictions_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.predictions
    ADD CONSTRAINT predictions_id_key UNIQUE (id);


--
-- Name: predictions predictions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.predictions
    ADD CONSTRAINT predictions_pkey PRIMARY KEY (number);


--
-- Name: retention_marks retention_marks_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.retention_marks
    ADD CONSTRAINT retention_marks_pkey PRIMARY KEY (task, what);


--
-- Name: sample_changes sample_changes_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sample_changes
    ADD CONSTRAINT sample_changes_pkey PRIMARY KEY (number);


--
-- Name: sample_sums sample_sums_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sample_sums
    ADD CONSTRAINT sample_sums_pkey PRIMARY KEY (task, label);


--
-- Name: sample_sums_state sample_sums_state_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sample_sums_state
    ADD CONSTRAINT sample_sums_state_pkey PRIMARY KEY (task);


--
-- Name: samples samples_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.samples
    ADD CONSTRAINT samples_pkey PRIMARY KEY (task, sha256);


--
-- Name: sessions sessions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (token_sha256);


--
-- Name: shadow_answers shadow_answers_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.shadow_answers
    ADD CONSTRAINT shadow_answers_pkey PRIMARY KEY (number);


--
-- Name: shadows shadows_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.shadows
    ADD CONSTRAINT shadows_pkey PRIMARY KEY (task, version);


--
-- Name: shown_answers shown_answers_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.shown_answers
    ADD CONSTRAINT shown_answers_pkey PRIMARY KEY (task, reader, image_sha256);


--
-- Name: streams streams_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.streams
    ADD CONSTRAINT streams_pkey PRIMARY KEY (task, source);


--
-- Name: uncounted_predictions uncounted_predictions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.uncounted_predictions
    ADD CONSTRAINT uncounted_predictions_pkey PRIMARY KEY (task, low);


--
-- Name: users users_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (name);


--
-- Name: workers workers_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.workers
    ADD CONSTRAINT workers_pkey PRIMARY KEY (id);


--
-- Name: alert_history_by_name; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX alert_history_by_name ON public.alert_history USING btree (name, number);


--
-- Name: audit_addresses_by_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_addresses_by_time ON public.audit_addresses USING btree (at);


--
-- Name: audit_by_action; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_by_action ON public.audit USING btree (action, number);


--
-- Name: audit_by_actor; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_by_actor ON public.audit USING btree (actor, number);


--
-- Name: changes_by_number; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX changes_by_number ON public.sample_changes USING btree (task, number);


--
-- Name: changes_by_sample; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX changes_by_sample ON public.sample_changes USING btree (task, sha256);


--
-- Name: disputed_by_label; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX disputed_by_label ON public.samples USING btree (task, label, disputed) WHERE (disputed IS NOT NULL);


--
-- Name: drift_looks_by_number; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX drift_looks_by_number ON public.drift_looks USING btree (task, number);


--
-- Name: errors_by_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX errors_by_time ON public.errors USING btree (last_at);


--
-- Name: events_to_dispatch; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX events_to_dispatch ON public.events USING btree (dispatched, number);


--
-- Name: failures_by_number; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX failures_by_number ON public.failures USING btree (task, number);


--
-- Name: failures_by_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX failures_by_time ON public.failures USING btree (task, at);


--
-- Name: feedback_by_prediction; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX feedback_by_prediction ON public.feedback USING btree (task, prediction_id);


--
-- Name: intakes_by_prediction; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX intakes_by_prediction ON public.intakes USING btree (prediction_id, created_at);


--
-- Name: intakes_by_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX intakes_by_time ON public.intakes USING btree (created_at);


--
-- Name: jobs_by_state; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX jobs_by_state ON public.jobs USING btree (task, state);


--
-- Name: jobs_by_version; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX jobs_by_version ON public.jobs USING btree (task, version, created_at);


--
-- Name: last_finished_jobs; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX last_finished_jobs ON public.jobs USING btree (task, finished_at);


--
-- Name: login_attempts_by_end; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX login_attempts_by_end ON public.login_attempts USING btree (expires_at);


--
-- Name: newest_by_label; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX newest_by_label ON public.samples USING btree (task, label, created_at, sha256);


--
-- Name: newest_by_origin; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX newest_by_origin ON public.samples USING btree (task, origin, created_at, sha256);


--
-- Name: newest_by_part; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX newest_by_part ON public.samples USING btree (task, part, created_at, sha256);


--
-- Name: newest_by_source; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX newest_by_source ON public.samples USING btree (task, source, created_at, sha256);


--
-- Name: newest_disputed; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX newest_disputed ON public.samples USING btree (task, created_at, sha256) WHERE (disputed IS NOT NULL);


--
-- Name: newest_jobs; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX newest_jobs ON public.jobs USING btree (task, created_at);


--
-- Name: newest_samples; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX newest_samples ON public.samples USING btree (task, created_at, sha256);


--
-- Name: one_active_job; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX one_active_job ON public.jobs USING btree (task) WHERE ((state)::text = ANY ((ARRAY['queued'::character varying, 'running'::character varying])::text[]));


--
-- Name: one_waiting_job; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX one_waiting_job ON public.jobs USING btree (task) WHERE ((state)::text = 'waiting'::text);


--
-- Name: outbox_due; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX outbox_due ON public.outbox USING btree (state, next_at);


--
-- Name: outbox_once; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX outbox_once ON public.outbox USING btree (kind, destination, event_id);


--
-- Name: predictions_by_number; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX predictions_by_number ON public.predictions USING btree (task, number);


--
-- Name: predictions_by_source; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX predictions_by_source ON public.predictions USING btree (task, source, number);


--
-- Name: predictions_by_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX predictions_by_time ON public.predictions USING btree (task, created_at);


--
-- Name: sessions_by_user; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX sessions_by_user ON public.sessions USING btree ("user");


--
-- Name: shadow_answers_by_prediction; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX shadow_answers_by_prediction ON public.shadow_answers USING btree (prediction_id);


--
-- Name: shadow_answers_by_version; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX shadow_answers_by_version ON public.shadow_answers USING btree (task, version);


--
-- Name: shown_by_film; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX shown_by_film ON public.shown_answers USING btree (image_sha256);


--
-- Name: streams_by_number; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX streams_by_number ON public.streams USING btree (task, seen_to);


--
-- Name: users_by_subject; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX users_by_subject ON public.users USING btree (issuer, subject);


--
-- Name: audit audit_no_change; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_no_change BEFORE DELETE OR UPDATE ON public.audit FOR EACH ROW EXECUTE FUNCTION public.audit_is_append_only();


--
-- Name: audit audit_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON public.audit FOR EACH STATEMENT EXECUTE FUNCTION public.audit_is_append_only();


--
-- PostgreSQL database dump complete
--

\unrestrict hsZylbH2vbfq0OAlijfT1DxJJHqtHiGYtreMZXVUpLNLOejWmT8OsE5Ldsch0LQ

