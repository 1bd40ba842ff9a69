"""Pages from the templates beside this file."""

from pathlib import PurePath


def render(name: str, **values: object) -> str:
    """A template of `templates/`, filled in.

    Its suffix (.md, .txt, .svg) tells how values are escaped.

    Raises: jinja2.UndefinedError if the template names something that is not given.
    """
    # Loaded with the first page: neither a server nor `--help` needs Jinja2.
    from api.reports.environment import environment

    return environment(PurePath(name).suffix).get_template(name).render(values)
