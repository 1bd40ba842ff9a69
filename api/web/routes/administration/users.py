"""`/users`: who may log in."""

from fastapi import APIRouter

from api.accounts.rights import RIGHTS_OF, Role
from api.records.accounts import users
from api.records.accounts.users import UserRecord
from api.services import Services
from api.serving.scheduling.work_pool import place_in, runs_in
from api.web.auditing import Action, Audited
from api.web.deps import S
from api.web.problems import documented
from api.web.schemas.administration.accounts import NewUser, User, UserChange, UserList

router = APIRouter(prefix="/users", tags=["accounts"])


@router.get("", responses=documented(503, 507))
@runs_in("operation")
def list_users(services: S) -> UserList:
    """Everybody who may log in, by name."""
    counts = services.accounts.open_sessions()
    found = users.every(services.records.database)
    return UserList(users=[_shown(user, counts) for user in found])


@router.post(
    "",
    status_code=201,
    dependencies=[place_in("logins")],
    responses=documented(403, 409, 422, 429, 503, 507),
)
@runs_in("logins")
def add_user(body: NewUser, services: S, audit: Audited) -> User:
    """Let somebody log in."""
    added = services.accounts.add_user(body.name, body.role, body.password.get_secret_value())
    audit.record(Action.USER_ADD, added.name, after=added.role)
    return _shown(added, {})


@router.patch(
    "/{name}",
    dependencies=[place_in("logins")],
    responses=documented(403, 404, 409, 422, 429, 503, 507),
)
@runs_in("logins")
def change_user(name: str, body: UserChange, services: S, audit: Audited) -> User:
    """Give somebody another role, or a new password, which ends their sessions."""
    password = body.password.get_secret_value() if body.password else None
    before = users.get(services.records.database, name).role
    services.accounts.change_user(name, role=body.role, password=password)
    changed = {"role": body.role or before, "new_password": password is not None}
    audit.record(Action.USER_CHANGE, name, before={"role": before}, after=changed)
    return _of(name, services)


@router.delete("/{name}", status_code=204, responses=documented(403, 404, 409, 422, 503, 507))
@runs_in("operation")
def remove_user(name: str, services: S, audit: Audited) -> None:
    """Somebody may not log in any more, and their sessions end. What they did stays in the
    records; keys stay too."""
    services.accounts.remove_user(name)
    audit.record(Action.USER_REMOVE, name)


def _of(name: str, services: Services) -> User:
    user = users.get(services.records.database, name)
    return _shown(user, services.accounts.open_sessions())


def _shown(user: UserRecord, counts: dict[str, int]) -> User:
    role = Role(user.role)
    return User(
        name=user.name,
        role=role,
        rights=sorted(RIGHTS_OF[role]),
        created_at=user.created_at,
        password_changed_at=user.password_changed_at,
        last_login_at=user.last_login_at,
        open_sessions=counts.get(user.name, 0),
    )
