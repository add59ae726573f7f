"""The console at a terminal: what keys do, what is shown, what is kept for the next time.

The program under test (MOONWIRE) runs as server and, behind a pseudo-terminal, as console. What an
evaluation answers is console.test.mjs's.
"""
import os
import pty
import re
import select
import signal
import stat
import subprocess
import sys
import tempfile
import time

PROGRAM = os.environ["MOONWIRE"]
SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "console.lua")
PATIENCE = 15  # seconds
PROMPT = r"console:\d+> "


class Terminal:
    """A console behind a pseudo-terminal; `screen` is what it has shown, without what steers the cursor."""

    def __init__(self, *arguments):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm"
            os.execv(PROGRAM, [PROGRAM, "console", *arguments])
        self.screen = ""

    def type(self, text):
        os.write(self.fd, text.encode())

    def read(self):
        """What came by now; False at the end."""
        if not select.select([self.fd], [], [], 0.05)[0]:
            return True
        try:
            text = os.read(self.fd, 65536).decode(errors="replace")
        except OSError:
            return False
        self.screen += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]|\r", "", text)
        return bool(text)

    def expect(self, pattern):
        """Waits for the pattern in what was not yet matched, and takes it off."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            found = re.search(pattern, self.screen)
            if found:
                self.screen = self.screen[found.end():]
                return found
            if not self.read():
                break
        raise AssertionError(f"no {pattern!r} in {self.screen!r}")

    def end(self):
        """Its exit status."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self.read()
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self.fd)
                return os.waitstatus_to_exitcode(status)
        os.kill(self.pid, signal.SIGKILL)
        raise AssertionError(f"it does not end: {self.screen!r}")


def history():
    with open(os.path.join(os.environ["HOME"], ".moonwire_history")) as file:
        return file.read().splitlines()


def test_evaluates(server):
    t = Terminal()
    t.expect(r"moonwire \S+ serves .*console\.lua, generation 1\. \.help tells more\.\n")
    t.expect(PROMPT)
    t.type("1 + 1\n")
    t.expect(r"1 \+ 1\n2\n" + PROMPT)
    t.type("for i = 1, 2 do\n")
    t.expect(">> ")
    t.type("print(i)\nend\n")
    t.expect(r"\n1\n2\n" + PROMPT)
    t.type("error 'wrong'\n")
    t.expect(r"console:1: wrong\nstack traceback:")
    t.expect(PROMPT)
    t.type("\x04")
    assert t.end() == 0


def test_pastes_indented_lines(server):
    t = Terminal()
    t.expect(PROMPT)
    t.type("function double(n)\n\tlocal twice = n\n\t\treturn twice * 2\nend\ndouble(21)\n")
    t.expect(r"\n42\n" + PROMPT)
    assert history()[1:3] == ["  local twice = n", "    return twice * 2"], history()
    t.type(".quit\n")
    assert t.end() == 0


def test_completes(server):
    t = Terminal()
    t.expect(PROMPT)
    t.type("players.a\t.x\n")
    t.expect(r"players\.ann\.x\n1\n" + PROMPT)
    t.type("socketio.o\t")
    t.expect(r"of\s+on\s+on_error\s+on_error_default\s+on_initial_headers\s+on_namespace")
    t.expect(PROMPT + r"socketio\.o")
    t.type("\x15.han\t\n")
    t.expect(r"\.handlers\nnamespace +event")
    t.expect(PROMPT)
    t.type(".quit\n")
    assert t.end() == 0


def test_keeps_a_history(server):
    t = Terminal()
    t.expect(PROMPT)
    t.type("'first line'\n")
    t.expect(r"\"first line\"\n" + PROMPT)
    t.type("2 + 2\n")
    t.expect(r"\n4\n" + PROMPT)
    os.kill(t.pid, signal.SIGKILL)  # as when a window is closed
    t.end()
    path = os.path.join(os.environ["HOME"], ".moonwire_history")
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert history()[-2:] == ["'first line'", "2 + 2"], history()
    t = Terminal()
    t.expect(PROMPT)
    t.type("\x1b[A\x1b[A\n")
    t.expect(r"\"first line\"\n" + PROMPT)
    t.type("\x122 +\n")
    t.expect(r"\n4\n" + PROMPT)
    t.type(".quit\n")
    assert t.end() == 0


def test_cuts_a_long_history(server):
    path = os.path.join(os.environ["HOME"], ".moonwire_history")
    with open(path, "w") as file:
        file.writelines(f"line {i}\n" for i in range(2500))
    os.chmod(path, 0o600)
    t = Terminal()
    t.expect(PROMPT)
    t.type(".quit\n")
    assert t.end() == 0
    lines = history()
    assert (lines[0], lines[-2], len(lines)) == ("line 1500", "line 2499", 1001), (lines[0], len(lines))
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_gives_up_by_interrupt(server):
    t = Terminal()
    t.expect(PROMPT)
    t.type("this is no\x03")
    t.expect(r"\^C\n" + PROMPT)
    t.type("for i = 1, 2 do\n")
    t.expect(">> ")
    t.type("\x03")
    t.expect(r"\^C\n" + PROMPT)
    t.type("print 'begun' socketio.sleep(60)\n")
    t.expect(r"\nbegun\n")
    start = time.monotonic()
    t.type("\x03")
    t.expect(r"cancelled\n" + PROMPT)
    assert time.monotonic() - start < 5
    t.type("1 + 2\n")
    t.expect(r"\n3\n" + PROMPT)
    t.type("\x04")
    assert t.end() == 0


def test_shows_nothing_that_steers(server):
    t = Terminal()
    t.expect(PROMPT)
    t.type("print('\\27]0;title\\7')\n")
    t.expect(r"\n\\x1b\]0;title\\x07\n" + PROMPT)
    t.type(".quit\n")
    assert t.end() == 0


def test_tells_that_the_server_has_ended(server):
    t = Terminal()
    t.expect(PROMPT)
    server.send_signal(signal.SIGTERM)
    assert server.wait(PATIENCE) == 0
    t.type("1\n")
    t.expect(r"moonwire: the server has ended")
    assert t.end() == 1


def start():
    server = subprocess.Popen(
        [PROGRAM, SCRIPT, "--port", "0", "--no-reload"], stderr=subprocess.PIPE, text=True)
    for line in server.stderr:
        if "listening on" in line:
            return server
    raise AssertionError("the server did not start")


def main():
    tests = [test for name, test in globals().items() if name.startswith("test_")]
    failed = 0
    for test in tests:
        with tempfile.TemporaryDirectory(prefix="mwt-") as folder:
            os.environ.update(XDG_RUNTIME_DIR=folder, TMPDIR=folder, HOME=folder)
            server = start()
            try:
                test(server)
                print("ok", test.__name__)
            except AssertionError as error:
                failed += 1
                print("not ok", test.__name__, error)
            finally:
                server.kill()
                server.wait()
                server.stderr.close()
    sys.exit(1 if failed else 0)


main()
