"""What a press or a filled-in form does to a draft. Whoever asked for it answers: nothing here does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from dataclasses import replace as changed

from discord import ui

from cogs import draft_edits, texts
from cogs.answering import Answering
from cogs.attachments import attached
from cogs.errors import about_job
from cogs.forms import FormAnswers, read_choice, read_form
from cogs.memberships import Memberships
from cogs.ports import Board, Drafts, Intake, Interaction, Submission
from klapper.errors import RequestRefused
from klapper.kling.model import Catalogue
from klapper.messages import card_texts, draft_form_texts
from klapper.messages import draft_controls as controls
from klapper.messages import draft_forms as forms
from klapper.messages.draft_controls import Action, read_action
from klapper.messages.draft_panel import build_panel
from klapper.services.drafts import Author, Change, DraftView


@dataclass(frozen=True, slots=True)
class Outcome:
    """The panel as it is now, or a form to fill in. trouble: what its author has to hear beside it."""

    shown: ui.LayoutView | ui.Modal
    trouble: Exception | None = None


Step = Callable[[Interaction, DraftView, Action], Awaitable[Outcome]]


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
        self._submission = submission
        self._drafts = drafts
        self._intake = intake
        self._memberships = memberships
        self._answering = answering
        self._board = board
        self._catalogue = catalogue

    async def press(self, interaction: Interaction, draft_id: str, text: str) -> Outcome:
        """A button was pressed or an option chosen. Raises RequestRefused, NotServed and what the services raise."""
        return await self._step(interaction, draft_id, text, self._press)

    async def submit(self, interaction: Interaction, draft_id: str, text: str) -> Outcome:
        """A form was sent. Raises like `press`."""
        return await self._step(interaction, draft_id, text, self._submit)

    async def _step(self, interaction: Interaction, draft_id: str, text: str, do: Step) -> Outcome:
        view = await self._drafts.show(draft_id, author_of(interaction))
        if not view.is_live:
            return await self._shown(interaction, view)
        await self._memberships.check(interaction, view.draft.guild_id)
        return await do(interaction, view, read_action(text) or Action(""))  # which is none that anybody knows

    async def _press(self, interaction: Interaction, view: DraftView, action: Action) -> Outcome:
        if action.name in controls.FORMS:
            return await self._form(interaction, view, action)
        if action.name in controls.SELECTS:
            return await self._change(interaction, view, draft_edits.chosen(action.name, read_choice(interaction)))
        match action.name:
            case controls.CHANGE:
                return await self._change(interaction, view, draft_edits.to_panel)
            case controls.CLEAR:
                return await self._change(interaction, view, draft_edits.cleared(self._catalogue))
            case controls.DISCARD:
                discarded = await self._drafts.discard(view.draft.draft_id, author_of(interaction))
                return await self._shown(interaction, discarded)
            case controls.GENERATE:
                return await self._generate(interaction, view, action.revision or 0)
            case _:
                raise draft_edits.unknown_control()

    async def _form(self, interaction: Interaction, view: DraftView, action: Action) -> Outcome:
        """The form, or the panel as it is now where there is nothing to fill in any more."""
        form = forms.build_form(view, self._catalogue, action)
        return await self._shown(interaction, view) if form is None else Outcome(form)

    async def _submit(self, interaction: Interaction, view: DraftView, action: Action) -> Outcome:
        answers = read_form(interaction, forms.inputs(action, self._catalogue))
        images = await self._take(interaction, view, answers)
        edit = draft_edits.filled_in(action, answers, images, self._catalogue)
        if action.number is not None:
            return await self._change_shown(interaction, view, edit.change, action.revision or 0, answers)
        return await self._change(interaction, view, edit.change, trouble=edit.complaint)

    async def _change(
        self, interaction: Interaction, view: DraftView, change: Change, *, trouble: Exception | None = None
    ) -> Outcome:
        draft = await self._drafts.change(view.draft.draft_id, author_of(interaction), change)
        return await self._shown(interaction, draft, trouble)

    async def _change_shown(
        self, interaction: Interaction, view: DraftView, change: Change, revision: int, answers: FormAnswers
    ) -> Outcome:
        """A change of what a form showed; when that is something else by now, the words go back to their author."""
        author = author_of(interaction)
        try:
            draft = await self._drafts.change(view.draft.draft_id, author, change, revision=revision)
        except RequestRefused as refusal:
            words = texts.with_words(refusal.sentence, answers.texts.get(forms.TEXT, ""))
            return await self._now(interaction, view, RequestRefused(refusal.code, words))
        return await self._shown(interaction, draft)

    async def _take(self, interaction: Interaction, view: DraftView, answers: FormAnswers) -> draft_edits.Images:
        """The uploaded images' hashes by input. Raises RequestRefused for the first that is none."""
        uploads = {
            name: tuple(attached(draft_form_texts.uploaded(name), file) for file in files)
            for name, files in answers.files.items()
        }
        pending = [one for files in uploads.values() for one in files]
        if not pending:
            return {}
        await self._submission.may_begin(view.draft.guild_id, interaction.user.id)
        taken = await self._intake.take_all(pending, interaction.user.id)
        return {name: tuple(taken[one.key].sha256 for one in files) for name, files in uploads.items()}

    async def _generate(self, interaction: Interaction, view: DraftView, revision: int) -> Outcome:
        try:
            await self._let_go(interaction, view.draft.draft_id, revision)
        except Exception as trouble:
            return await self._now(interaction, view, trouble)
        return await self._now(interaction, view)

    async def _let_go(self, interaction: Interaction, draft_id: str, revision: int) -> None:
        ask = await self._drafts.ask(draft_id, author_of(interaction), interaction.id, revision=revision)
        if interaction.guild_id is None:  # what is let go in a direct message comes there
            ask = changed(ask, deliver_to="dm")
        await self._answering.check_way(interaction, ask)
        await self._answering.make(ask)

    async def _now(self, interaction: Interaction, view: DraftView, trouble: Exception | None = None) -> Outcome:
        newest = await self._drafts.show(view.draft.draft_id, author_of(interaction))
        return await self._shown(interaction, newest, trouble)

    async def _shown(self, interaction: Interaction, view: DraftView, trouble: Exception | None = None) -> Outcome:
        if view.became is not None:
            about_job(interaction, view.became.job_id)
        return Outcome(build_panel(view, self._catalogue, job_link=await self._job_link(view)), trouble)

    async def _job_link(self, view: DraftView) -> str | None:
        job = view.became or view.repeats
        shown = None if job is None else await self._board.view(job.job_id)
        return None if shown is None else card_texts.card_link(shown)


def author_of(interaction: Interaction) -> Author:
    """Who works on a draft, as the interaction says; in a direct message without a guild."""
    return Author(interaction.guild_id or 0, interaction.channel_id or 0, interaction.user.id)
