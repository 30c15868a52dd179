"""One kind of hostile client, until it is killed: nbd-hostile.py KIND SOCKET."""
import os
import socket
import struct
import sys
import threading
import time

MANY = 40
IHAVEOPT = b"IHAVEOPT"
GO = struct.pack(">I", 3) + IHAVEOPT + struct.pack(">IIIH", 7, 6, 0, 0)


def connect():
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[2])
    return s


def ready():
    s = connect()
    s.sendall(GO)
    left = 18 + 20 + 12 + 20
    while left:
        left -= len(s.recv(left))
    return s


def request(kind, cookie, offset, length):
    return struct.pack(">IHHQQI", 0x25609513, 0, kind, cookie, offset, length)


def hold(sockets):
    while True:
        time.sleep(1)
        assert sockets


def reader():
    sockets = [ready() for _ in range(MANY)]
    for s in sockets:
        s.sendall(request(0, 1, 0, 32 << 20) * 64)
    hold(sockets)


def writer():
    sockets = [ready() for _ in range(MANY)]
    for s in sockets:
        s.sendall(request(1, 1, 0, 32 << 20))
    hold(sockets)


def drip():
    option = struct.pack(">I", 3) + IHAVEOPT + struct.pack(">II", 99, 1 << 20)
    sockets = [[connect(), 0] for _ in range(MANY)]
    while True:
        for each in sockets:
            s, at = each
            try:
                s.send(option[at:at + 1] or b"x")
                each[1] += 1
            except OSError:
                s.close()
                each[:] = [connect(), 0]
        time.sleep(0.01)


def options():
    info = IHAVEOPT + struct.pack(">IIIHH", 6, 8, 0, 1, 1)
    while True:
        s = connect()
        try:
            s.sendall(struct.pack(">I", 3) + info * 100)
            while s.recv(1 << 16):
                pass
        except OSError:
            pass
        s.close()


def vanish():
    while True:
        connect().close()


def garbage():
    while True:
        s = connect()
        try:
            s.sendall(struct.pack(">I", 3) + os.urandom(1000))
            while s.recv(1 << 16):
                pass
        except OSError:
            pass
        s.close()


def asker():
    s = ready()

    def listen():
        while s.recv(1 << 20):
            pass

    threading.Thread(target=listen, daemon=True).start()
    many = request(77, 1, 0, 0) * 1000
    while True:
        s.sendall(many)


{f.__name__: f for f in (reader, writer, drip, options, vanish, garbage, asker)}[sys.argv[1]]()
