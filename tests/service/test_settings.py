from datetime import timedelta
from pathlib import Path

import pytest

from policies.ticket import Status
from policies.verdict import Mode
from service.breaker import BreakerRules
from service.failures import Patience
from service.secret import Secret
from service.settings import Settings, SettingsError, StoreSettings, load_settings
from service.settings_gate import GateSettings
from service.settings_helpdesks import FreshdeskSettings, ZendeskSettings

ZENDESK = """
[[helpdesks]]
kind = "zendesk"
account = "acme"
base_url = "https://acme.zendesk.com"
email = "bot@acme.example"
api_token = {env = "ZENDESK_API_TOKEN"}
webhook_secrets = [{env = "ZENDESK_WEBHOOK_SECRET"}]
"""
FRESHDESK = """
[[helpdesks]]
kind = "freshdesk"
account = "acme"
base_url = "https://acme.freshdesk.com"
api_key = {file = "key"}
basic = {user = "ombuds", password = "first"}
ceiling = "block"
[helpdesks.statuses]
6 = "pending"
"""
ENVIRON = {"ZENDESK_API_TOKEN": "token-of-zendesk", "ZENDESK_WEBHOOK_SECRET": "signing-secret"}


def load(folder: Path, text: str, **environ: str) -> Settings:
    (folder / "ombuds.toml").write_text(text)
    return load_settings(folder / "ombuds.toml", {**ENVIRON, **environ})


def problems_of(folder: Path, text: str, **environ: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load(folder, text, **environ)
    return caught.value.problems


def test_a_small_file_is_enough_and_everything_else_has_a_default(tmp_path: Path) -> None:
    settings = load(tmp_path, ZENDESK)

    (helpdesk,) = settings.helpdesks
    assert isinstance(helpdesk, ZendeskSettings)
    assert helpdesk.api_token.reveal() == "token-of-zendesk"
    assert helpdesk.ceiling is Mode.NOTE
    assert settings.policies is None
    assert settings.store.url == f"sqlite:///{tmp_path}/ombuds.db"
    assert (settings.server.host, settings.server.port) == ("127.0.0.1", 8400)


@pytest.mark.parametrize(
    ("written", "tag"),
    [("", None), ("hold = false", None), ("hold = true", "ombuds_hold"), ('hold = "wait_a_bit"', "wait_a_bit")],
)
def test_replies_are_held_by_a_tag_if_that_is_wished(tmp_path: Path, written: str, tag: str | None) -> None:
    (helpdesk,) = load(tmp_path, f"{ZENDESK}\n{written}\n").helpdesks

    assert isinstance(helpdesk, ZendeskSettings)
    assert helpdesk.hold == tag


def test_relative_paths_are_taken_from_the_settings_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("key-of-freshdesk\n")

    settings = load(tmp_path, 'policies = "mine"\n[store]\nurl = "sqlite:///state/o.db"\n' + FRESHDESK)

    (helpdesk,) = settings.helpdesks
    assert isinstance(helpdesk, FreshdeskSettings)
    assert helpdesk.api_key.reveal() == "key-of-freshdesk"
    assert helpdesk.statuses == {6: Status.PENDING}
    assert settings.policies == tmp_path / "mine"
    assert settings.store.url == f"sqlite:///{tmp_path}/state/o.db"


def test_a_secret_may_be_handed_over_by_systemd(tmp_path: Path) -> None:
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "zendesk").write_text("token-by-systemd\n")
    text = ZENDESK.replace('env = "ZENDESK_API_TOKEN"', 'credential = "zendesk"')

    (helpdesk,) = load(tmp_path, text, CREDENTIALS_DIRECTORY=f"{tmp_path}/credentials").helpdesks

    assert isinstance(helpdesk, ZendeskSettings)
    assert helpdesk.api_token.reveal() == "token-by-systemd"
    (without,) = problems_of(tmp_path, text)
    assert "LoadCredential=zendesk:FILE" in without
    (elsewhere,) = problems_of(tmp_path, text, CREDENTIALS_DIRECTORY=str(tmp_path))
    assert f"{tmp_path}/zendesk is missing or empty; systemd gives it with LoadCredential=zendesk:FILE" in elsewhere


def test_a_store_on_postgresql_keeps_its_password_apart(tmp_path: Path) -> None:
    url = "postgresql://ombuds@db.example:5433/ombuds"

    settings = load(tmp_path, f'[store]\nurl = "{url}"\npassword = {{env = "PGPASS"}}\n{ZENDESK}', PGPASS="geheim")

    assert settings.store == StoreSettings(url=url, password=Secret("geheim"))
    assert "geheim" not in repr(settings)


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        "[server]\nport = 1\n" + ZENDESK,
        OMBUDS_SERVER_PORT="9000",
        OMBUDS_STORE_URL="sqlite:////srv/o.db",
        OMBUDS_POLICIES="/srv/policies",
        OMBUDS_ENFORCEMENT_KILL_SWITCH="true",
        OMBUDS_SERVICE_PORT="tcp://10.0.0.1:80",
    )

    assert settings.server.port == 9000
    assert settings.store.url == "sqlite:////srv/o.db"
    assert settings.policies == Path("/srv/policies")
    assert settings.enforcement.kill_switch


def test_the_file_that_pauses_everything_stands_beside_the_settings(tmp_path: Path) -> None:
    named = load(tmp_path, f'[enforcement]\npause_file = "stop"\n{ZENDESK}')
    elsewhere = load(tmp_path, ZENDESK, OMBUDS_ENFORCEMENT_PAUSE_FILE="/run/ombuds/stop")

    assert named.enforcement.pause_file == tmp_path / "stop"
    assert elsewhere.enforcement.pause_file == Path("/run/ombuds/stop")
    assert load(tmp_path, ZENDESK).enforcement.pause_file is None


def test_there_is_no_budget_of_notes_unless_one_is_given(tmp_path: Path) -> None:
    given = load(tmp_path, f"[enforcement]\nnotes_per_policy_and_day = 40\n{ZENDESK}")
    overridden = load(tmp_path, ZENDESK, OMBUDS_ENFORCEMENT_NOTES_PER_POLICY_AND_DAY="7")

    assert given.enforcement.notes_per_policy_and_day == 40
    assert overridden.enforcement.notes_per_policy_and_day == 7
    assert load(tmp_path, ZENDESK).enforcement.notes_per_policy_and_day == 0


def test_how_long_things_are_tried_and_how_much_room_is_kept_can_be_said(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        "[work]\nretry_s = [1, 2]\ngive_up_after_h = 12\nbreaker_after = 0\n"
        f"[store]\nkeep_free_mib = 10\n[server]\ngrace_s = 9\n{ZENDESK}",
        OMBUDS_WORK_BREAKER_PROBE_S="30",
        OMBUDS_STORE_WARN_FREE_MIB="20",
    )

    assert settings.work.patience == Patience(retry_s=(1.0, 2.0), give_up_after=timedelta(hours=12))
    assert settings.work.breaker == BreakerRules(after=0, probe_s=30.0)
    assert (settings.store.keep_free_mib, settings.store.warn_free_mib, settings.server.grace_s) == (10, 20, 9)


def test_the_file_is_found_by_the_environment(tmp_path: Path) -> None:
    (tmp_path / "elsewhere.toml").write_text(ZENDESK)

    settings = load_settings(None, {**ENVIRON, "OMBUDS_CONFIG": str(tmp_path / "elsewhere.toml")})

    assert len(settings.helpdesks) == 1


def test_secrets_can_be_rotated_by_naming_two(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("k")
    two = FRESHDESK.replace(
        'basic = {user = "ombuds", password = "first"}',
        'header = [{name = "X-Ombuds", value = "old"}, {name = "X-Ombuds", value = "new"}]',
    )

    (helpdesk,) = load(tmp_path, two).helpdesks

    assert isinstance(helpdesk, FreshdeskSettings)
    assert helpdesk.headers == (("X-Ombuds", Secret("old")), ("X-Ombuds", Secret("new")))


def test_a_secret_never_shows_when_settings_are_printed(tmp_path: Path) -> None:
    settings = load(tmp_path, ZENDESK)

    for printed in (repr(settings), str(settings), f"{settings.helpdesks}"):
        assert "token-of-zendesk" not in printed
        assert "signing-secret" not in printed


BAD = [
    ("port", "[server]\nport = 70000\n" + ZENDESK, "server.port must be a whole number from 0 to 65535"),
    ("port is no number", '[server]\nport = "x"\n' + ZENDESK, "server.port must be a whole number"),
    ("port is true", "[server]\nport = true\n" + ZENDESK, "server.port must be a whole number"),
    ("drain is nan", "[server]\ndrain_s = nan\n" + ZENDESK, "server.drain_s must be a number"),
    ("misspelt key", "[server]\nprot = 1\n" + ZENDESK, 'server.prot is not a setting; did you mean "port"?'),
    ("unknown section", "[colours]\n" + ZENDESK, "colours is not a setting; known here: "),
    ("section is a text", 'server = "x"\n' + ZENDESK, "server must be a table: [server]"),
    ("other store", '[store]\nurl = "mysql://x/y"\n' + ZENDESK, 'store.url must be "sqlite:///FILE" or "postgresql'),
    ("no file", '[store]\nurl = "sqlite:///"\n' + ZENDESK, 'store.url must be "sqlite:///FILE" or "postgresql'),
    ("no database", '[store]\nurl = "postgresql://x"\n' + ZENDESK, "store.url must name a server and a database"),
    ("password in a url", '[store]\nurl = "postgresql://u:p@x/y"\n' + ZENDESK, "store.url must not hold the password"),
    ("password of a file", '[store]\npassword = "p"\n' + ZENDESK, "store.password is for a store on PostgreSQL"),
    ("no helpdesk", "", "helpdesks is missing: add a [[helpdesks]] table"),
    ("the same account twice", ZENDESK * 2, 'helpdesks has zendesk account "acme" twice'),
    ("unknown kind", '[[helpdesks]]\nkind = "jira"\n', 'helpdesks[1].kind must be "zendesk" or "freshdesk"'),
    ("plain http", ZENDESK.replace("https:", "http:"), "helpdesks[1].base_url must begin with https://"),
    ("url with a password", ZENDESK.replace("https://", "https://u:p@"), "helpdesks[1].base_url must be a scheme"),
    ("url with a path", ZENDESK.replace(".com", ".com/api"), "helpdesks[1].base_url must be a scheme and a host"),
    ("url with a broken host", ZENDESK.replace("https://acme", "https://[acme"), "helpdesks[1].base_url must be a"),
    ("account with a slash", ZENDESK.replace('"acme"', '"a/b"'), "helpdesks[1].account names a route"),
    ("ceiling", ZENDESK + 'ceiling = "disabled"', 'helpdesks[1].ceiling must be "observe", "note" or "block"'),
    (
        "tag to hold by",
        ZENDESK + 'hold = "two words"',
        "helpdesks[1].hold must be true, false, or a tag of small letters",
    ),
    ("no signature", ZENDESK.replace("webhook_secrets", "secret"), "helpdesks[1].webhook_secrets is missing"),
    ("empty signature list", ZENDESK.replace('[{env = "ZENDESK_WEBHOOK_SECRET"}]', "[]"), "webhook_secrets is missing"),
    ("secret not set", ZENDESK.replace("API_TOKEN", "X"), "needs the environment variable ZENDESK_X, which is not"),
    ("secret of a wrong shape", ZENDESK.replace("{env =", "{evn ="), "api_token must be a text, {env = "),
    ("secret file missing", FRESHDESK, "helpdesks[1].api_key needs the file key, which is missing or empty"),
    ("no credentials", FRESHDESK.replace("basic", "base"), "helpdesks[1].basic and header are missing"),
    ("status", FRESHDESK.replace('"pending"', '"waiting"'), "helpdesks[1].statuses.6 must be a status number"),
    ("retries", "[work]\nretry_s = []\n" + ZENDESK, "work.retry_s must be a list of numbers"),
    ("not TOML", "[server", "it is not TOML in UTF-8"),
]


@pytest.mark.parametrize(("text", "problem"), [bad[1:] for bad in BAD], ids=[bad[0] for bad in BAD])
def test_what_cannot_be_used_is_refused_with_what_to_do(tmp_path: Path, text: str, problem: str) -> None:
    assert any(problem in found for found in problems_of(tmp_path, text))


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    text = "[server]\nport = -1\nhots = 1\n[work]\nconcurrency = 0\n" + ZENDESK.replace("https", "http")

    problems = problems_of(tmp_path, text)

    assert len(problems) == 4
    assert all(problem.startswith(str(tmp_path / "ombuds.toml")) for problem in problems)


def test_a_missing_file_is_told_with_the_way_to_name_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no such file"):
        load_settings(tmp_path / "none.toml", {})


@pytest.mark.parametrize("url", ["http://127.0.0.1:9000", "http://localhost:9000", "http://[::1]:9000"])
def test_plain_http_is_fine_on_this_machine(tmp_path: Path, url: str) -> None:
    (helpdesk,) = load(tmp_path, ZENDESK.replace("https://acme.zendesk.com", url)).helpdesks

    assert helpdesk.base_url == url


GATE = ZENDESK + 'gate = {secrets = [{env = "NEW"}, {env = "OLD"}], per_minute = 90, origins = ["https://a.example"]}\n'


def test_an_account_may_have_a_gate_whose_secret_can_be_changed_without_a_gap(tmp_path: Path) -> None:
    (helpdesk,) = load(tmp_path, GATE, NEW="n" * 32, OLD="o" * 32).helpdesks
    (without,) = load(tmp_path, ZENDESK).helpdesks

    assert helpdesk.gate == GateSettings(
        secrets=(Secret("n" * 32), Secret("o" * 32)), per_minute=90, origins=("https://a.example",)
    )
    assert without.gate is None


@pytest.mark.parametrize(
    ("gate", "told"),
    [
        ("{}", "gate.secrets must be one secret, or two"),
        ('{secrets = ["a", "b", "c"]}', "gate.secrets must be one secret, or two"),
        ('{secrets = ["short"]}', "openssl rand -hex 32"),
        (f'{{secrets = ["{"x" * 32}"], origins = ["*"]}}', "gate.origins must be a list of a scheme and a host"),
        (f'{{secrets = ["{"x" * 32}"], per_hour = 3}}', "gate.per_hour is not a setting"),
        ("true", "gate must be a table"),
    ],
)
def test_a_gate_that_cannot_be_is_told_with_what_mends_it(tmp_path: Path, gate: str, told: str) -> None:
    assert told in " ".join(problems_of(tmp_path, f"{ZENDESK}gate = {gate}\n"))
