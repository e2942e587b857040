"""Business hours in the settings: for the installation, for one account, and every slip is told."""

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from policies.calendar import STANDARD
from service.settings import Settings, SettingsError, load_business_hours, load_settings

ZENDESK = """
[[helpdesks]]
kind = "zendesk"
account = "acme"
base_url = "https://acme.zendesk.com"
email = "bot@acme.example"
api_token = "t"
webhook_secrets = ["s"]
"""
BERLIN = """
[business_hours]
time_zone = "Europe/Berlin"
monday = "8:00-16:30"
tuesday = ["08:00-12:00", "13:00 - 18:00"]
saturday = []
holidays = [2026-12-25, "2026-12-26"]
"""


def load(folder: Path, text: str) -> Settings:
    (folder / "ombuds.toml").write_text(text)
    return load_settings(folder / "ombuds.toml", {})


def test_without_a_table_a_desk_works_from_monday_to_friday_from_nine_to_five(tmp_path: Path) -> None:
    settings = load(tmp_path, ZENDESK)

    assert settings.business_hours == STANDARD
    assert settings.helpdesks[0].business_hours is None


def test_days_that_are_named_are_the_days_of_work(tmp_path: Path) -> None:
    calendar = load(tmp_path, BERLIN + ZENDESK).business_hours

    assert calendar.zone == ZoneInfo("Europe/Berlin")
    assert calendar.week == (((480, 990),), ((480, 720), (780, 1080)), (), (), (), (), ())
    assert calendar.holidays == {date(2026, 12, 25), date(2026, 12, 26)}


def test_a_zone_alone_moves_the_usual_week(tmp_path: Path) -> None:
    calendar = load(tmp_path, '[business_hours]\ntime_zone = "Asia/Tokyo"\n' + ZENDESK).business_hours

    assert (calendar.zone, calendar.week) == (ZoneInfo("Asia/Tokyo"), STANDARD.week)


def test_an_account_may_have_hours_of_its_own(tmp_path: Path) -> None:
    own = ZENDESK + '[helpdesks.business_hours]\nsunday = "0:00-24:00"\n'

    (helpdesk,) = load(tmp_path, BERLIN + own).helpdesks

    assert helpdesk.business_hours is not None
    assert helpdesk.business_hours.week[6] == ((0, 1440),)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('time_zone = "Berlin"', 'business_hours.time_zone must be a name such as "Europe/Berlin"'),
        ('time_zone = "../../etc/passwd"', "business_hours.time_zone must be a name"),
        ('monday = "nine to five"', 'business_hours.monday must be hours such as "9:00-17:00"'),
        ('monday = "17:00-9:00"', "business_hours.monday must be hours"),
        ('monday = "9:00-25:00"', "business_hours.monday must be hours"),
        ('monday = ["9:00-13:00", "12:00-17:00"]', "business_hours.monday must hold shifts that follow one another"),
        ("monday = []", "some work in the week"),
        ("holidays = [2026-12-25T10:00:00]", "business_hours.holidays must be a list of days"),
        ('holidays = "2026-12-25"', "business_hours.holidays must be a list of days"),
        ('mondy = "9:00-17:00"', 'business_hours.mondy is not a setting; did you mean "monday"?'),
    ],
)
def test_a_slip_is_told_with_its_key(tmp_path: Path, line: str, problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, f"[business_hours]\n{line}\n" + ZENDESK)

    assert any(problem in found for found in caught.value.problems)


def test_a_slip_in_an_accounts_own_hours_names_the_account(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"helpdesks\[1\]\.business_hours\.monday must be hours"):
        load(tmp_path, ZENDESK + '[helpdesks.business_hours]\nmonday = "x"\n')


def test_business_hours_can_be_read_without_any_secret(tmp_path: Path) -> None:
    file = tmp_path / "ombuds.toml"
    file.write_text(BERLIN + ZENDESK.replace('"t"', '{env = "NOT_SET"}'))

    assert load_business_hours(file).zone == ZoneInfo("Europe/Berlin")
    with pytest.raises(SettingsError, match="NOT_SET"):
        load_settings(file, {})
