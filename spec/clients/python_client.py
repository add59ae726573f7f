# The scenario, walked by the Python client: another library's idea of the protocol.
# Flask-SocketIO's own users have it on their machines. The same as scenario.test.mjs does with
# those in JS.
# Run by ctest, or: MOONWIRE=build/moonwire python3 spec/clients/python_client.py
import os
import pathlib
import re
import subprocess
import threading
import time
import unittest

import socketio

PATIENCE = 10
AWKWARD = {
    "n": 1,
    "f": 1.5,
    "big": 9007199254740991,
    "s": "é😀\u2028\"\\",
    "list": [],
    "nested": [[1, [2, {}]], {}],
    "none": None,
}


class Server:
    def __init__(self, port=0):
        script = pathlib.Path(__file__).with_name("scenario.lua")
        self.process = subprocess.Popen(
            [os.environ["MOONWIRE"], str(script), "--host", "127.0.0.1", "--port", str(port), "--no-reload"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            found = re.search(r"listening on (http://127\.0\.0\.1:(\d+))", line)
            if found:
                self.url, self.port = found.groups()
                break
        else:
            raise AssertionError("the server ended without listening")
        # Whatever it still says must not fill the pipe.
        self.drain = threading.Thread(target=self.process.stderr.read, daemon=True)
        self.drain.start()

    def stop(self):
        self.process.terminate()
        try:
            status = self.process.wait(PATIENCE)
        finally:
            self.process.kill()
        self.drain.join(PATIENCE)
        self.process.stderr.close()
        assert status == 0, f"the server ended with status {status}"


class Scenario:
    transports = None

    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.url = cls.server.url

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def connect(self, auth=None, namespace="/", wait=True):
        client = socketio.Client(reconnection=False)
        self.addCleanup(client.disconnect)
        client.received = {}
        client.arrived = threading.Condition()

        def on_any(event, *args):
            with client.arrived:
                client.received.setdefault(event, []).append(list(args))
                client.arrived.notify_all()

        for event in ("welcome", "mirrored", "said", "seq", "answered", "connect_error", "disconnect"):
            client.on(event, lambda *args, event=event: on_any(event, *args), namespace=namespace)
        client.on("question", lambda question: (question, "indeed"))
        client.connect(self.url, auth=auth, namespaces=[namespace], transports=self.transports, wait=wait,
                       wait_timeout=PATIENCE)
        return client

    def heard(self, client, event):
        with client.arrived:
            self.assertTrue(client.arrived.wait_for(lambda: event in client.received, PATIENCE), f"no {event}")
            return client.received[event][0]

    def all(self, client, event):
        """Every such event that came before an acknowledgement of now."""
        client.call("nothing", timeout=PATIENCE)
        with client.arrived:
            return [args[0] for args in client.received.get(event, [])]

    def test_auth_and_echo(self):
        client = self.connect({"name": "py"})
        self.assertEqual(self.heard(client, "welcome")[0]["auth"], {"name": "py"})
        self.assertEqual(client.call("echo", AWKWARD, timeout=PATIENCE), AWKWARD)
        binary = {"a": b"\x00\xff", "deep": [b"", {"b": b"xyz"}]}
        self.assertEqual(client.call("echo", (binary, 2), timeout=PATIENCE), (binary, 2))
        client.emit("mirror", (AWKWARD, b"bytes"))
        self.assertEqual(self.heard(client, "mirrored"), [AWKWARD, b"bytes"])

    def test_acknowledgements_of_none_one_and_several(self):
        client = self.connect()
        self.assertIsNone(client.call("nothing", timeout=PATIENCE))
        self.assertEqual(client.call("echo", "one", timeout=PATIENCE), "one")
        self.assertEqual(client.call("echo", (1, None, [3]), timeout=PATIENCE), (1, None, [3]))

    def test_the_server_asks(self):
        client = self.connect()
        self.assertEqual(client.call("ask", ("why", 5), timeout=PATIENCE), ("why", "indeed"))
        client.emit("ask_later", b"\x00\xff")
        self.assertEqual(self.heard(client, "answered"), [b"\x00\xff", "indeed"])

    def test_rooms(self):
        ann, bob = self.connect(), self.connect()
        self.assertIn("den", bob.call("join", "den", timeout=PATIENCE))
        ann.call("say", ("den", "hello"), timeout=PATIENCE)
        self.assertEqual(self.heard(bob, "said"), ["hello"])
        self.assertNotIn("den", bob.call("leave", "den", timeout=PATIENCE))
        ann.call("say", ("den", "anyone?"), timeout=PATIENCE)
        self.assertEqual((self.all(ann, "said"), self.all(bob, "said")), ([], ["hello"]))

    def test_broadcasts(self):
        ann, bob = self.connect(), self.connect()
        ann.call("shout", "everyone", timeout=PATIENCE)
        ann.call("shout", ("but me", False), timeout=PATIENCE)
        self.assertEqual(self.all(bob, "said"), ["everyone", "but me"])
        self.assertEqual(self.all(ann, "said"), ["everyone"])

    def test_namespaces(self):
        client = self.connect({"password": "secret"}, "/admin")
        welcome = self.heard(client, "welcome")[0]
        self.assertEqual((welcome["namespace"], welcome["sid"]), ("/admin", client.get_sid("/admin")))
        self.assertEqual(client.call("echo", 1, namespace="/admin", timeout=PATIENCE), 1)

    def test_refusals(self):
        for auth, namespace, error in (
                ({"refuse": "with data"}, "/",
                 {"message": "not you", "data": {"code": 4001, "hint": ["try", "again"]}}),
                ({"password": "guess"}, "/admin", {"message": "wrong password", "data": {"attempts_left": 2}}),
                ({}, "/nowhere", {"message": "Invalid namespace"})):
            client = self.connect(auth, namespace, wait=False)
            self.assertEqual(self.heard(client, "connect_error")[0], error)

    def test_500_in_order(self):
        client = self.connect()
        for n in range(500):
            client.emit("seq", n)
        self.assertEqual(self.all(client, "seq"), list(range(500)))

    def test_900_kB(self):
        client = self.connect()
        text = "0123456789" * 90000
        self.assertEqual(client.call("measure", text, timeout=PATIENCE), 900000)
        self.assertEqual(client.call("echo", text, timeout=PATIENCE), text)

    def test_reasons(self):
        observer = self.connect()

        def reason_of(name):
            deadline = time.monotonic() + PATIENCE
            while time.monotonic() < deadline:
                reason = observer.call("reason", name, timeout=PATIENCE)
                if reason:
                    return reason
                time.sleep(0.01)
            return None

        leaver = self.connect({"name": f"{self.transports} leaver"})
        leaver.disconnect()
        # This client does not wait until a WebSocket has sent its goodbye.
        said = ["client disconnect"] if self.transports == ["polling"] else ["client disconnect", "transport close"]
        self.assertIn(reason_of(f"{self.transports} leaver"), said)
        kicked = self.connect({"name": f"{self.transports} kicked"})
        kicked.emit("kick")
        self.heard(kicked, "disconnect")
        self.assertEqual(reason_of(f"{self.transports} kicked"), "server disconnect")

    def test_comes_back_when_the_server_does(self):
        server = Server()
        client = socketio.Client(reconnection_attempts=200, reconnection_delay=0.05, reconnection_delay_max=0.05)
        self.addCleanup(client.disconnect)
        connected, left = threading.Event(), threading.Event()
        client.on("connect", connected.set)
        client.on("disconnect", left.set)
        client.connect(server.url, transports=self.transports)
        self.assertTrue(connected.wait(PATIENCE), "no connection")
        connected.clear()
        server.stop()
        self.assertTrue(left.wait(PATIENCE), "the client does not notice the end")
        server = Server(server.port)
        self.addCleanup(server.stop)
        self.assertTrue(connected.wait(PATIENCE), "the client stays away")
        self.assertEqual(client.call("echo", 1, timeout=PATIENCE), 1)
        client.disconnect()  # before its server goes, as it would look for it again

    def test_an_error_keeps_the_client(self):
        client = self.connect()
        client.emit("fail")
        self.assertEqual(client.call("echo", "alive", timeout=PATIENCE), "alive")


class Polling(Scenario, unittest.TestCase):
    transports = ["polling"]


class WebSocket(Scenario, unittest.TestCase):
    transports = ["websocket"]


class Upgrade(Scenario, unittest.TestCase):
    transports = ["polling", "websocket"]

    def test_ends_up_on_a_websocket(self):
        self.assertEqual(self.connect().transport(), "websocket")


if __name__ == "__main__":
    unittest.main()
