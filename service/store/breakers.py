"""The breakers of all accounts, as workers share them. Each function runs inside one transaction."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, select, update

from service.breaker import Breaker, BreakerRules, BreakerState, opened
from service.store.schema import accounts
from service.store.turns import breaker_of


def all_breakers(connection: Connection) -> dict[tuple[str, str], Breaker]:
    """Each account's, by (helpdesk, account)."""
    return {(row.helpdesk, row.account): breaker_of(row) for row in connection.execute(select(accounts))}


def open_breaker(
    connection: Connection, account: tuple[str, str], now: datetime, rules: BreakerRules, *, asked_s: float
) -> Breaker | None:
    """The breaker, if it was closed until now."""
    if _locked(connection, account).opened_at is not None:
        return None
    return _write(connection, account, opened(now, rules, asked_s=asked_s))


def keep_open(
    connection: Connection, account: tuple[str, str], now: datetime, rules: BreakerRules, *, asked_s: float
) -> Breaker:
    """The breaker after a probe that failed; one that was closed meanwhile stays closed."""
    found = _locked(connection, account)
    if found.opened_at is None:
        return found
    return _write(connection, account, found.kept_open(now, rules, asked_s=asked_s))


def close_breaker(connection: Connection, account: tuple[str, str]) -> bool:
    """Whether it was open until now."""
    if _locked(connection, account).opened_at is None:
        return False
    _write(connection, account, Breaker())
    return True


def take_probe(connection: Connection, account: tuple[str, str], now: datetime, lease_s: float) -> BreakerState:
    """What the breaker lets pass now. If that is one probe, it is the asker's, and nobody else sends one meanwhile."""
    found = _locked(connection, account)
    state = found.state(now)
    if state is BreakerState.HALF_OPEN:
        _write(connection, account, found.probed(now, lease_s))
    return state


def _locked(connection: Connection, account: tuple[str, str]) -> Breaker:
    row = connection.execute(select(accounts).where(_of(account)).with_for_update()).first()
    return Breaker() if row is None else breaker_of(row)


def _write(connection: Connection, account: tuple[str, str], breaker: Breaker) -> Breaker:
    values = {name: getattr(breaker, name) for name in breaker.__dataclass_fields__}
    connection.execute(update(accounts).where(_of(account)).values(**values))
    return breaker


def _of(account: tuple[str, str]) -> ColumnElement[bool]:
    helpdesk, name = account
    return and_(accounts.c.helpdesk == helpdesk, accounts.c.account == name)
