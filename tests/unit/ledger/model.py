"""What the ledger promises, in the fewest lines that can be true: credits as lots that know when they arrived."""

from __future__ import annotations

from dataclasses import dataclass, field

from klapper.ledger.records import PeriodicGrant


@dataclass(slots=True)
class Short(Exception):
    """An account has not enough: (account, available, needed)."""

    account: str
    available: int
    needed: int


@dataclass(slots=True)
class Purse:
    """Lots of (amount, arrived_at_ms) and, where it is filled periodically, its running period."""

    lots: list[tuple[int, int]] = field(default_factory=list)
    held: int = 0
    start_ms: int = 0
    end_ms: int = 0
    granted: int = 0

    @property
    def available(self) -> int:
        return sum(amount for amount, _ in self.lots)

    def at(self, grant: PeriodicGrant, now_ms: int) -> Purse:
        """The purse in the period that contains now: older lots are gone, the grant is complete."""
        purse = Purse(list(self.lots), self.held, self.start_ms, self.end_ms, self.granted)
        if now_ms >= purse.end_ms:
            purse.start_ms, purse.end_ms = max(grant.period.start_ms, purse.end_ms), grant.period.end_ms
            purse.lots = [lot for lot in purse.lots if lot[1] >= purse.start_ms]
            purse.granted = 0
        if grant.amount > purse.granted:
            purse.lots.append((grant.amount - purse.granted, now_ms))
            purse.granted = grant.amount
        return purse

    def left(self, grant: PeriodicGrant) -> int:
        """What a budget has, which counts at once when it is lowered."""
        return max(0, self.available - max(0, self.granted - grant.amount))

    def take(self, account: str, amount: int) -> None:
        if amount > self.available:
            raise Short(account, self.available, amount)
        self.lots = [(self.available - amount, max(at for _, at in self.lots))] if amount else self.lots

    def hold(self, account: str, amount: int) -> None:
        self.take(account, amount)
        self.held += amount


@dataclass(slots=True)
class ModelJob:
    who: str
    credits: int
    units: int
    legs: dict[str, tuple[int, int]]  # account -> (amount, start of its period)
    status: str = "held"
    refunded: bool = False


@dataclass(slots=True)
class Model:
    """Purses by account and jobs by id. Its methods change nothing when they raise."""

    purses: dict[str, Purse] = field(default_factory=dict)
    jobs: dict[str, ModelJob] = field(default_factory=dict)
    keys: set[tuple[str, ...]] = field(default_factory=set)  # of what happens once
    gifts: list[tuple[str, int, int]] = field(default_factory=list)  # who gave how much, when

    def purse(self, account: str) -> Purse:
        return self.purses.get(account, Purse())

    def with_status(self, *statuses: str) -> list[str]:
        return sorted(job_id for job_id, job in self.jobs.items() if job.status in statuses)

    def grant(self, who: str, amount: int, key: str, now_ms: int) -> bool:
        if ("grant", who, key) in self.keys:
            return False
        self.keys.add(("grant", who, key))
        self.purses.setdefault(f"bonus:{who}", Purse()).lots.append((amount, now_ms))
        return True

    def revoke(self, who: str, amount: int, purse: str, key: str, allowance: PeriodicGrant, now_ms: int) -> bool:
        """purse: bonus or allowance. Raises Short."""
        account = f"{purse}:{who}"
        left = self.purse(account).at(allowance, now_ms) if purse == "allowance" else self.purse(account)
        if ("revoke", account, key) in self.keys:
            self.purses[account] = left
            return False
        left.take(account, amount)
        self.keys.add(("revoke", account, key))
        self.purses[account] = left
        return True

    def give(self, giver: str, receiver: str, amount: int, key: str, now_ms: int) -> bool:
        """Raises Short."""
        if ("give", giver, key) in self.keys:
            return False
        self.purse(f"bonus:{giver}").take(f"bonus:{giver}", amount)
        self.keys.add(("give", giver, key))
        self.purses.setdefault(f"bonus:{receiver}", Purse()).lots.append((amount, now_ms))
        self.gifts.append((giver, amount, now_ms))
        return True

    def given_since(self, who: str, since_ms: int) -> int:
        return sum(amount for giver, amount, at_ms in self.gifts if giver == who and at_ms >= since_ms)

    def reserve(
        self,
        job_id: str,
        who: str,
        credits: int,
        units: int,
        allowance: PeriodicGrant,
        budgets: tuple[PeriodicGrant, ...],
        now_ms: int,
    ) -> None:
        """allowance: with `allowance:<who>` as its account. Raises Short, or KeyError for a job that is known."""
        purses = {f"allowance:{who}": self.purse(f"allowance:{who}").at(allowance, now_ms)}
        purses |= {grant.account_id: self.purse(grant.account_id).at(grant, now_ms) for grant in budgets}
        of_member, bonus = purses[f"allowance:{who}"], self.purse(f"bonus:{who}")
        first = min(credits, of_member.available)
        if credits - first > bonus.available:
            raise Short(f"allowance:{who}", of_member.available + bonus.available, credits)
        if job_id in self.jobs:
            raise KeyError(job_id)
        for grant in budgets:
            if units > purses[grant.account_id].left(grant):
                raise Short(grant.account_id, purses[grant.account_id].left(grant), units)
        legs = {f"allowance:{who}": first, f"bonus:{who}": credits - first}
        legs |= {grant.account_id: units for grant in budgets}
        self.purses |= purses | {f"bonus:{who}": bonus}
        for account, amount in legs.items():
            self.purses[account].hold(account, amount)
        with_start = {account: (amount, self.purses[account].start_ms) for account, amount in legs.items() if amount}
        self.jobs[job_id] = ModelJob(who, credits, units, with_start)

    def resolve(self, job_id: str, status: str, now_ms: int) -> bool:
        """settled, or released or abandoned; False where the hold is resolved already."""
        job = self.jobs[job_id]
        if job.status != "held":
            return False
        job.status = status
        for account, (amount, start_ms) in job.legs.items():
            purse = self.purses[account]
            purse.held -= amount
            is_member = account.startswith(("allowance:", "bonus:"))
            in_period = purse.start_ms == start_ms and now_ms < purse.end_ms
            if status != "settled" and (is_member or in_period):
                purse.lots.append((amount, now_ms))
        return True

    def refund(self, job_id: str, now_ms: int) -> bool:
        job = self.jobs[job_id]
        if job.status != "settled" or job.refunded or not job.credits:
            return False
        job.refunded = True
        for account, (amount, _) in job.legs.items():
            if account.startswith(("allowance:", "bonus:")):
                self.purses[account].lots.append((amount, now_ms))
        return True
