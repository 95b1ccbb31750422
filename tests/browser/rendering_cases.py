"""What a bot may send, as bodies of Discord's API: every component, embed and field of a form there is."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

V2 = 1 << 15
HTML = "<img src=x onerror=alert(1)>"  # a text like any other
FAR = "https://pictures.example/cdn/far.png"  # the path is like ours, the host is not


# A message without anything in it, as the page has it.
PLAIN: Json = {
    "id": "7", "channel_id": "8", "type": 0, "flags": 0, "content": "", "timestamp": "2024-05-01T10:20:30+00:00",
    "author": {"id": "9", "username": "Someone"}, "attachments": [], "embeds": [], "components": [], "mentions": [],
    "mention_roles": [], "mention_everyone": False, "edited_timestamp": None,
}  # fmt: skip


def text(content: str) -> Json:
    return {"type": 10, "content": content}


def row(*components: Json) -> Json:
    return {"type": 1, "components": list(components)}


def button(label: str, style: int = 2, **more: Any) -> Json:
    return {"type": 2, "style": style, "label": label, "custom_id": label} | more


def link(label: str, url: str, **more: Any) -> Json:
    return {"type": 2, "style": 5, "label": label, "url": url} | more


def container(*components: Json, **more: Any) -> Json:
    return {"type": 17, "components": list(components)} | more


def media(name: str, **more: Any) -> Json:
    return {"media": {"url": name if "://" in name else f"attachment://{name}"}} | more


def gallery(*items: Json) -> Json:
    return {"type": 12, "items": list(items)}


def file(name: str, **more: Any) -> Json:
    return {"type": 13, "file": {"url": f"attachment://{name}"}} | more


def v2(*components: Json) -> Json:
    return {"flags": V2, "components": list(components)}


BUTTONS = v2(
    text("Every button"),
    row(
        button("First", 1),
        button("Second", 2),
        button("Third", 3),
        button("Fourth", 4),
        button("Off", 1, disabled=True),
    ),
    row(
        {"type": 2, "style": 2, "custom_id": "emoji", "emoji": {"name": "🎬"}},
        button("Both", 3, emoji={"name": "✨"}),
        button("Own", 2, emoji={"name": "clap", "id": "123"}),
        link("Docs", "https://docs.example/a?b=c"),
        link("Closed", "https://docs.example/", disabled=True),
    ),
    row({"type": 2, "style": 6, "sku_id": "77"}, link("App", "discord://-/settings")),
)

OPTIONS = [
    {"label": "Three", "value": "3", "description": "seconds, the shortest", "emoji": {"name": "🐇"}},
    {"label": "Five", "value": "5", "default": True, "emoji": {"name": "snail", "id": "9"}},
    {"label": f"Ten {HTML}", "value": "10"},
]


def selects(ids: Json) -> tuple[Json, Json]:
    """Two messages with every select. ids: of a person, a role and a channel."""
    person, role, channel = ({"type": kind, "id": ids[kind]} for kind in ("user", "role", "channel"))
    return (
        v2(
            text("Selects with options"),
            row({"type": 3, "custom_id": "one", "placeholder": "How long?", "options": OPTIONS}),
            row({"type": 3, "custom_id": "some", "options": OPTIONS, "min_values": 1, "max_values": 3}),
            row({"type": 3, "custom_id": "off", "placeholder": "Not now", "options": OPTIONS[:1], "disabled": True}),
        ),
        v2(
            text("Selects of the guild"),
            row({"type": 5, "custom_id": "user", "placeholder": "Who?"}),
            row({"type": 6, "custom_id": "role", "default_values": [role]}),
            row({"type": 7, "custom_id": "any", "max_values": 5, "default_values": [person, role]}),
            row({"type": 8, "custom_id": "channel", "channel_types": [0], "default_values": [channel]}),
        ),
    )


CARD = v2(
    text("-# Above the card"),
    container(
        text(f"# A card\nwith **bold**, `code`, ||a secret|| and {HTML}\n- one\n- two\n> said\n<t:{{seconds}}:R>"),
        {"type": 14},
        {"type": 9, "components": [text("Beside a button"), text("-# and below")], "accessory": button("Side", 1)},
        {
            "type": 9,
            "components": [text("Beside a picture")],
            "accessory": {"type": 11, "description": "A view"} | media("a.png"),
        },
        {"type": 14, "divider": False, "spacing": 2},
        {"type": 14, "divider": True, "spacing": 2},
        gallery(media("clip.mp4", description="The clip"), media("b.png", spoiler=True, description="Hidden view")),
        file("notes.txt"),
        file("secret.txt", spoiler=True),
        row(button("Again", 1), button("Never", 4, disabled=True)),
        accent_color=0xE0559A,
    ),
    container(text("Under a cover"), row(button("Covered")), spoiler=True, accent_color=0),
)
CARD_FILES = ("clip.mp4", "a.png", "b.png", "notes.txt", "secret.txt")

EMBED: Json = {
    "author": {"name": f"An author {HTML}", "url": "https://author.example/", "icon_url": "attachment://a.png"},
    "title": "A *title*",
    "url": "https://title.example/",
    "description": "With **bold** and ||a secret||.",
    "color": 0x3DA35D,
    "timestamp": "2024-05-01T10:20:30+00:00",
    "fields": [
        {"name": "First", "value": "1", "inline": True},
        {"name": "Second", "value": "2", "inline": True},
        {"name": "Third", "value": "3", "inline": True},
        {"name": "Whole", "value": "a line of its own"},
    ],
    "footer": {"text": "The foot", "icon_url": FAR},
    "thumbnail": {"url": "attachment://a.png"},
    "image": {"url": "attachment://b.png", "description": "Drawn"},
}
FAR_EMBED: Json = {"description": "From elsewhere", "image": {"url": FAR}, "thumbnail": {"url": FAR}}


def label(name: str, component: Json, **more: Any) -> Json:
    return {"type": 18, "label": name, "component": component} | more


FORM_TEXTS: Json = {
    "custom_id": "texts",
    "title": f"Words {HTML}",
    "components": [
        text(f"Nothing is **charged**, {HTML}"),
        label(
            "Name",
            {"type": 4, "custom_id": "name", "style": 1, "min_length": 3, "max_length": 9, "placeholder": "Short"},
        ),
        label(
            "Story",
            {"type": 4, "custom_id": "story", "style": 2, "value": "Once", "required": False},
            description="As long as you like",
        ),
        label("Agreed", {"type": 23, "custom_id": "agreed", "default": True}, description="The usual words"),
        row({"type": 4, "custom_id": "old", "style": 1, "label": "Older", "required": False}),
    ],
}
CHOICES = [
    {"label": "Left", "value": "left", "description": "as it was"},
    {"label": "Right", "value": "right", "default": True},
    {"label": f"Up {HTML}", "value": "up"},
]
FORM_CHOICES: Json = {
    "custom_id": "choices",
    "title": "Choices",
    "components": [
        label("Side", {"type": 21, "custom_id": "side", "options": CHOICES}, description="Where it goes"),
        label("Sides", {"type": 22, "custom_id": "sides", "options": CHOICES, "min_values": 1, "max_values": 2}),
        label(
            "Files",
            {"type": 19, "custom_id": "files", "max_values": 3, "required": False, "min_values": 0},
            description="Pictures",
        ),
        label("Seconds", {"type": 3, "custom_id": "seconds", "options": OPTIONS}, description="How long it is"),
        label("Who", {"type": 5, "custom_id": "who", "max_values": 2}),
    ],
}
FORM_SELECTS: Json = {
    "custom_id": "selects",
    "title": "The guild",
    "components": [
        label("Role", {"type": 6, "custom_id": "role", "required": False}),
        label("Anybody", {"type": 7, "custom_id": "anybody", "required": False}),
        label("Channel", {"type": 8, "custom_id": "channel", "channel_types": [0], "required": False}),
    ],
}


def watched(step: str, *above: Any, is_over: bool = False) -> Json:
    """A card as it goes on; what is put above it moves everything else."""
    return v2(
        *above,
        container(
            text(f"Step {step} ||a secret||"),
            gallery(
                media("clip.mp4", description=f"At step {step}"),
                media("b.png", description="Hidden view", spoiler=True),
            ),
            file("notes.txt"),
            row(
                link("Docs", "https://docs.example/"),
                button(f"Pause {step}", custom_id="pause", disabled=is_over),
            ),
        ),
        container(text("Covered"), spoiler=True),
    )
