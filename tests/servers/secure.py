"""A secured Apache Kafka: mutual TLS, SASL/PLAIN over TLS, rights by ACL, certificates of an authority of its own.

Owns the certificates in its directory. A third listener, in clear and on 127.0.0.1 only, is the super user's: readiness, topics
and ACLs, in Kafka's own protocol.
"""
import atexit
import functools
import json
import pathlib
import re
import shutil
import struct
import subprocess
import tempfile
import uuid

from servers import ROOT, undone_by, wait_until
from servers.kafka import Kafka, array, ask, free_ports, text

PASSWORD = "hemligt-losen"      # of the user of SASL, and of keys that have one
DESCRIBE_ACLS, CREATE_ACLS, DELETE_ACLS = (29, 1), (30, 1), (31, 1)
TOPIC, CLUSTER = 2, 4
LITERAL, PREFIXED = 3, 4
ALLOW = 3
OPERATIONS = {"Read": 3, "Write": 4, "Create": 5, "Delete": 6, "Describe": 8, "DescribeConfigs": 10}
PLAIN_USER = "kp-plain"


def openssl(*words):
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


class Authority:
    """Signs certificates; everything lies in `folder`."""

    def __init__(self, folder, name="ca"):
        self.folder, self.name = pathlib.Path(folder), name
        self.folder.mkdir(exist_ok=True)
        openssl("req", "-x509", *self.key(name), "-out", self.path(name, "pem"), "-days", 2, "-subj", f"/CN={name}")

    def path(self, name, kind):
        return self.folder / f"{name}.{kind}"

    def key(self, name, password=None):
        locked = ["-passout", f"pass:{password}"] if password else ["-noenc"]
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", *locked, "-keyout", self.path(name, "key")]

    def issue(self, name, user=None, days=2, password=None):
        """NAME.pem and NAME.key, for CN=user at 127.0.0.1; with days=-1 it has expired."""
        request, extra = self.path(name, "csr"), self.path(name, "ext")
        openssl("req", *self.key(name, password), "-out", request, "-subj", f"/CN={user or name}")
        extra.write_text("subjectAltName=IP:127.0.0.1\n")
        openssl("x509", "-req", "-in", request, "-CA", self.path(self.name, "pem"), "-CAkey", self.path(self.name, "key"),
                "-set_serial", uuid.uuid4().int >> 1, "-days", days, "-extfile", extra, "-out", self.path(name, "pem"))
        return self.path(name, "pem")


class Secure(Kafka):
    """`tls` and `sasl` are its addresses for everybody, `address` the super user's."""

    def __init__(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="kp-kafka-"))
        self.store = folder / "tls/store.pem"
        with undone_by(lambda: shutil.rmtree(folder, ignore_errors=True)):
            self.authority = Authority(folder / "tls")
            self.show(self.authority)
        super().__init__(folder)

    def configure(self, controller, settings):
        self.tls, self.sasl = (f"127.0.0.1:{port}" for port in free_ports(2))
        listeners = f"PLAINTEXT://{self.address},TLS://{self.tls},SASL://{self.sasl}"
        super().configure(controller, {
            "listeners": f"{listeners},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": listeners,
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,TLS:SSL,SASL:SASL_SSL",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": self.store,
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": self.authority.path("ca", "pem"),
            "listener.name.tls.ssl.client.auth": "required",
            "ssl.principal.mapping.rules": "RULE:^CN=(.*)$/$1/",
            "sasl.enabled.mechanisms": "PLAIN",
            "listener.name.sasl.plain.sasl.jaas.config":
                f'org.apache.kafka.common.security.plain.PlainLoginModule required user_{PLAIN_USER}="{PASSWORD}";',
            **settings,
        })

    def show(self, authority):
        """From its next start on the broker has a certificate of that authority."""
        authority.issue("server")
        self.store.write_text("".join(authority.path(*part).read_text() for part in (("server", "key"), ("server", "pem"), (authority.name, "pem"))))

    def certificate(self, user):
        """Properties of a client with a certificate of that user."""
        path = self.authority.path(user, "pem")
        if not path.exists():
            self.authority.issue(user)
        return {"security.protocol": "SSL", "ssl.ca.location": str(self.authority.path("ca", "pem")),
                "ssl.certificate.location": str(path), "ssl.key.location": str(path.with_suffix(".key"))}

    def password(self, user, password=PASSWORD):
        """Properties of a client that says a password, over TLS."""
        return {"security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN", "ssl.ca.location": str(self.authority.path("ca", "pem")),
                "sasl.username": user, "sasl.password": password}

    def config(self, properties, mode=0o600):
        """A file of them, for --config. JSON is YAML."""
        with tempfile.NamedTemporaryFile("w", dir=self.folder, suffix=".yaml", delete=False) as f:
            json.dump({"kafka-property": properties}, f)
        path = pathlib.Path(f.name)
        path.chmod(mode)
        return path

    def allow(self, user, right, name, kind=TOPIC, pattern=LITERAL):
        """Returns when the broker goes by it."""
        rule = self.rule(user, right, name, kind, pattern)
        answer = ask(self.address, CREATE_ACLS, array([rule]))
        answer.take("i")    # throttle
        self.accepted((why, error) for error, why in answer.array(lambda: answer.take("h", "s")))
        wait_until(lambda: self.is_allowed(rule), f"{user} may {right} {name}")

    def deny(self, user, right, name, kind=TOPIC, pattern=LITERAL):
        """Takes it away again."""
        rule = self.rule(user, right, name, kind, pattern)
        ask(self.address, DELETE_ACLS, array([rule]))
        wait_until(lambda: not self.is_allowed(rule), f"{user} may no longer {right} {name}")

    def rule(self, user, right, name, kind, pattern):
        return (struct.pack(">b", kind) + text(name) + struct.pack(">b", pattern) + text(f"User:{user}") + text("*")
                + struct.pack(">bb", OPERATIONS[right], ALLOW))

    def is_allowed(self, rule):
        answer = ask(self.address, DESCRIBE_ACLS, rule)
        _, error, why = answer.take("i", "h", "s")
        assert error == 0, why
        return len(answer.array(lambda: (answer.take("b", "s", "b"), answer.array(lambda: answer.take("s", "s", "b", "b"))))) > 0


def rights():
    """{program: [(place, right)]} as docs/operate.md has them; a place is "T", "T.dlq" or "cluster"."""
    page = (ROOT / "docs/operate.md").read_text(encoding="utf-8")
    found = {}
    for programs, *cells in re.findall(r"^\|(.*?)\|(.*?)\|(.*?)\|(.*?)\|$", page.partition("## Rights")[2], re.M):
        for program in re.findall("`([a-z -]+)`", programs):
            found[program] = [(place, right) for place, cell in zip(("T", "T.dlq", "cluster"), cells) for right in re.findall(r"\w+", cell)]
    return found


def redis_users(password):
    """{name: rules} of the ACL lines of docs/operate.md."""
    page = (ROOT / "docs/operate.md").read_text(encoding="utf-8")
    return {name: rules.replace("SECRET", password).split() for name, rules in re.findall(r"^    user (kp-\S+) (.*)$", page, re.M)}


@functools.cache
def shared():
    """The secured broker of this run."""
    broker = Secure()
    atexit.register(broker.close)
    return broker
