"""Pieces of Python by which scripts of sessions connect: TLS, WebSocket, proxies."""

from __future__ import annotations

from .script_parts import Part

TLS = Part(
    '''\
class Tls:
    """TLS that can end our side and go on receiving, which `ssl.SSLSocket` cannot."""

    def __init__(self, plain, context, name):
        self.plain = plain
        self.settimeout = plain.settimeout
        self.inbox, self.outbox = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.inbox, self.outbox, server_hostname=name)
        self.early = bytes()
        self.run(self.tls.do_handshake)

    def run(self, work, *values):
        while True:
            try:
                result = work(*values)
                self.plain.sendall(self.outbox.read())
                return result
            except ssl.SSLWantReadError:
                self.plain.sendall(self.outbox.read())
                if data := self.plain.recv(65536):
                    self.inbox.write(data)
                else:
                    self.inbox.write_eof()

    def recv(self, size):
        if self.early:
            data, self.early = self.early[:size], self.early[size:]
            return data
        try:
            return self.run(self.tls.read, size)
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return bytes()

    def sendall(self, data):
        rest = memoryview(data)
        while rest:
            rest = rest[self.run(self.tls.write, rest) :]

    def shutdown(self, _):
        with contextlib.suppress(ssl.SSLError):  # what is unread would be lost
            while data := self.tls.read(65536):
                self.early += data
        with contextlib.suppress(ssl.SSLError):  # the peer's end has not come yet
            self.tls.unwrap()
        self.plain.sendall(self.outbox.read())''',
    ("contextlib", "ssl"),
)
WEB_SOCKET = Part(
    '''\
class WebSocket:
    """Messages over an upgraded HTTP connection (RFC 6455), without compression."""

    def __init__(self, stream, head):
        self.stream, self.came, self.message = stream, bytes(), bytes()
        self.settimeout = stream.settimeout
        stream.sendall(head)
        try:
            while b"\\r\\n\\r\\n" not in self.came:
                self.more()
        except (EOFError, OSError) as error:
            sys.exit(f"The WebSocket was not opened: {error}.")
        answer, _, self.came = self.came.partition(b"\\r\\n\\r\\n")
        if b" 101 " not in answer.partition(b"\\r\\n")[0] + b" ":
            sys.exit(f"The WebSocket was refused: {answer!r}.")

    def more(self):
        if not (data := self.stream.recv(65536)):
            raise EOFError("the peer ended")
        self.came += data

    def part(self, start, end):
        while len(self.came) < end:
            self.more()
        return self.came[start:end]

    def send(self, opcode, data):
        size, key = len(data), os.urandom(4)
        head = bytes([128 | opcode])
        if size < 126:
            head += bytes([128 | size])
        else:
            long = size > 65535
            head += bytes([255 if long else 254]) + size.to_bytes(8 if long else 2, "big")
        masked = bytes(byte ^ key[place % 4] for place, byte in enumerate(data))
        self.stream.sendall(head + key + masked)

    def frame(self):
        (first, size), start = self.part(0, 2), 2
        if size > 125:
            start = 4 if size == 126 else 10
            size = int.from_bytes(self.part(2, start), "big")
        data = self.part(start, start + size)
        self.came = self.came[start + size :]  # not before all of it is there
        return first, data

    def recv(self, _):
        """Return the next message, None at the peer's end; pings are answered."""
        try:
            while True:
                first, data = self.frame()
                opcode = first & 15
                if opcode == 8:
                    return None
                if opcode == 9:
                    self.send(10, data)
                elif opcode < 8:
                    self.message += data
                    if first & 128:
                        message, self.message = self.message, bytes()
                        return message
        except (EOFError, ConnectionError):
            return None''',
    ("os", "sys"),
)
THROUGH_HTTP = Part(
    '''\
def through(proxy, host, port, lines=()):
    """Ask an HTTP proxy for a tunnel (RFC 9110, section 9.3.6)."""
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    head = [f"CONNECT {where} HTTP/1.1", f"Host: {where}", *lines, "", ""]
    proxy.sendall("\\r\\n".join(head).encode())
    answer = bytes()
    while not answer.endswith(b"\\r\\n\\r\\n"):
        if not (byte := proxy.recv(1)):
            break
        answer += byte
    if b" 2" not in answer[:10]:
        sys.exit(f"The proxy refused: {answer!r}.")''',
    ("sys",),
)
PLACE = Part(
    '''\
def place(host, port):
    """Write an address, or a name that the proxy looks up (RFC 1928, section 5)."""
    for kind, family in ((1, socket.AF_INET), (4, socket.AF_INET6)):
        with contextlib.suppress(OSError):
            return bytes([kind]) + socket.inet_pton(family, host) + port.to_bytes(2, "big")
    return bytes([3, len(host.encode())]) + host.encode() + port.to_bytes(2, "big")''',
    ("contextlib", "socket"),
)
THROUGH_SOCKS = Part(
    '''\
def through(proxy, host, port, user="", password="", command=1):
    """Ask a SOCKS5 proxy for a connection (RFC 1928), or with command 3 for a relay."""

    def take(size):
        data = bytes()
        while len(data) < size:
            if not (more := proxy.recv(size - len(data))):
                sys.exit("The proxy ended.")
            data += more
        return data

    def field(text):
        return bytes([len(text.encode())]) + text.encode()

    proxy.sendall(bytes([5, 1, 2 if user else 0]))
    method = take(2)[1]
    if method == 2:  # RFC 1929
        proxy.sendall(bytes([1]) + field(user) + field(password))
        method = take(2)[1]
    if method:
        sys.exit("The proxy does not let us in.")
    proxy.sendall(bytes([5, command, 0]) + place(host, port))
    _, reply, _, kind = take(4)
    if reply:
        sys.exit(f"The proxy refused with code {reply}.")
    address = take({1: 4, 4: 16}.get(kind) or take(1)[0])
    return kind, address, int.from_bytes(take(2), "big")''',
    ("sys",),
    needs=(PLACE,),
)
RELAYED = Part(
    '''\
class Relayed:
    """Datagrams through a SOCKS5 proxy, as long as it is connected (RFC 1928, section 7)."""

    def __init__(self, proxy, host, port, user="", password="", source=("", 0)):
        kind, address, relay = through(proxy, "0.0.0.0", 0, user, password, command=3)
        if kind == 3:
            where = address.decode()
        else:
            where = socket.inet_ntop(socket.AF_INET if kind == 1 else socket.AF_INET6, address)
        if not any(address):  # it is where the proxy is
            where = proxy.getpeername()[0]
        found = socket.getaddrinfo(where, relay, type=socket.SOCK_DGRAM)
        self.head = bytes(3) + place(host, port)
        self.socket = socket.socket(found[0][0], socket.SOCK_DGRAM)
        self.settimeout, self.close = self.socket.settimeout, self.socket.close
        self.settimeout(TIMEOUT)
        self.socket.bind(source)
        self.socket.connect(found[0][4])

    def send(self, data):
        self.socket.send(self.head + data)

    def recv(self, size):
        while True:
            data = self.socket.recv(65535)
            if len(data) > 7 and not data[2]:  # no fragment
                sizes = {1: 10, 3: 7 + data[4], 4: 22}
                return data[sizes[data[3]] :]''',
    ("socket",),
    needs=(THROUGH_SOCKS,),
)
TO_MANY = Part(
    '''\
class ToMany:
    """Datagrams to a group, or to all: an answer comes from whoever is there."""

    def __init__(self, plain, address):
        self.plain, self.address = plain, address
        self.settimeout, self.recv, self.close = plain.settimeout, plain.recv, plain.close

    def send(self, data):
        self.plain.sendto(data, self.address)''',
)
