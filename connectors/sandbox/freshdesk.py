"""The pretend Freshdesk, put together."""

from pathlib import Path

from connectors.sandbox.desk import Clock, Desk, utc_now
from connectors.sandbox.effects import Effects
from connectors.sandbox.frame import sandbox_app
from connectors.sandbox.freshdesk_api import FreshdeskApi
from connectors.sandbox.freshdesk_hooks import FreshdeskHooks
from connectors.sandbox.freshdesk_shapes import Json
from connectors.sandbox.freshdesk_writing import RateLimit


class FreshdeskSandbox:
    """A Freshdesk account with memory. `app` is an ASGI app; `bot_id` the agent whom `api_key` belongs to."""

    def __init__(
        self,
        *,
        account: str = "acme",
        api_key: str = "sandbox-key",
        clock: Clock = utc_now,
        effects_path: Path | None = None,
        requests_per_minute: int = 10_000,
    ) -> None:
        self.account, self.api_key = account, api_key
        self.desk = Desk(clock)
        self.effects = Effects(effects_path)
        bot = self.desk.add_user("Ombuds", f"ombuds@{account}.example", "agent")
        self.bot_id = str(bot.id)
        self._api = FreshdeskApi(self.desk, self.effects, bot, api_key, RateLimit(requests_per_minute))
        self.rules = self._api.rules
        self.app = sandbox_app(
            self.desk, FreshdeskHooks(self.desk, account, self._api.routes, self.rules), self.effects
        )

    def archive(self, ticket_id: str) -> None:
        """The account's archiving has taken this ticket."""
        self._api.archived.add(int(ticket_id))

    def add_scenario(self, name: str, actions: list[Json]) -> str:
        """The id of a new scenario; `actions` as Freshdesk lists them."""
        known = self.desk.new_id()
        self._api.scenarios.append({"id": known, "name": name, "description": None, "actions": actions})
        return str(known)
