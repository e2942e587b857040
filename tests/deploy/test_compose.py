"""The Compose file, checked as far as it can be without a daemon: its schema, and what it promises."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.settings import load_settings

sys.path.insert(0, str(Path(__file__).parent))
from tools import tool

FOLDER = Path(__file__).parents[2] / "deploy" / "compose"
FILE = FOLDER / "compose.yaml"
SETTINGS = FOLDER / "ombuds.toml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("web", "worker", "gate")
CHECK = shutil.which("check-jsonschema", path=str(FOLDER.parents[1] / ".venv" / "bin"))


@pytest.mark.skipif(CHECK is None, reason="check-jsonschema is a part of: uv sync --inexact --group deploy")
def test_it_follows_the_specification_of_compose() -> None:
    command = [str(CHECK), "--builtin-schema", "vendor.compose-spec", str(FILE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_writes_to_its_volumes_alone_and_has_no_privileges_and_a_limit(service: str) -> None:
    told = SERVICES[service]

    assert told["read_only"] is True
    assert told["cap_drop"] == ["ALL"]
    assert told["security_opt"] == ["no-new-privileges:true"]
    assert set(told["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    assert not told.keys() & {"privileged", "cap_add", "network_mode", "pid", "ipc", "devices"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_is_watched_started_again_and_of_one_version(service: str) -> None:
    told = SERVICES[service]

    assert told["healthcheck"]["test"]
    assert told["restart"] == "unless-stopped"
    assert re.search(r":v?\d+\.\d+\.\d+|:\d+\.\d+-", told["image"])


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_is_published_to_other_machines_unless_the_web_port_is_on_purpose(service: str) -> None:
    own = "${OMBUDS_ADDRESS:-127.0.0.1}:" if service in ("web", "gate") else "127.0.0.1:"

    assert all(port.startswith(own) for port in SERVICES[service].get("ports", []))


def test_nobody_but_ombuds_reaches_the_database() -> None:
    on_its_network = {name for name, told in SERVICES.items() if "store" in told.get("networks", [])}

    assert COMPOSE["networks"]["store"]["internal"] is True
    assert SERVICES["database"]["networks"] == ["store"]
    assert on_its_network == {*OURS, "database"}


def test_the_settings_beside_it_are_sound_and_find_their_secrets_where_it_mounts_them(tmp_path: Path) -> None:
    """A secret that a service is not given would be missing at its start."""
    for name in SERVICES["web"]["secrets"]:
        (tmp_path / name).write_text("a secret\n")
    file = tmp_path / "ombuds.toml"
    file.write_text(SETTINGS.read_text(encoding="utf-8").replace("/run/secrets", str(tmp_path)))

    settings = load_settings(file, {})

    assert settings.store.url == "postgresql://ombuds@database/ombuds"
    for service in OURS:
        assert SERVICES[service]["secrets"] == SERVICES["web"]["secrets"]
        assert float(SERVICES[service]["stop_grace_period"].removesuffix("s")) > settings.server.grace_s


@pytest.mark.parametrize(("service", "command", "port"), [("worker", "work", "8401"), ("gate", "gate", "8402")])
def test_a_process_is_asked_at_the_port_of_its_kind(service: str, command: str, port: str) -> None:
    assert SERVICES[service]["command"][0] == command
    assert SERVICES[service]["healthcheck"]["test"][-2:] == ["--port", port]


def test_the_gate_has_a_container_of_its_own_only_if_somebody_says_so() -> None:
    """`ombuds gate` ends at once where no account has a gate; web serves it otherwise."""
    assert SERVICES["gate"]["profiles"] == ["gate"]
    assert not any("profiles" in SERVICES[service] for service in ("web", "worker"))


def test_every_secret_and_volume_that_a_service_names_is_declared() -> None:
    for told in SERVICES.values():
        named = {entry.split(":")[0] for entry in told.get("volumes", []) if isinstance(entry, str)}

        assert set(told.get("secrets", [])) <= set(COMPOSE["secrets"])
        assert named <= set(COMPOSE["volumes"])


def test_every_file_and_folder_that_is_mounted_is_in_the_repository() -> None:
    """Docker makes an empty folder of what is missing, and says nothing."""
    bound = [entry for told in SERVICES.values() for entry in told.get("volumes", []) if not isinstance(entry, str)]

    assert [entry["source"] for entry in bound if not (FOLDER / entry["source"]).exists()] == []
    assert all(entry["read_only"] for entry in bound)


def test_prometheus_takes_its_file_and_asks_services_that_there_are_at_ports_they_have() -> None:
    file, promtool = FOLDER / "prometheus.yml", tool("promtool", "prometheus")
    done = subprocess.run([promtool, "check", "config", file], capture_output=True, text=True, check=False)
    asked = yaml.safe_load(file.read_text(encoding="utf-8"))["scrape_configs"][0]["dns_sd_configs"]

    assert done.returncode == 0, done.stdout + done.stderr
    assert {(name, one["port"]) for one in asked for name in one["names"]} == {("web", 8400), ("worker", 8401)}
    assert set(OURS) <= set(SERVICES)


def test_prometheus_finds_the_rules_where_they_are_mounted() -> None:
    mounts = {mount["target"]: mount["source"] for mount in SERVICES["prometheus"]["volumes"][:-1]}
    (pattern,) = yaml.safe_load((FOLDER / "prometheus.yml").read_text(encoding="utf-8"))["rule_files"]
    folder, name = pattern.split("/")

    assert mounts[f"/etc/prometheus/{folder}"] == "../prometheus"
    assert name == "ombuds.*.yml"


def test_secrets_are_kept_out_of_the_repository() -> None:
    ignored = (FOLDER.parents[1] / ".gitignore").read_text(encoding="utf-8").splitlines()
    files = [Path(os.path.normpath(FOLDER / told["file"])) for told in COMPOSE["secrets"].values()]

    assert "deploy/compose/secrets/" in ignored
    assert {file.parent for file in files} == {FOLDER / "secrets"}
