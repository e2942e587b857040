"""What is paused, as all who share the store see it."""

from collections.abc import Collection
from functools import partial

import msgspec
from sqlalchemy import Connection, select

from service.paused import Halt, Paused
from service.store.databases import insert_new, upsert
from service.store.errors import StoreError
from service.store.schema import meta
from service.store.store import Store

PAUSED = "paused"
PAUSED_ROW = select(meta.c.value).where(meta.c.key == PAUSED)
_DECODER = msgspec.json.Decoder(Paused)


async def paused_in(store: Store) -> Paused:
    """What is paused at this moment. Raises StoreError."""
    return await store.ask(paused_now)


async def pause(store: Store, policies: Collection[str], halt: Halt) -> Paused:
    """Pauses these, or everything if there are none; what is paused now. Raises StoreError."""
    return await store.tell(partial(_pause, policies=policies, halt=halt))


async def resume(store: Store, policies: Collection[str]) -> Paused:
    """Resumes these, or everything if there are none; what is still paused. Raises StoreError."""
    return await store.tell(partial(_resume, policies=policies))


def paused_now(connection: Connection) -> Paused:
    """The same, inside a transaction."""
    return paused_as(connection.scalar(PAUSED_ROW))


def _pause(connection: Connection, policies: Collection[str], halt: Halt) -> Paused:
    return _write(connection, _locked(connection).paused(policies, halt))


def _resume(connection: Connection, policies: Collection[str]) -> Paused:
    return _write(connection, _locked(connection).resumed(policies))


def _locked(connection: Connection) -> Paused:
    """As it is, until the transaction ends: of two who pause at once, none undoes what the other did."""
    insert_new(connection, meta, key=PAUSED, value=_text(Paused()))
    return paused_as(connection.scalar(PAUSED_ROW.with_for_update()))


def _write(connection: Connection, paused: Paused) -> Paused:
    upsert(connection, meta, "key", key=PAUSED, value=_text(paused))
    return paused


def _text(paused: Paused) -> str:
    return msgspec.json.encode(paused).decode()


def paused_as(text: str | None) -> Paused:
    """What the row says; None: it was never written. Raises StoreError."""
    try:
        return Paused() if text is None else _DECODER.decode(text)
    except msgspec.DecodeError as error:
        # Whether something is paused is not known, so nothing may be done.
        raise StoreError(f'the row "{PAUSED}" of the table meta cannot be read: {error}') from error
