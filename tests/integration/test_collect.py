"""How the collector waits for Kafka: what its patience covers, and that a stop is heard meanwhile."""
import re
import unittest

import source
from servers import Process, program, wait_until


class Waiting(source.Case):
    def start(self, *args, kafka=None):
        log = self.p.dir / "collect.err"
        log.unlink(missing_ok=True)
        process = Process([program("collect"), "--kafka", kafka or self.p.broker.address, "--mapping", self.mapping(), "--key", self.p.key,
                           "--state", self.p.state, "--clock", self.clock, *args], log)
        self.addCleanup(process.kill)
        return process

    def life_of_a_message(self, *args):
        """What librdkafka says of message.timeout.ms, of a producer that nobody answers."""
        process = self.start("-v", "--kafka-property", "debug=conf", *args, self.write(source.good(1)), kafka="127.0.0.1:1")
        said = wait_until(lambda: re.search(r"message\.timeout\.ms = (\d+)", process.text()), "librdkafka tells its configuration")
        self.assertEqual(process.stop(), 69)
        return int(said[1])

    def test_a_message_lives_longer_than_the_patience_with_kafka(self):
        self.assertGreater(self.life_of_a_message("--kafka-timeout", "3600000"), 3600000)
        self.assertGreater(self.life_of_a_message(), 30000)
        self.assertEqual(self.life_of_a_message("--kafka-property", "message.timeout.ms=7000"), 7000)


if __name__ == "__main__":
    unittest.main()
