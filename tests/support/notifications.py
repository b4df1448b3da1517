#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# The notifications of a desktop: notifications.py SOCKET. Owns org.freedesktop.Notifications on that message bus, answers
# its calls, and prints each. The protocol of D-Bus by hand, as far as these calls need it: no package is needed.
import os
import socket
import struct
import sys

NAME = "org.freedesktop.Notifications"


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def align(self, size):
        self.at += -self.at % size

    def number(self):
        self.align(4)
        self.at += 4
        return struct.unpack_from("<I", self.data, self.at - 4)[0]

    def text(self):
        size = self.number()
        self.at += size + 1
        return self.data[self.at - size - 1 : self.at - 1].decode()


def put_text(text, kind):
    raw = text.encode()
    return (struct.pack("<B", len(raw)) if kind == "g" else struct.pack("<I", len(raw))) + raw + b"\0"


def message(kind, serial, fields, body=b""):
    array = b""
    for code, sign, value in fields:
        array += b"\0" * (-len(array) % 8)
        array += struct.pack("<B", code) + put_text(sign, "g")
        array += b"\0" * (-len(array) % (1 if sign == "g" else 4))
        array += struct.pack("<I", value) if sign == "u" else put_text(value, sign)
    head = struct.pack("<BBBBIII", ord("l"), kind, 0, 1, len(body), serial, len(array)) + array
    return head + b"\0" * (-len(head) % 8) + body


def receive(connection):
    head = connection.recv(16, socket.MSG_WAITALL)
    if len(head) < 16:
        sys.exit(0)
    size, serial, fields = struct.unpack_from("<III", head, 4)
    rest = connection.recv(fields + -fields % 8 + size, socket.MSG_WAITALL)
    reader, known = Reader(head + rest), {}
    reader.at = 16
    while reader.at < 16 + fields:
        reader.align(8)
        code = reader.data[reader.at]
        size_of_sign = reader.data[reader.at + 1]
        sign = reader.data[reader.at + 2 : reader.at + 2 + size_of_sign].decode()
        reader.at += 3 + size_of_sign
        if sign == "g":
            length = reader.data[reader.at]
            known[code] = reader.data[reader.at + 1 : reader.at + 1 + length].decode()
            reader.at += length + 2
        else:
            known[code] = reader.number() if sign == "u" else reader.text()
    return head[1], serial, known, rest[len(rest) - size :]


bus = socket.socket(socket.AF_UNIX)
bus.connect(sys.argv[1])
bus.sendall(b"\0AUTH EXTERNAL " + str(os.geteuid()).encode().hex().encode() + b"\r\n")
if not bus.recv(4096).startswith(b"OK"):
    sys.exit("not accepted")
bus.sendall(b"BEGIN\r\n")
serial = 1
to_bus = [(1, "o", "/org/freedesktop/DBus"), (6, "s", "org.freedesktop.DBus"), (2, "s", "org.freedesktop.DBus")]
bus.sendall(message(1, 1, to_bus + [(3, "s", "Hello")]))
name = put_text(NAME, "s")
bus.sendall(message(1, 2, to_bus + [(3, "s", "RequestName"), (8, "g", "su")], name + b"\0" * (-len(name) % 4) + b"\0" * 4))
serial = 2
while True:
    kind, of, fields, body = receive(bus)
    if kind == 2 and fields.get(5) == 2:
        print("ready", flush=True)
    if kind != 1:
        continue
    serial += 1
    reply = [(5, "u", of), (6, "s", fields[7])]
    if fields[3] == "Notify":
        reader = Reader(body)
        app, _, icon, summary, text = reader.text(), reader.number(), reader.text(), reader.text(), reader.text()
        print("Notify", [app, icon, summary, text], flush=True)
        bus.sendall(message(2, serial, reply + [(8, "g", "u")], struct.pack("<I", 1)))
    elif fields[3] == "GetServerInformation":
        body = b""
        for text in ("puppet", "rstat-tsa", "1", "1.2"):
            body += b"\0" * (-len(body) % 4) + put_text(text, "s")
        bus.sendall(message(2, serial, reply + [(8, "g", "ssss")], body))
    elif fields[3] == "GetCapabilities":  # notify-send asks for these; none
        bus.sendall(message(2, serial, reply + [(8, "g", "as")], struct.pack("<I", 0)))
    else:
        bus.sendall(message(2, serial, reply))
