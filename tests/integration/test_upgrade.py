"""The Functions of another version in Redis: nothing counts beside them, and one command, which touches no count, changes them."""
import unittest

import source
from oracle import model
from servers import run


class Upgrade(source.Case):
    def setUp(self):
        super().setUp()
        rows, self.contacts = source.generate(seed=31, count=200)
        half = len(rows) // 2
        self.rest = self.write(rows[half:], "rest.csv")
        self.collect(self.write(rows[:half], "first.csv"))
        self.aggregate()
        self.redis = self.p.redis
        (library,) = self.redis.call("FUNCTION", "LIST", "LIBRARYNAME", "kp", "WITHCODE")
        self.code = dict(zip(library[::2], library[1::2]))["library_code"]
        self.load(self.code + "\n-- another version\n")

    def load(self, code):
        self.redis.call("FUNCTION", "LOAD", "REPLACE", code)

    def everything(self):
        return {key: self.redis.hgetall(key) if self.redis.call("TYPE", key) == "hash" else self.redis.call("GETRANGE", key, 0, -1)
                for key in self.redis.call("KEYS", "*")}

    def replace(self, *args, check=0):
        return run("ops", "init", "--embedded", *self.p.servers(), *args, check=check).stderr

    def test_nothing_counts_beside_others_and_the_way_out_is_told(self):
        before = self.everything()
        self.assertIn("ops init --replace-functions", self.p.aggregate(check=65).stderr)
        self.assertEqual(self.everything(), before)

    def test_the_namespace_stays_as_it_is_and_counting_goes_on(self):
        before = self.everything()
        self.assertIn("stays as it is", self.replace("--replace-functions"))
        self.assertEqual(self.everything(), before)
        self.assertIn("stays as it is", self.replace("--replace-functions"), "once more changes nothing")
        self.collect(self.rest)
        for by in source.EVERYTHING:
            self.assertEqual(model.exported(self.aggregate(by=by)[0]), model.cells(self.contacts, by.split(","), "kontakt/1"))

    def test_without_the_switch_nothing_is_changed(self):
        before = self.everything()
        self.assertIn("is there already", self.replace(check=65))
        self.assertIn("another version", self.replace("--namespace", "ny", check=65))
        self.assertEqual(self.everything(), before)
        self.assertIn("ops init --replace-functions", self.p.aggregate(check=65).stderr)

    def test_a_new_namespace_is_made_as_well(self):
        self.replace("--namespace", "ny", "--replace-functions")
        self.assertEqual(self.redis.hgetall("kp:{ny.0}:m")["off"], "0")
        self.p.aggregate()


if __name__ == "__main__":
    unittest.main()
