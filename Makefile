UV_COMPILE = uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-annotate --custom-compile-command "make pins"
pins:
	$(UV_COMPILE) pyproject.toml --group ui --group dev --output-file tests/requirements.txt
	$(UV_COMPILE) pyproject.toml --constraints tests/requirements.txt --output-file requirements_api.txt
	$(UV_COMPILE) --group ui --constraints tests/requirements.txt --output-file streamlit_app/requirements.txt
