"""A mail server of a test's own, which counts what it takes."""

import socket
import threading
import time
from collections import Counter


class SlowSmtp:
    """Takes mail, and thinks before it says so: the time in which nobody knows whether a mail was taken."""

    def __init__(self, thinks: float = 30) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.thinks = thinks  # seconds
        self.taken: Counter[str] = Counter()  # by the address it is for
        self.has_one = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._server.close()

    def _serve(self) -> None:
        try:
            while True:
                threading.Thread(target=self._talk, args=(self._server.accept()[0],), daemon=True).start()
        except OSError:  # closed: the test is over
            pass

    def _talk(self, line: socket.socket) -> None:
        to = ""
        with line, line.makefile("rwb", buffering=0) as talk:
            try:
                talk.write(b"220 slow\r\n")
                while asked := talk.readline():
                    if asked.upper().startswith(b"RCPT TO"):
                        to = asked.decode().partition("<")[2].partition(">")[0]
                    if asked.upper().startswith(b"DATA"):
                        talk.write(b"354 go on\r\n")
                        self._take(talk, to)
                    talk.write(b"221 bye\r\n" if asked.upper().startswith(b"QUIT") else b"250 fine\r\n")
            except OSError:  # the sender was killed
                return

    def _take(self, talk: socket.SocketIO, to: str) -> None:
        while (line := talk.readline()) != b".\r\n":
            if not line:  # killed in the middle of it: nobody has a half mail
                return
        self.taken[to] += 1  # it has the mail; whether the sender hears of it is another thing
        self.has_one.set()
        time.sleep(self.thinks)
