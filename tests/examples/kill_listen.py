#!/usr/bin/env python3
# Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
"""listen --state is killed again and again, at any moment, and loses nothing; what it can't know, it tells as a gap. A state
that can't be trusted is refused with the reason.

    kill_listen.py LISTEN SANDBOX_PROGRAM [KILLS]
"""
import datetime
import http.client
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time

EVENT = "/restapi/v1.0/account/~/extension/~/message-store"
PATIENCE = 60


class Publisher(threading.Thread):
    """One event after the other, with its number and the time; those that hit no subscription are nobody's."""

    def __init__(self, account):
        super().__init__(daemon=True)
        self.to = http.client.HTTPConnection(account["url"].removeprefix("http://"))
        self.published = {}
        self.enough = threading.Event()

    def publish(self):
        number = len(self.published) + 1
        self.to.request("POST", "/sandbox/publish", json.dumps({"event": EVENT, "body": {"n": number}}))
        hit = json.loads(self.to.getresponse().read())["subscriptions"]
        self.published[number] = (datetime.datetime.now(datetime.timezone.utc), hit != 0)
        return number

    def run(self):
        while not self.enough.wait(0.01):
            self.publish()


def events(file):
    for line in file.read_text().splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            pass  # cut by the kill


def numbers(files):
    return {each["body"]["n"] for file in files for each in events(file) if "n" in each.get("body", {})}


def until(what, said):
    end = time.monotonic() + PATIENCE
    while not what():
        if time.monotonic() > end:
            sys.exit(f"{said} did not happen within {PATIENCE} s")
        time.sleep(0.05)


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def environment_of(account):
    return {**os.environ, "RC_SERVER_URL": account["url"], "RC_APP_CLIENT_ID": account["clientId"],
                   "RC_APP_CLIENT_SECRET": account["clientSecret"], "RC_USER_JWT": account["jwt"], "RINGTAIL_PUBNUB_ORIGIN": account["url"]}


def follow(listen, account, folder, options, kills, chance):
    state = folder / "state"
    files = []

    def start():
        files.append(folder / f"out{len(files)}")
        return subprocess.Popen([listen, "--json", "--filter", EVENT, "--state", state, *options], env=environment_of(account),
                                stdout=files[-1].open("w"), stderr=(folder / "err").open("a"))

    publisher = Publisher(account)
    died_early = 0
    running = start()
    until(state.exists, "the first saved position")
    publisher.start()
    for _ in range(kills):
        time.sleep(chance.uniform(0, 0.8))
        running.kill()
        died_early += running.wait() != -signal.SIGKILL
        running = start()
    publisher.enough.set()
    publisher.join()
    until(lambda: publisher.publish() - 1 in numbers(files[-1:]), "an event for the last process")
    until(lambda: len(publisher.published) in numbers(files[-1:]), "the last event")
    running.send_signal(signal.SIGTERM)
    left = running.wait(PATIENCE)
    if left != 0 or died_early != 0:
        print(f"{died_early} ended by themselves, the last one with {left}:", (folder / "err").read_text())

    heard = numbers(files)
    gaps = [each for file in files for each in events(file) if each.get("ringtail") == "gap"]
    lost = {number: when for number, (when, hit) in publisher.published.items() if hit and number not in heard}
    silent = [number for number, when in lost.items()
              if not any((not gap["from"] or moment(gap["from"]) <= when) and when <= moment(gap["until"]) for gap in gaps)]
    print(f"{' '.join(options)}: {kills} kills, {len(publisher.published)} published, {len(lost)} in {len(gaps)} gaps, {len(silent)} lost in silence")
    # Without its session the gateway can't recover, and says so.
    allowed = len(publisher.published) if options == ["--transport", "websocket"] else 0
    return left == 0 and died_early == 0 and not silent and len(lost) <= allowed and len(publisher.published) > 10 * kills


def refuses(listen, account, folder):
    """Ends at once, says why, and leaves the file as it was."""
    whole = (folder / "state").read_text()
    saved = json.loads(whole)
    position = saved["position"]
    another_digit = position.replace(position[3], str((int(position[3]) + 1) % 10), 1)
    texts = {"truncated": whole[:40], "corrupt": "\0" * 80, "empty": "", "of something else": "[1, 2]",
             "of a newer version": json.dumps({**saved, "ringtail_cursor": 2}), "with another digit": json.dumps({**saved, "position": another_digit}),
             "of another transport": whole, "in no folder": None, "that is a folder": None}
    well = True
    for name, text in texts.items():
        state = {"in no folder": folder / "missing/state", "that is a folder": folder}.get(name, folder / "state")
        if text is not None:
            state.write_text(text)
        options = ["--transport", "websocket"] if name == "of another transport" else []
        done = subprocess.run([listen, "--filter", EVENT, "--state", state, *options], env=environment_of(account), capture_output=True, text=True,
                              timeout=PATIENCE)
        told = "cursor" in done.stderr if text is not None else str(state) in done.stderr
        refused = done.returncode != 0 and done.stderr.startswith("listen: ") and told and (text is None or state.read_text() == text)
        print(f"a state {name}: {done.returncode}, {done.stderr.strip()}")
        well = well and refused
    return well


def main():
    listen, sandbox_program = sys.argv[1:3]
    kills = int(sys.argv[3]) if len(sys.argv) > 3 else 12
    chance = random.Random(1)
    well = True
    for options in (["--transport", "pubnub"], ["--transport", "websocket", "--keep-session"], ["--transport", "websocket"]):
        sandbox = subprocess.Popen([sandbox_program, '{"rateLimits": false}'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        account = json.loads(sandbox.stdout.readline())
        with tempfile.TemporaryDirectory() as folder:
            well = follow(listen, account, pathlib.Path(folder), options, kills, chance) and well
            if options == ["--transport", "pubnub"]:
                well = refuses(listen, account, pathlib.Path(folder)) and well
        sandbox.stdin.close()
        sandbox.wait()
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
