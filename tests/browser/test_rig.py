"""The browser itself: that it finds what the other tests rely on it to find."""

from typing import Any

GOOD = "<!doctype html><html lang=en><title>A page</title><main><h1>A page</h1><button>Send</button></main>"
NAMELESS = "<!doctype html><html lang=en><title>A page</title><main><h1>A page</h1><button></button></main>"


async def test_axe_names_a_button_that_has_no_name_and_nothing_where_all_is_well(open_page: Any, barriers: Any) -> None:
    """The stories assert that this list is empty, which must mean something."""
    page = await open_page("about:blank")
    await page.set_content(GOOD)
    assert await barriers(page) == []

    await page.set_content(NAMELESS)

    assert [line.split(":")[0] for line in await barriers(page)] == ["button-name"]
