-- Made by the code at commit 8d53b49d; `tests/former/record.py` wrote it.
BEGIN TRANSACTION;
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
INSERT INTO "alembic_version" VALUES('0018');
CREATE TABLE alert_history (
	number INTEGER NOT NULL, 
	name VARCHAR(60) NOT NULL, 
	task VARCHAR(100) NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	at FLOAT NOT NULL, 
	value FLOAT, 
	severity VARCHAR(20), 
	"by" VARCHAR(100), 
	why TEXT, 
	until FLOAT, 
	PRIMARY KEY (number)
);
INSERT INTO "alert_history" VALUES(1,'disk_space','','silenced',1795857451.43351,NULL,NULL,'local','known',1.79758545142998409265e+09);
CREATE TABLE alert_silences (
	name VARCHAR(60) NOT NULL, 
	task VARCHAR(100) NOT NULL, 
	at FLOAT NOT NULL, 
	until FLOAT NOT NULL, 
	"by" VARCHAR(100) NOT NULL, 
	why TEXT NOT NULL, 
	PRIMARY KEY (name, task)
);
INSERT INTO "alert_silences" VALUES('disk_space','',1795857451.43351,1.79758545142998409265e+09,'local','known');
CREATE TABLE alerts (
	name VARCHAR(60) NOT NULL, 
	task VARCHAR(100) NOT NULL, 
	status VARCHAR(10) NOT NULL, 
	since FLOAT NOT NULL, 
	value FLOAT, 
	unknown_since FLOAT, 
	streak VARCHAR(120), 
	announced BOOLEAN NOT NULL, 
	checked_at FLOAT NOT NULL, 
	PRIMARY KEY (name, task)
);
INSERT INTO "alerts" VALUES('error_rate','','ok',1.7958571467811219692e+09,0.0,NULL,NULL,0,1.79585745210900688166e+09);
INSERT INTO "alerts" VALUES('slow_answers','','ok',1.7958571467811219692e+09,NULL,NULL,NULL,0,1.79585745210900688166e+09);
INSERT INTO "alerts" VALUES('referral_rate','iris','ok',1.7958571467811219692e+09,NULL,NULL,NULL,0,1.79585745210900688166e+09);
INSERT INTO "alerts" VALUES('referral_rate','pneumonia','ok',1.7958571467811219692e+09,NULL,NULL,NULL,0,1.79585745210900688166e+09);
INSERT INTO "alerts" VALUES('class_mix','iris','ok',1.7958571467811219692e+09,NULL,NULL,NULL,0,1.79585745210900688166e+09);
INSERT INTO "alerts" VALUES('class_mix','pneumonia','ok',1.7958571467811219692e+09,NULL,NULL,NULL,0,1.79585745210900688166e+09);
INSERT INTO "alerts" VALUES('stream_shift','iris','ok',1.7958571467811219692e+09,0.0,NULL,NULL,0,1.79585745210900688166e+09);
INSERT INTO "alerts" VALUES('stream_shift','pneumonia','ok',1.7958571467811219692e+09,0.0,NULL,NULL,0,1.79585745210900688166e+09);
INSERT INTO "alerts" VALUES('drift','iris','ok',1.7958571467811219692e+09,NULL,NULL,NULL,0,1.79585745210900688166e+09);
INSERT INTO "alerts" VALUES('drift','pneumonia','ok',1.7958571467811219692e+09,NULL,NULL,NULL,0,1.79585745210900688166e+09);
INSERT INTO "alerts" VALUES('estimated_accuracy','iris','ok',1.7958571467811219692e+09,NULL,NULL,NULL,0,1.79585745210900688166e+09);
INSERT INTO "alerts" VALUES('estimated_accuracy','pneumonia','ok',1.7958571467811219692e+09,NULL,NULL,NULL,0,1.79585745210900688166e+09);
INSERT INTO "alerts" VALUES('failed_retraining','iris','ok',1.7958571467811219692e+09,0.0,NULL,NULL,0,1.79585745210900688166e+09);
INSERT INTO "alerts" VALUES('failed_retraining','pneumonia','ok',1.7958571467811219692e+09,0.0,NULL,NULL,0,1.79585745210900688166e+09);
INSERT INTO "alerts" VALUES('disk_space','','ok',1.7958571467811219692e+09,70682365952.0,NULL,NULL,0,1.79585745210900688166e+09);
INSERT INTO "alerts" VALUES('no_predictions','iris','ok',1.7958571467811219692e+09,289.961925,NULL,NULL,0,1.79585745210900688166e+09);
INSERT INTO "alerts" VALUES('no_predictions','pneumonia','ok',1.7958571467811219692e+09,4.684972,NULL,NULL,0,1.79585745210900688166e+09);
INSERT INTO "alerts" VALUES('compute_crashes','','ok',1.7958571467811219692e+09,0.0,NULL,NULL,0,1.79585745210900688166e+09);
INSERT INTO "alerts" VALUES('worker_silent','','ok',1.7958571467811219692e+09,0.141694,NULL,NULL,0,1.79585745210900688166e+09);
INSERT INTO "alerts" VALUES('database_unwritable','','ok',1.7958571467811219692e+09,0.0,NULL,NULL,0,1.79585745210900688166e+09);
CREATE TABLE api_keys (
	name VARCHAR(64) NOT NULL, 
	token_sha256 VARCHAR(64) NOT NULL, 
	rights JSON NOT NULL, 
	site VARCHAR(100), 
	created_by VARCHAR(64) NOT NULL, 
	created_at FLOAT NOT NULL, 
	expires_at FLOAT, 
	last_used_at FLOAT, 
	PRIMARY KEY (name), 
	UNIQUE (token_sha256)
);
INSERT INTO "api_keys" VALUES('pacs','ba42f8e78e418b25d3c76ae26b490270d303d387f088e6af0730af9333770725','["predict"]','St. Anna','local',1.79585715241085410115e+09,1.82739315241085410121e+09,NULL);
CREATE TABLE audit (
	number INTEGER NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	actor VARCHAR(200) NOT NULL, 
	"right" VARCHAR(20), 
	action VARCHAR(40) NOT NULL, 
	object VARCHAR(200) NOT NULL, 
	task VARCHAR(100), 
	"before" TEXT, 
	"after" TEXT, 
	request_id VARCHAR(64), 
	address_sha256 VARCHAR(64), 
	hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (number)
);
INSERT INTO "audit" VALUES(1,'2026-11-28T09:12:26.647603+00:00','server',NULL,'settings','start',NULL,NULL,'{"alerts_file":"","allowed_hosts":[],"allowed_origins":[],"auth":"auto","auth_off_is_intended":false,"champion":"auto","cluster":"none","compute":"processes","compute_threads":0,"database_timeout_s":5.0,"database_url":false,"default_model":"/tmp/roentgen/models/default.h5","destination_logins":false,"destinations":false,"diagnosis_task":"mammography","dicom_links":false,"dicom_tags":"none","dicom_window":"","keep_addresses_days":36500.0,"keep_filenames":"always","keep_heatmaps_days":0.0,"keep_images":"all","keep_images_days":36500.0,"keep_predictions_days":0.0,"keep_versions":10,"log_format":"text","log_level":"INFO","max_batch_bytes":4000000000,"max_batch_files":1000,"max_connections":2000,"max_connections_per_address":1000,"max_error":null,"max_evaluate_files":1000,"max_file_bytes":20000000,"max_film_seconds":10.0,"max_header_seconds":10.0,"max_pixels":50000000,"max_retrain_minutes":120.0,"max_site_models":4,"max_unpack_seconds":60.0,"max_upload_bytes":1000000000,"max_upload_files":1000,"max_wait_ms":1000.0,"metrics":true,"min_retrain_classes":2,"min_retrain_images":12,"min_side_px":32,"models_dir":"/tmp/roentgen/models","node":"","notify":false,"oidc_client_id":"","oidc_client_secret":false,"oidc_groups_claim":"groups","oidc_issuer":"","oidc_name_claim":"preferred_username","oidc_roles":{},"oidc_scopes":"openid profile email","operating_point":"balanced","poll_interval_s":0.5,"precision":"auto","preload":false,"prevalence":null,"public_url":false,"ray_address":"http://127.0.0.1:8265","ray_memory_bytes":0,"retrain_after_samples":0,"retrain_dir":"/tmp/roentgen/retrain_data","retrain_pause_p99_ms":500.0,"retrain_queue":false,"retrain_schedule":"","rollback_after_alarm_hours":0.0,"scope":"everybody","send_hours":24.0,"sentry_dsn":false,"session_hours":12.0,"session_idle_minutes":60.0,"state_dir":"/tmp/roentgen/state","storage_cache_bytes":5000000000,"storage_timeout_s":5.0,"storage_url":false,"task":"pneumonia","tasks":[],"tasks_dir":"","trainer_threads":1,"trusted_proxies":[],"ui_url":false,"unknown_site":"answer","webhook_secret":false,"webhooks":false}',NULL,NULL,'8a2b23d5d1ff94ffacb301eb3d3385e348456207ab93197643561b0d30743186');
INSERT INTO "audit" VALUES(2,'2026-11-28T09:12:31.809962+00:00','local','admin','user_add','li','pneumonia',NULL,'"annotator"','0f01f973f5f225c8','5c3e99c6b56c999cdf53df9724c7472ad16ced8b1b0d32acbc8145b8116883f9','c35b6b58bfef1ae8f24223e2ff9d7a81c5cfbe597c1e0a9b9aaa4f37701ba104');
INSERT INTO "audit" VALUES(3,'2026-11-28T09:12:31.843464+00:00','local','admin','user_change','li','pneumonia','{"role":"annotator"}','{"new_password":false,"role":"operator"}','f58c87640e402f6b','5f40e63dbc1f49c665357d642d7e0b3c8d1dcc5b830fe7633b3063b7aa1df7f0','38be2c23e75dbb2496f3bc8049a1cd783f18eb8a43ed48029659b404fcf37373');
INSERT INTO "audit" VALUES(4,'2026-11-28T09:12:32.315672+00:00','li',NULL,'log_in','li','pneumonia',NULL,NULL,'2efc2cc4c787994e','5ee48e07393f604facd59db3e6fedf74c5a2aed65fe498e781a06e434e8fccec','5849ea9b14142b1b3b48a6cf4347ba1b59893d9727644cc2acf90b3042d29d0e');
INSERT INTO "audit" VALUES(5,'2026-11-28T09:12:32.425348+00:00','local','admin','key_add','pacs','pneumonia',NULL,'{"rights":["predict"],"site":"St. Anna"}','6ab455b96284cf38','6886d21c69ed42e4f1cf16e39a4817739d30fb7f86fcb660d411596a29b0714c','4c68bd3d227d013a91035228fe902b71fbb289cc67d12fb2db413b1f0f65f509');
INSERT INTO "audit" VALUES(6,'2026-11-28T09:12:33.761201+00:00','local','label','upload','8 samples','pneumonia',NULL,'{"label":"COVID-19","stored":8}','f9aff10a96702eff','f50979eac236833b3434dcd52ea05ce3fdfc638578d1817649b0b9f6accf672e','bdc5220d87d3d560053b3f9a19c9e0ac9b95f81f1e2f65bb4485bc830e447596');
INSERT INTO "audit" VALUES(7,'2026-11-28T09:12:35.720637+00:00','local','label','upload','8 samples','pneumonia',NULL,'{"label":"Normal","stored":8}','327cab80f8f6804b','bccae79fcf60e3eb5a4f03ea9a36964bb645e43636de3073e953797fad23acc6','cd3fc2a6e3f5f2d0454608bc3ef6a3eece7b862890b2a25fe17e502174b7a5cc');
INSERT INTO "audit" VALUES(8,'2026-11-28T09:12:37.472797+00:00','local','label','upload','8 samples','pneumonia',NULL,'{"label":"Pneumonia-Bacterial","stored":8}','694078f3265c1201','cda15f4a4b3ac521eb8e1e2f5ae9a9cd36dbc81a694c7ecc245503790a2613b9','f48533cd76a877feed6a5342edc02615872006d86df5ea82443ad71f554eafc5');
INSERT INTO "audit" VALUES(9,'2026-11-28T09:12:39.057694+00:00','local','label','upload','8 samples','pneumonia',NULL,'{"label":"Pneumonia-Viral","stored":8}','a1cae27d3ed60a92','bd887a8dc578307127bfbc7f1c19b40a65c6434a06bfe90b13eccbc2c77d39ec','7c29002be4d7e32a4212d081d7827da70ac756424d92da97cc9be07b168f2611');
INSERT INTO "audit" VALUES(10,'2026-11-28T09:12:39.240582+00:00','local','label','upload','1 samples','pneumonia',NULL,'{"label":"COVID-19","stored":1}','eafc8965d6373d61','fd2f079457c0d9b85bf8f574bab191143dc2a7c11a93515edb86fd8be0d953b0','49708e3bf6ece90b9813000975d636a8d70aae20e4edfd0e1b30e913b2de6724');
INSERT INTO "audit" VALUES(11,'2026-11-28T09:12:39.422618+00:00','local','label','label','5d49aef8024f37a650b9f6e64cf22d9319324c1c7d1037e27ddfc6c512c76bbb','pneumonia','{"disputed":null,"label":"COVID-19"}','{"label":"Normal"}','98d512efeb14ac2b','7aea91926091e140437fb7615f92d4b518a8b780a53350ef7eecf447a888bcb6','82b7dbeacc1438f39d45dbdb906e46dd0801e4ba356a885c7cc7796730219fc4');
INSERT INTO "audit" VALUES(12,'2026-11-28T09:12:39.793015+00:00','local','label','upload','0 samples','pneumonia',NULL,'{"conflict":1,"label":"Pneumonia-Viral"}','d7a1527d8c496a46','76f753449177571f59f11ddcd3833f92b0443e3b6ad784ecce67bc5493a6711e','1e017e788bca101d5928a2d7b1707c0785fee8e3fad5479a4032f1719845834f');
INSERT INTO "audit" VALUES(13,'2026-11-28T09:12:40.240610+00:00','local','label','upload','1 samples','pneumonia',NULL,'{"label":"Normal","stored":1}','f4374e014b2652fd','cff984267c96a76851adb2237824b6695920bb74477938ade428167f876f5d0f','04208700515f6a72fca8386e1c696bfff3f95c9112758728f1f940c0a964a122');
INSERT INTO "audit" VALUES(14,'2026-11-28T09:12:40.325108+00:00','local','label','delete_sample','93f138e2489245f9ab337b915b0fcbc7f3ed2cb3e34d9dfa07a2d9dafe64d36a','pneumonia','{"added_by":"local","label":"Normal","split":null}',NULL,'b16e9c763a71cb25','24c6e469a37812687dd2b24de2659684811b305f6dfc55d189a9e980a525ed16','41839fc566e09c44e3bb805716111c7085a47d819c9d393b30c5ae3bf5fd1c51');
INSERT INTO "audit" VALUES(15,'2026-11-28T09:12:41.461688+00:00','local','label','label','b63825300aaf4079ae4fc646195e95b3','pneumonia','{"answer":"Pneumonia-Bacterial"}','{"blinded":false,"label":"Normal","sample":"878fb8e5cf8950963e85ce0b5f085b9906a529704de3e50a7b951e88f14ff440"}','b9247c47d786b1ea','8a3307c8dd939c7c175e0c0f44ca48c87e4bc1ab0ea77fefdf8101772fe4c95c','98d96c53fd15826ecab5d353cee5629d55c8fb9e0a7acaaabfc05613cc22dfd5');
INSERT INTO "audit" VALUES(16,'2026-11-28T09:12:41.575395+00:00','local','label','label','1fb2b38a272c440a80f171578daa7487','pneumonia','{"answer":"COVID-19"}','{"blinded":false,"label":"Normal","sample":"bf4d5273d6fcf11f0ff012e383c2b8ad3c7562abdbb2e9b1a697ed17b004c52e"}','945305eeb07b117a','c4e0199a7e1e5f9bd3b35c266eddaebe134f3514e67f308b6fc85750cbd8d5da','4c93517006dede8824384af0d12387379e4b706b1f2a9d47f95b44687b5441b0');
INSERT INTO "audit" VALUES(17,'2026-11-28T09:12:42.228488+00:00','local','label','label','84750aac17874db282228277f0d69478','iris','{"answer":"setosa"}','{"blinded":false,"label":"setosa","sample":null}','5b620a9ab2696656','6cffbfb48e9bacb5b80e46cf01f0be4bf6e545487e3c7ee72ba1c976a5167c4c','dd91a67868556b0f325f0e0a1449b2e715a901e29855e8400c41953b725a9ecc');
INSERT INTO "audit" VALUES(18,'2026-11-28T09:13:32.149847+00:00','local','promote','profile_apply','st-anna-f639764b-p1','pneumonia',NULL,'{"forced":true,"site":"St. Anna"}','7b3f8529d51a8d0a','6a7b29ab772abdab46ff8aca3fbde7d1d8b44f3a325f4373172404ca7a17ece6','11fcff340f263f04eff8018cb52c2f00326796ddf3cdd857b1e2a418c1315541');
INSERT INTO "audit" VALUES(19,'2026-11-28T09:13:32.374563+00:00','local','train','retrain_start','e0c376883c394483863758b7722d0854','pneumonia',NULL,'{"samples":{"COVID-19":8,"Normal":10,"Pneumonia-Bacterial":8,"Pneumonia-Viral":8}}','8eb5de43dbec3037','6f60bc6d9ecb194ff9ab62d30a80b21e401e0b2249b3e8d09946b6492b49a7bc','1b018f2a7f8042092ce4ffcb2fd721fcc2e1af692dc93a63af9bdd9827ae8034');
INSERT INTO "audit" VALUES(20,'2026-11-28T09:17:22.274167+00:00','retraining e0c376883c394483863758b7722d0854',NULL,'promote','v2','pneumonia','{"version":"v1"}','{"sites":[],"version":"v2"}',NULL,NULL,'f8784da470b2776f3e2777e8dc9b213e9f76e4453e7d881673ec2314688c65a1');
INSERT INTO "audit" VALUES(21,'2026-11-28T09:17:22.622112+00:00','local','train','retrain_start','604ed38b1015472fbe242df9dbc8f4a7','pneumonia',NULL,'{"samples":{"COVID-19":8,"Normal":10,"Pneumonia-Bacterial":8,"Pneumonia-Viral":8}}','6ccc04071a16454a','53a3fe530a24463cae366901b5711edef3b1fbd896bc64f71bf2f656ce1736f7','2c48f00724467e24f34e5cff2a9e09aeafd801664f906ba7ca896c448c37857b');
INSERT INTO "audit" VALUES(22,'2026-11-28T09:17:22.897350+00:00','local','train','retrain_cancel','604ed38b1015472fbe242df9dbc8f4a7','pneumonia',NULL,NULL,'44e0e0f612790a00','180b7cea2f967ec8da3549c065761fb783b494b847f4ba450240b26a7f8b800f','9a5aa0f6c37158c8453d28a9ccdbc578957ccde375c5f4f2ba78e671bfcd3dab');
INSERT INTO "audit" VALUES(23,'2026-11-28T09:17:27.579922+00:00','local','promote','rollback','v1','pneumonia','{"site":null,"version":"v2"}','{"site":null,"version":"v1"}','ce1a3c8b323834f5','fcf3f7ef3ec0037644b2f58a6839d6c2fde5dac113f2dd188331e412c509b576','748dc492128066e187322c80afd4bef016c8cae2a8ee06fcfd960502be3109bc');
INSERT INTO "audit" VALUES(24,'2026-11-28T09:17:28.364285+00:00','local','promote','promote','v2','pneumonia','{"site":null,"version":"v1"}','{"overrides":[],"site":null,"version":"v2"}','0e32d14b2dfedfb5','463e6d7ae9b601d4995705e87feced3a57250ade7c7379844255d0c9a8c6fc42','d4031d23d202f6b211bac58b7d2e51adaa398bd2663ef7f3c2e2afe84955964d');
INSERT INTO "audit" VALUES(25,'2026-11-28T09:17:31.305607+00:00','local','promote','promote','v1','pneumonia','{"site":"ward 3","version":"v2"}','{"overrides":[],"site":"ward 3","version":"v1"}','ecad880052050696','fe12f0f64142eea4208e8acf84abd22f13da2839323c18f953132c8a432cfdb3','5602b3a202c3bedd91500fd20e823102b4d72eb8839d3f1d42b493ccd4b873ae');
INSERT INTO "audit" VALUES(26,'2026-11-28T09:17:31.458198+00:00','local','train','silence','disk_space','pneumonia',NULL,'{"task":null,"until":"2026-12-18T09:17:31.429984+00:00"}','c6cb7121aac7b50d','7d6b79eaa142f0593c2db6a4cf062ff2231a49b8c1802063289193cf2d059d09','67756797f4f0f53a171f32e8b2ab78d9df34a46cf5da08c4440200829495eaf7');
CREATE TABLE audit_addresses (
	number INTEGER NOT NULL, 
	at FLOAT NOT NULL, 
	salt VARCHAR(32) NOT NULL, 
	address VARCHAR(100) NOT NULL, 
	PRIMARY KEY (number)
);
INSERT INTO "audit_addresses" VALUES(2,1.79585715180996203423e+09,'d7d32ead0df8e414adf654e334e8be17','127.0.0.1');
INSERT INTO "audit_addresses" VALUES(3,1.79585715184346389767e+09,'6939a48e66f2dee5c79a4bfdb0292c97','127.0.0.1');
INSERT INTO "audit_addresses" VALUES(4,1.79585715231567192079e+09,'7b185c4f9c6ca281e9980a541a76647a','127.0.0.1');
INSERT INTO "audit_addresses" VALUES(5,1.79585715242534804344e+09,'f451bbf505ed088ca490205f17137f8a','127.0.0.1');
INSERT INTO "audit_addresses" VALUES(6,1.7958571537612009048e+09,'2e88c6197b057296540ff908509a439e','127.0.0.1');
INSERT INTO "audit_addresses" VALUES(7,1.79585715572063708304e+09,'d8a7f9f29ca67be1a93b20802ca71db6','127.0.0.1');
INSERT INTO "audit_addresses" VALUES(8,1.79585715747279691693e+09,'79c2b0a02dd6c3ace4d106a1745f85dc','127.0.0.1');
INSERT INTO "audit_addresses" VALUES(9,1.79585715905769395831e+09,'800cbacd7781065194c652e5899af27a','127.0.0.1');
INSERT INTO "audit_addresses" VALUES(10,1.79585715924058198934e+09,'3f3d00332a3bb72f2c2ec6338084a7a7','127.0.0.1');
INSERT INTO "audit_addresses" VALUES(11,1.7958571594226179123e+09,'b7457ea2ab89c5e3cd25dfb1ed066e53','127.0.0.1');
INSERT INTO "audit_addresses" VALUES(12,1.79585715979301500317e+09,'0dfbe935f2034442153c2093abcac05c','127.0.0.1');
INSERT INTO "audit_addresses" VALUES(13,1795857160.24061,'7c19e04bddcd153f4972d86797f5861b','127.0.0.1');
INSERT INTO "audit_addresses" VALUES(14,1.79585716032510805126e+09,'fbff5afe8115425ad692ae2b69136c29','127.0.0.1');
INSERT INTO "audit_addresses" VALUES(15,1.79585716146168804163e+09,'e04cb75729ca6468668219d0787e371a','127.0.0.1');
INSERT INTO "audit_addresses" VALUES(16,1.79585716157539510722e+09,'582c16dceee4c54c0a3930e5bdd6c6b7','127.0.0.1');
INSERT INTO "audit_addresses" VALUES(17,1.79585716222848796848e+09,'c5f9bb97375d86c5b52c629e4f12e818','127.0.0.1');
INSERT INTO "audit_addresses" VALUES(18,1.79585721214984703067e+09,'bd4caa04bbf43e1eeba91e7c6e81e38a','127.0.0.1');
INSERT INTO "audit_addresses" VALUES(19,1.79585721237456297878e+09,'6d85c80912d5d616b74684808160d630','127.0.0.1');
INSERT INTO "audit_addresses" VALUES(21,1.79585744262211203571e+09,'91c4f0a624cb59ddbe3a033e5afb654d','127.0.0.1');
INSERT INTO "audit_addresses" VALUES(22,1795857442.89735,'4d6ddc92ff0bd1dfcf3959e07d1100e6','127.0.0.1');
INSERT INTO "audit_addresses" VALUES(23,1.79585744757992196076e+09,'47acbc73ec658d6b1802421610a40217','127.0.0.1');
INSERT INTO "audit_addresses" VALUES(24,1.79585744836428499223e+09,'b9d10abfda74353cfed7a5c0e8882a22','127.0.0.1');
INSERT INTO "audit_addresses" VALUES(25,1.79585745130560708046e+09,'cb8586c064a0be21b2a43060aba06947','127.0.0.1');
INSERT INTO "audit_addresses" VALUES(26,1.79585745145819807057e+09,'348a44edf298e9ada37252958b1cfe86','127.0.0.1');
CREATE TABLE audit_head (
	id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	settings TEXT, 
	PRIMARY KEY (id)
);
INSERT INTO "audit_head" VALUES(1,26,'67756797f4f0f53a171f32e8b2ab78d9df34a46cf5da08c4440200829495eaf7','{"alerts_file":"","allowed_hosts":[],"allowed_origins":[],"auth":"auto","auth_off_is_intended":false,"champion":"auto","cluster":"none","compute":"processes","compute_threads":0,"database_timeout_s":5.0,"database_url":false,"default_model":"/tmp/roentgen/models/default.h5","destination_logins":false,"destinations":false,"diagnosis_task":"mammography","dicom_links":false,"dicom_tags":"none","dicom_window":"","keep_addresses_days":36500.0,"keep_filenames":"always","keep_heatmaps_days":0.0,"keep_images":"all","keep_images_days":36500.0,"keep_predictions_days":0.0,"keep_versions":10,"log_format":"text","log_level":"INFO","max_batch_bytes":4000000000,"max_batch_files":1000,"max_connections":2000,"max_connections_per_address":1000,"max_error":null,"max_evaluate_files":1000,"max_file_bytes":20000000,"max_film_seconds":10.0,"max_header_seconds":10.0,"max_pixels":50000000,"max_retrain_minutes":120.0,"max_site_models":4,"max_unpack_seconds":60.0,"max_upload_bytes":1000000000,"max_upload_files":1000,"max_wait_ms":1000.0,"metrics":true,"min_retrain_classes":2,"min_retrain_images":12,"min_side_px":32,"models_dir":"/tmp/roentgen/models","node":"","notify":false,"oidc_client_id":"","oidc_client_secret":false,"oidc_groups_claim":"groups","oidc_issuer":"","oidc_name_claim":"preferred_username","oidc_roles":{},"oidc_scopes":"openid profile email","operating_point":"balanced","poll_interval_s":0.5,"precision":"auto","preload":false,"prevalence":null,"public_url":false,"ray_address":"http://127.0.0.1:8265","ray_memory_bytes":0,"retrain_after_samples":0,"retrain_dir":"/tmp/roentgen/retrain_data","retrain_pause_p99_ms":500.0,"retrain_queue":false,"retrain_schedule":"","rollback_after_alarm_hours":0.0,"scope":"everybody","send_hours":24.0,"sentry_dsn":false,"session_hours":12.0,"session_idle_minutes":60.0,"state_dir":"/tmp/roentgen/state","storage_cache_bytes":5000000000,"storage_timeout_s":5.0,"storage_url":false,"task":"pneumonia","tasks":[],"tasks_dir":"","trainer_threads":1,"trusted_proxies":[],"ui_url":false,"unknown_site":"answer","webhook_secret":false,"webhooks":false}');
CREATE TABLE champion_moves (
	task VARCHAR(100) DEFAULT 'pneumonia' NOT NULL, 
	alias VARCHAR(200) NOT NULL, 
	sequence INTEGER NOT NULL, 
	site VARCHAR(200), 
	version VARCHAR(32) NOT NULL, 
	previous VARCHAR(32), 
	kind VARCHAR(20) NOT NULL, 
	at FLOAT NOT NULL, 
	moved_by VARCHAR(200) NOT NULL, 
	reason TEXT NOT NULL, 
	overrides JSON NOT NULL, 
	note TEXT NOT NULL, 
	PRIMARY KEY (task, alias, sequence)
);
CREATE TABLE champions (
	task VARCHAR(100) DEFAULT 'pneumonia' NOT NULL, 
	alias VARCHAR(200) NOT NULL, 
	sequence INTEGER NOT NULL, 
	version VARCHAR(32) NOT NULL, 
	PRIMARY KEY (task, alias)
);
CREATE TABLE drift_looks (
	number INTEGER NOT NULL, 
	task VARCHAR(100) DEFAULT 'pneumonia' NOT NULL, 
	at FLOAT NOT NULL, 
	model_version VARCHAR(32) NOT NULL, 
	seen_to INTEGER NOT NULL, 
	drifted BOOLEAN NOT NULL, 
	windows JSON NOT NULL, 
	PRIMARY KEY (number)
);
CREATE TABLE errors (
	fingerprint VARCHAR(32) NOT NULL, 
	type VARCHAR(200) NOT NULL, 
	place VARCHAR(200) NOT NULL, 
	count INTEGER NOT NULL, 
	first_at FLOAT NOT NULL, 
	last_at FLOAT NOT NULL, 
	request_id VARCHAR(64) NOT NULL, 
	version VARCHAR(40) NOT NULL, 
	traceback TEXT NOT NULL, 
	PRIMARY KEY (fingerprint)
);
CREATE TABLE event_marks (
	source VARCHAR(200) NOT NULL, 
	position JSON NOT NULL, 
	PRIMARY KEY (source)
);
INSERT INTO "event_marks" VALUES('moves:pneumonia','{"at": "2026-11-28T09:12:26+00:00"}');
INSERT INTO "event_marks" VALUES('moves:iris','{"at": "2026-11-28T09:12:26+00:00"}');
INSERT INTO "event_marks" VALUES('moves:pneumonia:','{"id": "8e7533359688aa481ef25b54", "at": "2026-11-28T09:17:28+00:00"}');
INSERT INTO "event_marks" VALUES('moves:pneumonia:ward-3-9d94e4c5','{"id": "f086a9f2cc8a6396d85623fc", "at": "2026-11-28T09:17:31+00:00"}');
CREATE TABLE events (
	number INTEGER NOT NULL, 
	id VARCHAR(120) NOT NULL, 
	type VARCHAR(20) NOT NULL, 
	task VARCHAR(100) NOT NULL, 
	at FLOAT NOT NULL, 
	data JSON NOT NULL, 
	dispatched BOOLEAN DEFAULT 0 NOT NULL, 
	PRIMARY KEY (number), 
	UNIQUE (id)
);
INSERT INTO "events" VALUES(1,'job-e0c376883c394483863758b7722d0854-ended','job_ended','pneumonia',1.79585744233851909634e+09,'{"job": "e0c376883c394483863758b7722d0854", "state": "promoted", "reason": "9 of the new films were held out. Labels of new films that the other films contradict: 1 of 34 as to finding or none (3%, allowed 10%); 0 of 34 as to class (0%, allowed 20%). That is within bounds, or may be luck. On the 8 remembered held-out films balanced accuracy went from 0.250 to 0.250: not lower by 0.050 or more (bound +0.000). On the 8 remembered held-out films sensitivity went from 0.167 to 0.167: not lower by 0.030 or more (bound +0.000). On the 8 remembered held-out films specificity went from 1.000 to 1.000: not lower by 0.030 or more (bound +0.000). On the 8 remembered held-out films AUROC went from 0.417 to 0.417: not lower by 0.010 or more (bound +0.000). No source and no class is answered right less often than before. On the 9 new held-out films balanced accuracy went from 0.375 to 0.375. 4 of 9 new held-out films were decided right before, 4 are now. No figure is better, but 9 new held-out films are covered now.", "version": "v2", "parent": "v1", "cause": "by request", "started_at": "2026-11-28T09:13:38.673397+00:00", "finished_at": "2026-11-28T09:17:22.338519+00:00"}',1);
INSERT INTO "events" VALUES(2,'job-604ed38b1015472fbe242df9dbc8f4a7-ended','job_ended','pneumonia',1.7958574427499189377e+09,'{"job": "604ed38b1015472fbe242df9dbc8f4a7", "state": "cancelled", "reason": "Cancelled by request.", "version": null, "parent": null, "cause": "by request", "started_at": null, "finished_at": "2026-11-28T09:17:22.749919+00:00"}',1);
INSERT INTO "events" VALUES(3,'move-pneumonia-13fc15bff16ea85be42dc2c4','promoted','pneumonia',1795857442.0,'{"version": "v2", "previous": "v1", "by": "retraining e0c376883c394483863758b7722d0854", "reason": "9 of the new films were held out. Labels of new films that the other films contradict: 1 of 34 as to finding or none (3%, allowed 10%); 0 of 34 as to class (0%, allowed 20%). That is within bounds, or may be luck. On the 8 remembered held-out films balanced accuracy went from 0.250 to 0.250: not lower by 0.050 or more (bound +0.000). On the 8 remembered held-out films sensitivity went from 0.167 to 0.167: not lower by 0.030 or more (bound +0.000). On the 8 remembered held-out films specificity went from 1.000 to 1.000: not lower by 0.030 or more (bound +0.000). On the 8 remembered held-out films AUROC went from 0.417 to 0.417: not lower by 0.010 or more (bound +0.000). No source and no class is answered right less often than before. On the 9 new held-out films balanced accuracy went from 0.375 to 0.375. 4 of 9 new held-out films were decided right before, 4 are now. No figure is better, but 9 new held-out films are covered now.", "overrides": [], "site": null}',1);
INSERT INTO "events" VALUES(4,'move-pneumonia-cff60987ffa75819d93267d1','rolled_back','pneumonia',1795857447.0,'{"version": "v1", "previous": "v2", "by": "local", "reason": "rolled back by hand", "overrides": [], "site": null}',1);
INSERT INTO "events" VALUES(5,'move-pneumonia-8e7533359688aa481ef25b54','promoted','pneumonia',1795857448.0,'{"version": "v2", "previous": "v1", "by": "local", "reason": "better here", "overrides": [], "site": null}',1);
INSERT INTO "events" VALUES(6,'move-pneumonia-f086a9f2cc8a6396d85623fc','promoted','pneumonia',1795857451.0,'{"version": "v1", "previous": "champion", "by": "local", "reason": "better there", "overrides": [], "site": "ward 3"}',1);
CREATE TABLE failures (
	number INTEGER NOT NULL, 
	task VARCHAR(100) DEFAULT 'pneumonia' NOT NULL, 
	at FLOAT NOT NULL, 
	status INTEGER NOT NULL, 
	title TEXT NOT NULL, 
	detail TEXT NOT NULL, 
	path TEXT NOT NULL, 
	request_id VARCHAR(64) NOT NULL, 
	PRIMARY KEY (number)
);
INSERT INTO "failures" VALUES(1,'pneumonia',1795857451.40477,415,'Unsupported format','This is not an image in an accepted format; send JPEG, PNG, BMP, TIFF, WebP or DICOM.','POST /predict','0c014c29f683ad57');
CREATE TABLE feedback (
	number INTEGER NOT NULL, 
	task VARCHAR(100) DEFAULT 'pneumonia' NOT NULL, 
	prediction_id VARCHAR(32) NOT NULL, 
	at FLOAT NOT NULL, 
	label VARCHAR(100) NOT NULL, 
	remark TEXT NOT NULL, 
	given_by VARCHAR(100), 
	sample VARCHAR(64), 
	blinded BOOLEAN, 
	PRIMARY KEY (number)
);
INSERT INTO "feedback" VALUES(1,'pneumonia','b63825300aaf4079ae4fc646195e95b3',1795857161.43429,'Normal','read by two','local','878fb8e5cf8950963e85ce0b5f085b9906a529704de3e50a7b951e88f14ff440',0);
INSERT INTO "feedback" VALUES(2,'pneumonia','1fb2b38a272c440a80f171578daa7487',1.79585716156134891506e+09,'Normal','read by two','local','bf4d5273d6fcf11f0ff012e383c2b8ad3c7562abdbb2e9b1a697ed17b004c52e',0);
INSERT INTO "feedback" VALUES(3,'iris','84750aac17874db282228277f0d69478',1.79585716221141791348e+09,'setosa','','local',NULL,0);
CREATE TABLE heatmaps (
	number INTEGER NOT NULL, 
	activation BLOB NOT NULL, 
	PRIMARY KEY (number)
);
INSERT INTO "heatmaps" VALUES(1,X'934E554D5059010076007B276465736372273A20273C6632272C2027666F727472616E5F6F72646572273A2046616C73652C20277368617065273A2028372C20372C2034292C207D202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200AAC41ED465CB9DEBFC741BB434B3B06B49644E13F71401F400F435644CE3BC236F8447A3D973F6D3C573E5E465DA1BEBDC7379744563D14BFBC381D449C4431C18C4275BDFF46E33F743CF0B2B24472415E3DA6C0174715427D439944E03B8242DD3E033E9A470237BB445E432A4005C050BDCEB0CB47BABF6A3C8342CF4317404444C9B94045273EEE46D8336D3E0C45FA41623E6143D142A93D484242404542D3400B467141CBBD63422539A744FD2FD844DF30A043D4440B48183C313E304613B4B43F70441A444E3B1045793DD843EA420DBE334420439F4123BA0F4478B8A53DA0432743DDB93BBE063D5A46123D923322461A44813B4ABD39420441EF4392BCF2404644304014480BC06742EDB20141EC3D804225B94E440043C13FCFBDB144923EC942383DB64564411239FDB978B39444EB40043D45C22E46F5B68940E23F49435E3F74B4F133AE40C74452C0F3447940CE3FF0C0E93F2A408541A2B5D6BC7142AB4386BCC9BFCE443C4480BB5EC1A3457240A8C00B42A945593D7AC273B04045524260BB');
INSERT INTO "heatmaps" VALUES(2,X'934E554D5059010076007B276465736372273A20273C6632272C2027666F727472616E5F6F72646572273A2046616C73652C20277368617065273A2028372C20372C2034292C207D202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200AAE3CBC36844695BCD547D2B4AB449A393149BA443AB81F332E45FAB7D23D4E41413F1340494026418F42FF40383EE630F2448A38E341FEBF084060A833445E3AB940CD39D03E1045284240C42C461945C8B7BB431C45403E1046A6C19D46F944A5412A39754490368944073BDB400DBCBB42EC37D7413F418945F135B7407145F14A65C254380C428C43104627BC0A480A47793B01ACD0445B400C3BA342B93E4246A7BE09442231EB4409BEEA3EA644BB2BFC42A33E9645954145435342F94113C5CE46353D0044654325BD823E2145C2449E4276B18240E642BF44CAB525BC53BC963E45463C29D13F0636A13D59449A44434471BCBC43AEC39F44873E4B45CB43BD392A383145D2C15A48D736503006206446E83F9FBBC5BBEF43E041813353C086412843613CBC44143E604086415DBC9642C444293E423B9242564387B31DBD9F3B7A46063B073D703EE44240B398428D3EA03E28BF7A438C42063E51B5A840F53C14406F2F9E426241E341EFBA783B5244B63D62BCF63FF642074200BD48433544F33C1DBE');
INSERT INTO "heatmaps" VALUES(3,X'934E554D5059010076007B276465736372273A20273C6632272C2027666F727472616E5F6F72646572273A2046616C73652C20277368617065273A2028372C20372C2034292C207D202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200A783F6A40564361314A421D43BF3E3235024670405840EE374FB73E45CB3E8839C8310342D441C23A2D37EA43833DBD3172441B3F6A3E12C04344A5400944A9BE814357409E33AE41BC4730469A33E4406745183C4AB193449845EB4851C48B3A103A8544DA3F4C39FC4373B59E40AC418B356032FE451E3CD53E38383346D3358245A7BDCB437F4389430FBE6243E543D1420740533A28422445C73C8543E03E0841693FAF40402C8046F432933F553D6636224294424C424743903D8141404614452045B24005447FBE52478140C43E2ABDD242DB44FC4116340346194253BD9437C74321321C3EEBBE8644FD413640163E813F6D4729BCE53C49442C443E34794360C20848E44240365446E83E1841AA424E44EFB98C3DCA451442A93FDEBEEF42A33B5C408637E93D49400D42C4B484BDEE488F4009BE5A416AC1884540398342383FB64361BE96438B403A4221BE3443CE43D43DABC01643393D4E3F15A7A844BE40A3407BBC0C3F7042433F2C364CB4B44434424B31AF417D42F03FAE3BDDADA145424043C0');
INSERT INTO "heatmaps" VALUES(4,X'934E554D5059010076007B276465736372273A20273C6632272C2027666F727472616E5F6F72646572273A2046616C73652C20277368617065273A2028372C20372C2034292C207D202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200AE74312416D41DA3BE5C0AE423A46C143343F67BC70466F44E746973153415F47E3457C44CFC3B7450D48AD48A3C5EF45E33B5E4523BE084204C25048B8418744B24188BC2843ED47A248944367C1764B35440CC17F419B4B524C4CC30BB1F149EC45A03E6CBDC04AFA46284529C50B49EC466DC04844AC47DEBC42436D30824C9145D34170C0914CB847193A70C2C34E014DFDBC28C4E54CC9485A44AAC8574DD5450B4085C2ED489FC18DC48548174607C587452E3D224BF344AD4449C4074DA1446E3D83C3354D684BE646FBCABD4D6F45754713C61C4CB4BCB83C30411F48E4C42643B343FD42273FE43DF7435F4893361444C9C15F4C7B419D3D5940324B7F4818B222C658497EC1A146C23CF948FC3486446340BA46E33C6844A940F53EA8BC7CACF846934350C00445A23E8D461AC6FABC0F47F34731B85A3DBC40904848BEF64314444746043D8F4635AD163FC9442843093C03C136C2EB410141E235B33D9F4752B9063B673EE3427E3DC83BC7C38B453543B34112B12944F0187435EF3EA1465BA0B4BB');
INSERT INTO "heatmaps" VALUES(6,X'934E554D5059010076007B276465736372273A20273C6632272C2027666F727472616E5F6F72646572273A2046616C73652C20277368617065273A2028372C20372C2034292C207D202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200AD53BEA4681349BB30D3515BB104248424D45AE4005B90243BC44393E473C773C21BD3143DD42E63D6FC15F44F94214B51A44623CC4446CC15E47BDC0BC41113A004A813C88B6BE40A9445FB83C3E68404A4624370442EF4217492E353940E43E2A44D642CA40A4322A4590412C3D4ABCDC43683A88313E40174909B9A1C102441E435245D73C24441844E93E043D0F453A442F45463A5644C141973E4B424940A33DD644D140A2BE492B27BBF8455B39B837E33CD345674370492BC3C43F8546AE47583F1EC1B343B747524679C00E438D464C4157368F4293403941613E1CB889BD3B477D3E1DB88C44F73D3842C93704475D42F23009412C48C240D83EF43D9141413A484017459940F9409D3F5739914074A8C7453FBAD145693C8E41B7BE3A422343DE3D73362245F841C73C6D3B4C37F9454BB73B448B44DBB61A432E3DB2B54B42CE417BB24E3B133F2344D2BB77412C444E4031C16C3C2D44FC4147BDCB401244583D68394D4070419E43583E2AC18546943EF9BBFB44B144D0BA67B81944A844D13CF1BF');
INSERT INTO "heatmaps" VALUES(7,X'934E554D5059010076007B276465736372273A20273C6632272C2027666F727472616E5F6F72646572273A2046616C73652C20277368617065273A2028372C20372C2034292C207D202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200ACE43D44148209CB59444EC3FAA41B337A1429A408643723CB74365BE4F405A40C4407242C436204206BC11472C3C0D39DE438E413D418FBF5F45123C343F1E44A146BF420133BD4453489D3D6F30AD433D4655BDEF40C244D84446441BB6104402440342AF44FF3EE5476AAF0E42F0BD16B178435443AC44F4432EB95D44C7456043A349DFC4C546A24029479BC3924823A87F43C7302045A246E2368A43D7AE2946EC3F60368AB70440F6411240FB42F341A147A0C036454FC4BC414045E44327440BC47F478647AF3FCA437444B14028C1C73E4B46763F8B39B3445F4281BF01AA0644FE43F2A2FD38DC3FB145A3A87542FC41E44010403BBE90451A3D814235C46149DFB1D13BB6319446D13EB9B6BAB5D242BD447CBBF5B08A437544D2C1C941E2434644B6BEAB3AFD4399440F35E341173D164469BBA33A3140EB4326408D408FBC634619B041B90A45FD3E23BD0D41FD42214083C2963D0C448A4197C0403C5244183D52BE334066400143CFBD3C44763C2F404AB99B433540F6405FBD3E3C9346DC39E4BE');
CREATE TABLE intakes (
	id VARCHAR(32) NOT NULL, 
	task VARCHAR(100) DEFAULT 'pneumonia' NOT NULL, 
	topic VARCHAR(40) NOT NULL, 
	rules_version VARCHAR(100) NOT NULL, 
	created_at FLOAT NOT NULL, 
	answers JSON NOT NULL, 
	outcome JSON, 
	prediction_id VARCHAR(32), 
	PRIMARY KEY (id)
);
INSERT INTO "intakes" VALUES('0646c4b234ce48d494852bbf2a5c16e5','mammography','breast','2026-11-27',1.79585716162002801896e+09,'[{"question": "age", "text": "How old are you?", "answer": 52, "label": "52 years"}]','null',NULL);
INSERT INTO "intakes" VALUES('bfd33de93f83497ba2318a1df9469135','pneumonia','respiratory','2026-11-27',1.79585716167980599406e+09,'[]','null','b63825300aaf4079ae4fc646195e95b3');
CREATE TABLE jobs (
	id VARCHAR(32) NOT NULL, 
	task VARCHAR(100) NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	phase VARCHAR(40) NOT NULL, 
	epoch INTEGER NOT NULL, 
	epochs INTEGER NOT NULL, 
	progress FLOAT NOT NULL, 
	eta_seconds FLOAT, 
	created_at FLOAT NOT NULL, 
	started_at FLOAT, 
	heartbeat_at FLOAT, 
	finished_at FLOAT, 
	parent VARCHAR(32), 
	version VARCHAR(32), 
	samples JSON NOT NULL, 
	history JSON NOT NULL, 
	verdict JSON, 
	reason TEXT, 
	host VARCHAR(200), 
	pid INTEGER, 
	restarts INTEGER, 
	cause TEXT, 
	paused TEXT, 
	paused_seconds FLOAT, 
	PRIMARY KEY (id)
);
INSERT INTO "jobs" VALUES('e0c376883c394483863758b7722d0854','pneumonia','promoted','done',0,0,1.0,NULL,1.79585721224277591705e+09,1.79585721867339706417e+09,1.79585744222525405889e+09,1.79585744233851909634e+09,'v1','v2','{"COVID-19": 8, "Normal": 10, "Pneumonia-Bacterial": 8, "Pneumonia-Viral": 8}','[{"phase": "tail", "epoch": 1, "loss": 0.8760298490524292, "accuracy": 0.5833333134651184, "val_loss": 1.2785232067108154, "val_accuracy": 0.38461539149284363}]','{"promoted": true, "reason": "9 of the new films were held out. Labels of new films that the other films contradict: 1 of 34 as to finding or none (3%, allowed 10%); 0 of 34 as to class (0%, allowed 20%). That is within bounds, or may be luck. On the 8 remembered held-out films balanced accuracy went from 0.250 to 0.250: not lower by 0.050 or more (bound +0.000). On the 8 remembered held-out films sensitivity went from 0.167 to 0.167: not lower by 0.030 or more (bound +0.000). On the 8 remembered held-out films specificity went from 1.000 to 1.000: not lower by 0.030 or more (bound +0.000). On the 8 remembered held-out films AUROC went from 0.417 to 0.417: not lower by 0.010 or more (bound +0.000). No source and no class is answered right less often than before. On the 9 new held-out films balanced accuracy went from 0.375 to 0.375. 4 of 9 new held-out films were decided right before, 4 are now. No figure is better, but 9 new held-out films are covered now.", "checks": [{"name": "enough held-out films", "passed": true, "detail": "9 of the new films were held out.", "champion": null, "challenger": null, "films": []}, {"name": "labels", "passed": true, "detail": "Labels of new films that the other films contradict: 1 of 34 as to finding or none (3%, allowed 10%); 0 of 34 as to class (0%, allowed 20%). That is within bounds, or may be luck.", "champion": null, "challenger": null, "films": ["bf4d5273d6fcf11f0ff012e383c2b8ad3c7562abdbb2e9b1a697ed17b004c52e"]}, {"name": "balanced accuracy, remembered films", "passed": true, "detail": "On the 8 remembered held-out films balanced accuracy went from 0.250 to 0.250: not lower by 0.050 or more (bound +0.000).", "champion": 0.25, "challenger": 0.25, "films": []}, {"name": "sensitivity, remembered films", "passed": true, "detail": "On the 8 remembered held-out films sensitivity went from 0.167 to 0.167: not lower by 0.030 or more (bound +0.000).", "champion": 0.16666666666666666, "challenger": 0.16666666666666666, "films": []}, {"name": "specificity, remembered films", "passed": true, "detail": "On the 8 remembered held-out films specificity went from 1.000 to 1.000: not lower by 0.030 or more (bound +0.000).", "champion": 1.0, "challenger": 1.0, "films": []}, {"name": "AUROC, remembered films", "passed": true, "detail": "On the 8 remembered held-out films AUROC went from 0.417 to 0.417: not lower by 0.010 or more (bound +0.000).", "champion": 0.4166666666666667, "challenger": 0.4166666666666667, "films": []}, {"name": "each source and class", "passed": true, "detail": "No source and no class is answered right less often than before.", "champion": null, "challenger": null, "films": []}, {"name": "balanced accuracy, new films", "passed": true, "detail": "On the 9 new held-out films balanced accuracy went from 0.375 to 0.375.", "champion": 0.375, "challenger": 0.375, "films": []}, {"name": "decisions, new films", "passed": true, "detail": "4 of 9 new held-out films were decided right before, 4 are now.", "champion": 0.4444444444444444, "challenger": 0.4444444444444444, "films": []}, {"name": "something gained", "passed": true, "detail": "No figure is better, but 9 new held-out films are covered now.", "champion": null, "challenger": null, "films": []}], "sites": [{"site": "ward 3", "promoted": false, "answered_by": "champion", "checks": [{"name": "enough held-out films of the site", "passed": false, "detail": "6 of the site''s films with a finding and 2 without were held out. 8 of each are needed to judge; a quarter is held out, so upload about 8 more with a finding and 24 without.", "champion": null, "challenger": null, "films": []}, {"name": "labels", "passed": true, "detail": "Labels of new films that the other films contradict: 1 of 34 as to finding or none (3%, allowed 10%); 0 of 34 as to class (0%, allowed 20%). That is within bounds, or may be luck.", "champion": null, "challenger": null, "films": []}, {"name": "labels of the site", "passed": true, "detail": "0 of the 31 labels of the site''s films (finding or none) are contradicted by the other films (0%, allowed 10%).", "champion": null, "challenger": null, "films": []}, {"name": "direction of the site''s labels", "passed": true, "detail": "By these labels the champion orders the site''s films with an AUROC of 0.72 (0.48 to 0.88).", "champion": null, "challenger": null, "films": []}, {"name": "gain at the site", "passed": false, "detail": "Of the site''s 8 judged films the share answered right (mean of films with a finding and without) went from 0.583 to 0.583 (+0.000, 90 % interval +0.000 to +0.000; McNemar p = 1); that may be luck.", "champion": 0.5833333333333334, "challenger": 0.5833333333333334, "films": []}, {"name": "level at the site", "passed": false, "detail": "Of what is answered at the site, 0.583 is right (mean of films with a finding and without), needed are 0.75: too little for a version of its own, or labels are wrong.", "champion": null, "challenger": null, "films": []}, {"name": "wrong answers at the site, films with a finding", "passed": true, "detail": "Of the site''s judged films with a finding, 0.833 were answered wrong, and 0.833 would be.", "champion": 0.8333333333333334, "challenger": 0.8333333333333334, "films": []}, {"name": "wrong answers at the site, films without one", "passed": true, "detail": "Of the site''s judged films without one, 0.000 were answered wrong, and 0.000 would be.", "champion": 0.0, "challenger": 0.0, "films": []}, {"name": "balanced accuracy elsewhere", "passed": true, "detail": "On remembered films balanced accuracy went from 0.250 to 0.250; for the site''s own version it may be 0.100 lower (bound +0.000).", "champion": 0.25, "challenger": 0.25, "films": []}, {"name": "sensitivity elsewhere", "passed": true, "detail": "On remembered films sensitivity went from 0.167 to 0.167; for the site''s own version it may be 0.100 lower (bound +0.000).", "champion": 0.16666666666666666, "challenger": 0.16666666666666666, "films": []}, {"name": "specificity elsewhere", "passed": true, "detail": "On remembered films specificity went from 1.000 to 1.000; for the site''s own version it may be 0.100 lower (bound +0.000).", "champion": 1.0, "challenger": 1.0, "films": []}, {"name": "AUROC elsewhere", "passed": true, "detail": "On remembered films AUROC went from 0.417 to 0.417; for the site''s own version it may be 0.030 lower (bound +0.000).", "champion": 0.4166666666666667, "challenger": 0.4166666666666667, "films": []}, {"name": "each source and class elsewhere", "passed": true, "detail": "No group of remembered films is answered right less often.", "champion": null, "challenger": null, "films": []}]}], "trade": "On 8 new films of ''ward 3'' not learned from right answers went from 0.583 to 0.583 (+0.000, 90 % interval +0.000 to +0.000), wrong ones from 0.625 to 0.625, what is referred from 0.000 to 0.000; on 8 remembered ones decisions went from 0.583 to 0.583 (+0.000, 90 % interval +0.000 to +0.000; sensitivity 0.167 to 0.167, specificity 1.000 to 1.000), and no source or class lost a point."}','9 of the new films were held out. Labels of new films that the other films contradict: 1 of 34 as to finding or none (3%, allowed 10%); 0 of 34 as to class (0%, allowed 20%). That is within bounds, or may be luck. On the 8 remembered held-out films balanced accuracy went from 0.250 to 0.250: not lower by 0.050 or more (bound +0.000). On the 8 remembered held-out films sensitivity went from 0.167 to 0.167: not lower by 0.030 or more (bound +0.000). On the 8 remembered held-out films specificity went from 1.000 to 1.000: not lower by 0.030 or more (bound +0.000). On the 8 remembered held-out films AUROC went from 0.417 to 0.417: not lower by 0.010 or more (bound +0.000). No source and no class is answered right less often than before. On the 9 new held-out films balanced accuracy went from 0.375 to 0.375. 4 of 9 new held-out films were decided right before, 4 are now. No figure is better, but 9 new held-out films are covered now.','recorder',14146,NULL,'by request',NULL,NULL);
INSERT INTO "jobs" VALUES('604ed38b1015472fbe242df9dbc8f4a7','pneumonia','cancelled','queued',0,0,0.0,NULL,1.79585744257845091823e+09,NULL,NULL,1.7958574427499189377e+09,NULL,NULL,'{"COVID-19": 8, "Normal": 10, "Pneumonia-Bacterial": 8, "Pneumonia-Viral": 8}','[]',NULL,'Cancelled by request.','recorder',18142,NULL,'by request',NULL,NULL);
CREATE TABLE latency_counts (
	task VARCHAR(100) DEFAULT 'pneumonia' NOT NULL, 
	resolution_s INTEGER NOT NULL, 
	start INTEGER NOT NULL, 
	bin INTEGER NOT NULL, 
	answers INTEGER NOT NULL, 
	PRIMARY KEY (task, resolution_s, start, bin)
)
 WITHOUT ROWID

;
INSERT INTO "latency_counts" VALUES('iris',10,1795857160,63,1);
INSERT INTO "latency_counts" VALUES('iris',60,1795857120,63,1);
INSERT INTO "latency_counts" VALUES('iris',900,1795856400,63,1);
INSERT INTO "latency_counts" VALUES('iris',3600,1795856400,63,1);
INSERT INTO "latency_counts" VALUES('iris',86400,1795824000,63,1);
INSERT INTO "latency_counts" VALUES('pneumonia',10,1795857160,63,1);
INSERT INTO "latency_counts" VALUES('pneumonia',10,1795857160,101,1);
INSERT INTO "latency_counts" VALUES('pneumonia',10,1795857160,108,1);
INSERT INTO "latency_counts" VALUES('pneumonia',10,1795857160,126,1);
INSERT INTO "latency_counts" VALUES('pneumonia',10,1795857440,68,1);
INSERT INTO "latency_counts" VALUES('pneumonia',10,1795857440,109,1);
INSERT INTO "latency_counts" VALUES('pneumonia',60,1795857120,63,1);
INSERT INTO "latency_counts" VALUES('pneumonia',60,1795857120,101,1);
INSERT INTO "latency_counts" VALUES('pneumonia',60,1795857120,108,1);
INSERT INTO "latency_counts" VALUES('pneumonia',60,1795857120,126,1);
INSERT INTO "latency_counts" VALUES('pneumonia',60,1795857420,68,1);
INSERT INTO "latency_counts" VALUES('pneumonia',60,1795857420,109,1);
INSERT INTO "latency_counts" VALUES('pneumonia',900,1795856400,63,1);
INSERT INTO "latency_counts" VALUES('pneumonia',900,1795856400,101,1);
INSERT INTO "latency_counts" VALUES('pneumonia',900,1795856400,108,1);
INSERT INTO "latency_counts" VALUES('pneumonia',900,1795856400,126,1);
INSERT INTO "latency_counts" VALUES('pneumonia',900,1795857300,68,1);
INSERT INTO "latency_counts" VALUES('pneumonia',900,1795857300,109,1);
INSERT INTO "latency_counts" VALUES('pneumonia',3600,1795856400,63,1);
INSERT INTO "latency_counts" VALUES('pneumonia',3600,1795856400,68,1);
INSERT INTO "latency_counts" VALUES('pneumonia',3600,1795856400,101,1);
INSERT INTO "latency_counts" VALUES('pneumonia',3600,1795856400,108,1);
INSERT INTO "latency_counts" VALUES('pneumonia',3600,1795856400,109,1);
INSERT INTO "latency_counts" VALUES('pneumonia',3600,1795856400,126,1);
INSERT INTO "latency_counts" VALUES('pneumonia',86400,1795824000,63,1);
INSERT INTO "latency_counts" VALUES('pneumonia',86400,1795824000,68,1);
INSERT INTO "latency_counts" VALUES('pneumonia',86400,1795824000,101,1);
INSERT INTO "latency_counts" VALUES('pneumonia',86400,1795824000,108,1);
INSERT INTO "latency_counts" VALUES('pneumonia',86400,1795824000,109,1);
INSERT INTO "latency_counts" VALUES('pneumonia',86400,1795824000,126,1);
CREATE TABLE login_attempts (
	"key" VARCHAR(64) NOT NULL, 
	count INTEGER NOT NULL, 
	expires_at FLOAT NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "login_attempts" VALUES('d5590274edf6e71fee596ab5808226fd6848860be1ea4d8c47f0fdf0e2888822',1,1.79585721194555401804e+09);
INSERT INTO "login_attempts" VALUES('7b4842d0b28fd8223f1fd2a85430bd25cb8cb95502207899e6437773dbbf5488',1,1.79844915226991200439e+09);
CREATE TABLE login_codes (
	code_sha256 VARCHAR(64) NOT NULL, 
	user VARCHAR(64) NOT NULL, 
	expires_at FLOAT NOT NULL, 
	PRIMARY KEY (code_sha256)
);
CREATE TABLE nodes (
	worker VARCHAR(32) NOT NULL, 
	task VARCHAR(100) DEFAULT 'pneumonia' NOT NULL, 
	node VARCHAR(200) NOT NULL, 
	version VARCHAR(32), 
	sequence INTEGER NOT NULL, 
	loaded JSON NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	reason TEXT NOT NULL, 
	since FLOAT NOT NULL, 
	last_seen FLOAT NOT NULL, 
	PRIMARY KEY (worker, task)
);
CREATE TABLE outbox (
	number INTEGER NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	destination VARCHAR(200) NOT NULL, 
	event_id VARCHAR(120) NOT NULL, 
	payload JSON NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	created_at FLOAT NOT NULL, 
	attempts INTEGER NOT NULL, 
	next_at FLOAT NOT NULL, 
	finished_at FLOAT, 
	last_error TEXT, 
	PRIMARY KEY (number)
);
CREATE TABLE prediction_counts (
	task VARCHAR(100) DEFAULT 'pneumonia' NOT NULL, 
	resolution_s INTEGER NOT NULL, 
	start INTEGER NOT NULL, 
	label VARCHAR(100) NOT NULL, 
	answers INTEGER NOT NULL, 
	PRIMARY KEY (task, resolution_s, start, label)
)
 WITHOUT ROWID

;
INSERT INTO "prediction_counts" VALUES('iris',10,1795857160,'setosa',1);
INSERT INTO "prediction_counts" VALUES('iris',60,1795857120,'setosa',1);
INSERT INTO "prediction_counts" VALUES('iris',900,1795856400,'setosa',1);
INSERT INTO "prediction_counts" VALUES('iris',3600,1795856400,'setosa',1);
INSERT INTO "prediction_counts" VALUES('iris',86400,1795824000,'setosa',1);
INSERT INTO "prediction_counts" VALUES('pneumonia',10,1795857160,'COVID-19',1);
INSERT INTO "prediction_counts" VALUES('pneumonia',10,1795857160,'Normal',1);
INSERT INTO "prediction_counts" VALUES('pneumonia',10,1795857160,'Pneumonia-Bacterial',1);
INSERT INTO "prediction_counts" VALUES('pneumonia',10,1795857160,'Pneumonia-Viral',1);
INSERT INTO "prediction_counts" VALUES('pneumonia',10,1795857440,'COVID-19',1);
INSERT INTO "prediction_counts" VALUES('pneumonia',10,1795857440,'Normal',1);
INSERT INTO "prediction_counts" VALUES('pneumonia',60,1795857120,'COVID-19',1);
INSERT INTO "prediction_counts" VALUES('pneumonia',60,1795857120,'Normal',1);
INSERT INTO "prediction_counts" VALUES('pneumonia',60,1795857120,'Pneumonia-Bacterial',1);
INSERT INTO "prediction_counts" VALUES('pneumonia',60,1795857120,'Pneumonia-Viral',1);
INSERT INTO "prediction_counts" VALUES('pneumonia',60,1795857420,'COVID-19',1);
INSERT INTO "prediction_counts" VALUES('pneumonia',60,1795857420,'Normal',1);
INSERT INTO "prediction_counts" VALUES('pneumonia',900,1795856400,'COVID-19',1);
INSERT INTO "prediction_counts" VALUES('pneumonia',900,1795856400,'Normal',1);
INSERT INTO "prediction_counts" VALUES('pneumonia',900,1795856400,'Pneumonia-Bacterial',1);
INSERT INTO "prediction_counts" VALUES('pneumonia',900,1795856400,'Pneumonia-Viral',1);
INSERT INTO "prediction_counts" VALUES('pneumonia',900,1795857300,'COVID-19',1);
INSERT INTO "prediction_counts" VALUES('pneumonia',900,1795857300,'Normal',1);
INSERT INTO "prediction_counts" VALUES('pneumonia',3600,1795856400,'COVID-19',2);
INSERT INTO "prediction_counts" VALUES('pneumonia',3600,1795856400,'Normal',2);
INSERT INTO "prediction_counts" VALUES('pneumonia',3600,1795856400,'Pneumonia-Bacterial',1);
INSERT INTO "prediction_counts" VALUES('pneumonia',3600,1795856400,'Pneumonia-Viral',1);
INSERT INTO "prediction_counts" VALUES('pneumonia',86400,1795824000,'COVID-19',2);
INSERT INTO "prediction_counts" VALUES('pneumonia',86400,1795824000,'Normal',2);
INSERT INTO "prediction_counts" VALUES('pneumonia',86400,1795824000,'Pneumonia-Bacterial',1);
INSERT INTO "prediction_counts" VALUES('pneumonia',86400,1795824000,'Pneumonia-Viral',1);
CREATE TABLE prediction_totals (
	task VARCHAR(100) DEFAULT 'pneumonia' NOT NULL, 
	given INTEGER NOT NULL, 
	removed INTEGER NOT NULL, 
	known_to INTEGER NOT NULL, 
	heatmaps_pruned_until FLOAT, 
	heatmaps_pruned_number INTEGER, 
	PRIMARY KEY (task)
);
INSERT INTO "prediction_totals" VALUES('pneumonia',6,0,7,NULL,NULL);
INSERT INTO "prediction_totals" VALUES('iris',1,0,5,NULL,NULL);
CREATE TABLE predictions (
	number INTEGER NOT NULL, 
	task VARCHAR(100) DEFAULT 'pneumonia' NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	created_at FLOAT NOT NULL, 
	filename TEXT NOT NULL, 
	image_sha256 VARCHAR(64) NOT NULL, 
	model_version VARCHAR(32) NOT NULL, 
	label VARCHAR(100) NOT NULL, 
	confidence FLOAT NOT NULL, 
	probabilities JSON NOT NULL, 
	score FLOAT NOT NULL, 
	decision VARCHAR(20) NOT NULL, 
	reasons JSON NOT NULL, 
	timings JSON NOT NULL, 
	operating_point VARCHAR(40), 
	threshold FLOAT, 
	prevalence FLOAT, 
	ppv FLOAT, 
	npv FLOAT, 
	unlikeness FLOAT, 
	causes JSON, 
	source VARCHAR(100), 
	site_profile VARCHAR(40), 
	site_distance FLOAT, 
	site_shift BOOLEAN, 
	actor VARCHAR(200), 
	possible_labels JSON, 
	out_of_range JSON, 
	dicom_source JSON, 
	shift_features BLOB, 
	activation BLOB, 
	total_ms FLOAT NOT NULL, 
	PRIMARY KEY (number), 
	UNIQUE (id)
);
INSERT INTO "predictions" VALUES(1,'pneumonia','b63825300aaf4079ae4fc646195e95b3',1.79585716063457202914e+09,'film-300.jpg','878fb8e5cf8950963e85ce0b5f085b9906a529704de3e50a7b951e88f14ff440','v1','Pneumonia-Bacterial',4.84260757457064316966e-01,'{"COVID-19": 0.17731424807898827, "Normal": 0.29558477305631736, "Pneumonia-Bacterial": 0.4842607574570643, "Pneumonia-Viral": 0.04284022140763007}',7.04415226943682637461e-01,'negative','["The probability of a finding is 70.4%, below the threshold of 91.8% (balanced operating point)."]','{"decode_ms": 117.515, "inference_ms": 28.637, "total_ms": 149.247}','balanced',9.17708056551629347552e-01,0.75,1.0,2.85714285714285698425e-01,4.35967806858370415801e-02,'[]',NULL,NULL,NULL,NULL,'local','null','[]',NULL,X'8049C04C6050E0515054105808598859005A705BF85B0000591BE8CA044CBD4B534BFA4A5E4ADE496849D6482F4811481B473F45354211412140953D9F36C9B89DBED0C308C5A93EFEC25C3CD9B33F319632ADB00C588750DE58845104507E4904509C498A2A513219345835023530344D337933E83455361536F933C030192FA42D0E2EF33A9529',NULL,149.247);
INSERT INTO "predictions" VALUES(2,'pneumonia','1fb2b38a272c440a80f171578daa7487',1.79585716095788407329e+09,'film-301.jpg','bf4d5273d6fcf11f0ff012e383c2b8ad3c7562abdbb2e9b1a697ed17b004c52e','v1','COVID-19',3.8367801029701337212e-01,'{"COVID-19": 0.38367801029701337, "Normal": 0.17521258087741526, "Pneumonia-Bacterial": 0.2977287458122746, "Pneumonia-Viral": 0.1433806630132968}',8.24787419122584797293e-01,'negative','["The probability of a finding is 82.5%, below the threshold of 91.8% (balanced operating point)."]','{"decode_ms": 2.948, "inference_ms": 57.599, "total_ms": 72.468}','balanced',9.17708056551629347552e-01,0.75,1.0,2.85714285714285698425e-01,8.24659739846008432717e-02,'[]','St. Anna',NULL,NULL,NULL,'local','null','[]',NULL,X'C05060510052C0524055805830597859005A705BF85B0000D61CE8CA084C964B324BF24A604AB9495D49CC482348FB470C4730454D427740DB3F053DB533AFB941BF08C101C5233D07C2663C812E6C2F2E28A1135D58914C3A591D4D4756554C4956554C0000000018332D3573343C339C32F73289352C375437D932B930F82EE72D2E2E323E472D',NULL,72.468);
INSERT INTO "predictions" VALUES(3,'pneumonia','9bb89e5998bc425baa265e602e134f98',1.79585716120420789713e+09,'film-302.jpg','050044b2f467a268241e1e17708ea0ea8b00d80b4c1d772023bfba3124320d30','v1','Normal',3.78363577546095952719e-01,'{"COVID-19": 0.2825999212411885, "Normal": 0.37836357754609595, "Pneumonia-Bacterial": 0.28460140429415115, "Pneumonia-Viral": 0.05443509691856436}',0.621636422453904,'negative','["The probability of a finding is 62.2%, below the threshold of 91.8% (balanced operating point)."]','{"decode_ms": 2.803, "inference_ms": 50.672, "total_ms": 55.101}','balanced',9.17708056551629347552e-01,0.75,1.0,2.85714285714285698425e-01,3.12039925006080853808e-01,'[]',NULL,NULL,NULL,NULL,'local','null','[]',NULL,X'804F2051405330542056D0587859D059505A605BF85B00003915E8CAE94B874B0E4BE84A3C4AA2499349B948ED474D4815468445E2414F417640C33ED837D3B6B6BDB5B80EC30A3CF9C02D2D06B4CFAE0938382A8858E54F40594C50A3532E4CAA53224C00001C21A630D933A9344C340E34D63313342F37AB35A136F631A8306F2EC02DF237FE34',NULL,55.101);
INSERT INTO "predictions" VALUES(4,'pneumonia','6bdf558eea7c44288d8bfbd05c08bc60',1795857161.38976,'film-303.jpg','555d361594f2fe90497801e1c97ba1a5666bea92eef0ad6e8de6143a7e9ffc00','v1','Pneumonia-Viral',9.96063901759494441101e-01,'{"COVID-19": 0.001897721218713992, "Normal": 0.0019137049642496014, "Pneumonia-Bacterial": 0.00012467205754199495, "Pneumonia-Viral": 0.9960639017594944}',9.98086295035750414861e-01,'positive','["The probability of a finding is 99.8%, at or above the threshold of 91.8% (balanced operating point)."]','{"decode_ms": 2.773, "inference_ms": 7.876, "total_ms": 12.212}','balanced',9.17708056551629347552e-01,0.75,1.0,2.85714285714285698425e-01,3.25258356634400336293e-01,'[]','St. Anna',NULL,NULL,NULL,'local','null','[]',NULL,X'A0512053405410550057605810596059F059485BF85B00008816E8CA0B4C8E4B2B4BE04A434AB549CC49D5497F49AA48E44738484E4627455B448B42BA3F633995B89EC0D2C446404BC20ABDC3BF44BEBCB3A0AC3558834D0859F84D1A557E4C1A55774C000000005C25BB3105346134753400359B374E36FA36F431A230272FD42D352D42463435',NULL,12.212);
INSERT INTO "predictions" VALUES(5,'iris','84750aac17874db282228277f0d69478',1.79585716214708209035e+09,'row','c2de72e663549213333a2a6fab99b5566a5728b7268d7f94151ec1b76b5fe6e1','v1','setosa',9.95455003039454666691e-01,'{"setosa": 0.9954550030394547, "versicolor": 0.004544996198735368, "virginica": 7.618097477261198e-10}',4.5449969605453333088e-03,'accept','["At the bound of 5.0% wrong answers only setosa is possible."]','{"decode_ms": 4.93, "inference_ms": 0.128, "total_ms": 11.988}',NULL,NULL,NULL,NULL,NULL,NULL,'[]',NULL,NULL,NULL,NULL,'local','["setosa"]','[]',NULL,NULL,NULL,11.988);
INSERT INTO "predictions" VALUES(6,'pneumonia','c67088ab76184141a500a690ca3ecf45',1.79585744626393890377e+09,'film-320.jpg','6d136a2bb789b1c7f04fc3b0ceb52cc9c990da80ceac5988e607afd381cfcbef','v2','COVID-19',6.81303308467905210932e-01,'{"COVID-19": 0.6813033084679052, "Normal": 0.17103262388331747, "Pneumonia-Bacterial": 0.09230919687092838, "Pneumonia-Viral": 0.05535487077784893}',8.28967376116682586051e-01,'negative','["The probability of a finding is 82.9%, below the threshold of 91.8% (balanced operating point)."]','{"decode_ms": 57.282, "inference_ms": 18.531, "total_ms": 77.843}','balanced',9.17708056551629347552e-01,0.75,1.0,2.85714285714285698425e-01,6.10477192937139857137e-03,'[]',NULL,NULL,NULL,NULL,'local','null','[]',NULL,X'C04F60500051A05120542058D0584059B059385BF85B0000A718E8CA034C9F4B274B014B834A064A5F49744835483948A5455D45E241CB40E33F1C3D6A34AAB947BF18C292C5203C27C355BF99B9CA2885AD42B2FF57F44DF158624F3054604C3054684C0000771EAA354E357E3422330233D43372374735FD3504313930CB2D492D142D503E401E',NULL,77.843);
INSERT INTO "predictions" VALUES(7,'pneumonia','593376345c5541e8992f48a100e68208',1.79585744742403507229e+09,'film-321.jpg','0a9b778a38c4f743edea8d543f15135412a581e457435db99a4b4bb47973f9b8','v2','Normal',4.81950045530511295144e-01,'{"COVID-19": 0.20976968810431543, "Normal": 0.4819500455305113, "Pneumonia-Bacterial": 0.22727236119196445, "Pneumonia-Viral": 0.08100790517320881}',5.18049954469488760366e-01,'negative','["The probability of a finding is 51.8%, below the threshold of 91.8% (balanced operating point)."]','{"decode_ms": 3.396, "inference_ms": 9.399, "total_ms": 14.907}','balanced',9.17708056551629347552e-01,0.75,1.0,2.85714285714285698425e-01,1.75221225603836655571e-01,'[]',NULL,NULL,NULL,NULL,'local','null','[]',NULL,X'E05080510052A052B054685818597859F859505BF85B00007D18E8CA054C974B264BF34A554AA5495F49A9480E483348F3454545BE41BE40943F4A3D86334DB9E5BE76C279C5A03ECCC393BB14B88832B42F662D5B58A74D30595D4E4355874C4055914C00000000D932DF35FB34DF33FA3238333735F23695364333AA30EC2ECD2D772D9F2C9B31',NULL,14.907);
CREATE TABLE retention_marks (
	task VARCHAR(100) NOT NULL, 
	what VARCHAR(60) NOT NULL, 
	until FLOAT NOT NULL, 
	PRIMARY KEY (task, what)
);
CREATE TABLE sample_changes (
	number INTEGER NOT NULL, 
	task VARCHAR(100) DEFAULT 'pneumonia' NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	at FLOAT NOT NULL, 
	what VARCHAR(20) NOT NULL, 
	"before" VARCHAR(100), 
	"after" VARCHAR(100), 
	remark TEXT NOT NULL, 
	changed_by VARCHAR(100), 
	part VARCHAR(10), 
	near_hash BLOB, 
	PRIMARY KEY (number)
);
INSERT INTO "sample_changes" VALUES(1,'pneumonia','5d49aef8024f37a650b9f6e64cf22d9319324c1c7d1037e27ddfc6c512c76bbb',1795857159.39055,'relabelled','COVID-19','Normal','PCR negative','local',NULL,NULL);
INSERT INTO "sample_changes" VALUES(2,'pneumonia','149d3b6601a914b7270c8fc03c782ee9d9ff98a43452752ea6631e4bd3e0ab1b',1.79585715976945590978e+09,'disputed','Normal','Pneumonia-Viral','The same picture came as Pneumonia-Viral.',NULL,NULL,NULL);
INSERT INTO "sample_changes" VALUES(3,'pneumonia','93f138e2489245f9ab337b915b0fcbc7f3ed2cb3e34d9dfa07a2d9dafe64d36a',1.79585716030597400665e+09,'deleted','Normal',NULL,'withdrawn','local',NULL,X'99106CCBC667993366C9E6C4391A3B9F6C64397693B0CC61878FC399C81FC3CA');
CREATE TABLE sample_sums (
	task VARCHAR(100) DEFAULT 'pneumonia' NOT NULL, 
	label VARCHAR(100) NOT NULL, 
	number INTEGER NOT NULL, 
	disputed INTEGER NOT NULL, 
	brightness BIGINT NOT NULL, 
	edge_density BIGINT NOT NULL, 
	histogram JSON NOT NULL, 
	PRIMARY KEY (task, label)
);
INSERT INTO "sample_sums" VALUES('pneumonia','COVID-19',8,0,4349110367962,1006958187,'[0, 67989332, 2057504082, 3269715652, 2721720776, 2150318327, 1730571174, 2016186499, 5085799624, 5689199581, 5178699767, 2580931748, 769915837, 447449693, 296223895, 297727134]');
INSERT INTO "sample_sums" VALUES('pneumonia','Normal',10,1,5334404506769,1398893708,'[14559939, 372502514, 2419011481, 4984180699, 3977483314, 2865215633, 2054368756, 2152122215, 4528398768, 7404910165, 6274431823, 3542059530, 1011250049, 594466423, 381564894, 373318557]');
INSERT INTO "sample_sums" VALUES('pneumonia','Pneumonia-Bacterial',8,0,4336140724014,1100666879,'[40072045, 266330921, 2138378317, 2928480501, 2670524765, 1938189893, 1807451089, 2112093118, 5705391607, 5202021439, 5832823286, 1861997172, 881842685, 421508090, 274147764, 278528629]');
INSERT INTO "sample_sums" VALUES('pneumonia','Pneumonia-Viral',8,0,4707429073898,2773777266,'[257698, 171798692, 299058573, 917834510, 1943515652, 2452898772, 2718971997, 3286594874, 5958665828, 6474534350, 5928085662, 2360342227, 819007313, 454149841, 303439440, 270539989]');
CREATE TABLE sample_sums_state (
	task VARCHAR(100) DEFAULT 'pneumonia' NOT NULL, 
	changes_to INTEGER NOT NULL, 
	PRIMARY KEY (task)
);
INSERT INTO "sample_sums_state" VALUES('pneumonia',3);
CREATE TABLE samples (
	task VARCHAR(100) DEFAULT 'pneumonia' NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	label VARCHAR(100) NOT NULL, 
	filename TEXT NOT NULL, 
	file TEXT NOT NULL, 
	size_bytes INTEGER NOT NULL, 
	created_at FLOAT NOT NULL, 
	brightness FLOAT NOT NULL, 
	edge_density FLOAT NOT NULL, 
	histogram JSON NOT NULL, 
	part VARCHAR(10), 
	patient_id VARCHAR(100), 
	source VARCHAR(100), 
	origin VARCHAR(20), 
	added_by VARCHAR(100), 
	near_hash BLOB, 
	disputed VARCHAR(100), 
	sent_sha256 VARCHAR(64), 
	PRIMARY KEY (task, sha256)
);
INSERT INTO "samples" VALUES('pneumonia','d7785550e243cff9659cd699d040691b61314117551d30b6998d0581dea0a3d0','COVID-19','COVID-19-200.jpg','COVID-19/d7785550e243cff9659cd699d040691b61314117551d30b6998d0581dea0a3d0.jpg',5550,1.79585715345501208302e+09,1.33860052614795904451e+02,3.13901345291479824672e-02,'[0.0, 0.0, 0.00088, 0.11127, 0.0978, 0.08949, 0.05327, 0.04927, 0.06035, 0.1751, 0.12791, 0.16474, 0.02989, 0.01917, 0.00996, 0.0109]','holdout',NULL,'ward 3','upload','local',X'99146E42866B913DC2D806C11D87E2DA6A563D87E1EA687F3E97AD686969D29C',NULL,NULL);
INSERT INTO "samples" VALUES('pneumonia','49e21e46cf65344705c48935a99ec8df740e498b2fe9f4cdf7c49abac7ab7309','COVID-19','COVID-19-201.jpg','COVID-19/49e21e46cf65344705c48935a99ec8df740e498b2fe9f4cdf7c49abac7ab7309.jpg',5360,1.795857153543956995e+09,1.38074298469387741756e+02,2.61014699672223460247e-02,'[0.0, 0.0, 6e-05, 0.09459, 0.08074, 0.07755, 0.04967, 0.04939, 0.0613, 0.19808, 0.14969, 0.16968, 0.03025, 0.01923, 0.01184, 0.00793]','train',NULL,'ward 3','upload','local',X'99016E16C67E9169B78D46DC48D23D873F0B687278FE3D282D61D29CC27C87C3',NULL,NULL);
INSERT INTO "samples" VALUES('pneumonia','4d4f91b8de3374bcb18e269340327ea23a73e9b61264b3b67d7a2f1aa28d4b3c','COVID-19','COVID-19-202.jpg','COVID-19/4d4f91b8de3374bcb18e269340327ea23a73e9b61264b3b67d7a2f1aa28d4b3c.jpg',5483,1.79585715357499694829e+09,1.27589584661989789541e+02,2.77504072070622782864e-02,'[0.0, 0.0, 0.0579, 0.09243, 0.08871, 0.05682, 0.04771, 0.05355, 0.1409, 0.16827, 0.19611, 0.04412, 0.02274, 0.0122, 0.00903, 0.00951]','train',NULL,'ward 3','upload','local',X'99416E56863E91A9E2D866943D07E1C3687E1C27B5A9E079969597D0AD4BB687',NULL,NULL);
INSERT INTO "samples" VALUES('pneumonia','10943dad802caf79ed64544ff4d01dcc0903fb3c7f41001f9bcaf8f47a3b9341','COVID-19','COVID-19-203.jpg','COVID-19/10943dad802caf79ed64544ff4d01dcc0903fb3c7f41001f9bcaf8f47a3b9341.jpg',5483,1.79585715361739110948e+09,1.2249336336096938282e+02,3.00629411409841333646e-02,'[0.0, 0.0, 0.08857, 0.08821, 0.07205, 0.05166, 0.05132, 0.06027, 0.21458, 0.13626, 0.16833, 0.0275, 0.01794, 0.00943, 0.0067, 0.00719]','holdout',NULL,'ward 3','upload','local',X'99106E5E862791A162D866543D8F3D8F687278F6970DCD60C2F0969D1F0FC3DA',NULL,NULL);
INSERT INTO "samples" VALUES('pneumonia','71a79210515c8acb3dcb26670097aaa0c8255f116d7a42f86d87f7d96396c65b','COVID-19','COVID-19-204.jpg','COVID-19/71a79210515c8acb3dcb26670097aaa0c8255f116d7a42f86d87f7d96396c65b.jpg',5497,1.7958571536569430828e+09,1.3569064891581632537e+02,2.82933499567656690509e-02,'[0.0, 0.0, 0.00468, 0.09744, 0.0856, 0.07029, 0.05186, 0.04871, 0.0623, 0.23284, 0.16883, 0.11755, 0.02459, 0.0159, 0.00919, 0.01022]','train',NULL,'ward 3','upload','local',X'99106ECFC67791B0B78D2681585A78DEA5213D63C2D4D6B587CA87C8962D6ADA',NULL,NULL);
INSERT INTO "samples" VALUES('pneumonia','ef95ff7cee3d2c7acaed06f81dedb7f7158151fe9509d15309aa9e05936c99fa','COVID-19','COVID-19-205.jpg','COVID-19/ef95ff7cee3d2c7acaed06f81dedb7f7158151fe9509d15309aa9e05936c99fa.jpg',5590,1.79585715369771599771e+09,1.22879284917091837316e+02,2.94998894005509861016e-02,'[0.0, 0.0, 0.08962, 0.08921, 0.06981, 0.04799, 0.04558, 0.06087, 0.22804, 0.13321, 0.15906, 0.02999, 0.02001, 0.00989, 0.00905, 0.00767]','train',NULL,'ward 3','upload','local',X'99116E46C66A91B8369D66C55972B4AF1E3D496097AC963DC3D297863C3E61C3',NULL,NULL);
INSERT INTO "samples" VALUES('pneumonia','ff9a38730768d6e9b051778086eb4dafcdffcd819ad63d70929661d805752da1','COVID-19','COVID-19-206.jpg','COVID-19/ff9a38730768d6e9b051778086eb4dafcdffcd819ad63d70929661d805752da1.jpg',5714,1.7958571537150180339e+09,1.1248449457908162685e+02,3.02037040760924219151e-02,'[0.0, 0.00947, 0.13612, 0.10332, 0.0735, 0.05879, 0.05449, 0.06936, 0.19956, 0.10635, 0.12494, 0.02386, 0.01682, 0.00919, 0.00622, 0.00803]','train',NULL,'ward 3','upload','local',X'99016EC3C67691B89789268558D6C2DE3D233DA3687C3C3795A9E97842D697A9',NULL,NULL);
INSERT INTO "samples" VALUES('pneumonia','8e93855bf269f27c2c56d520c1a2c5a9073f4f5ede8e8fa8cdd46c934eaed0e2','COVID-19','COVID-19-207.jpg','COVID-19/8e93855bf269f27c2c56d520c1a2c5a9073f4f5ede8e8fa8cdd46c934eaed0e2.jpg',5520,1.7958571537366669178e+09,1.19534438775510210462e+02,3.11488266403909183632e-02,'[0.0, 0.00636, 0.10122, 0.08482, 0.06549, 0.04807, 0.04903, 0.07801, 0.2171, 0.17451, 0.11089, 0.02348, 0.01702, 0.00917, 0.00698, 0.00787]','train',NULL,'ward 3','upload','local',X'99506E4F862791B1E3C806851D9761DA6D6A3C374AD26969BD25C2D05A75B78F',NULL,NULL);
INSERT INTO "samples" VALUES('pneumonia','149d3b6601a914b7270c8fc03c782ee9d9ff98a43452752ea6631e4bd3e0ab1b','Normal','Normal-200.jpg','Normal/149d3b6601a914b7270c8fc03c782ee9d9ff98a43452752ea6631e4bd3e0ab1b.jpg',5646,1.79585715475025796891e+09,1.08863639987244894765e+02,3.8528826238211105748e-02,'[0.00297, 0.03757, 0.1434, 0.10619, 0.07866, 0.04725, 0.04688, 0.05891, 0.18945, 0.09289, 0.13239, 0.02523, 0.01728, 0.00751, 0.00616, 0.00725]',NULL,'Normal-200','ward 3','upload','local',X'99196ECFC66699B3C6CD66C4399B1B9F6C67392E91306C21C3D892F182DE868A','Pneumonia-Viral',NULL);
INSERT INTO "samples" VALUES('pneumonia','bc6df8a41899cfb86286dcaaa1378e275d7eed4e35f49b076923054b4ebf36d8','Normal','Normal-201.jpg','Normal/bc6df8a41899cfb86286dcaaa1378e275d7eed4e35f49b076923054b4ebf36d8.jpg',5487,1.79585715479153203971e+09,1.21548270089285708199e+02,3.48488809346658920396e-02,'[0.0, 0.0, 0.06696, 0.13281, 0.09116, 0.05236, 0.04466, 0.05092, 0.15749, 0.15426, 0.16331, 0.03894, 0.02017, 0.01036, 0.00737, 0.00923]','train','Normal-201','ward 3','upload','local',X'991066EEC66E999A46D4664E3916198D6C6B7934936C2D38C7923AD3D7DBA2C4',NULL,NULL);
INSERT INTO "samples" VALUES('pneumonia','080ea8138c5e0c2f4fb4d0d5d1b217e5f005b3a8a88adcd2d977573ba5a30919','Normal','Normal-202.jpg','Normal/080ea8138c5e0c2f4fb4d0d5d1b217e5f005b3a8a88adcd2d977573ba5a30919.jpg',5379,1.79585715486154794693e+09,1.30905432876275511948e+02,3.17520963622835786233e-02,'[0.0, 0.0, 0.00686, 0.13449, 0.09333, 0.07171, 0.04341, 0.04572, 0.06449, 0.21544, 0.16378, 0.09985, 0.02581, 0.01616, 0.01002, 0.00893]','holdout','Normal-202','ward 3','upload','local',X'99146ECEC66F993A66C4E6C819163B826C68392F93ED3C79C2D5968C3AA992D6',NULL,NULL);
INSERT INTO "samples" VALUES('pneumonia','98732bfdc32c3ce241af45a6ba34b0dd6b3df0b477f1d61518a20a4dc2fd07c9','Normal','Normal-203.jpg','Normal/98732bfdc32c3ce241af45a6ba34b0dd6b3df0b477f1d61518a20a4dc2fd07c9.jpg',5412,1.79585715489796495436e+09,1.28468152104591837314e+02,3.00830501317138898631e-02,'[0.0, 0.0064, 0.0289, 0.11292, 0.09762, 0.08472, 0.05232, 0.0452, 0.05658, 0.2045, 0.11589, 0.13817, 0.02408, 0.01632, 0.00797, 0.00841]','train','Normal-203','ward 3','upload','local',X'99116EEEC661993666C866C1391F199B6C74396297F5C52192CA969A2C9F13DE',NULL,NULL);
INSERT INTO "samples" VALUES('pneumonia','432bdd26eaeb7c49f78349197171fee0e00d5af64e843f423844ece45c865dfc','Normal','Normal-204.jpg','Normal/432bdd26eaeb7c49f78349197171fee0e00d5af64e843f423844ece45c865dfc.jpg',5446,1.79585715494129896166e+09,1.27294622927295918656e+02,3.06259928814172806277e-02,'[0.0, 0.0045, 0.0289, 0.11579, 0.11444, 0.09218, 0.05501, 0.04516, 0.05544, 0.17544, 0.09343, 0.15294, 0.02752, 0.01844, 0.00979, 0.01102]','train','Normal-204','ward 3','upload','local',X'99106ECAC66F993FC6C8E6C9399613826C7B7842992D3C6D978C8429879B77C6',NULL,NULL);
INSERT INTO "samples" VALUES('pneumonia','7b9a91b9e257f64b0b0e7ac9a285c744fe221e2c5a920ef3ad855c555a42aa5f','Normal','Normal-205.jpg','Normal/7b9a91b9e257f64b0b0e7ac9a285c744fe221e2c5a920ef3ad855c555a42aa5f.jpg',5564,1.79585715502356791503e+09,1.13987264827806129114e+02,3.24559110378250109674e-02,'[0.00078, 0.03502, 0.1191, 0.108, 0.07801, 0.0458, 0.04397, 0.05529, 0.18573, 0.09517, 0.15444, 0.03167, 0.02021, 0.01048, 0.00839, 0.00797]','train','Normal-205','ward 3','upload','local',X'99116EEEC66E99BB66C566C8391319976C78193A93CD7279C69392913962B346',NULL,NULL);
INSERT INTO "samples" VALUES('pneumonia','bae857d73aa17d3e2c95956b1471c17d9555bb6a84824d90f9a222f0b8648809','Normal','Normal-206.jpg','Normal/bae857d73aa17d3e2c95956b1471c17d9555bb6a84824d90f9a222f0b8648809.jpg',5497,1.79585715513412094114e+09,1.32384785554846928334e+02,3.11287176496611618647e-02,'[0.0, 0.0002, 0.01947, 0.09584, 0.11334, 0.08697, 0.05256, 0.04502, 0.05399, 0.181, 0.11763, 0.16231, 0.03223, 0.01987, 0.01078, 0.00879]','holdout','Normal-206','ward 3','upload','local',X'99146EEBC66B993E668466D939031B876C79386F93AC6E78C78693800E83B697',NULL,NULL);
INSERT INTO "samples" VALUES('pneumonia','5c8a6ea9bd66e9309e2f52aac6aa478248a9cc30444ee684047ea63da7fb5cee','Normal','Normal-207.jpg','Normal/5c8a6ea9bd66e9309e2f52aac6aa478248a9cc30444ee684047ea63da7fb5cee.jpg',5610,1.79585715570856499674e+09,1.13579241071428569396e+02,3.50901888234229492047e-02,'[0.0, 0.00163, 0.16217, 0.09891, 0.06641, 0.0441, 0.04572, 0.06382, 0.19452, 0.12089, 0.13104, 0.02673, 0.01935, 0.00935, 0.00957, 0.0058]','train','Normal-207','ward 3','upload','local',X'99116EC7C66E993A66D1E6CC19163B936C6C393293FC6C6C2AFC8398DA28C6C3',NULL,NULL);
INSERT INTO "samples" VALUES('pneumonia','69f3b1a8d625f5fc5aef3fc4e51fbf0593301a0967058440c745f79dcaaffd2e','Pneumonia-Bacterial','Pneumonia-Bacterial-200.jpg','Pneumonia-Bacterial/69f3b1a8d625f5fc5aef3fc4e51fbf0593301a0967058440c745f79dcaaffd2e.jpg',5722,1.79585715713986396793e+09,1.15515844228316325373e+02,2.98417422429568257591e-02,'[0.00933, 0.04104, 0.10061, 0.08785, 0.07589, 0.04807, 0.05016, 0.06384, 0.18892, 0.09239, 0.15021, 0.0404, 0.02443, 0.01176, 0.00895, 0.00616]','holdout',NULL,'ward 3','upload','local',X'98156EEAC73A92BD96C56D5A691296852C2E685A932D692D96D396DA4987C38F',NULL,NULL);
INSERT INTO "samples" VALUES('pneumonia','e5db5a3ee5e66517716b5333afde0eefa58d121a7322baf64d33e7e3a764b85c','Pneumonia-Bacterial','Pneumonia-Bacterial-201.jpg','Pneumonia-Bacterial/e5db5a3ee5e66517716b5333afde0eefa58d121a7322baf64d33e7e3a764b85c.jpg',5460,1.79585715718078708655e+09,1.29248584980867349254e+02,3.39238673610971486205e-02,'[0.0, 0.0, 0.04889, 0.07972, 0.08363, 0.05389, 0.05114, 0.05917, 0.17628, 0.16342, 0.17989, 0.04891, 0.02541, 0.01258, 0.00811, 0.00897]','holdout',NULL,'ward 3','upload','local',X'98056FEAC77A928D96CD6D52699296AD3C2F4AD2D32D492D96D096D2C387690E',NULL,NULL);
INSERT INTO "samples" VALUES('pneumonia','fefdcd55030b48f1ba1cb286d1edf482169f27c0b99f6391c5994347ea612506','Pneumonia-Bacterial','Pneumonia-Bacterial-202.jpg','Pneumonia-Bacterial/fefdcd55030b48f1ba1cb286d1edf482169f27c0b99f6391c5994347ea612506.jpg',5654,1.79585715724351406095e+09,1.22912488042091837313e+02,3.32602706670152223344e-02,'[0.0, 0.01084, 0.06995, 0.09319, 0.07924, 0.0566, 0.05694, 0.06661, 0.18039, 0.12516, 0.17624, 0.03809, 0.02298, 0.00893, 0.00769, 0.00715]','train',NULL,'ward 3','upload','local',X'981536EDC3724932968DB6ED691E69DA6C72392FC3253430969AC3E5694FC38A',NULL,NULL);
INSERT INTO "samples" VALUES('pneumonia','cc4fe6968f3b108196844b244c26cfef95d73f7db9c8548b8b6b51d37bf06a8b','Pneumonia-Bacterial','Pneumonia-Bacterial-203.jpg','Pneumonia-Bacterial/cc4fe6968f3b108196844b244c26cfef95d73f7db9c8548b8b6b51d37bf06a8b.jpg',5655,1.79585715728718900681e+09,1.23111945950255105227e+02,3.47282269902873599876e-02,'[0.0, 0.00094, 0.07611, 0.06782, 0.07225, 0.05857, 0.05714, 0.07418, 0.23318, 0.16392, 0.13118, 0.02573, 0.01891, 0.00777, 0.0068, 0.0055]','train',NULL,'ward 3','upload','local',X'981D36CFC762C932368D96C5388F69DA6C72393B8325692596DA96D096B4C38F',NULL,NULL);
INSERT INTO "samples" VALUES('pneumonia','65cd4748f0c3e38fa44621ee4a6aeb7e2b48ae6ba9b02327f193bba16d8a1ba1','Pneumonia-Bacterial','Pneumonia-Bacterial-204.jpg','Pneumonia-Bacterial/65cd4748f0c3e38fa44621ee4a6aeb7e2b48ae6ba9b02327f193bba16d8a1ba1.jpg',5553,1.79585715733733296394e+09,1.33016342474489789537e+02,3.25162380100142769934e-02,'[0.0, 0.0, 0.04002, 0.08508, 0.07623, 0.05224, 0.04709, 0.05375, 0.11571, 0.19408, 0.21076, 0.06393, 0.02876, 0.01423, 0.00841, 0.00971]','train',NULL,'ward 3','upload','local',X'98556DCAC772903796CD67D0695A168F3D25687A7ACF69253C7096D0C125C38F',NULL,NULL);
INSERT INTO "samples" VALUES('pneumonia','c57cd3465c2946b69a77aad727506f1d427f1e7892f13d96a445fb43cc8586c8','Pneumonia-Bacterial','Pneumonia-Bacterial-205.jpg','Pneumonia-Bacterial/c57cd3465c2946b69a77aad727506f1d427f1e7892f13d96a445fb43cc8586c8.jpg',5627,1.79585715738130593296e+09,1.26182099011479593282e+02,3.09075187516338542592e-02,'[0.0, 0.0, 0.07434, 0.08261, 0.07864, 0.05479, 0.05166, 0.06176, 0.18433, 0.12508, 0.18618, 0.04707, 0.02491, 0.0121, 0.00769, 0.00883]','train',NULL,'ward 3','upload','local',X'C9113CCE966EC33BC79136CC4992C7D33C2E3906D8716D2DC78C90793869C79E',NULL,NULL);
INSERT INTO "samples" VALUES('pneumonia','c2a24c08e1325a786ff226a80eec56d28c189eefb9f5838cd0652832471a13b8','Pneumonia-Bacterial','Pneumonia-Bacterial-206.jpg','Pneumonia-Bacterial/c2a24c08e1325a786ff226a80eec56d28c189eefb9f5838cd0652832471a13b8.jpg',5404,1.7958571574132521152e+09,1.29686862244897952226e+02,3.36021235094210654614e-02,'[0.0, 0.0, 0.05822, 0.06826, 0.07219, 0.05905, 0.05269, 0.05762, 0.1822, 0.15956, 0.1928, 0.04452, 0.0271, 0.01136, 0.00616, 0.00827]','train',NULL,'ward 3','upload','local',X'985C6CCFC733993692C466D16D9B928E3C26687B92716D24C784927192DB679E',NULL,NULL);
INSERT INTO "samples" VALUES('pneumonia','31e4260d5c57d55098b252dd504454e632829b58b896427487d6fbf1d51b62a7','Pneumonia-Bacterial','Pneumonia-Bacterial-207.jpg','Pneumonia-Bacterial/31e4260d5c57d55098b252dd504454e632829b58b896427487d6fbf1d51b62a7.jpg',5525,1795857157.44535,1.29912268813775511945e+02,2.74889903275754576839e-02,'[0.0, 0.00919, 0.02974, 0.11731, 0.08371, 0.06806, 0.05401, 0.05483, 0.06738, 0.18758, 0.1308, 0.12488, 0.03282, 0.01941, 0.01002, 0.01026]','train',NULL,'ward 3','upload','local',X'C9113CEF966EC33BC79136CC4992C7D33C2E29269471692DC39C1079DD07C78E',NULL,NULL);
INSERT INTO "samples" VALUES('pneumonia','1f9ae838391ebfb394033f81ec975656ed706472f6db691a8176a3b83b00831f','Pneumonia-Viral','Pneumonia-Viral-200.jpg','Pneumonia-Viral/1f9ae838391ebfb394033f81ec975656ed706472f6db691a8176a3b83b00831f.jpg',6388,1.79585715854556703563e+09,1.50941585618622440279e+02,7.86663717348026342301e-02,'[0.0, 0.0, 0.0, 0.00375, 0.03017, 0.05929, 0.06981, 0.07617, 0.09608, 0.22415, 0.1876, 0.18272, 0.03139, 0.01877, 0.01052, 0.00957]','train',NULL,'ward 3','upload','local',X'99106ECAC6659937668C66C1391F399E6C717972D2F48661A649D29D7999A54E',NULL,NULL);
INSERT INTO "samples" VALUES('pneumonia','e06dd2b5beaff573250740644200500dd52a2df55a493f837073d7ded545c92e','Pneumonia-Viral','Pneumonia-Viral-201.jpg','Pneumonia-Viral/e06dd2b5beaff573250740644200500dd52a2df55a493f837073d7ded545c92e.jpg',6438,1.79585715864372205729e+09,1.33690170599489789539e+02,7.19499688310643731314e-02,'[0.0, 0.0, 0.0, 0.03914, 0.06673, 0.07007, 0.07623, 0.09921, 0.24484, 0.16191, 0.1654, 0.0291, 0.02226, 0.01012, 0.00879, 0.0062]','holdout',NULL,'ward 3','upload','local',X'99146ECBC664993666C966C4191E2DCB66E039373933C6E46CE4969B931B399B',NULL,NULL);
INSERT INTO "samples" VALUES('pneumonia','79e0bdba9bd5ceef302ad4610e143eef601a3dd605a97f92b6164092f5de3b01','Pneumonia-Viral','Pneumonia-Viral-202.jpg','Pneumonia-Viral/79e0bdba9bd5ceef302ad4610e143eef601a3dd605a97f92b6164092f5de3b01.jpg',6598,1.79585715869986701012e+09,1.30898616868622440277e+02,6.90944921474391238191e-02,'[6e-05, 0.02527, 0.02854, 0.03201, 0.0622, 0.0696, 0.0751, 0.09343, 0.18146, 0.15794, 0.17877, 0.04371, 0.02222, 0.01226, 0.00829, 0.00915]','holdout',NULL,'ward 3','upload','local',X'91106EEFC667993A36C566C9195B398B6D7978379385C568C246C2C61D993799',NULL,NULL);
INSERT INTO "samples" VALUES('pneumonia','fdd5ec4cf76e4652f82e410aa59ae305c924814155a8439659ce782e92896e10','Pneumonia-Viral','Pneumonia-Viral-203.jpg','Pneumonia-Viral/fdd5ec4cf76e4652f82e410aa59ae305c924814155a8439659ce782e92896e10.jpg',6966,1.79585715874846911432e+09,1.37867167570153071665e+02,1.08447787005570187024e-01,'[0.0, 0.0, 0.01299, 0.02671, 0.05539, 0.07643, 0.08247, 0.09249, 0.12667, 0.22331, 0.18437, 0.06286, 0.02394, 0.01385, 0.00877, 0.00975]','train',NULL,'ward 3','upload','local',X'99106ECBC66A9932C6CD66CC1987138F6C7A3C0F9B2D687066F591300BB27ECF',NULL,NULL);
INSERT INTO "samples" VALUES('pneumonia','6efe69771c990492c966848440b9c0ccdc59edba44004db1e22abc2a7409fc0f','Pneumonia-Viral','Pneumonia-Viral-204.jpg','Pneumonia-Viral/6efe69771c990492c966848440b9c0ccdc59edba44004db1e22abc2a7409fc0f.jpg',7100,1.79585715881418490416e+09,1.26416254783163267911e+02,9.61611936696897123821e-02,'[0.0, 0.01473, 0.02744, 0.04855, 0.06985, 0.08123, 0.08418, 0.11113, 0.22389, 0.10463, 0.15559, 0.03225, 0.02093, 0.01118, 0.00839, 0.00602]','train',NULL,'ward 3','upload','local',X'99116EEAE66E993BC6CC66ED199793866C7B1916DB312C3CF208997893A79403',NULL,NULL);
INSERT INTO "samples" VALUES('pneumonia','7bf6eeaed5ce7338d34a40f20fc84b53b3f54efd893b78c37790ada5565ee3b1','Pneumonia-Viral','Pneumonia-Viral-205.jpg','Pneumonia-Viral/7bf6eeaed5ce7338d34a40f20fc84b53b3f54efd893b78c37790ada5565ee3b1.jpg',6825,1.79585715886337709428e+09,1.28790158641581626848e+02,7.5770677069717864982e-02,'[0.0, 0.0, 0.00066, 0.0514, 0.07464, 0.07984, 0.09052, 0.1149, 0.25474, 0.13493, 0.12747, 0.0274, 0.01889, 0.01008, 0.00733, 0.00719]','train',NULL,'ward 3','upload','local',X'991166EEE66E99BBC2D8666819921B866D62190FB92D6CFDC6CD0B3283D262AD',NULL,NULL);
INSERT INTO "samples" VALUES('pneumonia','3e62a0b2cb8c0911bbe90fcf25feac4a4cc2e2d28ae4fb080151ab02811ad78b','Pneumonia-Viral','Pneumonia-Viral-206.jpg','Pneumonia-Viral/3e62a0b2cb8c0911bbe90fcf25feac4a4cc2e2d28ae4fb080151ab02811ad78b.jpg',6728,1.79585715892408299444e+09,1.39361587213010210465e+02,7.67560176154758744271e-02,'[0.0, 0.0, 0.0, 0.01208, 0.06405, 0.07205, 0.08229, 0.09538, 0.15272, 0.21989, 0.1935, 0.05658, 0.02302, 0.01272, 0.00865, 0.00708]','train',NULL,'ward 3','upload','local',X'99056ECFC66F9927C6D066D8199252D26D6E3912992D392DC6D5C4EDC68F8392',NULL,NULL);
INSERT INTO "samples" VALUES('pneumonia','34546a0ef62f19a32fe6ac759303b1b776283357589c78453756b5d88dd2448a','Pneumonia-Viral','Pneumonia-Viral-207.jpg','Pneumonia-Viral/34546a0ef62f19a32fe6ac759303b1b776283357589c78453756b5d88dd2448a.jpg',6320,1.79585715900490403172e+09,1.48068199936224488056e+02,6.89738382030605917671e-02,'[0.0, 0.0, 0.0, 6e-05, 0.02948, 0.0626, 0.07246, 0.08251, 0.10696, 0.28071, 0.18754, 0.11494, 0.02804, 0.01676, 0.00991, 0.00803]','train',NULL,'ward 3','upload','local',X'99146ECBC66B993A268166DC191659C6687C2D6387C1D139D39387DC2ADCD793',NULL,NULL);
INSERT INTO "samples" VALUES('pneumonia','5d49aef8024f37a650b9f6e64cf22d9319324c1c7d1037e27ddfc6c512c76bbb','Normal','more.jpg','Normal/5d49aef8024f37a650b9f6e64cf22d9319324c1c7d1037e27ddfc6c512c76bbb.jpg',5418,1.79585715922909498211e+09,1.26736308195153057453e+02,3.49695348790444240916e-02,'[0.0, 0.0, 0.01612, 0.14555, 0.09648, 0.06963, 0.04598, 0.04805, 0.0725, 0.21979, 0.16699, 0.06621, 0.02226, 0.01327, 0.00867, 0.00849]','train','P17',NULL,'upload','local',X'99156ECAC6669932C6DD66C9391E1B8B6C72396A8220787192CDD2E4969AD6DF',NULL,NULL);
INSERT INTO "samples" VALUES('pneumonia','878fb8e5cf8950963e85ce0b5f085b9906a529704de3e50a7b951e88f14ff440','Normal','film-300.jpg','Normal/878fb8e5cf8950963e85ce0b5f085b9906a529704de3e50a7b951e88f14ff440.jpg',5738,1.79585716141329598425e+09,1.17768793845663267917e+02,3.03846849926602199931e-02,'[0.00261, 0.03898, 0.06559, 0.11151, 0.09792, 0.06852, 0.05204, 0.05453, 0.09397, 0.15665, 0.14455, 0.06208, 0.02204, 0.0123, 0.00777, 0.00895]','holdout',NULL,NULL,'feedback','local',X'99146ECFC66391BC969D464159DAB49C6C2F6B52B4343C2DC3D83D21969EC2DC',NULL,NULL);
INSERT INTO "samples" VALUES('pneumonia','bf4d5273d6fcf11f0ff012e383c2b8ad3c7562abdbb2e9b1a697ed17b004c52e','Normal','film-301.jpg','Normal/bf4d5273d6fcf11f0ff012e383c2b8ad3c7562abdbb2e9b1a697ed17b004c52e.jpg',5374,1795857161.51726,1.29339963329081626849e+02,3.43662651571517638315e-02,'[0.0, 0.0, 0.04915, 0.10465, 0.07737, 0.05112, 0.04265, 0.04737, 0.11964, 0.20095, 0.20982, 0.0458, 0.02178, 0.01186, 0.00851, 0.00933]','train',NULL,NULL,'feedback','local',X'99106ECEC666993362C9E6C1391E399E6C647937D380C17096C3D7CC7D0E17DA',NULL,NULL);
CREATE TABLE sessions (
	token_sha256 VARCHAR(64) NOT NULL, 
	user VARCHAR(64) NOT NULL, 
	created_at FLOAT NOT NULL, 
	last_used_at FLOAT NOT NULL, 
	expires_at FLOAT NOT NULL, 
	PRIMARY KEY (token_sha256)
);
INSERT INTO "sessions" VALUES('5bc45c567d32d33dbd70e041a5c5e54c877a8ebb746ebead09815b4623bce331','li',1795857152.29614,1795857152.29614,1795900352.29614);
CREATE TABLE shadow_answers (
	number INTEGER NOT NULL, 
	task VARCHAR(100) DEFAULT 'pneumonia' NOT NULL, 
	version VARCHAR(32) NOT NULL, 
	prediction_id VARCHAR(32) NOT NULL, 
	label VARCHAR(100) NOT NULL, 
	decision VARCHAR(20) NOT NULL, 
	score FLOAT NOT NULL, 
	inference_ms FLOAT NOT NULL, 
	PRIMARY KEY (number)
);
INSERT INTO "shadow_answers" VALUES(1,'pneumonia','v1','593376345c5541e8992f48a100e68208','Normal','negative',5.18049954469488760366e-01,12.582);
CREATE TABLE shadows (
	task VARCHAR(100) DEFAULT 'pneumonia' NOT NULL, 
	version VARCHAR(32) NOT NULL, 
	started_at FLOAT NOT NULL, 
	stopped_at FLOAT, 
	started_by VARCHAR(100) NOT NULL, 
	dropped INTEGER NOT NULL, 
	failed INTEGER NOT NULL, 
	problem VARCHAR(500), 
	PRIMARY KEY (task, version)
);
INSERT INTO "shadows" VALUES('pneumonia','v1',1.79585744725000691409e+09,1795857447.78418,'local',0,0,NULL);
CREATE TABLE shown_answers (
	task VARCHAR(100) NOT NULL, 
	reader VARCHAR(200) NOT NULL, 
	image_sha256 VARCHAR(64) NOT NULL, 
	at FLOAT NOT NULL, 
	PRIMARY KEY (task, reader, image_sha256)
);
INSERT INTO "shown_answers" VALUES('pneumonia','local','878fb8e5cf8950963e85ce0b5f085b9906a529704de3e50a7b951e88f14ff440',1.79585716144597601893e+09);
INSERT INTO "shown_answers" VALUES('pneumonia','local','bf4d5273d6fcf11f0ff012e383c2b8ad3c7562abdbb2e9b1a697ed17b004c52e',1.79585716157002210613e+09);
INSERT INTO "shown_answers" VALUES('iris','local','c2de72e663549213333a2a6fab99b5566a5728b7268d7f94151ec1b76b5fe6e1',1.79585716221775293357e+09);
INSERT INTO "shown_answers" VALUES('pneumonia','local','050044b2f467a268241e1e17708ea0ea8b00d80b4c1d772023bfba3124320d30',1.79585745150441789628e+09);
INSERT INTO "shown_answers" VALUES('pneumonia','local','0a9b778a38c4f743edea8d543f15135412a581e457435db99a4b4bb47973f9b8',1.79585745150441789628e+09);
INSERT INTO "shown_answers" VALUES('pneumonia','local','555d361594f2fe90497801e1c97ba1a5666bea92eef0ad6e8de6143a7e9ffc00',1.79585745150441789628e+09);
INSERT INTO "shown_answers" VALUES('pneumonia','local','6d136a2bb789b1c7f04fc3b0ceb52cc9c990da80ceac5988e607afd381cfcbef',1.79585745150441789628e+09);
CREATE TABLE streams (
	task VARCHAR(100) DEFAULT 'pneumonia' NOT NULL, 
	source VARCHAR(100) NOT NULL, 
	seen_to INTEGER NOT NULL, 
	waiting INTEGER NOT NULL, 
	n INTEGER NOT NULL, 
	shifted BOOLEAN, 
	since FLOAT, 
	checked_at FLOAT, 
	model_version VARCHAR(32), 
	test VARCHAR(40), 
	window INTEGER, 
	excess FLOAT, 
	p FLOAT, 
	words JSON NOT NULL, 
	differences JSON NOT NULL, 
	PRIMARY KEY (task, source)
);
CREATE TABLE uncounted_predictions (
	task VARCHAR(100) DEFAULT 'pneumonia' NOT NULL, 
	low INTEGER NOT NULL, 
	high INTEGER NOT NULL, 
	PRIMARY KEY (task, low)
);
CREATE TABLE users (
	name VARCHAR(64) NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	password_hash TEXT NOT NULL, 
	created_at FLOAT NOT NULL, 
	password_changed_at FLOAT NOT NULL, 
	last_login_at FLOAT, 
	issuer VARCHAR(500), 
	subject VARCHAR(255), 
	PRIMARY KEY (name)
);
INSERT INTO "users" VALUES('li','operator','$argon2id$v=19$m=19456,t=2,p=1$dh5TxomEnqOJv51Ap9j6lA$o+gkX/EmXA0ZNzicArFCAC4alt5G2BDjRcUV7h9d6fY',1.79585715162219691277e+09,1.79585715162219691277e+09,1.79585715228683209417e+09,NULL,NULL);
CREATE TABLE workers (
	id VARCHAR(32) NOT NULL, 
	host VARCHAR(200) NOT NULL, 
	pid INTEGER NOT NULL, 
	started_at FLOAT NOT NULL, 
	heartbeat_at FLOAT NOT NULL, 
	model_version VARCHAR(32), 
	precision VARCHAR(8), 
	waiting INTEGER, 
	films_per_s FLOAT, 
	p99_ms FLOAT, 
	decoder_crashes INTEGER, 
	decoder_timeouts INTEGER, 
	process_restarts INTEGER, 
	PRIMARY KEY (id)
);
CREATE INDEX predictions_by_time ON predictions (task, created_at);
CREATE INDEX predictions_by_source ON predictions (task, source, number);
CREATE INDEX predictions_by_number ON predictions (task, number);
CREATE INDEX feedback_by_prediction ON feedback (task, prediction_id);
CREATE INDEX intakes_by_time ON intakes (created_at);
CREATE INDEX intakes_by_prediction ON intakes (prediction_id, created_at);
CREATE INDEX failures_by_time ON failures (task, at);
CREATE INDEX failures_by_number ON failures (task, number);
CREATE INDEX streams_by_number ON streams (task, seen_to);
CREATE UNIQUE INDEX users_by_subject ON users (issuer, subject);
CREATE INDEX sessions_by_user ON sessions (user);
CREATE INDEX login_attempts_by_end ON login_attempts (expires_at);
CREATE INDEX errors_by_time ON errors (last_at);
CREATE INDEX alert_history_by_name ON alert_history (name, number);
CREATE INDEX events_to_dispatch ON events (dispatched, number);
CREATE INDEX outbox_due ON outbox (state, next_at);
CREATE UNIQUE INDEX outbox_once ON outbox (kind, destination, event_id);
CREATE INDEX shown_by_film ON shown_answers (image_sha256);
CREATE INDEX audit_by_actor ON audit (actor, number);
CREATE INDEX audit_by_action ON audit (action, number);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit WHEN NEW.number <= (SELECT coalesce(max(number), 0) FROM audit) BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE INDEX audit_addresses_by_time ON audit_addresses (at);
CREATE UNIQUE INDEX one_active_job ON jobs (task) WHERE state IN ('queued', 'running');
CREATE UNIQUE INDEX one_waiting_job ON jobs (task) WHERE state = 'waiting';
CREATE INDEX jobs_by_version ON jobs (task, version, created_at);
CREATE INDEX newest_jobs ON jobs (task, created_at);
CREATE INDEX jobs_by_state ON jobs (task, state);
CREATE INDEX last_finished_jobs ON jobs (task, finished_at);
CREATE INDEX newest_disputed ON samples (task, created_at, sha256) WHERE disputed IS NOT NULL;
CREATE INDEX newest_by_part ON samples (task, part, created_at, sha256);
CREATE INDEX newest_by_origin ON samples (task, origin, created_at, sha256);
CREATE INDEX disputed_by_label ON samples (task, label, disputed) WHERE disputed IS NOT NULL;
CREATE INDEX newest_by_label ON samples (task, label, created_at, sha256);
CREATE INDEX newest_samples ON samples (task, created_at, sha256);
CREATE INDEX newest_by_source ON samples (task, source, created_at, sha256);
CREATE INDEX changes_by_number ON sample_changes (task, number);
CREATE INDEX changes_by_sample ON sample_changes (task, sha256);
CREATE INDEX shadow_answers_by_version ON shadow_answers (task, version);
CREATE INDEX shadow_answers_by_prediction ON shadow_answers (prediction_id);
CREATE INDEX drift_looks_by_number ON drift_looks (task, number);
COMMIT;
