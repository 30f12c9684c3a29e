#!/usr/bin/env python3
"""Plaza, from one command: `python3 run.py`. Needs Python 3.11 or newer and nothing else.

    python3 run.py                  set up what is missing, then serve everything until Ctrl-C
    python3 run.py test [...]       run the tests; what follows goes to pytest
    python3 run.py lint             run all linters
    python3 run.py bench pages      measure the pages with Lighthouse, as production serves them
    python3 run.py bench api        measure the API's lists and details with 100,000 messages
    python3 run.py bench payments   measure from a provider's webhook to the page that says "paid"
    python3 run.py bench chat       measure chat beside Socket.IO; also `bench micro` and `bench scaling`
    python3 run.py bench chaos      kill and cut everything while people talk and pay, and look for what was lost
    python3 run.py manage ...       any command of manage.py
    python3 run.py web|worker|beat  one service alone, for set-ups with PostgreSQL and Redis
    python3 run.py help             this text

PORT=8001 and PLAZA_DATA=/some/folder move it; `python3 run.py manage settings_help` lists every setting.
"""

# This file must be readable by old Pythons, so that it can tell their users what to do: no newer syntax here.
import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(HERE, ".venv")
WINDOWS = os.name == "nt"
PYTHON = os.path.join(VENV, "Scripts", "python.exe") if WINDOWS else os.path.join(VENV, "bin", "python")
UNFINISHED = os.path.join(VENV, "unfinished")  # stands while .venv is being made: what it holds cannot be trusted
NETWORK_WORDS = ("connection", "resolution", "timed out", "unreachable", "proxy", "from versions: none")


def main(arguments):
    require_python()
    command = arguments[0] if arguments else "serve"
    rest = arguments[1:]
    if command in ("help", "--help", "-h"):
        print(__doc__.strip())
        return 0
    os.environ.update(bytecode_environment())
    if command in ("serve", "web", "worker", "beat"):
        prepare("requirements.txt")
        return become(PYTHON, os.path.join(HERE, "manage.py"), command, *rest)
    if command == "manage":
        prepare("requirements.txt")
        return become(PYTHON, os.path.join(HERE, "manage.py"), *rest)
    if command == "bench":
        prepare("requirements.txt", "requirements-dev.txt")  # the failure laboratory has its people from the tests
        return become(PYTHON, bench_script(rest[0] if rest else ""), *rest[1:])
    if command in ("test", "lint"):
        prepare("requirements.txt", "requirements-dev.txt")
        os.chdir(HERE)
        os.environ["PATH"] = os.path.dirname(PYTHON) + os.pathsep + os.environ.get("PATH", "")
        return become(PYTHON, "-m", "pytest", *rest) if command == "test" else become(PYTHON, "scripts/lint.py", *rest)
    sys.exit("run.py does not know %r. `python3 run.py help` lists what it can do." % command)


def bench_script(name):
    known = sorted(os.listdir(os.path.join(HERE, "bench")))
    if name not in known:
        sys.exit("There is no benchmark %r. There are: %s." % (name, ", ".join(known)))
    return os.path.join(HERE, "bench", name, "run.py")


def require_python():
    if sys.version_info < (3, 11):
        sys.exit(
            "Plaza needs Python 3.11 or newer, and this is Python %d.%d. Install a newer one and start run.py with it, "
            "as python3.11 run.py." % sys.version_info[:2]
        )


def bytecode_environment():
    """Without compiled modules every start costs seconds more. Who wants none beside the sources gets them in .venv."""
    if not os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        return {}
    return {"PYTHONPYCACHEPREFIX": os.environ.get("PYTHONPYCACHEPREFIX", os.path.join(VENV, "pycache"))}


def become(*command):
    """Run the command in place of this process: signals to run.py's process id then reach it directly."""
    sys.stdout.flush()
    if WINDOWS:
        return subprocess.call(command)
    os.execvp(command[0], command)  # noqa: S606 - the commands are written above
    return None


# --- Setting up -------------------------------------------------------------------------------------------------


def prepare(*requirements):
    if all(is_installed(name) for name in requirements) and not os.path.exists(UNFINISHED):
        return
    with only_one():
        if os.path.exists(UNFINISHED) or not is_usable():
            make_venv()
        for name in requirements:
            if not is_installed(name):
                install(name)


def is_installed(name):
    try:
        with open(stamp_path(name)) as stamp:
            return os.path.exists(PYTHON) and stamp.read() == fingerprint(name)
    except OSError:
        return False


def stamp_path(name):
    return os.path.join(VENV, name + ".installed")


def fingerprint(name):
    with open(os.path.join(HERE, name), "rb") as listed:
        return hashlib.sha256(listed.read()).hexdigest() + " python%d.%d" % sys.version_info[:2]


@contextlib.contextmanager
def only_one():
    """Two run.py at once in one folder take turns. The lock is on this very file, so that nothing lies about after."""
    if WINDOWS:
        yield
        return
    import fcntl

    with open(os.path.abspath(__file__)) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            print("Another run.py is setting up here; waiting for it.", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def is_usable():
    """A .venv whose Python runs and is of our version."""
    asked = "import sys; sys.exit(sys.version_info[:2] != (%d, %d))" % sys.version_info[:2]
    try:
        return subprocess.call([PYTHON, "-c", asked], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def make_venv():
    print("Making .venv ...", flush=True)
    try:
        remove_venv()
        os.makedirs(VENV)
        open(UNFINISHED, "w").close()
    except OSError as wrong:
        sys.exit("The folder %s cannot be written (%s)." % (VENV, wrong.strerror))
    command = [sys.executable, "-m", "venv", VENV]
    code, said = run(command + ["--without-pip"] if host_pip_is_new() else command)
    if code:
        sys.exit(
            "Python's venv module did not work. On Debian and Ubuntu it comes with: apt install python%d.%d-venv\n%s"
            % (sys.version_info[0], sys.version_info[1], last_line(said))
        )
    os.remove(UNFINISHED)


def remove_venv():
    if os.path.islink(VENV):
        os.remove(VENV)
    elif os.path.isdir(VENV):
        shutil.rmtree(VENV)


def host_pip_is_new():
    """A pip that installs into other environments (22.3, `--python`) saves making one in .venv: 5 seconds."""
    try:
        from importlib.metadata import version

        return tuple(int(part) for part in version("pip").split(".")[:2]) >= (22, 3)
    except (ImportError, ValueError):  # no pip at all (PackageNotFoundError is an ImportError), or a strange version
        return False


def install(name):
    print("Installing what %s lists; this takes a while once ..." % name, flush=True)
    open(UNFINISHED, "w").close()  # half a package looks whole to pip: an interrupted installation starts over
    options = ["install", "--no-deps", "--no-compile", "--require-hashes", "--no-input", "--quiet", "--retries", "2"]
    command = pip() + options + ["--disable-pip-version-check", "-r"]
    results = run_all([command + [part] for part in halves(name)])
    said = "".join(output for code, output in results if code)
    if said:
        reason = why_not_installed(name, said)
        if "could not be downloaded" in reason:  # pip loads everything before it touches anything
            os.remove(UNFINISHED)
        sys.exit(reason)
    with open(stamp_path(name), "w") as stamp:
        stamp.write(fingerprint(name))
    os.remove(UNFINISHED)


def halves(name):
    """Two files with half of the packages each: pip uses one processor, and two of them need two thirds of the time."""
    with open(os.path.join(HERE, name)) as listed:
        packages = listed.read().replace("\\\n", " ").splitlines()
    packages = [line for line in packages if line and not line.startswith("#")]
    for number, part in enumerate((packages[::2], packages[1::2])):
        if part:
            path = os.path.join(VENV, "%s.%d" % (name, number))
            with open(path, "w") as half:
                half.write("\n".join(part) + "\n")
            yield path


def pip():
    own = [PYTHON, "-m", "pip"]
    if host_pip_is_new():
        return [sys.executable, "-m", "pip", "--python", PYTHON]
    if subprocess.call(own + ["--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        code, said = run([PYTHON, "-m", "ensurepip"])
        if code:
            sys.exit("There is no pip for .venv: delete %s and start again. %s" % (VENV, last_line(said)))
    return own


def why_not_installed(name, said):
    lower = said.lower()
    if "do not match the hashes" in lower:
        return "A package is not the one that %s names, so nothing was installed.\n%s" % (name, said.strip())
    if "no space left" in lower:
        return "The disk is full: the packages of %s need about 200 MB." % name
    if any(word in lower for word in NETWORK_WORDS):
        return (
            "The packages of %s could not be downloaded. Check the network and the proxy settings, then run the same "
            "command again. (%s)" % (name, last_line(said))
        )
    return "The packages of %s could not be installed.\n%s" % (name, said.strip())


def last_line(said):
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else "It said nothing."


def run(command):
    return run_all([command])[0]


def run_all(commands):
    """Exit code and output of each, run at once. Each has a group of its own, so that we can end its children too."""
    running = []
    try:
        for command in commands:
            said = tempfile.TemporaryFile()  # noqa: SIM115 - closed below; a pipe would fill while we wait for another
            running.append((start(command, said), said))
        return [(process.wait(), read_again(said)) for process, said in running]
    finally:
        for process, said in running:
            end(process)
            said.close()


def start(command, said):
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=said,
        stderr=subprocess.STDOUT,
        env=dict(os.environ, PIP_USER="0"),
        start_new_session=not WINDOWS,
    )


def read_again(said):
    said.seek(0)
    return said.read().decode("utf-8", "replace")


def end(process):
    if process.poll() is None:
        if WINDOWS:
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def stop(_signal, _frame):
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("\nStopped. The next start goes on from here.")
