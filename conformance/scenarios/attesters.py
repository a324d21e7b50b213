"""The attesters of a closed platform: their keys, the mapping file that all of them read by, their processes."""

import json
import os

from network import wait_until

COUNT = 4
MAPPING = """version: 1
records:
  path: /api/v1/journal?after={after}&limit={limit}
  page: 100
  last: last
  number: seq
  time: time
  id: id
  emitter: from.topic
  name: from.type
  data: body
inbox:
  submit: /api/v1/inbox
  step: /api/v1/inbox/step
  ticket: ticket
  fate: /api/v1/inbox/{ticket}
  state: state
  done: done
  failed: failed
  number: record
epoch: 1
threshold: 3
attesters:
"""


class Attesters:
    """Beside one mock platform (a Chain): each has its own account there."""

    def __init__(self, chain):
        self.chain, self.net = chain, chain.net
        self.mapping = self.path("mapping.yaml")
        self.keys, self.urls = [], []
        text = MAPPING
        for i in range(1, COUNT + 1):
            self.keys.append(self.path(f"attester-{i}.key"))
            public = self.net.new_key(self.keys[-1])
            text += f'  - {{name: attester-{i}, organisation: org{i}, key: "{public}"}}\n'
        with open(self.mapping, "w") as f:
            f.write(text)
        for i in range(1, COUNT + 1):
            self.start(i)

    def path(self, name):
        return os.path.join(self.net.work, self.chain.id + "." + name)

    def process(self, i):
        return f"{self.chain.id}.attester-{i}"

    def access(self, caller):
        """The options by which a caller reads the platform."""
        token = self.path(caller + ".token")
        self.chain.control(do="token", caller=caller, file=token)
        return {"mapping": self.mapping, "token_file": token, "rate_per_minute": "6000"}

    def options(self):
        """The adapter's options."""
        return {**self.access("adapter"), **{f"url.attester-{i + 1}": url for i, url in enumerate(self.urls)}}

    def config(self, caller, key):
        return self.net.adapter_config(
            self.chain.id + "." + caller, self.chain.id, "attested", self.chain.endpoints, key, self.access(caller))

    def start(self, i):
        """Starts one, again at the address that it had."""
        ports = self.path(f"attester-{i}.ports.json")
        port = self.urls[i - 1].rsplit(":", 1)[1] if len(self.urls) >= i else "0"
        if os.path.exists(ports):
            os.unlink(ports)
        self.net.start(self.process(i), self.net.program("yuqiao-attester"), "serve", "--config",
                       self.config(f"attester-{i}", self.keys[i - 1]), "--port", port, "--ports-file", ports)
        wait_until(f"attester {i} listens", 20, lambda: os.path.exists(ports))
        if len(self.urls) < i:
            with open(ports) as f:
                self.urls.append(json.load(f)["endpoint"])
