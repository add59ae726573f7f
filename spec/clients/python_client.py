# The scenario's main road, walked by the Python client: another library's idea of the protocol.
# Flask-SocketIO's own users have it on their machines. The whole scenario is scenario.test.mjs's.
# Run by ctest, or: MOONWIRE=build/moonwire python3 spec/clients/python_client.py
import os
import pathlib
import re
import subprocess
import threading
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


class Scenario:
    transport = None

    @classmethod
    def setUpClass(cls):
        script = pathlib.Path(__file__).with_name("scenario.lua")
        cls.server = subprocess.Popen(
            [os.environ["MOONWIRE"], str(script), "--host", "127.0.0.1", "--port", "0", "--no-reload"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for line in cls.server.stderr:
            found = re.search(r"listening on (http://127\.0\.0\.1:\d+)", line)
            if found:
                cls.url = found.group(1)
                break
        else:
            raise AssertionError("the server ended without listening")
        # Whatever it still says must not fill the pipe.
        cls.drain = threading.Thread(target=cls.server.stderr.read, daemon=True)
        cls.drain.start()

    @classmethod
    def tearDownClass(cls):
        cls.server.terminate()
        try:
            status = cls.server.wait(PATIENCE)
        finally:
            cls.server.kill()
        cls.drain.join(PATIENCE)
        cls.server.stderr.close()
        assert status == 0, f"the server ended with status {status}"

    def connect(self, auth=None, namespace="/", wait=True):
        client = socketio.Client(reconnection=False)
        self.addCleanup(client.disconnect)
        client.received = {}
        client.arrived = threading.Condition()

        def on_any(event, *args):
            with client.arrived:
                client.received[event] = list(args)
                client.arrived.notify_all()

        for event in ("welcome", "mirrored", "said", "connect_error"):
            client.on(event, lambda *args, event=event: on_any(event, *args), namespace=namespace)
        client.on("question", lambda question: (question, "indeed"))
        client.connect(self.url, auth=auth, namespaces=[namespace], transports=[self.transport], wait=wait,
                       wait_timeout=PATIENCE)
        return client

    def heard(self, client, event):
        with client.arrived:
            self.assertTrue(client.arrived.wait_for(lambda: event in client.received, PATIENCE), f"no {event}")
            return client.received[event]

    def test_auth_and_echo(self):
        client = self.connect({"name": "py"})
        self.assertEqual(self.heard(client, "welcome")[0]["auth"], {"name": "py"})
        self.assertEqual(client.call("echo", AWKWARD, timeout=PATIENCE), AWKWARD)
        binary = {"a": b"\x00\xff", "deep": [b"", {"b": b"xyz"}]}
        self.assertEqual(client.call("echo", (binary, 2), timeout=PATIENCE), (binary, 2))
        client.emit("mirror", (AWKWARD, b"bytes"))
        self.assertEqual(self.heard(client, "mirrored"), [AWKWARD, b"bytes"])

    def test_the_server_asks(self):
        client = self.connect()
        self.assertEqual(client.call("ask", ("why", 5), timeout=PATIENCE), ("why", "indeed"))

    def test_rooms(self):
        ann, bob = self.connect(), self.connect()
        self.assertIn("den", bob.call("join", "den", timeout=PATIENCE))
        ann.call("say", ("den", "hello"), timeout=PATIENCE)
        self.assertEqual(self.heard(bob, "said"), ["hello"])

    def test_refusals(self):
        for auth, namespace, message in (
                ({"refuse": "with data"}, "/", "not you"),
                ({"password": "guess"}, "/admin", "wrong password"),
                ({}, "/nowhere", "Invalid namespace")):
            client = self.connect(auth, namespace, wait=False)
            self.assertEqual(self.heard(client, "connect_error")[0]["message"], message)

    def test_an_error_keeps_the_client(self):
        client = self.connect()
        client.emit("fail")
        self.assertEqual(client.call("echo", "alive", timeout=PATIENCE), "alive")


class Polling(Scenario, unittest.TestCase):
    transport = "polling"


class WebSocket(Scenario, unittest.TestCase):
    transport = "websocket"


if __name__ == "__main__":
    unittest.main()
