"""Stand-ins for the base images of Dockerfile and docker-compose.yml, made of Debian's packages.

They have the names, versions, users, volumes and commands of the official ones, so that the committed
files are built and started unchanged where no image registry is reached.
"""

import shutil
import subprocess
from pathlib import Path

SUITE = "trixie"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
POSTGRES_ENTRY = """#!/bin/sh
set -e
[ "$1" = postgres ] || exec "$@"
mkdir -p "$PGDATA" /run/postgresql
chown postgres "$PGDATA" /run/postgresql
run() { setpriv --reuid postgres --regid postgres --clear-groups "$@"; }
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    printf %s "$POSTGRES_PASSWORD" > /tmp/password
    chown postgres /tmp/password
    run initdb --username "$POSTGRES_USER" --pwfile /tmp/password --auth-host scram-sha-256
    rm /tmp/password
    echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
    run pg_ctl -w start -o "-c listen_addresses=''"
    run createdb --username "$POSTGRES_USER" "$POSTGRES_DB"
    run pg_ctl -w stop
fi
run postgres -c listen_addresses='*'
"""
REDIS_ENTRY = """#!/bin/sh
set -e
chown redis .
exec setpriv --reuid redis --regid redis --clear-groups "$@" --bind '* -::*' --protected-mode no
"""
POSTGRES = """FROM scratch
COPY . /
ENV PGDATA=/var/lib/postgresql/data LANG=C.UTF-8
ENV PATH=/usr/lib/postgresql/17/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
VOLUME /var/lib/postgresql/data
ENTRYPOINT ["/usr/local/bin/entry"]
STOPSIGNAL SIGINT
EXPOSE 5432
CMD ["postgres"]
"""
REDIS = """FROM scratch
COPY . /
VOLUME /data
WORKDIR /data
ENTRYPOINT ["/usr/local/bin/entry"]
EXPOSE 6379
CMD ["redis-server"]
"""
PYTHON = """FROM scratch
COPY . /
ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
CMD ["python3"]
"""
# Name of the image: (Debian's packages, its Dockerfile, its entry script).
IMAGES = {
    "python:3.13-slim-trixie": (["python3", "python3-venv"], PYTHON, ""),
    "postgres:17-trixie": (["postgresql-17"], POSTGRES, POSTGRES_ENTRY),
    "redis:8-trixie": (["redis-server"], REDIS, REDIS_ENTRY),
}


def make_root(folder, packages, *, cache):
    """A Debian with these packages in `folder`; some 30 seconds, the network's time not counted."""
    cache.mkdir(exist_ok=True)
    command = ["debootstrap", "--variant=minbase", f"--cache-dir={cache}"]
    command += [f"--include={','.join(['ca-certificates', *packages])}", SUITE, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr


def make_variant(base, folder, packages):
    """A copy of the Debian in `base` with more packages, whose services do not start."""
    subprocess.run(["cp", "--archive", str(base), str(folder)], check=True)
    policy = folder / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    install = ["apt-get", "-q", "-y", "--no-install-recommends", "install", *packages]
    # A TMPDIR of this machine is not in there.
    command = ["chroot", str(folder), "env", "--unset=TMPDIR"]
    command += ["DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8"]
    done = subprocess.run([*command, *install], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    shutil.rmtree(folder / "var/cache/apt", ignore_errors=True)


def prepare_python(folder):
    """A Python and a pip of their own in /usr/local, as the official image has; pip finds its registry."""
    make = ["chroot", str(folder), "python3", "-m", "venv", "/usr/local"]
    subprocess.run(make, check=True)
    # A proxy in between may sign with a certificate of its own, which the packages do not know.
    shutil.copy(CERTIFICATES, folder / CERTIFICATES.relative_to("/"))
    (folder / "etc/pip.conf").write_text(f"[global]\ncert = {CERTIFICATES}\n")


def write_contexts(folder):
    """(name of the image, folder to build it from), one after the other, below `folder`."""
    base, cache = folder / "base", folder / "cache"
    make_root(base, [], cache=cache)
    for name, (packages, dockerfile, entry) in IMAGES.items():
        context = folder / name.partition(":")[0]
        make_variant(base, context, packages)
        if name.startswith("python:"):
            prepare_python(context)
        if entry:
            (context / "usr/local/bin/entry").write_text(entry)
            (context / "usr/local/bin/entry").chmod(0o755)
        (context / "Dockerfile").write_text(dockerfile)
        yield name, context
    shutil.rmtree(base)
