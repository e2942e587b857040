"""What tests see of a demo's desk and of the service behind it, whatever the helpdesk."""

from dataclasses import dataclass

import httpx

from service.demo.stage import Stage

SECRET = "a-secret-of-forty-letters-for-the-browser"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSeen:
    """A desk where Rowan answers and Noor may approve."""

    stage: Stage

    async def replies(self, ticket: str) -> list[str]:
        """What the agents wrote to the customer, as the desk has it."""
        comments = (await self.stage.desk.view(ticket))["comments"]
        return [comment["text"] for comment in comments[1:] if comment["public"]]

    async def counted(self, sample: str) -> float:
        """The value of a metric's sample, by its name with labels; 0.0 if it is not there."""
        async with httpx.AsyncClient(trust_env=False) as client:
            lines = (await client.get(f"{self.stage.service_url}/metrics")).text.splitlines()
        return next((float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(f"{sample} ")), 0.0)
