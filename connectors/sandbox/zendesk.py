"""The pretend Zendesk, put together."""

from pathlib import Path

from connectors.sandbox.desk import Clock, Desk, utc_now
from connectors.sandbox.effects import Effects
from connectors.sandbox.frame import sandbox_app
from connectors.sandbox.zendesk_api import ZendeskApi
from connectors.sandbox.zendesk_hooks import ZendeskHooks
from connectors.sandbox.zendesk_rules import ZendeskRules


class ZendeskSandbox:
    """A Zendesk account with memory. `app` is an ASGI app; `bot_id` the user whom the credentials belong to.

    `rules` are the webhooks and triggers that were set up through its API.
    """

    def __init__(
        self,
        *,
        account: str = "acme",
        email: str = "bot@acme.example",
        api_token: str = "sandbox-token",  # noqa: S107 - opens nothing but this sandbox
        clock: Clock = utc_now,
        effects_path: Path | None = None,
    ) -> None:
        self.account, self.email, self.api_token = account, email, api_token
        self.desk = Desk(clock)
        self.effects = Effects(effects_path)
        bot = self.desk.add_user("Ombuds", email, "agent")
        self.bot_id = str(bot.id)
        self.rules = ZendeskRules(self.desk)
        api = ZendeskApi(self.desk, self.effects, bot, api_token, self.rules)
        vendor = ZendeskHooks(self.desk, api.routes, self.rules)
        self.app = sandbox_app(self.desk, vendor, self.effects)
