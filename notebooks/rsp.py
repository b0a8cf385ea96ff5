"""A gdb for notebooks: just enough of the remote protocol to stop a recorded run at an address and read its registers and memory."""

import re
import shlex
import socket
import subprocess

# name and size, in the order of the 'g' packet (siglab's target description; old FPA registers stand between pc and cpsr on arm)
REGISTERS = {"arm64": [*((f"x{n}", 8) for n in range(31)), ("sp", 8), ("pc", 8), ("cpsr", 4)],
             "arm": [*((f"r{n}", 4) for n in range(13)), ("sp", 4), ("lr", 4), ("pc", 4)]}
NUMBERED = {"arm64": {}, "arm": {"cpsr": 25}}


class Replay:
    """with Replay(siglab, "SCENARIO SCHEDULE", isa) as replay: replay.run_to(pc) gives the registers there."""

    def __init__(self, siglab, target, isa):
        self.isa = isa
        self.server = subprocess.Popen([siglab, "replay", *self.arguments(target), "--gdb", ":0"], stdout=subprocess.PIPE,
                                       stderr=subprocess.STDOUT, text=True)
        port = next(found for found in (re.search(r"target remote 127\.0\.0\.1:(\d+)", line) for line in self.server.stdout) if found)
        self.line = socket.create_connection(("127.0.0.1", int(port.group(1))), timeout=30)

    @staticmethod
    def arguments(target):
        scenario, schedule = target.split(" ", 1)
        return [scenario, *shlex.split(f"'{schedule}'")]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.line.close()
        self.server.terminate()
        self.server.communicate()

    def ask(self, payload):
        self.line.sendall(f"${payload}#{sum(payload.encode()) % 256:02x}".encode())
        text = ""
        while not re.search(r"\$[^#]*#..", text):
            got = self.line.recv(65536)
            if not got:
                raise ConnectionError(f"siglab went away at {payload}")
            text += got.decode()
        self.line.sendall(b"+")
        return re.search(r"\$([^#]*)#..", text).group(1)

    def run_to(self, pc):
        """The run also stops by itself where a signal comes, as gdb would want it; then it goes on."""
        assert self.ask(f"Z0,{pc:x},4") == "OK"
        for _ in range(3):
            if self.registers()["pc"] != pc:
                self.ask("c")
        self.ask(f"z0,{pc:x},4")
        found = self.registers()
        assert found["pc"] == pc, f"stopped at {found['pc']:#x}, not at {pc:#x}"
        return found

    def registers(self):
        raw, at, found = bytes.fromhex(self.ask("g").replace("x", "0")), 0, {}
        for name, size in REGISTERS[self.isa]:
            found[name] = int.from_bytes(raw[at:at + size], "little")
            at += size
        for name, number in NUMBERED[self.isa].items():
            found[name] = int.from_bytes(bytes.fromhex(self.ask(f"p{number:x}")), "little")
        return found

    def memory(self, address, size):
        found = b""
        while len(found) < size:
            found += bytes.fromhex(self.ask(f"m{address + len(found):x},{min(1024, size - len(found)):x}"))
        return found
