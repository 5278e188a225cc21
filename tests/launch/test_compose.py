"""docker-compose.yml and Dockerfile fit the project; test_compose_engine.py starts them."""

import ast
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from celery.bin.base import CLIContext
from celery.bin.celery import celery
from celery.concurrency.thread import TaskPool as ThreadPool
from django.core.management import get_commands
from packaging.specifiers import SpecifierSet

from annotator.celery import app
from annotator.launch import health
from annotator.training import venv

ROOT = Path(__file__).parent.parent.parent
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "annotator"}
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def words(command):
    return shlex.split(command) if isinstance(command, str) else command


def parse_celery(arguments):
    """(subcommand, its options); click raises for what the shipped version does not know."""
    assert arguments[:2] == ["--app", "annotator"]
    name, rest = arguments[2], arguments[3:]
    command = celery.get_command(None, name)
    about = CLIContext(app, no_color=True, workdir=str(ROOT))
    with command.make_context(name, list(rest), obj=about) as context:
        return name, context.params


def check_command(command):
    program, *arguments = words(command)
    if program == "celery":
        parse_celery(arguments)
    else:
        assert (program, arguments[0]) == ("python", "-m")
        # argparse checks what comes before --help.
        subprocess.run([sys.executable, *arguments, "--help"], cwd=ROOT, check=True)


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_understood_by_what_we_ship(name):
    check_command(OURS[name]["command"])


def test_the_images_own_command_is_understood_too():
    check_command(ast.literal_eval(re.search(r"^CMD (.+)$", DOCKERFILE, re.M)[1]))


def test_every_variable_has_a_default_or_stops_the_start():
    assert re.findall(r"\$\{(?!\w+:[-?])[^}]*\}|\$\w", TEXT.split("name: annotator")[1]) == []


def test_no_secret_has_a_default():
    variables = dict(re.findall(r"\$\{(\w+)(:[-?])", TEXT))

    assert variables["SECRET_KEY"] == variables["POSTGRES_PASSWORD"] == ":?"
    assert not [name for name, kind in variables.items() if "PASS" in name and kind != ":?"]


def test_ports_are_for_this_machine_only():
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]

    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_every_service_that_stays_has_a_health_check():
    without = [name for name, service in SERVICES.items() if "test" not in service["healthcheck"]]

    assert without == ["migrate"]


@pytest.mark.parametrize("name", [name for name in OURS if name != "migrate"])
def test_every_health_check_of_ours_asks_about_its_own_service(name):
    kind, program, *arguments = OURS[name]["healthcheck"]["test"]
    assert kind == "CMD"
    if program == "celery":
        _, _, action, option, destination = arguments[1:]
        _, running = parse_celery(words(OURS[name]["command"])[1:])
        assert (action, option) == ("ping", "--destination")
        assert destination == running["hostname"]
    else:
        assert arguments == ["-m", "annotator.launch.health", name]


def test_the_settings_read_every_variable():
    settings = (ROOT / "annotator/settings.py").read_text()
    known = set(re.findall(r'env\.\w+\(\s*"(\w+)"', settings))

    for service in OURS.values():
        assert set(service["environment"]) <= known


def test_every_queue_has_a_worker():
    served = set()
    for name in ("worker", "push", "mirror", "training"):
        _, options = parse_celery(words(OURS[name]["command"])[1:])
        served |= set(options["queues"])
    routed = {route["queue"] for route in app.conf.task_routes.values()}

    assert routed | {app.conf.task_default_queue} <= served


@pytest.mark.parametrize("name", ["worker", "push", "mirror", "training", "training-gpu"])
def test_workers_use_threads_as_up_does(name):
    _, options = parse_celery(words(OURS[name]["command"])[1:])

    assert options["pool"] is ThreadPool


@pytest.mark.parametrize("name", ["training", "training-gpu"])
def test_training_runs_one_at_a_time(name):
    _, options = parse_celery(words(OURS[name]["command"])[1:])

    assert options["concurrency"] == 1
    assert options["queues"] == ["training"]


def test_a_worker_with_gpus_is_started_on_demand_alone():
    assert [name for name, one in SERVICES.items() if "profiles" in one] == ["training-gpu"]
    worker = OURS["training-gpu"]

    assert worker["profiles"] == ["gpu"]
    [gpus] = worker["deploy"]["resources"]["reservations"]["devices"]
    assert gpus == {"driver": "nvidia", "count": "all", "capabilities": ["gpu"]}


def test_a_worker_with_gpus_shares_what_the_others_have_and_may_be_led_to_another_machine():
    worker, other = OURS["training-gpu"], OURS["training"]
    shared = {"DATABASE_URL": "DATABASE_URL", "REDIS_URL": "REDIS_URL"}
    defaults = {
        name: re.fullmatch(rf"\$\{{{variable}:-(.+)\}}", worker["environment"][name])[1]
        for name, variable in shared.items()
    }

    assert worker["environment"] | defaults == other["environment"]
    assert "${DATA_FOLDER:-data}:/data" in worker["volumes"]
    assert "data:/data" in other["volumes"]


def test_beat_runs_once_and_migrations_come_first():
    assert [name for name in OURS if "beat" in words(OURS[name]["command"])] == ["beat"]
    for name in set(OURS) - {"migrate"}:
        assert OURS[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


def test_the_image_has_the_python_and_the_packages_of_the_lock_file():
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    version = re.search(r"^FROM python:(\d+\.\d+)-", DOCKERFILE, re.M)[1]

    assert SpecifierSet(needed).contains(version)
    assert "ARG REQUIREMENTS=run\n" in DOCKERFILE
    assert "--require-hashes -r requirements/${REQUIREMENTS}.txt" in DOCKERFILE


def test_what_trains_is_in_the_image_on_demand_in_an_environment_of_its_own():
    build = OURS["migrate"]["build"]["args"]
    [installed] = re.findall(
        r"^RUN if .+ = 1 \]; then \\\n.+ -m venv(?:.+\n)+?    fi$", DOCKERFILE, re.M
    )
    noted = re.search(r"DATA_DIR=(\S+) python manage.py (\w+) && rm -r (\S+);", DOCKERFILE)

    assert "ARG TRAINING=0\n" in DOCKERFILE
    assert build["TRAINING"] == "${TRAINING:-0}"
    assert "--require-hashes -r requirements/train.txt" in installed
    assert noted[2] in get_commands()
    assert noted[1] == noted[3] != "/data"  # a key that settings make must not stay in the image
    assert f"python -m venv {venv.environment().folder.name} " in installed


def test_the_backups_programs_have_the_version_of_the_server():
    server = re.match(r"postgres:(\d+)-", SERVICES["postgres"]["image"])[1]

    assert re.findall(r"postgresql-client-(\d+)", DOCKERFILE) == [server]
    assert "backups:/backups" in OURS["web"]["volumes"]


def test_one_service_builds_the_image_and_no_other_looks_for_it_in_a_registry():
    assert [name for name, service in OURS.items() if "build" in service] == ["migrate"]
    assert {service["pull_policy"] for service in OURS.values()} == {"never"}


def test_all_images_are_of_one_debian():
    [base] = re.findall(r"^FROM \S+-(\w+)$", DOCKERFILE, re.M)
    others = [SERVICES[name]["image"] for name in set(SERVICES) - set(OURS)]

    assert all(image.endswith(f"-{base}") for image in others)


def test_uploads_pass_a_disk_and_not_memory():
    for service in OURS.values():
        assert "/tmp" in service["volumes"]
        assert "tmpfs" not in service


def test_the_image_runs_as_somebody_without_rights():
    assert re.findall(r"^USER (\w+)$", DOCKERFILE, re.M) == ["10001"]
    for service in OURS.values():
        assert service["cap_drop"] == ["ALL"]
        assert service["read_only"] is True


def test_the_image_holds_all_that_is_needed_and_nothing_else():
    wanted = {line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line[0] == "!"}
    copied = {
        source
        for line in re.findall(r"^COPY (.+)$", DOCKERFILE, re.M)
        for source in line.split()[:-1]
    }

    assert {source.split("/")[0] for source in copied} == wanted
    assert all((ROOT / source).exists() for source in copied)


def test_the_web_servers_health_is_asked_under_an_allowed_name(live_server, monkeypatch):
    port = int(live_server.url.rpartition(":")[2])

    monkeypatch.setenv("ALLOWED_HOSTS", "localhost, other")
    assert health.is_web_well(port)
    monkeypatch.setenv("ALLOWED_HOSTS", "elsewhere.example")
    assert not health.is_web_well(port)


def test_beat_is_well_while_it_writes(tmp_path):
    assert not health.is_beat_well(tmp_path)
    (tmp_path / "beat").touch()
    assert health.is_beat_well(tmp_path)
