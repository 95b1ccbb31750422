"""What a press or a filled-in form does to a draft. Whoever asked for it answers: nothing here does."""

from __future__ import annotations

from dataclasses import dataclass, replace

from discord import ui

from cogs import draft_edits
from cogs.answering import Answering
from cogs.draft_uploads import DraftUploads
from cogs.errors import about_job, about_no_job
from cogs.forms import FormAnswers, read_choice, read_form
from cogs.memberships import Memberships
from cogs.places import place_here
from cogs.ports import Board, Drafts, Intake, Interaction, Submission
from klapper.errors import RequestRefused
from klapper.kling.model import Catalogue
from klapper.messages import clip_texts, draft_texts
from klapper.messages import draft_controls as controls
from klapper.messages import draft_forms as forms
from klapper.messages.draft_controls import Action, read_action
from klapper.messages.draft_panel import build_panel, may_renew
from klapper.services.drafts import Author, Change, DraftView


@dataclass(frozen=True, slots=True)
class Outcome:
    """The panel as it is now, or a form to fill in.

    trouble: what its author has to hear beside it. words: what they typed in vain, to be given back with it.
    """

    shown: ui.LayoutView | ui.Modal
    trouble: Exception | None = None
    words: str = ""


class DraftSteps:
    """Keeps:

    - the draft is found before anything else is said, and is somebody else's for whoever is not its author;
    - one that is over is shown as it is;
    - who begins something in a direct message still belongs to the server that it is for;
    - what is let go is what its author saw.
    """

    def __init__(
        self,
        *,
        submission: Submission,
        drafts: Drafts,
        intake: Intake,
        memberships: Memberships,
        answering: Answering,
        board: Board,
        catalogue: Catalogue,
    ) -> None:
        self._drafts = drafts
        self._uploads = DraftUploads(submission=submission, intake=intake)
        self._memberships = memberships
        self._answering = answering
        self._board = board
        self._catalogue = catalogue

    async def press(self, interaction: Interaction, draft_id: str, text: str) -> Outcome:
        """A button was pressed or an option chosen. Raises RequestRefused, NotServed and what the services raise."""
        view, action = await self._find(interaction, draft_id, text)
        if view.is_live:
            return await self._press(interaction, view, action, await self._author(interaction, view))
        if action.name == controls.RENEW and may_renew(view):
            view = await self._drafts.renew(draft_id, await self._author(interaction, view))
        return await self._shown(interaction, view)

    async def submit(self, interaction: Interaction, draft_id: str, text: str) -> Outcome:
        """A form was sent. Raises like `press`."""
        view, action = await self._find(interaction, draft_id, text)
        answers = read_form(interaction, forms.inputs(action, self._catalogue))
        if not view.is_live:
            return await self._too_late(interaction, view, answers)
        author = await self._author(interaction, view)
        return await self._submit(interaction, view, action, answers, author)

    async def _author(self, interaction: Interaction, view: DraftView) -> Author:
        place = await self._memberships.place(interaction, view.draft.guild_id, view.draft.channel_id)
        return replace(author_of(interaction), place=place)

    async def _find(self, interaction: Interaction, draft_id: str, text: str) -> tuple[DraftView, Action]:
        view = await self._drafts.show(draft_id, author_of(interaction))
        return view, read_action(text) or Action("")  # which is none that anybody knows

    async def _press(self, interaction: Interaction, view: DraftView, action: Action, author: Author) -> Outcome:
        if action.name in controls.FORMS:
            return await self._form(interaction, view, action)
        if action.name in controls.SELECTS:
            change = draft_edits.chosen(action.name, read_choice(interaction), self._catalogue)
            return await self._change(interaction, view, author, change)
        match action.name:
            case controls.CHANGE:
                return await self._change(interaction, view, author, draft_edits.to_panel)
            case controls.CLEAR:
                change = draft_edits.cleared(view.untaken)
                return await self._change(interaction, view, author, change, revision=action.revision or 0)
            case controls.DISCARD:
                discarded = await self._drafts.discard(view.draft.draft_id, author)
                return await self._shown(interaction, discarded)
            case controls.GENERATE:
                return await self._generate(interaction, view, author, action.revision or 0)
            case _:
                raise draft_edits.unknown_control()

    async def _form(self, interaction: Interaction, view: DraftView, action: Action) -> Outcome:
        """The form, or the panel as it is now where there is nothing to fill in any more."""
        form = forms.build_form(view, self._catalogue, action)
        return await self._shown(interaction, view) if form is None else Outcome(form)

    async def _submit(
        self, interaction: Interaction, view: DraftView, action: Action, answers: FormAnswers, author: Author
    ) -> Outcome:
        guild_id, user_id = view.draft.guild_id, view.draft.user_id
        uploads = await self._uploads.take(answers.files, guild_id=guild_id, user_id=user_id, place=author.place)
        counting = answers.without_choices(forms.REMOVE, uploads.refused)
        if uploads.complaint is not None and not any(uploads.images.values()) and not any(counting.choices.values()):
            raise uploads.complaint
        edit = draft_edits.filled_in(action, counting, uploads.images, self._catalogue)
        # A form about a shot changes what it showed; the others count as they were sent.
        revision = None if action.number is None else action.revision or 0
        complaint = uploads.complaint or edit.complaint
        return await self._change(
            interaction, view, author, edit.change, revision=revision, answers=answers, complaint=complaint
        )

    async def _change(
        self,
        interaction: Interaction,
        view: DraftView,
        author: Author,
        change: Change,
        *,
        revision: int | None = None,
        answers: FormAnswers | None = None,
        complaint: RequestRefused | None = None,
    ) -> Outcome:
        """revision: where the change is about what its author saw. answers: of a form, which are given back if refused.

        complaint: about some of them; the rest counts.
        """
        try:
            draft = await self._drafts.change(view.draft.draft_id, author, change, revision=revision)
        except RequestRefused as refusal:
            outcome = await self._now(interaction, view, author, complaint or refusal)
            return replace(outcome, words=_typed(answers))
        if not draft.is_live and answers is not None:
            return await self._too_late(interaction, draft, answers)
        kept = complaint and RequestRefused(complaint.code, f"{complaint.sentence} {draft_texts.REST_COUNTS}")
        return await self._shown(interaction, draft, kept)

    async def _too_late(self, interaction: Interaction, view: DraftView, answers: FormAnswers) -> Outcome:
        """Nobody types anything in vain."""
        words = _typed(answers)
        trouble = RequestRefused("draft_over", draft_texts.TOO_LATE) if words else None
        outcome = await self._shown(interaction, view, trouble)
        about_no_job(interaction)  # the panel names it, and what was typed is to stand last
        return replace(outcome, words=words)

    async def _generate(self, interaction: Interaction, view: DraftView, author: Author, revision: int) -> Outcome:
        try:
            await self._let_go(interaction, view.draft.draft_id, author, revision)
        except Exception as trouble:
            return await self._now(interaction, view, author, trouble)
        return await self._now(interaction, view, author)

    async def _let_go(self, interaction: Interaction, draft_id: str, author: Author, revision: int) -> None:
        ask = await self._drafts.ask(draft_id, author, interaction.id, revision=revision)
        if interaction.guild_id is None:  # what is let go in a direct message comes there
            ask = replace(ask, deliver_to="dm")
        await self._answering.check_way(interaction, ask)
        await self._answering.make(ask)

    async def _now(
        self, interaction: Interaction, view: DraftView, author: Author, trouble: Exception | None = None
    ) -> Outcome:
        newest = await self._drafts.show(view.draft.draft_id, author)
        return await self._shown(interaction, newest, trouble)

    async def _shown(self, interaction: Interaction, view: DraftView, trouble: Exception | None = None) -> Outcome:
        if view.became is not None:
            about_job(interaction, view.became.job_id)
        return Outcome(build_panel(view, self._catalogue, job_link=await self._job_link(view)), trouble)

    async def _job_link(self, view: DraftView) -> str | None:
        job = view.became or view.repeats
        shown = None if job is None else await self._board.view(job.job_id)
        return None if shown is None else clip_texts.card_link(shown)


def author_of(interaction: Interaction) -> Author:
    """Who works on a draft, as the interaction says; in a direct message without a guild."""
    place = place_here(interaction)
    return Author(interaction.guild_id or 0, interaction.channel_id or 0, interaction.user.id, place)


def _typed(answers: FormAnswers | None) -> str:
    return "" if answers is None else "\n".join(filter(None, map(str.strip, answers.texts.values())))
