"""The files in deploy/, read by the programs that they are for: systemd, nginx, Caddy, Kubernetes' own schemas, a YAML linter.

No service is started and no container made. Each linter is shown a broken file first, and must say so.
Usage: deployed.py VENV-BIN
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

DEPLOY = pathlib.Path(__file__).resolve().parents[2] / "deploy"
BIN = pathlib.Path(sys.argv[1])
# What systemd itself calls fine: below 3 of 10. The service listens on the network, which alone costs more than a point.
MOST_EXPOSED = 3.0
failed = 0


def run(*words, env=None):
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, env={**os.environ, **(env or {})})
    return done.returncode == 0, done.stdout + done.stderr


def judged(what, good, broken):
    """`good` and `broken` give (ok, said)."""
    global failed
    ok, said = good
    caught = not broken[0]
    print(f"{'ok ' if ok and caught else 'NOT'} {what}" + ("" if ok else f"\n{said}") + ("" if caught else "\n  a broken one is not noticed"))
    failed += not (ok and caught)


def with_file(name, text, check):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / name
        file.write_text(text)
        return check(file)


def unit(file):
    # The program, its user and its folders are not on this machine; everything else is judged as it stands.
    text = re.sub(r"^ExecStart=\S+(?= --config /etc)", "ExecStart=/bin/true", file.read_text(), flags=re.M)
    text = re.sub(r"^(User|Group)=rondo$", r"\1=root", text, flags=re.M)
    return text


def verified(file):
    ok, said = run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(file))
    wrong = [line for line in said.splitlines() if file.name in line and "is not executable" not in line]
    return ok and not wrong, said


def exposed(file):
    ok, said = run("systemd-analyze", "security", "--offline=yes", "--no-pager", str(file))
    level = re.search(r"Overall exposure level for .*: ([0-9.]+)", said)
    if level:
        print(f"    {file.name}: exposure {level[1]} of 10")
    return bool(level) and float(level[1]) <= MOST_EXPOSED, said[-400:]


units = sorted(DEPLOY.glob("**/*.service"))
timers = sorted(DEPLOY.glob("**/*.timer"))
for file in units:
    text = unit(file)
    broken = text.replace("[Service]\n", "[Service]\nNoSuchThing=yes\n")
    judged(f"systemd reads {file.relative_to(DEPLOY)}", with_file(file.name, text, verified), with_file(file.name, broken, verified))
    bare = "[Service]\nExecStart=/bin/true\n"
    judged(f"systemd finds {file.relative_to(DEPLOY)} shut in", with_file(file.name, text, exposed), with_file(file.name, bare, exposed))
for file in timers:
    when = re.search(r"^OnCalendar=(.*)$", file.read_text(), re.M)[1]
    judged(f"systemd knows when {file.relative_to(DEPLOY)} is", run("systemd-analyze", "calendar", when), run("systemd-analyze", "calendar", "tomorrowish"))
    assert file.with_suffix(".service") in units, f"{file.name} starts nothing"

with tempfile.TemporaryDirectory() as folder:
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=rondo.example",
        "-keyout", f"{folder}/privkey.pem", "-out", f"{folder}/fullchain.pem")

    def nginx(text):
        site = text.replace("/etc/letsencrypt/live/rondo.example", folder)
        whole = f"pid {folder}/pid; error_log stderr; events {{}} http {{ client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\n{site}\n}}"
        return with_file("nginx.conf", whole, lambda file: run(shutil.which("nginx") or "/usr/sbin/nginx", "-t", "-q", "-c", str(file)))

    text = (DEPLOY / "proxy/nginx.conf").read_text()
    judged("nginx reads proxy/nginx.conf", nginx(text), nginx(text.replace("proxy_pass ", "proxy_pas ")))

for file in sorted((DEPLOY / "proxy").glob("Caddyfile*")):
    def caddy(text):
        home = {"RONDO_HOST": "rondo.example", "HOME": tempfile.gettempdir()}
        return with_file("Caddyfile", text, lambda file: run("caddy", "validate", "--adapter", "caddyfile", "--config", str(file), env=home))

    text = file.read_text()
    judged(f"Caddy reads proxy/{file.name}", caddy(text), caddy(text.replace("reverse_proxy", "reverse_prox")))

RULES = "{extends: default, rules: {line-length: disable, document-start: disable, braces: {max-spaces-inside: 1}, comments: disable}}"
for file in sorted([*(DEPLOY / "kubernetes").glob("*.yaml"), *(DEPLOY / "docker").glob("*.yaml")]):
    def lint(text):
        return with_file(file.name, text, lambda file: run(str(BIN / "yamllint"), "--strict", "-d", RULES, str(file)))

    text = file.read_text()
    judged(f"yamllint reads {file.relative_to(DEPLOY)}", lint(text), lint(text + "\n  stray: [\n"))
for file in sorted((DEPLOY / "kubernetes").glob("*.yaml")):
    def kube(text):
        return with_file(file.name, text, lambda file: run(str(BIN / "kubernetes-validate"), "--strict", "--quiet", str(file)))

    text = file.read_text()
    judged(f"Kubernetes' schemas fit {file.relative_to(DEPLOY)}", kube(text), kube(text.replace("replicas: ", "replicaz: ")))

if failed:
    sys.exit(f"{failed} of the files in deploy/ are not what they are for")
print("Everything in deploy/ is read by the programs it is for")
