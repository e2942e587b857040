"""The Helm chart: rendered by Helm's own library and held against the schemas of Kubernetes, without a cluster."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.settings import load_settings

helm = pytest.importorskip("helm_python", reason="a part of: uv sync --inexact --group deploy")
kubernetes = pytest.importorskip("kubernetes_validate", reason="a part of: uv sync --inexact --group deploy")
operator = pytest.importorskip(
    "cloudcoil.models.prometheus_operator.v1", reason="a part of: uv sync --inexact --group deploy"
)

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "helm" / "ombuds"
OLDEST, NEWEST = "1.27", "1.37"
RUNBOOK = "https://wiki.example/runbook"
MODES = "format: 1\nmodes:\n  distro-sender: observe\n"
PEER = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
SCALED = {"autoscaling": {"enabled": True}}
FULL: dict[str, Any] = {
    "image": {"digest": f"sha256:{'0' * 64}"},
    "imagePullSecrets": [{"name": "registry"}],
    "policies": {"modes.yaml": MODES},
    "web": SCALED,
    "worker": SCALED,
    "gate": {"enabled": True, **SCALED},
    "service": {"type": "LoadBalancer"},
    "ingress": {
        "enabled": True,
        "gate": True,
        "className": "nginx",
        "host": "ombuds.acme.example",
        "tlsSecret": "ombuds-tls",
        "annotations": {"cert-manager.io/cluster-issuer": "letsencrypt"},
    },
    "networkPolicy": {
        "webhooksFrom": [PEER],
        "metricsFrom": [PEER],
        "databaseTo": [{"ipBlock": {"cidr": "10.0.0.0/8"}}],
    },
    "tracing": {"endpoint": "http://collector.monitoring:4318", "to": [PEER]},
    "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "nodeSelector": {"kubernetes.io/arch": "amd64"},
    "tolerations": [{"key": "desk", "operator": "Exists"}],
}
SETS = pytest.mark.parametrize("values", [{}, FULL], ids=["as it is", "everything"])


def render(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every resource, as a cluster would be given it."""
    with helm.Chart.load(str(CHART)) as chart:
        files = chart.render(dict(values), name="desk", namespace="support")
    manifests = [text for name, text in files.items() if not name.endswith(".txt")]
    return [found for text in manifests for found in yaml.safe_load_all(text) if found]


def of_kind(kind: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [found for found in render(values) if found["kind"] == kind]


def pods(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [found["spec"]["template"]["spec"] for found in of_kind("Deployment", values)]


def jobs(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [found["spec"]["template"]["spec"] for found in of_kind("Job", values)]


@SETS
def test_lint_finds_nothing(values: dict[str, Any]) -> None:
    report = helm.lint(str(CHART), values, strict=True)

    assert report["errors"] == []
    assert [found for found in report["messages"] if found["error"] != "icon is recommended"] == []


@SETS
@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_kubernetes_knows_every_field(values: dict[str, Any], version: str) -> None:
    own = [found for found in render(values) if found["apiVersion"] != "monitoring.coreos.com/v1"]

    for found in own:
        kubernetes.validate(found, version, strict=True)
    assert {"ConfigMap", "Deployment", "NetworkPolicy", "PodDisruptionBudget", "Service"} <= {
        one["kind"] for one in own
    }


@pytest.mark.parametrize("kind", ["ServiceMonitor", "PrometheusRule"])
def test_the_prometheus_operator_knows_every_field(kind: str) -> None:
    """Its models refuse what its schemas refuse, and drop what they do not know: nothing may be lost by reading."""
    found = of_kind(kind, {**FULL, "prometheusRule": {"enabled": True, "labels": {"release": "prometheus"}}})

    read = [getattr(operator, kind).model_validate(one) for one in found]

    assert found
    assert [one.model_dump(mode="json", by_alias=True, exclude_unset=True) for one in read] == found


@pytest.mark.parametrize(
    "values",
    [
        {"replicas": 3},
        {"worker": {"concurrency": 0}},
        {"migration": {"deadlineS": 0}},
        {"gate": {"enabled": "yes"}},
        {"settings": "[store]"},
        {"existingSecret": ""},
        {"image": {"digest": "latest"}},
        {"policies": {"phrases/agreement.en.yaml": "format: 1"}},
        {"ingress": {"enabled": True}},
        {"podDisruptionBudget": {"maxUnavailable": 0}},
        {"tracing": {"endpoint": "http://collector.monitoring"}},
    ],
    ids=str,
)
def test_values_that_would_not_work_are_refused_before_anything_is_installed(values: dict[str, Any]) -> None:
    with helm.Chart.load(str(CHART)) as chart, pytest.raises(helm.HelmValuesError):
        chart.validate_schema(values)


def test_the_version_is_that_of_the_package() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

    with helm.Chart.load(str(CHART)) as chart:
        assert (chart.version, chart.metadata["appVersion"]) == (version, version)


@SETS
def test_every_container_runs_as_nobody_on_a_root_that_cannot_be_written(values: dict[str, Any]) -> None:
    for pod in [*pods(values), *jobs(values)]:
        assert pod["securityContext"]["runAsUser"] == 65_532
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        for container in [*pod["containers"], *pod.get("initContainers", [])]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert "memory" in container["resources"]["limits"]


def test_a_slow_store_takes_a_process_out_and_does_not_restart_it() -> None:
    """What asks the store must never be what kills: a database that is away would restart every pod."""
    for pod in pods({}):
        probes = {kind: pod["containers"][0][f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "liveness")}

        assert probes == {"startup": "/livez", "liveness": "/livez"}
        assert pod["containers"][0]["readinessProbe"]["httpGet"]["path"] == "/readyz"


@pytest.mark.parametrize("grace_s", [25, 120])
def test_a_process_is_not_killed_before_it_has_had_its_grace(grace_s: int) -> None:
    for pod in pods({"shutdown": {"graceS": grace_s}}):
        told = {variable["name"]: variable["value"] for variable in pod["containers"][0]["env"]}

        assert told["OMBUDS_SERVER_GRACE_S"] == str(grace_s)
        assert pod["terminationGracePeriodSeconds"] > grace_s
        assert float(told["OMBUDS_SERVER_NOTICE_S"]) > 0


def test_the_settings_are_sound_and_their_secrets_are_where_the_secret_is_mounted(tmp_path: Path) -> None:
    config = of_kind("ConfigMap", {})[0]
    (mounted,) = {
        mount["mountPath"]
        for pod in pods({})
        for mount in pod["containers"][0]["volumeMounts"]
        if mount["name"] == "secrets"
    }
    for name in ("database_password", "zendesk_api_token", "zendesk_webhook_secret"):
        (tmp_path / name).write_text("a secret\n")
    file = tmp_path / "ombuds.toml"
    file.write_text(config["data"]["ombuds.toml"].replace(mounted, str(tmp_path)))
    told = {variable["name"]: variable["value"] for variable in pods({})[0]["containers"][0]["env"]}

    settings = load_settings(file, told)

    assert settings.server.host == "0.0.0.0"  # noqa: S104
    assert settings.server.port == 8400


def test_the_tables_are_brought_up_to_date_before_new_pods_start() -> None:
    """A hook runs before the release's own settings are there, so it brings them along: first, and the same."""
    (job,) = of_kind("Job", FULL)
    settings, migration = (found["data"] for found in of_kind("ConfigMap", {}))
    (volume,) = [one for one in job["spec"]["template"]["spec"]["volumes"] if one["name"] == "settings"]
    (hook,) = [one for one in of_kind("ConfigMap", {}) if one["metadata"]["name"] == volume["configMap"]["name"]]
    job_hook, settings_hook = job["metadata"]["annotations"], hook["metadata"]["annotations"]

    assert job["spec"]["template"]["spec"]["containers"][0]["args"] == ["store", "migrate"]
    assert job_hook["helm.sh/hook"] == settings_hook["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert int(settings_hook["helm.sh/hook-weight"]) < int(job_hook.get("helm.sh/hook-weight", 0))
    assert settings == migration
    assert of_kind("Job", {"migration": {"enabled": False}}) == []


def test_policies_of_ones_own_are_laid_over_those_that_come_with_ombuds(tmp_path: Path) -> None:
    """The command is the init container's own; only its folders are others."""
    (init,) = pods(FULL)[0]["initContainers"]
    given, made = tmp_path / "given", tmp_path / "policies"
    given.mkdir()
    (given / "modes.yaml").write_text(MODES)
    script = init["command"][-1].replace("/given", str(given)).replace("/policies", str(made))
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"

    done = subprocess.run(
        [*init["command"][:-1], script], env={"PATH": path}, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert (made / "set" / "modes.yaml").read_text() == MODES
    assert (made / "set" / "closure.yaml").exists()


def test_pods_are_replaced_when_settings_or_policies_change() -> None:
    def checksums(values: Mapping[str, Any]) -> set[str]:
        return {
            found["spec"]["template"]["metadata"]["annotations"]["checksum/config"]
            for found in of_kind("Deployment", values)
        }

    assert len(checksums({}) | checksums({"policies": {"modes.yaml": MODES}})) == 2
    assert len(checksums({}) | checksums({"settings": "[[helpdesks]]"})) == 2


def let_out(values: Mapping[str, Any]) -> list[list[int]]:
    (policy,) = of_kind("NetworkPolicy", values)
    return [[port["port"] for port in rule["ports"]] for rule in policy["spec"]["egress"]]


def test_nothing_goes_out_but_to_helpdesks_names_and_the_database() -> None:
    (policy,) = of_kind("NetworkPolicy", FULL)

    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert let_out({}) == [[53, 53], [443], [5432]]
    assert all(rule["from"] for rule in policy["spec"]["ingress"])
    for pod in [*of_kind("Deployment", FULL), *of_kind("Job", FULL)]:
        assert (
            policy["spec"]["podSelector"]["matchLabels"].items()
            <= pod["spec"]["template"]["metadata"]["labels"].items()
        )


def test_traces_go_where_the_values_say_and_are_let_out_there(tmp_path: Path) -> None:
    (settings,) = {one["data"]["ombuds.toml"] for one in of_kind("ConfigMap", {}) if "ombuds.toml" in one["data"]}
    file = tmp_path / "ombuds.toml"
    file.write_text(re.sub(r"\{file = .*?}", '"a secret"', settings))
    told = {one["name"]: one["value"] for one in pods(FULL)[0]["containers"][0]["env"]}

    assert let_out(FULL)[-1] == [4318]
    assert load_settings(file, told).tracing.enabled
    assert told["OTEL_EXPORTER_OTLP_ENDPOINT"] == FULL["tracing"]["endpoint"]
    assert not any("OTEL" in str(pod) for pod in pods({}))


def test_what_scales_spreads_and_guards_names_pods_that_there_are() -> None:
    pods_labels = [found["spec"]["template"]["metadata"]["labels"] for found in of_kind("Deployment", FULL)]
    names = {found["metadata"]["name"] for found in of_kind("Deployment", FULL)}
    budgets = [found["spec"]["selector"]["matchLabels"] for found in of_kind("PodDisruptionBudget", FULL)]
    services = [found["spec"]["selector"] for found in of_kind("Service", FULL)]

    assert {found["spec"]["scaleTargetRef"]["name"] for found in of_kind("HorizontalPodAutoscaler", FULL)} == names
    for selectors in (budgets, services):
        assert [sum(selector.items() <= one.items() for one in pods_labels) for selector in selectors] == [1, 1, 1]
    assert not any("replicas" in found["spec"] for found in of_kind("Deployment", FULL))


def test_prometheus_finds_every_service_and_names_their_job_as_the_rules_do() -> None:
    (monitor,) = of_kind("ServiceMonitor", FULL)
    services = of_kind("Service", FULL)

    assert monitor["metadata"]["labels"]["release"] == "prometheus"
    assert [endpoint["port"] for endpoint in monitor["spec"]["endpoints"]] == ["http"]
    for service in services:
        assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
        assert service["metadata"]["labels"][monitor["spec"]["jobLabel"]] == "ombuds"
        assert [port["name"] for port in service["spec"]["ports"]] == ["http"]


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ({"ingress": {**FULL["ingress"], "gate": False}}, {"/webhooks": "web"}),
        ({"ingress": FULL["ingress"]}, {"/webhooks": "web", "/gate": "web"}),
        (
            {"ingress": {**FULL["ingress"], "gate": False}, "gate": {"enabled": True}},
            {"/webhooks": "web", "/gate": "gate"},
        ),
    ],
    ids=["webhooks", "web serves the gate", "a gate of its own"],
)
def test_only_webhooks_and_the_gate_are_shown_to_the_world(values: dict[str, Any], shown: dict[str, str]) -> None:
    """The gate only if somebody says so, and from the pods that serve it."""
    (ingress,) = of_kind("Ingress", values)
    components = {
        service["metadata"]["name"]: service["spec"]["selector"]["app.kubernetes.io/component"]
        for service in of_kind("Service", values)
    }

    paths = ingress["spec"]["rules"][0]["http"]["paths"]
    assert {path["path"]: components[path["backend"]["service"]["name"]] for path in paths} == shown


def test_each_kind_of_pods_does_its_own_work_at_a_port_that_is_let_in() -> None:
    """`ombuds gate` serves nothing else, so that neither webhooks nor visits keep an agent waiting."""
    containers = {one["name"]: one for pod in pods(FULL) for one in pod["containers"]}
    (policy,) = of_kind("NetworkPolicy", FULL)
    let_in = [{port["port"] for port in rule["ports"]} for rule in policy["spec"]["ingress"]]
    ports = {name: one["ports"][0]["containerPort"] for name, one in containers.items()}

    assert {name: one["args"][0] for name, one in containers.items()} == {
        "web": "serve",
        "worker": "work",
        "gate": "gate",
    }
    assert let_in == [{ports["web"], ports["gate"]}, {*ports.values()}]
    assert "gate" not in {one["name"] for pod in pods({}) for one in pod["containers"]}


def test_the_rules_are_those_of_deploy_prometheus() -> None:
    """All but where the runbook is: an external label of Prometheus, which a chart knows nothing of."""
    files = sorted((ROOT / "deploy" / "prometheus").glob("ombuds.*.yml"))
    told = [file.read_text(encoding="utf-8").replace("{{ $externalLabels.runbook }}", RUNBOOK) for file in files]

    rules = of_kind("PrometheusRule", {"prometheusRule": {"enabled": True, "runbookUrl": RUNBOOK}})

    assert files
    assert [rule["spec"] for rule in rules] == [yaml.safe_load(text) for text in told]
    assert "externalLabels" not in str(rules)
