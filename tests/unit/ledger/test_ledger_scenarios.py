"""Stories of the ledger as tables: what is done, what comes of it, what is left. See `scenario.py` for the columns."""

from __future__ import annotations

import pytest

from tests.unit.ledger.books import Books
from tests.unit.ledger.scenario import Scenario


async def test_a_hold_takes_the_allowance_first_and_the_bonus_for_the_rest(books: Books) -> None:
    await Scenario(books).check("""
        at                operation                           result              allowance  bonus  held
        2024-01-01 09:00  look ann                            ok                  100        0      0
        2024-01-01 09:00  grant ann 50 prize                  yes                 100        50     0
        2024-01-01 09:01  reserve j1 ann 70 credits 70 units  ok                  30         50     70
        2024-01-01 09:02  reserve j2 ann 40 credits 40 units  ok                  0          40     110
        2024-01-01 09:03  reserve j3 ann 41 credits 41 units  allowance 40 of 41  0          40     110
        2024-01-01 09:04  reserve j3 ann 40 credits 40 units  ok                  0          0      150
        2024-01-01 09:05  reserve j4 ann 1 credits 1 units    allowance 0 of 1    0          0      150
    """)


async def test_a_hold_is_resolved_once(books: Books) -> None:
    await Scenario(books).check("""
        at                operation                           result   allowance  bonus  held
        2024-01-01 09:00  reserve j1 ann 30 credits 30 units  ok       70         0      30
        2024-01-01 09:01  reserve j1 ann 30 credits 30 units  refused  70         0      30
        2024-01-01 09:02  settle j1                           ok       70         0      0
        2024-01-01 09:03  settle j1                           refused  70         0      0
        2024-01-01 09:04  release j1                          refused  70         0      0
        2024-01-01 09:05  reserve j2 ann 30 credits 30 units  ok       40         0      30
        2024-01-01 09:06  release j2                          ok       70         0      0
        2024-01-01 09:07  release j2                          refused  70         0      0
        2024-01-01 09:08  settle j2                           refused  70         0      0
        2024-01-01 09:09  settle j3                           refused  70         0      0
        2024-01-01 09:10  release j3                          refused  70         0      0
    """)


async def test_a_charge_goes_back_once_to_where_it_came_from_and_never_to_a_budget(books: Books) -> None:
    await Scenario(books).check("""
        at                operation                             result  allowance  bonus  held  guild  bot
        2024-01-01 09:00  set guild 400                         ok      100        0      0     400    -
        2024-01-01 09:00  set bot 1000                          ok      100        0      0     400    1000
        2024-01-01 09:00  grant ann 50 prize                    yes     100        50     0     400    1000
        2024-01-01 09:01  reserve j1 ann 120 credits 84 units   ok      0          30     120   316    916
        2024-01-01 09:02  refund j1                             no      0          30     120   316    916
        2024-01-01 09:03  settle j1                             ok      0          30     0     316    916
        2024-01-01 09:04  refund j1                             yes     100        50     0     316    916
        2024-01-01 09:05  refund j1                             no      100        50     0     316    916
        2024-01-01 09:06  reserve j2 ann 10 credits 10 units    ok      90         50     10    306    906
        2024-01-01 09:07  release j2                            ok      100        50     0     316    916
        2024-01-01 09:08  refund j2                             no      100        50     0     316    916
        2024-01-01 09:09  refund j9                             no      100        50     0     316    916
    """)


async def test_a_grant_happens_once_per_key(books: Books) -> None:
    await Scenario(books).check("""
        at                operation           result  allowance  bonus  held
        2024-01-01 09:00  grant ann 50 first  yes     100        50     0
        2024-01-01 09:01  grant ann 50 first  no      100        50     0
        2024-01-01 09:02  grant ann 70 first  no      100        50     0
        2024-01-01 09:03  grant ann 50 other  yes     100        100    0
        2024-01-01 09:04  grant bob 50 first  yes     100        50     0
        2024-01-01 09:05  look ann            ok      100        100    0
    """)


async def test_a_new_period_replaces_what_was_left_of_the_allowance_and_keeps_the_bonus(books: Books) -> None:
    await Scenario(books).check("""
        at                operation                           result  allowance  bonus  held
        2024-01-01 09:00  grant ann 50 prize                  yes     100        50     0
        2024-01-07 23:59  reserve j1 ann 30 credits 30 units  ok      70         50     30
        2024-01-08 00:00  look ann                            ok      100        50     30
        2024-01-08 00:01  roll ann                            ok      100        50     30
        2024-01-08 00:02  settle j1                           ok      100        50     0
        2024-01-08 00:03  roll ann                            ok      100        50     0
        2024-02-26 12:00  look ann                            ok      100        50     0
        2024-02-26 12:00  reserve j2 ann 1 credits 1 units    ok      99         50     1
    """)


async def test_a_raised_allowance_tops_up_and_a_lowered_one_claws_nothing_back(books: Books) -> None:
    await Scenario(books).check("""
        at                operation                           result             allowance  bonus  held
        2024-01-01 09:00  reserve j1 ann 60 credits 60 units  ok                 40         0      60
        2024-01-02 09:00  set allowance 150                   ok                 90         0      60
        2024-01-02 09:01  roll ann                            ok                 90         0      60
        2024-01-03 09:00  set allowance 20                    ok                 90         0      60
        2024-01-03 09:01  roll ann                            ok                 90         0      60
        2024-01-04 09:00  set allowance 150                   ok                 90         0      60
        2024-01-04 09:01  roll ann                            ok                 90         0      60
        2024-01-04 09:02  set allowance 151                   ok                 91         0      60
        2024-01-05 09:00  set allowance 20                    ok                 90         0      60
        2024-01-08 00:00  look ann                            ok                 20         0      60
        2024-01-08 00:01  reserve j2 ann 21 credits 9 units   allowance 20 of 21  20         0      60
        2024-01-08 00:02  set allowance 0                     ok                 0          0      60
    """)


async def test_an_allowance_of_nothing_leaves_the_bonus(books: Books) -> None:
    await Scenario(books).check("""
        at                operation                         result            allowance  bonus  held
        2024-01-01 09:00  set allowance 0                   ok                0          0      0
        2024-01-01 09:00  reserve j1 ann 5 credits 5 units  allowance 0 of 5  0          0      0
        2024-01-01 09:00  grant ann 5 prize                 yes               0          5      0
        2024-01-01 09:00  reserve j1 ann 5 credits 5 units  ok                0          0      5
    """)


@pytest.mark.parametrize("rollover", ["roll ann", "look ann"], ids=["posted", "not posted"])
async def test_a_member_hold_released_late_is_spendable_and_expires_with_the_current_period(
    books: Books, rollover: str
) -> None:
    await Scenario(books).check(f"""
        at                operation                             result              allowance  bonus  held
        2024-01-07 23:00  grant ann 50 prize                    yes                 100        50     0
        2024-01-07 23:00  reserve j1 ann 120 credits 1 units    ok                  0          30     120
        2024-01-08 00:10  {rollover}                            ok                  100        30     120
        2024-01-08 00:20  release j1                            ok                  200        50     0
        2024-01-08 00:30  reserve j2 ann 251 credits 1 units    allowance 250 of 251  200        50     0
        2024-01-08 00:31  reserve j2 ann 180 credits 1 units    ok                  20         50     180
        2024-01-15 00:00  look ann                              ok                  100        50     180
        2024-01-15 00:01  roll ann                              ok                  100        50     180
    """)


@pytest.mark.parametrize("rollover", ["roll ann", "look ann"], ids=["posted", "not posted"])
async def test_a_refund_of_an_earlier_period_expires_with_the_current_one(books: Books, rollover: str) -> None:
    await Scenario(books).check(f"""
        at                operation                           result  allowance  bonus  held
        2024-01-07 23:00  reserve j1 ann 30 credits 1 units   ok      70         0      30
        2024-01-07 23:10  settle j1                           ok      70         0      0
        2024-01-09 00:00  {rollover}                          ok      100        0      0
        2024-01-09 00:10  refund j1                           yes     130        0      0
        2024-01-09 00:20  reserve j2 ann 125 credits 1 units  ok      5          0      125
        2024-01-16 00:00  look ann                            ok      100        0      125
        2024-01-16 00:10  release j2                          ok      225        0      0
        2024-01-23 00:00  look ann                            ok      100        0      0
    """)


async def test_what_came_back_in_a_period_that_nobody_posted_is_gone_with_it(books: Books) -> None:
    await Scenario(books).check("""
        at                operation                          result  allowance  bonus  held
        2024-01-07 23:00  reserve j1 ann 30 credits 1 units  ok      70         0      30
        2024-01-09 00:00  release j1                         ok      130        0      0
        2024-01-15 00:00  look ann                           ok      100        0      0
        2024-01-15 00:01  roll ann                           ok      100        0      0
    """)


@pytest.mark.parametrize("rollover", ["roll ann", "look ann"], ids=["posted", "not posted"])
async def test_a_budget_hold_released_late_expires_at_once(books: Books, rollover: str) -> None:
    await Scenario(books).check(f"""
        at                operation                           result  allowance  bonus  held  guild  bot
        2024-01-07 22:00  set guild 400                       ok      100        0      0     400    -
        2024-01-07 22:00  set bot 500                         ok      100        0      0     400    500
        2024-01-07 23:00  reserve j1 ann 30 credits 84 units  ok      70         0      30    316    416
        2024-01-08 00:10  {rollover}                          ok      100        0      30    400    500
        2024-01-08 00:20  release j1                          ok      130        0      0     400    500
        2024-01-08 00:30  roll ann                            ok      130        0      0     400    500
    """)
    expired = await books.rows(
        "SELECT debit_account, amount, at_ms FROM transfers WHERE kind = 'expire' AND job_id = 'j1' ORDER BY seq"
    )
    at_release = books.now_ms - 10 * 60_000
    assert expired == [("bot_budget", 84, at_release), ("guild_budget:42", 84, at_release)]


async def test_only_the_budget_whose_period_is_over_expires(books: Books) -> None:
    await Scenario(books).check("""
        at                operation                           result  allowance  bonus  held  guild  bot
        2024-01-02 22:00  set guild 400                       ok      100        0      0     400    -
        2024-01-02 22:00  set bot 500                         ok      100        0      0     400    500
        2024-01-02 23:00  reserve j1 ann 30 credits 84 units  ok      70         0      30    316    416
        2024-01-03 00:20  reserve j2 bob 30 credits 10 units  ok      70         0      30    306    490
        2024-01-03 00:30  release j1                          ok      100        0      0     390    490
        2024-01-03 00:40  release j2                          ok      100        0      0     400    500
    """)


async def test_every_limited_budget_can_refuse_and_then_nothing_is_held(books: Books) -> None:
    await Scenario(books).check("""
        at                operation                           result                 allowance  bonus  held  guild  bot
        2024-01-01 09:00  set guild 100                       ok                     100        0      0     100    -
        2024-01-01 09:00  reserve j1 ann 10 credits 60 units  ok                     90         0      10    40     -
        2024-01-01 09:01  reserve j2 bob 10 credits 41 units  guild_budget 40 of 41  100        0      0     40     -
        2024-01-01 09:02  set guild 0                         ok                     100        0      0     -      -
        2024-01-01 09:03  reserve j2 bob 10 credits 41 units  ok                     90         0      10    -      -
        2024-01-01 09:04  set bot 50                          ok                     90         0      10    -      50
        2024-01-01 09:05  reserve j3 bob 10 credits 51 units  bot_budget 50 of 51    90         0      10    -      50
        2024-01-01 09:06  reserve j3 bob 10 credits 50 units  ok                     80         0      20    -      0
        2024-01-01 09:07  settle j1                           ok                     90         0      0     -      0
        2024-01-02 00:00  look ann                            ok                     90         0      0     -      50
    """)


async def test_a_free_job_and_an_unlimited_budget_have_no_legs(books: Books) -> None:
    await Scenario(books).check("""
        at                operation                          result  allowance  bonus  held  guild  bot
        2024-01-01 09:00  reserve j1 ann 0 credits 0 units   ok      100        0      0     -      -
        2024-01-01 09:01  settle j1                          ok      100        0      0     -      -
        2024-01-01 09:02  refund j1                          no      100        0      0     -      -
        2024-01-01 09:03  reserve j2 ann 0 credits 50 units  ok      100        0      0     -      -
        2024-01-01 09:04  release j2                         ok      100        0      0     -      -
        2024-01-01 09:05  set bot 60                         ok      100        0      0     -      60
        2024-01-01 09:06  reserve j3 ann 0 credits 50 units  ok      100        0      0     -      10
        2024-01-01 09:07  settle j3                          ok      100        0      0     -      10
    """)
    assert await books.rows("SELECT job_id, account_id FROM reservation_legs") == [("j3", "bot_budget")]


async def test_a_late_clip_is_booked_against_nobody_and_can_be_neither_charged_nor_refunded(books: Books) -> None:
    await Scenario(books).check("""
        at                operation                           result   allowance  bonus  held  guild
        2024-01-01 09:00  set guild 100                       ok       100        0      0     100
        2024-01-01 09:00  reserve j1 ann 30 credits 90 units  ok       70         0      30    10
        2024-01-01 10:00  late clip j1                        refused  70         0      30    10
        2024-01-02 09:00  abandon j1                          ok       100        0      0     100
        2024-01-02 10:00  reserve j2 ann 80 credits 80 units  ok       20         0      80    20
        2024-01-03 09:00  late clip j1                        ok       20         0      80    20
        2024-01-03 09:01  settle j1                           refused  20         0      80    20
        2024-01-03 09:02  refund j1                           no       20         0      80    20
        2024-01-03 09:03  settle j2                           ok       20         0      0     20
        2024-01-03 09:04  late clip j2                        refused  20         0      0     20
    """)
    written_off = await books.rows("SELECT ledger, credit_account, amount FROM transfers WHERE kind = 'write_off'")
    assert written_off == [("credit", "written_off", 30), ("budget", "budget_spent", 90)]


async def test_another_period_length_begins_at_the_end_of_the_running_period(books: Books) -> None:
    await Scenario(books).check("""
        at                operation                           result  allowance  bonus  held
        2024-01-03 09:00  reserve j1 ann 60 credits 60 units  ok      40         0      60
        2024-01-04 09:00  set period day                      ok      40         0      60
        2024-01-06 09:00  roll ann                            ok      40         0      60
        2024-01-08 00:00  look ann                            ok      100        0      60
        2024-01-08 09:00  reserve j2 ann 60 credits 60 units  ok      40         0      120
        2024-01-09 00:00  look ann                            ok      100        0      120
        2024-01-09 01:00  roll ann                            ok      100        0      120
        2024-01-09 02:00  set period month                    ok      100        0      120
        2024-01-10 00:00  reserve j3 ann 60 credits 60 units  ok      40         0      180
        2024-01-31 23:59  look ann                            ok      40         0      180
        2024-02-01 00:00  look ann                            ok      100        0      180
    """)


async def test_another_time_zone_begins_at_the_end_of_the_running_period(books: Books) -> None:
    await Scenario(books).check("""
        at                operation                           result  allowance  bonus  held
        2024-01-03 09:00  reserve j1 ann 60 credits 60 units  ok      40         0      60
        2024-01-03 10:00  set zone Asia/Tokyo                 ok      40         0      60
        2024-01-07 15:00  look ann                            ok      40         0      60
        2024-01-08 00:00  reserve j2 ann 60 credits 60 units  ok      40         0      120
        2024-01-14 14:59  look ann                            ok      40         0      120
        2024-01-14 15:00  look ann                            ok      100        0      120
    """)


async def test_members_do_not_touch_each_others_credits(books: Books) -> None:
    await Scenario(books).check("""
        at                operation                             result            allowance  bonus  held
        2024-01-01 09:00  reserve j1 ann 100 credits 1 units    ok                0          0      100
        2024-01-01 09:00  reserve j2 bob 40 credits 1 units     ok                60         0      40
        2024-01-01 09:00  reserve j3 ann 1 credits 1 units      allowance 0 of 1  0          0      100
        2024-01-01 09:00  release j2                            ok                100        0      0
        2024-01-01 09:00  look ann                              ok                0          0      100
    """)
