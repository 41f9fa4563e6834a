"""A private PostgreSQL server: in a folder of its own, reached by a socket there, gone when the bench is."""

import glob
import os
import pwd
import re
import subprocess
import time

SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "512MB",
    "fsync": "off",
    "full_page_writes": "off",
    "max_wal_size": "4GB",
    "autovacuum": "off",
    "jit": "off",
}


class DatabaseError(Exception):
    pass


def programs():
    """The folder of the newest server's programs."""

    def version(path):
        return [int(number) for number in re.findall(r"\d+", path)]

    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=version)
    if found:
        return found[-1]
    try:
        return subprocess.run(["pg_config", "--bindir"], check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        raise DatabaseError("no PostgreSQL server is installed: run script/setup") from None


class PrivateServer:
    def __init__(self, folder):
        self.socket = os.path.join(folder, "postgres")
        self.data = os.path.join(self.socket, "data")
        self.log = os.path.join(self.socket, "log")
        self.process = None

    @property
    def dsn(self):
        return f"host={self.socket} dbname=postgres user=bench"

    def __enter__(self):
        os.mkdir(self.socket, 0o755)
        # The server refuses to run as root.
        self.as_user = []
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.socket, user.pw_uid, user.pw_gid)
            self.as_user = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        self.prepare()
        self.start()
        return self

    def prepare(self):
        command = ["setpriv", *self.as_user, "--no-new-privs", f"{programs()}/initdb", "-D", self.data]
        command += ["-U", "bench", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        made = subprocess.run(command, cwd=self.socket, capture_output=True, text=True)
        if made.returncode != 0:
            raise DatabaseError(f"initdb failed:\n{made.stderr}")

    def start(self):
        # SIGINT is a fast shutdown; it comes with the end of this process, however that comes.
        command = ["setpriv", *self.as_user, "--pdeathsig=INT", f"{programs()}/postgres", "-D", self.data]
        settings = SETTINGS | {"unix_socket_directories": self.socket}
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                command, cwd=self.socket, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        for _ in range(300):
            if self.process.poll() is not None:
                break
            if subprocess.run([f"{programs()}/pg_isready", "-q", "-h", self.socket]).returncode == 0:
                return
            time.sleep(0.1)
        with open(self.log) as log:
            raise DatabaseError(f"PostgreSQL does not start:\n{log.read()}")

    def __exit__(self, *_):
        if self.process is not None and self.process.poll() is None:
            os.kill(self.process.pid, 2)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def execute(self, *arguments):
        command = [f"{programs()}/psql", "-qX", "-v", "ON_ERROR_STOP=1", "-d", self.dsn, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise DatabaseError(f"psql failed:\n{done.stderr}")
        return done.stdout
