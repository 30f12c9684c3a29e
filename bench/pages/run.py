"""Lighthouse on the pages that strangers see first: `python3 run.py bench pages [--runs 5] [--json report.json]`.

Plaza is started as production ships it (compressed static files with names for ever), on SQLite with the demo's data,
on a free port. Each page is loaded once to warm up, then measured several times on Lighthouse's simulated phone; the
median counts. Exit code 1 if a page is below what docs promise, or loads more than it may.

Needs Node (22.19 or newer is what Lighthouse asks for) and Chromium (CHROME_PATH, else /usr/bin/chromium).
"""

import argparse
import json
import os
import secrets
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LIGHTHOUSE = HERE / "node_modules" / "lighthouse" / "cli" / "index.js"
PAGES = ("/", "/accounts/signup/")
LANGUAGES = ("en", "ar")  # Arabic has a font of its own
LEAST = {"performance": 95, "accessibility": 100, "best-practices": 100, "seo": 100}
MOST_BYTES = 100 * 1024
CHROME_FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
OURS = ("DATABASE_URL", "REDIS_URL", "PLAZA_MODE", "PLAZA_DATA", "HOST", "PORT", "PUBLIC_URL", "DJANGO_SETTINGS_MODULE")

Report = dict[str, Any]


def main() -> int:
    options = argparse.ArgumentParser(description="Lighthouse on the first pages.")
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--json", type=Path, help="write the figures there")
    asked = options.parse_args()
    install_lighthouse()
    with running_plaza() as address:
        figures = {
            f"{page} ({language})": measure(address + page, language, asked.runs)
            for language in LANGUAGES
            for page in PAGES
        }
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 1 if show(figures) else 0


# --- What is measured with --------------------------------------------------------------------------------------


def install_lighthouse() -> None:
    if not shutil.which("node") or not shutil.which("npm"):
        sys.exit("Node is not installed, and Lighthouse runs on it.")
    lock, installed = HERE / "package-lock.json", HERE / "node_modules" / ".package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    print("Installing what bench/pages/package-lock.json lists ...", flush=True)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if subprocess.run(command, cwd=HERE, check=False).returncode:
        sys.exit("npm could not install Lighthouse. Is the network there?")
    installed.touch()


def measure(url: str, language: str, runs: int) -> Report:
    """The medians of `runs` loads, and what each of them was."""
    load(url)
    reports = [lighthouse(url, language) for _ in range(runs)]
    scores = {name: [score(report, name) for report in reports] for name in LEAST}
    return {
        "median": {name: statistics.median(found) for name, found in scores.items()},
        "runs": scores,
        "bytes": max(transferred(report) for report in reports),
        "milliseconds": {
            name: round(statistics.median(report["audits"][name]["numericValue"] for report in reports))
            for name in ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time")
        },
        "findings": findings(reports[0]),
    }


def lighthouse(url: str, language: str) -> Report:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        command = ["node", str(LIGHTHOUSE), url, "--quiet", "--output=json", f"--output-path={path}"]
        command += [f"--only-categories={','.join(LEAST)}", f"--chrome-flags={CHROME_FLAGS}"]
        command += [f"--extra-headers={json.dumps({'Accept-Language': language})}"]
        environment = {"CHROME_PATH": "/usr/bin/chromium", **os.environ, "TMPDIR": folder}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=180, check=False)
        if done.returncode:
            sys.exit(f"Lighthouse failed on {url}:\n{done.stderr[-2000:]}")
        report: Report = json.loads(path.read_text(encoding="utf-8"))
        return report


def score(report: Report, category: str) -> int:
    return round(100 * (report["categories"][category]["score"] or 0))


def transferred(report: Report) -> int:
    """Bytes over the wire for the first load, headers included."""
    return sum(request.get("transferSize") or 0 for request in report["audits"]["network-requests"]["details"]["items"])


def findings(report: Report) -> list[str]:
    """The audits that cost points."""
    wanted = {
        audit["id"] for name in LEAST for audit in report["categories"][name]["auditRefs"] if audit.get("weight", 0)
    }
    audits = [report["audits"][name] for name in sorted(wanted)]
    return [f"{one['id']}: {one['title']}" for one in audits if one["score"] is not None and one["score"] < 0.9]


def show(figures: Report) -> bool:
    """Prints the figures: whether one of them is not good enough."""
    failed = False
    for page, found in figures.items():
        kib = found["bytes"] / 1024
        print(f"\n{page}  {kib:.1f} KiB on first load (at most {MOST_BYTES // 1024})  {found['milliseconds']}")
        for name, least in LEAST.items():
            print(f"  {name:<15} {found['median'][name]:>5g}  (at least {least}; {found['runs'][name]})")
        print("".join(f"  - {finding}\n" for finding in found["findings"]), end="")
        failed |= found["bytes"] > MOST_BYTES or any(found["median"][name] < least for name, least in LEAST.items())
    print("\nNot good enough." if failed else "\nAs promised.")
    return failed


# --- What is measured -------------------------------------------------------------------------------------------


@contextmanager
def running_plaza() -> Iterator[str]:
    """The address of a production Plaza of our own, with something to see in it."""
    with tempfile.TemporaryDirectory(prefix="plaza-bench-") as data:
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        kept = {name: value for name, value in os.environ.items() if name not in OURS}
        demo = {**kept, "PLAZA_DATA": data, "PLAZA_MODE": "demo"}
        for command in (["migrate", "--no-input", "--verbosity=0"], ["demo"]):
            subprocess.run(manage(*command), env=demo, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        production = {**demo, "PLAZA_MODE": "production", "PORT": str(port), "HOST": "127.0.0.1"}
        production |= {"PUBLIC_URL": address, "SECRET_KEY": secrets.token_urlsafe(64), "EMAIL_URL": "dummymail://"}
        with tempfile.TemporaryFile() as log:
            server = subprocess.Popen(manage("serve"), env=production, cwd=ROOT, stdout=log, stderr=log)
            try:
                wait_until_open(address, server)
                yield address
            finally:
                server.send_signal(signal.SIGTERM)
                server.wait(30)


def manage(*arguments: str) -> list[str]:
    return [sys.executable, str(ROOT / "manage.py"), *arguments]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_open(address: str, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        if server.poll() is not None:
            sys.exit("Plaza did not start.")
        try:
            load(f"{address}/healthz")
        except OSError:
            time.sleep(0.2)
        else:
            return
    sys.exit("Plaza did not open within two minutes.")


def load(url: str) -> None:
    with urllib.request.urlopen(url, timeout=30) as answer:
        answer.read()


if __name__ == "__main__":
    sys.exit(main())
