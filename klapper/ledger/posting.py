"""How a line of the books is written: append it, then move the totals of both sides. What `Ledger` is made of."""

from __future__ import annotations

from klapper.database.database import ConstraintViolated, Reader, Row, Writer
from klapper.errors import InsufficientCredits, LedgerError
from klapper.ledger.members import Members
from klapper.ledger.records import CREDIT, Kind, Transfer, bonus_account


class Posting(Members):
    """Keeps: a line and the totals that it moves are written together, and no account gives more than is available."""

    async def _post(self, tx: Writer, transfer: Transfer) -> None:
        """Append the line and move both sides' totals, or raise InsufficientCredits."""
        posted, pending = _sides(transfer)
        # The line comes first: written twice, it is refused before any total has moved.
        await tx.execute(
            self._sql["append_transfer"],
            transfer_id=transfer.transfer_id,
            ledger=transfer.ledger,
            kind=transfer.kind.value,
            debit_account=transfer.debit_account,
            credit_account=transfer.credit_account,
            amount=transfer.amount,
            actor=transfer.actor,
            reason=transfer.reason,
            job_id=transfer.job_id,
            at_ms=transfer.at_ms,
        )
        changed = await tx.execute(
            self._sql["debit"], account_id=transfer.debit_account, posted=posted, pending=pending
        )
        if not changed:
            available = available_of(await self._account(tx, transfer.debit_account))
            raise InsufficientCredits(transfer.debit_account, available=available, needed=transfer.amount)
        if posted:
            await tx.execute(self._sql["credit"], account_id=transfer.credit_account, amount=posted)

    async def _post_once(self, tx: Writer, transfer: Transfer) -> bool:
        """Post a line unless it is there already."""
        try:
            await self._post(tx, transfer)
        except ConstraintViolated as error:
            if error.constraint == "transfers.transfer_id":
                return False
            raise
        return True

    async def _open_bonus(self, tx: Writer, member_ref: int) -> str:
        account = bonus_account(member_ref)
        await self._open(tx, account, CREDIT, member_ref=member_ref)
        return account

    async def _open(
        self, tx: Writer, account_id: str, ledger: str, *, member_ref: int | None = None, guild_id: int | None = None
    ) -> None:
        await tx.execute(
            self._sql["open_account"], account_id=account_id, ledger=ledger, member_ref=member_ref, guild_id=guild_id
        )

    async def _find(self, tx: Reader, account_id: str) -> Row | None:
        return await tx.one(self._sql["account"], account_id=account_id)

    async def _account(self, tx: Reader, account_id: str) -> Row:
        row = await self._find(tx, account_id)
        if row is None:
            raise LedgerError(f"There is no account {account_id}.")
        return row


def available_of(row: Row) -> int:
    """What an account can give."""
    return int(row["credits_posted"] - row["debits_posted"] - row["debits_pending"])


def _sides(transfer: Transfer) -> tuple[int, int]:
    """How a transfer changes its debit account: (posted, pending)."""
    match transfer.kind:
        case Kind.RESERVE:
            return 0, transfer.amount
        case Kind.SETTLE:
            return transfer.amount, -transfer.amount
        case Kind.RELEASE:
            return 0, -transfer.amount
        case Kind.GRANT | Kind.REVOKE | Kind.GIVE | Kind.REFUND | Kind.EXPIRE | Kind.WRITE_OFF:
            return transfer.amount, 0
