"""Rights in `docs/protect/security.md`: `python -m tests.docs.rights_table` writes it."""

from api.accounts.rights import RIGHTS_OF, Right, Role
from api.reports.markdown import table
from api.reports.markdown_sections import replace_section
from api.settings import ROOT
from api.web.route_rights import TABLE, Access

PAGE = ROOT / "docs/protect/security.md"
# Not routes, but what is said where there is none.
WITHOUT_A_ROUTE = "/tasks/{task}/{rest:path}"


def rights_table() -> str:
    """Each route with what it needs, and the roles that have it."""
    rows = [
        (f"`{method}` `{path}`", need, *(_mark(role, need) for role in Role))
        for method, path, need in TABLE
        if path != WITHOUT_A_ROUTE
    ]
    return table(("route", "needs", *Role), rows)


def _mark(role: Role, need: Access) -> str:
    return "yes" if not isinstance(need, Right) or need in RIGHTS_OF[role] else ""


if __name__ == "__main__":
    replace_section(PAGE, "rights", rights_table())
