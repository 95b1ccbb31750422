"""The books: the only one that writes them. Every method works inside a transaction that a service opened."""

from __future__ import annotations

from collections.abc import Sequence

from klapper.database.database import ConstraintViolated, Reader, Row, Writer
from klapper.errors import InsufficientCredits, LedgerError
from klapper.ledger.posting import Posting, available_of
from klapper.ledger.records import (
    BUDGET,
    BUDGET_ISSUER,
    BUDGET_SPENT,
    CREDIT,
    ISSUER,
    KLAPPER,
    WRITTEN_OFF,
    Balance,
    BudgetLeft,
    Funding,
    Kind,
    Leg,
    PeriodicGrant,
    Reservation,
    ReservationStatus,
    Transfer,
    bonus_account,
    member_actor,
)


class Ledger(Posting):
    """Keeps these invariants, each enforced by the schema as well:

    - no account of a member or a budget ever has less than nothing available;
    - a transfer is written once (its id says what it is for) and never changed;
    - a job has one reservation, resolved once: settled or released, always whole;
    - a charge goes back at most once, to the accounts it came from, and never to a budget;
    - an account's totals are the sums of its transfers at every commit.
    """

    # Holds

    async def reserve(
        self, tx: Writer, job_id: str, funding: Funding, *, credits: int, budget_units: int, now_ms: int
    ) -> Reservation:
        """Hold a job's price, allowance before bonus, and its cost on every limited budget.

        Raises InsufficientCredits with the account that lacks something (`allowance:…` stands for both accounts of
        the member); nothing of the hold is kept then, because the caller's transaction ends with the error.
        """
        await self.post_period(tx, funding.allowance, now_ms)
        for budget in funding.budgets:
            await self.post_period(tx, budget, now_ms)
        legs = await self._member_legs(tx, funding, credits)
        await self._once(tx, "hold", job_id=job_id, now_ms=now_ms)
        if budget_units:
            legs += [await self._budget_leg(tx, budget, budget_units) for budget in funding.budgets]
        for leg in legs:
            await tx.execute(
                self._sql["hold_leg"],
                job_id=job_id,
                account_id=leg.account_id,
                amount=leg.amount,
                period_start_ms=leg.period_start_ms,
            )
            await self._post(tx, _of_leg(Kind.RESERVE, job_id, leg, KLAPPER, "job", now_ms))
        return Reservation(job_id, ReservationStatus.HELD, tuple(legs))

    async def settle(self, tx: Writer, job_id: str, now_ms: int) -> None:
        """The hold becomes a charge. Raises LedgerError when it is resolved already."""
        for leg in await self._resolve(tx, job_id, ReservationStatus.SETTLED, now_ms):
            await self._post(tx, _of_leg(Kind.SETTLE, job_id, leg, KLAPPER, "delivered_by_provider", now_ms))

    async def release(self, tx: Writer, job_id: str, *, actor: str, reason: str, now_ms: int) -> None:
        """The hold ends and nothing was charged. Raises LedgerError when it is resolved already.

        A budget leg of an earlier period expires at once: its budget was granted for that period only. A member's
        leg is spendable again and expires with the current period.
        """
        for leg in await self._resolve(tx, job_id, ReservationStatus.RELEASED, now_ms):
            await self._post(tx, _of_leg(Kind.RELEASE, job_id, leg, actor, reason, now_ms))
            account = await self._account(tx, leg.account_id)
            if leg.ledger == BUDGET and _is_late(leg, account, now_ms):
                await self._post(tx, _of_leg(Kind.EXPIRE, job_id, leg, KLAPPER, "late_release", now_ms))

    async def refund(self, tx: Writer, job_id: str, *, actor: str, reason: str, now_ms: int) -> bool:
        """Give a charge back to the member's accounts; False when there was none or it went back already.

        The budgets stay charged: the operator has paid the provider.
        """
        reservation = await self.reservation(tx, job_id)
        if reservation is None or reservation.status is not ReservationStatus.SETTLED or reservation.refunded:
            return False
        legs = [leg for leg in reservation.legs if leg.ledger == CREDIT]
        for leg in legs:
            await self._post(tx, _of_leg(Kind.REFUND, job_id, leg, actor, reason, now_ms))
        return bool(legs)

    async def write_off(self, tx: Writer, job_id: str, *, credits: int, budget_units: int, now_ms: int) -> None:
        """Book a clip that came after its hold was released: against nobody's limit, never charged.

        Raises LedgerError when the hold was not released: such a clip is settled, or its job was paid for already.
        """
        reservation = await self.reservation(tx, job_id)
        if reservation is None or reservation.status is not ReservationStatus.RELEASED:
            raise LedgerError(f"The job {job_id} has no released reservation, so there is nothing to write off.")
        parts = ((CREDIT, ISSUER, WRITTEN_OFF, credits), (BUDGET, BUDGET_ISSUER, BUDGET_SPENT, budget_units))
        for ledger, debit, credit, amount in parts:
            if amount:
                id_ = f"write_off:{job_id}:{credit}"
                await self._post(
                    tx, Transfer(id_, ledger, Kind.WRITE_OFF, debit, credit, amount, KLAPPER, "late", job_id, now_ms)
                )

    async def reservation(self, tx: Reader, job_id: str) -> Reservation | None:
        """A job's reservation as it stands, None when there is none."""
        row = await tx.one(self._sql["reservation"], job_id=job_id)
        if row is None:
            return None
        legs = await tx.all(self._sql["legs"], job_id=job_id)
        return Reservation(job_id, ReservationStatus(row["status"]), tuple(map(_leg, legs)), bool(row["refunded"]))

    # What managers grant and take back

    async def grant_bonus(
        self, tx: Writer, member_ref: int, amount: int, *, key: str, actor: str, reason: str, now_ms: int
    ) -> bool:
        """Credits that do not expire. `key` (an interaction id) makes it happen once; False when it had happened."""
        account = await self._open_bonus(tx, member_ref)
        grant = Transfer(
            f"grant:{account}:{key}", CREDIT, Kind.GRANT, ISSUER, account, amount, actor, reason, None, now_ms
        )
        return await self._post_once(tx, grant)

    async def revoke(
        self,
        tx: Writer,
        member_ref: int,
        amount: int,
        *,
        allowance: PeriodicGrant | None = None,
        key: str,
        actor: str,
        reason: str,
        now_ms: int,
    ) -> bool:
        """Take back available credits, of the bonus or of this period's allowance; it counts as granted all the same,
        so that the period does not fill it up again. `key` makes it happen once; False when it had happened.

        Raises InsufficientCredits with what is there; nothing is taken then, as the caller's transaction ends with it.
        """
        account = await self._open_bonus(tx, member_ref)
        if allowance is not None:
            await self.post_period(tx, allowance, now_ms)
            account = allowance.account_id
        revoke = Transfer(
            f"revoke:{account}:{key}", CREDIT, Kind.REVOKE, account, ISSUER, amount, actor, reason, None, now_ms
        )
        return await self._post_once(tx, revoke)

    # What members give each other

    async def give(
        self, tx: Writer, giver_ref: int, receiver_ref: int, amount: int, *, key: str, reason: str, now_ms: int
    ) -> bool:
        """From one member's bonus to another's, of one guild. `key` makes it happen once; False when it had happened.

        Raises InsufficientCredits as `revoke` does.
        """
        giver, receiver = await self._open_bonus(tx, giver_ref), await self._open_bonus(tx, receiver_ref)
        gift = Transfer(
            f"give:{giver}:{key}",
            CREDIT,
            Kind.GIVE,
            giver,
            receiver,
            amount,
            member_actor(giver_ref),
            reason,
            None,
            now_ms,
        )
        return await self._post_once(tx, gift)

    async def given_since(self, tx: Reader, member_ref: int, since_ms: int) -> int:
        """How much a member gave others since then."""
        row = await tx.one(self._sql["given_since"], account_id=bonus_account(member_ref), since_ms=since_ms)
        assert row is not None
        return int(row["amount"])

    # Periods

    async def post_period(self, tx: Writer, grant: PeriodicGrant, now_ms: int) -> None:
        """Bring a periodic account to its current period: expire what was left, grant, top up a raised amount.

        What a member got back (released, refunded) since the new period began belongs to the new period. A lowered
        allowance claws nothing back, a lowered budget counts at once without a movement; another length or time zone
        begins at the end of the running period.
        """
        ledger, issuer = _ledger_of(grant.account_id)
        await self._open(tx, grant.account_id, ledger, member_ref=grant.member_ref, guild_id=grant.guild_id)
        account = await self._account(tx, grant.account_id)
        granted = int(account["granted_in_period"])
        start_ms = int(account["period_start_ms"])
        if now_ms >= account["period_end_ms"]:
            start_ms, granted = _next_start_ms(account, grant), 0
            left = available_of(account) - await self._came_back(tx, grant.account_id, start_ms)
            await self._expire(tx, account, left, now_ms)
            await tx.execute(
                self._sql["enter_period"],
                account_id=grant.account_id,
                start_ms=start_ms,
                end_ms=grant.period.end_ms,
                left_end_ms=account["period_end_ms"],
            )
        missing = grant.amount - granted
        if missing > 0:
            id_ = f"grant:{grant.account_id}:{start_ms}:{grant.amount}"
            await self._post(
                tx,
                Transfer(id_, ledger, Kind.GRANT, issuer, grant.account_id, missing, KLAPPER, "period", None, now_ms),
            )
            await tx.execute(self._sql["count_granted"], account_id=grant.account_id, amount=missing)

    # Reading

    async def balance(self, tx: Reader, member_ref: int | None, grant: PeriodicGrant, now_ms: int) -> Balance:
        """A member's credits as if the current period were posted; reads only. None: somebody never seen."""
        left = await self.budget_left(tx, grant, now_ms)
        row = None if member_ref is None else await self._find(tx, bonus_account(member_ref))
        bonus, held = (0, 0) if row is None else (available_of(row), int(row["debits_pending"]))
        return Balance(left.available, bonus, left.held + held, left.limit, left.resets_at_ms)

    async def budget_left(self, tx: Reader, grant: PeriodicGrant, now_ms: int) -> BudgetLeft:
        """What a periodic account has left, the rollover computed in; reads only."""
        row = await self._find(tx, grant.account_id)
        if row is None:
            return BudgetLeft(grant.account_id, grant.amount, grant.amount, 0, grant.period.end_ms)
        held = int(row["debits_pending"])
        if now_ms >= row["period_end_ms"]:
            back = await self._came_back(tx, grant.account_id, _next_start_ms(row, grant))
            return BudgetLeft(grant.account_id, grant.amount, grant.amount + back, held, grant.period.end_ms)
        granted = int(row["granted_in_period"])
        limit = grant.amount if _ledger_of(grant.account_id)[0] == BUDGET else max(grant.amount, granted)
        available = max(0, available_of(row) + limit - granted)
        return BudgetLeft(grant.account_id, limit, available, held, int(row["period_end_ms"]))

    async def of_job(self, tx: Reader, job_id: str) -> list[Transfer]:
        """What moved for a job, oldest first."""
        return [_transfer(row) for row in await tx.all(self._sql["job_transfers"], job_id=job_id)]

    async def held_credits(self, tx: Reader) -> int:
        """All credits on hold."""
        row = await tx.one(self._sql["held_total"])
        assert row is not None
        return int(row["held"])

    # Below: how a transfer is posted

    async def _member_legs(self, tx: Writer, funding: Funding, credits: int) -> list[Leg]:
        if not credits:
            return []
        allowance = await self._account(tx, funding.allowance.account_id)
        bonus = await self._find(tx, bonus_account(funding.member_ref))
        from_allowance = min(credits, available_of(allowance))
        from_bonus = credits - from_allowance
        bonus_left = 0 if bonus is None else available_of(bonus)
        if from_bonus > bonus_left:
            available = available_of(allowance) + bonus_left
            raise InsufficientCredits(funding.allowance.account_id, available=available, needed=credits)
        legs = []
        if from_allowance:
            legs.append(Leg(funding.allowance.account_id, from_allowance, int(allowance["period_start_ms"])))
        if from_bonus:
            legs.append(Leg(bonus_account(funding.member_ref), from_bonus, 0))
        return legs

    async def _budget_leg(self, tx: Writer, budget: PeriodicGrant, amount: int) -> Leg:
        """Of a budget that was lowered since it was granted, only what the lower one leaves counts."""
        account = await self._account(tx, budget.account_id)
        lowered_by = max(0, int(account["granted_in_period"]) - budget.amount)
        available = max(0, available_of(account) - lowered_by)
        if amount > available:
            raise InsufficientCredits(budget.account_id, available=available, needed=amount)
        return Leg(budget.account_id, amount, int(account["period_start_ms"]))

    async def _resolve(self, tx: Writer, job_id: str, status: ReservationStatus, now_ms: int) -> Sequence[Leg]:
        if not await tx.execute(self._sql["resolve"], job_id=job_id, status=status.value, now_ms=now_ms):
            raise LedgerError(f"The reservation of job {job_id} is resolved already or was never made.")
        return [_leg(row) for row in await tx.all(self._sql["legs"], job_id=job_id)]

    async def _came_back(self, tx: Reader, account_id: str, since_ms: int) -> int:
        """What was released or refunded to a member's account since then; on a budget it expired at once."""
        if _ledger_of(account_id)[0] == BUDGET:
            return 0
        row = await tx.one(self._sql["came_back"], account_id=account_id, since_ms=since_ms)
        assert row is not None
        return int(row["amount"])

    async def _expire(self, tx: Writer, account: Row, left: int, now_ms: int) -> None:
        if left > 0:
            name = account["account_id"]
            ledger, issuer = _ledger_of(name)
            id_ = f"expire:{name}:{account['period_start_ms']}"
            await self._post(
                tx, Transfer(id_, ledger, Kind.EXPIRE, name, issuer, left, KLAPPER, "period", None, now_ms)
            )

    async def _once(self, tx: Writer, query: str, **params: object) -> None:
        try:
            await tx.execute(self._sql[query], **params)
        except ConstraintViolated as error:
            raise LedgerError(f"The job {params['job_id']} has a reservation already.") from error


def _of_leg(kind: Kind, job_id: str, leg: Leg, actor: str, reason: str, now_ms: int) -> Transfer:
    debit, credit = leg.account_id, leg.spent_account
    if kind is Kind.REFUND:
        debit, credit = credit, debit
    if kind is Kind.EXPIRE:
        credit = leg.issuer
    id_ = f"{kind}:{job_id}:{leg.account_id}"
    return Transfer(id_, leg.ledger, kind, debit, credit, leg.amount, actor, reason, job_id, now_ms)


def _ledger_of(account_id: str) -> tuple[str, str]:
    leg = Leg(account_id, 0, 0)
    return leg.ledger, leg.issuer


def _is_late(leg: Leg, account: Row, now_ms: int) -> bool:
    """The period the leg was held in is over, whether or not the rollover is posted."""
    return leg.period_start_ms != int(account["period_start_ms"]) or now_ms >= int(account["period_end_ms"])


def _next_start_ms(account: Row, grant: PeriodicGrant) -> int:
    """Where an account whose period is over goes on: never before the end of that period."""
    return max(grant.period.start_ms, int(account["period_end_ms"]))


def _leg(row: Row) -> Leg:
    return Leg(row["account_id"], row["amount"], row["period_start_ms"])


def _transfer(row: Row) -> Transfer:
    values = {name: row[name] for name in row.keys()}  # noqa: SIM118  (sqlite3.Row iterates over values)
    return Transfer(**{**values, "kind": Kind(values["kind"])})
