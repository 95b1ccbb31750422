"""Every text of the commands, in one place so that it can be translated. What a job's card says is with the card."""

from __future__ import annotations

from collections.abc import Sequence

from klapper.jobs.job import CANCELLABLE
from klapper.kling.model import Catalogue, Field
from klapper.ledger.records import Balance, Kind, Transfer
from klapper.messages import card_texts, receipt, text
from klapper.services.credits import PriceLine
from klapper.services.rules import Rules
from klapper.services.views import JobView, MoneyState

MESSAGE_CHARS = 2_000  # Discord docs: Create Message, content

# Commands and their options, at most 100 characters each.
VIDEO = "Make a video from a description"
VIDEO_OPTIONS = {
    "prompt": "What should be seen",
    "model": "Which Kling model makes it",
    "duration": "Length in seconds",
    "aspect_ratio": "Shape of the picture",
    "mode": "std is cheaper, pro is finer",
    "audio": "Make sound, too",
    "negative_prompt": "What should not be seen",
    "cfg_scale": "How closely to follow the prompt, from 0 (freely) to 1 (strictly)",
    "camera": "How the camera moves",
    "camera_amount": "How far the camera moves along its axis, from -10 to 10; the sign is the direction",
    "voice": "Voice id {number}; write <<<voice_{number}>>> in the prompt where it speaks (experimental)",
    "deliver": "Where the video goes",
}
MODEL_DEFAULT = "{title} (used when you choose none)"
DELIVER = {"here": "in this channel", "dm": "in a direct message"}
CAMERAS = {
    "horizontal": "horizontal: slide left (-) or right (+)",
    "vertical": "vertical: slide down (-) or up (+)",
    "pan": "pan: turn left (-) or right (+)",
    "tilt": "tilt: turn down (-) or up (+)",
    "roll": "roll: counter-clockwise (-) or clockwise (+)",
    "zoom": "zoom: closer (-) or wider (+)",
    "down_back": "down and back (takes no camera_amount)",
    "forward_up": "forward and up (takes no camera_amount)",
    "right_turn_forward": "turn right, then forward (takes no camera_amount)",
    "left_turn_forward": "turn left, then forward (takes no camera_amount)",
}
JOBS = "Your videos in the making and those you have made"
JOBS_LIST = "Your jobs, newest first"
JOBS_SHOW = "One of your jobs"
JOBS_CANCEL = "Take back a job that has not been sent to Segmind yet"
JOBS_OPTIONS = {"job": "The job's id, as its card shows it", "page": "1 is the newest"}
CREDITS = "Your credits"
CREDITS_BALANCE = "What you have, what is reserved, and when your allowance comes back"
CREDITS_HISTORY = "What moved on your account, newest first"
CREDITS_PRICES = "What typical videos cost"
HISTORY_BEFORE = "Show what is older than this line number"
MANAGE = "Klapper on this server"
MANAGE_GRANT = "Give a member credits that do not expire"
MANAGE_PAUSE = "Take no new requests and send nothing that waits; running jobs finish"
MANAGE_RESUME = "Go on after a pause"
GRANT_OPTIONS = {"member": "Who gets them", "amount": "How many credits"}
HELP = "What Klapper does, what it costs and what the limits are"

# Answers.
PAUSED = "Klapper is paused on this server. New requests are refused, running jobs finish; `/manage resume` ends it."
PAUSED_ALREADY = "Klapper is paused on this server already; `/manage resume` ends it."
RESUMED = "Klapper goes on: what waited keeps its place in the queue."
RESUMED_ALREADY = "Klapper was not paused on this server, so there is nothing to resume."
BOT_GETS_NOTHING = "Bots make no videos: choose a member who is none."
NO_JOBS = "You have no jobs here yet. `/video` makes one."
NO_MORE_JOBS = "There are no jobs on this page: try a lower page number."
NO_HISTORY = "Nothing has moved on your account here yet."
NO_MORE_HISTORY = "There is nothing older."
DM_GREETING = "Klapper looks whether it may send you direct messages; this message goes away again."
ORPHAN = (
    "This button or form belongs to something that has ended. Use the command again, or `/jobs list` for your jobs."
)
UNKNOWN_ACTION = (
    "This button is from another version of Klapper and does nothing any more. `/jobs show` shows your job."
)

PERMISSIONS = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "send_messages_in_threads": "Send Messages in Threads",
    "attach_files": "Attach Files",
    "read_message_history": "Read Message History",
}

_PER_PAGE_NOTE = "-# Older ones: `{command}` with `{option}` = {value}"
_EXCERPT_CHARS = 60


def job_here(job_id: str, link: str) -> str:
    """The job's card was posted beside the answer."""
    return f"Your job `{job_id}` is here: {link}"


def job_in_dm(job_id: str, link: str | None) -> str:
    """The card is in the requester's direct messages."""
    return f"Your job `{job_id}` goes on in our direct messages" + (f": {link}" if link else ".")


def job_without_card(job_id: str) -> str:
    """The job exists, its card does not yet."""
    return f"Your job `{job_id}` is accepted. Its card could not be posted yet; `/jobs show` shows it to you."


def same_job(job_id: str, link: str | None) -> str:
    """The interaction had a job already."""
    return f"This is job `{job_id}` already" + (f": {link}" if link else ": `/jobs show` shows it.")


def cancelled(view: JobView) -> str:
    """The job was taken back; what the books say about its credits."""
    return f"Job `{view.job.job_id}` is cancelled. {card_texts.money(view.money)}"


def job_list(views: Sequence[JobView], *, page: int, per_page: int) -> str:
    """Some of a member's jobs, one in two lines."""
    if not views:
        return NO_JOBS if page == 1 else NO_MORE_JOBS
    lines = [line for view in views for line in _job_lines(view)]
    if len(views) == per_page:
        lines.append(_PER_PAGE_NOTE.format(command="/jobs list", option="page", value=page + 1))
    return fit(lines)


def job_choice(view: JobView) -> str:
    """A job in a list of suggestions, at most 100 characters, without Markdown."""
    prompt = "" if view.request is None else view.request.filled.prompt
    return text.plain_line(f"{view.job.job_id} · {card_texts.headline(view)} · {prompt}", 100)


def may_be_cancelled(view: JobView) -> bool:
    """Whether it makes sense to suggest a job for cancelling."""
    return view.job.status in CANCELLABLE


def balance(balance: Balance, rules: Rules) -> str:
    """What a member has. Amounts in credits."""
    lines = [f"You have **{text.credits(balance.available)}**{_kinds_of_credits(balance, rules)}."]
    if rules.default_allowance:
        lines.append(
            f"The allowance of {text.credits(rules.default_allowance)} begins anew "
            f"{text.timestamp(balance.resets_at_ms)}; what is left of it then expires."
        )
    if balance.held:
        verb = "is" if balance.held == 1 else "are"
        lines.insert(1, f"Besides, {text.credits(balance.held)} {verb} reserved for jobs that are not finished.")
    return "\n".join(lines)


def history(transfers: Sequence[Transfer], *, per_page: int, first_page: bool) -> str:
    """What moved, one line each, with its number."""
    if not transfers:
        return NO_HISTORY if first_page else NO_MORE_HISTORY
    lines = [_history_line(transfer) for transfer in transfers]
    if len(transfers) == per_page:
        oldest = transfers[-1].seq
        lines.append(_PER_PAGE_NOTE.format(command="/credits history", option="before", value=oldest))
    return fit(lines)


def prices(lines: Sequence[PriceLine]) -> str:
    """The price list by model."""
    shown: list[str] = []
    by_length = dict.fromkeys(line.model_title for line in lines if line.other_lengths)
    for line in lines:
        title = f"**{line.model_title}**"
        if title not in shown:
            shown.append(title)
        shown.append(f"- {line.what}: {text.credits(line.credits)}")
    if by_length:
        shown.append(f"-# Other lengths of {' and '.join(by_length)} cost in proportion.")
    shown.append("-# A card shows the exact price, and only a finished video is charged.")
    return fit(shown)


def granted(user_id: int, amount: int, balance: Balance) -> str:
    """A grant is in the books."""
    return f"{text.mention(user_id)} got {text.credits(amount)} and now has {text.credits(balance.available)}."


def help_text(rules: Rules, catalogue: Catalogue, lines: Sequence[PriceLine]) -> str:
    """What Klapper is and what is true on this server."""
    models = ", ".join(family.title for family in catalogue.families())
    parts = [
        f"**Klapper** makes videos with {models}. `/video` starts a job; one message carries it from reserved credits "
        "to the playing clip.",
        f"**Credits.** {_allowance(rules)} A job reserves its price and is charged only when its clip is finished; "
        "every other end gives the credits back. `/credits balance` shows yours.",
        "**Prices**, for example: " + _examples(lines) + ". All of them: `/credits prices`.",
        "**Limits.** " + " ".join(_limits(rules)),
        "**Rules.** " + " ".join(_rules(rules)),
    ]
    return fit(parts)


def fit(lines: Sequence[str]) -> str:
    """As many whole lines as one message takes."""
    kept: list[str] = []
    left = MESSAGE_CHARS
    for line in lines:
        left -= len(line) + 1
        if left < 0:
            break
        kept.append(line)
    return "\n".join(kept)


def too_narrow(missing: Sequence[str]) -> str:
    """Permissions that the bot lacks where it was called."""
    names = ", ".join(f"**{PERMISSIONS[name]}**" for name in missing)
    return f"I lack permissions in this channel: {names}. Ask a moderator to allow me that, or use another channel."


def _job_lines(view: JobView) -> list[str]:
    job = view.job
    first = f"`{job.job_id}` **{card_texts.headline(view)}** · {_cost(view)} · {text.timestamp(job.created_at_ms)}"
    link = card_texts.card_link(view)
    if link is not None:
        first += f" · [card]({link})"
    prompt = "" if view.request is None else text.shown_line(view.request.filled.prompt, _EXCERPT_CHARS)
    return [first, f"> {prompt}"] if prompt else [first]


def _cost(view: JobView) -> str:
    match view.money.state:
        case MoneyState.HELD:
            return f"{text.credits(view.money.credits)} reserved"
        case MoneyState.CHARGED:
            return f"{text.credits(view.money.credits)} charged"
        case MoneyState.REFUNDED:
            return f"{text.credits(view.money.credits)} refunded"
        case MoneyState.RELEASED:
            return "nothing charged"


def _kinds_of_credits(balance: Balance, rules: Rules) -> str:
    if balance.allowance and balance.bonus:
        return f": {balance.allowance:,} of this {rules.period}'s allowance and {balance.bonus:,} that do not expire"
    if balance.bonus:
        return ", which does not expire" if balance.bonus == 1 else ", which do not expire"
    return f", of this {rules.period}'s allowance" if balance.allowance else ""


_SIGNS = {
    Kind.GRANT: "+",
    Kind.REFUND: "+",
    Kind.RELEASE: "+",
    Kind.RESERVE: "-",
    Kind.SETTLE: "-",
    Kind.EXPIRE: "-",
    Kind.WRITE_OFF: "±",
}


def _history_line(transfer: Transfer) -> str:
    job = "" if transfer.job_id is None else f" · job `{transfer.job_id}`"
    amount = f"{_SIGNS[transfer.kind]}{transfer.amount:,}"
    return f"`{transfer.seq}` {text.timestamp(transfer.at_ms, 'f')} **{amount}** {_what_moved(transfer)}{job}"


def _what_moved(transfer: Transfer) -> str:
    match transfer.kind:
        case Kind.GRANT:
            return "your new allowance" if transfer.reason == "period" else "granted by a manager"
        case Kind.SETTLE:
            return "charged, from what was reserved"
        case _:
            return receipt.moved(transfer.kind)


def _examples(lines: Sequence[PriceLine]) -> str:
    first = {line.model_title: line for line in reversed(lines)}
    return "; ".join(
        f"{line.model_title}, {line.what}: {text.credits(line.credits)}" for line in reversed(first.values())
    )


def _allowance(rules: Rules) -> str:
    if not rules.default_allowance:
        return "The managers of this server give them."
    return f"Everybody gets {text.credits(rules.default_allowance)} per {rules.period}; managers can give more."


def _limits(rules: Rules) -> list[str]:
    limits = [
        (rules.running_per_member, f"{text.counted(rules.running_per_member, 'job')} of yours may run at a time."),
        (rules.waiting_per_member, _may_wait(rules)),
        (rules.running_per_guild, f"{text.counted(rules.running_per_guild, 'job')} of this server may run at a time."),
        (rules.largest_job, f"One video may cost at most {text.credits(rules.largest_job)}."),
    ]
    said = [sentence for limit, sentence in limits if limit]
    return said or ["None but your credits."]


def _may_wait(rules: Rules) -> str:
    new_ones = f", new ones in their first {rules.undo_s} s among them" if rules.undo_s else ""
    return f"{text.counted(rules.waiting_per_member, 'job')} of yours may wait at a time{new_ones}."


def _rules(rules: Rules) -> list[str]:
    said = []
    if rules.undo_s:
        said.append(f"You can take a job back for {rules.undo_s} s, and longer while it waits; Segmind cannot cancel.")
    else:
        said.append("You can take a job back while it waits; Segmind cannot cancel.")
    if rules.blocked_terms:
        said.append(
            f"{text.counted(rules.blocked_terms, 'word or phrase', 'words or phrases')} may not be in a prompt."
        )
    said.append("What you ask for is kept with your job, and its card shows your prompt to this channel.")
    return said


def camera_label(name: str) -> str:
    """A camera movement as a choice."""
    return CAMERAS.get(name, name.replace("_", " "))


def option(field: Field, number: int | None = None) -> str:
    """The description of an option of /video."""
    key = "voice" if number is not None else field.option
    return VIDEO_OPTIONS[key].format(number=number)
