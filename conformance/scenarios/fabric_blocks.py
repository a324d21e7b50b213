"""Reads recorded Fabric blocks, to know what they hold without asking the code under test. Protobuf wire format only."""

import os


def fields(data):
    """[(number, value)] of one message; raises ValueError where it is none."""
    found, at = [], 0
    while at < len(data):
        tag, at = varint(data, at)
        kind = tag & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 2:
            size, at = varint(data, at)
            if size > len(data) - at:
                raise ValueError("a field is longer than its message")
            value, at = data[at : at + size], at + size
        else:
            raise ValueError("a field of another kind")
        found.append((tag >> 3, value))
    return found


def varint(data, at):
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise ValueError("a number ends too early")
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return value, at


def one(data, *path):
    """The first field along a path of numbers; empty where there is none."""
    for number in path:
        data = next((value for n, value in fields(data) if n == number), b"")
    return data


class Network:
    """channel, chaincodes, events [(block, tx_id, chaincode, name, payload)] of a folder of blocks."""

    def __init__(self, folder):
        self.channel, self.events, self.unreadable = "", [], []
        number = 0
        while os.path.exists(os.path.join(folder, f"b{number}.block")):
            with open(os.path.join(folder, f"b{number}.block"), "rb") as f:
                raw = f.read()
            try:
                self.read(number, raw)
            except (ValueError, TypeError, AttributeError):
                self.unreadable.append(number)
            number += 1
        self.blocks = number

    def read(self, number, raw):
        for n, envelope in fields(one(raw, 2)):
            payload = one(envelope, 1)
            header = one(payload, 1, 1)
            channel = one(header, 4)
            self.channel = self.channel or channel.decode()
            if one(header, 1) != 3:
                continue
            tx_id = one(header, 5).decode()
            for _, action in fields(one(payload, 2)):
                event = one(action, 2, 2, 1, 2, 2)
                if event:
                    self.events.append((number, tx_id, one(event, 1).decode(), one(event, 3).decode(), one(event, 4)))
