"""A Debian with nothing on it but sudo, systemd's programs and a person who may use both; no systemd runs in it."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

NEEDS = ("mmdebstrap", "setpriv", "unshare")
KEPT = ("PIP_CERT", "SSL_CERT_FILE")
"""Where this machine's network has certificates of its own, these tell; a clean one would be set up for it, too."""
CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"
SUDOERS = f"""\
ops ALL=(ALL) NOPASSWD: ALL
Defaults env_keep += "{" ".join(KEPT)}"
"""
TYPE = """
set -e
for place in dev proc sys; do mount --rbind "/$place" "$0/$place"; done
exec /usr/sbin/chroot --userspec=ops "$0" env --ignore-environment --chdir=/home/ops/ombuds "${@:2}" bash -c "$1"
"""
START = """
set -e
mount --bind "$0" "$0"
mount --bind "$0/var/lib/ombuds" "$0/var/lib/ombuds"
mount -o remount,bind,ro "$0"
for place in dev proc; do mount --rbind "/$place" "$0/$place"; done
exec setpriv --no-new-privs /usr/sbin/chroot --userspec="$1" --groups= "$0" env --ignore-environment \
    --chdir="$2" CREDENTIALS_DIRECTORY="$3" PATH=/usr/local/bin:/usr/bin:/bin "${@:4}"
"""


def obstacle() -> str:
    """Why none can be made here; empty if nothing is in the way."""
    missing = [program for program in NEEDS if shutil.which(program) is None]
    if missing:
        return f"missing: {', '.join(missing)} (on Debian: apt-get install mmdebstrap)"
    if subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode:
        return "this kernel or user may not mount anything"
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A root, in which `ops` sits in front of a checkout."""

    root: Path

    def type(self, line: str, pasted: str = "") -> subprocess.CompletedProcess[str]:
        """What comes of a line that `ops` types in the checkout, and of what is pasted when it is asked for."""
        kept = [f"{name}=/{CERTIFICATES}" for name in KEPT if name in os.environ]
        given = ("HOME=/home/ops", "PATH=/usr/local/bin:/usr/bin:/bin", *kept)
        command = ["unshare", "--mount", "bash", "-c", TYPE, str(self.root), line, *given]
        return subprocess.run(
            command, input=pasted, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )

    def start(self, user: int, folder: str, credentials: str, *command: str) -> subprocess.Popen[str]:
        """A process as a unit has it started: by a user without a name, on a root that it cannot write to."""
        places = (str(self.root), f"{user}:{user}", folder, credentials)
        return subprocess.Popen(
            ["unshare", "--mount", "bash", "-c", START, *places, *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


def machine(root: Path, checkout: Path) -> Machine:
    """A new one, from Debian's packages, with a copy of what is under version control in the checkout."""
    includes, lists = "--include=sudo,systemd,ca-certificates", "--skip=cleanup/apt/lists"
    _run("mmdebstrap", "--quiet", "--variant=minbase", includes, lists, "bookworm", str(root))
    _run("chroot", str(root), "useradd", "--create-home", "ops")
    (root / "etc" / "sudoers.d" / "ops").write_text(SUDOERS, encoding="ascii")
    (root / "etc" / "hosts").write_text(f"127.0.0.1 localhost {os.uname().nodename}\n", encoding="ascii")
    shutil.copy("/etc/resolv.conf", root / "etc" / "resolv.conf")
    shutil.copy(f"/{CERTIFICATES}", root / CERTIFICATES)
    copy = root / "home" / "ops" / "ombuds"
    for name in _run("git", "-C", str(checkout), "ls-files").splitlines():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(checkout / name, copy / name, follow_symlinks=False)
    _run("chroot", str(root), "chown", "--recursive", "ops:", "/home/ops")
    return Machine(root=root)


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4_000:]
    return done.stdout
