"""The control API of a sandbox as methods: what people do at the desk, and what came of it."""

from types import TracebackType
from typing import Any, Self

import httpx

TIMEOUT_S = 30.0


class SandboxClient:
    """Speaks to a running sandbox. Every method raises httpx.HTTPStatusError if the sandbox refuses.

    Keyword arguments are the fields of the control API's JSON, as they are.
    """

    def __init__(self, base_url: str) -> None:
        self._http = httpx.AsyncClient(base_url=f"{base_url}/_sandbox", trust_env=False, timeout=TIMEOUT_S)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes connections."""
        await self._http.aclose()

    async def person(self, name: str, email: str, *, role: str = "customer", groups: tuple[str, ...] = ()) -> str:
        """The id of a new user."""
        answer = await self._ask("POST", "/people", {"name": name, "email": email, "role": role, "groups": groups})
        return str(answer["id"])

    async def macro(self, title: str, text: str = "", *, add_tags: tuple[str, ...] = ()) -> str:
        """The id of a new prepared text."""
        answer = await self._ask("POST", "/macros", {"title": title, "text": text, "add_tags": add_tags})
        return str(answer["id"])

    async def ticket(self, requester_id: str, subject: str, **first: Any) -> tuple[str, str]:
        """The ids of a new ticket and of its first change."""
        answer = await self._ask("POST", "/tickets", {"requester_id": requester_id, "subject": subject, **first})
        return str(answer["id"]), str(answer["change_id"])

    async def submit(self, ticket_id: str, actor_id: str, **what: Any) -> str:
        """The id of the change that one submit of an agent or customer made."""
        answer = await self._ask("POST", f"/tickets/{ticket_id}/submit", {"actor_id": actor_id, **what})
        return str(answer["change_id"])

    async def delete(self, ticket_id: str) -> None:
        """Somebody deleted the ticket."""
        await self._ask("DELETE", f"/tickets/{ticket_id}")

    async def webhook(self, url: str, kind: str, **setup: Any) -> str:
        """The id of a new webhook, which is told of every submit from now on."""
        answer = await self._ask("POST", "/webhooks", {"url": url, "kind": kind, **setup})
        return str(answer["id"])

    async def fault(self, method: str, route: str, mode: str = "answer", **how: Any) -> None:
        """Something will go wrong with the next requests to a route."""
        await self._ask("POST", "/faults", {"method": method, "route": route, "mode": mode, **how})

    async def clear_faults(self) -> None:
        """Nothing goes wrong any more."""
        await self._ask("DELETE", "/faults")

    async def effects(self) -> list[dict[str, Any]]:
        """Everything that was really done through the vendor's API, oldest first."""
        return list(await self._ask("GET", "/effects"))

    async def mails(self, ticket_id: str) -> list[dict[str, Any]]:
        """What the desk's rules mailed about a ticket, oldest first."""
        return [mail for mail in await self._ask("GET", "/mails") if str(mail["ticket_id"]) == ticket_id]

    async def view(self, ticket_id: str) -> dict[str, Any]:
        """A ticket as a person at the desk sees it."""
        return dict(await self._ask("GET", f"/tickets/{ticket_id}"))

    async def deliveries(self) -> list[dict[str, Any]]:
        """Every attempt at a webhook so far."""
        return list(await self._ask("GET", "/deliveries"))

    async def settled(self) -> list[dict[str, Any]]:
        """As `deliveries`, but only when nothing is waiting or under way any more."""
        return list(await self._ask("GET", "/deliveries?settled=1"))

    async def _ask(self, method: str, path: str, json: dict[str, Any] | None = None) -> Any:
        answer = await self._http.request(method, path, json=json)
        answer.raise_for_status()
        return answer.json() if answer.content else None
