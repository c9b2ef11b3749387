#!/usr/bin/env python3
"""Judges the order of a run from its facts alone, by the definition in docs/events.md, without rcsim.

    rcsim run scenario.toml --events facts.jsonl;  examples/judge.py facts.jsonl
    rcsim run scenario.toml --events facts.jsonl.zst;  zstdcat facts.jsonl.zst | examples/judge.py

Prints one line of JSON: of each check its state, the first instant at which it broke, and the groups. Exit code 1 if
a check is broken.
"""
import json
import sys
from collections import defaultdict

CHECKS = ("pair-order", "recoverable-prefix", "causal", "complete", "local-order")


class Write:
    def __init__(self, **facts):
        self.__dict__.update(facts)


class Judge:
    def __init__(self, head):
        self.head, self.pairs, self.recovery = head, head["pairs"], head["recovery"]
        self.local_index = {name: index for index, name in enumerate(head["local_systems"])}
        self.writes = {}                     # by number: every write to a pair
        self.live = defaultdict(set)         # by group: not yet both completed and landed
        self.limits, self.stamps = {}, {}    # by (remote system, group); by pair
        self.last_landed = {}                # by (group, scope): the last in local order that landed
        self.last_issue = {}                 # by group: the last issue of a write that landed
        self.landed = defaultdict(list)      # by pair
        self.blocks = defaultdict(list)      # by (pair, block): what ended in the local cache, and how
        self.over = defaultdict(list)        # by (pair, block): orders of the writes that landed there
        self.broken, self.groups = {}, defaultdict(set)

    def breaks(self, check, at, group):
        self.broken[check] = min(at, self.broken.get(check, at))
        self.groups[check].add(group)

    def key(self, key):
        last = len(self.local_index)         # a limit that is a whole set stands after each system's keys
        return key and (key["stamp_ns"], self.local_index.get(key["local"], last), key["number"])

    def scope(self, write):  # with imperfect clocks, writes of different local systems may stand in either order
        return None if self.head["perfect_clocks"] else write.local

    def recovers(self, group, remote, key):
        """Would the declared recovery destage a copy with this key from the cache of `remote`?"""
        kind = self.recovery["kind"]
        if kind == "everything":
            return True
        if kind == "latest-stamps":
            of_group = [self.stamps.get(index) for index, pair in enumerate(self.pairs) if pair["group"] == group]
            return all(stamp is not None and key[0] <= stamp[0] for stamp in of_group)
        remotes = [remote] if self.recovery["of"] == "own" else self.head["remote_systems"]
        width = 3 if self.recovery["whole_keys"] else 1
        for limit in (self.limits.get((at, group)) for at in remotes):
            if limit and (key[:width] < limit[:width] or self.recovery["inclusive"] and key[:width] == limit[:width]):
                return True
        return False

    def is_present(self, write):
        """Is it in R(t), what a disaster now would leave?"""
        return write.landed or any(self.recovers(write.group, *copy) for copy in write.copies)

    def is_covered(self, write, present=()):
        """Has a later write landed, or is it among those present, on each of its blocks?"""
        if not self.head.get("covered") or write.order is None:
            return False
        later = [it for it in present if it.pair == write.pair and it.order and it.order > write.order]
        return all(any(order > write.order for order in self.over[write.pair, block])
                   or any(block in it.blocks for it in later) for block in write.blocks)

    def judge_image(self, at, group):
        last = {scope: order for (of, scope), order in self.last_landed.items() if of == group}
        last_issue, missing = self.last_issue.get(group), []
        present = [write for write in self.live[group] if self.is_present(write)]
        for write in self.live[group]:
            if write in present:
                last_issue = write.issued if last_issue is None else max(last_issue, write.issued)
                if write.order and write.order > last.get(self.scope(write), (-1,)):
                    last[self.scope(write)] = write.order
            elif write.completed is not None and not self.is_covered(write, present):
                missing.append(write)
        if any(write.order and write.order < last.get(self.scope(write), (-1,)) for write in missing):
            self.breaks("recoverable-prefix", at, group)
        if last_issue is not None and any(write.completed <= last_issue for write in missing):
            self.breaks("causal", at, group)

    def judge_landing(self, at, write, fact):
        pair, group = self.pairs[write.pair], write.group
        place = (fact["remote"], fact["unit"], fact["position"])
        wrong = write.landed or place != (pair["remote"], pair["remote_unit"], write.blocks.start)
        for other in self.landed[write.pair]:
            if write.order and other.order and write.order < other.order and (
                    not self.head["synchronous"] or range_overlap(write.blocks, other.blocks)
                    or write.completed is not None and write.completed <= other.issued):
                wrong = True
        if wrong:
            self.breaks("pair-order", at, group)
        if not self.head["synchronous"]:     # the last in local order says it all
            self.landed[write.pair] = [max(self.landed[write.pair] + [write], key=lambda it: it.order or (-1,))]
        else:
            self.landed[write.pair].append(write)
        for block in write.blocks if self.head.get("covered") and write.order and not write.landed else ():
            self.over[write.pair, block].append(write.order)
        write.landed = True
        scope = (group, self.scope(write))
        self.last_landed[scope] = max(self.last_landed.get(scope, (-1,)), write.order or (-1,))
        self.last_issue[group] = max(self.last_issue.get(group, write.issued), write.issued)

    def fact(self, fact):
        at, event, write = fact["at_ns"], fact["event"], self.writes.get(fact.get("write"))
        groups = {write.group} if write else set()
        if event == "issued" and fact["pair"] is not None:
            blocks = range(fact["position"], fact["position"] + -(-fact["bytes"] // 512))
            pair = self.pairs[fact["pair"]]
            self.writes[fact["write"]] = write = Write(
                pair=fact["pair"], group=pair["group"], local=pair["local"], blocks=blocks, issued=at, order=None,
                completed=None, landed=False, copies=[])
            self.live[write.group].add(write)
        elif event == "stamp-received":
            self.stamps[fact["pair"]], groups = self.key(fact["key"]), {self.pairs[fact["pair"]]["group"]}
        elif event == "limit-stored":
            groups = {fact["group"]} if fact["group"] else set(self.head["groups"])
            self.limits.update({(fact["remote"], group): self.key(fact["limit"]) for group in groups})
        elif write is None:
            return
        elif event == "accepted":            # its place in local order
            write.order = (at, self.local_index[write.local])
        elif event == "completed":
            write.completed = at
        elif event in ("local-destaged", "local-cache-lost"):
            for block in write.blocks:
                self.blocks[write.pair, block].append((at, write, event == "local-destaged"))
        elif event == "remote-cached":
            write.copies.append((fact["remote"], self.key(fact["key"])))
        elif event == "remote-cache-lost":
            write.copies = [copy for copy in write.copies if copy[0] != fact["remote"]]
        elif event == "remote-destaged":
            self.judge_landing(at, write, fact)
        for group in groups:
            self.judge_image(at, group)
        if write and write.landed and write.completed is not None:
            self.live[write.group].discard(write)

    def end(self, end):
        for ends in self.blocks.values():    # the last in local order that landed, or was completed and wiped, stands
            ends = [it for it in ends if it[2] or it[1].completed is not None]
            if ends:
                last = max(range(len(ends)), key=lambda index: (ends[index][1].order, index))
                later = [it for it in ends[last + 1:] if it[2]]
                if not ends[last][2]:
                    lost, write, _ = ends[last]
                    self.breaks("local-order", max(lost, write.completed), write.group)
                elif later:
                    self.breaks("local-order", later[0][0], later[0][1].group)
        for write in self.writes.values():
            if write.completed is not None and not write.landed and not self.is_covered(write):
                self.breaks("complete", end["at_ns"], write.group)
        for (pair, _), orders in self.over.items():  # an older write that landed over a later one does not stand for it
            if orders and orders[-1] < max(orders):
                self.breaks("complete", end["at_ns"], self.pairs[pair]["group"])
        if not end["drained"]:               # whichever group it is of
            self.broken.setdefault("complete", end["at_ns"])
        not_checked = {"complete"} if end["local_site_lost"] else set()
        return {check: self.verdict(check, check in not_checked or not self.pairs) for check in CHECKS}

    def verdict(self, check, not_checked):
        if not_checked or check not in self.broken:
            return {"state": "not-checked" if not_checked else "holds"}
        return {"state": "broken", "at_ns": self.broken[check], "groups": sorted(self.groups[check])}


def range_overlap(one, other):
    return one.start < other.stop and other.start < one.stop


def main():
    with open(sys.argv[1], encoding="utf-8") if len(sys.argv) > 1 else sys.stdin as lines:
        judge = Judge(json.loads(next(lines)))
        for line in lines:
            fact = json.loads(line)
            if fact["event"] == "end":
                verdicts = judge.end(fact)
                print(json.dumps(verdicts))
                return int(any(verdict["state"] == "broken" for verdict in verdicts.values()))
            judge.fact(fact)
    sys.exit("the facts have no end: the run was broken off")


if __name__ == "__main__":
    sys.exit(main())
